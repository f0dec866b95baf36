//! Transitions that more than one use case makes.

use crate::launch::{Launch, Settle, WindDown};
use crate::rules::{BookingAction, JobAction, cancellation_fee};
use crate::state::{BookingRow, JobRow, move_booking, move_job, tell};
use contract_bookings::{BookingFault, JobState};
use kernel::{JobId, Money, Outcome, Time, UserId};
use platform::Tx;
use platform::queue::{Run, enqueue};
use serde_json::json;

/// The money is held: the promise begins. The first visit is made and launched.
pub(crate) async fn confirm(
    tx: &mut Tx,
    now: Time,
    booking: &mut BookingRow,
) -> Outcome<JobId, BookingFault> {
    move_booking(tx, now, booking, BookingAction::Confirm, None).await?;
    let job = JobId::new();
    sqlx::query!(
        "insert into bookings.jobs (id, booking, state, created_at) values ($1, $2, 'queued', $3)",
        job.uuid(),
        booking.id.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    let becomes = JobState::Queued.as_str();
    tell(
        tx,
        now,
        booking.id,
        Some(job),
        "job",
        None,
        Some(becomes),
        None,
        json!({}),
    )
    .await?;
    enqueue(
        tx,
        &Launch {
            booking: booking.id,
            job,
        },
        Run::now(now),
    )
    .await?;
    Ok(job)
}

/// The customer is content, or said nothing for long enough.
pub(crate) async fn accept(
    tx: &mut Tx,
    now: Time,
    booking: &mut BookingRow,
    job: &mut JobRow,
    by: Option<UserId>,
) -> Outcome<(), BookingFault> {
    move_booking(tx, now, booking, BookingAction::Accept, by).await?;
    move_job(tx, now, booking.id, job, JobAction::Close, by).await?;
    enqueue(
        tx,
        &Settle {
            booking: booking.id,
        },
        Run::now(now),
    )
    .await?;
    Ok(())
}

/// Ends a booking that will not be done: `action` is Cancel or Expire. Returns the fee.
pub(crate) async fn end(
    tx: &mut Tx,
    now: Time,
    booking: &mut BookingRow,
    job: Option<&mut JobRow>,
    action: BookingAction,
    by: Option<UserId>,
    reason: &str,
) -> Outcome<Money, BookingFault> {
    let fee = match action {
        BookingAction::Cancel => {
            cancellation_fee(job.as_ref().map(|job| job.state), &booking.lines)
        }
        _ => Money::ZERO,
    };
    move_booking(tx, now, booking, action, by).await?;
    let mut ended = None;
    if let Some(job) = job {
        move_job(tx, now, booking.id, job, JobAction::Cancel, by).await?;
        ended = Some(job.id);
    }
    sqlx::query!(
        "update bookings.bookings set fee_halalas = $2, ended_reason = $3 where id = $1",
        booking.id.uuid(),
        fee.halalas(),
        reason
    )
    .execute(&mut **tx)
    .await?;
    let wind_down = WindDown {
        booking: booking.id,
        job: ended,
        fee,
        expired: action == BookingAction::Expire,
    };
    enqueue(tx, &wind_down, Run::now(now)).await?;
    Ok(fee)
}
