//! Checkout: a hold on the customer's card, with a 3-D Secure challenge in between where the
//! bank wants one. No card number comes here, only a token made in the browser.

use crate::Bookings;
use crate::moves::confirm;
use crate::read::load_view;
use crate::state::{lock_own, tell};
use axum::extract::{Path, State};
use contract_bookings::{BookingFault, BookingState, Pay, PaymentView};
use contract_settlement::{Hold, HoldPurpose, HoldStatus, PayWith, PlaceHold, SettlementFault};
use kernel::access::{Actor, may};
use kernel::{BookingId, Lift, Money, Outcome};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// Places the hold
///
/// With a token just made, or with a saved card: exactly one of the two. A declined card is
/// refused with `settlement.card_declined` and can be tried again with another. A hold in state `challenge` names the bank's page.
#[utoipa::path(post, path = "/v1/bookings/{id}/payment", tag = "bookings", request_body = Pay,
    params(("id" = BookingId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = PaymentView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn pay(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Path(id): Path<BookingId>,
    Body(pay): Body<Pay>,
) -> Result<Reply<PaymentView>, Problem> {
    let card = pay.with().map_err(|fault| Problem::of(&fault))?;
    idem.resumable(&me.p, &permit.actor, &pay, async || {
        let (amount, key) = me.open_payment(id, &permit.actor, idem.key).await?;
        let hold = me
            .place_hold(id, &permit.actor, HoldPurpose::Booking, amount, key, card)
            .await?;
        me.payment_seen(id, &permit.actor, hold).await
    })
    .await
}

/// Comes back from the bank's page
///
/// The gateway is asked; nothing in the address is believed.
#[utoipa::path(post, path = "/v1/bookings/{id}/payment/return", tag = "bookings",
    params(("id" = BookingId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = PaymentView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn confirm_payment(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Path(id): Path<BookingId>,
) -> Result<Reply<PaymentView>, Problem> {
    idem.resumable(&me.p, &permit.actor, &(), async || {
        let mut tx = me.p.db.begin().await?;
        lock_own(&mut tx, id, &permit.actor).await?;
        drop(tx);
        let holds = me.below.settlement.holds(id).await.lift()?;
        // The last try counts. A bank that said no has said so, whoever was told first.
        let hold = holds
            .into_iter()
            .max_by_key(|hold| hold.id)
            .ok_or(SettlementFault::UnknownHold)
            .map_err(BookingFault::from)?;
        if hold.status == HoldStatus::Declined {
            return me.payment_seen(id, &permit.actor, hold).await;
        }
        let hold = me.below.settlement.refresh_hold(hold.id).await.lift()?;
        me.payment_seen(id, &permit.actor, hold).await
    })
    .await
}

impl Bookings {
    /// Checks that the booking waits for its payment; the key of the next try.
    async fn open_payment(
        &self,
        id: BookingId,
        actor: &Actor,
        key: Uuid,
    ) -> Outcome<(Money, Uuid), BookingFault> {
        let now = self.p.now();
        let mut tx = self.p.db.begin().await?;
        let (booking, _) = lock_own(&mut tx, id, actor).await?;
        if booking.state != BookingState::AwaitingPayment {
            return Err(BookingFault::NotAllowed {
                state: booking.state.as_str().into(),
                action: "pay".into(),
            }
            .into());
        }
        let key = derive(key, id.uuid());
        let tries = Tries {
            made: booking.payments,
            last: booking.payment_key,
        };
        if let Some(number) = tries.next(key, self.settings.limits.payment_tries)? {
            sqlx::query!(
                "update bookings.bookings set payments = $2, payment_key = $3 where id = $1",
                id.uuid(),
                number,
                key
            )
            .execute(&mut *tx)
            .await?;
            tell(
                &mut tx,
                now,
                id,
                None,
                "payment",
                None,
                None,
                Some(actor.user),
                json!({ "try": number }),
            )
            .await?;
        }
        tx.commit().await?;
        Ok((booking.total, key))
    }

    pub(crate) async fn place_hold(
        &self,
        booking: BookingId,
        actor: &Actor,
        purpose: HoldPurpose,
        amount: Money,
        key: Uuid,
        card: PayWith,
    ) -> Outcome<Hold, BookingFault> {
        let hold = self
            .below
            .settlement
            .place_hold(PlaceHold {
                key,
                booking,
                customer: actor.user,
                purpose,
                amount,
                card,
                callback_url: format!("{}{booking}", self.settings.return_url),
                description: format!("Khidma {booking}"),
            })
            .await
            .lift()?;
        if hold.status == HoldStatus::Declined {
            let response_code = hold.response_code.unwrap_or_default();
            return Err(BookingFault::from(SettlementFault::CardDeclined { response_code }).into());
        }
        Ok(hold)
    }

    /// Acts on what the gateway said, without waiting for the event that says the same.
    async fn payment_seen(
        &self,
        id: BookingId,
        actor: &Actor,
        hold: Hold,
    ) -> Outcome<PaymentView, BookingFault> {
        let mut tx = self.p.db.begin().await?;
        if hold.status == HoldStatus::Declined {
            let response_code = hold.response_code.unwrap_or_default();
            return Err(BookingFault::from(SettlementFault::CardDeclined { response_code }).into());
        }
        if hold.status == HoldStatus::Authorized {
            let (mut booking, _) = lock_own(&mut tx, id, actor).await?;
            if booking.state == BookingState::AwaitingPayment && hold.amount == booking.total {
                confirm(&mut tx, self.p.now(), &mut booking).await?;
            }
        }
        let booking = load_view(&mut tx, id).await?;
        tx.commit().await?;
        Ok(PaymentView {
            challenge_url: hold.challenge_url.clone(),
            hold,
            booking,
        })
    }
}

/// The tries to pay for one thing. They are counted under its lock.
pub(crate) struct Tries {
    pub(crate) made: i16,
    /// The key of the last one.
    pub(crate) last: Option<Uuid>,
}

impl Tries {
    /// The number of the try with this key; none where it is the last one, sent again. Whoever
    /// holds stolen cards would have each of them tried.
    pub(crate) fn next(&self, key: Uuid, most: u32) -> Result<Option<i16>, BookingFault> {
        if self.last == Some(key) {
            return Ok(None);
        }
        let number = self.made.saturating_add(1);
        if self.made == i16::MAX || u32::from(number.unsigned_abs()) > most {
            return Err(BookingFault::TooManyPayments);
        }
        Ok(Some(number))
    }
}

/// The gateway's key for one intention: the same for a repeat, another for another try.
pub(crate) fn derive(key: Uuid, subject: Uuid) -> Uuid {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(key.as_bytes());
    hash.update(subject.as_bytes());
    let digest = hash.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    // The gateway wants a version 4 UUID (FACTS §2).
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_counted_once_each_and_end() {
        let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let tries = |made, last| Tries { made, last };
        assert_eq!(tries(0, None).next(first, 2), Ok(Some(1)));
        assert_eq!(tries(1, Some(first)).next(second, 2), Ok(Some(2)));
        // Sent again, also when no other would be allowed.
        assert_eq!(tries(2, Some(second)).next(second, 2), Ok(None));
        let refused = Err(BookingFault::TooManyPayments);
        assert_eq!(tries(2, Some(second)).next(first, 2), refused);
        assert_eq!(tries(i16::MAX, None).next(first, u32::MAX), refused);
    }
}
