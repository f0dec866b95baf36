//! Holds that nobody finishes, holds that grow old, holds that nobody wants.

use crate::Settlement;
use crate::hold_rows::by_id;
use crate::holds::is_refusal;
use crate::jobs::{SweepHolds, VoidHold};
use crate::ledger::lock_booking;
use crate::observe::let_go;
use contract_settlement::{HoldExpired, HoldStatus, SettlementFault};
use gateway_payments::Outcome as Standing;
use kernel::{HoldId, Outcome, Time, minutes};
use platform::events;
use platform::queue::{Ctx, Run, enqueue};

/// Holds looked at in one sweep; what is left waits for the next.
const A_SWEEP: i64 = 500;
/// The customer's return or a webhook is expected to bring the news sooner.
const ASK_AFTER_MINUTES: i64 = 5;

impl Settlement {
    pub(crate) async fn sweep_holds(&self, ctx: Ctx, _: SweepHolds) -> anyhow::Result<()> {
        let waiting = sqlx::query!(
            r#"select id as "id: HoldId", payment, created_at from settlement.holds
               where status in ('pending', 'challenge') and created_at < $1
               order by created_at, id limit $2"#,
            ctx.now - minutes(ASK_AFTER_MINUTES),
            A_SWEEP
        )
        .fetch_all(&self.p.db)
        .await?;
        let too_long = minutes(self.settings.challenge_life_minutes.into());
        for hold in waiting {
            let payment = match self.gateway.payment(hold.payment).await {
                Ok(Some(payment)) => payment,
                // `recover_hold` decides about what the gateway does not know.
                Ok(None) => continue,
                Err(error) => {
                    tracing::warn!(cause = %error, "the sweep of holds stops here");
                    break;
                }
            };
            let row = self.observe(hold.id, &payment).await?;
            if row.is_unanswered() && ctx.now.since(hold.created_at) > too_long {
                self.give_up(hold.id, "challenge_abandoned").await?;
            }
        }
        let old = sqlx::query_scalar!(
            r#"select id as "id: HoldId" from settlement.holds
               where status = 'authorized' and expires_at <= $1 and requested_halalas is null
               order by expires_at, id limit $2"#,
            ctx.now,
            A_SWEEP
        )
        .fetch_all(&self.p.db)
        .await?;
        for hold in old {
            self.expire(ctx.now, hold).await?;
        }
        Ok(())
    }

    /// An old hold still says `authorized` at the gateway (FACTS §2): we stop counting on it, tell
    /// the booking, and give it back.
    async fn expire(&self, now: Time, hold: HoldId) -> Outcome<(), SettlementFault> {
        let mut tx = self.p.db.begin().await?;
        let booking = by_id(&mut *tx, hold).await?.booking;
        lock_booking(&mut tx, booking).await?;
        let row = by_id(&mut *tx, hold).await?;
        if row.status() == HoldStatus::Authorized && row.requested.is_none() {
            let_go(&mut tx, now, &row, HoldStatus::Expired).await?;
            let event = HoldExpired {
                hold,
                booking,
                purpose: row.purpose(),
                amount: row.amount,
            };
            events::publish(&mut tx, now, &event).await?;
            enqueue(
                &mut tx,
                &VoidHold { hold },
                Run::now(now).unique(hold.to_string()),
            )
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn void_hold(&self, _: Ctx, job: VoidHold) -> anyhow::Result<()> {
        let row = by_id(&self.p.db, job.hold).await?;
        // One that is being captured ends by that.
        let taken = row.requested.is_some() && row.status() == HoldStatus::Authorized;
        if taken || row.status() == HoldStatus::Captured {
            return Ok(());
        }
        match self.gateway.void(row.payment).await {
            Ok(payment) => {
                self.observe(job.hold, &payment).await?;
                Ok(())
            }
            Err(error) if is_refusal(&error) => self.settle_refused_void(job.hold).await,
            Err(error) => Err(error.into()),
        }
    }

    /// The gateway would not void: what it says of the payment counts, and a hold it still shows
    /// as held has run out at the bank.
    async fn settle_refused_void(&self, hold: HoldId) -> anyhow::Result<()> {
        let row = by_id(&self.p.db, hold).await?;
        match self.gateway.payment(row.payment).await? {
            Some(payment) if payment.outcome() != Standing::Held => {
                self.observe(hold, &payment).await?;
                Ok(())
            }
            _ => Ok(self.lapse(hold).await?),
        }
    }

    /// The gateway refused to capture or void what we thought was held.
    pub(crate) async fn lapse(&self, hold: HoldId) -> Outcome<(), SettlementFault> {
        tracing::error!(%hold, "the gateway no longer honours a hold");
        let now = self.now();
        let mut tx = self.p.db.begin().await?;
        let booking = by_id(&mut *tx, hold).await?.booking;
        lock_booking(&mut tx, booking).await?;
        let row = by_id(&mut *tx, hold).await?;
        let_go(&mut tx, now, &row, HoldStatus::Expired).await?;
        tx.commit().await?;
        Ok(())
    }
}
