use super::{BatchState, PayoutState};
use crate::{Settlement, accounts};
use axum::extract::{Path, State};
use contract_settlement::{SettlementFault, masked_iban};
use kernel::access::may;
use kernel::{
    Failure, Money, Outcome, Page, PayoutBatchId, PayoutId, Text, Time, UserId, VendorId,
};
use platform::Tx;
use platform::http::{Params, Permit, Problem, Reply, cursor, limit};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BatchSummary {
    pub id: PayoutBatchId,
    pub state: BatchState,
    pub prepared_by: UserId,
    pub prepared_at: Time,
    pub released_by: Option<UserId>,
    pub released_at: Option<Time>,
    /// When it was completed or cancelled.
    pub ended_at: Option<Time>,
    pub payouts: i64,
    pub total: Money,
    /// What has arrived so far.
    pub paid: Money,
    pub returned: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BatchView {
    pub summary: BatchSummary,
    pub payouts: Vec<PayoutView>,
}

/// One vendor's part of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PayoutView {
    pub id: PayoutId,
    pub vendor: VendorId,
    pub name: Text,
    /// `SA•• •••• 7519`
    pub iban: String,
    pub amount: Money,
    pub state: PayoutState,
    /// 16 digits: what the bank statement shows.
    pub sequence_number: String,
    /// Why it was returned, in the gateway's words.
    pub reason: Option<String>,
    pub changed_at: Time,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BatchesQuery {
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Payout batches, newest first.
#[utoipa::path(
    get,
    path = "/v1/payouts/batches",
    tag = "settlement",
    params(BatchesQuery),
    responses((status = 200, body = Page<BatchSummary>), (status = "default", body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn list_batches(
    State(me): State<Arc<Settlement>>,
    _: Permit<may::PayoutsRead>,
    Params(query): Params<BatchesQuery>,
) -> Result<Reply<Page<BatchSummary>>, Problem> {
    let before: Option<PayoutBatchId> = query.cursor.as_deref().map(cursor::decode).transpose()?;
    let limit = limit(query.limit);
    let rows = me.batches(before, limit).await?;
    Ok(Reply::ok(Page::from_rows(rows, limit, |row| {
        cursor::encode(&row.id)
    })))
}

/// A batch with its payouts.
#[utoipa::path(
    get,
    path = "/v1/payouts/batches/{id}",
    tag = "settlement",
    params(("id" = PayoutBatchId, Path)),
    responses((status = 200, body = BatchView), (status = "default", body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn show_batch(
    State(me): State<Arc<Settlement>>,
    _: Permit<may::PayoutsRead>,
    Path(id): Path<PayoutBatchId>,
) -> Result<Reply<BatchView>, Problem> {
    let mut tx =
        me.p.db
            .begin()
            .await
            .map_err(Failure::<SettlementFault>::from)?;
    Ok(Reply::ok(me.batch(&mut tx, id).await?))
}

impl Settlement {
    async fn batches(
        &self,
        before: Option<PayoutBatchId>,
        limit: usize,
    ) -> Outcome<Vec<BatchSummary>, SettlementFault> {
        let rows = sqlx::query_as!(
            BatchSummary,
            r#"select b.id as "id: PayoutBatchId", b.state as "state: BatchState",
                      b.prepared_by as "prepared_by: UserId", b.prepared_at,
                      b.released_by as "released_by: UserId", b.released_at, b.ended_at,
                      count(p.id) as "payouts!",
                      coalesce(sum(p.amount_halalas), 0)::bigint as "total!: Money",
                      coalesce(sum(p.amount_halalas) filter (where p.state = 'paid'), 0)::bigint as "paid!: Money",
                      coalesce(sum(p.amount_halalas) filter (where p.state = 'returned'), 0)::bigint as "returned!: Money"
               from settlement.payout_batches b join settlement.payouts p on p.batch = b.id
               where $1::uuid is null or b.id < $1
               group by b.id order by b.id desc limit $2"#,
            before.map(PayoutBatchId::uuid),
            limit as i64 + 1
        )
        .fetch_all(&self.p.db)
        .await?;
        Ok(rows)
    }

    pub(crate) async fn batch(
        &self,
        tx: &mut Tx,
        id: PayoutBatchId,
    ) -> Outcome<BatchView, SettlementFault> {
        let batch = sqlx::query!(
            r#"select state as "state: BatchState", prepared_by as "prepared_by: UserId", prepared_at,
                      released_by as "released_by: UserId", released_at, ended_at
               from settlement.payout_batches where id = $1"#,
            id.uuid()
        )
        .fetch_optional(&mut **tx)
        .await?
        .ok_or(Failure::Refused(SettlementFault::UnknownBatch))?;
        let rows = sqlx::query!(
            r#"select id as "id: PayoutId", vendor as "vendor: VendorId", name_ar, name_en, iban,
                      amount_halalas as "amount: Money", state as "state: PayoutState",
                      sequence_number, reason, changed_at
               from settlement.payouts where batch = $1 order by id"#,
            id.uuid()
        )
        .fetch_all(&mut **tx)
        .await?;
        let mut payouts = Vec::with_capacity(rows.len());
        for row in rows {
            let iban = self
                .p
                .seal
                .open(accounts::payout(row.id), &row.iban)
                .map_err(Failure::<SettlementFault>::internal)?;
            payouts.push(PayoutView {
                id: row.id,
                vendor: row.vendor,
                name: Text::new(row.name_ar, row.name_en),
                iban: masked_iban(&iban),
                amount: row.amount,
                state: row.state,
                sequence_number: format!("{:016}", row.sequence_number),
                reason: row.reason,
                changed_at: row.changed_at,
            });
        }
        let sum = |state: Option<PayoutState>| -> Money {
            let wanted = payouts
                .iter()
                .filter(|p| state.is_none_or(|s| s == p.state));
            wanted.map(|p| p.amount).sum()
        };
        Ok(BatchView {
            summary: BatchSummary {
                id,
                state: batch.state,
                prepared_by: batch.prepared_by,
                prepared_at: batch.prepared_at,
                released_by: batch.released_by,
                released_at: batch.released_at,
                ended_at: batch.ended_at,
                payouts: payouts.len() as i64,
                total: sum(None),
                paid: sum(Some(PayoutState::Paid)),
                returned: sum(Some(PayoutState::Returned)),
            },
            payouts,
        })
    }
}
