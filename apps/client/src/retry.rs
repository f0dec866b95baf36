//! When a request is sent again. Only what may be repeated safely comes here: reading, and
//! commands that carry an idempotency key.

/// A request gives up this long after its first try began.
pub const BUDGET_MS: f64 = 20_000.0;
const FIRST_WAIT_MS: f64 = 300.0;
const LONGEST_WAIT_MS: f64 = 5_000.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// The connection was refused or broke off.
    Connection,
    /// No answer within the time for one try.
    Timeout,
    Answer {
        status: u16,
        /// The first try with this key is still running.
        in_progress: bool,
    },
}

/// Milliseconds until try number `tries + 1`, or none: then the failure stands. `random`: 0 to 1.
pub fn wait(failed: Failed, tries: u32, spent_ms: f64, random: f64) -> Option<u32> {
    let may_help = match failed {
        Failed::Connection | Failed::Timeout => true,
        Failed::Answer {
            status,
            in_progress,
        } => in_progress || matches!(status, 502..=504),
    };
    let wait = backoff_ms(
        tries.saturating_sub(1),
        FIRST_WAIT_MS,
        LONGEST_WAIT_MS,
        random,
    );
    (may_help && spent_ms + f64::from(wait) < BUDGET_MS).then_some(wait)
}

/// Doubles from `first` to `longest`; between half and all of it, so that many pages that lost
/// the same server do not come back in step.
pub fn backoff_ms(round: u32, first: f64, longest: f64, random: f64) -> u32 {
    let whole = (first * f64::from(1u32 << round.min(16))).min(longest);
    (whole * (0.5 + random.clamp(0.0, 1.0) / 2.0)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16) -> Failed {
        Failed::Answer {
            status,
            in_progress: false,
        }
    }

    #[test]
    fn what_may_help_is_tried_again() {
        for (failed, again) in [
            (Failed::Connection, true),
            (Failed::Timeout, true),
            (answer(502), true),
            (answer(503), true),
            (answer(504), true),
            (answer(500), false),
            (answer(409), false),
            (answer(429), false),
            (answer(401), false),
        ] {
            assert_eq!(wait(failed, 1, 0.0, 0.5).is_some(), again, "{failed:?}");
        }
        let running = Failed::Answer {
            status: 409,
            in_progress: true,
        };
        assert!(wait(running, 1, 0.0, 0.5).is_some());
    }

    #[test]
    fn waits_grow_within_bounds_and_end_with_the_budget() {
        let (mut spent, mut tries, mut last) = (0.0, 1, 0);
        while let Some(ms) = wait(Failed::Connection, tries, spent, 1.0) {
            assert!(ms >= last && ms <= 5_000, "{ms}");
            (last, spent, tries) = (ms, spent + f64::from(ms), tries + 1);
        }
        assert!(spent < BUDGET_MS && spent > BUDGET_MS - 5_000.0, "{spent}");
        assert!((5..=12).contains(&tries), "{tries}");
        assert_eq!(wait(Failed::Connection, 1, 0.0, 0.0), Some(150));
        assert_eq!(wait(Failed::Connection, 1, 0.0, 1.0), Some(300));
        assert_eq!(backoff_ms(99, 1_000.0, 30_000.0, 1.0), 30_000);
    }
}
