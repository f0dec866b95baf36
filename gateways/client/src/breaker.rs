//! A circuit breaker as a pure state machine: time is an argument in milliseconds of any
//! monotonic clock.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerSettings {
    /// How many of the last outcomes are looked at, 1 to 64.
    pub window: u32,
    /// This many failures among them open the circuit.
    pub failures_to_open: u32,
    /// How long it stays open before one call is let through as a trial. Doubles with each
    /// failed trial up to `max_open_ms`.
    pub open_ms: u64,
    pub max_open_ms: u64,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            window: 20,
            failures_to_open: 10,
            open_ms: 5_000,
            max_open_ms: 60_000,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Calls pass.
    Closed,
    /// Calls are refused at once.
    Open,
    /// One trial call is under way; the others are refused.
    HalfOpen,
}

/// A call that may not be made now, and when to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub retry_after_ms: u64,
}

/// Closed → open when too many of the last outcomes are failures; open → half-open when the
/// rest is over and a call asks; half-open → closed or open by the outcome of that one call.
#[derive(Clone, Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Closed {
        /// One bit an outcome, 1 a failure, the newest lowest.
        outcomes: u64,
    },
    Open {
        until_ms: u64,
        rest_ms: u64,
    },
    HalfOpen {
        rest_ms: u64,
    },
}

impl Breaker {
    pub fn new(mut settings: BreakerSettings) -> Self {
        settings.window = settings.window.clamp(1, 64);
        settings.failures_to_open = settings.failures_to_open.clamp(1, settings.window);
        Self {
            settings,
            state: State::Closed { outcomes: 0 },
        }
    }

    pub fn state(&self) -> BreakerState {
        match self.state {
            State::Closed { .. } => BreakerState::Closed,
            State::Open { .. } => BreakerState::Open,
            State::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// Asks to make a call. Each `Ok` must be followed by exactly one of [`succeeded`],
    /// [`failed`] or [`abandoned`].
    ///
    /// [`succeeded`]: Self::succeeded
    /// [`failed`]: Self::failed
    /// [`abandoned`]: Self::abandoned
    pub fn ask(&mut self, now_ms: u64) -> Result<(), Refusal> {
        match self.state {
            State::Closed { .. } => Ok(()),
            State::Open { until_ms, rest_ms } if now_ms >= until_ms => {
                self.state = State::HalfOpen { rest_ms };
                Ok(())
            }
            State::Open { until_ms, .. } => Err(Refusal {
                retry_after_ms: until_ms - now_ms,
            }),
            State::HalfOpen { rest_ms } => Err(Refusal {
                retry_after_ms: rest_ms,
            }),
        }
    }

    pub fn succeeded(&mut self) {
        match &mut self.state {
            State::Closed { outcomes } => *outcomes <<= 1,
            // A late answer to a call from before the circuit opened proves nothing about now.
            State::Open { .. } => {}
            State::HalfOpen { .. } => self.state = State::Closed { outcomes: 0 },
        }
    }

    pub fn failed(&mut self, now_ms: u64) {
        match &mut self.state {
            State::Closed { outcomes } => {
                *outcomes = (*outcomes << 1) | 1;
                let seen = u64::MAX >> (64 - self.settings.window);
                if (*outcomes & seen).count_ones() >= self.settings.failures_to_open {
                    self.open(now_ms, self.settings.open_ms);
                }
            }
            State::Open { .. } => {}
            State::HalfOpen { rest_ms } => {
                let rest_ms = rest_ms.saturating_mul(2).min(self.settings.max_open_ms);
                self.open(now_ms, rest_ms);
            }
        }
    }

    /// The caller went away before an outcome: a trial must not stay under way for ever.
    pub fn abandoned(&mut self, now_ms: u64) {
        if let State::HalfOpen { rest_ms } = self.state {
            self.state = State::Open {
                until_ms: now_ms,
                rest_ms,
            };
        }
    }

    fn open(&mut self, now_ms: u64, rest_ms: u64) {
        self.state = State::Open {
            until_ms: now_ms.saturating_add(rest_ms),
            rest_ms,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn breaker() -> Breaker {
        Breaker::new(BreakerSettings {
            window: 4,
            failures_to_open: 3,
            open_ms: 100,
            max_open_ms: 300,
        })
    }

    #[test]
    fn opens_on_enough_failures_among_the_last_ones() {
        let mut breaker = breaker();
        breaker.failed(0);
        breaker.failed(0);
        for _ in 0..4 {
            breaker.succeeded();
        }
        breaker.failed(0);
        breaker.failed(0);
        assert_eq!(breaker.state(), BreakerState::Closed);
        breaker.succeeded();
        breaker.failed(10);
        assert_eq!(breaker.state(), BreakerState::Open);
        assert_eq!(breaker.ask(60), Err(Refusal { retry_after_ms: 50 }));
    }

    #[test]
    fn one_trial_decides_and_a_failed_one_rests_longer() {
        let mut breaker = breaker();
        (0..3).for_each(|_| breaker.failed(0));
        assert_eq!(breaker.ask(100), Ok(()));
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert!(breaker.ask(100).is_err());
        breaker.failed(100);
        assert!(breaker.ask(299).is_err());
        assert_eq!(breaker.ask(300), Ok(()));
        breaker.failed(300);
        assert!(breaker.ask(599).is_err());
        assert_eq!(breaker.ask(600), Ok(()));
        breaker.succeeded();
        assert_eq!(breaker.state(), BreakerState::Closed);
        breaker.failed(601);
        breaker.failed(601);
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[test]
    fn an_abandoned_trial_frees_the_way_for_the_next() {
        let mut breaker = breaker();
        (0..3).for_each(|_| breaker.failed(0));
        assert_eq!(breaker.ask(100), Ok(()));
        breaker.abandoned(150);
        assert_eq!(breaker.ask(150), Ok(()));
    }

    #[test]
    fn late_outcomes_do_not_move_an_open_circuit() {
        let mut breaker = breaker();
        (0..3).for_each(|_| breaker.failed(0));
        breaker.succeeded();
        breaker.failed(90);
        assert_eq!(breaker.state(), BreakerState::Open);
        assert_eq!(breaker.ask(100), Ok(()));
    }

    proptest! {
        /// Whatever happens, once the longest rest is over a call is let through.
        #[test]
        fn never_stays_shut(steps in prop::collection::vec((0_u8..3, 0_u64..200), 0..80)) {
            let mut breaker = breaker();
            let mut now_ms = 0;
            for (step, pause_ms) in steps {
                now_ms += pause_ms;
                if breaker.ask(now_ms).is_ok() {
                    match step {
                        0 => breaker.succeeded(),
                        1 => breaker.failed(now_ms),
                        _ => breaker.abandoned(now_ms),
                    }
                }
            }
            prop_assert!(breaker.ask(now_ms + 300).is_ok());
        }
    }
}
