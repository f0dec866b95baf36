//! Takes jobs and runs them. A lease (database time) tells a dead worker's jobs from a slow
//! one's; a job that has taken three workers down with it is put aside.

use super::{CHANNEL, Ctx, Registry};
use crate::telemetry;
use kernel::{Clock, Time};
use sqlx::postgres::PgListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::Instrument;
use uuid::Uuid;

/// A job whose workers died this often is not tried again.
const MAX_CRASHES: i32 = 3;

#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Jobs at a time.
    pub concurrency: usize,
    /// How long a silent worker keeps its jobs.
    pub lease: Duration,
    /// How long a shutdown waits for running jobs.
    pub grace: Duration,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            concurrency: 8,
            lease: Duration::from_secs(15),
            grace: Duration::from_secs(25),
        }
    }
}

#[derive(Clone)]
pub struct Worker {
    id: Uuid,
    db: sqlx::PgPool,
    clock: Clock,
    registry: Arc<Registry>,
    settings: WorkerSettings,
}

struct Claimed {
    id: Uuid,
    name: String,
    payload: serde_json::Value,
    attempt: i32,
    max_attempts: i32,
    traceparent: Option<String>,
}

/// What [`Worker::run_pending`] did.
#[derive(Debug, Default)]
pub struct RunReport {
    pub done: usize,
    /// Job name and error of each run that failed.
    pub failed: Vec<(String, String)>,
}

impl Worker {
    pub fn new(
        db: sqlx::PgPool,
        clock: Clock,
        registry: Registry,
        settings: WorkerSettings,
    ) -> Self {
        Self {
            id: Uuid::now_v7(),
            db,
            clock,
            registry: Arc::new(registry),
            settings,
        }
    }

    /// Works until `stop` is true; then takes nothing new, lets running jobs end, and gives back
    /// what does not end in time.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut running: JoinSet<()> = JoinSet::new();
        let mut listener = None;
        let mut last_beat = tokio::time::Instant::now();
        while !*stop.borrow() {
            if listener.is_none() {
                listener = self.listen().await;
            }
            if last_beat.elapsed() > self.settings.lease / 3 {
                last_beat = tokio::time::Instant::now();
                self.beat().await;
            }
            let taken = match self.fill(&mut running).await {
                Ok(taken) => taken,
                Err(e) => {
                    tracing::warn!(cause = %e, "queue unavailable");
                    listener = None;
                    0
                }
            };
            if taken > 0 && running.len() < self.settings.concurrency {
                continue;
            }
            let wait = self.wait_for().await;
            tokio::select! {
                _ = stop.changed() => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
                heard = hear(&mut listener), if running.len() < self.settings.concurrency => match heard {
                    Some(channel) if channel == crate::clock::CHANNEL => self.look_at_the_clock().await,
                    Some(_) => {}
                    None => listener = None,
                },
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.end(running).await;
    }

    async fn listen(&self) -> Option<PgListener> {
        let mut listener = PgListener::connect_with(&self.db).await.ok()?;
        listener
            .listen_all([CHANNEL, crate::clock::CHANNEL])
            .await
            .ok()?;
        Some(listener)
    }

    /// The clock was moved. Whoever keeps this process's clock may hear of it later than we do,
    /// and what is due now would wait for our next look.
    async fn look_at_the_clock(&self) {
        match crate::clock::load(&self.db).await {
            Ok(anchor) => self.clock.set_anchor(anchor),
            Err(e) => tracing::warn!(cause = %e, "the clock could not be read"),
        }
    }

    async fn fill(&self, running: &mut JoinSet<()>) -> sqlx::Result<usize> {
        let room = self.settings.concurrency.saturating_sub(running.len());
        if room == 0 {
            return Ok(0);
        }
        self.tick_crons().await?;
        let claimed = self.claim(room as i64).await?;
        let taken = claimed.len();
        for job in claimed {
            let worker = self.clone();
            running.spawn(async move {
                worker.run_one(job).await;
            });
        }
        Ok(taken)
    }

    async fn tick_crons(&self) -> sqlx::Result<()> {
        let now = self.clock.now();
        let due: Vec<String> = sqlx::query_scalar!(
            "select name as \"name!\" from unnest($1::text[]) as name
             where not exists (select 1 from platform.crons c where c.name = name.name and c.next_at > $2)",
            &self.registry.crons.iter().map(|c| c.name.to_owned()).collect::<Vec<_>>(),
            now
        )
        .fetch_all(&self.db)
        .await?;
        for cron in self
            .registry
            .crons
            .iter()
            .filter(|c| due.iter().any(|d| d == c.name))
        {
            cron.tick(&self.db, now).await?;
        }
        Ok(())
    }

    /// At most `room` jobs. The inner query must run once: as a subquery of `in (…)` PostgreSQL may
    /// run it again for every row, and then the limit holds for each run, not for all of them.
    async fn claim(&self, room: i64) -> sqlx::Result<Vec<Claimed>> {
        let mut jobs = sqlx::query_as!(
            Claimed,
            r#"with due as materialized (
                   select id from platform.jobs
                   where locked_by is null and run_at <= $3 and name = any($4)
                   order by run_at, id
                   limit $5
                   for update skip locked
               )
               update platform.jobs j set
                   locked_by = $1, locked_until = now() + make_interval(secs => $2), attempt = attempt + 1
               from due where j.id = due.id
               returning j.id, name, payload, attempt, max_attempts, traceparent"#,
            self.id,
            self.settings.lease.as_secs_f64(),
            self.clock.now(),
            &self.registry.names(),
            room,
        )
        .fetch_all(&self.db)
        .await?;
        jobs.sort_by_key(|job| job.id);
        Ok(jobs)
    }

