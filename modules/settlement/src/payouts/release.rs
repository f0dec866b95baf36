use super::BatchView;
use crate::Settlement;
use crate::jobs::SendPayout;
use crate::ledger::{Account, Entry, balance, post};
use axum::extract::{Path, State};
use contract_settlement::SettlementFault;
use kernel::access::{Actor, may};
use kernel::{Failure, Money, Outcome, PayoutBatchId, PayoutId, UserId, VendorId};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Fresh, Idempotency, Permit, Problem, Reply};
use platform::queue::{Run, enqueue};
use serde_json::json;
use std::sync::Arc;

/// Sends a prepared batch to the gateway. Never by the officer who prepared it, and only with a second
/// factor of the last five minutes.
#[utoipa::path(
    post,
    path = "/v1/payouts/batches/{id}/release",
    tag = "settlement",
    params(("id" = PayoutBatchId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = BatchView), (status = "default", body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn release_batch(
    State(me): State<Arc<Settlement>>,
    permit: Permit<may::PayoutsRelease, Fresh>,
    idem: Idempotency,
    Path(id): Path<PayoutBatchId>,
) -> Result<Reply<BatchView>, Problem> {
    idem.once(&me.p, &permit.actor, &id, async |mut tx: Tx| {
        let batch = me.release_prepared(&mut tx, &permit.actor, id).await?;
        Ok::<_, Failure<SettlementFault>>((tx, batch))
    })
    .await
}

impl Settlement {
    async fn release_prepared(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: PayoutBatchId,
    ) -> Outcome<BatchView, SettlementFault> {
        let now = self.now();
        let before = self.batch(tx, id).await?;
        let released = sqlx::query!(
            "update settlement.payout_batches set state = 'released', released_by = $2, released_at = $3
             where id = $1 and state = 'prepared' and prepared_by <> $2",
            id.uuid(),
            actor.user.uuid(),
            now
        )
        .execute(&mut **tx)
        .await?;
        if released.rows_affected() == 0 {
            return Err(why_not(tx, id, Some(actor.user)).await?.into());
        }
        let payouts = sqlx::query!(
            r#"update settlement.payouts set state = 'released', changed_at = $2
               where batch = $1 and state = 'prepared'
               returning id as "id: PayoutId", vendor as "vendor: VendorId", amount_halalas as "amount: Money""#,
            id.uuid(),
            now
        )
        .fetch_all(&mut **tx)
        .await?;
        let mut payouts = payouts;
        payouts.sort_by_key(|payout| payout.id);
        let entries: Vec<Entry> = payouts
            .iter()
            .map(|payout| {
                Entry::new(
                    "payout_sent",
                    format!("payout_sent:{}", payout.id),
                    None,
                    "on the way to the vendor's bank",
                    [
                        (Account::VendorPayable(payout.vendor), payout.amount),
                        (Account::VendorInTransit(payout.vendor), -payout.amount),
                    ],
                )
            })
            .collect();
        post(tx, now, &entries, &[]).await?;
        for payout in &payouts {
            if balance(tx, Account::VendorPayable(payout.vendor))
                .await?
                .is_positive()
            {
                return Err(Failure::internal("a batch pays more than is payable"));
            }
            enqueue(tx, &SendPayout { payout: payout.id }, Run::now(now)).await?;
        }
        let total: Money = payouts.iter().map(|payout| payout.amount).sum();
        let facts = json!({ "payouts": payouts.len(), "total_halalas": total.halalas() });
        let after = self.batch(tx, id).await?;
        let (id, change) = (id.to_string(), Change::between(&before, &after));
        audit::changed(tx, now, actor, "payouts.release", &id, change, facts).await?;
        Ok(after)
    }
}

/// Why a batch was not there to be changed.
pub(super) async fn why_not(
    tx: &mut Tx,
    id: PayoutBatchId,
    not_by: Option<UserId>,
) -> Outcome<SettlementFault, SettlementFault> {
    let batch = sqlx::query!(
        r#"select state, prepared_by as "prepared_by: UserId" from settlement.payout_batches where id = $1"#,
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(match batch {
        None => SettlementFault::UnknownBatch,
        Some(batch) if batch.state == "prepared" && not_by == Some(batch.prepared_by) => {
            SettlementFault::SameOfficer
        }
        Some(_) => SettlementFault::BatchNotPrepared,
    })
}
