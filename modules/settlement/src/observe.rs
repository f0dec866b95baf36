//! What a payment at the gateway means for our hold: decided here, whoever brings the news. All
//! of a booking's transitions happen under its lock, so each is made, posted and told once.

use crate::cards::keep;
use crate::hold_rows::{HoldRow, by_id, leave, note};
use crate::jobs::{RefetchPayment, VoidHold};
use crate::ledger::{Account, Entry, Line, lock_booking, post};
use crate::{Settlement, rules};
use contract_settlement::{HoldAuthorized, HoldDeclined, HoldStatus, SettlementFault};
use gateway_payments::{Outcome as Standing, Payment};
use kernel::{HoldId, Money, Outcome, Time, days};
use platform::queue::{Run, enqueue};
use platform::{Tx, events};

const UNANSWERED: &[HoldStatus] = &[HoldStatus::Pending, HoldStatus::Challenge];

impl Settlement {
    /// Brings the hold up to what the gateway says of its payment.
    pub(crate) async fn observe(
        &self,
        hold: HoldId,
        payment: &Payment,
    ) -> Outcome<HoldRow, SettlementFault> {
        let now = self.now();
        let mut tx = self.p.db.begin().await?;
        let booking = by_id(&mut *tx, hold).await?.booking;
        lock_booking(&mut tx, booking).await?;
        let row = by_id(&mut *tx, hold).await?;
        match (row.status(), payment.outcome()) {
            (HoldStatus::Pending | HoldStatus::Challenge, standing) => match standing {
                Standing::Challenge(url) => challenge(&mut tx, &row, url.as_str()).await?,
                Standing::Held => self.authorise(&mut tx, now, &row, payment).await?,
                Standing::Taken => {
                    tracing::error!(hold = %row.id, "a hold was taken without our asking");
                    self.authorise(&mut tx, now, &row, payment).await?;
                    let again = RefetchPayment {
                        payment: row.payment,
                    };
                    enqueue(&mut tx, &again, Run::now(now)).await?;
                }
                Standing::Declined(no) => {
                    let code = no
                        .response_code
                        .unwrap_or_else(|| no.reason.code().to_owned());
                    let card = rules::card_label(&payment.source);
                    decline(&mut tx, now, &row, &code, card.as_deref()).await?;
                }
                Standing::Released | Standing::Refunded => {
                    leave(&mut tx, row.id, UNANSWERED, HoldStatus::Voided).await?;
                }
                Standing::Pending => {}
            },
            (HoldStatus::Authorized, Standing::Taken | Standing::Refunded) => {
                self.record_capture(&mut tx, now, &row, payment).await?;
            }
            (HoldStatus::Authorized, Standing::Released) => {
                let_go(&mut tx, now, &row, HoldStatus::Voided).await?;
            }
            (HoldStatus::Declined | HoldStatus::Voided | HoldStatus::Expired, Standing::Held) => {
                tracing::warn!(hold = %row.id, "a hold came through after we gave it up");
                enqueue(
                    &mut tx,
                    &VoidHold { hold },
                    Run::now(now).unique(hold.to_string()),
                )
                .await?;
            }
            (HoldStatus::Captured, Standing::Released | Standing::Refunded) => {
                tracing::error!(hold = %row.id, "captured money went back without our asking");
            }
            _ => {}
        }
        tx.commit().await?;
        by_id(&self.p.db, hold).await
    }

    async fn authorise(
        &self,
        tx: &mut Tx,
        now: Time,
        row: &HoldRow,
        payment: &Payment,
    ) -> Outcome<(), SettlementFault> {
        let mark = rules::card_mark(&payment.source);
        sqlx::query!(
            "update settlement.holds
             set status = 'authorized', challenge_url = null, card = $2, response_code = $3, expires_at = $4,
                 card_brand = $5, card_last4 = $6
             where id = $1",
            row.id.uuid(),
            rules::card_label(&payment.source),
            payment.source.response_code,
            now + days(self.settings.hold_life_days.into()),
            mark.as_ref().map(|mark| mark.brand.as_str()),
            mark.as_ref().map(|mark| mark.last4.as_str())
        )
        .execute(&mut **tx)
        .await?;
        if row.save_card && !row.superseded {
            keep(tx, now, row.customer, &payment.source).await?;
        }
        note(tx, now, row.id, "placed", row.amount).await?;
        post(tx, now, &[], &in_flight(row, row.amount)).await?;
        let over = sqlx::query_scalar!(
            r#"select (kind = 'release' or done_at is not null) as "over!"
               from settlement.instructions where booking = $1"#,
            row.booking.uuid()
        )
        .fetch_optional(&mut **tx)
        .await?;
        metrics::counter!("settlement_holds_total", "answer" => "authorized").increment(1);
        if row.superseded || over == Some(true) {
            let void = VoidHold { hold: row.id };
            enqueue(tx, &void, Run::now(now).unique(row.id.to_string())).await?;
        } else {
            let event = HoldAuthorized {
                hold: row.id,
                booking: row.booking,
                purpose: row.purpose(),
                amount: row.amount,
            };
            events::publish(tx, now, &event).await?;
        }
        Ok(())
    }

