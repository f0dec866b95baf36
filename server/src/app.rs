//! The wiring: which modules this process hosts, and how each reaches the others. Holds the only
//! `match` on placement.

use crate::config::Config;
use crate::web::Web;
use crate::{dev, openapi};
use anyhow::Context;
use async_trait::async_trait;
use axum::Router;
use axum::routing::get;
use bookings::{Below, Bookings};
use catalog::Catalog;
use corporate::Corporate;
use dispatch::Dispatch;
use gateway_geocoding::{
    Fallback, Geocoder, NationalAddress, NationalAddressConfig, Nominatim, NominatimConfig,
};
use gateway_payments::{Moyasar, MoyasarConfig, PaymentGateway};
use gateway_sms::{SmsGateway, Unifonic, UnifonicConfig};
use identity::{Identity, IdentitySettings};
use kernel::Clock;
use location::{Location, LocationSettings, RemoteLocation};
use notify::{Notify, Templates};
use platform::db::Migrator;
use platform::health::{Probe, store_probes};
use platform::http::{Edge, page_style, protected};
use platform::queue::{Ctx, Every, Job, Registry, Worker, WorkerSettings};
use platform::{CancellationToken, Objects, Platform, Redis, Tokens, audit, rpc};
use privacy::{Holders, Legal, Privacy};
use serde::{Deserialize, Serialize};
use settlement::Settlement;
use sla::Sla;
use std::sync::Arc;
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;
use vendors::Vendors;

const MESSAGES: &str = include_str!("../seed/messages.toml");

/// Which modules a process hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    All,
    /// Only the location module, for the others to call.
    OnlyLocation,
}

/// All modules, wired.
pub struct App {
    pub platform: Platform,
    pub registry: Registry,
    /// The whole public API behind its edge.
    pub router: Router,
    pub openapi: utoipa::openapi::OpenApi,
    /// Whether the stores and gateways answer.
    pub health: Router,
    /// Absent where location lives elsewhere.
    pub location: Option<Arc<Location>>,
    pub modules: Option<Modules>,
}

/// The modules themselves, for seeding and tests.
#[derive(Clone)]
pub struct Modules {
    pub identity: Arc<Identity>,
    pub sla: Arc<Sla>,
    pub settlement: Arc<Settlement>,
    pub notify: Arc<Notify>,
    pub catalog: Arc<Catalog>,
    pub vendors: Arc<Vendors>,
    pub dispatch: Arc<Dispatch>,
    pub bookings: Arc<Bookings>,
    pub corporate: Arc<Corporate>,
}

/// Every schema, in no particular order: none knows another.
pub fn migrators() -> [&'static Migrator; 12] {
    [
        &platform::db::MIGRATOR,
        &identity::MIGRATOR,
        &location::MIGRATOR,
        &sla::MIGRATOR,
        &settlement::MIGRATOR,
        &notify::MIGRATOR,
        &catalog::MIGRATOR,
        &vendors::MIGRATOR,
        &dispatch::MIGRATOR,
        &bookings::MIGRATOR,
        &corporate::MIGRATOR,
        &privacy::MIGRATOR,
    ]
}

pub async fn migrate(db: &sqlx::PgPool) -> anyhow::Result<()> {
    for migrator in migrators() {
        platform::db::migrate(db, migrator).await?;
    }
    Ok(())
}

/// Connects to the stores.
pub async fn connect(config: &Config) -> anyhow::Result<Platform> {
    let db = platform::db::connect(&config.database.url, config.database.connections).await?;
    let tokens = Tokens::stored(config.token_seed()?, db.clone());
    Ok(Platform {
        db,
        redis: Redis::connect_trusting(
            &config.redis.url,
            &config.redis.prefix,
            config.redis.authority()?,
        )
        .await?,
        objects: Objects::open(&config.object_settings(), "")?,
        clock: Clock::system(),
        tokens,
        seal: config.sealer()?,
        closing: CancellationToken::new(),
    })
}

