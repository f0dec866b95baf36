//! How many requests in how much time: the generic cell rate algorithm. One number is kept per
//! subject, the moment at which everything it used will have come back. A full allowance may be
//! used at once; then it comes back evenly.

/// `requests` in `window_s` seconds; no limit if `requests` is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub requests: u32,
    pub window_s: u32,
}

impl Rate {
    pub const NONE: Self = Self::per_minute(0);

    pub const fn per_minute(requests: u32) -> Self {
        Self {
            requests,
            window_s: 60,
        }
    }

    pub const fn is_none(self) -> bool {
        self.requests == 0
    }

    /// Microseconds in which one request comes back; at least 1.
    pub(super) fn emission(self) -> i64 {
        (i64::from(self.window_s) * 1_000_000 / i64::from(self.requests.max(1))).max(1)
    }

    /// Microseconds in which all of them do.
    pub(super) fn full(self) -> i64 {
        self.emission() * i64::from(self.requests)
    }
}

/// What the rule said; times in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    pub passes: bool,
    /// Requests that would pass at once after this one.
    pub remaining: i64,
    /// Until the next one passes; 0 if this one did.
    pub retry: i64,
    /// Until the whole allowance is back.
    pub reset: i64,
}

/// Judges a request at `now`, where `tat` is what was kept (0 at first). Returns what to keep.
/// The script in `throttle.rs` says the same.
pub(super) fn take(rate: Rate, tat: i64, now: i64) -> (i64, Verdict) {
    let (emission, full) = (rate.emission(), rate.full());
    // Never more than all of it is used up, whatever a clock that was set back makes of the rest.
    let tat = tat.clamp(now, now + full);
    let next = tat + emission;
    let over = next - full - now;
    if over > 0 {
        let verdict = Verdict {
            passes: false,
            remaining: 0,
            retry: over,
            reset: tat - now,
        };
        return (tat, verdict);
    }
    let verdict = Verdict {
        passes: true,
        remaining: -over / emission,
        retry: 0,
        reset: next - now,
    };
    (next, verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_at_once_then_evenly() {
        let rate = Rate {
            requests: 3,
            window_s: 60,
        };
        let mut tat = 0;
        let mut ask = |now_s: i64| {
            let (next, verdict) = take(rate, tat, now_s * 1_000_000);
            tat = next;
            (verdict.passes, verdict.remaining, verdict.retry / 1_000_000)
        };
        assert_eq!(ask(100), (true, 2, 0));
        assert_eq!(ask(100), (true, 1, 0));
        assert_eq!(ask(100), (true, 0, 0));
        assert_eq!(ask(100), (false, 0, 20));
        assert_eq!(ask(119), (false, 0, 1));
        assert_eq!(ask(120), (true, 0, 0));
        assert_eq!(ask(120), (false, 0, 20));
        assert_eq!(ask(500), (true, 2, 0));
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out_for_long() {
        let rate = Rate::per_minute(10);
        let (_, verdict) = take(rate, 9_000_000_000_000, 1_000_000);
        assert!(!verdict.passes && verdict.retry <= rate.emission());
    }

    proptest! {
        /// In any stretch of one window, at most twice the allowance (what was saved up, and what
        /// came back meanwhile); who waits as told passes.
        #[test]
        fn never_more_than_allowed(
            requests in 1_u32..200,
            window_s in 1_u32..120,
            steps in proptest::collection::vec(0_i64..2_000_000, 1..300),
        ) {
            let rate = Rate { requests, window_s };
            let (mut tat, mut now) = (0, 1_000_000_000_000_i64);
            let mut passed = Vec::new();
            for step in steps {
                now += step;
                let (next, verdict) = take(rate, tat, now);
                tat = next;
                prop_assert!(verdict.remaining < i64::from(requests));
                if verdict.passes {
                    passed.push(now);
                } else {
                    let (_, later) = take(rate, tat, now + verdict.retry);
                    prop_assert!(later.passes);
                    let (_, early) = take(rate, tat, now + verdict.retry - 1);
                    prop_assert!(!early.passes);
                }
            }
            let window = i64::from(window_s) * 1_000_000;
            for from in &passed {
                let within = passed.iter().filter(|at| (*from..*from + window).contains(*at));
                prop_assert!(within.count() <= 2 * requests as usize);
            }
        }
    }
}
