//! How a promise is doing (DESIGN §4): the rule, and nothing of its looks.

use crate::msg;
use contract_sla::{ClockKind, ClockState, ClockView};
use kernel::Time;

/// A promise's state, mildest first; a paused one is out of the ranking and stands before all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Sla {
    Paused,
    /// Under half of its time is used.
    #[default]
    Safe,
    /// From half.
    Watch,
    /// From 80 %, or the expected moment is past the deadline.
    Risk,
    /// Past the deadline.
    Breach,
}

impl Sla {
    pub const ALL: [Self; 5] = [
        Self::Safe,
        Self::Watch,
        Self::Risk,
        Self::Breach,
        Self::Paused,
    ];

    /// The value of `data-sla`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Safe => "safe",
            Self::Watch => "watch",
            Self::Risk => "risk",
            Self::Breach => "breach",
        }
    }
    /// The name of its shape among the icons.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Paused => "sla-paused",
            Self::Safe => "sla-safe",
            Self::Watch => "sla-watch",
            Self::Risk => "sla-risk",
            Self::Breach => "sla-breach",
        }
    }
    /// In the reader's language; accompanies the shape wherever it stands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Paused => msg::sla_paused(),
            Self::Safe => msg::sla_safe(),
            Self::Watch => msg::sla_watch(),
            Self::Risk => msg::sla_risk(),
            Self::Breach => msg::sla_breach(),
        }
    }
}

/// The state of a clock at `now`, and the milliseconds left (negative: late by so much). A stopped
/// or paused clock keeps what it had then.
pub fn sla_of(clock: &ClockView, now: Time) -> (Sla, i64) {
    let until = |at: Time| clock.deadline.as_millis() - at.as_millis();
    let stopped = clock.stopped_at.or(clock.paused_at).unwrap_or(now);
    match clock.state {
        ClockState::Running => running(clock.started_at, clock.deadline, now),
        ClockState::Paused => (Sla::Paused, until(stopped)),
        ClockState::Met => (Sla::Safe, until(stopped)),
        ClockState::Breached => (Sla::Breach, until(stopped).min(0)),
        ClockState::Cancelled => (Sla::Paused, until(stopped)),
    }
}

/// The same with an estimate: later than the deadline is at risk before it is late.
pub fn sla_with(clock: &ClockView, now: Time, eta: Option<Time>) -> (Sla, i64) {
    let (sla, left) = sla_of(clock, now);
    let slips = clock.state == ClockState::Running && eta.is_some_and(|eta| eta > clock.deadline);
    if slips && sla < Sla::Risk {
        (Sla::Risk, left)
    } else {
        (sla, left)
    }
}

/// A promise between two moments. A span of nothing is used up at once.
pub fn running(start: Time, deadline: Time, now: Time) -> (Sla, i64) {
    let left = deadline.as_millis() - now.as_millis();
    let whole = deadline.as_millis() - start.as_millis();
    let used = now.as_millis() - start.as_millis();
    let sla = if left < 0 {
        Sla::Breach
    } else if used * 5 >= whole * 4 {
        Sla::Risk
    } else if used * 2 >= whole {
        Sla::Watch
    } else {
        Sla::Safe
    };
    (sla, left)
}

/// What share of the promise is left, 0 to 1; 1 when it is late (a full ring counts up).
pub fn share_left(clock: &ClockView, now: Time) -> f64 {
    let (sla, left) = sla_of(clock, now);
    if sla == Sla::Breach {
        return 1.0;
    }
    let whole = clock.deadline.as_millis() - clock.started_at.as_millis();
    if whole <= 0 {
        return 0.0;
    }
    (left as f64 / whole as f64).clamp(0.0, 1.0)
}

/// One line under the time: what it counts, or what its state means.
pub fn clock_words(clock: &ClockView, sla: Sla) -> &'static str {
    match (clock.state, sla) {
        (ClockState::Met, _) => msg::clock_met(),
        (ClockState::Breached, _) if clock.stopped_at.is_some() => msg::clock_missed(),
        (ClockState::Cancelled, _) => msg::clock_cancelled(),
        (ClockState::Paused, _) => match clock.paused_for.as_deref() {
            Some("customer") => msg::clock_paused_customer(),
            Some("approval") => msg::clock_paused_approval(),
            Some("parts") => msg::clock_paused_parts(),
            _ => msg::clock_paused(),
        },
        (_, Sla::Watch) => msg::clock_watch(),
        (_, Sla::Risk) => msg::clock_risk(),
        (_, Sla::Breach) => msg::clock_breach(),
        (_, Sla::Safe | Sla::Paused) => match clock.kind {
            ClockKind::Respond => msg::clock_respond(),
            ClockKind::Arrive => msg::clock_arrive(),
            ClockKind::Complete => msg::clock_complete(),
        },
    }
}

