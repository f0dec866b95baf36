//! The bodies of the public requests about the catalog.

use crate::{Category, Service};
use kernel::Money;
use serde::{Deserialize, Serialize};

/// The whole catalog in both languages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CatalogTree {
    /// Moves with every change.
    pub version: i64,
    pub categories: Vec<Category>,
}

/// The services found, best first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SearchAnswer {
    pub items: Vec<Service>,
}

/// The price of quantity 1, VAT inside, without fees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SetPrice {
    pub base_halalas: Money,
}

/// Whether the category is offered in the zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SetServed {
    pub served: bool,
}
