//! The grid in memory: what translates a point, compared with the database's version before each
//! answer. Reading one row costs little; believing an old grid would cost a wrong zone.

use crate::rules::tiling::cells_at;
use contract_location::{
    LocationFault, MicroZone, OutlineAnswer, Place, Sector, Zone, ZoneOutline,
};
use h3o::error::DissolutionError;
use h3o::geom::SolventBuilder;
use h3o::{CellIndex, LatLng, Resolution};
use kernel::{GeoPoint, Slug, Text};
use sqlx::PgPool;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::OnceCell;

/// What a zone, sector or micro-zone is open for; the least of the three counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Planned,
    Paused,
    Active,
}

impl Status {
    fn parse(text: &str) -> Self {
        match text {
            "active" => Self::Active,
            "paused" => Self::Paused,
            _ => Self::Planned,
        }
    }
    const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Paused => "paused",
            Self::Active => "active",
        }
    }
}

#[derive(Debug)]
struct Cell {
    index: CellIndex,
    sector: usize,
    status: Status,
    weight: f64,
}

/// One version of the grid.
#[derive(Debug)]
pub(crate) struct Grid {
    version: i64,
    /// By slug, without their sectors.
    zones: Vec<Zone>,
    /// By slug.
    sectors: Vec<Sector>,
    /// Each sector's own status and its zone's.
    statuses: Vec<Status>,
    cells: HashMap<CellIndex, Cell>,
    /// Worked out when first asked for.
    outline: OnceCell<Arc<OutlineAnswer>>,
}

impl Grid {
    /// The micro-zone at the point, if it, its sector and its zone are active.
    pub(crate) fn place(&self, point: GeoPoint) -> Result<Place, LocationFault> {
        let covering = cells_at(point)
            .into_iter()
            .find_map(|index| self.cells.get(&index))
            .filter(|cell| cell.status == Status::Active);
        let Some(cell) = covering else {
            return Err(self.outside(point));
        };
        let sector = &self.sectors[cell.sector];
        Ok(Place {
            point,
            cell: cell.index.to_string(),
            sector: sector.slug.clone(),
            sector_name: sector.name.clone(),
            zone: sector.zone.clone(),
            zone_name: self
                .zone(&sector.zone)
                .map(|z| z.name.clone())
                .unwrap_or_default(),
        })
    }

    /// The zone around a point, served or not.
    pub(crate) fn zone_at(&self, point: GeoPoint) -> Option<&Slug> {
        let cell = cells_at(point)
            .into_iter()
            .find_map(|index| self.cells.get(&index))?;
        Some(&self.sectors[cell.sector].zone)
    }

    fn zone(&self, slug: &Slug) -> Option<&Zone> {
        self.zones.iter().find(|z| z.slug == *slug)
    }

    /// Names the nearest sector that is served; sectors are in the order of their slugs, so the
    /// lower of two equally near.
    fn outside(&self, point: GeoPoint) -> LocationFault {
        let served = self
            .sectors
            .iter()
            .zip(&self.statuses)
            .filter(|(sector, status)| **status == Status::Active && sector.micro_zones > 0);
        served
            .map(|(sector, _)| (sector.centre.distance_m(point), sector))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map_or(LocationFault::NoZones, |(distance_m, sector)| {
                LocationFault::OutsideZones {
                    nearest: sector.slug.clone(),
                    nearest_ar: sector.name.ar.clone(),
                    nearest_en: sector.name.en.clone(),
                    distance_m: distance_m.round() as u32,
                }
            })
    }

    pub(crate) fn sectors(&self) -> &[Sector] {
        &self.sectors
    }

    pub(crate) fn zones(&self) -> Vec<Zone> {
        let with_sectors = |zone: &Zone| Zone {
            sectors: self
                .sectors
                .iter()
                .filter(|s| s.zone == zone.slug)
                .cloned()
                .collect(),
            ..zone.clone()
        };
        self.zones.iter().map(with_sectors).collect()
    }

