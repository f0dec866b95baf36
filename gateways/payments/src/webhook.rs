use gateway_client::Secret;
use kernel::Time;
use serde::Deserialize;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// Something happened to a payment or a payout: ask the gateway what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEvent {
    /// The same event is sent again until it is answered with 2xx: deduplicate on this.
    pub id: String,
    pub kind: WebhookKind,
    pub created_at: Option<Time>,
    /// False from a test account.
    pub live: bool,
    pub subject: Subject,
}

/// What to fetch again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Payment(Uuid),
    /// By the gateway's payout id.
    Payout(String),
    /// Nothing we follow.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookKind {
    PaymentPaid,
    /// Also spelt `payment_faild` by the gateway.
    PaymentFailed,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentRefunded,
    PaymentVoided,
    PaymentVerified,
    PayoutInitiated,
    PayoutPaid,
    PayoutFailed,
    PayoutCanceled,
    PayoutReturned,
    Other(String),
}

impl WebhookKind {
    fn read(text: &str) -> Self {
        match text {
            "payment_paid" => Self::PaymentPaid,
            "payment_failed" | "payment_faild" => Self::PaymentFailed,
            "payment_authorized" => Self::PaymentAuthorized,
            "payment_captured" => Self::PaymentCaptured,
            "payment_refunded" => Self::PaymentRefunded,
            "payment_voided" => Self::PaymentVoided,
            "payment_verified" => Self::PaymentVerified,
            "payout_initiated" => Self::PayoutInitiated,
            "payout_paid" => Self::PayoutPaid,
            "payout_failed" => Self::PayoutFailed,
            "payout_canceled" | "payout_cancelled" => Self::PayoutCanceled,
            "payout_returned" => Self::PayoutReturned,
            other => Self::Other(other.to_owned()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    #[error("the webhook is not what the gateway sends")]
    Malformed,
    #[error("the webhook's secret is not ours")]
    WrongSecret,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(borrow)]
    secret_token: std::borrow::Cow<'a, str>,
    #[serde(default)]
    live: bool,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    id: String,
}

/// What can be kept as an id: the gateway's own are UUIDs and short words.
fn is_name(text: &str) -> bool {
    (1..=128).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// Reads `{id, type, created_at, secret_token, account_name, live, data}` and compares the secret
/// in constant time. An empty expected secret matches nothing.
pub fn parse_webhook(body: &[u8], expected_secret: &Secret) -> Result<WebhookEvent, WebhookError> {
    let envelope: Envelope<'_> =
        serde_json::from_slice(body).map_err(|_| WebhookError::Malformed)?;
    let same = envelope
        .secret_token
        .as_bytes()
        .ct_eq(expected_secret.expose().as_bytes());
    if expected_secret.is_empty() || !bool::from(same) {
        return Err(WebhookError::WrongSecret);
    }
    let names = [&envelope.id, &envelope.kind, &envelope.data.id];
    if !names.into_iter().all(|name| is_name(name)) {
        return Err(WebhookError::Malformed);
    }
    let subject = if envelope.kind.starts_with("payment_") {
        let id = envelope.data.id.parse();
        Subject::Payment(id.map_err(|_| WebhookError::Malformed)?)
    } else if envelope.kind.starts_with("payout_") {
        Subject::Payout(envelope.data.id)
    } else {
        Subject::Other
    };
    Ok(WebhookEvent {
        id: envelope.id,
        kind: WebhookKind::read(&envelope.kind),
        created_at: envelope.created_at.and_then(|text| text.parse().ok()),
        live: envelope.live,
        subject,
    })
}
