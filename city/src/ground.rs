//! Moving about in Riyadh.

use crate::chance::Chance;
use kernel::{GeoPoint, Time, millis};

const METRES_PER_DEGREE: f64 = 111_195.0;
/// Road over crow-flies distance.
const DETOUR: f64 = 1.35;
/// Parking and the stairs.
const ACCESS_S: f64 = 120.0;

/// The point so many metres north and east; unchanged at the edges of the map.
pub(crate) fn moved(point: GeoPoint, north_m: f64, east_m: f64) -> GeoPoint {
    let lat = point.lat() + north_m / METRES_PER_DEGREE;
    let lon = point.lon() + east_m / (METRES_PER_DEGREE * point.lat().to_radians().cos());
    GeoPoint::new(lat, lon).unwrap_or(point)
}

/// Mean speed through the traffic of the hour.
fn kmh(at: Time) -> f64 {
    match at.in_riyadh().hour() {
        7..=8 => 25.0,
        9..=15 => 34.0,
        16..=18 => 23.0,
        19..=21 => 32.0,
        22..=23 => 42.0,
        _ => 54.0,
    }
}

/// Seconds from door to door on an ordinary day.
pub(crate) fn drive_s(from: GeoPoint, to: GeoPoint, at: Time) -> f64 {
    ACCESS_S + from.distance_m(to) * DETOUR / (kmh(at) / 3.6)
}

/// What the day makes of a journey: mostly near the ordinary, sometimes much worse.
pub(crate) fn lateness(chance: &mut Chance) -> f64 {
    if chance.percent(6.0) {
        chance.between(1.5, 2.2)
    } else {
        chance.between(0.85, 1.2)
    }
}

/// A journey under way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Journey {
    from: GeoPoint,
    to: GeoPoint,
    begun: Time,
    pub(crate) ends: Time,
}

impl Journey {
    pub(crate) fn new(from: GeoPoint, to: GeoPoint, begun: Time, lateness: f64) -> Self {
        let took_ms = (drive_s(from, to, begun) * lateness * 1000.0) as i64;
        Self {
            from,
            to,
            begun,
            ends: crate::demand::whole_second(begun + millis(took_ms)),
        }
    }
    pub(crate) fn position(&self, at: Time) -> GeoPoint {
        let whole = self.ends.since(self.begun).as_secs_f64().max(1.0);
        self.from
            .towards(self.to, at.since(self.begun).as_secs_f64() / whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::seconds;

    fn at() -> Time {
        "2026-12-06T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn moving_is_in_metres() {
        let here = GeoPoint::new(24.7, 46.7).unwrap();
        let there = moved(here, 300.0, -400.0);
        assert!((here.distance_m(there) - 500.0).abs() < 2.0);
    }

    #[test]
    fn a_journey_goes_straight_at_a_believable_speed() {
        let here = GeoPoint::new(24.7, 46.7).unwrap();
        let there = moved(here, 6_000.0, 8_000.0);
        let journey = Journey::new(here, there, at(), 1.0);
        let minutes = journey.ends.since(at()).as_secs() / 60;
        // 13.5 km of road at 34 km/h and two minutes more.
        assert!((24..=27).contains(&minutes), "{minutes}");
        assert_eq!(journey.position(at() - seconds(5)), here);
        assert_eq!(journey.position(journey.ends + seconds(5)), there);
        let mut last = here;
        for minute in 1..minutes {
            let now = journey.position(at() + kernel::minutes(minute));
            let kmh = last.distance_m(now) / 60.0 * 3.6;
            assert!((10.0..60.0).contains(&kmh), "{kmh}");
            last = now;
        }
    }

    #[test]
    fn most_come_nearly_in_time() {
        let mut chance = Chance::of(1, "late", 0);
        let late = (0..10_000).filter(|_| lateness(&mut chance) > 1.3).count();
        assert!((450..750).contains(&late), "{late}");
    }
}
