//! Which reported positions are believed, which are fresh, and which a trail keeps.

use jiff::SignedDuration;
use kernel::{GeoPoint, Time, minutes, seconds};

/// An older position counts as none.
pub(crate) const FRESH_FOR: SignedDuration = seconds(contract_location::FRESH_SECONDS);
/// After so long a silence any point is believed.
const SILENCE: SignedDuration = minutes(10);
/// Processes' clocks differ a little, and a sped-up clock multiplies that; beyond this a stored
/// moment is no difference but another clock's.
const CLOCK_TOLERANCE: SignedDuration = minutes(10);
const MAX_KMH: f64 = 200.0;
/// Below this a jump is the receiver's noise.
const NOISE_M: f64 = 2_000.0;
const TRAIL_EVERY: SignedDuration = seconds(30);
const TRAIL_APART_M: f64 = 100.0;

/// Where someone was, and when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fix {
    pub(crate) point: GeoPoint,
    pub(crate) at: Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Take,
    /// Not newer than what is known.
    Older,
    Implausible,
}

/// What becomes of `next` after `last`, at platform time `now`.
pub(crate) fn judge(last: Option<Fix>, next: Fix, now: Time) -> Verdict {
    let Some(last) = last.filter(|last| last.at.since(now) <= CLOCK_TOLERANCE) else {
        return Verdict::Take;
    };
    let passed = next.at.since(last.at);
    if passed <= SignedDuration::ZERO {
        return Verdict::Older;
    }
    let jump_m = last.point.distance_m(next.point);
    let reachable_m = MAX_KMH / 3.6 * passed.as_secs_f64();
    if passed <= SILENCE && jump_m > NOISE_M && jump_m > reachable_m {
        Verdict::Implausible
    } else {
        Verdict::Take
    }
}

/// Whether a position of the moment `at` still counts at `now`.
pub(crate) fn is_fresh(at: Time, now: Time) -> bool {
    let age = now.since(at);
    age <= FRESH_FOR && age >= -CLOCK_TOLERANCE
}

/// Whether a trail keeps `fix` next to the kept ones before and after it: 30 s or 100 m from each.
pub(crate) fn is_worth_keeping(neighbours: &[Fix], fix: Fix) -> bool {
    neighbours.iter().all(|kept| {
        fix.at.since(kept.at).abs() >= TRAIL_EVERY
            || fix.point.distance_m(kept.point) >= TRAIL_APART_M
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::hours;

    fn now() -> Time {
        "2026-12-06T06:00:00Z".parse().unwrap()
    }
    /// `north_m` metres north of the middle of Riyadh, `ago_s` seconds ago.
    fn fix(north_m: f64, ago_s: i64) -> Fix {
        Fix {
            point: GeoPoint::new(24.7 + north_m / 111_195.0, 46.7).unwrap(),
            at: now() - seconds(ago_s),
        }
    }

    #[test]
    fn verdicts() {
        let last = Some(fix(0.0, 60));
        for (name, last, next, verdict) in [
            ("the first", None, fix(9e5, 0), Verdict::Take),
            ("a newer one", last, fix(500.0, 0), Verdict::Take),
            ("the same moment", last, fix(0.0, 60), Verdict::Older),
            ("an older one", last, fix(0.0, 61), Verdict::Older),
            ("an older one far away", last, fix(9e5, 61), Verdict::Older),
            ("190 km/h", last, fix(190.0 / 3.6 * 60.0, 0), Verdict::Take),
            (
                "210 km/h",
                last,
                fix(210.0 / 3.6 * 60.0, 0),
                Verdict::Implausible,
            ),
            ("noise", Some(fix(0.0, 1)), fix(1_990.0, 0), Verdict::Take),
            (
                "a leap",
                Some(fix(0.0, 1)),
                fix(2_010.0, 0),
                Verdict::Implausible,
            ),
            (
                "ten minutes of silence",
                Some(fix(0.0, 600)),
                fix(4e4, 0),
                Verdict::Implausible,
            ),
            (
                "more silence",
                Some(fix(0.0, 601)),
                fix(4e4, 0),
                Verdict::Take,
            ),
            (
                "another clock's",
                Some(fix(0.0, -3600)),
                fix(4e4, 0),
                Verdict::Take,
            ),
            (
                "a slightly fast clock's",
                Some(fix(0.0, -30)),
                fix(0.0, 0),
                Verdict::Older,
            ),
        ] {
            assert_eq!(judge(last, next, now()), verdict, "{name}");
        }
    }

    #[test]
    fn freshness_ends_after_two_minutes() {
        assert!(is_fresh(now() - seconds(120), now()));
        assert!(!is_fresh(now() - kernel::millis(120_001), now()));
        assert!(is_fresh(now() + seconds(5), now()));
        assert!(!is_fresh(now() + hours(1), now()));
    }

    #[test]
    fn a_trail_is_thinned() {
        for (neighbours, kept) in [
            (vec![], true),
            (vec![fix(0.0, 29)], false),
            (vec![fix(0.0, 30)], true),
            (vec![fix(101.0, 1)], true),
            (vec![fix(99.0, 1)], false),
            (vec![fix(0.0, 40), fix(0.0, -10)], false),
            (vec![fix(0.0, 40), fix(0.0, -30)], true),
            (vec![fix(0.0, 0)], false),
        ] {
            assert_eq!(
                is_worth_keeping(&neighbours, fix(0.0, 0)),
                kept,
                "{neighbours:?}"
            );
        }
    }
}
