//! The gateway says that something happened. What it says is not believed: a job asks.

use crate::Settlement;
use crate::jobs::{RefetchPayment, RefetchPayout};
use axum::extract::State;
use bytes::Bytes;
use contract_settlement::SettlementFault;
use gateway_payments::{Subject, WebhookEvent};
use kernel::{Failure, Outcome};
use platform::http::{Problem, Public, Reply};
use platform::queue::{Run, enqueue};
use serde::Serialize;
use std::sync::Arc;

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Taken {
    /// False when this event was taken before.
    new: bool,
}

/// Takes a webhook of the payment gateway: its secret is compared in constant time, a repeated
/// event changes nothing, and the payment or payout it names is fetched again by a job.
#[utoipa::path(
    post,
    path = "/v1/webhooks/moyasar",
    tag = "settlement",
    request_body = String,
    responses((status = 200, body = Taken), (status = "default", body = Problem),
        (status = 401, body = Problem, description = "Not the gateway's secret"))
)]
pub(crate) async fn take_webhook(
    State(me): State<Arc<Settlement>>,
    _: Public,
    body: Bytes,
) -> Result<Reply<Taken>, Problem> {
    let event = me.gateway.parse_webhook(&body).map_err(|error| {
        metrics::counter!("settlement_webhooks_refused_total").increment(1);
        tracing::warn!(cause = %error, "a webhook was refused");
        Failure::Refused(SettlementFault::BadWebhook)
    })?;
    Ok(Reply::ok(Taken {
        new: me.take(event).await?,
    }))
}

impl Settlement {
    async fn take(&self, event: WebhookEvent) -> Outcome<bool, SettlementFault> {
        let now = self.now();
        let mut tx = self.p.db.begin().await?;
        let new = sqlx::query!(
            "insert into settlement.webhooks (id, kind, received_at) values ($1, $2, $3)
             on conflict (id) do nothing",
            event.id,
            format!("{:?}", event.kind),
            now
        )
        .execute(&mut *tx)
        .await?;
        if new.rows_affected() == 0 {
            return Ok(false);
        }
        match event.subject {
            Subject::Payment(payment) => {
                let run = Run::now(now).unique(payment.to_string());
                enqueue(&mut tx, &RefetchPayment { payment }, run).await?;
            }
            Subject::Payout(gateway_id) => {
                let run = Run::now(now).unique(gateway_id.clone());
                enqueue(&mut tx, &RefetchPayout { gateway_id }, run).await?;
            }
            Subject::Other => {}
        }
        tx.commit().await?;
        Ok(true)
    }
}
