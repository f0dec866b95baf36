//! A job that nobody takes reaches a dispatcher: once, with the first reason.

use crate::Dispatch;
use contract_dispatch::JobEscalated;
use contract_sla::{ClockKind, ClockWarned};
use kernel::{BookingId, JobId, Time};
use platform::queue::Ctx;
use sqlx::PgConnection;

/// Escalates unless it was before or has no need to. True the first time.
pub(crate) async fn once(
    tx: &mut PgConnection,
    now: Time,
    job: JobId,
    reason: &str,
) -> sqlx::Result<bool> {
    let booking = sqlx::query_scalar!(
        r#"UPDATE dispatch.requests SET escalated_at = $2, escalated_for = $3
           WHERE job = $1 AND escalated_at IS NULL AND state IN ('waiting', 'offered')
           RETURNING booking AS "booking: BookingId""#,
        job.uuid(),
        now,
        reason
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(booking) = booking else {
        return Ok(false);
    };
    let event = JobEscalated {
        job,
        booking,
        reason: reason.to_owned(),
    };
    platform::events::publish(tx, now, &event).await?;
    metrics::counter!("khidma_dispatch_escalations_total", "reason" => reason.to_owned())
        .increment(1);
    Ok(true)
}

impl Dispatch {
    /// Most of the respond time is gone and nobody has the job.
    pub(crate) async fn on_clock_warned(
        &self,
        ctx: &Ctx,
        event: ClockWarned,
    ) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        if event.kind == ClockKind::Respond && event.percent >= self.settings.escalate_at_percent {
            once(&mut tx, ctx.now, event.job, "respond_warning").await?;
        }
        ctx.complete(tx).await?;
        Ok(())
    }
}
