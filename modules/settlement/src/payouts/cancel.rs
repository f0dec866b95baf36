use super::BatchView;
use super::release::why_not;
use crate::Settlement;
use axum::extract::{Path, State};
use contract_settlement::SettlementFault;
use kernel::access::{Actor, may};
use kernel::{Failure, Outcome, PayoutBatchId};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Takes a prepared batch back; its money is payable as before.
#[utoipa::path(
    post,
    path = "/v1/payouts/batches/{id}/cancel",
    tag = "settlement",
    params(("id" = PayoutBatchId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = BatchView), (status = "default", body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn cancel_batch(
    State(me): State<Arc<Settlement>>,
    permit: Permit<may::PayoutsPrepare>,
    idem: Idempotency,
    Path(id): Path<PayoutBatchId>,
) -> Result<Reply<BatchView>, Problem> {
    idem.once(&me.p, &permit.actor, &id, async |mut tx: Tx| {
        let batch = me.cancel_prepared(&mut tx, &permit.actor, id).await?;
        Ok::<_, Failure<SettlementFault>>((tx, batch))
    })
    .await
}

impl Settlement {
    async fn cancel_prepared(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: PayoutBatchId,
    ) -> Outcome<BatchView, SettlementFault> {
        let now = self.now();
        let before = self.batch(tx, id).await?;
        let cancelled = sqlx::query!(
            "update settlement.payout_batches set state = 'cancelled', ended_at = $2
             where id = $1 and state = 'prepared'",
            id.uuid(),
            now
        )
        .execute(&mut **tx)
        .await?;
        if cancelled.rows_affected() == 0 {
            return Err(why_not(tx, id, None).await?.into());
        }
        sqlx::query!(
            "update settlement.payouts set state = 'cancelled', changed_at = $2 where batch = $1 and state = 'prepared'",
            id.uuid(),
            now
        )
        .execute(&mut **tx)
        .await?;
        let after = self.batch(tx, id).await?;
        let (id, change) = (id.to_string(), Change::between(&before, &after));
        audit::changed(tx, now, actor, "payouts.cancel", &id, change, json!({})).await?;
        Ok(after)
    }
}
