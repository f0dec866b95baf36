//! From districts to micro-zones. Each H3 cell of resolution 8 either belongs as a whole to one
//! district or is split, and then each of its seven children belongs to at most one: by
//! construction nothing is covered twice.
//!
//! A cell belongs to whom its middle belongs to, by a total order: a district with a boundary
//! before one with only a centre, then the smaller area, then the lower slug; among centres the
//! nearest within [`REACH_M`], then the lower slug.

use geo::MultiPolygon;
use h3o::geom::{ContainmentMode, TilerBuilder};
use h3o::{CellIndex, LatLng, Resolution};
use kernel::{GeoPoint, Slug};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How far from its centre a district without a boundary reaches.
pub(crate) const REACH_M: f64 = 2_500.0;
/// Districts smaller than this are tiled finely, dense or not: four cells of resolution 8.
const FINE_BELOW_M2: f64 = 3_000_000.0;
/// So many rings of cells of resolution 8 hold every cell within [`REACH_M`].
const RINGS: u32 = 5;

#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Centre(GeoPoint),
    Outline { outline: MultiPolygon, area_m2: f64 },
}

#[derive(Debug, Clone)]
pub(crate) struct District {
    pub(crate) slug: Slug,
    pub(crate) dense: bool,
    pub(crate) shape: Shape,
}

impl District {
    fn is_fine(&self) -> bool {
        self.dense
            || matches!(self.shape, Shape::Outline { area_m2, .. } if area_m2 < FINE_BELOW_M2)
    }
}

/// The micro-zones that may hold a point: the fine one, then the coarse one around it. The coarse
/// one is the fine one's parent, so that a point at a border has one answer.
pub(crate) fn cells_at(point: GeoPoint) -> [CellIndex; 2] {
    let fine = LatLng::new(point.lat(), point.lon())
        .expect("a GeoPoint is finite")
        .to_cell(Resolution::Nine);
    [fine, parent(fine)]
}

fn parent(fine: CellIndex) -> CellIndex {
    fine.parent(Resolution::Eight)
        .expect("resolution 9 has a parent of resolution 8")
}

pub(crate) fn middle(cell: CellIndex) -> GeoPoint {
    let middle = LatLng::from(cell);
    GeoPoint::new(middle.lat(), middle.lng()).expect("a cell's middle is on Earth")
}

/// The cells of a resolution whose middle is inside.
pub(crate) fn cells_inside(outline: &MultiPolygon, resolution: Resolution) -> BTreeSet<CellIndex> {
    let mut tiler = TilerBuilder::new(resolution)
        .containment_mode(ContainmentMode::ContainsCentroid)
        .build();
    for polygon in outline {
        if tiler.add(polygon.clone()).is_err() {
            // Only boundaries that were checked get here; a broken one covers nothing.
            return BTreeSet::new();
        }
    }
    tiler.into_coverage().collect()
}

/// All micro-zones, each with its district. The order of `districts` does not matter.
pub(crate) fn tile(districts: &[District]) -> BTreeMap<CellIndex, Slug> {
    let mut sorted: Vec<&District> = districts.iter().collect();
    sorted.sort_by(|a, b| a.slug.cmp(&b.slug));
    let owners = Owners::of(&sorted);
    let mut tiles = BTreeMap::new();
    for coarse in owners.candidates() {
        let whole = owners.of_cell(coarse);
        let children: Vec<(CellIndex, Option<usize>)> = coarse
            .children(Resolution::Nine)
            .map(|child| (child, owners.of_cell(child)))
            .collect();
        let is_fine = |owner: Option<usize>| owner.is_some_and(|i| sorted[i].is_fine());
        if is_fine(whole) || children.iter().any(|(_, owner)| is_fine(*owner)) {
            // A child whose own middle is nobody's stays with the coarse cell's district:
            // splitting never uncovers. A fine district ends where its own cells end.
            let fallback = whole.filter(|i| !sorted[*i].is_fine());
            for (child, owner) in children {
                if let Some(i) = owner.or(fallback) {
                    tiles.insert(child, sorted[i].slug.clone());
                }
            }
        } else if let Some(i) = whole {
            tiles.insert(coarse, sorted[i].slug.clone());
        }
    }
    tiles
}

/// Whose middle of a cell it is.
struct Owners {
    /// Claims by boundary, both resolutions.
    claims: HashMap<CellIndex, usize>,
    /// Districts without a boundary, in the order of their slugs.
    centres: Vec<(usize, GeoPoint)>,
}

