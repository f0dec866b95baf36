//! Asking for holds.

use crate::hold_rows::{HoldRow, by_id, by_key, by_payment, of_booking};
use crate::jobs::{RecoverHold, RefetchPayment};
use crate::ledger::lock_booking;
use crate::observe::decline;
use crate::{Settlement, digest, rules};
use contract_settlement::{Hold, HoldPurpose, HoldStatus, PayWith, PlaceHold, SettlementFault};
use gateway_payments::{Authorise, GatewayError};
use kernel::{
    BookingId, ExtraCostId, Failure, HoldId, Outcome, Time, UserId, days, hours, minutes,
};
use platform::Tx;
use platform::queue::{Ctx, Run, enqueue};
use std::collections::BTreeMap;

/// What a declined hold says when the gateway knows no such card token.
const BAD_TOKEN: &str = "bad_card_token";
/// … when the gateway never got our request.
const NOT_RECEIVED: &str = "not_received";
/// After this the gateway is not going to get a request that was on its way.
const GIVE_UP_MINUTES: i64 = 15;
/// So long a declined card stands against its customer.
const DECLINES_COUNT_HOURS: i64 = 24;

impl Settlement {
    /// The row is committed before the gateway is asked, so whatever happens next can be found
    /// out by its id there. A repeat with the key while there is no answer asks again, which at
    /// the gateway is the same payment.
    pub(crate) async fn place(&self, command: PlaceHold) -> Outcome<Hold, SettlementFault> {
        let callback_url = command
            .callback_url
            .parse()
            .map_err(|_| Failure::internal("a hold's callback is not a URL"))?;
        if !command.amount.is_positive() {
            return Err(Failure::internal("a hold of nothing"));
        }
        let token = match &command.card {
            PayWith::Token { token, .. } => token.clone().into(),
            PayWith::Saved(card) => self.use_card(command.customer, *card).await?,
        };
        let row = self.claim(&command).await?;
        if row.status() != HoldStatus::Pending {
            return if row.response_code.as_deref() == Some(BAD_TOKEN) {
                Err(SettlementFault::BadCardToken.into())
            } else {
                Ok(row.into_hold())
            };
        }
        let request = Authorise {
            given_id: row.payment,
            amount: row.amount,
            description: command.description,
            token,
            hold_only: true,
            three_ds: true,
            callback_url: Some(callback_url),
            metadata: BTreeMap::from([
                ("booking".into(), row.booking.to_string()),
                ("hold".into(), row.id.to_string()),
            ]),
        };
        match self.gateway.authorise(&request).await {
            Ok(payment) => Ok(self.observe(row.id, &payment).await?.into_hold()),
            Err(error) if error.is_outcome_unknown() => {
                tracing::warn!(hold = %row.id, outcome = error.outcome(), "a hold's outcome is unknown");
                Ok(row.into_hold())
            }
            Err(error) if is_refusal(&error) => {
                tracing::warn!(hold = %row.id, cause = %error, "the gateway refused a hold");
                self.give_up(row.id, BAD_TOKEN).await?;
                Err(SettlementFault::BadCardToken.into())
            }
            Err(error) => Err(Failure::unavailable(error)),
        }
    }

