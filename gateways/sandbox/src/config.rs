use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;
use url::Url;

/// What the sandbox answers to and how fast its world turns. Every field has a default.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SandboxConfig {
    pub publishable_key: String,
    pub secret_key: String,
    /// Sent as `secret_token` in webhooks.
    pub webhook_secret: String,
    /// Where payment and payout webhooks go; none are sent without it.
    pub webhook_url: Option<Url>,
    /// The only account payouts may be paid from.
    pub payout_source_id: String,
    pub app_sid: String,
    /// Registered senders; empty takes any of at most 11 characters.
    pub sms_senders: Vec<String>,
    pub national_address_key: String,
    /// All delays are divided by this.
    pub speed: f64,
    /// From `queued` to the end, before division; half of it to `initiated`.
    pub payout_delay_ms: u64,
    pub delivery_report_delay_ms: u64,
    pub fee_mada_basis_points: i64,
    pub fee_other_basis_points: i64,
    pub fee_fixed_halalas: i64,
    /// Payouts to these come back, as do those to any IBAN that ends in 0000.
    pub returning_ibans: Vec<String>,
    /// Where a browser reaches the sandbox; by default the address it listens on.
    pub public_url: Option<Url>,
    /// Keeps payments, tokens, payouts and unsent webhooks over a restart.
    pub state_file: Option<PathBuf>,
    /// Messages kept; beyond it the oldest go.
    pub inbox_size: usize,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            publishable_key: "pk_test_khidma_sandbox".into(),
            secret_key: "sk_test_khidma_sandbox".into(),
            webhook_secret: "whsec_khidma_sandbox".into(),
            webhook_url: None,
            payout_source_id: "00000000-0000-4000-8000-000000000001".into(),
            app_sid: "app_sid_khidma_sandbox".into(),
            sms_senders: Vec::new(),
            national_address_key: "na_key_khidma_sandbox".into(),
            speed: 1.0,
            payout_delay_ms: 60_000,
            delivery_report_delay_ms: 2_000,
            fee_mada_basis_points: 100,
            fee_other_basis_points: 250,
            fee_fixed_halalas: 100,
            returning_ibans: Vec::new(),
            public_url: None,
            state_file: None,
            inbox_size: 20_000,
        }
    }
}

impl fmt::Debug for SandboxConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxConfig")
            .field("webhook_url", &self.webhook_url.as_ref().map(Url::as_str))
            .field("speed", &self.speed)
            .field("public_url", &self.public_url.as_ref().map(Url::as_str))
            .field("state_file", &self.state_file)
            .finish_non_exhaustive()
    }
}