    /// Returns the error of a failed run.
    async fn run_one(&self, job: Claimed) -> Option<String> {
        let handler = self.registry.handlers.get(&job.name)?.clone();
        let span = tracing::info_span!("job", job = %job.name, id = %job.id, attempt = job.attempt);
        if let Some(parent) = &job.traceparent {
            telemetry::follow(&span, parent);
        }
        let completed = Arc::new(Mutex::new(false));
        let ctx = Ctx {
            now: self.clock.now(),
            attempt: job.attempt,
            id: job.id,
            db: self.db.clone(),
            completed: completed.clone(),
        };
        let started = std::time::Instant::now();
        // In a task of its own, so that a panic ends the job and not the worker.
        let outcome =
            tokio::spawn(handler(ctx, job.payload.clone()).instrument(span.clone())).await;
        let error = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(e)) => Some(format!("{e:#}")),
            Err(e) => Some(format!("panic: {e}")),
        };
        metrics::histogram!("khidma_job_seconds", "job" => job.name.clone())
            .record(started.elapsed().as_secs_f64());
        let _in = span.enter();
        let name = job.name.clone();
        let finish = async {
            match &error {
                None if *completed.lock().unwrap_or_else(|e| e.into_inner()) => Ok(()),
                None => self.delete(job.id).await,
                Some(error) => self.fail(&job, error).await,
            }
        };
        drop(_in);
        if let Err(e) = finish.instrument(span).await {
            tracing::warn!(job = %name, cause = %e, "a job's end could not be written; its lease will run out");
        }
        error
    }

    async fn delete(&self, id: Uuid) -> sqlx::Result<()> {
        sqlx::query!(
            "delete from platform.jobs where id = $1 and locked_by = $2",
            id,
            self.id
        )
        .execute(&self.db)
        .await?;
        Ok(())
    }

    async fn fail(&self, job: &Claimed, error: &str) -> sqlx::Result<()> {
        let now = self.clock.now();
        if job.attempt >= job.max_attempts {
            tracing::error!(job = %job.name, attempt = job.attempt, cause = %error, "job failed for good");
            metrics::counter!("khidma_jobs_dead_total", "job" => job.name.clone()).increment(1);
            return bury(&self.db, job.id, error, now).await;
        }
        let again = now + back_off(job.attempt, job.id);
        tracing::warn!(job = %job.name, attempt = job.attempt, cause = %error, "job failed; will be tried again");
        sqlx::query!(
            "update platform.jobs set locked_by = null, locked_until = null, run_at = $3, last_error = $4
             where id = $1 and locked_by = $2",
            job.id,
            self.id,
            again,
            error
        )
        .execute(&self.db)
        .await?;
        Ok(())
    }

    /// Renews our leases and takes back the jobs of workers that fell silent.
    async fn beat(&self) {
        let renewed = sqlx::query!(
            "update platform.jobs set locked_until = now() + make_interval(secs => $2) where locked_by = $1",
            self.id,
            self.settings.lease.as_secs_f64()
        )
        .execute(&self.db)
        .await;
        if let Err(e) = renewed {
            tracing::warn!(cause = %e, "leases not renewed");
            return;
        }
        if let Err(e) = recover(&self.db, self.clock.now()).await {
            tracing::warn!(cause = %e, "abandoned jobs not recovered");
        }
    }

    async fn wait_for(&self) -> Duration {
        let longest = Duration::from_millis(1000);
        let next = sqlx::query_scalar!(
            r#"select min(run_at) from platform.jobs where locked_by is null and name = any($1)"#,
            &self.registry.names()
        )
        .fetch_one(&self.db)
        .await;
        match next {
            Ok(Some(at)) => self.clock.real_wait(at).map_or(longest, |wait| {
                wait.min(longest).max(Duration::from_millis(2))
            }),
            _ => longest,
        }
    }

    async fn end(&self, mut running: JoinSet<()>) {
        let all = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(self.settings.grace, all)
            .await
            .is_err()
        {
            tracing::warn!("jobs still running at shutdown are given back");
            running.abort_all();
        }
        let given_back = sqlx::query!(
            "update platform.jobs set locked_by = null, locked_until = null, 
                 attempt = case when unique_key is null then greatest(attempt - 1, 0) else attempt end
             where locked_by = $1",
            self.id
        )
        .execute(&self.db)
        .await;
        if let Err(e) = given_back {
            tracing::warn!(cause = %e, "jobs not given back; their leases will run out");
        }
    }

    /// Runs everything that is due at the clock's present moment, one job at a time in order,
    /// including what that causes. For tests.
    pub async fn run_pending(&self) -> anyhow::Result<RunReport> {
        let mut report = RunReport::default();
        loop {
            self.tick_crons().await?;
            let Some(job) = self.claim(1).await?.pop() else {
                return Ok(report);
            };
            let name = job.name.clone();
            match self.run_one(job).await {
                None => report.done += 1,
                Some(error) => report.failed.push((name, error)),
            }
        }
    }
}