impl Owners {
    fn of(sorted: &[&District]) -> Self {
        let mut claims: HashMap<CellIndex, usize> = HashMap::new();
        let mut centres = Vec::new();
        let area = |i: usize| match sorted[i].shape {
            Shape::Outline { area_m2, .. } => area_m2,
            Shape::Centre(_) => f64::INFINITY,
        };
        for (i, district) in sorted.iter().enumerate() {
            match &district.shape {
                Shape::Centre(centre) => centres.push((i, *centre)),
                Shape::Outline { outline, .. } => {
                    let coarse = cells_inside(outline, Resolution::Eight);
                    let fine = cells_inside(outline, Resolution::Nine);
                    for cell in coarse.into_iter().chain(fine) {
                        let holder = claims.entry(cell).or_insert(i);
                        // Slugs ascend, so the first of two equal areas stays.
                        if area(i) < area(*holder) {
                            *holder = i;
                        }
                    }
                }
            }
        }
        Self { claims, centres }
    }

    fn of_cell(&self, cell: CellIndex) -> Option<usize> {
        self.claims
            .get(&cell)
            .copied()
            .or_else(|| self.nearest(middle(cell)))
    }

    fn nearest(&self, point: GeoPoint) -> Option<usize> {
        // `min_by` keeps the first of equals: the lower slug.
        self.centres
            .iter()
            .map(|(i, centre)| (centre.distance_m(point), *i))
            .filter(|(distance_m, _)| *distance_m <= REACH_M)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, i)| i)
    }

    /// Every cell of resolution 8 that could hold something.
    fn candidates(&self) -> BTreeSet<CellIndex> {
        let mut cells: BTreeSet<CellIndex> = self
            .claims
            .keys()
            .map(|cell| match cell.resolution() {
                Resolution::Nine => parent(*cell),
                _ => *cell,
            })
            .collect();
        for (_, centre) in &self.centres {
            let [_, coarse] = cells_at(*centre);
            cells.extend(coarse.grid_disk::<Vec<_>>(RINGS));
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Contains, LineString, Polygon, point};
    use proptest::prelude::*;

    fn slug(text: &str) -> Slug {
        Slug::parse(text).unwrap()
    }
    fn at(lat: f64, lon: f64) -> GeoPoint {
        GeoPoint::new(lat, lon).unwrap()
    }
    /// A rectangle around a point, sides in degrees.
    fn rectangle(centre: GeoPoint, height: f64, width: f64) -> Shape {
        let (s, n) = (centre.lat() - height / 2.0, centre.lat() + height / 2.0);
        let (w, e) = (centre.lon() - width / 2.0, centre.lon() + width / 2.0);
        let ring = LineString::from(vec![(w, s), (e, s), (e, n), (w, n), (w, s)]);
        Shape::Outline {
            outline: MultiPolygon::new(vec![Polygon::new(ring, vec![])]),
            area_m2: height * width * 111_195.0 * 101_000.0,
        }
    }
    fn lookup(tiles: &BTreeMap<CellIndex, Slug>, point: GeoPoint) -> Option<&Slug> {
        cells_at(point).iter().find_map(|cell| tiles.get(cell))
    }

    #[test]
    fn a_boundary_wins_over_a_centre_and_the_smaller_over_the_larger() {
        let middle = at(24.75, 46.7);
        let tiles = tile(&[
            District {
                slug: slug("a-centre"),
                dense: true,
                shape: Shape::Centre(middle),
            },
            District {
                slug: slug("b-large"),
                dense: false,
                shape: rectangle(middle, 0.06, 0.06),
            },
            District {
                slug: slug("c-small"),
                dense: false,
                shape: rectangle(middle, 0.03, 0.03),
            },
        ]);
        assert_eq!(lookup(&tiles, middle), Some(&slug("c-small")));
        assert_eq!(lookup(&tiles, at(24.775, 46.7)), Some(&slug("b-large")));
        assert_eq!(lookup(&tiles, at(24.85, 46.7)), None);
    }

    #[test]
    fn between_centres_the_nearest_within_reach() {
        let (west, east) = (at(24.7, 46.70), at(24.7, 46.73));
        let tiles = tile(&[
            District {
                slug: slug("west"),
                dense: false,
                shape: Shape::Centre(west),
            },
            District {
                slug: slug("east"),
                dense: true,
                shape: Shape::Centre(east),
            },
        ]);
        assert_eq!(lookup(&tiles, at(24.7, 46.705)), Some(&slug("west")));
        assert_eq!(lookup(&tiles, at(24.7, 46.725)), Some(&slug("east")));
        assert_eq!(lookup(&tiles, at(24.7, 46.77)), None);
        // The dense one has only fine cells.
        let of_east: Vec<_> = tiles.iter().filter(|(_, s)| **s == slug("east")).collect();
        assert!(
            of_east
                .iter()
                .all(|(cell, _)| cell.resolution() == Resolution::Nine)
        );
        assert!(of_east.len() > 50);
    }

    #[test]
    fn a_lone_boundary_is_tiled_by_the_middles_inside() {
        for (dense, resolution) in [(false, Resolution::Eight), (true, Resolution::Nine)] {
            let shape = rectangle(at(24.7, 46.7), 0.05, 0.05);
            let Shape::Outline { outline, .. } = &shape else {
                unreachable!()
            };
            let inside = cells_inside(outline, resolution);
            assert!(inside.len() > 20);
            let tiles = tile(&[District {
                slug: slug("one"),
                dense,
                shape: shape.clone(),
            }]);
            assert_eq!(tiles.keys().copied().collect::<BTreeSet<_>>(), inside);
        }
    }

    prop_compose! {
        fn any_district()(n in 0..26_u8, dense: bool, bounded: bool, lat in 24.60..24.80_f64, lon in 46.60..46.80_f64,
                          height in 0.005..0.08_f64, width in 0.005..0.08_f64) -> District {
            let centre = at(lat, lon);
            District {
                slug: slug(&char::from(b'a' + n).to_string()),
                dense,
                shape: if bounded { rectangle(centre, height, width) } else { Shape::Centre(centre) },
            }
        }
    }
    fn any_city() -> impl Strategy<Value = Vec<District>> {
        prop::collection::vec(any_district(), 0..10).prop_map(|mut city| {
            city.sort_by(|a, b| a.slug.cmp(&b.slug));
            city.dedup_by(|a, b| a.slug == b.slug);
            city
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// No cell is covered at both resolutions, and the order of districts does not matter.
        #[test]
        fn nothing_is_covered_twice(city in any_city().prop_shuffle()) {
            let tiles = tile(&city);
            for cell in tiles.keys() {
                if cell.resolution() == Resolution::Nine {
                    prop_assert!(!tiles.contains_key(&parent(*cell)));
                }
            }
            let mut sorted = city.clone();
            sorted.sort_by(|a, b| a.slug.cmp(&b.slug));
            prop_assert_eq!(tile(&sorted), tiles);
        }

        /// A point is somebody's exactly when it should be, and whose it is follows the order.
        #[test]
        fn districts_leave_no_gaps(city in any_city(), lat in 24.55..24.85_f64, lon in 46.55..46.85_f64) {
            let tiles = tile(&city);
            let [fine, coarse] = cells_at(at(lat, lon));
            let owner = lookup(&tiles, at(lat, lon));
            // The coarse cell's middle is in somebody's reach: then the point is covered, except
            // where that somebody is fine and the fine cell's middle is outside.
            let reached = |cell: CellIndex| city.iter().filter(|d| match &d.shape {
                Shape::Centre(centre) => centre.distance_m(middle(cell)) <= REACH_M,
                Shape::Outline { outline, .. } => {
                    let m = middle(cell);
                    outline.contains(&point!(x: m.lon(), y: m.lat()))
                }
            }).collect::<Vec<_>>();
            let (by_coarse, by_fine) = (reached(coarse), reached(fine));
            if !by_coarse.is_empty() && (by_coarse.iter().all(|d| !d.is_fine()) || !by_fine.is_empty()) {
                prop_assert!(owner.is_some());
            }
            if by_coarse.is_empty() && by_fine.is_empty() {
                prop_assert!(owner.is_none());
            }
            if let Some(owner) = owner {
                prop_assert!(by_coarse.iter().chain(&by_fine).any(|d| d.slug == *owner));
            }
            // Where only one district's boundary reaches, no centre takes it away.
            if let [only] = by_fine.as_slice() && only.dense {
                prop_assert_eq!(owner, Some(&only.slug));
            }
        }
    }
}
