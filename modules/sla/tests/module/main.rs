#![allow(clippy::unwrap_used)]
//! SLA against a real PostgreSQL and Redis, on a clock that stands until moved.

mod alarms;
mod clocks;
mod redis_lost;

use contract_sla::{
    AlarmRaised, BreachPredicted, ClockBreached, ClockKind, ClockView, ClockWarned, PromiseQuery,
    Sla as _, StartClocks, Urgency,
};
use kernel::{BookingId, JobId, Slug, Time, minutes};
use platform::testing::TestPlatform;
use redis::AsyncCommands;
use serde_json::Value;
use sla::Sla;
use std::sync::{Arc, Mutex};

pub const SEED: &str = include_str!("../../../../server/seed/sla.toml");

/// What was published, in order: event name and payload.
type Heard = Arc<Mutex<Vec<(&'static str, Value)>>>;

pub struct Desk {
    pub t: TestPlatform,
    pub sla: Arc<Sla>,
    heard: Heard,
}

pub fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

impl Desk {
    pub async fn open() -> Self {
        let mut t = TestPlatform::start(&[&sla::MIGRATOR]).await;
        let sla = Sla::new(t.platform.clone());
        sla.seed(SEED).await.unwrap();
        sla.register(&mut t.registry);
        let heard = Heard::default();
        macro_rules! listen {
            ($event:ty, $subscriber:literal) => {
                let ear = heard.clone();
                t.registry.on::<$event, _>($subscriber, move |_, event| {
                    let name = <$event as kernel::Event>::NAME;
                    ear.lock()
                        .unwrap()
                        .push((name, serde_json::to_value(&event).unwrap()));
                    async { Ok(()) }
                });
            };
        }
        listen!(ClockWarned, "test.warned");
        listen!(ClockBreached, "test.breached");
        listen!(BreachPredicted, "test.predicted");
        listen!(AlarmRaised, "test.raised");
        t.subscribe().await;
        Self { t, sla, heard }
    }

    pub fn now(&self) -> Time {
        self.t.now()
    }

    /// An immediate plumbing visit in the north: respond 15, arrive 75, complete 240 minutes,
    /// around the clock.
    pub fn query(&self) -> PromiseQuery {
        PromiseQuery {
            category: slug("plumbing"),
            zone: slug("north"),
            urgency: Urgency::Immediate,
            tier: None,
            at: self.now(),
            slot: None,
        }
    }

    pub async fn start(&self) -> JobId {
        self.start_in("north").await
    }
    pub async fn start_in(&self, zone: &str) -> JobId {
        let job = JobId::new();
        let query = PromiseQuery {
            zone: slug(zone),
            ..self.query()
        };
        self.sla
            .start(StartClocks {
                job,
                booking: BookingId::new(),
                query,
            })
            .await
            .unwrap();
        job
    }

    /// Moves the clock and runs what became due.
    pub async fn after_minutes(&self, n: i64) {
        self.t.clock.advance(minutes(n));
        self.t.run_pending_jobs().await;
    }

    pub async fn clock(&self, job: JobId, kind: ClockKind) -> ClockView {
        let clocks = self.sla.clocks(vec![job]).await.unwrap();
        clocks
            .into_iter()
            .find(|(_, clock)| clock.kind == kind)
            .unwrap()
            .1
    }

    /// Events of this name for clocks of this kind: the payloads.
    pub fn heard(&self, name: &str, kind: ClockKind) -> Vec<Value> {
        let heard = self.heard.lock().unwrap();
        heard
            .iter()
            .filter(|(event, payload)| *event == name && payload["kind"] == kind.as_str())
            .map(|(_, payload)| payload.clone())
            .collect()
    }
    pub fn warned(&self, kind: ClockKind) -> Vec<i64> {
        self.heard("sla.clock_warned", kind)
            .iter()
            .map(|e| e["percent"].as_i64().unwrap())
            .collect()
    }
    pub fn breaches(&self, kind: ClockKind) -> usize {
        self.heard("sla.clock_breached", kind).len()
    }

    /// The live set in Redis: clock and score.
    pub async fn live(&self) -> Vec<(String, i64)> {
        let redis = &self.t.platform.redis;
        redis
            .conn()
            .zrange_withscores(redis.key("sla:deadlines"), 0, -1)
            .await
            .unwrap()
    }
    pub async fn flush_redis(&self) {
        // Only this test's keys: others share the server.
        let redis = &self.t.platform.redis;
        let _: () = redis.conn().del(redis.key("sla:deadlines")).await.unwrap();
    }
}
