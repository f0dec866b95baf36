//! Delivery reports of the SMS gateway. It signs nothing, so the address it was given carries a
//! secret.

use crate::Notify;
use axum::body::Bytes;
use axum::extract::State;
use contract_notify::NotifyFault;
use gateway_sms::{DeliveryReport, DeliveryState, parse_delivery_report};
use kernel::{MessageId, Outcome, Time};
use platform::http::{Params, Problem, Public, Reply};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use url::Url;
use utoipa::{IntoParams, ToSchema};

const SHORTEST_TOKEN: usize = 16;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportParams {
    /// The secret of the address.
    #[serde(default)]
    token: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReportTaken {
    pub(crate) received: bool,
}

/// The token in the address given to the gateway.
pub(crate) fn token_of(status_callback: &str) -> Option<String> {
    Url::parse(status_callback)
        .ok()?
        .query_pairs()
        .find(|(name, _)| name == "token")
        .map(|(_, value)| value.into_owned())
        .filter(|token| token.len() >= SHORTEST_TOKEN)
}

/// Takes a delivery report, as a form or as JSON. Reports of messages that are not ours, or that
/// say nothing new, are taken and ignored.
#[utoipa::path(post, path = "/v1/webhooks/unifonic", tag = "notify", params(ReportParams),
    request_body(content = String, content_type = "application/x-www-form-urlencoded",
        description = "`MessageID`, `DLR` (`Delivered`, `Undeliverable`), optionally `CorrelationID`"),
    responses((status = 200, body = ReportTaken), (status = "default", body = Problem),
        (status = 401, body = Problem, description = "Not the gateway's secret")))]
pub(crate) async fn delivery_report(
    State(me): State<Arc<Notify>>,
    _: Public,
    Params(params): Params<ReportParams>,
    body: Bytes,
) -> Result<Reply<ReportTaken>, Problem> {
    let trusted = me
        .report_token
        .as_ref()
        .is_some_and(|token| token.as_bytes().ct_eq(params.token.as_bytes()).into());
    if !trusted {
        return Err(Problem::of(&NotifyFault::BadWebhook));
    }
    let report = parse_delivery_report(&body).map_err(|_| Problem::of(&NotifyFault::BadReport))?;
    take(&me, me.p.now(), report).await?;
    Ok(Reply::ok(ReportTaken { received: true }))
}

async fn take(me: &Notify, now: Time, report: DeliveryReport) -> Outcome<(), NotifyFault> {
    let (state, failure) = match report.state {
        DeliveryState::Delivered => ("delivered", None),
        DeliveryState::Undeliverable => ("failed", Some("undeliverable")),
        DeliveryState::Other(_) => return Ok(()),
    };
    let ours: Option<MessageId> = report.correlation_id.and_then(|id| id.parse().ok());
    // Also from `queued`: the report can overtake the answer to our own call.
    sqlx::query!(
        "update notify.messages set
             state = $3, failure = $4, ended_at = $5,
             gateway_id = coalesce(gateway_id, $1),
             body = case when carries_code then null else body end
         where (gateway_id = $1 or id = $2) and channel = 'sms' and state in ('queued', 'sent')",
        report.message_id,
        ours.map(|id| id.uuid()),
        state,
        failure,
        now
    )
    .execute(&me.p.db)
    .await?;
    metrics::counter!("khidma_notify_reports_total", "state" => state).increment(1);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_the_one_in_the_address_and_not_a_short_one() {
        let url = "https://api.khidma.sa/v1/webhooks/unifonic?token=0123456789abcdef";
        assert_eq!(token_of(url).as_deref(), Some("0123456789abcdef"));
        for bad in [
            "",
            "https://api.khidma.sa/v1/webhooks/unifonic",
            "https://api.khidma.sa/v1/webhooks/unifonic?token=short",
            "https://api.khidma.sa/v1/webhooks/unifonic?token=",
        ] {
            assert_eq!(token_of(bad), None, "{bad}");
        }
    }
}
