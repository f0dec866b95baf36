//! What a customer thought of a visit, and what that makes of a technician's record.

use crate::Bookings;
use crate::read::load_view;
use crate::rules::{self, RATE_DAYS};
use crate::state::{lock_own, tell};
use axum::extract::{Path, State};
use contract_bookings::{BookingFault, BookingRated, BookingState, BookingView, Rate};
use kernel::access::{Actor, may};
use kernel::{BookingId, Outcome, TechnicianId, Time};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use platform::{Tx, events};
use serde_json::json;
use sqlx::PgPool;
use sqlx::types::Json;
use std::sync::Arc;

/// Under so many ratings a mean says more about the customers than about the technician.
const FEW: i64 = 3;

/// Rates the work, or changes the rating
///
/// Once it is accepted, for seven days. One rating a booking.
#[utoipa::path(put, path = "/v1/bookings/{id}/rating", tag = "bookings", request_body = Rate,
    params(("id" = BookingId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = BookingView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn rate(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Path(id): Path<BookingId>,
    Body(rate): Body<Rate>,
) -> Result<Reply<BookingView>, Problem> {
    let rate = rules::check_rating(&rate).map_err(|fault| Problem::of(&fault))?;
    idem.once(&me.p, &permit.actor, &rate, async |mut tx: Tx| {
        store(&mut tx, me.p.now(), &permit.actor, id, &rate).await?;
        let view = load_view(&mut tx, id).await?;
        Ok((tx, view))
    })
    .await
}

async fn store(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    id: BookingId,
    rate: &Rate,
) -> Outcome<(), BookingFault> {
    let (booking, job) = lock_own(tx, id, actor).await?;
    let accepted_at = sqlx::query_scalar!(
        "select accepted_at from bookings.bookings where id = $1",
        id.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    let done = matches!(
        booking.state,
        BookingState::Accepted | BookingState::Settled
    );
    let accepted_at = accepted_at
        .filter(|_| done)
        .ok_or_else(|| BookingFault::NotAllowed {
            state: booking.state.as_str().into(),
            action: "rate".into(),
        })?;
    if now > rules::rate_until(accepted_at) {
        return Err(BookingFault::RatingClosed { days: RATE_DAYS }.into());
    }
    let technician = job.and_then(|job| job.technician);
    sqlx::query!(
        "insert into bookings.ratings (booking, technician, stars, tags, comment, rated_at, changed_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (booking) do update set stars = excluded.stars, tags = excluded.tags,
             comment = excluded.comment, changed_at = excluded.changed_at",
        id.uuid(),
        technician.map(TechnicianId::uuid),
        i16::from(rate.stars),
        Json(&rate.tags) as _,
        rate.comment,
        now
    )
    .execute(&mut **tx)
    .await?;
    tell(
        tx,
        now,
        id,
        None,
        "rated",
        None,
        None,
        Some(actor.user),
        json!({ "stars": rate.stars }),
    )
    .await?;
    let event = BookingRated {
        booking: id,
        technician,
        stars: rate.stars,
        at: now,
    };
    events::publish(tx, now, &event).await?;
    Ok(())
}

/// What customers may know of a technician's work with us.
pub(crate) struct Record {
    /// To one decimal.
    pub rating: Option<f32>,
    pub visits: u32,
}

pub(crate) async fn record(db: &PgPool, technician: TechnicianId) -> Outcome<Record, BookingFault> {
    let row = sqlx::query!(
        r#"select (select count(*) from bookings.jobs
                   where technician = $1 and state in ('finished', 'closed')) as "visits!",
                  count(*) as "ratings!", coalesce(sum(stars), 0)::bigint as "stars!"
           from bookings.ratings where technician = $1"#,
        technician.uuid()
    )
    .fetch_one(db)
    .await?;
    Ok(Record {
        rating: mean(row.ratings, row.stars),
        visits: u32::try_from(row.visits).unwrap_or(u32::MAX),
    })
}

fn mean(ratings: i64, stars: i64) -> Option<f32> {
    if ratings < FEW {
        return None;
    }
    // In tenths, half up, in whole numbers.
    let tenths = (stars * 20 + ratings) / (2 * ratings);
    Some(tenths as f32 / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_has_one_decimal_and_needs_three() {
        for (ratings, stars, expected) in [
            (0, 0, None),
            (2, 10, None),
            (3, 15, Some(5.0)),
            (3, 14, Some(4.7)),
            (4, 17, Some(4.3)),
            (20, 83, Some(4.2)),
            (3, 3, Some(1.0)),
        ] {
            assert_eq!(mean(ratings, stars), expected, "{stars}/{ratings}");
        }
    }
}