    /// The row for this key, new or not. Any earlier try for the same purpose is superseded.
    async fn claim(&self, command: &PlaceHold) -> Outcome<HoldRow, SettlementFault> {
        let now = self.now();
        let digest = digest(&(
            command.booking,
            command.customer,
            command.purpose,
            command.amount,
            &command.card,
        ));
        let mut tx = self.p.db.begin().await?;
        lock_booking(&mut tx, command.booking).await?;
        if let Some(row) = by_key(&mut tx, command.key).await? {
            return if row.digest == digest {
                Ok(row)
            } else {
                Err(SettlementFault::KeyReused.into())
            };
        }
        let over = sqlx::query_scalar!(
            r#"select true as "over!" from settlement.instructions where booking = $1"#,
            command.booking.uuid()
        )
        .fetch_optional(&mut *tx)
        .await?;
        if over.is_some() {
            return Err(SettlementFault::BookingClosed.into());
        }
        for row in of_booking(&mut *tx, command.booking).await? {
            if row.purpose() != command.purpose || row.superseded {
                continue;
            }
            match row.status() {
                // The customer has paid already: another tab, an impatient finger.
                HoldStatus::Authorized if row.amount == command.amount => return Ok(row),
                HoldStatus::Authorized => return Err(SettlementFault::KeyReused.into()),
                HoldStatus::Pending | HoldStatus::Challenge => {
                    sqlx::query!(
                        "update settlement.holds set superseded = true where id = $1",
                        row.id.uuid()
                    )
                    .execute(&mut *tx)
                    .await?;
                }
                _ => {}
            }
        }
        self.check_declines(&mut tx, now, command.customer).await?;
        let id = HoldId::new();
        let (purpose, extra) = match command.purpose {
            HoldPurpose::Booking => ("booking", None),
            HoldPurpose::Extra(extra) => ("extra", Some(extra)),
        };
        sqlx::query!(
            "insert into settlement.holds
                 (id, key, digest, booking, customer, purpose, extra, amount_halalas, status, payment, created_at,
                  expires_at, save_card)
             values ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $10, $11, $12)",
            id.uuid(),
            command.key,
            &digest[..],
            command.booking.uuid(),
            command.customer.uuid(),
            purpose,
            extra.map(ExtraCostId::uuid),
            command.amount.halalas(),
            rules::payment_id(command.key),
            now,
            now + days(self.settings.hold_life_days.into()),
            matches!(command.card, PayWith::Token { save: true, .. })
        )
        .execute(&mut *tx)
        .await?;
        ask_again(&mut tx, now, id).await?;
        let row = by_id(&mut *tx, id).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Stolen cards are tried out where somebody says which of them live. One at a time of a
    /// customer, and what has no answer yet counts as declined, so that many at once are counted.
    async fn check_declines(
        &self,
        tx: &mut Tx,
        now: Time,
        customer: UserId,
    ) -> Outcome<(), SettlementFault> {
        sqlx::query!(
            "select pg_advisory_xact_lock(hashtextextended('settlement.customer:' || $1, 0))::text as locked",
            customer.to_string()
        )
        .fetch_one(&mut **tx)
        .await?;
        let counted = hours(DECLINES_COUNT_HOURS);
        // When this one is a day old, there is room again.
        let last = sqlx::query_scalar!(
            r#"select created_at as "at: Time" from settlement.holds
               where customer = $1 and created_at > $2 and status in ('pending', 'challenge', 'declined')
                 and response_code is distinct from $3
               order by created_at desc offset $4 limit 1"#,
            customer.uuid(),
            now - counted,
            NOT_RECEIVED,
            i64::from(self.settings.declines_per_day) - 1
        )
        .fetch_optional(&mut **tx)
        .await?;
        let Some(last) = last else { return Ok(()) };
        metrics::counter!("settlement_holds_total", "answer" => "too_many_declines").increment(1);
        let wait = (last + counted).since(now).as_secs();
        Err(SettlementFault::TooManyDeclines {
            retry_after_s: u32::try_from(wait).unwrap_or(0).max(1),
        }
        .into())
    }

    pub(crate) async fn refresh(&self, hold: HoldId) -> Outcome<Hold, SettlementFault> {
        let row = by_id(&self.p.db, hold).await?;
        if !row.is_unanswered() {
            return Ok(row.into_hold());
        }
        match self.gateway.payment(row.payment).await {
            Ok(Some(payment)) => Ok(self.observe(hold, &payment).await?.into_hold()),
            Ok(None) => Ok(row.into_hold()),
            Err(error) => Err(Failure::unavailable(error)),
        }
    }

    pub(crate) async fn holds_of(&self, booking: BookingId) -> Outcome<Vec<Hold>, SettlementFault> {
        let rows = of_booking(&self.p.db, booking).await?;
        Ok(rows.into_iter().map(HoldRow::into_hold).collect())
    }

    /// Declines a hold by ourselves, if it is still unanswered.
    pub(crate) async fn give_up(&self, hold: HoldId, code: &str) -> Outcome<(), SettlementFault> {
        let now = self.now();
        let mut tx = self.p.db.begin().await?;
        let booking = by_id(&mut *tx, hold).await?.booking;
        lock_booking(&mut tx, booking).await?;
        let row = by_id(&mut *tx, hold).await?;
        decline(&mut tx, now, &row, code, None).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn recover_hold(&self, ctx: Ctx, job: RecoverHold) -> anyhow::Result<()> {
        let row = by_id(&self.p.db, job.hold).await?;
        if row.status() != HoldStatus::Pending {
            return Ok(());
        }
        if let Some(payment) = self.gateway.payment(row.payment).await? {
            self.observe(job.hold, &payment).await?;
        } else if ctx.now.since(row.created_at) < minutes(GIVE_UP_MINUTES) {
            let mut tx = ctx.begin().await?;
            ask_again(&mut tx, ctx.now, job.hold).await?;
            ctx.complete(tx).await?;
        } else {
            self.give_up(job.hold, NOT_RECEIVED).await?;
        }
        Ok(())
    }

    pub(crate) async fn refetch_payment(&self, _: Ctx, job: RefetchPayment) -> anyhow::Result<()> {
        let Some(row) = by_payment(&self.p.db, job.payment).await? else {
            tracing::warn!("a webhook named a payment that is not ours");
            return Ok(());
        };
        if let Some(payment) = self.gateway.payment(job.payment).await? {
            self.observe(row.id, &payment).await?;
        }
        Ok(())
    }
}

async fn ask_again(tx: &mut Tx, now: Time, hold: HoldId) -> sqlx::Result<()> {
    let run = Run::at(now + minutes(1)).unique(hold.to_string());
    enqueue(tx, &RecoverHold { hold }, run).await
}

/// The gateway understood and said no. Wrong keys (401, 403) and conflicts are our own trouble.
pub(crate) fn is_refusal(error: &GatewayError) -> bool {
    matches!(
        error,
        GatewayError::Rejected {
            status: 400 | 404 | 422,
            ..
        }
    )
}
