//! A whole simulated city over real processes, of which one after the other is killed while money
//! is on its way, and Redis emptied while technicians are: the city comes to its end, and nothing
//! was lost or done twice.

use crate::net::Net;
use crate::process::{Environment, Process, environment, free_address};
use crate::template;
use crate::world::{addresses, sandbox_config};
use contract_location::Location as _;
use kernel::{ClockId, GeoPoint};
use redis::AsyncCommands;
use serde_json::{Value, json};
use server::app::{self, App, Placement};
use server::run;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stores::testing::TestStores;
use uuid::Uuid;

/// How long customers come, platform time: ten or so.
const HOURS: &str = "0.4";
/// How long a moment of the city's day may be waited for, and its end, real time. The test takes
/// a fraction of it; a machine that does much else at once takes its time.
const PATIENCE: Duration = Duration::from_secs(240);
/// How long the gateway keeps its answer to itself while somebody is killed.
const SILENCE_MS: u64 = 3_000;

const SIGNED_IN: &str = "select count(*) from identity.sessions";
const CONFIRMED: &str =
    "select count(*) from bookings.bookings where state not in ('awaiting_payment')";
/// Holds that customers wait for.
const ASKED: &str = "select payment from settlement.holds where status = 'pending'";
/// Holds that a job of the worker is turning into money.
const TAKING: &str = "select payment from settlement.holds
    where status = 'authorized' and requested_halalas is not null";
const FINISHED: &str = "select count(*) from bookings.bookings where state = 'awaiting_acceptance'";
/// Who is at a customer's or on the way.
const OUT: &str = "select distinct technician from bookings.jobs
    where technician is not null and state in ('en_route', 'arrived', 'in_progress', 'awaiting_approval')";

struct Riyadh {
    net: Arc<Net>,
    /// Looks on; serves nothing and works nothing.
    observer: App,
    environment: Environment,
    address: SocketAddr,
    demo: Process,
    redis: redis::aio::MultiplexedConnection,
}

