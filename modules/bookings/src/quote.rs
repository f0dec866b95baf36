//! A quote: the price explained line by line and the promise for this place and hour. It has an
//! id, ends, and is what is charged.

use crate::rules::{QUOTE_LIFE, check_slot};
use crate::{Bookings, state::urgency};
use axum::extract::{Path, State};
use contract_bookings::{AskQuote, BookingFault, QuoteView};
use contract_catalog::{PriceQuery, Priced};
use contract_location::Place;
use contract_sla::{Promise, PromiseQuery, Urgency};
use kernel::access::{Actor, may};
use kernel::{Lift, Outcome, QuoteId, Time, UserId};
use platform::Tx;
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use sqlx::types::Json;
use std::sync::Arc;

/// Asks for a price
///
/// The price stands for 15 minutes. A pin outside our zones is refused with the nearest sector.
#[utoipa::path(post, path = "/v1/quotes", tag = "bookings", request_body = AskQuote,
    params(("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 201, body = QuoteView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn ask(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Body(ask): Body<AskQuote>,
) -> Result<Reply<QuoteView>, Problem> {
    let reply = idem
        .once(&me.p, &permit.actor, &ask, async |mut tx: Tx| {
            let quote = me.quote(&mut tx, me.p.now(), &permit.actor, &ask).await?;
            Ok((tx, quote))
        })
        .await?;
    Ok(reply.as_created())
}

/// A quote of one's own
#[utoipa::path(get, path = "/v1/quotes/{id}", tag = "bookings",
    params(("id" = QuoteId, Path)),
    responses((status = 200, body = QuoteView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn show(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsRead>,
    Path(id): Path<QuoteId>,
) -> Result<Reply<QuoteView>, Problem> {
    let mut tx =
        me.p.db
            .begin()
            .await
            .map_err(kernel::Failure::<BookingFault>::from)?;
    let stored = load(&mut tx, id, permit.actor.user).await?;
    Ok(Reply::ok(stored.view))
}

impl Bookings {
    async fn quote(
        &self,
        tx: &mut Tx,
        now: Time,
        actor: &Actor,
        ask: &AskQuote,
    ) -> Outcome<QuoteView, BookingFault> {
        if let Some(slot) = ask.slot {
            check_slot(slot, now)?;
        }
        let urgency = if ask.slot.is_some() {
            Urgency::Scheduled
        } else {
            Urgency::Immediate
        };
        let place = self.below.location.locate(ask.pin).await.lift()?;
        let query = PriceQuery {
            service: ask.service.clone(),
            options: ask.options.clone(),
            quantity: ask.quantity,
            urgency,
            zone: place.zone.clone(),
            at: ask.slot.unwrap_or(now),
        };
        let priced = self.below.catalog.price(query).await.lift()?;
        let promise = self
            .below
            .sla
            .promise(PromiseQuery {
                category: priced.category.clone(),
                zone: place.zone.clone(),
                urgency,
                tier: None,
                at: now,
                slot: ask.slot,
            })
            .await
            .lift()?;
        let id = QuoteId::new();
        let expires_at = now + QUOTE_LIFE;
        sqlx::query!(
            "insert into bookings.quotes (id, customer, place, service, options, quantity, urgency, slot,
                 priced, promise, total_halalas, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            id.uuid(),
            actor.user.uuid(),
            Json(&place) as _,
            ask.service.as_str(),
            Json(&ask.options) as _,
            ask.quantity as i32,
            urgency.as_str(),
            ask.slot,
            Json(&priced) as _,
            Json(&promise) as _,
            priced.total.halalas(),
            now,
            expires_at
        )
        .execute(&mut **tx)
        .await?;
        Ok(view(
            id,
            place,
            ask.quantity,
            urgency,
            ask.slot,
            &priced,
            promise,
            expires_at,
        ))
    }
}

#[allow(clippy::too_many_arguments)]
fn view(
    id: QuoteId,
    place: Place,
    quantity: u32,
    urgency: Urgency,
    slot: Option<Time>,
    priced: &Priced,
    promise: Promise,
    expires_at: Time,
) -> QuoteView {
    QuoteView {
        id,
        place,
        service: priced.service.clone(),
        service_name: priced.service_name.clone(),
        quantity,
        urgency,
        slot,
        lines: priced.lines.clone(),
        total: priced.total,
        vat: priced.vat,
        promise,
        duration_minutes: priced.duration_minutes,
        expires_at,
    }
}

/// A quote with what the booking takes over from it.
pub(crate) struct StoredQuote {
    pub view: QuoteView,
    pub priced: Priced,
    pub booked: bool,
}

/// Locks a quote of this customer; anyone else's does not exist.
pub(crate) async fn load(
    tx: &mut Tx,
    id: QuoteId,
    customer: UserId,
) -> Outcome<StoredQuote, BookingFault> {
    let row = sqlx::query!(
        r#"select place as "place: Json<Place>", quantity, urgency, slot, priced as "priced: Json<Priced>",
                  promise as "promise: Json<Promise>", expires_at, booking
           from bookings.quotes where id = $1 and customer = $2 for update"#,
        id.uuid(),
        customer.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(BookingFault::UnknownQuote)?;
    let view = view(
        id,
        row.place.0,
        row.quantity as u32,
        urgency(&row.urgency),
        row.slot,
        &row.priced.0,
        row.promise.0,
        row.expires_at,
    );
    Ok(StoredQuote {
        view,
        priced: row.priced.0,
        booked: row.booking.is_some(),
    })
}
