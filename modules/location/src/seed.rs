//! The project's own table of zones and sectors: names and approximate centres. Boundaries come
//! with an import.

use crate::regrid;
use contract_location::LocationFault;
use kernel::{GeoPoint, Outcome, Slug};
use platform::Tx;
use serde::Deserialize;
use std::collections::BTreeSet;

/// `sectors.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SeedFile {
    #[serde(rename = "zone")]
    pub zones: Vec<ZoneSeed>,
    #[serde(rename = "sector")]
    pub sectors: Vec<SectorSeed>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ZoneSeed {
    pub slug: Slug,
    pub ar: String,
    pub en: String,
    /// Relative; 1 is an ordinary zone.
    pub coverage_weight: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SectorSeed {
    pub slug: Slug,
    pub zone: Slug,
    pub ar: String,
    pub en: String,
    /// The approximate centre, degrees.
    pub lat: f64,
    pub lon: f64,
    #[serde(default)]
    pub dense: bool,
}

/// Why a seed file is refused.
#[derive(Debug, thiserror::Error)]
pub enum BadSeed {
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    #[error("{0}: named twice")]
    Twice(Slug),
    #[error("{sector}: there is no zone {zone}")]
    UnknownZone { sector: Slug, zone: Slug },
    #[error("{0}: the centre is no point on Earth, or a weight is not above zero")]
    OutOfRange(Slug),
}

impl SeedFile {
    /// Reads the TOML and checks that it agrees with itself.
    pub fn parse(text: &str) -> Result<Self, BadSeed> {
        let file: Self = toml::from_str(text)?;
        let mut zones = BTreeSet::new();
        for zone in &file.zones {
            if !zones.insert(&zone.slug) {
                return Err(BadSeed::Twice(zone.slug.clone()));
            }
            if !(zone.coverage_weight > 0.0 && zone.coverage_weight.is_finite()) {
                return Err(BadSeed::OutOfRange(zone.slug.clone()));
            }
        }
        let mut sectors = BTreeSet::new();
        for sector in &file.sectors {
            if !sectors.insert(&sector.slug) {
                return Err(BadSeed::Twice(sector.slug.clone()));
            }
            if !zones.contains(&sector.zone) {
                return Err(BadSeed::UnknownZone {
                    sector: sector.slug.clone(),
                    zone: sector.zone.clone(),
                });
            }
            if GeoPoint::new(sector.lat, sector.lon).is_err() {
                return Err(BadSeed::OutOfRange(sector.slug.clone()));
            }
        }
        Ok(file)
    }
}

/// What seeding did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeedReport {
    /// Zones and sectors that were new or had changed in the file.
    pub changed: u64,
    /// In the whole grid afterwards.
    pub micro_zones: u32,
}

pub(crate) async fn seed(tx: &mut Tx, file: &SeedFile) -> Outcome<SeedReport, LocationFault> {
    fn column<S, T>(rows: &[S], value: impl Fn(&S) -> T) -> Vec<T> {
        rows.iter().map(value).collect()
    }
    regrid::lock(tx).await?;
    let zones = sqlx::query!(
        "insert into location.zones as z (slug, name_ar, name_en, coverage_weight)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::double precision[])
         on conflict (slug) do update set name_ar = excluded.name_ar, name_en = excluded.name_en
             where (z.name_ar, z.name_en) is distinct from (excluded.name_ar, excluded.name_en)",
        &column(&file.zones, |z| z.slug.as_str().to_owned()),
        &column(&file.zones, |z| z.ar.clone()),
        &column(&file.zones, |z| z.en.clone()),
        &column(&file.zones, |z| z.coverage_weight),
    )
    .execute(&mut **tx)
    .await?
    .rows_affected();
    // A sector with a real boundary is no longer the file's to move.
    let sectors = sqlx::query!(
        "insert into location.sectors as s (slug, zone, name_ar, name_en, lat, lon, dense, source)
         select *, 'seed' from unnest(
             $1::text[], $2::text[], $3::text[], $4::text[],
             $5::double precision[], $6::double precision[], $7::boolean[])
         on conflict (slug) do update
             set zone = excluded.zone, name_ar = excluded.name_ar, name_en = excluded.name_en,
                 lat = excluded.lat, lon = excluded.lon, dense = excluded.dense
             where s.source = 'seed'
               and (s.zone, s.name_ar, s.name_en, s.lat, s.lon, s.dense)
                   is distinct from
                   (excluded.zone, excluded.name_ar, excluded.name_en, excluded.lat, excluded.lon, excluded.dense)",
        &column(&file.sectors, |s| s.slug.as_str().to_owned()),
        &column(&file.sectors, |s| s.zone.as_str().to_owned()),
        &column(&file.sectors, |s| s.ar.clone()),
        &column(&file.sectors, |s| s.en.clone()),
        &column(&file.sectors, |s| s.lat),
        &column(&file.sectors, |s| s.lon),
        &column(&file.sectors, |s| s.dense),
    )
    .execute(&mut **tx)
    .await?
    .rows_affected();
    let tiled = regrid::regrid(tx).await?;
    if zones + sectors > 0 || tiled.changed {
        regrid::raise_version(tx).await?;
    }
    Ok(SeedReport {
        changed: zones + sectors,
        micro_zones: tiled.micro_zones,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_must_agree_with_itself() {
        let zone =
            "[[zone]]\nslug = \"north\"\nar = \"شمال\"\nen = \"North\"\ncoverage_weight = 1.0\n";
        let sector = |slug: &str, zone: &str, lat: f64| {
            format!(
                "[[sector]]\nslug = \"{slug}\"\nzone = \"{zone}\"\nar = \"أ\"\nen = \"A\"\nlat = {lat:.1}\nlon = 46.7\n"
            )
        };
        let good = format!("{zone}{}", sector("a", "north", 24.7));
        assert_eq!(SeedFile::parse(&good).unwrap().sectors.len(), 1);
        for (bad, says) in [
            (
                format!("{good}{}", sector("a", "north", 24.7)),
                "a: named twice",
            ),
            (format!("{zone}{zone}"), "named twice"),
            (
                format!("{good}{}", sector("b", "south", 24.7)),
                "b: there is no zone south",
            ),
            (
                format!("{good}{}", sector("b", "north", 99.0)),
                "no point on Earth",
            ),
            ("zone = 3".to_owned(), "invalid type"),
        ] {
            let said = SeedFile::parse(&bad).map_err(|e| e.to_string());
            assert!(
                said.as_ref().is_err_and(|e| e.contains(says))
                    || said.as_ref().is_err_and(|e| e.contains("missing")),
                "{said:?}"
            );
        }
    }
}
