//! Background work: rows in PostgreSQL, enqueued in the transaction that causes them, taken with
//! `FOR UPDATE SKIP LOCKED`. A job runs at least once; a handler that ends with
//! [`Ctx::complete`] has its effect once, because the row goes in the same transaction.
//!
//! Our own instead of a library because `run_at` is *platform* time (ADR 3): the same queue
//! serves production, a test that moves the clock, and a city at sixty times the speed.

mod cron;
mod worker;

pub use cron::Every;
pub use worker::{RunReport, Worker, WorkerSettings};

use crate::{Tx, events, telemetry};
use futures::future::BoxFuture;
use kernel::{Event, Time};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// The channel on which workers hear of new jobs.
pub const CHANNEL: &str = "khidma_jobs";

/// Work to be done later. `NAME` is `<module>.<verb>`, stable: rows carry it.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    const NAME: &'static str;
    const MAX_ATTEMPTS: i32 = 10;
}

/// When to run, and whether one pending job of a kind is enough.
#[derive(Debug, Clone)]
pub struct Run {
    at: Time,
    key: Option<String>,
}

impl Run {
    pub fn now(now: Time) -> Self {
        Self { at: now, key: None }
    }
    pub fn at(at: Time) -> Self {
        Self { at, key: None }
    }
    /// While a job of this name and key waits for its first run, another adds nothing; the
    /// earlier moment counts.
    pub fn unique(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// Adds a job in the caller's transaction.
pub async fn enqueue<J: Job>(tx: &mut PgConnection, job: &J, run: Run) -> sqlx::Result<()> {
    let payload = serde_json::to_value(job).map_err(|e| sqlx::Error::Encode(e.into()))?;
    let mut envelope = Envelope::new(J::NAME.to_owned(), payload, run.at);
    envelope.unique_key = run.key;
    envelope.max_attempts = J::MAX_ATTEMPTS;
    envelope.insert(tx).await
}

/// A row about to be written.
pub(crate) struct Envelope {
    name: String,
    payload: serde_json::Value,
    run_at: Time,
    max_attempts: i32,
    unique_key: Option<String>,
}

impl Envelope {
    pub(crate) fn new(name: String, payload: serde_json::Value, run_at: Time) -> Self {
        Self {
            name,
            payload,
            run_at,
            max_attempts: 10,
            unique_key: None,
        }
    }

    pub(crate) async fn insert(self, tx: &mut PgConnection) -> sqlx::Result<()> {
        sqlx::query!(
            "with added as (
                insert into platform.jobs (id, name, payload, run_at, max_attempts, unique_key, traceparent, created_at)
                values ($1, $2, $3, $4, $5, $6, $7, $4)
                on conflict (name, unique_key)
                    where unique_key is not null and locked_by is null and attempt = 0
                    do update set run_at = least(jobs.run_at, excluded.run_at)
                returning 1
             )
             select pg_notify($8, '') as n from added",
            Uuid::now_v7(),
            self.name,
            self.payload,
            self.run_at,
            self.max_attempts,
            self.unique_key,
            telemetry::traceparent(),
            CHANNEL,
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}

/// What a handler is given.
pub struct Ctx {
    /// Platform time when the run began.
    pub now: Time,
    /// 1 on the first run.
    pub attempt: i32,
    pub(crate) id: Uuid,
    pub(crate) db: sqlx::PgPool,
    pub(crate) completed: Arc<Mutex<bool>>,
}

impl Ctx {
    pub async fn begin(&self) -> sqlx::Result<Tx> {
        self.db.begin().await
    }

    /// Ends the job in the transaction of its effect: both happen or neither.
    pub async fn complete(&self, mut tx: Tx) -> sqlx::Result<()> {
        let gone = sqlx::query!("delete from platform.jobs where id = $1", self.id)
            .execute(&mut *tx)
            .await?;
        if gone.rows_affected() == 0 {
            // Another worker took the job over after our lease ran out and has finished it:
            // its effect stands, ours must not.
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        *self.completed.lock().unwrap_or_else(|e| e.into_inner()) = true;
        Ok(())
    }
}

type Handler =
    Arc<dyn Fn(Ctx, serde_json::Value) -> BoxFuture<'static, anyhow::Result<()>> + Send + Sync>;

/// Who handles what in this process.
#[derive(Clone, Default)]
pub struct Registry {
    handlers: BTreeMap<String, Handler>,
    subscriptions: Vec<(&'static str, &'static str)>,
    crons: Vec<cron::Cron>,
}

impl Registry {
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `handler` for jobs of this kind. Two handlers for one kind is a mistake in the wiring.
    pub fn job<J, Fut>(&mut self, handler: impl Fn(Ctx, J) -> Fut + Send + Sync + 'static)
    where
        J: Job,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.insert(J::NAME.to_owned(), handler);
    }

    /// Runs `handler` for each event of this kind. `subscriber` is stable: rows carry it.
    pub fn on<E, Fut>(
        &mut self,
        subscriber: &'static str,
        handler: impl Fn(Ctx, E) -> Fut + Send + Sync + 'static,
    ) where
        E: Event,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.subscriptions.push((E::NAME, subscriber));
        self.insert(events::job_name(E::NAME, subscriber), handler);
    }

    /// Enqueues `make()` whenever `every` says so. A moment missed while nothing ran is made up
    /// for once.
    pub fn cron<J: Job>(
        &mut self,
        name: &'static str,
        every: Every,
        make: impl Fn() -> J + Send + Sync + 'static,
    ) {
        self.crons.push(cron::Cron::new(name, every, make));
    }

    fn insert<P, Fut>(
        &mut self,
        name: String,
        handler: impl Fn(Ctx, P) -> Fut + Send + Sync + 'static,
    ) where
        P: DeserializeOwned + Send + 'static,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let handler: Handler =
            Arc::new(
                move |ctx, payload| match serde_json::from_value::<P>(payload) {
                    Ok(payload) => Box::pin(handler(ctx, payload)),
                    Err(e) => {
                        Box::pin(async move { Err(anyhow::Error::new(e).context("payload")) })
                    }
                },
            );
        let before = self.handlers.insert(name.clone(), handler);
        assert!(before.is_none(), "two handlers for {name}");
    }

    fn names(&self) -> Vec<String> {
        self.handlers.keys().cloned().collect()
    }

    /// Tells publishers of the subscriptions hosted here. Before anything is published.
    pub async fn subscribe(&self, db: &sqlx::PgPool) -> sqlx::Result<()> {
        for (event, subscriber) in &self.subscriptions {
            sqlx::query!(
                "insert into platform.subscriptions (event, subscriber) values ($1, $2) on conflict do nothing",
                event,
                subscriber
            )
            .execute(db)
            .await?;
        }
        Ok(())
    }
}

/// How much work there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct QueueDepth {
    /// Due now or running.
    pub due: i64,
    pub waiting: i64,
    pub dead: i64,
}

pub async fn depth(db: &sqlx::PgPool, now: Time) -> sqlx::Result<QueueDepth> {
    sqlx::query_as!(
        QueueDepth,
        r#"select
            (select count(*) from platform.jobs where run_at <= $1 or locked_by is not null) as "due!",
            (select count(*) from platform.jobs where run_at > $1 and locked_by is null) as "waiting!",
            (select count(*) from platform.dead_jobs) as "dead!""#,
        now
    )
    .fetch_one(db)
    .await
}

/// A job that failed for good. Its payload may name people and is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadJob {
    pub id: Uuid,
    pub name: String,
    pub attempt: i32,
    /// How often its worker died.
    pub crashes: i32,
    pub last_error: Option<String>,
    pub died_at: Time,
}

