use crate::BreakerSettings;
use serde::{Deserialize, Serialize};

/// How patient the client is with one gateway. Every field has a default, so a configuration
/// file names only what differs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientSettings {
    /// To open a connection, TLS included.
    pub connect_timeout_ms: u64,
    /// For one attempt, from connecting to the last byte of the answer.
    pub attempt_timeout_ms: u64,
    /// For the whole call: all attempts and the pauses between them.
    pub total_timeout_ms: u64,
    /// The first try included. 1 never repeats.
    pub max_attempts: u32,
    /// The pause before attempt n+1 is random between 0 and `min(cap, base × 2ⁿ)`.
    pub backoff_base_ms: u64,
    pub backoff_cap_ms: u64,
    /// A longer answer is refused as a bad one.
    pub max_answer_bytes: usize,
    pub breaker: BreakerSettings,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            connect_timeout_ms: 3_000,
            attempt_timeout_ms: 15_000,
            total_timeout_ms: 25_000,
            max_attempts: 3,
            backoff_base_ms: 200,
            backoff_cap_ms: 3_000,
            max_answer_bytes: 1 << 20,
            breaker: BreakerSettings::default(),
        }
    }
}
