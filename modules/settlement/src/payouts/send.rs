//! A released payout at the gateway, and what becomes of it.

use super::PayoutState;
use crate::holds::is_refusal;
use crate::jobs::{PollPayouts, RefetchPayout, SendPayout};
use crate::ledger::{Account, Entry, post};
use crate::{Settlement, accounts};
use anyhow::{Context, anyhow};
use contract_settlement::{PayoutPaid, PayoutReturned, SettlementFault};
use gateway_payments::{Beneficiary, Payout, PayoutRequest, PayoutStatus, SequenceNumber};
use kernel::{Money, Outcome, PayoutBatchId, PayoutId, Phone, Time, VendorId, minutes};
use platform::queue::{Ctx, Run, enqueue};
use platform::{Tx, events};

/// A webhook not come after this was probably lost.
const POLL_AFTER_MINUTES: i64 = 30;
/// Payouts asked after in one round.
const A_ROUND: i64 = 500;

struct PayoutRow {
    batch: PayoutBatchId,
    vendor: VendorId,
    amount: Money,
    state: PayoutState,
}

impl Settlement {
    /// The gateway takes one payout a sequence number, so sending again is safe.
    pub(crate) async fn send_payout(&self, ctx: Ctx, job: SendPayout) -> anyhow::Result<()> {
        let row = sqlx::query!(
            r#"select amount_halalas as "amount: Money", sequence_number, state as "state: PayoutState",
                      name_ar, name_en, iban, mobile, city
               from settlement.payouts where id = $1"#,
            job.payout.uuid()
        )
        .fetch_one(&self.p.db)
        .await?;
        if row.state != PayoutState::Released {
            return Ok(());
        }
        let number = u64::try_from(row.sequence_number)
            .ok()
            .and_then(SequenceNumber::new);
        let name = if row.name_en.is_empty() {
            row.name_ar
        } else {
            row.name_en
        };
        let request = PayoutRequest {
            sequence_number: number.context("a stored sequence number")?,
            amount: row.amount,
            purpose: self.settings.payout_purpose.clone(),
            beneficiary: Beneficiary {
                iban: self.p.seal.open(accounts::payout(job.payout), &row.iban)?,
                name,
                mobile: Phone::parse(&row.mobile).map_err(|_| anyhow!("a stored mobile number"))?,
                country: "SA".into(),
                city: row.city,
            },
            comment: None,
        };
        match self.gateway.create_payout(&request).await {
            Ok(payout) => {
                sqlx::query!(
                    "update settlement.payouts set state = 'sent', gateway_id = $2, changed_at = $3
                     where id = $1 and state = 'released'",
                    job.payout.uuid(),
                    payout.id,
                    ctx.now
                )
                .execute(&self.p.db)
                .await?;
                self.observe_payout(job.payout, &payout.status, payout.failure_reason.as_deref())
                    .await?;
                Ok(())
            }
            Err(error) if is_refusal(&error) => {
                tracing::error!(payout = %job.payout, cause = %error, "the gateway refused a payout");
                let status = PayoutStatus::Failed;
                self.observe_payout(job.payout, &status, Some("refused by the gateway"))
                    .await?;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn refetch_payout(&self, _: Ctx, job: RefetchPayout) -> anyhow::Result<()> {
        let id = sqlx::query_scalar!(
            r#"select id as "id: PayoutId" from settlement.payouts where gateway_id = $1"#,
            job.gateway_id
        )
        .fetch_optional(&self.p.db)
        .await?;
        let Some(payout) = self.gateway.payout(&job.gateway_id).await? else {
            return Ok(());
        };
        let id = match id {
            Some(id) => id,
            // The webhook was faster than our note of the gateway's id.
            None => match self.by_sequence_number(&payout).await? {
                Some(id) => id,
                None => return Ok(()),
            },
        };
        self.observe_payout(id, &payout.status, payout.failure_reason.as_deref())
            .await?;
        Ok(())
    }

    async fn by_sequence_number(&self, payout: &Payout) -> anyhow::Result<Option<PayoutId>> {
        let Ok(number) = payout.sequence_number.parse::<i64>() else {
            return Ok(None);
        };
        let id = sqlx::query_scalar!(
            r#"update settlement.payouts set state = 'sent', gateway_id = $2
               where sequence_number = $1 and state = 'released'
               returning id as "id: PayoutId""#,
            number,
            payout.id
        )
        .fetch_optional(&self.p.db)
        .await?;
        Ok(id)
    }

    pub(crate) async fn poll_payouts(&self, ctx: Ctx, _: PollPayouts) -> anyhow::Result<()> {
        let waiting = sqlx::query_scalar!(
            r#"select gateway_id as "gateway_id!" from settlement.payouts
               where state = 'sent' and changed_at <= $1
               order by changed_at, id limit $2"#,
            ctx.now - minutes(POLL_AFTER_MINUTES),
            A_ROUND
        )
        .fetch_all(&self.p.db)
        .await?;
        let mut tx = ctx.begin().await?;
        for gateway_id in waiting {
            let run = Run::now(ctx.now).unique(gateway_id.clone());
            enqueue(&mut tx, &RefetchPayout { gateway_id }, run).await?;
        }
        ctx.complete(tx).await?;
        Ok(())
    }

    /// Brings a payout up to what the gateway says: the row is locked, so each change is posted
    /// and told once, whoever brings the news.
    async fn observe_payout(
        &self,
        id: PayoutId,
        status: &PayoutStatus,
        reason: Option<&str>,
    ) -> Outcome<(), SettlementFault> {
        let now = self.now();
        let mut tx = self.p.db.begin().await?;
        let row = sqlx::query_as!(
            PayoutRow,
            r#"select batch as "batch: PayoutBatchId", vendor as "vendor: VendorId",
                      amount_halalas as "amount: Money", state as "state: PayoutState"
               from settlement.payouts where id = $1 for update"#,
            id.uuid()
        )
        .fetch_one(&mut *tx)
        .await?;
        let PayoutRow {
            batch,
            vendor,
            amount,
            state,
        } = row;
        match (state, status) {
            (PayoutState::Released | PayoutState::Sent, PayoutStatus::Paid) => {
                let entry = Entry::new(
                    "payout_settled",
                    format!("payout_settled:{id}"),
                    None,
                    "arrived at the vendor's bank",
                    [
                        (Account::VendorInTransit(vendor), amount),
                        (Account::Bank, -amount),
                    ],
                );
                post(&mut tx, now, &[entry], &[]).await?;
                end(&mut tx, now, id, batch, PayoutState::Paid, None).await?;
                let event = PayoutPaid {
                    payout: id,
                    batch,
                    vendor,
                    amount,
                };
                events::publish(&mut tx, now, &event).await?;
            }
            (
                PayoutState::Released | PayoutState::Sent | PayoutState::Paid,
                PayoutStatus::Failed | PayoutStatus::Canceled | PayoutStatus::Returned,
            ) => {
                let from = if state == PayoutState::Paid {
                    Account::Bank
                } else {
                    Account::VendorInTransit(vendor)
                };
                let entry = Entry::new(
                    "payout_returned",
                    format!("payout_returned:{id}"),
                    None,
                    "sent back by the bank, payable again",
                    [(from, amount), (Account::VendorPayable(vendor), -amount)],
                );
                post(&mut tx, now, &[entry], &[]).await?;
                end(&mut tx, now, id, batch, PayoutState::Returned, reason).await?;
                let event = PayoutReturned {
                    payout: id,
                    batch,
                    vendor,
                    amount,
                };
                events::publish(&mut tx, now, &event).await?;
            }
            _ => {}
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Ends a payout, and its batch if it was the last.
async fn end(
    tx: &mut Tx,
    now: Time,
    id: PayoutId,
    batch: PayoutBatchId,
    state: PayoutState,
    reason: Option<&str>,
) -> Outcome<(), SettlementFault> {
    // Two last payouts ending at once: the second waits here and sees the first.
    sqlx::query!(
        "select id from settlement.payout_batches where id = $1 for update",
        batch.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    sqlx::query!(
        "update settlement.payouts set state = $2, reason = $3, changed_at = $4 where id = $1",
        id.uuid(),
        state as PayoutState,
        reason,
        now
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update settlement.payout_batches set state = 'completed', ended_at = $2
         where id = $1 and state = 'released' and not exists (
             select from settlement.payouts where batch = $1 and state in ('released', 'sent')
         )",
        batch.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