    /// The micro-zones of the zones for which `wanted` is true, by index.
    pub(crate) fn micro_zones(&self, wanted: impl Fn(&Slug) -> bool) -> Vec<MicroZone> {
        let mut cells: Vec<&Cell> = self
            .cells
            .values()
            .filter(|cell| wanted(&self.sectors[cell.sector].zone))
            .collect();
        cells.sort_by_key(|cell| u64::from(cell.index));
        cells
            .into_iter()
            .map(|cell| {
                let sector = &self.sectors[cell.sector];
                MicroZone {
                    cell: cell.index.to_string(),
                    sector: sector.slug.clone(),
                    zone: sector.zone.clone(),
                    resolution: cell.index.resolution().into(),
                    status: cell.status.as_str().to_owned(),
                    coverage_weight: cell.weight,
                    outline: corners(cell.index),
                }
            })
            .collect()
    }

    /// The ground of each zone that is served today, by slug. Worked out once a grid, where no
    /// request waits for its turn, and to the end even if nobody waits for it any more.
    pub(crate) async fn outline(self: &Arc<Self>) -> anyhow::Result<Arc<OutlineAnswer>> {
        if let Some(known) = self.outline.get() {
            return Ok(known.clone());
        }
        let grid = self.clone();
        let working_out = tokio::spawn(async move {
            let known = grid.outline.get_or_try_init(async || {
                let grid = grid.clone();
                let zones = tokio::task::spawn_blocking(move || grid.outlines()).await??;
                anyhow::Ok(Arc::new(OutlineAnswer { zones }))
            });
            known.await.cloned()
        });
        working_out.await?
    }

    fn outlines(&self) -> Result<Vec<ZoneOutline>, DissolutionError> {
        // Coarse cells are taken apart to the finest of the grid.
        let solvent = SolventBuilder::new()
            .enable_heterogeneous_support(Resolution::Nine)
            .build();
        let mut outlines = Vec::new();
        for zone in &self.zones {
            let active = self.cells.values().filter(|cell| {
                cell.status == Status::Active && self.sectors[cell.sector].zone == zone.slug
            });
            let ground = solvent.dissolve(active.map(|cell| cell.index))?;
            let mut rings: Vec<Vec<[f64; 2]>> = ground
                .iter()
                .map(|polygon| ring(polygon.exterior()))
                .collect();
            if rings.is_empty() {
                continue;
            }
            // The largest first; the same order each time.
            rings.sort_by(|a, b| {
                b.len()
                    .cmp(&a.len())
                    .then(a[0].partial_cmp(&b[0]).unwrap_or(Ordering::Equal))
            });
            outlines.push(ZoneOutline {
                zone: zone.slug.clone(),
                rings,
            });
        }
        Ok(outlines)
    }