impl Riyadh {
    /// Waits for a moment of the city's day.
    async fn moment<T>(
        &mut self,
        what: &str,
        mut check: impl AsyncFnMut(&mut Self) -> Option<T>,
    ) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = check(self).await {
                return found;
            }
            assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
            if let Some(status) = self.demo.ended() {
                panic!("the city's day was over before {what}: {status}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let db = &self.observer.platform.db;
        sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
    }

    async fn at_least(&mut self, what: &str, least: i64, sql: &'static str) {
        self.moment(what, async |city| {
            (city.count(sql).await >= least).then_some(())
        })
        .await;
    }

    async fn ids(&self, sql: &'static str) -> BTreeSet<Uuid> {
        let db = &self.observer.platform.db;
        let ids: Vec<Uuid> = sqlx::query_scalar(sql).fetch_all(db).await.unwrap();
        ids.into_iter().collect()
    }

    /// Payments by id, as the gateway has them.
    async fn payments(&self) -> BTreeMap<Uuid, Value> {
        let payments = self.net.payments().await.into_iter();
        payments
            .map(|payment| (payment["id"].as_str().unwrap().parse().unwrap(), payment))
            .collect()
    }

    /// Kills `victim` while the gateway has done something of which the platform does not know
    /// yet, nor is told by webhook: `sql` finds the payments about which the platform waits,
    /// `done` tells whether the gateway has done its part.
    async fn kill_in_the_dark(
        &mut self,
        what: &str,
        sql: &'static str,
        done: fn(&Value) -> bool,
        mut victim: Process,
        restart: impl AsyncFn(&Self) -> Process,
    ) -> Process {
        for _ in 0..5 {
            self.net
                .payment_faults(json!({ "latency_ms": SILENCE_MS, "webhooks_off": true }))
                .await;
            let waiting = self
                .moment(what, async |city| {
                    let waiting = city.ids(sql).await;
                    (!waiting.is_empty()).then_some(waiting)
                })
                .await;
            // Whoever asks from now on is answered at once: the payments are seen before.
            self.net
                .payment_faults(json!({ "webhooks_off": true }))
                .await;
            let unheard = self
                .moment(what, async |city| {
                    let known = city.payments().await;
                    let still = city.ids(sql).await;
                    let unheard = waiting
                        .intersection(&still)
                        .any(|id| known.get(id).is_some_and(done));
                    (unheard || waiting.is_disjoint(&still)).then_some(unheard)
                })
                .await;
            victim.kill();
            self.net.payment_faults(json!({})).await;
            let after = self.ids(sql).await;
            let hit = unheard && !waiting.is_disjoint(&after);
            victim = restart(self).await;
            if hit {
                return victim;
            }
        }
        panic!("the answers were always faster than the kill: {what}");
    }

    fn works(&self) -> Process {
        Process::start(&["work"], &self.environment)
    }

    async fn serves(&self) -> Process {
        let process = Process::serving(&["serve"], &self.environment, self.address).await;
        // Half a minute for which a dead process keeps its requests, but for three seconds.
        sqlx::query(
            "update platform.idempotency set locked_until = now() + interval '3 seconds' where status is null",
        )
        .execute(&self.observer.platform.db)
        .await
        .unwrap();
        process
    }

    fn key(&self, name: &str) -> String {
        self.observer.platform.redis.key(name)
    }

    async fn epoch(&mut self) -> Option<String> {
        let key = self.key("loc:{pos}:head");
        self.redis.hget(key, "epoch").await.unwrap()
    }

    /// Clocks that will fire, as PostgreSQL knows them and as Redis shows them.
    async fn deadlines(&mut self) -> (BTreeSet<String>, BTreeSet<String>) {
        let truth = self
            .ids("select id from sla.clocks where next_fire_at is not null")
            .await;
        let key = self.key("sla:deadlines");
        let shown: BTreeSet<String> = self.redis.zrange(key, 0, -1).await.unwrap();
        let name = |id: Uuid| ClockId::from_uuid(id).to_string();
        (truth.into_iter().map(name).collect(), shown)
    }

    /// Whose place is known and fresh.
    async fn found(&self) -> BTreeSet<Uuid> {
        let platform = &self.observer.platform;
        let anchor = platform::clock::load(&platform.db).await.unwrap();
        platform.clock.set_anchor(anchor);
        let location = self.observer.location.as_ref().unwrap();
        let centre = GeoPoint::new(24.7, 46.7).unwrap();
        let near = location
            .nearby(centre, 100_000, 500, platform.now())
            .await
            .unwrap();
        near.iter().map(|near| near.technician.uuid()).collect()
    }

    /// Empties Redis while somebody is out and clocks run, and waits until it knows all again.
    async fn flush(&mut self) {
        self.moment(
            "technicians to be out, known, and clocks to run",
            async |city| {
                let out = city.ids(OUT).await;
                let (clocks, shown) = city.deadlines().await;
                let known = out.is_subset(&city.found().await);
                (out.len() > 1 && known && clocks.len() > 1 && clocks == shown).then_some(())
            },
        )
        .await;
        let before = self.epoch().await.unwrap();
        redis::cmd("FLUSHDB")
            .exec_async(&mut self.redis)
            .await
            .unwrap();
        self.moment("everybody who is out to be found again", async |city| {
            let out = city.ids(OUT).await;
            let again = city.epoch().await.is_some_and(|epoch| epoch != before);
            (again && !out.is_empty() && out.is_subset(&city.found().await)).then_some(())
        })
        .await;
        self.moment("the deadlines to be shown again", async |city| {
            let (clocks, shown) = city.deadlines().await;
            (!clocks.is_empty() && clocks == shown).then_some(())
        })
        .await;
    }

    /// Waits for the end of the day.
    async fn end(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.demo.ended() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the city finds no end");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn the_city_outlives_a_killed_worker_a_killed_api_and_an_empty_redis() {
    let stores = TestStores::get();
    let database = template::copy(stores).await;
    let redis_url = stores.fresh_redis_url().unwrap();
    let sandbox_listener = run::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let sandbox = format!("http://{}", sandbox_listener.local_addr().unwrap());
    let address = free_address();
    let api = format!("http://{address}");
    let mut settings = addresses(&api, &sandbox);
    settings.push(("redis.url", redis_url.clone()));
    let config = template::config(stores, &database, &settings);
    tokio::spawn(gateway_sandbox::serve(
        sandbox_listener,
        sandbox_config(&config, &api),
        std::future::pending(),
    ));
    let platform = app::connect(&config).await.unwrap();
    let observer = app::build(&config, platform, Placement::All).await.unwrap();
    let environment = environment(&config, &api, &sandbox);
    let serving = Process::serving(&["serve"], &environment, address).await;
    let worker = Process::start(&["work"], &environment);

    let folder = tempfile::tempdir().unwrap();
    let said = folder.path().join("said");
    let city = ["demo", "--url", &api, "--sandbox-url", &sandbox];
    let day = ["--hours", HOURS, "--speed", "0", "--seed", "7"];
    let demo = Process::writing(
        &[&city[..], &day[..]].concat(),
        &environment,
        File::create(&said).unwrap(),
    );
    let client = redis::Client::open(redis_url.as_str()).unwrap();
    let mut city = Riyadh {
        net: Arc::new(Net::new(&api, &sandbox, &config, true)),
        observer,
        environment,
        address,
        demo,
        redis: client.get_multiplexed_async_connection().await.unwrap(),
    };

    // Twelve are signing in at any moment, with codes that count once and no idempotency keys.
    city.at_least("technicians to sign in", 30, SIGNED_IN).await;
    serving.kill();
    let serving = city.serves().await;
    city.at_least("a few bookings", 3, CONFIRMED).await;
    let serving = city
        .kill_in_the_dark(
            "a hold that is made and not known",
            ASKED,
            |_| true,
            serving,
            async |city| city.serves().await,
        )
        .await;
    city.flush().await;
    city.at_least("work that is finished", 1, FINISHED).await;
    let worker = city
        .kill_in_the_dark(
            "a capture that is done and not known",
            TAKING,
            |payment| payment["captured"].as_i64().unwrap() > 0,
            worker,
            async |city| city.works(),
        )
        .await;

    let ended = city.end().await;
    let said = std::fs::read_to_string(&said).unwrap();
    assert!(ended.success(), "{ended}\n{said}");
    let figures: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    eprintln!("{figures}");
    for zero in [
        "ledger_imbalance_halalas",
        "stuck_jobs",
        "failed_jobs",
        "unexpected_answers",
    ] {
        assert_eq!(figures[zero], 0, "{zero}: {said}");
    }
    nothing_lost(&city, &figures).await;
    nothing_charged_twice(&city).await;
    nothing_left_over(&mut city).await;
    drop((worker, serving));
}

/// Every booking that the city made is there, once, and has ended as the city says.
async fn nothing_lost(city: &Riyadh, figures: &Value) {
    let db = &city.observer.platform.db;
    let states: Vec<(String, i64)> =
        sqlx::query_as("select state, count(*) from bookings.bookings group by 1")
            .fetch_all(db)
            .await
            .unwrap();
    let states: BTreeMap<String, i64> = states.into_iter().collect();
    let mut all = 0;
    for state in ["settled", "cancelled", "expired"] {
        let there = states.get(state).copied().unwrap_or_default();
        assert_eq!(figures[state], there, "{state}: {states:?}");
        all += there;
    }
    assert_eq!(figures["bookings"], all, "{states:?}");
    assert_eq!(states.values().sum::<i64>(), all, "{states:?}");
    assert!(states["settled"] > 5, "{states:?}");
}

/// What the gateway has taken is what the platform asked for, once a purpose, and what was split.
async fn nothing_charged_twice(city: &Riyadh) {
    type HoldRow = (Uuid, Uuid, Option<Uuid>, String, i64);
    let db = &city.observer.platform.db;
    let holds: Vec<HoldRow> = sqlx::query_as(
        "select payment, booking, extra, status, captured_halalas from settlement.holds",
    )
    .fetch_all(db)
    .await
    .unwrap();
    let mut at_the_gateway = city.payments().await;
    let mut charged: BTreeMap<(Uuid, Option<Uuid>), i64> = BTreeMap::new();
    let mut taken: BTreeMap<Uuid, i64> = BTreeMap::new();
    for (id, booking, extra, status, captured) in holds {
        let payment = at_the_gateway.remove(&id);
        let there = payment
            .as_ref()
            .map_or("unknown", |payment| payment["status"].as_str().unwrap());
        if status == "captured" {
            assert_eq!(there, "captured", "{id}");
            *charged.entry((booking, extra)).or_default() += 1;
        } else {
            assert!(
                ["declined", "voided", "expired"].contains(&status.as_str()),
                "{id} is {status}"
            );
            assert!(
                !["captured", "authorized", "paid"].contains(&there),
                "{id} is {there}"
            );
        }
        let there = payment.map_or(0, |payment| payment["captured"].as_i64().unwrap());
        assert_eq!(there, captured, "{id}");
        *taken.entry(booking).or_default() += captured;
    }
    assert!(
        at_the_gateway.is_empty(),
        "unknown here: {at_the_gateway:?}"
    );
    assert!(charged.values().all(|times| *times == 1), "{charged:?}");

    let bookings: Vec<(Uuid, String, Option<i64>, i64)> = sqlx::query_as(
        "select b.id, b.state, i.collected_halalas,
                (select count(*) from settlement.journal_entries e where e.booking = b.id and e.kind = 'split')
         from bookings.bookings b left join settlement.instructions i on i.booking = b.id",
    )
    .fetch_all(db)
    .await
    .unwrap();
    for (id, state, collected, splits) in bookings {
        let settled = state == "settled";
        assert_eq!(charged.contains_key(&(id, None)), settled, "{id}");
        assert_eq!(splits, i64::from(settled), "{id} was split {splits} times");
        let taken = taken.get(&id).copied().unwrap_or_default();
        assert_eq!(taken, collected.unwrap_or_default(), "{id}");
    }
    let settlement = &city.observer.modules.as_ref().unwrap().settlement;
    let books = settlement.trial_balance().await.unwrap();
    assert!(books.is_sound(), "{books:?}");
}

/// No clock runs for a visit that is over, nobody waits for an answer, nothing failed for good.
async fn nothing_left_over(city: &mut Riyadh) {
    for (what, sql) in [
        (
            "visits that never ended",
            "select count(*) from bookings.jobs where state not in ('closed', 'failed', 'cancelled')",
        ),
        (
            "clocks that go on",
            "select count(*) from sla.clocks where stopped_at is null or next_fire_at is not null",
        ),
        (
            "bookings that were served twice",
            "select count(*) from (select 1 from bookings.jobs where state = 'closed'
             group by booking having count(*) > 1) twice",
        ),
        ("dead letters", "select count(*) from platform.dead_jobs"),
        (
            "payouts on their way",
            "select count(*) from settlement.payouts where state not in ('paid', 'returned')",
        ),
    ] {
        assert_eq!(city.count(sql).await, 0, "{what}");
    }
    let (clocks, shown) = city.deadlines().await;
    assert_eq!(clocks, shown);
}
