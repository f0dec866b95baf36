//! `/health/live`: the process runs. `/health/ready`: each store and gateway, with latency; 503
//! when a store is down. A gateway that is down degrades, it does not stop us.
//!
//! However many ask, the stores are asked once at a time, and not again within a second.

use crate::Platform;
use async_trait::async_trait;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long an answer is good.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Something whose health can be asked.
#[async_trait]
pub trait Probe: Send + Sync {
    fn name(&self) -> &'static str;
    /// Whether the platform can't work without it.
    fn essential(&self) -> bool;
    async fn probe(&self) -> anyhow::Result<()>;
}

/// Why a probe fails, in words that anybody may read: the only cause that `/health/ready` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Note(pub &'static str);

#[derive(Debug, Serialize)]
pub struct Part {
    pub name: &'static str,
    pub ok: bool,
    pub essential: bool,
    pub latency_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub struct Readiness {
    pub ready: bool,
    pub degraded: bool,
    pub parts: Vec<Part>,
}

struct Health {
    probes: Vec<Arc<dyn Probe>>,
    /// The last answer and when it was there. Who checks holds it; the others wait for what it finds.
    last: Mutex<Option<(Instant, Arc<Readiness>)>>,
}

impl Health {
    async fn readiness(&self) -> Arc<Readiness> {
        let mut last = self.last.lock().await;
        if let Some((at, readiness)) = &*last
            && at.elapsed() < GOOD_FOR
        {
            return readiness.clone();
        }
        let readiness = Arc::new(check(&self.probes).await);
        *last = Some((Instant::now(), readiness.clone()));
        readiness
    }
}

pub async fn check(probes: &[Arc<dyn Probe>]) -> Readiness {
    let parts = futures::future::join_all(probes.iter().map(|probe| async move {
        let start = Instant::now();
        let answer = tokio::time::timeout(Duration::from_secs(2), probe.probe()).await;
        let ok = matches!(answer, Ok(Ok(())));
        let note = match answer {
            Ok(Err(cause)) => cause.downcast_ref::<Note>().map(|note| note.0),
            _ => None,
        };
        if !ok {
            tracing::warn!(part = probe.name(), note, "health probe failed");
        }
        Part {
            name: probe.name(),
            ok,
            essential: probe.essential(),
            latency_ms: start.elapsed().as_millis() as u64,
            note,
        }
    }))
    .await;
    Readiness {
        ready: parts.iter().all(|part| part.ok || !part.essential),
        degraded: parts.iter().any(|part| !part.ok),
        parts,
    }
}

pub fn router(probes: Vec<Arc<dyn Probe>>) -> Router {
    Router::new()
        .route(
            "/health/live",
            get(|| async { Json(serde_json::json!({ "live": true })) }),
        )
        .route("/health/ready", get(ready))
        .with_state(Arc::new(Health {
            probes,
            last: Mutex::default(),
        }))
}

async fn ready(State(health): State<Arc<Health>>) -> (StatusCode, Json<Arc<Readiness>>) {
    let readiness = health.readiness().await;
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness))
}

/// The three stores.
pub fn store_probes(platform: &Platform) -> Vec<Arc<dyn Probe>> {
    vec![
        Arc::new(Postgres(platform.db.clone())),
        Arc::new(RedisProbe(platform.redis.clone())),
        Arc::new(ObjectsProbe(platform.objects.clone())),
    ]
}

struct Postgres(sqlx::PgPool);
#[async_trait]
impl Probe for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }
    fn essential(&self) -> bool {
        true
    }
    async fn probe(&self) -> anyhow::Result<()> {
        sqlx::query_scalar!("select 1 as one")
            .fetch_one(&self.0)
            .await?;
        Ok(())
    }
}

struct RedisProbe(crate::Redis);
#[async_trait]
impl Probe for RedisProbe {
    fn name(&self) -> &'static str {
        "redis"
    }
    fn essential(&self) -> bool {
        true
    }
    async fn probe(&self) -> anyhow::Result<()> {
        self.0.ping().await
    }
}

struct ObjectsProbe(crate::Objects);
#[async_trait]
impl Probe for ObjectsProbe {
    fn name(&self) -> &'static str {
        "objects"
    }
    fn essential(&self) -> bool {
        true
    }
    async fn probe(&self) -> anyhow::Result<()> {
        self.0.ping().await
    }
}