    async fn load(db: &PgPool) -> sqlx::Result<Self> {
        // The version first: if the rest is newer, the next look finds another version and loads
        // again.
        let version = version(db).await?;
        let zones: Vec<Zone> = sqlx::query!(
            r#"select slug as "slug: Slug", name_ar, name_en, status, coverage_weight
               from location.zones order by slug"#
        )
        .map(|row| Zone {
            slug: row.slug,
            name: Text::new(row.name_ar, row.name_en),
            status: row.status,
            coverage_weight: row.coverage_weight,
            sectors: Vec::new(),
        })
        .fetch_all(db)
        .await?;
        let sector_rows = sqlx::query!(
            r#"select s.slug as "slug: Slug", s.zone as "zone: Slug", s.name_ar, s.name_en, s.lat, s.lon, s.status,
                      z.status as zone_status, s.coverage_weight * z.coverage_weight as "weight!",
                      (select count(*) from location.micro_zones m where m.sector = s.slug) as "micro_zones!"
               from location.sectors s join location.zones z on z.slug = s.zone
               order by s.slug"#
        )
        .fetch_all(db)
        .await?;
        let mut sectors = Vec::with_capacity(sector_rows.len());
        let mut statuses = Vec::with_capacity(sector_rows.len());
        for row in sector_rows {
            statuses.push(Status::parse(&row.status).min(Status::parse(&row.zone_status)));
            sectors.push(Sector {
                slug: row.slug,
                name: Text::new(row.name_ar, row.name_en),
                zone: row.zone,
                centre: GeoPoint::new(row.lat, row.lon).map_err(broken)?,
                status: row.status,
                coverage_weight: row.weight,
                micro_zones: row.micro_zones as u32,
            });
        }
        let place_of: HashMap<&Slug, usize> = sectors
            .iter()
            .enumerate()
            .map(|(i, s)| (&s.slug, i))
            .collect();
        let rows = sqlx::query!(
            r#"select cell, sector as "sector: Slug", status, coverage_weight from location.micro_zones"#
        )
        .fetch_all(db)
        .await?;
        let mut cells = HashMap::with_capacity(rows.len());
        for row in rows {
            // A cell of a sector that came after we read the sectors: the version tells, next time.
            let Some(&sector) = place_of.get(&row.sector) else {
                continue;
            };
            let index = CellIndex::try_from(row.cell as u64).map_err(broken)?;
            cells.insert(
                index,
                Cell {
                    index,
                    sector,
                    status: Status::parse(&row.status).min(statuses[sector]),
                    weight: row.coverage_weight * sectors[sector].coverage_weight,
                },
            );
        }
        drop(place_of);
        Ok(Self {
            version,
            zones,
            sectors,
            statuses,
            cells,
            outline: OnceCell::new(),
        })
    }
}

fn broken(cause: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(cause.into())
}

fn corners(index: CellIndex) -> Vec<[f64; 2]> {
    let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
    index
        .boundary()
        .iter()
        .map(|corner: &LatLng| [round(corner.lng()), round(corner.lat())])
        .collect()
}

/// Five decimals are a metre: enough for the edge of a zone.
fn ring(line: &geo::LineString) -> Vec<[f64; 2]> {
    let round = |degrees: f64| (degrees * 1e5).round() / 1e5;
    let mut points: Vec<[f64; 2]> = line
        .coords()
        .map(|point| [round(point.x), round(point.y)])
        .collect();
    if points.first() == points.last() {
        points.pop();
    }
    points
}

async fn version(db: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar!("select version from location.grid")
        .fetch_one(db)
        .await
}

/// The grid as this process last read it.
#[derive(Debug, Default)]
pub(crate) struct Held {
    grid: RwLock<Option<Arc<Grid>>>,
    loading: tokio::sync::Mutex<()>,
}

impl Held {
    fn held(&self) -> Option<Arc<Grid>> {
        self.grid
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The grid as last committed. While the database does not answer, the one held, if any:
    /// districts seldom move.
    pub(crate) async fn current(&self, db: &PgPool) -> sqlx::Result<Arc<Grid>> {
        let latest = match (version(db).await, self.held()) {
            (Ok(latest), Some(grid)) if grid.version == latest => return Ok(grid),
            (Err(error), Some(grid)) => {
                tracing::warn!(cause = %error, version = grid.version, "grid version unreadable; the one held is used");
                return Ok(grid);
            }
            (latest, _) => latest?,
        };
        let _one_at_a_time = self.loading.lock().await;
        if let Some(grid) = self.held().filter(|grid| grid.version == latest) {
            return Ok(grid);
        }
        let grid = Arc::new(Grid::load(db).await?);
        tracing::info!(
            version = grid.version,
            micro_zones = grid.cells.len(),
            "grid loaded"
        );
        *self.grid.write().unwrap_or_else(PoisonError::into_inner) = Some(grid.clone());
        Ok(grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn however_many_ask_the_outline_is_worked_out_once() {
        let grid = Arc::new(Grid {
            version: 1,
            zones: Vec::new(),
            sectors: Vec::new(),
            statuses: Vec::new(),
            cells: HashMap::new(),
            outline: OnceCell::new(),
        });
        let (one, two) = tokio::join!(grid.outline(), grid.outline());
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(Arc::ptr_eq(&one, &two));
        assert!(Arc::ptr_eq(&one, &grid.outline().await.unwrap()));
    }
}
