//! The rows, locked and moved. Every transition goes through [`move_booking`] or [`move_job`]:
//! asked of the rules, written with a story line, published as an event, in one transaction.

use crate::rules::{BookingAction, JobAction, booking_next, job_next};
use contract_bookings::{BookingChanged, BookingFault, BookingState, JobChanged, JobState};
use contract_catalog::{ChecklistItem, PriceLine};
use contract_sla::Urgency;
use kernel::access::Actor;
use kernel::{
    BookingId, Failure, GeoPoint, JobId, Money, Outcome, Slug, TechnicianId, Text, Time, UserId,
    VendorId,
};
use platform::{Tx, events};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

/// A booking, locked until the transaction ends.
#[derive(Debug, Clone)]
pub(crate) struct BookingRow {
    pub id: BookingId,
    pub reference: String,
    pub customer: UserId,
    pub state: BookingState,
    pub pin: GeoPoint,
    pub sector: Slug,
    pub sector_name: Text,
    pub zone: Slug,
    pub category: Slug,
    pub service_name: Text,
    pub urgency: Urgency,
    pub slot: Option<Time>,
    pub lines: Vec<PriceLine>,
    pub total: Money,
    pub materials: Money,
    pub remedy: Money,
    pub quality_hold_days: u32,
    pub duration_minutes: u32,
    pub skills: Vec<Slug>,
    pub checklist: Vec<ChecklistItem>,
    pub preferred: Option<TechnicianId>,
    pub vendor: Option<VendorId>,
    pub finish_code: String,
    pub finish_tries: i16,
    /// How many tries to pay there were, and the key of the last.
    pub payments: i16,
    pub payment_key: Option<Uuid>,
}

/// A visit; its booking is locked with it.
#[derive(Debug, Clone)]
pub(crate) struct JobRow {
    pub id: JobId,
    pub state: JobState,
    pub technician: Option<TechnicianId>,
}

