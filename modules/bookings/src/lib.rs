//! The commercial promise and its visits: quote, checkout, the two state machines, extra cost,
//! acceptance, cancellation; the live console and streams. Owns schema `bookings`, the object prefix
//! `bookings/` and the Redis keys `live:…`.
//!
//! Invariants: a transition is written once, in [`rules`], and stored with who and when; the
//! booking's row is locked before any row that hangs on it; other modules are told after the
//! commit, by jobs that may be repeated.

mod accept;
mod cancel;
mod checkout;
mod console;
mod create;
mod events;
mod extra;
mod here;
mod launch;
mod live;
mod moves;
mod personal;
mod places;
mod quote;
mod rating;
mod read;
mod receipt;
mod rules;
mod state;
mod sweep;
mod track;
mod uploads;
mod visit;

use async_trait::async_trait;
use contract_bookings::{BookingCard, BookingFault};
use contract_catalog::Catalog;
use contract_dispatch::Dispatch;
use contract_identity::Identity;
use contract_location::Location;
use contract_notify::Notify;
use contract_settlement::Settlement;
use contract_sla::Sla;
use contract_vendors::Vendors;
use kernel::{BookingId, Outcome};
use platform::Platform;
use platform::queue::{Ctx, Every, Registry};
use platform::routes;
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

pub static MIGRATOR: platform::db::Migrator = platform::migrator!("bookings");

/// The modules below, as this one sees them.
#[derive(Clone)]
pub struct Below {
    pub identity: Arc<dyn Identity>,
    pub location: Arc<dyn Location>,
    pub sla: Arc<dyn Sla>,
    pub settlement: Arc<dyn Settlement>,
    pub notify: Arc<dyn Notify>,
    pub catalog: Arc<dyn Catalog>,
    pub vendors: Arc<dyn Vendors>,
    pub dispatch: Arc<dyn Dispatch>,
}

#[derive(Debug, Clone)]
pub struct BookingSettings {
    /// Where the customer's browser comes back to after a 3-D Secure challenge; the booking's id
    /// is appended.
    pub return_url: String,
    pub limits: BookingLimits,
}

/// How often is often enough. Every field has a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BookingLimits {
    /// Cards tried for one booking, or for one extra cost: 1 to 100.
    pub payment_tries: u32,
    /// Photos one person may have uploaded and not used: at least 10, for one visit's.
    pub unused_photos: u32,
}

impl BookingLimits {
    /// Whether anybody can pay, and show their work.
    pub fn is_sane(&self) -> bool {
        (1..=100).contains(&self.payment_tries) && self.unused_photos >= 10
    }
}

impl Default for BookingLimits {
    fn default() -> Self {
        Self {
            payment_tries: 8,
            unused_photos: 50,
        }
    }
}

pub struct Bookings {
    p: Platform,
    below: Below,
    settings: BookingSettings,
    told: here::Told,
    lanes: live::Lanes,
}

impl Bookings {
    pub fn new(p: Platform, below: Below, settings: BookingSettings) -> Arc<Self> {
        Arc::new(Self {
            lanes: live::Lanes::new(&p, &below),
            p,
            below,
            settings,
            told: here::Told::default(),
        })
    }

    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(here::here))
            .routes(routes!(places::list, places::save))
            .routes(routes!(places::remove))
            .routes(routes!(quote::ask))
            .routes(routes!(quote::show))
            .routes(routes!(create::create, read::list))
            .routes(routes!(read::show))
            .routes(routes!(checkout::pay))
            .routes(routes!(checkout::confirm_payment))
            .routes(routes!(track::track))
            .routes(routes!(receipt::show))
            .routes(routes!(rating::rate))
            .routes(routes!(cancel::fee))
            .routes(routes!(cancel::fee_for_staff))
            .routes(routes!(cancel::cancel))
            .routes(routes!(cancel::cancel_by_staff))
            .routes(routes!(accept::accept))
            .routes(routes!(accept::accept_with_code))
            .routes(routes!(visit::confirm_arrival))
            .routes(routes!(visit::depart))
            .routes(routes!(visit::arrive))
            .routes(routes!(visit::start))
            .routes(routes!(visit::finish))
            .routes(routes!(visit::give_back))
            .routes(routes!(extra::ask))
            .routes(routes!(extra::approve))
            .routes(routes!(extra::decline))
            .routes(routes!(read::technician_jobs))
            .routes(routes!(read::job))
            .routes(routes!(read::inspect))
            .routes(routes!(read::inspect_one))
            .routes(routes!(live::customer_live))
            .routes(routes!(live::staff_live))
            .routes(routes!(console::console))
            .routes(routes!(console::set_presence))
            .routes(routes!(console::people))
            .merge(uploads::router())
            .with_state(self.clone())
    }

    pub fn register(self: &Arc<Self>, registry: &mut Registry) {
        events::register(self, registry);
        launch::register(self, registry);
        track::register(self, registry);
        live::register(self, registry);
        let this = self.clone();
        registry.job(move |ctx: Ctx, job: sweep::Sweep| {
            let this = this.clone();
            async move { this.sweep(ctx, job).await }
        });
        registry.cron(
            "bookings.sweep",
            Every(kernel::hours(1)),
            || sweep::Sweep {},
        );
        registry.cron("bookings.watch_arrivals", Every(kernel::minutes(2)), || {
            track::WatchArrivals {}
        });
    }
}

#[async_trait]
impl contract_bookings::Bookings for Bookings {
    async fn booking(&self, id: BookingId) -> Outcome<BookingCard, BookingFault> {
        read::card(&self.p.db, id).await
    }
}
