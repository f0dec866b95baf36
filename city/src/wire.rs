//! What the platform and the sandbox answer: only the fields the city looks at.

use contract_bookings::{BookingState, JobState};
use contract_catalog::{Category, ChecklistItem};
use contract_location::{Place, Zone};
use contract_settlement::Hold;
use contract_sla::ClockView;
use kernel::{
    BookingId, ExtraCostId, GeoPoint, Money, PayoutBatchId, QuoteId, TechnicianId, Time, UploadId,
};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// `GET /dev/clock`
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct PlatformClock {
    pub now: Time,
    pub speed: f64,
}

/// `GET /dev/idle`
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Idle {
    /// Jobs due or running at the platform's present, crons included.
    pub due: u64,
    /// Dead letters.
    pub dead: u64,
    /// When the next job or cron is due.
    pub next_at: Option<Time>,
}

/// `GET /sandbox/idle`
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct SandboxIdle {
    pub pending_webhooks: u64,
    pub pending_payouts: u64,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct SandboxSpeed {
    pub speed: f64,
}

/// A text message in the sandbox.
#[derive(Clone, Deserialize)]
pub(crate) struct Message {
    pub id: String,
    pub body: String,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Token {
    pub id: String,
}

#[derive(Clone, Deserialize)]
pub(crate) struct CodeSent {
    pub challenge: Uuid,
}

#[derive(Clone, Deserialize)]
pub(crate) struct SignedIn {
    pub access_token: String,
    pub expires_at: Time,
    pub refresh_token: String,
}

#[derive(Clone, Deserialize)]
pub(crate) struct SteppedUp {
    pub(crate) access_token: String,
    pub(crate) expires_at: Time,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CatalogTree {
    pub categories: Vec<Category>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Zones {
    pub zones: Vec<Zone>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Quote {
    pub id: QuoteId,
    pub place: Place,
}

#[derive(Debug, Deserialize)]
pub(crate) struct BookingView {
    pub id: BookingId,
    pub state: BookingState,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Payment {
    pub hold: Hold,
    pub challenge_url: Option<String>,
    pub booking: BookingView,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Extra {
    pub id: ExtraCostId,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ExtraPayment {
    pub hold: Hold,
    pub challenge_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Track {
    pub state: BookingState,
    pub clocks: Vec<ClockView>,
    pub finish_code: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct JobView {
    pub booking: BookingId,
    pub state: JobState,
    pub pin: GeoPoint,
    pub slot: Option<Time>,
    pub duration_minutes: u32,
    pub checklist: Vec<ChecklistItem>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Upload {
    pub id: UploadId,
}

/// `GET /v1/technician/me`
#[derive(Debug, Deserialize)]
pub(crate) struct TechnicianSelf {
    pub id: TechnicianId,
    pub home: GeoPoint,
    /// Sunday first; null is a day off.
    pub week: Vec<Option<Value>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Batch {
    pub summary: BatchSummary,
}

#[derive(Debug, Deserialize)]
pub(crate) struct BatchSummary {
    pub id: PayoutBatchId,
    pub total: Money,
    pub paid: Money,
    pub returned: Money,
}

#[derive(Debug, Deserialize)]
pub(crate) struct TrialBalance {
    pub imbalance: Money,
    pub pending_imbalance: Money,
    pub held_imbalance: Money,
    pub drifting: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    pub kind: String,
    pub postings: Vec<Posting>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Posting {
    pub account: String,
    /// A debit is positive.
    pub amount: Money,
}
