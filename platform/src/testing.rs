//! The harness for module tests: a database of one's own, a prefix in Redis and in the bucket, a
//! clock that stands until moved, and a worker that runs what is due when told.

use crate::db::Migrator;
use crate::http::{Edge, EdgeSettings};
use crate::objects::ObjectSettings;
use crate::queue::{Registry, RunReport, Worker, WorkerSettings};
use crate::{Objects, Platform, Redis, Sealer, Tokens};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use kernel::access::{Actor, Role, Scope};
use kernel::{Clock, SessionId, Time, UserId};
use serde::Serialize;
use serde_json::Value;
use sqlx::{Connection, Executor, PgConnection};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use stores::testing::TestStores;
use tower::ServiceExt;
use uuid::Uuid;

/// A Sunday, 09:00 in Riyadh.
pub const START: &str = "2026-12-06T06:00:00Z";

/// Prints what the platform logs as an error: an answer tells no cause, and a test that fails once
/// in a thousand runs should.
pub fn say_errors() {
    // Tests of one program share it; whoever is first sets it.
    let _ = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::ERROR)
        .with_test_writer()
        .try_init();
}

pub struct TestPlatform {
    pub platform: Platform,
    pub clock: Clock,
    /// Hand it to the modules' `register`.
    pub registry: Registry,
    pub edge: Arc<Edge>,
    pub database_url: String,
    pub stores: &'static TestStores,
}

impl TestPlatform {
    /// Makes a database with the platform's and these migrations.
    pub async fn start(migrators: &[&Migrator]) -> Self {
        let stores = TestStores::get();
        let database_url = fresh_database(&stores.database_url).await;
        let db = crate::db::connect(&database_url, 12)
            .await
            .expect("test database");
        crate::db::migrate(&db, &crate::db::MIGRATOR)
            .await
            .expect("platform migrations");
        for migrator in migrators {
            crate::db::migrate(&db, migrator)
                .await
                .expect("module migrations");
        }
        Self::with_database(db, database_url, stores).await
    }

    /// The same over a database that is ready.
    pub async fn with_database(
        db: sqlx::PgPool,
        database_url: String,
        stores: &'static TestStores,
    ) -> Self {
        say_errors();
        let own = Uuid::now_v7().simple().to_string();
        let clock = Clock::standing(START.parse().expect("a time"));
        let tokens = Tokens::from_seed(&[42; 32])
            .expect("any 32 bytes are a seed")
            .over(db.clone());
        let platform = Platform {
            db,
            redis: Redis::connect(&stores.redis_url, &format!("test:{own}:"))
                .await
                .expect("test Redis"),
            objects: Objects::open(&object_settings(stores), &format!("{own}/"))
                .expect("test bucket"),
            clock: clock.clone(),
            tokens,
            seal: sealer(),
            closing: crate::CancellationToken::new(),
        };
        let edge = Edge::new(
            platform.tokens.clone(),
            clock.clone(),
            EdgeSettings::default(),
        );
        Self {
            platform,
            clock,
            registry: Registry::new(),
            edge,
            database_url,
            stores,
        }
    }

    pub fn now(&self) -> Time {
        self.clock.now()
    }

    pub fn worker(&self) -> Worker {
        Worker::new(
            self.platform.db.clone(),
            self.clock.clone(),
            self.registry.clone(),
            WorkerSettings::default(),
        )
    }

    /// Runs what is due, and what that causes. Any failed run is a failed test.
    pub async fn run_pending_jobs(&self) -> usize {
        let report = self.try_pending_jobs().await;
        assert!(report.failed.is_empty(), "jobs failed: {:?}", report.failed);
        report.done
    }

    /// The same for tests in which a job is meant to fail.
    pub async fn try_pending_jobs(&self) -> RunReport {
        self.registry
            .subscribe(&self.platform.db)
            .await
            .expect("subscriptions");
        self.worker().run_pending().await.expect("queue")
    }

    /// Publishing before the first `run_pending_jobs` needs the subscriptions written.
    pub async fn subscribe(&self) {
        self.registry
            .subscribe(&self.platform.db)
            .await
            .expect("subscriptions");
    }

    /// A client of `router` behind the whole edge.
    pub fn http(&self, router: Router) -> TestHttp {
        TestHttp {
            router: self.edge.around(router),
            tokens: self.platform.tokens.clone(),
            clock: self.clock.clone(),
            actor: None,
            proven: false,
            address: None,
            lang: "en",
        }
    }
}

/// Seals under one key, `test`.
pub fn sealer() -> Sealer {
    let key: String = (0..32).map(|byte| format!("{byte:02x}")).collect();
    Sealer::new("test", [("test", key.as_str())]).expect("32 different bytes are a key")
}

pub fn object_settings(stores: &TestStores) -> ObjectSettings {
    ObjectSettings {
        endpoint: stores.s3_endpoint.clone(),
        bucket: stores.s3_bucket.clone(),
        region: "us-east-1".into(),
        access_key: stores.s3_access_key.clone(),
        secret_key: stores.s3_secret_key.clone(),
    }
}

