//! How Khidma speaks to the outside world over HTTP: one client per gateway, with time-outs,
//! retries with full jitter, a circuit breaker and errors that say what is known about the
//! outcome.
//!
//! Invariants:
//! - A call is repeated only when repeating is safe: it is idempotent by the gateway's own rules,
//!   or the gateway never saw it (no connection, or it answered 429).
//! - A secret is never in a `Debug`, a log line or a span.
//! - An error that may hide a done deed says so: [`GatewayError::is_outcome_unknown`].

mod backoff;
mod breaker;
mod call;
mod client;
mod error;
mod secret;
mod settings;

pub use backoff::backoff_ms;
pub use breaker::{Breaker, BreakerSettings, BreakerState, Refusal};
pub use call::{Answer, Call};
pub use client::{Authentication, ClientError, GatewayClient, Probe, Rejection};
pub use error::GatewayError;
pub use secret::Secret;
pub use settings::ClientSettings;

pub use http::{Method, StatusCode};
