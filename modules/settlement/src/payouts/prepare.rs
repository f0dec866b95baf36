use super::BatchView;
use crate::{Settlement, accounts, rules};
use axum::extract::State;
use contract_settlement::SettlementFault;
use kernel::access::{Actor, may};
use kernel::{Failure, Money, Outcome, PayoutBatchId, PayoutId, VendorId};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Collects what is payable to vendors with a bank account into one batch, for another officer to
/// release. Money already in a prepared batch stays there.
#[utoipa::path(
    post,
    path = "/v1/payouts/batches",
    tag = "settlement",
    params(("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 201, body = BatchView), (status = "default", body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn prepare_batch(
    State(me): State<Arc<Settlement>>,
    permit: Permit<may::PayoutsPrepare>,
    idem: Idempotency,
) -> Result<Reply<BatchView>, Problem> {
    idem.once(&me.p, &permit.actor, &(), async |mut tx: Tx| {
        let batch = me.prepare(&mut tx, &permit.actor).await?;
        Ok::<_, Failure<SettlementFault>>((tx, batch))
    })
    .await
    .map(Reply::as_created)
}

impl Settlement {
    async fn prepare(&self, tx: &mut Tx, actor: &Actor) -> Outcome<BatchView, SettlementFault> {
        let now = self.now();
        // One officer after the other: the second sees what the first has taken.
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended('settlement.payouts', 0))::text as locked")
            .fetch_one(&mut **tx)
            .await?;
        let due = sqlx::query!(
            r#"select p.vendor as "vendor: VendorId", -b.balance_halalas as "amount!: Money"
               from settlement.payees p
               join settlement.balances b
                 on b.account = 'vendor:vnd_' || replace(p.vendor::text, '-', '') || ':payable'
               where b.balance_halalas < 0
                 and not exists (select from settlement.payouts o where o.vendor = p.vendor and o.state = 'prepared')
               order by p.vendor
               for update of b"#
        )
        .fetch_all(&mut **tx)
        .await?;
        if due.is_empty() {
            return Err(SettlementFault::NothingToPay.into());
        }
        let batch = PayoutBatchId::new();
        sqlx::query!(
            "insert into settlement.payout_batches (id, state, prepared_by, prepared_at) values ($1, 'prepared', $2, $3)",
            batch.uuid(),
            actor.user.uuid(),
            now
        )
        .execute(&mut **tx)
        .await?;
        for vendor in &due {
            let number =
                sqlx::query_scalar!(r#"select nextval('settlement.payout_numbers') as "number!""#)
                    .fetch_one(&mut **tx)
                    .await?;
            let number = rules::sequence_number(now, number)
                .ok_or_else(|| Failure::internal("payout numbers are used up"))?;
            // Locked: what is sealed here is the account that is copied below.
            let stored = sqlx::query_scalar!(
                "select iban from settlement.payees where vendor = $1 for share",
                vendor.vendor.uuid()
            )
            .fetch_one(&mut **tx)
            .await?;
            let payout = PayoutId::new();
            let seal = &self.p.seal;
            let iban = seal
                .open(accounts::payee(vendor.vendor), &stored)
                .map_err(Failure::<SettlementFault>::internal)?;
            sqlx::query!(
                "insert into settlement.payouts
                     (id, batch, vendor, amount_halalas, sequence_number, state, name_ar, name_en, iban, mobile, city, changed_at)
                 select $1, $2, vendor, $4, $5, 'prepared', name_ar, name_en, $7, mobile, city, $6
                 from settlement.payees where vendor = $3",
                payout.uuid(),
                batch.uuid(),
                vendor.vendor.uuid(),
                vendor.amount.halalas(),
                number.get() as i64,
                now,
                seal.seal(accounts::payout(payout), &iban)
            )
            .execute(&mut **tx)
            .await?;
        }
        let total: Money = due.iter().map(|vendor| vendor.amount).sum();
        let facts = json!({ "payouts": due.len(), "total_halalas": total.halalas() });
        let view = self.batch(tx, batch).await?;
        let (id, change) = (batch.to_string(), Change::made(&view));
        audit::changed(tx, now, actor, "payouts.prepare", &id, change, facts).await?;
        Ok(view)
    }
}
