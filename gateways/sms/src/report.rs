use serde_json::Value;
use std::collections::BTreeMap;

/// What became of a message, as the gateway posts it to our status callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    pub message_id: String,
    /// What we called the message when sending it, if the gateway says it back.
    pub correlation_id: Option<String>,
    pub state: DeliveryState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    Delivered,
    /// Final: the number is off, barred or does not exist.
    Undeliverable,
    /// Neither yet (`Sent`, `Queued`, …).
    Other(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a delivery report")]
pub struct ReportError;

/// What can be kept: the gateway's own are numbers and words.
fn is_value(text: &str) -> bool {
    (1..=128).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// Reads a report sent as a form or as JSON: `MessageID`, `DLR`, and perhaps `CorrelationID`.
/// The gateway signs nothing: the callback URL must carry a secret of ours.
pub fn parse_delivery_report(body: &[u8]) -> Result<DeliveryReport, ReportError> {
    let fields = if body.trim_ascii_start().starts_with(b"{") {
        let object: BTreeMap<String, Value> =
            serde_json::from_slice(body).map_err(|_| ReportError)?;
        object
            .into_iter()
            .map(|(name, value)| match value {
                Value::String(text) => (name, text),
                other => (name, other.to_string()),
            })
            .collect()
    } else {
        url::form_urlencoded::parse(body)
            .into_owned()
            .collect::<BTreeMap<String, String>>()
    };
    let field = |name: &str| {
        fields
            .iter()
            .find(|(key, value)| key.eq_ignore_ascii_case(name) && is_value(value))
            .map(|(_, value)| value.clone())
    };
    let state = match field("DLR").ok_or(ReportError)? {
        text if text.eq_ignore_ascii_case("delivered") => DeliveryState::Delivered,
        text if text.eq_ignore_ascii_case("undeliverable") => DeliveryState::Undeliverable,
        text => DeliveryState::Other(text),
    };
    Ok(DeliveryReport {
        message_id: field("MessageID").ok_or(ReportError)?,
        correlation_id: field("CorrelationID"),
        state,
    })
}
