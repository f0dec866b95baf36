//! The harness: the whole server in this process on a seeded database of its own, a clock that
//! stands until the test moves it, the sandbox gateways next door. A test ends with
//! [`World::finish`], which proves that no job failed and that the books balance.

use crate::net::Net;
use crate::person::{Person, Proofs};
use crate::template;
use contract_vendors::{EligibleQuery, TechnicianCard, VendorCard, Vendors as _};
use gateway_sandbox::SandboxConfig;
use jiff::SignedDuration;
use kernel::{GeoPoint, Slug, Time, hours};
use platform::queue::Worker;
use server::app::{self, App, Modules, Placement};
use server::config::Config;
use server::run;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use stores::testing::TestStores;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Sandbox seconds per real second: a payout takes 60 of them.
pub const SANDBOX_SPEED: f64 = 1_000.0;
/// In the sector Al Malqa, in the north.
pub const PIN: (f64, f64) = (24.812, 46.607);

pub struct World {
    pub app: App,
    pub config: Config,
    pub net: Arc<Net>,
    worker: Worker,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<anyhow::Result<()>>>,
    finished: AtomicBool,
    customers: AtomicU32,
}

/// One of the seeded technicians.
#[derive(Debug, Clone)]
pub struct Member {
    pub card: TechnicianCard,
    pub vendor: VendorCard,
    pub phone: String,
    pub owner_phone: String,
}

pub fn pin() -> GeoPoint {
    GeoPoint::new(PIN.0, PIN.1).unwrap()
}

/// A sandbox on a port of its own, which sends its webhooks to `api`.
pub fn sandbox_config(config: &Config, api: &str) -> SandboxConfig {
    SandboxConfig {
        webhook_url: Some(format!("{api}/v1/webhooks/moyasar").parse().unwrap()),
        publishable_key: config.payments.publishable_key.clone(),
        secret_key: config.payments.secret_key.expose().to_owned(),
        webhook_secret: config.payments.webhook_secret.expose().to_owned(),
        payout_source_id: config.payments.payout_source_id.clone(),
        app_sid: config.sms.app_sid.expose().to_owned(),
        national_address_key: config.geocoding.national_address_key.expose().to_owned(),
        speed: SANDBOX_SPEED,
        ..SandboxConfig::default()
    }
}

/// The settings that name the API and the sandbox.
pub fn addresses(api: &str, sandbox: &str) -> Vec<(&'static str, String)> {
    vec![
        ("public_url", format!("{api}/")),
        ("payments.base_url", format!("{sandbox}/moyasar/v1")),
        ("sms.base_url", format!("{sandbox}/unifonic")),
        (
            "geocoding.national_address_url",
            format!("{sandbox}/national-address"),
        ),
        ("geocoding.nominatim_url", format!("{sandbox}/nominatim")),
    ]
}

impl World {
    pub async fn start() -> Self {
        let stores = TestStores::get();
        let database = template::copy(stores).await;
        Self::with(stores, &database, &[]).await
    }

    /// Over a database that is ready, with `more` settings.
    pub async fn with(stores: &TestStores, database_url: &str, more: &[(&str, String)]) -> Self {
        platform::testing::say_errors();
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let (api_listener, sandbox_listener) = (
            run::listen(any_port).await.unwrap(),
            run::listen(any_port).await.unwrap(),
        );
        let api = format!("http://{}", api_listener.local_addr().unwrap());
        let sandbox = format!("http://{}", sandbox_listener.local_addr().unwrap());
        let mut settings = addresses(&api, &sandbox);
        settings.extend(more.iter().cloned());
        let config = template::config(stores, database_url, &settings);
        let platform = app::connect(&config).await.unwrap();
        platform
            .clock
            .set_anchor(platform::clock::load(&platform.db).await.unwrap());
        platform.tokens.load().await.unwrap();
        let app = app::build(&config, platform, Placement::All).await.unwrap();
        app.registry.subscribe(&app.platform.db).await.unwrap();

        let (stop, stopped) = watch::channel(false);
        let mut told = stopped.clone();
        let serving = gateway_sandbox::serve(
            sandbox_listener,
            sandbox_config(&config, &api),
            async move {
                let _ = told.wait_for(|stop| *stop).await;
            },
        );
        let tasks = vec![
            tokio::spawn(serving),
            tokio::spawn(run::serve(
                api_listener,
                app.router.clone(),
                config.edge.connections().unwrap(),
                None,
                app.platform.closing.clone(),
                stopped,
            )),
        ];
        Self {
            net: Arc::new(Net::new(&api, &sandbox, &config, false)),
            worker: app::worker(&app, &config),
            app,
            config,
            stop,
            tasks,
            finished: AtomicBool::new(false),
            customers: AtomicU32::new(0),
        }
    }

    pub fn now(&self) -> Time {
        self.app.platform.now()
    }

    pub fn modules(&self) -> &Modules {
        self.app.modules.as_ref().unwrap()
    }

    /// Runs what is due, and what that causes. Any failed run is a failed test.
    pub async fn run_pending_jobs(&self) -> usize {
        let report = self.worker.run_pending().await.unwrap();
        assert!(report.failed.is_empty(), "jobs failed: {:?}", report.failed);
        report.done
    }