/// The whole minutes (15, 5 or 1) whose mark lies between two readings of what is left; what a
/// screen reader is told.
pub fn mark_passed(before_ms: i64, after_ms: i64) -> Option<i64> {
    [1, 5, 15].into_iter().find(|minutes| {
        before_ms > minutes * 60_000 && after_ms <= minutes * 60_000 && after_ms > 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{ClockId, minutes, seconds};

    fn start() -> Time {
        "2026-12-06T06:00:00Z".parse().unwrap()
    }
    fn clock(state: ClockState, stopped: Option<i64>) -> ClockView {
        ClockView {
            id: ClockId::from_uuid(Default::default()),
            kind: ClockKind::Arrive,
            state,
            started_at: start(),
            deadline: start() + minutes(60),
            paused_for: None,
            paused_at: None,
            stopped_at: stopped.map(|m| start() + minutes(m)),
            breached: false,
        }
    }

    #[test]
    fn marks_are_at_half_and_four_fifths() {
        let clock = clock(ClockState::Running, None);
        for (passed_s, sla, left_s) in [
            (0, Sla::Safe, 3600),
            (1799, Sla::Safe, 1801),
            (1800, Sla::Watch, 1800),
            (2879, Sla::Watch, 721),
            (2880, Sla::Risk, 720),
            (3600, Sla::Risk, 0),
            (3601, Sla::Breach, -1),
        ] {
            let now = start() + seconds(passed_s);
            assert_eq!(sla_of(&clock, now), (sla, left_s * 1000), "{passed_s} s");
        }
    }

    #[test]
    fn stopped_clocks_keep_what_they_had() {
        let later = start() + minutes(300);
        for (state, stopped, expected) in [
            (ClockState::Met, Some(40), (Sla::Safe, 20)),
            (ClockState::Breached, Some(66), (Sla::Breach, -6)),
            (ClockState::Cancelled, Some(10), (Sla::Paused, 50)),
            (ClockState::Breached, None, (Sla::Breach, -240)),
        ] {
            let (sla, left) = sla_of(&clock(state, stopped), later);
            assert_eq!((sla, left / 60_000), expected, "{state:?}");
        }
        let paused = ClockView {
            paused_at: Some(start() + minutes(25)),
            ..clock(ClockState::Paused, None)
        };
        assert_eq!(sla_of(&paused, later), (Sla::Paused, 35 * 60_000));
        assert_eq!(share_left(&paused, later), 35.0 / 60.0);
    }

    #[test]
    fn an_estimate_past_the_deadline_is_a_risk() {
        let clock = clock(ClockState::Running, None);
        let now = start() + minutes(10);
        let eta = |m: i64| Some(start() + minutes(m));
        assert_eq!(sla_with(&clock, now, eta(59)).0, Sla::Safe);
        assert_eq!(sla_with(&clock, now, eta(61)).0, Sla::Risk);
        assert_eq!(sla_with(&clock, now, None).0, Sla::Safe);
        let late = start() + minutes(70);
        assert_eq!(sla_with(&clock, late, eta(90)).0, Sla::Breach);
    }

    #[test]
    fn the_ring_drains_and_fills_when_late() {
        let clock = clock(ClockState::Running, None);
        for (passed, share) in [(0, 1.0), (15, 0.75), (60, 0.0), (61, 1.0)] {
            assert_eq!(share_left(&clock, start() + minutes(passed)), share);
        }
    }

    #[test]
    fn marks_are_told_once() {
        for (before, after, told) in [
            (901_000, 900_000, Some(15)),
            (900_000, 899_000, None),
            (301_000, 299_000, Some(5)),
            (61_000, 60_000, Some(1)),
            (1_000, 0, None),
            // After a sleep only the latest counts.
            (1_000_000, 30_000, Some(1)),
        ] {
            assert_eq!(mark_passed(before, after), told, "{before} → {after}");
        }
    }
}
