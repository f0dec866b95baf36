//! Text messages to mobile numbers.
//!
//! Invariants:
//! - A message is sent again by this crate only if the gateway never took it; after an unknown
//!   outcome the caller may repeat the call with the same correlation id, which the gateway
//!   recognises as a duplicate.
//! - Neither a number nor a text is in a log, a span or an error.

mod parts;
mod report;
mod unifonic;

pub use gateway_client::{BreakerState, ClientSettings, GatewayError, Probe, Secret};
pub use parts::{Encoding, Parts, parts};
pub use report::{DeliveryReport, DeliveryState, ReportError, parse_delivery_report};
pub use unifonic::{Unifonic, UnifonicConfig};

use async_trait::async_trait;

/// What the platform asks of an SMS gateway.
#[async_trait]
pub trait SmsGateway: Send + Sync {
    /// Hands the message over; delivery is told later by a report. `correlation_id` names this
    /// message to this number: the same pair is sent once.
    async fn send(
        &self,
        to_e164: &str,
        body: &str,
        correlation_id: &str,
    ) -> Result<SmsReceipt, GatewayError>;

    /// The state of the connection, without calling.
    fn probe(&self) -> Probe;
}

/// The gateway took the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsReceipt {
    /// Names the message in the delivery report; `None` when the gateway had it already.
    pub message_id: Option<String>,
    /// The gateway knew the correlation id: the message was handed over before.
    pub duplicate: bool,
    /// How many parts will be charged, by our own count.
    pub parts: u32,
}
