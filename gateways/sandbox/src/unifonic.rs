//! Unifonic's API (FACTS §3).

use crate::faults::Gateway;
use crate::inbox::Message;
use crate::schedule::Task;
use crate::webhooks::Delivery;
use crate::{Sandbox, clock, lock};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Form, Json, Router};
use http::StatusCode;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new().route("/rest/SMS/messages", post(send))
}

/// The first message's number, of the size real ones have.
const FIRST_ID: u64 = 3_200_000_000_001;

fn refusal(status: u16, code: &str, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    // A text, as the real one writes it when it refuses.
    let body = json!({"success": "false", "message": message, "errorCode": code, "data": null});
    (status, Json(body)).into_response()
}

async fn send(
    State(sandbox): State<Sandbox>,
    Form(fields): Form<HashMap<String, String>>,
) -> Response {
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    if field("AppSid") != sandbox.0.config.app_sid {
        return refusal(401, "ER-01", "Authentication failed");
    }
    let recipient = field("Recipient");
    let national = recipient.strip_prefix("9665").unwrap_or_default();
    if national.len() != 8 || !national.bytes().all(|b| b.is_ascii_digit()) {
        return refusal(200, "ER-482", "Invalid dest no");
    }
    let text = field("Body");
    if text.is_empty() {
        return refusal(200, "ER-04", "Body is required");
    }
    let sender = field("SenderID");
    let registered = &sandbox.0.config.sms_senders;
    let known = registered.is_empty() || registered.iter().any(|name| name == sender);
    if !known || sender.is_empty() || sender.chars().count() > 11 {
        return refusal(480, "ER-480", "This sender is not registered");
    }
    let to = format!("+{recipient}");
    let correlation_id = Some(field("CorrelationID")).filter(|id| !id.is_empty());
    let callback = Some(field("statusCallback")).filter(|url| !url.is_empty());

    let mut inbox = lock(&sandbox.0.inbox);
    if correlation_id.is_some_and(|id| inbox.knows(id, &to)) {
        return refusal(409, "ER-409", "Duplicate message");
    }
    let place = inbox.next_place();
    let id = FIRST_ID + place;
    inbox.push(Message {
        id: id.to_string(),
        to,
        body: text.to_owned(),
        sender: sender.to_owned(),
        received_at: clock::timestamp(),
        status: "Queued",
        correlation_id: correlation_id.map(str::to_owned),
        callback: callback.map(str::to_owned),
    });
    drop(inbox);
    let due_ms = sandbox.0.clock.now_ms() + sandbox.0.config.delivery_report_delay_ms;
    sandbox.0.schedule.at(due_ms, Task::Report(place));
    // Both spellings of success are seen in the wild.
    let success = if place.is_multiple_of(2) {
        json!(true)
    } else {
        json!("true")
    };
    Json(json!({
        "success": success,
        "message": "",
        "errorCode": "ER-00",
        "data": {
            "MessageID": id,
            "CorrelationID": correlation_id,
            "Status": "Queued",
            "NumberOfUnits": 1,
            "Cost": 0,
            "Balance": "0",
            "Recipient": recipient,
            "TimeCreated": clock::timestamp(),
            "CurrencyCode": "SAR",
        },
    }))
    .into_response()
}

impl Sandbox {
    /// Decides a message's fate, by its number, and reports it to whoever asked.
    pub(crate) fn report(&self, place: u64) {
        let message = {
            let mut inbox = lock(&self.0.inbox);
            let Some(message) = inbox.get_mut(place) else {
                return;
            };
            message.status = if message.to.ends_with("00000") {
                "Undeliverable"
            } else {
                "Delivered"
            };
            message.clone()
        };
        let Some(url) = message.callback else {
            return;
        };
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("MessageID", &message.id)
            .append_pair("DLR", message.status)
            .append_pair("Recipient", message.to.trim_start_matches('+'))
            .append_pair("TimeCreated", &message.received_at)
            .append_pair(
                "CorrelationID",
                message.correlation_id.as_deref().unwrap_or(""),
            )
            .finish();
        self.dispatch(Delivery {
            key: Uuid::new_v4(),
            gateway: Gateway::Sms,
            url,
            content_type: "application/x-www-form-urlencoded".into(),
            body,
            failed: 0,
        });
    }
}
