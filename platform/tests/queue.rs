//! The queue against a real PostgreSQL: rollback, back-off, uniqueness, leases, events, crons.
#![allow(clippy::unwrap_used)]

use kernel::{Clock, Event, Time, minutes, seconds};
use platform::queue::{self, Ctx, Every, Job, Run, Worker, WorkerSettings};
use platform::testing::TestPlatform;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};

#[derive(Debug, Serialize, Deserialize)]
struct Count {
    by: u32,
}
impl Job for Count {
    const NAME: &'static str = "test.count";
    const MAX_ATTEMPTS: i32 = 3;
}

#[derive(Debug, Serialize, Deserialize)]
struct Rang {
    bell: u32,
}
impl Event for Rang {
    const NAME: &'static str = "test.rang";
}

fn counting(t: &mut TestPlatform) -> Arc<AtomicU32> {
    let total = Arc::new(AtomicU32::new(0));
    let sum = total.clone();
    t.registry.job(move |_: Ctx, job: Count| {
        let sum = sum.clone();
        async move {
            sum.fetch_add(job.by, Ordering::SeqCst);
            Ok(())
        }
    });
    total
}

async fn enqueue(t: &TestPlatform, by: u32, run: Run) {
    let mut conn = t.platform.db.acquire().await.unwrap();
    queue::enqueue(&mut conn, &Count { by }, run).await.unwrap();
}