/// The channel of the next news; `None` where the connection is lost.
async fn hear(listener: &mut Option<PgListener>) -> Option<String> {
    match listener {
        Some(listener) => listener
            .recv()
            .await
            .ok()
            .map(|news| news.channel().to_owned()),
        None => std::future::pending().await,
    }
}

async fn bury(db: &sqlx::PgPool, id: Uuid, error: &str, now: Time) -> sqlx::Result<()> {
    sqlx::query!(
        "with gone as (delete from platform.jobs where id = $1 returning *)
         insert into platform.dead_jobs (id, name, payload, attempt, max_attempts, crashes, last_error, created_at, died_at)
         select id, name, payload, attempt, max_attempts, crashes, $2, created_at, $3 from gone",
        id,
        error,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Unlocks the jobs whose worker's lease ran out. A job that did so too often is buried: it
/// probably kills its worker.
pub(super) async fn recover(db: &sqlx::PgPool, now: Time) -> sqlx::Result<u64> {
    let abandoned = sqlx::query!(
        "update platform.jobs set locked_by = null, locked_until = null, crashes = crashes + 1
         where locked_by is not null and locked_until < now()
         returning id, crashes, name"
    )
    .fetch_all(db)
    .await?;
    for job in &abandoned {
        tracing::warn!(job = %job.name, crashes = job.crashes, "a job's worker fell silent");
        if job.crashes >= MAX_CRASHES {
            bury(db, job.id, "its worker died each time", now).await?;
        }
    }
    Ok(abandoned.len() as u64)
}

/// 1 s, 2 s, 4 s … one hour, each plus up to a quarter that depends on the job: a crowd of
/// failures does not come back as a crowd.
fn back_off(attempt: i32, id: Uuid) -> jiff::SignedDuration {
    let base = 1_i64 << (attempt - 1).clamp(0, 12);
    let base_ms = base.min(3600) * 1000;
    let spread = i64::from(id.as_bytes()[15]) * base_ms / 1024;
    kernel::millis(base_ms + spread)
}
