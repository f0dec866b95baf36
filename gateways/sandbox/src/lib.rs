//! The outside world in one process: servers that speak the wire protocols of Moyasar, Unifonic,
//! the National Address service and Nominatim, with test cards, a 3-D Secure page, webhooks and
//! delivery reports, and faults that can be switched on.
//!
//! Invariants:
//! - The platform cannot tell it from the real thing except by its URL and keys: whatever is not
//!   part of a real protocol is under `/sandbox/`.
//! - It keeps its own time. Delays (resends, payouts, reports) are divided by a speed that can be
//!   changed while it runs.
//! - A fault is a count or a switch, never a dice roll: a test gets exactly what it asked for.
//! - A payment once answered is in the state file before the answer leaves.

mod bank;
mod cards;
mod challenge;
mod clock;
mod config;
mod control;
mod faults;
mod html;
mod inbox;
mod journal;
mod moyasar;
mod pages;
mod places;
mod schedule;
mod server;
mod unifonic;
mod webhooks;

pub use cards::{CARDS, TestCard, Verdict};
pub use config::SandboxConfig;
pub use faults::{AllFaults, Faults, Gateway};
pub use server::serve;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tower_http::cors::CorsLayer;
use url::Url;

/// The state of the sandbox; clones share it.
#[derive(Clone)]
pub struct Sandbox(Arc<World>);

struct World {
    config: SandboxConfig,
    /// Without a trailing slash.
    public_url: String,
    clock: clock::SpedClock,
    faults: Mutex<faults::Book>,
    bank: Mutex<bank::Bank>,
    inbox: Mutex<inbox::Inbox>,
    schedule: schedule::Schedule,
    webhook_url: Mutex<Option<Url>>,
    journal: Option<journal::Journal>,
    http: reqwest::Client,
}

impl Sandbox {
    /// `public_url` is where a browser reaches it. Reads the state file, if there is one.
    pub fn new(config: SandboxConfig, public_url: &Url) -> anyhow::Result<Self> {
        let clock = clock::SpedClock::new(config.speed);
        let (journal, restored) = match &config.state_file {
            Some(path) => {
                let (journal, bank, deliveries) = journal::Journal::open(path)?;
                (Some(journal), Some((bank, deliveries)))
            }
            None => (None, None),
        };
        let (bank, deliveries) = restored.unwrap_or_default();
        let http = reqwest::Client::builder()
            .timeout(std::time::Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let sandbox = Self(Arc::new(World {
            public_url: public_url.as_str().trim_end_matches('/').to_owned(),
            clock,
            faults: Mutex::default(),
            inbox: Mutex::new(inbox::Inbox::new(config.inbox_size)),
            schedule: schedule::Schedule::default(),
            webhook_url: Mutex::new(config.webhook_url.clone()),
            bank: Mutex::new(bank),
            journal,
            http,
            config,
        }));
        sandbox.resume(deliveries);
        Ok(sandbox)
    }

    /// Delivers webhooks and moves payouts on until it is dropped or aborted.
    pub async fn run(&self) {
        schedule::run(self.clone()).await;
    }

    /// Rewrites the state file with only what is current.
    pub fn compact(&self) -> anyhow::Result<()> {
        let bank = lock(&self.0.bank);
        match &self.0.journal {
            Some(journal) => journal.compact(&bank, &self.0.schedule.deliveries()),
            None => Ok(()),
        }
    }

    fn resume(&self, deliveries: Vec<webhooks::Delivery>) {
        let now_ms = self.0.clock.now_ms();
        for delivery in deliveries {
            self.0
                .schedule
                .at(now_ms, schedule::Task::Deliver(delivery));
        }
        for id in lock(&self.0.bank).open_payouts() {
            let due_ms = now_ms + self.0.config.payout_delay_ms;
            self.0.schedule.at(due_ms, schedule::Task::FinishPayout(id));
        }
    }
}

/// All servers under one router:
/// `/moyasar/v1`, `/unifonic`, `/national-address`, `/nominatim` and `/sandbox`.
///
/// The fault that closes a connection without an answer needs [`serve`]; under another server it
/// shows as a 500.
pub fn router(sandbox: Sandbox) -> Router {
    let faulty = |routes: Router<Sandbox>, gateway: Gateway| {
        routes.layer(from_fn_with_state(
            (sandbox.clone(), gateway),
            faults::middleware,
        ))
    };
    Router::new()
        .nest(
            "/moyasar/v1",
            faulty(moyasar::routes(), Gateway::Payments)
                // The browser tokenises and pays from the platform's own pages.
                .layer(CorsLayer::permissive()),
        )
        .nest("/unifonic", faulty(unifonic::routes(), Gateway::Sms))
        .nest(
            "/national-address",
            faulty(places::national_address(), Gateway::NationalAddress),
        )
        .nest(
            "/nominatim",
            faulty(places::nominatim(), Gateway::Nominatim),
        )
        .nest("/sandbox", control::routes().merge(challenge::routes()))
        .route("/sandbox/", get(pages::index))
        .with_state(sandbox)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
