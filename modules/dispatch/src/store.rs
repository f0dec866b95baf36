//! Reading and locking requests. Whoever changes a job locks its request first: that order
//! keeps offers, assignments and requests free of deadlocks.

use contract_dispatch::{Assignment, DispatchRequest, Escalation, RequestState};
use contract_sla::Urgency;
use kernel::{BookingId, GeoPoint, JobId, Slug, TechnicianId, Text, Time, UserId, VendorId};
use sqlx::PgConnection;
use sqlx::types::Json;

/// A request as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub request: DispatchRequest,
    pub state: RequestState,
    pub round: i32,
    pub refusals: i32,
    pub requested_at: Time,
    pub escalation: Option<Escalation>,
}

/// What a column holds that our own check constraint did not let in otherwise.
pub(crate) fn word<T: std::str::FromStr>(text: &str) -> sqlx::Result<T> {
    text.parse()
        .map_err(|_| sqlx::Error::Decode(format!("unknown word {text:?}").into()))
}

/// The requests of these jobs, by job. Unknown ones are absent.
pub(crate) async fn requests(db: &mut PgConnection, jobs: &[JobId]) -> sqlx::Result<Vec<Stored>> {
    sqlx::query!(
        r#"SELECT job AS "job: JobId", booking AS "booking: BookingId",
                  service_name AS "service_name: Json<Text>", category AS "category: Slug",
                  skills AS "skills: Vec<Slug>", lat, lon, sector AS "sector: Slug",
                  sector_name AS "sector_name: Json<Text>", zone AS "zone: Slug", urgency, earliest,
                  duration_minutes, respond_by, arrive_by, preferred AS "preferred: TechnicianId",
                  state, round, refusals, requested_at, escalated_at, escalated_for
           FROM dispatch.requests WHERE job = ANY($1) ORDER BY job"#,
        &jobs.iter().map(|job| job.uuid()).collect::<Vec<_>>()
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(|row| {
        Ok(Stored {
            request: DispatchRequest {
                job: row.job,
                booking: row.booking,
                service_name: row.service_name.0,
                category: row.category,
                skills: row.skills,
                pin: point(row.lat, row.lon)?,
                sector: row.sector,
                sector_name: row.sector_name.0,
                zone: row.zone,
                urgency: urgency(&row.urgency),
                earliest: row.earliest,
                duration_minutes: row.duration_minutes.unsigned_abs(),
                respond_by: row.respond_by,
                arrive_by: row.arrive_by,
                preferred: row.preferred,
            },
            state: word(&row.state)?,
            round: row.round,
            refusals: row.refusals,
            requested_at: row.requested_at,
            escalation: row
                .escalated_at
                .zip(row.escalated_for)
                .map(|(at, reason)| Escalation { at, reason }),
        })
    })
    .collect()
}

pub(crate) async fn request(db: &mut PgConnection, job: JobId) -> sqlx::Result<Option<Stored>> {
    Ok(requests(db, &[job]).await?.pop())
}

pub(crate) fn point(lat: f64, lon: f64) -> sqlx::Result<GeoPoint> {
    GeoPoint::new(lat, lon).map_err(|e| sqlx::Error::Decode(e.into()))
}

pub(crate) fn urgency(text: &str) -> Urgency {
    match text {
        "immediate" => Urgency::Immediate,
        _ => Urgency::Scheduled,
    }
}

/// A request held until the transaction ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Locked {
    pub job: JobId,
    pub booking: BookingId,
    pub state: RequestState,
    pub urgency: Urgency,
    pub duration_minutes: i32,
}

pub(crate) async fn lock(tx: &mut PgConnection, job: JobId) -> sqlx::Result<Option<Locked>> {
    let row = sqlx::query!(
        r#"SELECT booking AS "booking: BookingId", state, urgency, duration_minutes
           FROM dispatch.requests WHERE job = $1 FOR UPDATE"#,
        job.uuid()
    )
    .fetch_optional(tx)
    .await?;
    row.map(|row| {
        Ok(Locked {
            job,
            booking: row.booking,
            state: word(&row.state)?,
            urgency: urgency(&row.urgency),
            duration_minutes: row.duration_minutes,
        })
    })
    .transpose()
}

/// Moves a locked request. A waiting one is matched in the next window; one that is over keeps when
/// it ended.
pub(crate) async fn set_state(
    tx: &mut PgConnection,
    job: JobId,
    state: RequestState,
    now: Time,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE dispatch.requests SET state = $2, window_at = $3 WHERE job = $1",
        job.uuid(),
        state.as_str(),
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Withdraws the open offer of a locked request, if there is one.
pub(crate) async fn withdraw_offer(
    tx: &mut PgConnection,
    job: JobId,
    now: Time,
    reason: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE dispatch.offers SET state = 'withdrawn', closed_at = $2, reason = $3
         WHERE job = $1 AND state = 'open'",
        job.uuid(),
        now,
        reason
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends the open assignment of a locked request and tells who had it.
pub(crate) async fn close_assignment(
    tx: &mut PgConnection,
    job: JobId,
    at: Time,
    outcome: &str,
    note: Option<&str>,
) -> sqlx::Result<Option<TechnicianId>> {
    sqlx::query_scalar!(
        r#"UPDATE dispatch.assignments SET closed_at = $2, outcome = $3, close_note = $4
           WHERE job = $1 AND closed_at IS NULL RETURNING technician AS "technician: TechnicianId""#,
        job.uuid(),
        at,
        outcome,
        note
    )
    .fetch_optional(tx)
    .await
}

/// Who has the job, or did it.
pub(crate) async fn assignment(
    db: &mut PgConnection,
    job: JobId,
) -> sqlx::Result<Option<Assignment>> {
    sqlx::query_as!(
        Assignment,
        r#"SELECT job AS "job: JobId", technician AS "technician: TechnicianId", vendor AS "vendor: VendorId",
                  assigned_at, eta, assigned_by AS "by: UserId"
           FROM dispatch.assignments
           WHERE job = $1 AND (closed_at IS NULL OR outcome = 'completed')
           ORDER BY id DESC LIMIT 1"#,
        job.uuid()
    )
    .fetch_optional(db)
    .await
}
