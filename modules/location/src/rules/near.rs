//! Who is near: points in squares of about a kilometre, searched ring by ring from the middle and
//! only as far as needed.

use crate::rules::position::{Fix, is_fresh};
use contract_location::Nearby;
use kernel::{GeoPoint, TechnicianId, Time};
use std::collections::HashMap;

/// A square's sides: about 1 km each way at Riyadh's latitude.
const LAT_STEP: f64 = 0.009;
const LON_STEP: f64 = 0.0099;
const METRES_PER_DEGREE: f64 = 111_195.0;
/// Beyond these the flat arithmetic of squares isn't safe, or doesn't pay: every point is looked at.
const WIDEST_M: f64 = 200_000.0;
const HIGHEST_LAT: f64 = 80.0;

type Square = (i32, i32);

fn square(point: GeoPoint) -> Square {
    (
        (point.lat() / LAT_STEP).floor() as i32,
        (point.lon() / LON_STEP).floor() as i32,
    )
}

/// The last points of all technicians, in squares.
#[derive(Debug, Default)]
pub(crate) struct Near {
    fixes: HashMap<TechnicianId, Fix>,
    squares: HashMap<Square, Vec<TechnicianId>>,
}

impl Near {
    pub(crate) fn put(&mut self, technician: TechnicianId, fix: Fix) {
        let to = square(fix.point);
        if let Some(before) = self.fixes.insert(technician, fix) {
            let from = square(before.point);
            if from == to {
                return;
            }
            if let Some(there) = self.squares.get_mut(&from) {
                there.retain(|t| *t != technician);
                if there.is_empty() {
                    self.squares.remove(&from);
                }
            }
        }
        self.squares.entry(to).or_default().push(technician);
    }

