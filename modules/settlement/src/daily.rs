//! Once a night the books are checked against themselves, and old webhook ids are forgotten.

use crate::Settlement;
use crate::jobs::DailyCheck;
use kernel::days;
use platform::queue::Ctx;

/// The gateway sends an event again for some hours at most (FACTS §2).
const WEBHOOKS_KEPT_DAYS: i64 = 30;

impl Settlement {
    pub(crate) async fn daily_check(&self, ctx: Ctx, _: DailyCheck) -> anyhow::Result<()> {
        sqlx::query!(
            "delete from settlement.webhooks where received_at < $1",
            ctx.now - days(WEBHOOKS_KEPT_DAYS)
        )
        .execute(&self.p.db)
        .await?;
        let books = self.trial_balance().await?;
        metrics::gauge!("settlement_ledger_imbalance_halalas")
            .set(books.imbalance.halalas() as f64);
        metrics::gauge!("settlement_ledger_drifting_accounts").set(books.drifting.len() as f64);
        if books.is_sound() {
            tracing::info!(accounts = books.lines.len(), "the ledger balances");
        } else {
            tracing::error!(
                imbalance_halalas = books.imbalance.halalas(),
                pending_imbalance_halalas = books.pending_imbalance.halalas(),
                held_imbalance_halalas = books.held_imbalance.halalas(),
                drifting = ?books.drifting,
                "the ledger does not balance"
            );
        }
        Ok(())
    }
}
