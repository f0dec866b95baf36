//! The visit, step by step: depart, arrive, start, finish; or give it back.

use crate::Bookings;
use crate::accept::TellCode;
use crate::launch::{AutoAccept, MoveClocks, Requeue, VisitOver};
use crate::read::load_job_view;
use crate::rules::{AUTO_ACCEPT, BookingAction, JobAction, check_in};
use crate::state::{BookingRow, lock_own, lock_own_job, move_booking, move_job, tell};
use crate::uploads;
use axum::extract::{Path, State};
use contract_bookings::{
    BookingFault, CheckIn, CheckedItem, Finish, GiveBackJob, JobState, JobView,
};
use contract_catalog::ChecklistItem;
use contract_sla::{ClockCommand, ClockKind};
use kernel::access::{Actor, may};
use kernel::{BookingId, JobId, Outcome, Time};
use platform::Tx;
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use platform::queue::{Run, enqueue};
use serde_json::json;
use sqlx::types::Json;
use std::sync::Arc;

/// Sets out
#[utoipa::path(post, path = "/v1/jobs/{id}/depart", tag = "technician",
    params(("id" = JobId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = JobView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn depart(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::JobsWork>,
    idem: Idempotency,
    Path(id): Path<JobId>,
) -> Result<Reply<JobView>, Problem> {
    idem.once(&me.p, &permit.actor, &(), async |mut tx: Tx| {
        let (booking, mut job) = lock_own_job(&mut tx, id, &permit.actor).await?;
        let by = Some(permit.actor.user);
        move_job(
            &mut tx,
            me.p.now(),
            booking.id,
            &mut job,
            JobAction::Depart,
            by,
        )
        .await?;
        let view = load_job_view(&mut tx, id).await?;
        Ok((tx, view))
    })
    .await
}

/// Checks in
///
/// Accepted inside 150 m of the pin. Farther away it is refused with `bookings.too_far`, and the
/// customer may confirm the arrival instead.
#[utoipa::path(post, path = "/v1/jobs/{id}/arrive", tag = "technician", request_body = CheckIn,
    params(("id" = JobId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = JobView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn arrive(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::JobsWork>,
    idem: Idempotency,
    Path(id): Path<JobId>,
    Body(check): Body<CheckIn>,
) -> Result<Reply<JobView>, Problem> {
    idem.once(&me.p, &permit.actor, &check, async |mut tx: Tx| {
        let (booking, job) = lock_own_job(&mut tx, id, &permit.actor).await?;
        if matches!(job.state, JobState::Assigned | JobState::EnRoute) {
            check_in(booking.pin, check.point)?;
        }
        arrived(&mut tx, me.p.now(), &booking, job, &permit.actor).await?;
        let view = load_job_view(&mut tx, id).await?;
        Ok((tx, view))
    })
    .await
}

/// Confirms that the technician is here
///
/// For when the technician's phone places them elsewhere.
#[utoipa::path(post, path = "/v1/bookings/{id}/confirm-arrival", tag = "bookings",
    params(("id" = BookingId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = JobView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn confirm_arrival(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Path(id): Path<BookingId>,
) -> Result<Reply<JobView>, Problem> {
    idem.once(&me.p, &permit.actor, &(), async |mut tx: Tx| {
        let (booking, job) = lock_own(&mut tx, id, &permit.actor).await?;
        let job = job.ok_or(BookingFault::UnknownJob)?;
        let job_id = job.id;
        arrived(&mut tx, me.p.now(), &booking, job, &permit.actor).await?;
        let view = load_job_view(&mut tx, job_id).await?;
        Ok((tx, view))
    })
    .await
}

async fn arrived(
    tx: &mut Tx,
    now: Time,
    booking: &BookingRow,
    mut job: crate::state::JobRow,
    actor: &Actor,
) -> Outcome<(), BookingFault> {
    move_job(
        tx,
        now,
        booking.id,
        &mut job,
        JobAction::Arrive,
        Some(actor.user),
    )
    .await?;
    let stop = MoveClocks {
        job: job.id,
        command: ClockCommand::Stop {
            kind: ClockKind::Arrive,
        },
        at: now,
    };
    enqueue(tx, &stop, Run::now(now)).await?;
    Ok(())
}

/// Starts the work
#[utoipa::path(post, path = "/v1/jobs/{id}/start", tag = "technician",
    params(("id" = JobId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = JobView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn start(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::JobsWork>,
    idem: Idempotency,
    Path(id): Path<JobId>,
) -> Result<Reply<JobView>, Problem> {
    idem.once(&me.p, &permit.actor, &(), async |mut tx: Tx| {
        let (mut booking, mut job) = lock_own_job(&mut tx, id, &permit.actor).await?;
        let (now, by) = (me.p.now(), Some(permit.actor.user));
        move_job(&mut tx, now, booking.id, &mut job, JobAction::Start, by).await?;
        move_booking(&mut tx, now, &mut booking, BookingAction::StartService, by).await?;
        let view = load_job_view(&mut tx, id).await?;
        Ok((tx, view))
    })
    .await
}

/// Finishes the work
///
/// Every item of the checklist is done, with its photo where it needs one. The customer gets a
/// four-digit code to hand over, and 24 hours to object.
#[utoipa::path(post, path = "/v1/jobs/{id}/finish", tag = "technician", request_body = Finish,
    params(("id" = JobId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = JobView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn finish(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::JobsWork>,
    idem: Idempotency,
    Path(id): Path<JobId>,
    Body(command): Body<Finish>,
) -> Result<Reply<JobView>, Problem> {
    idem.once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
        finish_work(&mut tx, me.p.now(), &permit.actor, id, &command).await?;
        let view = load_job_view(&mut tx, id).await?;
        Ok((tx, view))
    })
    .await
}

async fn finish_work(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    id: JobId,
    command: &Finish,
) -> Outcome<(), BookingFault> {
    let (mut booking, mut job) = lock_own_job(tx, id, actor).await?;
    if job.state == JobState::AwaitingApproval {
        return Err(BookingFault::ExtraPending.into());
    }
    let by = Some(actor.user);
    move_job(tx, now, booking.id, &mut job, JobAction::Finish, by).await?;
    complete(&booking.checklist, &command.checklist)?;
    for photo in command.checklist.iter().filter_map(|item| item.photo) {
        uploads::take(tx, photo, actor.user, booking.id).await?;
    }
    sqlx::query!(
        "update bookings.jobs set checklist = $2 where id = $1",
        id.uuid(),
        Json(&command.checklist) as _
    )
    .execute(&mut **tx)
    .await?;
    move_booking(tx, now, &mut booking, BookingAction::FinishWork, by).await?;
    let stop = MoveClocks {
        job: id,
        command: ClockCommand::Stop {
            kind: ClockKind::Complete,
        },
        at: now,
    };
    enqueue(tx, &stop, Run::now(now)).await?;
    let over = VisitOver {
        booking: booking.id,
        job: id,
    };
    enqueue(tx, &over, Run::now(now)).await?;
    enqueue(
        tx,
        &AutoAccept {
            booking: booking.id,
        },
        Run::at(now + AUTO_ACCEPT),
    )
    .await?;
    let told = TellCode {
        booking: booking.id,
        job: id,
    };
    enqueue(tx, &told, Run::now(now)).await?;
    Ok(())
}

/// Every item done, every wanted photo there.
fn complete(wanted: &[ChecklistItem], given: &[CheckedItem]) -> Result<(), BookingFault> {
    for item in wanted {
        let done = given
            .iter()
            .any(|g| g.slug == item.slug && g.done && (g.photo.is_some() || !item.photo));
        if !done {
            return Err(BookingFault::ChecklistIncomplete {
                item: item.slug.to_string(),
            });
        }
    }
    Ok(())
}

/// Gives the visit back
///
/// Before the arrival; dispatch offers it to others.
#[utoipa::path(post, path = "/v1/jobs/{id}/give-back", tag = "technician", request_body = GiveBackJob,
    params(("id" = JobId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = JobView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn give_back(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::JobsWork>,
    idem: Idempotency,
    Path(id): Path<JobId>,
    Body(command): Body<GiveBackJob>,
) -> Result<Reply<JobView>, Problem> {
    idem.once(
        &me.p,
        &permit.actor,
        &command,
        async |mut tx: Tx| -> Outcome<_, BookingFault> {
            let now = me.p.now();
            let (booking, mut job) = lock_own_job(&mut tx, id, &permit.actor).await?;
            let by = Some(permit.actor.user);
            move_job(&mut tx, now, booking.id, &mut job, JobAction::Requeue, by).await?;
            sqlx::query!(
            "update bookings.jobs set technician = null, vendor = null, eta = null where id = $1",
            id.uuid()
        )
        .execute(&mut *tx)
        .await?;
            sqlx::query!(
                "update bookings.bookings set technician = null, vendor = null where id = $1",
                booking.id.uuid()
            )
            .execute(&mut *tx)
            .await?;
            let reason: String = command.reason.chars().take(200).collect();
            tell(
                &mut tx,
                now,
                booking.id,
                Some(id),
                "given_back",
                None,
                None,
                by,
                json!({ "reason": reason }),
            )
            .await?;
            let requeue = Requeue {
                job: id,
                reason,
                at: now,
            };
            enqueue(&mut tx, &requeue, Run::now(now)).await?;
            let view = load_job_view(&mut tx, id).await?;
            Ok((tx, view))
        },
    )
    .await
}
