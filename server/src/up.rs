//! The whole platform on one machine: stores, sandbox gateways, API and workers in one process
//! tree, for development, the demo and system tests.

use crate::app::{self, App, Placement};
use crate::config::{Config, Source};
use crate::{beside, run, seed};
use anyhow::Context;
use gateway_sandbox::SandboxConfig;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use stores::{ObjectStore, ObjectStoreOptions, Postgres, PostgresOptions, Redis, RedisOptions};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What `up` is asked for.
#[derive(Debug, Clone)]
pub struct UpOptions {
    pub source: Source,
    /// Where the stores keep their files.
    pub data: PathBuf,
    pub address: IpAddr,
    /// 0: any free port.
    pub port: u16,
    /// The sandbox's; 0: any free port.
    pub sandbox_port: u16,
    pub fresh: bool,
    /// Platform seconds per real second. Absent: as before, at first 1.
    pub speed: Option<f64>,
    /// Stores that may lose everything in a crash, and are faster for it.
    pub throwaway: bool,
    /// Renders `/metrics`, where wanted.
    pub metrics: Option<metrics_exporter_prometheus::PrometheusHandle>,
}

/// A running platform.
pub struct Running {
    pub url: String,
    pub sandbox_url: String,
    pub config: Config,
    pub app: App,
    stop: watch::Sender<bool>,
    tasks: Vec<(&'static str, JoinHandle<anyhow::Result<()>>)>,
    following: JoinHandle<()>,
    left: beside::Left,
    stores: Stores,
}

struct Stores {
    postgres: Option<Postgres>,
    redis: Option<Redis>,
    objects: Option<ObjectStore>,
}

/// Starts it all. `say` hears of each step.
pub async fn start(options: UpOptions, mut say: impl FnMut(&str)) -> anyhow::Result<Running> {
    if options.fresh && options.data.exists() {
        say("removing the old data");
        let data = options.data.clone();
        tokio::task::spawn_blocking(move || std::fs::remove_dir_all(data)).await??;
    }
    std::fs::create_dir_all(&options.data).with_context(|| options.data.display().to_string())?;
    let listener = run::listen(SocketAddr::new(options.address, options.port)).await?;
    let sandbox_listener =
        run::listen(SocketAddr::new(options.address, options.sandbox_port)).await?;
    let (url, sandbox_url) = (address_of(&listener)?, address_of(&sandbox_listener)?);

    let (stores, mut overrides) = start_stores(&options, &mut say).await?;
    overrides.extend([
        ("listen", listener.local_addr()?.to_string()),
        ("public_url", format!("{url}/")),
        ("payments.base_url", format!("{sandbox_url}/moyasar/v1")),
        ("sms.base_url", format!("{sandbox_url}/unifonic")),
        (
            "geocoding.national_address_url",
            format!("{sandbox_url}/national-address"),
        ),
        (
            "geocoding.nominatim_url",
            format!("{sandbox_url}/nominatim"),
        ),
    ]);
    let config = Config::checked(&options.source, &overrides)?;

    let platform = app::connect(&config).await?;
    app::migrate(&platform.db).await?;
    set_speed(&platform, options.speed).await?;
    let following = run::follow(&platform).await?;
    let app = app::build(&config, platform, Placement::All).await?;
    app.registry.subscribe(&app.platform.db).await?;
    if app.location.is_some() && seed::is_empty(&app).await? {
        seed::all(&app, |what| say(&format!("seeding {what}"))).await?;
    }

    let (stop, stopped) = watch::channel(false);
    let mut tasks = Vec::new();
    let sandbox = sandbox_config(
        &options,
        &config,
        &url,
        &sandbox_url,
        app.platform.clock.anchor().speed,
    )?;
    let mut told = stopped.clone();
    tasks.push((
        "sandbox",
        tokio::spawn(gateway_sandbox::serve(
            sandbox_listener,
            sandbox,
            async move {
                let _ = told.wait_for(|stop| *stop).await;
            },
        )),
    ));
    let worker = app::worker(&app, &config);
    let told = stopped.clone();
    tasks.push((
        "worker",
        tokio::spawn(async move {
            worker.run(told).await;
            Ok(())
        }),
    ));
    let mut router = app.router.clone();
    if let Some(handle) = &options.metrics {
        router = app::with_metrics(router, handle.clone());
    }
    let closing = app.platform.closing.clone();
    let limits = config.edge.connections()?;
    let serving = run::serve(listener, router, limits, None, closing, stopped);
    tasks.push(("api", tokio::spawn(serving)));
    let left = beside::leave(&options.data, &options.source, &overrides, &config)?;
    Ok(Running {
        url,
        sandbox_url,
        config,
        app,
        stop,
        tasks,
        following,
        left,
        stores,
    })
}

impl Running {
    /// Waits until something ends by itself, which nothing should.
    pub async fn broken(&mut self) -> anyhow::Error {
        loop {
            for (name, task) in &self.tasks {
                if task.is_finished() {
                    return anyhow::anyhow!("the {name} ended by itself");
                }
            }
            if let Some(postgres) = &self.stores.postgres
                && !postgres.running()
            {
                return anyhow::anyhow!("PostgreSQL ended by itself");
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Ends all of it, in order: no new requests, jobs end, the clock stands, the stores stop.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.left);
        let _ = self.stop.send(true);
        for (name, task) in self.tasks.drain(..) {
            match task.await {
                Ok(Ok(())) => {}
                Ok(Err(e)) => {
                    tracing::warn!(part = name, cause = %format!("{e:#}"), "did not end well")
                }
                Err(e) => tracing::warn!(part = name, cause = %e, "did not end well"),
            }
        }
        self.following.abort();
        let platform = &self.app.platform;
        if platform.clock.anchor() != kernel::Anchor::REAL {
            // While nothing runs a clock of its own must not run away: it stands.
            platform::clock::set(&platform.db, &platform.clock, platform.now(), 0.0).await?;
        }
        self.app.platform.db.close().await;
        let stores = self.stores;
        tokio::task::spawn_blocking(move || {
            drop(stores.objects);
            drop(stores.redis);
            if let Some(postgres) = stores.postgres {
                postgres.stop();
            }
        })
        .await?;
        Ok(())
    }
}

/// A clock that ever left real time goes on from where it stood; a new one at the speed asked for.
async fn set_speed(platform: &platform::Platform, speed: Option<f64>) -> anyhow::Result<()> {
    let stored = platform::clock::load(&platform.db).await?;
    if stored == kernel::Anchor::REAL && speed.is_none_or(|speed| speed == 1.0) {
        return Ok(());
    }
    let real = kernel::Clock::system();
    let now = stored.at(real.now().as_millis());
    platform::clock::set(&platform.db, &platform.clock, now, speed.unwrap_or(1.0)).await?;
    Ok(())
}

fn address_of(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

fn sandbox_config(
    options: &UpOptions,
    config: &Config,
    url: &str,
    sandbox_url: &str,
    speed: f64,
) -> anyhow::Result<SandboxConfig> {
    Ok(SandboxConfig {
        publishable_key: config.payments.publishable_key.clone(),
        secret_key: config.payments.secret_key.expose().to_owned(),
        webhook_secret: config.payments.webhook_secret.expose().to_owned(),
        webhook_url: Some(format!("{url}/v1/webhooks/moyasar").parse()?),
        payout_source_id: config.payments.payout_source_id.clone(),
        app_sid: config.sms.app_sid.expose().to_owned(),
        national_address_key: config.geocoding.national_address_key.expose().to_owned(),
        public_url: Some(sandbox_url.parse()?),
        state_file: Some(options.data.join("sandbox.jsonl")),
        speed: speed.max(1.0),
        ..SandboxConfig::default()
    })
}

type Overrides = Vec<(&'static str, String)>;

/// Starts the stores that the environment does not name.
async fn start_stores(
    options: &UpOptions,
    say: &mut impl FnMut(&str),
) -> anyhow::Result<(Stores, Overrides)> {
    let given = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let mut overrides = Vec::new();
    let mut stores = Stores {
        postgres: None,
        redis: None,
        objects: None,
    };
    if given("DATABASE_URL") {
        say("using the PostgreSQL of DATABASE_URL");
    } else {
        let postgres = started(say, "PostgreSQL", {
            let dir = options.data.join("postgres");
            let throwaway = options.throwaway;
            move || {
                Postgres::start(if throwaway {
                    PostgresOptions::throwaway(dir)
                } else {
                    PostgresOptions::new(dir)
                })
            }
        })
        .await?;
        overrides.push(("database.url", postgres.url()));
        stores.postgres = Some(postgres);
    }
    if given("REDIS_URL") {
        say("using the Redis of REDIS_URL");
    } else {
        let dir = options.data.join("redis");
        let redis = started(say, "Redis", move || Redis::start(RedisOptions::new(dir))).await?;
        overrides.push(("redis.url", redis.url()));
        stores.redis = Some(redis);
    }
    if given("S3_ENDPOINT") {
        say("using the object storage of S3_ENDPOINT");
    } else {
        let secret = object_secret(&options.data)?;
        let object_options = ObjectStoreOptions {
            dir: options.data.join("objects"),
            bucket: "khidma".into(),
            access_key: "khidma".into(),
            secret_key: secret.clone(),
            port: 0,
        };
        let objects = started(say, "object storage", move || {
            ObjectStore::start(object_options)
        })
        .await?;
        overrides.extend([
            ("objects.endpoint", objects.endpoint()),
            ("objects.bucket", "khidma".into()),
            ("objects.access_key", "khidma".into()),
            ("objects.secret_key", secret),
        ]);
        stores.objects = Some(objects);
    }
    Ok((stores, overrides))
}

async fn started<T: Send + 'static>(
    say: &mut impl FnMut(&str),
    what: &str,
    start: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let started = tokio::task::spawn_blocking(start)
        .await?
        .with_context(|| format!("{what} did not start"))?;
    say(&format!("{what} started"));
    Ok(started)
}

/// The key of the private object storage; it stays with the data.
fn object_secret(data: &Path) -> anyhow::Result<String> {
    let path = data.join("object-secret");
    if let Ok(secret) = std::fs::read_to_string(&path) {
        return Ok(secret);
    }
    let secret = hex::encode(rand::random::<[u8; 24]>());
    std::fs::write(&path, &secret)?;
    Ok(secret)
}