/// A platform that has spoken to no store yet: enough to describe the API.
pub fn disconnected(config: &Config) -> anyhow::Result<Platform> {
    Ok(Platform {
        db: platform::db::lazy(&config.database.url, 4)?,
        redis: Redis::lazy(&config.redis.url, &config.redis.prefix)?,
        objects: Objects::open(&config.object_settings(), "")?,
        clock: Clock::system(),
        tokens: Tokens::from_seed(&config.token_seed()?)?,
        seal: config.sealer()?,
        closing: CancellationToken::new(),
    })
}

/// The gateways, as the modules see them.
pub struct Gateways {
    pub payments: Arc<dyn PaymentGateway>,
    pub sms: Arc<dyn SmsGateway>,
    pub geocoder: Arc<dyn Geocoder>,
}

impl Gateways {
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let payments = Moyasar::new(MoyasarConfig {
            base_url: config.payments.base_url.clone(),
            secret_key: config.payments.secret_key.clone(),
            publishable_key: config.payments.publishable_key.clone(),
            webhook_secret: config.payments.webhook_secret.clone(),
            payout_source_id: config.payments.payout_source_id.clone(),
            client: config.payments.client,
        })
        .context("payments")?;
        let sms = Unifonic::new(UnifonicConfig {
            base_url: config.sms.base_url.clone(),
            app_sid: config.sms.app_sid.clone(),
            sender_id: config.sms.sender_id.clone(),
            status_callback: Some(config.sms_callback()?),
            client: config.sms.client,
        })
        .context("sms")?;
        let national = NationalAddress::new(NationalAddressConfig {
            base_url: config.geocoding.national_address_url.clone(),
            api_key: config.geocoding.national_address_key.clone(),
            client: config.geocoding.client,
        })
        .context("geocoding")?;
        let nominatim = Nominatim::new(NominatimConfig {
            base_url: config.geocoding.nominatim_url.clone(),
            client: config.geocoding.client,
        })
        .context("geocoding")?;
        Ok(Self {
            payments: Arc::new(payments),
            sms: Arc::new(sms),
            geocoder: Arc::new(Fallback::new(national, nominatim)),
        })
    }
}