    /// The same, until the gateways have nothing more to say either.
    pub async fn settle(&self) {
        loop {
            // In this order: news that comes after the look is caught by the run.
            let idle = self.net.sandbox_is_idle().await;
            let done = self.run_pending_jobs().await;
            // A row that another transaction still holds is passed over by the run, but is due.
            if idle && done == 0 && self.due().await == 0 {
                return;
            }
            if done == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
    }

    async fn due(&self) -> i64 {
        let db = &self.app.platform.db;
        platform::queue::depth(db, self.now()).await.unwrap().due
    }

    async fn set_clock(&self, now: Time) {
        let platform = &self.app.platform;
        platform::clock::set(&platform.db, &platform.clock, now, 0.0)
            .await
            .unwrap();
    }

    /// Moves on by `by`, stopping wherever a job is due.
    pub async fn advance(&self, by: SignedDuration) {
        self.settle().await;
        let target = self.now() + by;
        loop {
            let next: Option<Time> = sqlx::query_scalar(
                "select min(run_at) from platform.jobs where locked_by is null and run_at > $1",
            )
            .bind(self.now())
            .fetch_one(&self.app.platform.db)
            .await
            .unwrap();
            let to = next.map_or(target, |next| next.min(target));
            self.set_clock(to).await;
            self.settle().await;
            if to == target {
                return;
            }
        }
    }

    /// Moves on at once: what was due in between is late.
    pub async fn leap(&self, by: SignedDuration) {
        self.settle().await;
        self.set_clock(self.now() + by).await;
        self.settle().await;
    }

    fn worker(&self) -> Option<Worker> {
        Some(self.worker.clone())
    }

    /// A new customer, signed in.
    pub async fn customer(&self) -> Person {
        let number = self.customers.fetch_add(1, Ordering::Relaxed);
        self.phone(&format!("+9665012{number:05}")).await
    }

    pub async fn phone(&self, phone: &str) -> Person {
        Person::by_phone(&self.net, self.worker(), phone).await
    }

    /// Of the demo's staff, or of its company.
    pub async fn staff(&self, email: &str) -> Person {
        Person::staff(&self.net, self.worker(), email).await
    }

    pub async fn with_password(&self, proofs: Proofs) -> Person {
        Person::with_password(&self.net, self.worker(), proofs).await
    }

    /// Seeded technicians who can repair a leak in the north, by id.
    pub async fn plumbers(&self) -> Vec<Member> {
        plumbers(&self.app).await
    }

    /// How many rows each table has.
    pub async fn rows(&self) -> BTreeMap<String, i64> {
        let db = &self.app.platform.db;
        let tables: Vec<String> = sqlx::query_scalar(
            "select format('%I.%I', table_schema, table_name) from information_schema.tables
             where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')",
        )
        .fetch_all(db)
        .await
        .unwrap();
        let counts: Vec<String> = tables
            .iter()
            .map(|table| format!("select '{table}', count(*) from {table}"))
            .collect();
        let rows: Vec<(String, i64)> = sqlx::query_as(AssertSqlSafe(counts.join(" union all ")))
            .fetch_all(db)
            .await
            .unwrap();
        rows.into_iter().collect()
    }

    /// The end of every test: nothing failed, nothing is due, the books balance.
    pub async fn finish(mut self) {
        self.settle().await;
        let idle = platform::queue::idle(&self.app.platform.db, self.now())
            .await
            .unwrap();
        assert_eq!((idle.due, idle.dead), (0, 0), "jobs due, dead letters");
        let retried: i64 =
            sqlx::query_scalar("select count(*) from platform.jobs where last_error is not null")
                .fetch_one(&self.app.platform.db)
                .await
                .unwrap();
        assert_eq!(retried, 0, "jobs that failed and wait to be tried again");
        let books = self.modules().settlement.trial_balance().await.unwrap();
        assert!(books.is_sound(), "{books:?}");
        let _ = self.stop.send(true);
        for task in self.tasks.drain(..) {
            task.abort();
        }
        self.finished.store(true, Ordering::Relaxed);
    }
}

/// Seeded technicians who can repair a leak in the north, by id.
pub async fn plumbers(app: &App) -> Vec<Member> {
    let slug = |text: &str| Slug::parse(text).unwrap();
    let from = app.platform.now() + hours(1);
    let query = EligibleQuery {
        category: slug("plumbing"),
        skills: vec![slug("plumbing.general")],
        zone: slug("north"),
        from,
        until: from + hours(1),
        on_shift_now: false,
    };
    let vendors = &app.modules.as_ref().unwrap().vendors;
    let mut members = Vec::new();
    for card in vendors.eligible(query).await.unwrap() {
        let vendor = vendors.vendor(card.vendor).await.unwrap();
        let (phone, owner_phone) = sqlx::query_as(
            "select t.phone, v.owner_phone from vendors.technicians t join vendors.vendors v on v.id = t.vendor
             where t.id = $1",
        )
        .bind(card.id.uuid())
        .fetch_one(&app.platform.db)
        .await
        .unwrap();
        members.push(Member {
            card,
            vendor,
            phone,
            owner_phone,
        });
    }
    members
}

impl Drop for World {
    fn drop(&mut self) {
        let finished = self.finished.load(Ordering::Relaxed);
        assert!(
            finished || std::thread::panicking(),
            "a system test ends with finish()"
        );
    }
}
