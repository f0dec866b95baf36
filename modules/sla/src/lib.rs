//! SLA: what we promise, clocks that count open time only, and the alarms they raise.
//!
//! Owns the schema `sla` and the Redis keys `sla:*` (see `live.rs`).
//!
//! # Invariants
//!
//! - A deadline is a pure function of a clock's history: calendar, start, target, pauses
//!   ([`calendar`]). Paused time is a break in the calendar.
//! - PostgreSQL holds the truth. A mark (warning fraction or deadline) is told under the lock of
//!   the clock's row, which remembers it: once, whoever comes and however often. The event, the
//!   alarm and the memory are one transaction.
//! - "Late" means after the deadline: a mark is passed one millisecond after it, and a command
//!   first tells what had passed by its own moment. So the outcome does not depend on whether a
//!   worker or the command came first.
//!
//! # Who makes a clock fire
//!
//! 1. The job `sla.fire`, one waiting per running clock, due at exactly its next mark. It is a
//!    row in PostgreSQL written with the clock, so it survives everything PostgreSQL does; and a
//!    city whose clock moves in steps can wait until all due jobs are done.
//! 2. `sla.tick`, every half minute of platform time in any number of workers: claims what the
//!    Redis sorted set says is due. A fast path beside a long queue, and the set that the consoles
//!    read stays live by it.
//! 3. `sla.sweep`, every minute: makes the Redis set what PostgreSQL says, after a flush or a
//!    restart too, and fires what is overdue, should a job have been put aside.
//!
//! All three end in the same function and the same row lock.

mod alarms;
mod book;
pub mod calendar;
mod clock;
mod command;
mod console;
mod fire;
mod live;
pub mod policy;
mod predict;
mod seed;
mod settings;
mod start;
mod views;

pub use alarms::{ESCALATE_AFTER_MINUTES, EscalateAlarm};
pub use console::MAX_SNOOZE_MINUTES;
pub use fire::{FireClock, Sweep, Tick};

use async_trait::async_trait;
use book::{Book, Bookshelf};
use contract_sla::{
    Alarm, ClockCommand, ClockKind, ClockView, Promise, PromiseQuery, SlaFault, StartClocks,
};
use kernel::{AlarmId, JobId, Outcome, Slug, Time, minutes, seconds};
use live::Live;
use platform::Platform;
use platform::queue::{Ctx, Every, Registry};
use platform::routes;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

pub static MIGRATOR: platform::db::Migrator = platform::migrator!("sla");

pub struct Sla {
    p: Platform,
    live: Live,
    books: Bookshelf,
}

impl Sla {
    pub fn new(p: Platform) -> Arc<Self> {
        let live = Live::new(p.redis.clone());
        Arc::new(Self {
            p,
            live,
            books: Bookshelf::default(),
        })
    }

    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(console::list_alarms))
            .routes(routes!(console::acknowledge_alarm))
            .routes(routes!(console::snooze_alarm))
            .routes(routes!(settings::list_policies))
            .routes(routes!(settings::list_calendars))
            .with_state(self.clone())
    }

    pub fn register(self: &Arc<Self>, r: &mut Registry) {
        let me = self.clone();
        r.job::<FireClock, _>(move |ctx: Ctx, job| {
            let me = me.clone();
            async move {
                let mut tx = ctx.begin().await?;
                let shown = me.fire(&mut tx, job.clock, ctx.now).await?;
                ctx.complete(tx).await?;
                me.live.show(&[shown]).await;
                Ok(())
            }
        });
        let me = self.clone();
        r.job::<EscalateAlarm, _>(move |ctx: Ctx, job| {
            let me = me.clone();
            async move {
                let mut tx = ctx.begin().await?;
                me.escalate(&mut tx, job.alarm, ctx.now).await?;
                Ok(ctx.complete(tx).await?)
            }
        });
        let me = self.clone();
        r.job::<Tick, _>(move |ctx: Ctx, _| {
            let me = me.clone();
            async move {
                me.tick(ctx.now).await?;
                Ok(())
            }
        });
        let me = self.clone();
        r.job::<Sweep, _>(move |ctx: Ctx, _| {
            let me = me.clone();
            async move { Ok(me.sweep(ctx.now).await?) }
        });
        r.cron("sla.tick", Every(seconds(30)), || Tick {});
        r.cron("sla.sweep", Every(minutes(1)), || Sweep {});
    }

    async fn book(&self) -> Outcome<Arc<Book>, SlaFault> {
        let mut db = self.p.db.acquire().await?;
        self.books.open(&mut db).await
    }
}

#[async_trait]
impl contract_sla::Sla for Sla {
    async fn promise(&self, query: PromiseQuery) -> Outcome<Promise, SlaFault> {
        self.promise_for(&query).await
    }
    async fn start(&self, start: StartClocks) -> Outcome<Promise, SlaFault> {
        self.start_clocks(&start).await
    }
    async fn command(&self, job: JobId, command: ClockCommand, at: Time) -> Outcome<(), SlaFault> {
        self.command_clocks(job, command, at).await
    }
    async fn clocks(&self, jobs: Vec<JobId>) -> Outcome<Vec<(JobId, ClockView)>, SlaFault> {
        self.clock_views(&jobs).await
    }
    async fn predict(
        &self,
        job: JobId,
        kind: ClockKind,
        expected: Time,
        at: Time,
    ) -> Outcome<(), SlaFault> {
        self.predict_arrival(job, kind, expected, at).await
    }
    async fn open_alarms(
        &self,
        zones: Option<Vec<Slug>>,
        most: u32,
    ) -> Outcome<Vec<Alarm>, SlaFault> {
        self.unresolved(zones, most).await
    }
    async fn alarms(&self, ids: Vec<AlarmId>) -> Outcome<Vec<Alarm>, SlaFault> {
        self.alarms_by_id(&ids).await
    }
    async fn is_open(&self, calendar: Slug, at: Time) -> Outcome<bool, SlaFault> {
        Ok(self.book().await?.calendar(&calendar)?.is_open(at))
    }
}