/// The latest dead jobs, newest first, at most `limit`.
pub async fn dead(db: &sqlx::PgPool, limit: i64) -> sqlx::Result<Vec<DeadJob>> {
    sqlx::query_as!(
        DeadJob,
        "select id, name, attempt, crashes, last_error, died_at from platform.dead_jobs
         order by died_at desc, id desc limit $1",
        limit
    )
    .fetch_all(db)
    .await
}

/// Puts a dead job back, as new.
pub async fn revive(tx: &mut PgConnection, now: Time, id: Uuid) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "with back as (delete from platform.dead_jobs where id = $1 returning *)
         insert into platform.jobs (id, name, payload, run_at, max_attempts, created_at)
         select id, name, payload, $2, max_attempts, created_at from back",
        id,
        now
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether anything is left to do at the present moment, and when there next will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Idle {
    /// Jobs due or running, and crons due.
    pub due: i64,
    pub waiting: i64,
    pub dead: i64,
    pub next_at: Option<Time>,
}

pub async fn idle(db: &sqlx::PgPool, now: Time) -> sqlx::Result<Idle> {
    sqlx::query_as!(
        Idle,
        r#"select
            (select count(*) from platform.jobs where run_at <= $1 or locked_by is not null)
              + (select count(*) from platform.crons where next_at <= $1) as "due!",
            (select count(*) from platform.jobs where run_at > $1 and locked_by is null) as "waiting!",
            (select count(*) from platform.dead_jobs) as "dead!",
            least((select min(run_at) from platform.jobs where locked_by is null),
                  (select min(next_at) from platform.crons)) as next_at"#,
        now
    )
    .fetch_one(db)
    .await
}