/// Creates an empty database next to the one of `url` and returns its URL.
pub async fn fresh_database(url: &str) -> String {
    database_from_template(url, "template1").await
}

/// Creates a database as a copy of `template`.
pub async fn database_from_template(url: &str, template: &str) -> String {
    let name = format!("t_{}", Uuid::now_v7().simple());
    let mut admin = PgConnection::connect(url).await.expect("test PostgreSQL");
    // Both names are made here; no input reaches this text.
    let sql = format!("create database {name} template {template}");
    admin
        .execute(sqlx::AssertSqlSafe(sql))
        .await
        .expect("create database");
    let _ = admin.close().await;
    with_database_name(url, &name)
}

/// `url` with another database name.
pub fn with_database_name(url: &str, name: &str) -> String {
    let mut parsed = url::Url::parse(url).expect("a database URL");
    parsed.set_path(&format!("/{name}"));
    parsed.to_string()
}

/// An actor with one role.
pub fn actor(role: Role) -> Actor {
    Actor {
        user: UserId::new(),
        session: SessionId::new(),
        roles: vec![role],
        scope: Scope::default(),
        second_factor_at: None,
    }
}

#[derive(Clone)]
pub struct TestHttp {
    router: Router,
    tokens: Tokens,
    clock: Clock,
    actor: Option<Actor>,
    proven: bool,
    address: Option<IpAddr>,
    lang: &'static str,
}

#[derive(Debug)]
pub struct TestAnswer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub json: Value,
    pub bytes: bytes::Bytes,
}

impl TestAnswer {
    /// The problem code, if it is one.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }
    /// The body, when the status is a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.json);
        self.json
    }
    /// Asserts a refusal of this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status.as_u16(), self.code()),
            (status, code),
            "{}",
            self.json
        );
        assert_eq!(
            self.headers[header::CONTENT_TYPE],
            "application/problem+json"
        );
        self.json
    }
}

impl TestHttp {
    /// Asks this router instead, edge and all.
    pub fn set_router(&mut self, router: Router) {
        self.router = router;
    }
    pub fn as_actor(&self, actor: &Actor) -> Self {
        Self {
            actor: Some(actor.clone()),
            ..self.clone()
        }
    }
    /// As if the actor gave a second factor with each request.
    pub fn just_proven(&self) -> Self {
        Self {
            proven: true,
            ..self.clone()
        }
    }
    /// As if it came from this network address.
    pub fn from_address(&self, address: IpAddr) -> Self {
        Self {
            address: Some(address),
            ..self.clone()
        }
    }
    pub fn lang(&self, lang: &'static str) -> Self {
        Self {
            lang,
            ..self.clone()
        }
    }
    pub async fn get(&self, path: &str) -> TestAnswer {
        self.send(
            self.request(Method::GET, path)
                .body(Body::empty())
                .expect("request"),
        )
        .await
    }
    pub async fn delete(&self, path: &str) -> TestAnswer {
        let request = self
            .request(Method::DELETE, path)
            .header("idempotency-key", Uuid::new_v4().to_string());
        self.send(request.body(Body::empty()).expect("request"))
            .await
    }
    /// With a new idempotency key.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> TestAnswer {
        self.json(Method::POST, path, body, Uuid::new_v4()).await
    }
    pub async fn put(&self, path: &str, body: &impl Serialize) -> TestAnswer {
        self.json(Method::PUT, path, body, Uuid::new_v4()).await
    }
    pub async fn patch(&self, path: &str, body: &impl Serialize) -> TestAnswer {
        self.json(Method::PATCH, path, body, Uuid::new_v4()).await
    }
    pub async fn post_with_key(&self, path: &str, body: &impl Serialize, key: Uuid) -> TestAnswer {
        self.json(Method::POST, path, body, key).await
    }
    pub async fn json(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        key: Uuid,
    ) -> TestAnswer {
        let request = self
            .request(method, path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key.to_string());
        let body = serde_json::to_vec(body).expect("a JSON body");
        self.send(request.body(Body::from(body)).expect("request"))
            .await
    }
    /// A raw body, for uploads and webhooks.
    pub async fn post_bytes(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<bytes::Bytes>,
    ) -> TestAnswer {
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, content_type)
            .header("idempotency-key", Uuid::new_v4().to_string());
        self.send(request.body(Body::from(body.into())).expect("request"))
            .await
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT_LANGUAGE, self.lang);
        if let Some(address) = self.address {
            request = request.extension(ConnectInfo(SocketAddr::new(address, 40_000)));
        }
        if let Some(actor) = &self.actor {
            let now = self.clock.now();
            let mut actor = actor.clone();
            if self.proven {
                actor.second_factor_at = Some(now);
            }
            let (token, _) = self.tokens.sign(&actor, now).expect("a key that signs");
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        request
    }

    pub async fn send(&self, request: Request<Body>) -> TestAnswer {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        TestAnswer {
            status: parts.status,
            headers: parts.headers,
            json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            bytes,
        }
    }
}