    /// The money is with the gateway now: into the books, with the gateway's fee.
    async fn record_capture(
        &self,
        tx: &mut Tx,
        now: Time,
        row: &HoldRow,
        payment: &Payment,
    ) -> Outcome<(), SettlementFault> {
        let captured = payment.captured.min(row.amount);
        if row.requested != Some(captured) {
            tracing::error!(hold = %row.id, "the gateway captured another amount than we asked for");
        }
        sqlx::query!(
            "update settlement.holds set status = 'captured', captured_halalas = $2 where id = $1",
            row.id.uuid(),
            captured.halalas()
        )
        .execute(&mut **tx)
        .await?;
        note(tx, now, row.id, "captured", captured).await?;
        let fee = match self.settings.gateway_fee {
            _ if payment.fee.is_positive() => payment.fee,
            Some(fee) => fee.of(captured),
            None => Money::ZERO,
        };
        let capture = Entry::new(
            "capture",
            format!("capture:{}", row.id),
            Some(row.booking),
            "captured from the card",
            [
                (Account::GatewayClearing, captured),
                (Account::CustomerWallet(row.customer), -captured),
            ],
        );
        let fee = Entry::new(
            "gateway_fee",
            format!("gateway_fee:{}", row.id),
            Some(row.booking),
            "kept by the gateway",
            [
                (Account::GatewayFees, fee),
                (Account::GatewayClearing, -fee),
            ],
        );
        post(tx, now, &[capture, fee], &in_flight(row, -row.amount)).await?;
        Ok(())
    }
}

/// An authorised hold that will not be money: out of what is in flight. The caller holds the
/// booking's lock and has seen it authorised.
pub(crate) async fn let_go(
    tx: &mut Tx,
    now: Time,
    row: &HoldRow,
    to: HoldStatus,
) -> Outcome<(), SettlementFault> {
    if leave(tx, row.id, &[HoldStatus::Authorized], to).await? {
        let kind = if to == HoldStatus::Expired {
            "expired"
        } else {
            "voided"
        };
        note(tx, now, row.id, kind, row.amount).await?;
        post(tx, now, &[], &in_flight(row, -row.amount)).await?;
    }
    Ok(())
}

/// The caller holds the booking's lock and has seen the hold unanswered.
pub(crate) async fn decline(
    tx: &mut Tx,
    now: Time,
    row: &HoldRow,
    code: &str,
    card: Option<&str>,
) -> Outcome<(), SettlementFault> {
    if !leave(tx, row.id, UNANSWERED, HoldStatus::Declined).await? {
        return Ok(());
    }
    sqlx::query!(
        "update settlement.holds set response_code = $2, card = coalesce($3, card), challenge_url = null where id = $1",
        row.id.uuid(),
        code,
        card
    )
    .execute(&mut **tx)
    .await?;
    note(tx, now, row.id, "declined", row.amount).await?;
    metrics::counter!("settlement_holds_total", "answer" => "declined").increment(1);
    if !row.superseded {
        let event = HoldDeclined {
            hold: row.id,
            booking: row.booking,
            purpose: row.purpose(),
            response_code: Some(code.to_owned()),
        };
        events::publish(tx, now, &event).await?;
    }
    Ok(())
}

async fn challenge(tx: &mut Tx, row: &HoldRow, url: &str) -> Outcome<(), SettlementFault> {
    sqlx::query!(
        "update settlement.holds set status = 'challenge', challenge_url = $2 where id = $1",
        row.id.uuid(),
        url
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A hold stands beside the balances it would move if it became money.
fn in_flight(row: &HoldRow, amount: Money) -> [Line; 2] {
    [
        (Account::GatewayClearing, amount),
        (Account::CustomerWallet(row.customer), -amount),
    ]
}
