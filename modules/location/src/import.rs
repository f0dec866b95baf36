//! Real boundaries replace the approximate tiling of the sectors they name, and add the sectors
//! we did not know.

use crate::regrid;
use crate::rules::boundaries::{Boundary, parse};
use crate::rules::matching::{Known, match_up, nearest};
use crate::rules::names::slug_of;
use crate::rules::remarks::Remark;
use contract_location::{ImportReport, LocationFault};
use kernel::{Failure, GeoPoint, Outcome, Slug, Text, Time};
use platform::Tx;
use std::collections::BTreeMap;

pub(crate) async fn import(
    tx: &mut Tx,
    bytes: &[u8],
    now: Time,
) -> Outcome<ImportReport, LocationFault> {
    let owned = bytes.to_vec();
    // Checking thousands of rings takes a while: not on a thread that others wait for.
    let parsed = tokio::task::spawn_blocking(move || parse(&owned))
        .await
        .map_err(Failure::internal)?
        .map_err(|reason| LocationFault::BadGeoJson { reason })?;
    regrid::lock(tx).await?;
    let known = known(tx).await?;
    if known.is_empty() {
        return Err(LocationFault::NoZones.into());
    }
    let mut report = ImportReport {
        skipped: parsed.skipped,
        ..ImportReport::default()
    };
    let mut names: BTreeMap<Slug, String> = known
        .iter()
        .map(|k| (k.slug.clone(), k.name.ar.clone()))
        .collect();
    for (boundary, matched) in parsed
        .boundaries
        .iter()
        .zip(match_up(&parsed.boundaries, &known))
    {
        match matched.map(|i| &known[i]) {
            Some(district) if is_unchanged(boundary, district) => report.unchanged += 1,
            Some(district) => {
                redraw(tx, &district.slug, boundary, now).await?;
                report.updated += 1;
            }
            None => {
                let Some(neighbour) = nearest(&known, boundary.centre) else {
                    return Err(LocationFault::NoZones.into());
                };
                let slug = new_slug(boundary, &names);
                add(tx, &slug, &neighbour.zone, boundary, now).await?;
                if !boundary.has_english {
                    report
                        .notes
                        .push(Remark::NoEnglishName.on(&boundary.name.ar));
                }
                names.insert(slug, boundary.name.ar.clone());
                report.taken += 1;
            }
        }
    }
    if report.taken + report.updated == 0 {
        report.micro_zones = regrid::count(tx).await?;
        return Ok(report);
    }
    let tiled = regrid::regrid(tx).await?;
    regrid::raise_version(tx).await?;
    for name in tiled.empty.iter().filter_map(|slug| names.get(slug)) {
        report.notes.push(Remark::Covered.on(name));
    }
    report.micro_zones = tiled.micro_zones;
    Ok(report)
}

async fn known(tx: &mut Tx) -> Outcome<Vec<Known>, LocationFault> {
    let rows = sqlx::query!(
        r#"select slug as "slug: Slug", zone as "zone: Slug", name_ar, name_en, lat, lon, external_id, outline_digest
           from location.sectors order by slug"#
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Known {
                slug: row.slug,
                zone: row.zone,
                name: Text::new(row.name_ar, row.name_en),
                centre: GeoPoint::new(row.lat, row.lon).map_err(Failure::internal)?,
                external_id: row.external_id,
                digest: row.outline_digest,
            })
        })
        .collect()
}

/// A file without keys does not make us forget the one we have.
fn is_unchanged(boundary: &Boundary, district: &Known) -> bool {
    let same_key = boundary.external_id.is_none() || boundary.external_id == district.external_id;
    same_key && district.digest.as_ref() == Some(&boundary.digest)
}

/// From the English name; where that is missing or taken, from the key at the source, then from
/// the outline itself.
fn new_slug(boundary: &Boundary, taken: &BTreeMap<Slug, String>) -> Slug {
    let english = boundary
        .has_english
        .then(|| slug_of(&boundary.name.en))
        .flatten();
    let external = boundary
        .external_id
        .as_deref()
        .and_then(|id| Slug::parse(id).ok());
    let digest = Slug::parse(&format!("district-{}", &boundary.digest[..16]));
    [english, external, digest.ok()]
        .into_iter()
        .flatten()
        .find(|slug| !taken.contains_key(slug))
        .unwrap_or_else(|| Slug::parse(&boundary.digest).expect("64 hexadecimal digits are a slug"))
}

/// Gives a sector we know its boundary; its slug, zone, names and status stay.
async fn redraw(tx: &mut Tx, slug: &Slug, boundary: &Boundary, now: Time) -> sqlx::Result<()> {
    sqlx::query!(
        "update location.sectors
         set source = 'import', outline = $2, outline_digest = $3, outline_at = $4, area_m2 = $5,
             lat = $6, lon = $7, external_id = coalesce($8, external_id)
         where slug = $1",
        slug.as_str(),
        sqlx::types::Json(regrid::coordinates(&boundary.outline)) as _,
        boundary.digest,
        now,
        boundary.area_m2,
        boundary.centre.lat(),
        boundary.centre.lon(),
        boundary.external_id,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn add(
    tx: &mut Tx,
    slug: &Slug,
    zone: &Slug,
    boundary: &Boundary,
    now: Time,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into location.sectors
             (slug, zone, name_ar, name_en, lat, lon, outline, outline_digest, outline_at, area_m2, external_id, source)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'import')",
        slug.as_str(),
        zone.as_str(),
        boundary.name.ar,
        boundary.name.en,
        boundary.centre.lat(),
        boundary.centre.lon(),
        sqlx::types::Json(regrid::coordinates(&boundary.outline)) as _,
        boundary.digest,
        now,
        boundary.area_m2,
        boundary.external_id,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
