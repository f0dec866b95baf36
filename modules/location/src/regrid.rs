//! Tiles the sectors as they now stand and writes what differs.

use crate::rules::tiling::{District, Shape, tile};
use contract_location::LocationFault;
use geo::{LineString, MultiPolygon, Polygon};
use h3o::CellIndex;
use kernel::{Failure, GeoPoint, Outcome, Slug};
use platform::Tx;
use std::collections::BTreeMap;

/// A MultiPolygon's coordinates as GeoJSON has them: polygons, rings, longitude and latitude.
pub(crate) type Coordinates = Vec<Vec<Vec<[f64; 2]>>>;

pub(crate) fn coordinates(outline: &MultiPolygon) -> Coordinates {
    let ring = |line: &LineString| line.coords().map(|c| [c.x, c.y]).collect();
    outline
        .iter()
        .map(|p| {
            std::iter::once(p.exterior())
                .chain(p.interiors())
                .map(ring)
                .collect()
        })
        .collect()
}

fn outline(coordinates: Coordinates) -> MultiPolygon {
    let line =
        |ring: Vec<[f64; 2]>| -> LineString { ring.into_iter().map(|[x, y]| (x, y)).collect() };
    let polygons = coordinates.into_iter().map(|rings| {
        let mut lines = rings.into_iter().map(line);
        let exterior = lines.next().unwrap_or_else(|| LineString::new(vec![]));
        Polygon::new(exterior, lines.collect())
    });
    MultiPolygon::new(polygons.collect())
}

/// Keeps everyone else from changing the grid until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx) -> sqlx::Result<()> {
    sqlx::query!("select version from location.grid for update")
        .fetch_one(&mut **tx)
        .await?;
    Ok(())
}

/// Tells every process that what they hold is old. The grid must be locked.
pub(crate) async fn raise_version(tx: &mut Tx) -> sqlx::Result<()> {
    sqlx::query!("update location.grid set version = version + 1")
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Micro-zones in the whole grid.
pub(crate) async fn count(tx: &mut Tx) -> sqlx::Result<u32> {
    let count = sqlx::query_scalar!(r#"select count(*) as "count!" from location.micro_zones"#)
        .fetch_one(&mut **tx)
        .await?;
    Ok(count as u32)
}

/// What tiling did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tiled {
    pub(crate) micro_zones: u32,
    pub(crate) changed: bool,
    /// Sectors with no micro-zone of their own, by slug.
    pub(crate) empty: Vec<Slug>,
}

/// The grid must be locked. A micro-zone that stays with its sector keeps its status and weight.
pub(crate) async fn regrid(tx: &mut Tx) -> Outcome<Tiled, LocationFault> {
    let rows = sqlx::query!(
        r#"select slug as "slug: Slug", zone, lat, lon, dense, area_m2,
                  outline as "outline: sqlx::types::Json<Coordinates>"
           from location.sectors order by slug"#
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut zone_of = BTreeMap::new();
    let mut districts = Vec::with_capacity(rows.len());
    for row in rows {
        zone_of.insert(row.slug.clone(), row.zone);
        districts.push(District {
            slug: row.slug,
            dense: row.dense,
            shape: match (row.outline, row.area_m2) {
                (Some(coordinates), Some(area_m2)) => Shape::Outline {
                    outline: outline(coordinates.0),
                    area_m2,
                },
                _ => Shape::Centre(GeoPoint::new(row.lat, row.lon).map_err(Failure::internal)?),
            },
        });
    }
    // Some hundred milliseconds of arithmetic: not on a thread that others wait for.
    let wanted: BTreeMap<CellIndex, Slug> = tokio::task::spawn_blocking(move || tile(&districts))
        .await
        .map_err(Failure::internal)?;
    let mut empty: Vec<Slug> = zone_of.keys().cloned().collect();
    let tiled: std::collections::BTreeSet<&Slug> = wanted.values().collect();
    empty.retain(|slug| !tiled.contains(slug));

    let (mut cells, mut sectors, mut zones, mut resolutions) = (vec![], vec![], vec![], vec![]);
    for (cell, sector) in &wanted {
        cells.push(u64::from(*cell) as i64);
        sectors.push(sector.as_str().to_owned());
        zones.push(zone_of.get(sector).cloned().unwrap_or_default());
        resolutions.push(i16::from(u8::from(cell.resolution())));
    }
    let gone = sqlx::query!(
        "delete from location.micro_zones where cell <> all($1)",
        &cells
    )
    .execute(&mut **tx)
    .await?
    .rows_affected();
    // Another sector's cell starts anew: the status and weight were the old one's.
    let written = sqlx::query!(
        "insert into location.micro_zones as m (cell, sector, zone, resolution)
         select * from unnest($1::bigint[], $2::text[], $3::text[], $4::smallint[])
         on conflict (cell) do update
             set sector = excluded.sector, zone = excluded.zone,
                 status = case when m.sector = excluded.sector then m.status else 'active' end,
                 coverage_weight = case when m.sector = excluded.sector then m.coverage_weight else 1 end
             where (m.sector, m.zone) is distinct from (excluded.sector, excluded.zone)",
        &cells,
        &sectors,
        &zones,
        &resolutions
    )
    .execute(&mut **tx)
    .await?
    .rows_affected();
    Ok(Tiled {
        micro_zones: cells.len() as u32,
        changed: gone + written > 0,
        empty,
    })
}
