//! Catalog: what can be booked, in both languages, and what it costs (DOMAIN §2 steps 3 and 4,
//! §6). Owns the schema `catalog`; no Redis keys, no objects, no background work.
//!
//! Invariants:
//! - The lines of a price sum to its total; VAT is inside every amount.
//! - A price is a pure function of the catalog's edition and the question ([`rules::price`]).
//! - Reads come from a [`snapshot`] of one edition, never from half of two.
//! - Loading the same seed twice changes nothing, and an operator's price outlives a new seed.

mod browse;
pub mod rules;
pub mod search;
mod seed;
mod set_price;
mod set_served;
mod snapshot;

use async_trait::async_trait;
use contract_catalog::{CatalogFault, Category, PriceQuery, Priced, Service};
use contract_sla::{Sla, Urgency};
use kernel::{Lift, Outcome, Slug};
use platform::Platform;
use platform::routes;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

pub use contract_catalog::{CatalogTree, SearchAnswer, SetPrice, SetServed};
pub use seed::skills_by_category;

pub static MIGRATOR: platform::db::Migrator = platform::migrator!("catalog");

/// The calendar outside which immediate work carries the emergency surcharge.
const WORKING_HOURS: &str = "standard";

pub struct Catalog {
    p: Platform,
    sla: Arc<dyn Sla>,
    snapshot: snapshot::Latest,
}

impl Catalog {
    pub fn new(p: Platform, sla: Arc<dyn Sla>) -> Arc<Self> {
        Arc::new(Self {
            p,
            sla,
            snapshot: snapshot::Latest::default(),
        })
    }

    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(browse::tree))
            .routes(routes!(browse::search))
            .routes(routes!(browse::service))
            .routes(routes!(set_price::set_price))
            .routes(routes!(set_served::set_served))
            .with_state(self.clone())
    }

    async fn price(&self, query: &PriceQuery) -> Outcome<Priced, CatalogFault> {
        let edition = self.edition().await?;
        let entry = edition.entry(&query.service)?;
        let surcharged = match query.urgency {
            Urgency::Scheduled => false,
            Urgency::Immediate => {
                let calendar = Slug::parse(WORKING_HOURS).expect("a literal slug");
                !self.sla.is_open(calendar, query.at).await.unexpected()?
            }
        };
        Ok(rules::price(entry, query, surcharged)?)
    }
}

#[async_trait]
impl contract_catalog::Catalog for Catalog {
    async fn tree(&self) -> Outcome<Vec<Category>, CatalogFault> {
        Ok(self.edition().await?.tree.clone())
    }

    async fn service(&self, slug: Slug) -> Outcome<Service, CatalogFault> {
        Ok(self.edition().await?.entry(&slug)?.service.clone())
    }

    async fn price(&self, query: PriceQuery) -> Outcome<Priced, CatalogFault> {
        Catalog::price(self, &query).await
    }
}
