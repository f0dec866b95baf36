//! Handing a message to the SMS gateway.

use crate::Notify;
use jiff::SignedDuration;
use kernel::{MessageId, seconds};
use platform::queue::{self, Ctx, Job, Run};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct Deliver {
    pub(crate) message: MessageId,
}
impl Job for Deliver {
    const NAME: &'static str = "notify.deliver";
}

/// The gateway's troubles are no failure of the job: the next attempt is queued in the
/// transaction that ends this one, until the message is stale.
pub(crate) async fn deliver(me: &Notify, ctx: &Ctx, job: Deliver) -> anyhow::Result<()> {
    let claimed = sqlx::query!(
        r#"update notify.messages set attempts = attempts + 1
           where id = $1 and state = 'queued'
           returning phone as "phone!", body, attempts, stale_at"#,
        job.message.uuid()
    )
    .fetch_optional(&me.p.db)
    .await?;
    // Sent by an earlier run whose end was lost, or already reported as delivered.
    let Some(message) = claimed else {
        return Ok(());
    };
    let Some(body) = message.body.filter(|_| message.stale_at > ctx.now) else {
        return fail(ctx, job.message, "stale").await;
    };
    match me
        .sms
        .send(&message.phone, &body, &job.message.to_string())
        .await
    {
        Ok(receipt) => {
            let outcome = if receipt.duplicate {
                "duplicate"
            } else {
                "sent"
            };
            count(outcome);
            sent(ctx, job.message, receipt.message_id).await
        }
        Err(error) if error.is_passing() => {
            count(error.outcome());
            let again = ctx.now + back_off(message.attempts);
            tracing::warn!(message = %job.message, outcome = error.outcome(), "message not sent; will be tried again");
            let mut tx = ctx.begin().await?;
            queue::enqueue(&mut tx, &job, Run::at(again)).await?;
            Ok(ctx.complete(tx).await?)
        }
        Err(error) => {
            count(error.outcome());
            fail(ctx, job.message, error.outcome()).await
        }
    }
}

async fn sent(ctx: &Ctx, message: MessageId, gateway_id: Option<String>) -> anyhow::Result<()> {
    let mut tx = ctx.begin().await?;
    // A delivery report may have come first: then only the gateway's name for it is news.
    sqlx::query!(
        "update notify.messages set
             state = case when state = 'queued' then 'sent' else state end,
             gateway_id = coalesce($2, gateway_id),
             sent_at = coalesce(sent_at, $3),
             body = case when carries_code then null else body end
         where id = $1",
        message.uuid(),
        gateway_id,
        ctx.now
    )
    .execute(&mut *tx)
    .await?;
    Ok(ctx.complete(tx).await?)
}

async fn fail(ctx: &Ctx, message: MessageId, reason: &'static str) -> anyhow::Result<()> {
    let mut tx = ctx.begin().await?;
    sqlx::query!(
        "update notify.messages set
             state = 'failed', failure = $2, ended_at = $3,
             body = case when carries_code then null else body end
         where id = $1 and state = 'queued'",
        message.uuid(),
        reason,
        ctx.now
    )
    .execute(&mut *tx)
    .await?;
    ctx.complete(tx).await?;
    tracing::warn!(%message, reason, "message failed for good");
    Ok(())
}

fn count(outcome: &'static str) {
    metrics::counter!("khidma_notify_sms_total", "outcome" => outcome).increment(1);
}

/// 5 s after the first attempt, doubled each time, ten minutes at most.
fn back_off(attempts: i32) -> SignedDuration {
    seconds((5_i64 << (attempts - 1).clamp(0, 7)).min(600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_come_ever_slower_up_to_ten_minutes() {
        for (attempts, wait_s) in [
            (0, 5),
            (1, 5),
            (2, 10),
            (5, 80),
            (7, 320),
            (8, 600),
            (99, 600),
        ] {
            assert_eq!(back_off(attempts), seconds(wait_s), "{attempts}");
        }
    }
}
