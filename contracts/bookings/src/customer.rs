//! What a customer's app asks for around a booking: what is offered here, saved places, where the
//! money is, the rating, the receipt.

use crate::ExtraLine;
use contract_catalog::PriceLine;
use contract_location::Place;
pub use contract_settlement::CardMark;
use kernel::{BookingId, GeoPoint, Money, SavedPlaceId, Slug, Text, Time};
use serde::{Deserialize, Serialize};

/// Where the money of a booking is. Held is not paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum MoneyState {
    /// Nothing was ever held.
    None,
    /// Reserved on the card; not taken.
    Held,
    /// Taken: the work was accepted, or cancelling had a fee.
    Charged,
    /// All of it went back to the card.
    Returned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BookingMoney {
    pub state: MoneyState,
    /// Reserved now.
    pub held: Money,
    /// Taken from the card.
    pub charged: Money,
    /// Was reserved and is free again.
    pub returned: Money,
}

/// What is offered at a place now, before anybody signs in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Here {
    pub place: Place,
    /// In the order of the catalog.
    pub categories: Vec<HereCategory>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct HereCategory {
    pub category: Slug,
    pub served: bool,
    /// The smallest total a customer could pay in this category: fees and VAT inside.
    pub from: Money,
    /// What an immediate booking is promised now; absent where the category is not served.
    pub arrive_within_minutes: Option<u32>,
    pub arrive_by: Option<Time>,
}

/// A place a customer comes back to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SavedPlace {
    pub id: SavedPlaceId,
    /// The customer's own word: home, the office.
    pub label: String,
    pub pin: GeoPoint,
    pub sector: Slug,
    pub sector_name: Text,
    /// For the technician.
    pub note: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SavedPlaces {
    /// Oldest first.
    pub items: Vec<SavedPlace>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SavePlace {
    /// 1 to 40 characters.
    pub label: String,
    /// Inside our zones.
    pub pin: GeoPoint,
    /// At most 500 characters.
    #[serde(default)]
    pub note: String,
}

/// What was removed is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Removed {
    pub removed: bool,
}

/// What the customer thought of the visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Rate {
    /// 1 to 5.
    pub stars: u8,
    /// `on_time`, `tidy`: at most 10.
    #[serde(default)]
    pub tags: Vec<Slug>,
    /// At most 500 characters.
    #[serde(default)]
    pub comment: String,
}

/// From the moment money is held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Receipt {
    pub booking: BookingId,
    pub reference: String,
    pub seller_name: Text,
    /// The seller's VAT registration number, 15 digits.
    pub vat_number: String,
    /// When the money was taken; while it is held, when the booking was made.
    pub issued_at: Time,
    pub service_name: Text,
    pub lines: Vec<PriceLine>,
    /// Approved extra material.
    pub materials: Vec<ExtraLine>,
    /// Of the lines and the materials; the fee of cancelling, once cancelled.
    pub total: Money,
    /// The VAT inside `total`.
    pub vat: Money,
    /// What cancelling cost.
    pub fee: Money,
    /// What came back for a broken promise.
    pub remedy: Money,
    pub money: BookingMoney,
    pub card: Option<CardMark>,
    /// `held`, `charged` or `returned`.
    pub status: MoneyState,
    /// What the QR code says (ZATCA phase 1: Base64 of TLV); only once money was taken.
    pub qr: Option<String>,
}