/// Wires the modules of this process.
pub async fn build(
    config: &Config,
    platform: Platform,
    placement: Placement,
) -> anyhow::Result<App> {
    let gateways = Gateways::open(config)?;
    let mut registry = Registry::new();
    let api = OpenApiRouter::with_openapi(openapi::base());

    if placement == Placement::OnlyLocation {
        let location = here(config, &platform, &gateways);
        location.register(&mut registry);
        let (public, mut openapi) = api.merge(location.router()).split_for_parts();
        openapi::name_refusals(&mut openapi);
        let internal = rpc::guarded(location.internal_router(), config.secrets.internal.expose());
        let health = platform::health::router(probes(&platform, &gateways));
        let served = public.merge(internal).merge(health.clone());
        let router = edge(config, &platform, false)?.around(served);
        return Ok(App {
            health,
            platform,
            registry,
            router,
            openapi,
            location: Some(location),
            modules: None,
        });
    }

    let here = here(config, &platform, &gateways);
    let places: Arc<dyn contract_location::Location> = match &config.remote.location {
        None => here.clone(),
        Some(url) => {
            let client = rpc::Client::new(url.as_str(), config.secrets.internal.expose())?;
            RemoteLocation::new(client)
        }
    };

    let templates = Templates::parse(MESSAGES).context("server/seed/messages.toml")?;
    let notify = Notify::new(
        platform.clone(),
        gateways.sms.clone(),
        templates,
        config.sms_callback()?.to_string(),
    );
    let identity = Identity::new(
        platform.clone(),
        notify.clone(),
        IdentitySettings {
            limits: config.sign_in.clone(),
            secure_cookies: config.public_url.scheme() == "https",
            public_url: config.public_url.to_string(),
            ..IdentitySettings::new(config.secrets.code_pepper.expose())
        },
    )?;
    let sla = Sla::new(platform.clone());
    let settlement = Settlement::new(
        platform.clone(),
        gateways.payments.clone(),
        config.settlement.clone(),
    );
    let catalog = Catalog::new(platform.clone(), sla.clone());
    let vendors = Vendors::new(
        platform.clone(),
        identity.clone(),
        settlement.clone(),
        notify.clone(),
        config.vendors.clone(),
    );
    let dispatch = Dispatch::new(
        platform.clone(),
        vendors.clone(),
        places.clone(),
        sla.clone(),
        config.dispatch.clone(),
    );
    let below = Below {
        identity: identity.clone(),
        location: places,
        sla: sla.clone(),
        settlement: settlement.clone(),
        notify: notify.clone(),
        catalog: catalog.clone(),
        vendors: vendors.clone(),
        dispatch: dispatch.clone(),
    };
    let bookings = Bookings::new(platform.clone(), below, config.booking_settings());

    let corporate = Corporate::new(platform.clone(), identity.clone());
    let holders = Holders {
        identity: identity.clone(),
        others: vec![
            bookings.clone(),
            settlement.clone(),
            vendors.clone(),
            corporate.clone(),
            dispatch.clone(),
            here.clone(),
            notify.clone(),
            Arc::new(platform.clone()),
        ],
    };
    let privacy = Privacy::new(
        platform.clone(),
        identity.clone(),
        notify.clone(),
        holders,
        config.privacy.clone(),
        Legal::open(&config.privacy, &config.publisher())?,
    );

    let mut api = api
        .merge(audit::router(platform.clone()))
        .merge(identity.router())
        .merge(sla.router())
        .merge(settlement.router())
        .merge(notify.router())
        .merge(catalog.router())
        .merge(vendors.router())
        .merge(dispatch.router())
        .merge(bookings.router())
        .merge(corporate.router())
        .merge(privacy.router());
    identity.register(&mut registry);
    sla.register(&mut registry);
    settlement.register(&mut registry);
    notify.register(&mut registry);
    vendors.register(&mut registry);
    dispatch.register(&mut registry);
    bookings.register(&mut registry);
    corporate.register(&mut registry);
    privacy.register(&mut registry);
    housekeeping(&platform, &mut registry);

    // Where it lives elsewhere, requests are handed on; its background work is done here, over the
    // same database, and the API is described as one.
    here.register(&mut registry);
    let location = if config.remote.location.is_none() {
        api = api.merge(here.router());
        Some(here)
    } else {
        let (_, described) = here.router().split_for_parts();
        api.get_openapi_mut().merge(described);
        None
    };
    let (mut public, mut openapi) = api.split_for_parts();
    openapi::name_refusals(&mut openapi);
    let web = Web::new(config, platform.clock.clone())?;
    public = public.merge(page_style()).merge(web.router());
    if config.env == crate::config::Environment::Development {
        public = public.merge(dev::router(&platform, &config.payments.publishable_key));
    }
    if let Some(url) = &config.remote.location {
        public = public.merge(crate::run::hand_on(url.clone()));
    }
    let documents = openapi::router(&openapi)?;
    let mut probes = probes(&platform, &gateways);
    probes.push(identity.probe());
    let health = platform::health::router(probes);
    let served = public.merge(health.clone()).merge(documents);
    let router = edge(config, &platform, true)?.around(served);
    Ok(App {
        health,
        platform,
        registry,
        router,
        openapi,
        location,
        modules: Some(Modules {
            identity,
            sla,
            settlement,
            notify,
            catalog,
            vendors,
            dispatch,
            bookings,
            corporate,
        }),
    })
}

fn here(config: &Config, platform: &Platform, gateways: &Gateways) -> Arc<Location> {
    let settings = LocationSettings {
        addresses_per_member_and_day: config.geocoding.addresses_per_member_and_day,
    };
    Location::new(platform.clone(), gateways.geocoder.clone(), settings)
}

