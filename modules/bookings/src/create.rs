//! A quote becomes a booking that waits for its payment.

use crate::launch::ExpirePayment;
use crate::quote;
use crate::read::load_view;
use crate::rules::{MAX_OPEN_BOOKINGS, PAYMENT_LIFE};
use crate::{Bookings, rules, state};
use axum::extract::State;
use contract_bookings::{BookingChanged, BookingFault, BookingState, BookingView, CreateBooking};
use kernel::access::{Actor, may};
use kernel::{BookingId, Outcome, TechnicianId, Time};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use platform::queue::{Run, enqueue};
use platform::{Tx, events};
use rand::Rng;
use serde_json::json;
use sqlx::types::Json;
use std::sync::Arc;

/// Books a quote
///
/// The booking waits 15 minutes for its payment: `POST /v1/bookings/{id}/payment`.
#[utoipa::path(post, path = "/v1/bookings", tag = "bookings", request_body = CreateBooking,
    params(("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 201, body = BookingView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn create(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Body(command): Body<CreateBooking>,
) -> Result<Reply<BookingView>, Problem> {
    let reply = idem
        .once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
            let id = book(&mut tx, me.p.now(), &permit.actor, &command).await?;
            let view = load_view(&mut tx, id).await?;
            Ok((tx, view))
        })
        .await?;
    Ok(reply.as_created())
}

async fn book(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    command: &CreateBooking,
) -> Outcome<BookingId, BookingFault> {
    state::lock_person(tx, actor.user).await?;
    let quote = quote::load(tx, command.quote, actor.user).await?;
    if quote.booked {
        return Err(BookingFault::QuoteUsed.into());
    }
    if quote.view.expires_at <= now {
        return Err(BookingFault::QuoteExpired.into());
    }
    let open = sqlx::query_scalar!(
        r#"select count(*) as "n!" from bookings.bookings where customer = $1
             and state in ('awaiting_payment', 'confirmed', 'in_service', 'awaiting_acceptance', 'disputed')"#,
        actor.user.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    if open >= i64::from(MAX_OPEN_BOOKINGS) {
        return Err(BookingFault::TooManyOpen {
            max: MAX_OPEN_BOOKINGS,
        }
        .into());
    }
    let id = BookingId::new();
    let note = rules::note(&command.address_note);
    let code = format!("{:04}", rand::rng().random_range(0..10_000_u32));
    let view = &quote.view;
    sqlx::query!(
        "insert into bookings.bookings (id, quote, customer, state, lat, lon, sector, sector_name, zone, address_note,
             category, service, service_name, urgency, slot, lines, total_halalas, remedy_percent, quality_hold_days,
             duration_minutes, skills, checklist, preferred, finish_code, created_at)
         values ($1, $2, $3, 'awaiting_payment', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20, $21, $22, $23, $24)",
        id.uuid(),
        command.quote.uuid(),
        actor.user.uuid(),
        view.place.point.lat(),
        view.place.point.lon(),
        view.place.sector.as_str(),
        Json(&view.place.sector_name) as _,
        view.place.zone.as_str(),
        note,
        quote.priced.category.as_str(),
        view.service.as_str(),
        Json(&view.service_name) as _,
        view.urgency.as_str(),
        view.slot,
        Json(&view.lines) as _,
        view.total.halalas(),
        i16::from(view.promise.remedy_percent),
        quote.priced.quality_hold_days as i32,
        quote.priced.duration_minutes as i32,
        Json(&quote.priced.skills) as _,
        Json(&quote.priced.checklist) as _,
        command.preferred_technician.map(TechnicianId::uuid),
        code,
        now
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update bookings.quotes set booking = $2 where id = $1",
        command.quote.uuid(),
        id.uuid()
    )
    .execute(&mut **tx)
    .await?;
    let becomes = BookingState::AwaitingPayment;
    state::tell(
        tx,
        now,
        id,
        None,
        "booking",
        None,
        Some(becomes.as_str()),
        Some(actor.user),
        json!({}),
    )
    .await?;
    let event = BookingChanged {
        booking: id,
        customer: actor.user,
        from: None,
        to: becomes,
        at: now,
    };
    events::publish(tx, now, &event).await?;
    enqueue(
        tx,
        &ExpirePayment { booking: id },
        Run::at(now + PAYMENT_LIFE),
    )
    .await?;
    Ok(id)
}
