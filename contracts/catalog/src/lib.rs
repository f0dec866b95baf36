//! What the catalog promises: categories and services in both languages, and a price that is
//! explained line by line.

mod api;

pub use api::*;

use async_trait::async_trait;
use contract_sla::Urgency;
use kernel::{Money, Outcome, Slug, Text, Time};
use serde::{Deserialize, Serialize};

kernel::faults! {
    pub enum CatalogFault {
        UnknownService => NotFound, "catalog.unknown_service", field "service",
            ar "لا توجد خدمة بهذا الاسم.",
            en "There is no service of that name.";
        UnknownCategory => NotFound, "catalog.unknown_category", field "category",
            ar "لا يوجد قسم بهذا الاسم.",
            en "There is no category of that name.";
        UnknownOption { option: String } => BadRequest, "catalog.unknown_option", field "options",
            ar "الخدمة لا تعرض هذا الخيار: {option}.",
            en "The service has no option {option}.";
        /// An option is taken once or not at all; the quantity multiplies it.
        DuplicateOption { option: String } => BadRequest, "catalog.duplicate_option", field "options",
            ar "الخيار مكرر: {option}. اختره مرة واحدة.",
            en "The option {option} is repeated. Choose it once.";
        BadQuantity { max: u32 } => BadRequest, "catalog.bad_quantity", field "quantity",
            ar "الكمية من 1 إلى {max}.",
            en "The quantity is 1 to {max}.";
        BadPrice { max_halalas: i64 } => BadRequest, "catalog.bad_price", field "base_halalas",
            ar "السعر من 1 إلى {max_halalas} هللة.",
            en "The price is 1 to {max_halalas} halalas.";
        NotServedHere => BadRequest, "catalog.not_served_here", field "service",
            ar "هذه الخدمة غير متاحة في حيّك بعد.",
            en "This service is not offered in your district yet.";
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Category {
    pub slug: Slug,
    pub icon: String,
    pub name: Text,
    pub description: Text,
    pub diagnosis_fee: Money,
    pub services: Vec<Service>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Service {
    pub slug: Slug,
    pub category: Slug,
    pub name: Text,
    pub description: Text,
    /// For quantity 1, VAT inside, without fees.
    pub base: Money,
    pub duration_minutes: u32,
    pub max_quantity: u32,
    pub options: Vec<ServiceOption>,
    pub checklist: Vec<ChecklistItem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ServiceOption {
    pub slug: Slug,
    pub name: Text,
    pub price: Money,
    pub extra_minutes: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ChecklistItem {
    pub slug: Slug,
    pub name: Text,
    /// Whether it needs a photo.
    pub photo: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceQuery {
    pub service: Slug,
    pub options: Vec<Slug>,
    pub quantity: u32,
    pub urgency: Urgency,
    pub zone: Slug,
    /// When the work would happen: now, or the slot.
    pub at: Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum LineKind {
    PlatformFee,
    /// Diagnosis or visit fee of the category.
    Visit,
    Service,
    Option,
    /// Immediate, outside working hours.
    Surcharge,
    Benefit,
    /// Approved extra material.
    Material,
}

/// One explained amount, VAT inside. Deductions are negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PriceLine {
    pub kind: LineKind,
    pub name: Text,
    pub amount: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Priced {
    pub category: Slug,
    pub service: Slug,
    pub service_name: Text,
    pub lines: Vec<PriceLine>,
    pub total: Money,
    /// The VAT inside `total`.
    pub vat: Money,
    pub duration_minutes: u32,
    pub skills: Vec<Slug>,
    pub checklist: Vec<ChecklistItem>,
    pub quality_hold_days: u32,
}

#[async_trait]
pub trait Catalog: Send + Sync {
    async fn tree(&self) -> Outcome<Vec<Category>, CatalogFault>;
    async fn service(&self, slug: Slug) -> Outcome<Service, CatalogFault>;
    async fn price(&self, query: PriceQuery) -> Outcome<Priced, CatalogFault>;
}
