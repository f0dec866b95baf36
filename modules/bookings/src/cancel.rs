//! Cancelling, with the fee shown before.

use crate::Bookings;
use crate::moves::end;
use crate::read::load_view;
use crate::rules::{BookingAction, booking_next, cancellation_fee};
use crate::state::{BookingRow, JobRow, lock, lock_own};
use axum::extract::{Path, State};
use contract_bookings::{BookingFault, BookingView, Cancel, CancellationFee};
use kernel::access::{Actor, may};
use kernel::{BookingId, Failure, Outcome};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// What cancelling now would cost
#[utoipa::path(get, path = "/v1/bookings/{id}/cancellation", tag = "bookings",
    params(("id" = BookingId, Path)),
    responses((status = 200, body = CancellationFee), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn fee(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsRead>,
    Path(id): Path<BookingId>,
) -> Result<Reply<CancellationFee>, Problem> {
    let mut tx =
        me.p.db
            .begin()
            .await
            .map_err(Failure::<BookingFault>::from)?;
    let (booking, job) = lock_own(&mut tx, id, &permit.actor).await?;
    Ok(Reply::ok(cost(&booking, job.as_ref())))
}

fn cost(booking: &BookingRow, job: Option<&JobRow>) -> CancellationFee {
    let fee = cancellation_fee(job.map(|job| job.state), &booking.lines);
    CancellationFee {
        allowed: booking_next(booking.state, BookingAction::Cancel).is_some(),
        fee,
        returned: booking.total - fee,
    }
}

/// What cancelling now would cost the customer
#[utoipa::path(get, path = "/v1/staff/bookings/{id}/cancellation", tag = "staff",
    params(("id" = BookingId, Path)),
    responses((status = 200, body = CancellationFee), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn fee_for_staff(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsManage>,
    Path(id): Path<BookingId>,
) -> Result<Reply<CancellationFee>, Problem> {
    let mut tx =
        me.p.db
            .begin()
            .await
            .map_err(Failure::<BookingFault>::from)?;
    let (booking, job) = lock(&mut tx, id).await?;
    if !in_scope(&permit.actor, &booking) {
        return Err(Problem::of(&BookingFault::UnknownBooking));
    }
    Ok(Reply::ok(cost(&booking, job.as_ref())))
}

fn in_scope(actor: &Actor, booking: &BookingRow) -> bool {
    let zones = actor.scope.zones.as_ref();
    zones.is_none_or(|zones| zones.contains(&booking.zone))
}

/// Cancels
#[utoipa::path(post, path = "/v1/bookings/{id}/cancel", tag = "bookings", request_body = Cancel,
    params(("id" = BookingId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = BookingView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn cancel(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Path(id): Path<BookingId>,
    Body(command): Body<Cancel>,
) -> Result<Reply<BookingView>, Problem> {
    idem.once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
        let (mut booking, mut job) = lock_own(&mut tx, id, &permit.actor).await?;
        let by = Some(permit.actor.user);
        let reason = reason(&command);
        let action = BookingAction::Cancel;
        end(
            &mut tx,
            me.p.now(),
            &mut booking,
            job.as_mut(),
            action,
            by,
            &reason,
        )
        .await?;
        let view = load_view(&mut tx, id).await?;
        Ok((tx, view))
    })
    .await
}

/// Cancels for a customer
#[utoipa::path(post, path = "/v1/staff/bookings/{id}/cancel", tag = "staff", request_body = Cancel,
    params(("id" = BookingId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = BookingView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn cancel_by_staff(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsManage>,
    idem: Idempotency,
    Path(id): Path<BookingId>,
    Body(command): Body<Cancel>,
) -> Result<Reply<BookingView>, Problem> {
    idem.once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
        me.cancel_for(&mut tx, &permit.actor, id, &command).await?;
        let view = load_view(&mut tx, id).await?;
        Ok((tx, view))
    })
    .await
}

impl Bookings {
    async fn cancel_for(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: BookingId,
        command: &Cancel,
    ) -> Outcome<(), BookingFault> {
        let now = self.p.now();
        let (mut booking, mut job) = lock(tx, id).await?;
        if !in_scope(actor, &booking) {
            return Err(BookingFault::UnknownBooking.into());
        }
        let before = load_view(tx, id).await?;
        let reason = reason(command);
        let action = BookingAction::Cancel;
        let fee = end(
            tx,
            now,
            &mut booking,
            job.as_mut(),
            action,
            Some(actor.user),
            &reason,
        )
        .await?;
        let details = json!({ "reason": reason, "fee_halalas": fee.halalas() });
        let change = Change::between(&before, &load_view(tx, id).await?);
        let id = id.to_string();
        audit::changed(tx, now, actor, "bookings.cancel", &id, change, details).await?;
        Ok(())
    }
}

fn reason(command: &Cancel) -> String {
    command
        .reason
        .chars()
        .filter(|c| !c.is_control())
        .take(300)
        .collect()
}
