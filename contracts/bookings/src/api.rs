//! The bodies of the public requests about bookings, as the apps and the server share them.

use crate::{BookingFault, BookingMoney, BookingState, JobState, Rate};
use contract_catalog::{ChecklistItem, PriceLine};
use contract_location::{Place, Position};
use contract_settlement::{Hold, PayWith};
use contract_sla::{ClockView, Promise, Urgency};
use kernel::{
    BookingId, CardId, ExtraCostId, GeoPoint, JobId, Money, QuoteId, Slug, TechnicianId, Text,
    Time, UploadId, VendorId,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AskQuote {
    pub pin: GeoPoint,
    pub service: Slug,
    #[serde(default)]
    pub options: Vec<Slug>,
    #[serde(default = "one")]
    pub quantity: u32,
    /// Start of the visit; absent means now.
    #[serde(default)]
    pub slot: Option<Time>,
}

fn one() -> u32 {
    1
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct QuoteView {
    pub id: QuoteId,
    pub place: Place,
    pub service: Slug,
    pub service_name: Text,
    pub quantity: u32,
    pub urgency: Urgency,
    pub slot: Option<Time>,
    pub lines: Vec<PriceLine>,
    pub total: Money,
    /// The VAT inside `total`.
    pub vat: Money,
    pub promise: Promise,
    pub duration_minutes: u32,
    pub expires_at: Time,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CreateBooking {
    pub quote: QuoteId,
    /// For the technician: the gate, the floor, where to park. At most 500 characters.
    #[serde(default)]
    pub address_note: String,
    #[serde(default)]
    pub preferred_technician: Option<TechnicianId>,
}

/// With which card: a token just made in the browser, or a saved card. Exactly one of the two.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Pay {
    /// Made by the gateway in the customer's browser.
    #[serde(default)]
    pub card_token: Option<String>,
    /// A saved card of one's own: `GET /v1/me/cards`.
    #[serde(default)]
    pub card: Option<CardId>,
    /// Keep the new card for the next time, once the bank has said yes.
    #[serde(default)]
    pub save: bool,
}
/// Without the card token.
impl std::fmt::Debug for Pay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pay")
            .field("card", &self.card)
            .field("save", &self.save)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PaymentView {
    pub hold: Hold,
    /// Send the customer here; they come back and `POST …/payment/return` follows.
    pub challenge_url: Option<String>,
    pub booking: BookingView,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BookingView {
    pub id: BookingId,
    /// `BK-10001`, for people.
    pub reference: String,
    pub state: BookingState,
    pub pin: GeoPoint,
    pub sector: Slug,
    pub sector_name: Text,
    pub zone: Slug,
    pub address_note: String,
    pub category: Slug,
    pub service: Slug,
    pub service_name: Text,
    pub quantity: u32,
    pub urgency: Urgency,
    pub slot: Option<Time>,
    pub duration_minutes: u32,
    /// As it was quoted. Once the clocks run, they tell: `GET /v1/bookings/{id}/track`.
    pub promise: Promise,
    pub lines: Vec<PriceLine>,
    /// What was quoted.
    pub total: Money,
    /// Approved extra material.
    pub materials: Money,
    /// The VAT inside `total` and `materials`.
    pub vat: Money,
    /// What cancelling cost, once cancelled.
    pub fee: Money,
    /// What came back for a broken promise.
    pub remedy: Money,
    /// Where the customer's money is.
    pub money: BookingMoney,
    pub job: Option<JobId>,
    pub job_state: Option<JobState>,
    pub technician: Option<TechnicianId>,
    pub vendor: Option<VendorId>,
    /// What the customer thought of it.
    pub rating: Option<Rate>,
    /// Until when it can be rated or the rating changed; absent while it is too early.
    pub rate_until: Option<Time>,
    pub extras: Vec<ExtraView>,
    pub story: Vec<StoryLine>,
    pub created_at: Time,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct StoryLine {
    pub what: String,
    pub was: Option<String>,
    pub becomes: Option<String>,
    pub at: Time,
    #[cfg_attr(feature = "server", schema(value_type = Object))]
    pub details: serde_json::Value,
}

/// A booking in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BookingLine {
    pub id: BookingId,
    pub reference: String,
    pub state: BookingState,
    pub job_state: Option<JobState>,
    pub category: Slug,
    pub service: Slug,
    pub service_name: Text,
    pub sector_name: Text,
    pub urgency: Urgency,
    pub slot: Option<Time>,
    /// What the customer pays: the quote, and the material approved since.
    pub total: Money,
    /// Stars, where the customer gave them.
    pub stars: Option<u8>,
    pub created_at: Time,
}

/// A visit as the technician sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct JobView {
    pub id: JobId,
    pub booking: BookingId,
    pub reference: String,
    pub state: JobState,
    pub booking_state: BookingState,
    pub pin: GeoPoint,
    pub sector_name: Text,
    pub address_note: String,
    pub service_name: Text,
    pub slot: Option<Time>,
    pub duration_minutes: u32,
    pub checklist: Vec<ChecklistItem>,
    pub eta: Option<Time>,
    pub arrived_at: Option<Time>,
    pub finished_at: Option<Time>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct TrackView {
    pub booking: BookingId,
    pub state: BookingState,
    pub job: Option<JobId>,
    pub job_state: Option<JobState>,
    pub technician: Option<TrackedTechnician>,
    /// Only while the technician is on the way or at work, and only while it is known.
    pub position: Option<Position>,
    /// An estimate, not the promise.
    pub eta: Option<Time>,
    /// The promises and how they are doing.
    pub clocks: Vec<ClockView>,
    /// Show it to the technician when the work is done and you are content.
    pub finish_code: Option<String>,
    pub now: Time,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct TrackedTechnician {
    pub id: TechnicianId,
    pub name: Text,
    pub vendor: Text,
    /// The mean of what customers gave, to one decimal; absent under three ratings.
    pub rating: Option<f32>,
    /// Visits finished with us.
    pub visits: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Cancel {
    #[serde(default)]
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CancellationFee {
    pub allowed: bool,
    pub fee: Money,
    /// What goes back to the card.
    pub returned: Money,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AskExtra {
    pub lines: Vec<ExtraLine>,
    /// The receipt's photo: `POST /v1/uploads`.
    pub receipt: UploadId,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ExtraView {
    pub id: ExtraCostId,
    pub booking: BookingId,
    pub job: JobId,
    /// `pending`, `approved`, `declined`.
    pub state: String,
    pub lines: Vec<ExtraLine>,
    pub total: Money,
    pub receipt: UploadId,
    pub requested_at: Time,
    pub decided_at: Option<Time>,
}

impl Pay {
    /// The one card it names.
    pub fn with(&self) -> Result<PayWith, BookingFault> {
        match (&self.card_token, self.card) {
            (Some(token), None) if !token.is_empty() => Ok(PayWith::Token {
                token: token.clone(),
                save: self.save,
            }),
            (None, Some(card)) => Ok(PayWith::Saved(card)),
            _ => Err(BookingFault::ChooseOneCard),
        }
    }
}

/// As at checkout: a token just made, or a saved card.
pub type ApproveExtra = Pay;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ExtraPayment {
    pub extra: ExtraView,
    pub hold: Hold,
    pub challenge_url: Option<String>,
}

/// One line of extra material.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ExtraLine {
    pub name: String,
    pub quantity: u32,
    /// VAT inside.
    pub unit_price: Money,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct FinishCode {
    /// Four digits, from the customer.
    pub code: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CheckIn {
    /// Where the technician's phone is.
    pub point: GeoPoint,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Finish {
    pub checklist: Vec<CheckedItem>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CheckedItem {
    pub slug: Slug,
    pub done: bool,
    #[serde(default)]
    pub photo: Option<UploadId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct GiveBackJob {
    /// Why, in a few words; the dispatcher reads it.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Upload {
    pub id: UploadId,
    pub content_type: String,
    pub bytes: u32,
    pub created_at: Time,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct UploadLink {
    /// Anyone may follow it until it expires.
    pub url: String,
    pub expires_in_s: u32,
}