#[tokio::test]
async fn a_rolled_back_transaction_leaves_no_job() {
    let mut t = TestPlatform::start(&[]).await;
    let total = counting(&mut t);
    let mut tx = t.platform.db.begin().await.unwrap();
    queue::enqueue(&mut tx, &Count { by: 1 }, Run::now(t.now()))
        .await
        .unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(t.run_pending_jobs().await, 0);
    enqueue(&t, 2, Run::now(t.now())).await;
    assert_eq!(t.run_pending_jobs().await, 1);
    assert_eq!(total.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_job_waits_for_platform_time() {
    let mut t = TestPlatform::start(&[]).await;
    let total = counting(&mut t);
    enqueue(&t, 1, Run::at(t.now() + minutes(10))).await;
    assert_eq!(t.run_pending_jobs().await, 0);
    t.clock.advance(minutes(10));
    assert_eq!(t.run_pending_jobs().await, 1);
    assert_eq!(total.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_unique_job_waits_once_at_the_earlier_moment() {
    let mut t = TestPlatform::start(&[]).await;
    let total = counting(&mut t);
    enqueue(&t, 1, Run::at(t.now() + minutes(10)).unique("k")).await;
    enqueue(&t, 1, Run::at(t.now() + minutes(5)).unique("k")).await;
    enqueue(&t, 1, Run::at(t.now() + minutes(20)).unique("k")).await;
    t.clock.advance(minutes(5));
    assert_eq!(t.run_pending_jobs().await, 1);
    t.clock.advance(minutes(60));
    assert_eq!(t.run_pending_jobs().await, 0);
    assert_eq!(total.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_failing_job_backs_off_and_ends_as_a_dead_letter_that_can_be_revived() {
    let mut t = TestPlatform::start(&[]).await;
    let fail = Arc::new(AtomicU32::new(1));
    let flag = fail.clone();
    t.registry.job(move |ctx: Ctx, _: Count| {
        let flag = flag.clone();
        async move {
            anyhow::ensure!(flag.load(Ordering::SeqCst) == 0, "attempt {}", ctx.attempt);
            Ok(())
        }
    });
    enqueue(&t, 1, Run::now(t.now())).await;
    let mut runs = 0;
    for _ in 0..10 {
        runs += t.try_pending_jobs().await.failed.len();
        t.clock.advance(minutes(1));
    }
    assert_eq!(runs, 3);
    let depth = queue::depth(&t.platform.db, t.now()).await.unwrap();
    assert_eq!((depth.due, depth.waiting, depth.dead), (0, 0, 1));
    let dead: uuid::Uuid = sqlx::query_scalar("select id from platform.dead_jobs")
        .fetch_one(&t.platform.db)
        .await
        .unwrap();
    fail.store(0, Ordering::SeqCst);
    let mut conn = t.platform.db.acquire().await.unwrap();
    assert!(queue::revive(&mut conn, t.now(), dead).await.unwrap());
    assert_eq!(t.run_pending_jobs().await, 1);
}

#[tokio::test]
async fn completing_in_the_transaction_makes_the_effect_once() {
    let mut t = TestPlatform::start(&[]).await;
    sqlx::query("create table effects (n int)")
        .execute(&t.platform.db)
        .await
        .unwrap();
    t.registry.job(|ctx: Ctx, _: Count| async move {
        let mut tx = ctx.begin().await?;
        sqlx::query("insert into effects values (1)")
            .execute(&mut *tx)
            .await?;
        ctx.complete(tx).await?;
        // The worker dies after the commit, as it were.
        anyhow::bail!("after the end")
    });
    enqueue(&t, 1, Run::now(t.now())).await;
    t.try_pending_jobs().await;
    t.clock.advance(minutes(5));
    t.try_pending_jobs().await;
    let effects: i64 = sqlx::query_scalar("select count(*) from effects")
        .fetch_one(&t.platform.db)
        .await
        .unwrap();
    assert_eq!(effects, 1);
}

#[tokio::test]
async fn an_event_reaches_each_subscriber_once() {
    let mut t = TestPlatform::start(&[]).await;
    let total = Arc::new(AtomicU32::new(0));
    for (name, weight) in [("test.one", 1), ("test.two", 10)] {
        let total = total.clone();
        t.registry.on(name, move |_: Ctx, event: Rang| {
            let total = total.clone();
            async move {
                total.fetch_add(event.bell * weight, Ordering::SeqCst);
                Ok(())
            }
        });
    }
    t.subscribe().await;
    let mut conn = t.platform.db.acquire().await.unwrap();
    platform::events::publish(&mut conn, t.now(), &Rang { bell: 3 })
        .await
        .unwrap();
    assert_eq!(t.run_pending_jobs().await, 2);
    assert_eq!(total.load(Ordering::SeqCst), 33);
}

#[tokio::test]
async fn a_cron_runs_once_for_a_missed_stretch() {
    let mut t = TestPlatform::start(&[]).await;
    let total = counting(&mut t);
    t.registry
        .cron("test.every_15", Every(minutes(15)), || Count { by: 1 });
    assert_eq!(t.run_pending_jobs().await, 0);
    t.clock.advance(minutes(15));
    assert_eq!(t.run_pending_jobs().await, 1);
    t.clock.advance(minutes(600));
    assert_eq!(t.run_pending_jobs().await, 1);
    assert_eq!(total.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_run_each_job_once_and_stop_when_told() {
    let mut t = TestPlatform::start(&[]).await;
    let total = counting(&mut t);
    for _ in 0..100 {
        enqueue(&t, 1, Run::now(t.now())).await;
    }
    let (stop, stopped) = watch::channel(false);
    let workers: Vec<_> = (0..3)
        .map(|_| tokio::spawn(t.worker().run(stopped.clone())))
        .collect();
    wait_until(async || queue::depth(&t.platform.db, t.now()).await.unwrap().due == 0).await;
    stop.send(true).unwrap();
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(total.load(Ordering::SeqCst), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_workers_job_is_taken_over_and_a_poison_job_is_put_aside() {
    let mut t = TestPlatform::start(&[]).await;
    let total = counting(&mut t);
    enqueue(&t, 1, Run::now(t.now())).await;
    // A worker that died holding the job: its lease is over.
    let steal = "update platform.jobs set locked_by = gen_random_uuid(), locked_until = now() - interval '1 second', attempt = 1, crashes = $1";
    sqlx::query(steal)
        .bind(0)
        .execute(&t.platform.db)
        .await
        .unwrap();
    let settings = WorkerSettings {
        lease: Duration::from_millis(300),
        ..WorkerSettings::default()
    };
    let (stop, stopped) = watch::channel(false);
    let worker = Worker::new(
        t.platform.db.clone(),
        t.clock.clone(),
        t.registry.clone(),
        settings,
    );
    let running = tokio::spawn(worker.run(stopped));
    wait_until(async || total.load(Ordering::SeqCst) == 1).await;
    stop.send(true).unwrap();
    running.await.unwrap();

    enqueue(&t, 1, Run::now(t.now())).await;
    sqlx::query(steal)
        .bind(2)
        .execute(&t.platform.db)
        .await
        .unwrap();
    let (stop, stopped) = watch::channel(false);
    let settings = WorkerSettings {
        lease: Duration::from_millis(300),
        ..WorkerSettings::default()
    };
    let worker = Worker::new(
        t.platform.db.clone(),
        t.clock.clone(),
        t.registry.clone(),
        settings,
    );
    let running = tokio::spawn(worker.run(stopped));
    wait_until(async || queue::depth(&t.platform.db, t.now()).await.unwrap().dead == 1).await;
    stop.send(true).unwrap();
    running.await.unwrap();
    assert_eq!(total.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_lets_a_running_job_end() {
    let mut t = TestPlatform::start(&[]).await;
    let (started, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (s, g) = (started.clone(), go.clone());
    t.registry.job(move |_: Ctx, _: Count| {
        let (s, g) = (s.clone(), g.clone());
        async move {
            s.notify_one();
            g.notified().await;
            Ok(())
        }
    });
    enqueue(&t, 1, Run::now(t.now())).await;
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(t.worker().run(stopped));
    started.notified().await;
    stop.send(true).unwrap();
    go.notify_one();
    running.await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from platform.jobs")
        .fetch_one(&t.platform.db)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_process_follows_the_moved_clock() {
    let t = TestPlatform::start(&[]).await;
    let other = Clock::standing(t.now());
    let follower = tokio::spawn(platform::clock::follow(
        t.platform.db.clone(),
        other.clone(),
    ));
    let later: Time = t.now() + seconds(3600);
    wait_until(async || {
        platform::clock::set(&t.platform.db, &t.clock, later, 0.0)
            .await
            .unwrap();
        other.now() == later
    })
    .await;
    follower.abort();
}

/// Whatever plan PostgreSQL picks: with statistics from when the queue was empty it prefers one that
/// runs the inner query for every row, and a job claimed beyond the limit would have no runner.
#[tokio::test]
async fn no_plan_claims_more_than_there_is_room_for() {
    let mut t = TestPlatform::start(&[]).await;
    let total = counting(&mut t);
    for _ in 0..9 {
        enqueue(&t, 1, Run::now(t.now())).await;
    }
    let nested_loops = [
        "enable_hashjoin",
        "enable_mergejoin",
        "enable_hashagg",
        "enable_sort",
        "enable_material",
        "enable_memoize",
    ];
    let options: PgConnectOptions = t.database_url.parse().unwrap();
    let db = PgPoolOptions::new()
        .max_connections(2)
        .connect_with(options.options(nested_loops.map(|name| (name, "off"))))
        .await
        .unwrap();
    let worker = Worker::new(
        db,
        t.clock.clone(),
        t.registry.clone(),
        WorkerSettings::default(),
    );
    let report = worker.run_pending().await.unwrap();
    assert_eq!((report.done, total.load(Ordering::SeqCst)), (9, 9));
}

async fn wait_until(mut condition: impl AsyncFnMut() -> bool) {
    let waited = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waited)
        .await
        .expect("the condition never came true");
}
