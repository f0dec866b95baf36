//! Everything random in the city. Each agent has a generator of its own, drawn from the seed, its
//! kind and its number: what one agent draws changes nothing for another, whatever the order.

use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

/// Steele and others' SplitMix64 finaliser: neighbours in, strangers out.
pub(crate) fn mix(mut value: u64) -> u64 {
    value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

fn agent(seed: u64, kind: &str, index: u64) -> u64 {
    let kind = kind.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    mix(mix(mix(seed) ^ kind) ^ index)
}

/// The dice of one agent.
pub(crate) struct Chance(StdRng);

impl Chance {
    pub(crate) fn of(seed: u64, kind: &str, index: u64) -> Self {
        Self(StdRng::seed_from_u64(agent(seed, kind, index)))
    }
    /// 0 to 1, without 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.random()
    }
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, percent: f64) -> bool {
        self.unit() * 100.0 < percent
    }
    /// A time between two numbers of seconds, in whole seconds.
    pub(crate) fn seconds(&mut self, low: i64, high: i64) -> SignedDuration {
        SignedDuration::from_secs(self.0.random_range(low..=high))
    }
    /// A place in `weights`; `None` where none of them is above zero.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> Option<usize> {
        let sum: f64 = weights.iter().filter(|w| **w > 0.0).sum();
        let mut left = self.unit() * sum;
        let mut last = None;
        for (place, weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
            last = Some(place);
            if left < *weight {
                break;
            }
            left -= weight;
        }
        last
    }
}

/// An agent's idempotency keys, one an intention.
pub(crate) struct Keys {
    agent: u64,
    made: u64,
}

impl Keys {
    /// `run` tells two runs of one seed apart.
    pub(crate) fn of(seed: u64, run: u64, kind: &str, index: u64) -> Self {
        let agent = mix(agent(seed, kind, index) ^ mix(run));
        Self { agent, made: 0 }
    }
    pub(crate) fn next(&mut self) -> Uuid {
        self.made += 1;
        let high = mix(self.agent ^ self.made);
        let low = mix(high ^ self.agent.rotate_left(32));
        let bytes = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn an_agent_draws_the_same_whoever_draws_beside_it() {
        let draw = |others: usize| -> Vec<u64> {
            let mut other = Chance::of(7, "customer", 1);
            for _ in 0..others {
                other.unit();
            }
            let mut me = Chance::of(7, "technician", 1);
            (0..5).map(|_| me.unit().to_bits()).collect()
        };
        assert_eq!(draw(0), draw(100));
        assert_ne!(Chance::of(7, "a", 1).unit(), Chance::of(8, "a", 1).unit());
        assert_ne!(Chance::of(7, "a", 1).unit(), Chance::of(7, "a", 2).unit());
        assert_ne!(Chance::of(7, "a", 1).unit(), Chance::of(7, "b", 1).unit());
    }

    #[test]
    fn keys_repeat_with_the_seed_and_never_within_a_run() {
        let keys = |seed, run| -> Vec<Uuid> {
            let mut all = Vec::new();
            for index in 0..50 {
                let mut keys = Keys::of(seed, run, "customer", index);
                all.extend((0..20).map(|_| keys.next()));
            }
            all
        };
        assert_eq!(keys(7, 1), keys(7, 1));
        let different: BTreeSet<_> = keys(7, 1).into_iter().chain(keys(7, 2)).collect();
        assert_eq!(different.len(), 2_000);
    }

    #[test]
    fn weights_decide() {
        let mut chance = Chance::of(1, "w", 0);
        let mut counts = [0; 3];
        for _ in 0..4_000 {
            counts[chance.weighted(&[1.0, 0.0, 3.0]).unwrap()] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((2_800..3_200).contains(&counts[2]), "{counts:?}");
        assert_eq!(chance.weighted(&[0.0, -1.0]), None);
        assert_eq!(chance.weighted(&[]), None);
    }
}