/// `whole`: people call this process themselves, not through another one of ours.
fn edge(config: &Config, platform: &Platform, whole: bool) -> anyhow::Result<Arc<Edge>> {
    let settings = crate::edge::settings(config, &platform.redis, whole)?;
    Ok(Edge::new(
        platform.tokens.clone(),
        platform.clock.clone(),
        settings,
    ))
}

/// `/metrics`, which the edge does not count.
pub fn with_metrics(
    router: Router,
    handle: metrics_exporter_prometheus::PrometheusHandle,
) -> Router {
    let metrics = Router::new().route("/metrics", get(move || std::future::ready(handle.render())));
    router.merge(protected(metrics, false))
}

pub fn worker(app: &App, config: &Config) -> Worker {
    let settings = WorkerSettings {
        concurrency: config.worker.concurrency,
        lease: Duration::from_secs(config.worker.lease_s),
        ..WorkerSettings::default()
    };
    Worker::new(
        app.platform.db.clone(),
        app.platform.clock.clone(),
        app.registry.clone(),
        settings,
    )
}

/// Goes through the audit log's chain.
#[derive(Debug, Serialize, Deserialize)]
struct VerifyAudit {}
impl Job for VerifyAudit {
    const NAME: &'static str = "platform.verify_audit";
}

#[derive(Debug, Serialize, Deserialize)]
struct SweepKeys {}
impl Job for SweepKeys {
    const NAME: &'static str = "platform.sweep_keys";
}

fn housekeeping(platform: &Platform, registry: &mut Registry) {
    let db = platform.db.clone();
    registry.job(move |ctx: Ctx, _: SweepKeys| {
        let db = db.clone();
        async move {
            platform::http::sweep_idempotency(&db, ctx.now).await?;
            Ok(())
        }
    });
    registry.cron(
        "platform.sweep_keys",
        Every::DailyAt(3, 40),
        || SweepKeys {},
    );
    let db = platform.db.clone();
    registry.job(move |_: Ctx, _: VerifyAudit| {
        let db = db.clone();
        async move {
            let verdict = audit::verify(&db, None).await?;
            metrics::gauge!("khidma_audit_faults").set(verdict.faults.len() as f64);
            for fault in &verdict.faults {
                tracing::error!(%fault, "the audit log is not as it was written");
            }
            // In the logs it is out of reach of whoever can write the database.
            tracing::info!(links = verdict.links, head = %verdict.head, "the audit log was verified");
            Ok(())
        }
    });
    registry.cron("platform.verify_audit", Every::DailyAt(3, 50), || {
        VerifyAudit {}
    });
}

fn probes(platform: &Platform, gateways: &Gateways) -> Vec<Arc<dyn Probe>> {
    let mut probes = store_probes(platform);
    probes.push(Arc::new(GatewayProbe {
        name: "payments",
        ready: {
            let gateway = gateways.payments.clone();
            Box::new(move || gateway.probe().is_ready())
        },
    }));
    probes.push(Arc::new(GatewayProbe {
        name: "sms",
        ready: {
            let gateway = gateways.sms.clone();
            Box::new(move || gateway.probe().is_ready())
        },
    }));
    probes.push(Arc::new(GatewayProbe {
        name: "geocoding",
        ready: {
            let gateway = gateways.geocoder.clone();
            Box::new(move || gateway.probes().iter().all(|probe| probe.is_ready()))
        },
    }));
    probes
}

/// A gateway is ready while its circuit is closed; it is not called just to ask.
struct GatewayProbe {
    name: &'static str,
    ready: Box<dyn Fn() -> bool + Send + Sync>,
}

#[async_trait]
impl Probe for GatewayProbe {
    fn name(&self) -> &'static str {
        self.name
    }
    fn essential(&self) -> bool {
        false
    }
    async fn probe(&self) -> anyhow::Result<()> {
        anyhow::ensure!((self.ready)(), "the circuit is open");
        Ok(())
    }
}
