//! How long a journey by road takes in Riyadh: crow-flies distance with a detour, at the speed of
//! the hour, and a fixed time to park and reach the door.

use contract_location::{Leg, Travel};
use jiff::civil::Weekday;
use kernel::Time;

/// Road distance over great-circle distance: Riyadh's grid of one-way service roads and U-turns.
const DETOUR: f64 = 1.35;
/// From the car to the door and back, seconds.
const ACCESS_S: f64 = 120.0;

/// Distance and time of one journey begun at `at`. Never zero seconds: the access time counts
/// even next door.
pub(crate) fn travel(leg: Leg, at: Time) -> Travel {
    let distance_m = leg.from.distance_m(leg.to) * DETOUR;
    let metres_per_second = f64::from(speed_kmh(at)) / 3.6;
    Travel {
        distance_m: distance_m.round() as u32,
        seconds: (ACCESS_S + distance_m / metres_per_second).ceil() as u32,
    }
}

/// Mean door-to-door driving speed by the hour in Riyadh. Working days (Sunday to Thursday) have
/// peaks at 7–9 and 16–19; Friday is light until the afternoon; Saturday fills in the evening.
pub(crate) fn speed_kmh(at: Time) -> u32 {
    let local = at.in_riyadh();
    match (local.weekday(), local.hour()) {
        (Weekday::Friday, 0..=11) => 55,
        (Weekday::Friday, 12..=15) => 45,
        (Weekday::Friday, _) => 38,
        (Weekday::Saturday, 0..=8) => 55,
        (Weekday::Saturday, 9..=15) => 42,
        (Weekday::Saturday, 16..=22) => 32,
        (Weekday::Saturday, _) => 42,
        (_, 0..=5) => 55,
        (_, 6) => 42,
        (_, 7..=8) => 24,
        (_, 9) => 32,
        (_, 10..=14) => 36,
        (_, 15) => 31,
        (_, 16..=18) => 22,
        (_, 19..=21) => 32,
        (_, _) => 42,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{GeoPoint, hours};
    use proptest::prelude::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }
    fn leg() -> Leg {
        Leg {
            from: GeoPoint::new(24.7114, 46.6744).unwrap(),
            to: GeoPoint::new(24.6312, 46.7134).unwrap(),
        }
    }

    #[test]
    fn the_hours_of_the_week() {
        // 2026-12-06 is a Sunday; Riyadh is three hours ahead of UTC.
        for (when, kmh) in [
            ("2026-12-06T00:00:00Z", 55),
            ("2026-12-06T03:59:59Z", 42),
            ("2026-12-06T04:00:00Z", 24),
            ("2026-12-06T05:59:59Z", 24),
            ("2026-12-06T06:00:00Z", 32),
            ("2026-12-06T10:00:00Z", 36),
            ("2026-12-06T13:00:00Z", 22),
            ("2026-12-06T15:59:59Z", 22),
            ("2026-12-06T16:00:00Z", 32),
            ("2026-12-11T05:00:00Z", 55),
            ("2026-12-11T15:00:00Z", 38),
            ("2026-12-12T05:00:00Z", 55),
            ("2026-12-12T15:00:00Z", 32),
            ("2026-12-05T21:30:00Z", 55),
        ] {
            assert_eq!(speed_kmh(at(when)), kmh, "{when}");
        }
    }

    #[test]
    fn a_known_journey() {
        let off_peak = travel(leg(), at("2026-12-06T08:00:00Z"));
        assert!(
            (13_000..13_400).contains(&off_peak.distance_m),
            "{off_peak:?}"
        );
        assert!((1_400..1_500).contains(&off_peak.seconds), "{off_peak:?}");
        let peak = travel(leg(), at("2026-12-06T14:00:00Z"));
        assert_eq!(peak.distance_m, off_peak.distance_m);
        assert!(peak.seconds > off_peak.seconds + 600);
        let next_door = Leg {
            from: leg().from,
            to: leg().from,
        };
        let there = travel(next_door, at("2026-12-06T08:00:00Z"));
        assert_eq!((there.distance_m, there.seconds), (0, 120));
    }

    proptest! {
        #[test]
        fn farther_is_never_sooner_and_both_ways_are_equal(
            a in 0.0..1.0_f64, b in 0.0..1.0_f64, hour in 0..(7 * 24_i64),
        ) {
            let when = at("2026-12-06T00:00:00Z") + hours(hour);
            let Leg { from, to } = leg();
            let (near, far) = (from.towards(to, a.min(b)), from.towards(to, a.max(b)));
            let short = travel(Leg { from, to: near }, when);
            let long = travel(Leg { from, to: far }, when);
            prop_assert!(short.seconds <= long.seconds && short.distance_m <= long.distance_m);
            prop_assert_eq!(travel(Leg { from: far, to: from }, when), long);
            let kmh = speed_kmh(when);
            prop_assert!((20..=60).contains(&kmh));
        }
    }
}