/// Locks the booking and its latest visit.
pub(crate) async fn lock(
    tx: &mut Tx,
    id: BookingId,
) -> Outcome<(BookingRow, Option<JobRow>), BookingFault> {
    let row = sqlx::query!(
        r#"select reference, customer as "customer: UserId", state, lat, lon, sector as "sector: Slug",
                  sector_name as "sector_name: Json<Text>", zone as "zone: Slug", category as "category: Slug",
                  service_name as "service_name: Json<Text>", urgency, slot, lines as "lines: Json<Vec<PriceLine>>",
                  total_halalas as "total: Money", materials_halalas as "materials: Money",
                  remedy_halalas as "remedy: Money", quality_hold_days, duration_minutes,
                  skills as "skills: Json<Vec<Slug>>", checklist as "checklist: Json<Vec<ChecklistItem>>",
                  preferred as "preferred: TechnicianId", vendor as "vendor: VendorId", finish_code, finish_tries,
                  payments, payment_key
           from bookings.bookings where id = $1 for update"#,
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(BookingFault::UnknownBooking)?;
    let booking = BookingRow {
        id,
        reference: row.reference,
        customer: row.customer,
        state: parse(&row.state)?,
        pin: GeoPoint::new(row.lat, row.lon).map_err(Failure::internal)?,
        sector: row.sector,
        sector_name: row.sector_name.0,
        zone: row.zone,
        category: row.category,
        service_name: row.service_name.0,
        urgency: urgency(&row.urgency),
        slot: row.slot,
        lines: row.lines.0,
        total: row.total,
        materials: row.materials,
        remedy: row.remedy,
        quality_hold_days: row.quality_hold_days as u32,
        duration_minutes: row.duration_minutes as u32,
        skills: row.skills.0,
        checklist: row.checklist.0,
        preferred: row.preferred,
        vendor: row.vendor,
        finish_code: row.finish_code,
        finish_tries: row.finish_tries,
        payments: row.payments,
        payment_key: row.payment_key,
    };
    let job = sqlx::query!(
        r#"select id as "id: JobId", state, technician as "technician: TechnicianId"
           from bookings.jobs where booking = $1 order by id desc limit 1"#,
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .map(|row| {
        Ok::<_, Failure<BookingFault>>(JobRow {
            id: row.id,
            state: parse(&row.state)?,
            technician: row.technician,
        })
    })
    .transpose()?;
    Ok((booking, job))
}

/// Locks the booking of a visit. The visit must be its living one.
pub(crate) async fn lock_job(
    tx: &mut Tx,
    job: JobId,
) -> Outcome<(BookingRow, JobRow), BookingFault> {
    let booking = sqlx::query_scalar!(
        r#"select booking as "booking: BookingId" from bookings.jobs where id = $1"#,
        job.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(BookingFault::UnknownJob)?;
    match lock(tx, booking).await? {
        (row, Some(latest)) if latest.id == job => Ok((row, latest)),
        _ => Err(BookingFault::UnknownJob.into()),
    }
}

/// Locks a visit for its own technician; anyone else's does not exist.
pub(crate) async fn lock_own_job(
    tx: &mut Tx,
    job: JobId,
    actor: &Actor,
) -> Outcome<(BookingRow, JobRow), BookingFault> {
    let (booking, row) = lock_job(tx, job).await?;
    if row.technician.is_none() || row.technician != actor.scope.technician {
        return Err(BookingFault::UnknownJob.into());
    }
    Ok((booking, row))
}

/// One at a time of a person, until the transaction ends: so that a limit holds on what they have.
pub(crate) async fn lock_person(tx: &mut Tx, person: UserId) -> Outcome<(), BookingFault> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('bookings.person:' || $1, 0))::text as locked",
        person.to_string()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(())
}

/// Locks a booking for its own customer; anyone else's does not exist.
pub(crate) async fn lock_own(
    tx: &mut Tx,
    id: BookingId,
    actor: &Actor,
) -> Outcome<(BookingRow, Option<JobRow>), BookingFault> {
    let (booking, job) = lock(tx, id).await?;
    if booking.customer != actor.user {
        return Err(BookingFault::UnknownBooking.into());
    }
    Ok((booking, job))
}

pub(crate) fn parse<S: std::str::FromStr<Err = contract_bookings::UnknownState>>(
    text: &str,
) -> Outcome<S, BookingFault> {
    text.parse().map_err(Failure::internal)
}

pub(crate) fn urgency(text: &str) -> Urgency {
    if text == Urgency::Immediate.as_str() {
        Urgency::Immediate
    } else {
        Urgency::Scheduled
    }
}

fn not_allowed(state: &str, action: &impl std::fmt::Debug) -> BookingFault {
    BookingFault::NotAllowed {
        state: state.to_owned(),
        action: format!("{action:?}"),
    }
}

/// Moves a locked booking, or refuses.
pub(crate) async fn move_booking(
    tx: &mut Tx,
    now: Time,
    booking: &mut BookingRow,
    action: BookingAction,
    by: Option<UserId>,
) -> Outcome<(), BookingFault> {
    let from = booking.state;
    let to = booking_next(from, action).ok_or_else(|| not_allowed(from.as_str(), &action))?;
    sqlx::query!(
        "update bookings.bookings set state = $2,
            confirmed_at = case when $2 = 'confirmed' then $3 else confirmed_at end,
            accepted_at = case when $2 = 'accepted' then $3 else accepted_at end,
            settled_at = case when $2 = 'settled' then $3 else settled_at end
         where id = $1",
        booking.id.uuid(),
        to.as_str(),
        now
    )
    .execute(&mut **tx)
    .await?;
    booking.state = to;
    tell(
        tx,
        now,
        booking.id,
        None,
        "booking",
        Some(from.as_str()),
        Some(to.as_str()),
        by,
        json!({}),
    )
    .await?;
    let event = BookingChanged {
        booking: booking.id,
        customer: booking.customer,
        from: Some(from),
        to,
        at: now,
    };
    events::publish(tx, now, &event).await?;
    metrics::counter!("khidma_bookings_total", "to" => to.as_str()).increment(1);
    Ok(())
}

/// Moves a visit of a locked booking, or refuses.
pub(crate) async fn move_job(
    tx: &mut Tx,
    now: Time,
    booking: BookingId,
    job: &mut JobRow,
    action: JobAction,
    by: Option<UserId>,
) -> Outcome<(), BookingFault> {
    let from = job.state;
    let to = job_next(from, action).ok_or_else(|| not_allowed(from.as_str(), &action))?;
    sqlx::query!(
        "update bookings.jobs set state = $2,
            assigned_at = case when $2 = 'assigned' then $3 else assigned_at end,
            arrived_at = case when $2 = 'arrived' then $3 else arrived_at end,
            started_at = case when $2 = 'in_progress' then coalesce(started_at, $3) else started_at end,
            finished_at = case when $2 = 'finished' then $3 else finished_at end
         where id = $1",
        job.id.uuid(),
        to.as_str(),
        now
    )
    .execute(&mut **tx)
    .await?;
    job.state = to;
    tell(
        tx,
        now,
        booking,
        Some(job.id),
        "job",
        Some(from.as_str()),
        Some(to.as_str()),
        by,
        json!({}),
    )
    .await?;
    let event = JobChanged {
        job: job.id,
        booking,
        from: Some(from),
        to,
        at: now,
    };
    events::publish(tx, now, &event).await?;
    Ok(())
}

/// Adds a line to the booking's story.
#[allow(clippy::too_many_arguments)]
pub(crate) async fn tell(
    tx: &mut Tx,
    now: Time,
    booking: BookingId,
    job: Option<JobId>,
    what: &str,
    was: Option<&str>,
    becomes: Option<&str>,
    by: Option<UserId>,
    details: Value,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into bookings.story (booking, job, what, was, becomes, at, actor, details)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        booking.uuid(),
        job.map(JobId::uuid),
        what,
        was,
        becomes,
        now,
        by.map(UserId::uuid),
        details
    )
    .execute(&mut **tx)
    .await?;
    crate::live::touch(tx, now, booking).await
}
