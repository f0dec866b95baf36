/// The pause after the `failed`-th failed attempt (1, 2, …): exponential with full jitter, that
/// is uniformly random between 0 and `min(cap_ms, base_ms × 2^(failed − 1))`. `chance` is in
/// 0 ≤ chance < 1 and is the only randomness.
pub fn backoff_ms(failed: u32, base_ms: u64, cap_ms: u64, chance: f64) -> u64 {
    let doubled = base_ms.saturating_mul(1_u64 << failed.saturating_sub(1).min(32));
    let ceiling = doubled.min(cap_ms);
    (ceiling as f64 * chance.clamp(0.0, 1.0)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        let ceilings: Vec<u64> = (1..=6)
            .map(|failed| backoff_ms(failed, 200, 3_000, 1.0))
            .collect();
        assert_eq!(ceilings, [200, 400, 800, 1_600, 3_000, 3_000]);
        assert_eq!(backoff_ms(3, 200, 3_000, 0.0), 0);
        assert_eq!(backoff_ms(3, 200, 3_000, 0.5), 400);
    }

    proptest! {
        #[test]
        fn a_pause_never_passes_the_cap(failed in 0_u32..200, base in 0_u64..u64::MAX, cap in 0_u64..1_000_000, chance in 0.0_f64..1.0) {
            prop_assert!(backoff_ms(failed, base, cap, chance) <= cap);
        }
    }
}
