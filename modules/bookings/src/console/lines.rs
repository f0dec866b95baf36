//! Open jobs as lines of the console: five questions, however many jobs.

use crate::Below;
use crate::state::{parse, urgency};
use contract_bookings::{BookingFault, JobLine};
use contract_dispatch::{Standing, TechnicianRef};
use contract_sla::ClockView;
use kernel::{BookingId, Failure, GeoPoint, JobId, Lift, Outcome, Slug, TechnicianId, Text, Time};
use sqlx::PgPool;
use sqlx::types::Json;
use std::collections::{BTreeMap, BTreeSet};

/// More than that no screen can show.
const MOST: i64 = 2_000;

/// A visit somebody still has to work on.
struct Open {
    job: JobId,
    booking: BookingId,
    reference: String,
    service_name: Json<Text>,
    category: Slug,
    sector: Slug,
    sector_name: Json<Text>,
    zone: Slug,
    lat: f64,
    lon: f64,
    state: String,
    urgency: String,
    technician: Option<TechnicianId>,
    eta: Option<Time>,
    created_at: Time,
}

/// The open jobs of these zones, oldest first.
pub(crate) async fn of_zones(
    db: &PgPool,
    below: &Below,
    zones: Option<Vec<String>>,
) -> Outcome<Vec<JobLine>, BookingFault> {
    let open = sqlx::query_as!(
        Open,
        r#"select j.id as "job: JobId", j.booking as "booking: BookingId", b.reference,
                  b.service_name as "service_name: Json<Text>", b.category as "category: Slug",
                  b.sector as "sector: Slug", b.sector_name as "sector_name: Json<Text>",
                  b.zone as "zone: Slug", b.lat, b.lon, j.state, b.urgency,
                  j.technician as "technician: TechnicianId", j.eta, j.created_at
           from bookings.jobs j join bookings.bookings b on b.id = j.booking
           where j.state in ('queued', 'offered', 'assigned', 'en_route', 'arrived', 'in_progress',
                             'awaiting_approval')
             and ($1::text[] is null or b.zone = any($1))
           order by j.id limit $2"#,
        zones.as_deref(),
        MOST
    )
    .fetch_all(db)
    .await?;
    lines(below, open).await
}

/// Those of these jobs that are open; the others with the zone they were in.
pub(crate) async fn of_jobs(
    db: &PgPool,
    below: &Below,
    jobs: &BTreeSet<JobId>,
) -> Outcome<(Vec<JobLine>, Vec<(JobId, Slug)>), BookingFault> {
    let ids: Vec<_> = jobs.iter().map(|job| job.uuid()).collect();
    let open = sqlx::query_as!(
        Open,
        r#"select j.id as "job: JobId", j.booking as "booking: BookingId", b.reference,
                  b.service_name as "service_name: Json<Text>", b.category as "category: Slug",
                  b.sector as "sector: Slug", b.sector_name as "sector_name: Json<Text>",
                  b.zone as "zone: Slug", b.lat, b.lon, j.state, b.urgency,
                  j.technician as "technician: TechnicianId", j.eta, j.created_at
           from bookings.jobs j join bookings.bookings b on b.id = j.booking
           where j.id = any($1)
             and j.state in ('queued', 'offered', 'assigned', 'en_route', 'arrived', 'in_progress',
                             'awaiting_approval')
           order by j.id"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    let found: BTreeSet<JobId> = open.iter().map(|row| row.job).collect();
    let gone: Vec<JobId> = jobs.difference(&found).copied().collect();
    let gone = if gone.is_empty() {
        Vec::new()
    } else {
        zones_of(db, &gone).await?
    };
    Ok((lines(below, open).await?, gone))
}

/// The zones of jobs, open or not.
pub(crate) async fn zones_of(
    db: &PgPool,
    jobs: &[JobId],
) -> Outcome<Vec<(JobId, Slug)>, BookingFault> {
    let ids: Vec<_> = jobs.iter().map(|job| job.uuid()).collect();
    let rows = sqlx::query!(
        r#"select j.id as "job: JobId", b.zone as "zone: Slug"
           from bookings.jobs j join bookings.bookings b on b.id = j.booking
           where j.id = any($1) order by j.id"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.job, row.zone)).collect())
}

async fn lines(below: &Below, open: Vec<Open>) -> Outcome<Vec<JobLine>, BookingFault> {
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let jobs: Vec<JobId> = open.iter().map(|row| row.job).collect();
    let mut clocks: BTreeMap<JobId, Vec<ClockView>> = BTreeMap::new();
    for (job, clock) in below.sla.clocks(jobs.clone()).await.lift()? {
        clocks.entry(job).or_default().push(clock);
    }
    let standings: BTreeMap<JobId, Standing> = below
        .dispatch
        .standings(jobs)
        .await
        .lift()?
        .into_iter()
        .map(|standing| (standing.job, standing))
        .collect();
    let holder = |row: &Open| {
        row.technician
            .or_else(|| standings.get(&row.job).and_then(|s| s.technician))
    };
    let people: BTreeSet<TechnicianId> = open.iter().filter_map(holder).collect();
    let names = names(below, people).await?;
    open.into_iter()
        .map(|row| {
            let technician = holder(&row).map(|id| TechnicianRef {
                id,
                name: names.get(&id).cloned().unwrap_or_default(),
            });
            let escalated = standings.get(&row.job).is_some_and(|s| s.escalated);
            Ok(JobLine {
                job: row.job,
                booking: row.booking,
                reference: row.reference,
                service_name: row.service_name.0,
                category: row.category,
                sector: row.sector,
                sector_name: row.sector_name.0,
                zone: row.zone,
                pin: GeoPoint::new(row.lat, row.lon).map_err(Failure::internal)?,
                state: parse(&row.state)?,
                urgency: urgency(&row.urgency),
                technician,
                clocks: clocks.remove(&row.job).unwrap_or_default(),
                escalated,
                eta: row.eta,
                created_at: row.created_at,
            })
        })
        .collect()
}

async fn names(
    below: &Below,
    people: BTreeSet<TechnicianId>,
) -> Outcome<BTreeMap<TechnicianId, Text>, BookingFault> {
    if people.is_empty() {
        return Ok(BTreeMap::new());
    }
    let cards = below
        .vendors
        .technicians(people.into_iter().collect())
        .await
        .unexpected()?;
    Ok(cards.into_iter().map(|card| (card.id, card.name)).collect())
}