    /// The fresh ones within `radius_m`, nearest first (then by id), at most `limit`.
    pub(crate) fn search(
        &self,
        centre: GeoPoint,
        radius_m: u32,
        limit: u32,
        at: Time,
    ) -> Vec<Nearby> {
        let radius_m = f64::from(radius_m);
        let mut found: Vec<(f64, TechnicianId, GeoPoint)> = Vec::new();
        let look = |there: &[TechnicianId], found: &mut Vec<_>| {
            for technician in there {
                let Some(fix) = self.fixes.get(technician) else {
                    continue;
                };
                let distance_m = centre.distance_m(fix.point);
                if distance_m <= radius_m && is_fresh(fix.at, at) {
                    found.push((distance_m, *technician, fix.point));
                }
            }
        };
        if let Some((rings, side_m)) = self.rings(centre, radius_m) {
            for ring in 0..=rings {
                for key in squares_of_ring(square(centre), ring) {
                    if let Some(there) = self.squares.get(&key) {
                        look(there, &mut found);
                    }
                }
                // Whoever is not seen yet is at least this far away.
                let seen_to_m = f64::from(ring) * side_m;
                if found.iter().filter(|(d, ..)| *d < seen_to_m).count() >= limit as usize {
                    break;
                }
            }
        } else {
            for there in self.squares.values() {
                look(there, &mut found);
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found.truncate(limit as usize);
        found
            .into_iter()
            .map(|(distance_m, technician, point)| Nearby {
                technician,
                point,
                distance_m: distance_m.round() as u32,
            })
            .collect()
    }

    /// How many rings hold the whole radius, and how far from the middle one ring reaches at
    /// least. `None`: looking at everyone is safer or cheaper.
    fn rings(&self, centre: GeoPoint, radius_m: f64) -> Option<(i32, f64)> {
        if radius_m > WIDEST_M || centre.lat().abs() > HIGHEST_LAT {
            return None;
        }
        // A little less than the arithmetic says, for the curvature over 200 km.
        let lon_side_m = LON_STEP * METRES_PER_DEGREE * centre.lat().to_radians().cos();
        let side_m = 0.98 * lon_side_m.min(LAT_STEP * METRES_PER_DEGREE);
        let rings = (radius_m / side_m).ceil() as i32;
        let reach_deg = f64::from(rings + 1) * LON_STEP;
        let visits = (2 * i64::from(rings) + 1).pow(2);
        let pays = visits <= 4 * self.squares.len().max(16) as i64;
        (pays && centre.lon().abs() + reach_deg < 180.0).then_some((rings, side_m))
    }
}

/// The squares at Chebyshev distance `ring` from `middle`.
fn squares_of_ring(middle: Square, ring: i32) -> impl Iterator<Item = Square> {
    (-ring..=ring).flat_map(move |row| {
        let step = if row.abs() == ring || ring == 0 {
            1
        } else {
            2 * ring
        };
        (-ring..=ring)
            .step_by(step.max(1) as usize)
            .map(move |column| (middle.0 + row, middle.1 + column))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::seconds;
    use proptest::prelude::*;

    fn now() -> Time {
        "2026-12-06T06:00:00Z".parse().unwrap()
    }
    fn technician(n: u128) -> TechnicianId {
        TechnicianId::from_uuid(uuid::Uuid::from_u128(n))
    }
    fn everyone(
        fixes: &[(TechnicianId, Fix)],
        centre: GeoPoint,
        radius_m: u32,
        limit: u32,
    ) -> Vec<Nearby> {
        let mut found: Vec<_> = fixes
            .iter()
            .map(|(t, fix)| (centre.distance_m(fix.point), *t, fix))
            .filter(|(d, _, fix)| *d <= f64::from(radius_m) && is_fresh(fix.at, now()))
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found
            .into_iter()
            .take(limit as usize)
            .map(|(d, technician, fix)| Nearby {
                technician,
                point: fix.point,
                distance_m: d.round() as u32,
            })
            .collect()
    }

    #[test]
    fn a_ring_is_its_border() {
        assert_eq!(squares_of_ring((5, 5), 0).collect::<Vec<_>>(), [(5, 5)]);
        for ring in 1..6_i32 {
            let border: std::collections::BTreeSet<_> = squares_of_ring((0, 0), ring).collect();
            assert_eq!(border.len(), 8 * ring as usize);
            assert!(border.iter().all(|(r, c)| r.abs().max(c.abs()) == ring));
        }
    }

    #[test]
    fn equal_distances_are_told_apart_by_id() {
        let mut near = Near::default();
        let point = GeoPoint::new(24.7, 46.7).unwrap();
        for n in [3, 1, 2] {
            near.put(technician(n), Fix { point, at: now() });
        }
        let found = near.search(point, 10, 2, now());
        assert_eq!(
            found.iter().map(|n| n.technician).collect::<Vec<_>>(),
            [technician(1), technician(2)]
        );
    }

    proptest! {
        /// The squares give what looking at everyone gives, wherever on Earth, also after moves.
        #[test]
        fn squares_lose_nobody(
            lat in prop_oneof![Just(24.7), -89.9..89.9_f64],
            lon in prop_oneof![Just(46.7), -179.9..179.9_f64],
            spread in prop_oneof![Just(0.05), Just(0.5), Just(3.0)],
            offsets in prop::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64, 0..240_i64, 0..40_u128), 0..300),
            radius_m in prop_oneof![0..20_000_u32, 0..400_000_u32],
            limit in 0..12_u32,
        ) {
            let centre = GeoPoint::new(lat, lon).unwrap();
            let mut near = Near::default();
            let mut last = std::collections::BTreeMap::new();
            for (dy, dx, ago, who) in offsets {
                let lat = (lat + dy * spread).clamp(-90.0, 90.0);
                let lon = (lon + dx * spread).clamp(-180.0, 180.0);
                let fix = Fix { point: GeoPoint::new(lat, lon).unwrap(), at: now() - seconds(ago) };
                near.put(technician(who), fix);
                last.insert(technician(who), fix);
            }
            let fixes: Vec<_> = last.into_iter().collect();
            prop_assert_eq!(
                near.search(centre, radius_m, limit, now()),
                everyone(&fixes, centre, radius_m, limit)
            );
        }
    }
}
