use crate::Desk;
use contract_sla::{ClockCommand, ClockKind, Sla as _};
use kernel::{ClockId, minutes};
use redis::AsyncCommands;

#[tokio::test]
async fn the_live_set_shows_the_next_firing() {
    let desk = Desk::open().await;
    let job = desk.start().await;
    let clock = desk.clock(job, ClockKind::Arrive).await;
    let score = |live: &[(String, i64)]| {
        live.iter()
            .find(|(id, _)| *id == clock.id.to_string())
            .map(|(_, s)| *s)
    };
    let half = desk.now().as_millis() + 75 * 30_000 + 1;
    assert_eq!(score(&desk.live().await), Some(half));
    desk.after_minutes(38).await;
    let four_fifths = clock.deadline.as_millis() - 15 * 60_000 + 1;
    assert_eq!(score(&desk.live().await), Some(four_fifths));
    desk.sla
        .command(
            job,
            ClockCommand::Stop {
                kind: ClockKind::Arrive,
            },
            desk.now(),
        )
        .await
        .unwrap();
    assert_eq!(score(&desk.live().await), None);
}

#[tokio::test]
async fn a_flush_in_the_middle_loses_and_doubles_nothing() {
    let desk = Desk::open().await;
    let jobs = [desk.start().await, desk.start().await, desk.start().await];
    desk.after_minutes(38).await;
    assert_eq!(desk.warned(ClockKind::Arrive).len(), 3);
    let before = desk.live().await;
    desk.flush_redis().await;
    assert!(desk.live().await.is_empty());

    // The sweep brings back what was lost.
    desk.sla.sweep(desk.now()).await.unwrap();
    assert_eq!(desk.live().await, before);

    desk.flush_redis().await;
    for _ in 0..45 {
        desk.after_minutes(1).await;
    }
    assert_eq!(desk.warned(ClockKind::Arrive).len(), 2 * jobs.len());
    assert_eq!(desk.breaches(ClockKind::Arrive), jobs.len());
    assert_eq!(desk.breaches(ClockKind::Respond), jobs.len());
    assert_eq!(desk.breaches(ClockKind::Complete), 0);
}

#[tokio::test]
async fn when_redis_lies_postgresql_decides() {
    let desk = Desk::open().await;
    let job = desk.start().await;
    let arrive = desk.clock(job, ClockKind::Arrive).await;
    let redis = &desk.t.platform.redis;
    let key = redis.key("sla:deadlines");
    // Due long ago; a clock that does not exist; something that is no clock.
    let stray = ClockId::new().to_string();
    for member in [arrive.id.to_string(), stray, "nonsense".to_owned()] {
        let _: () = redis.conn().zadd(&key, member, 0).await.unwrap();
    }
    assert_eq!(desk.sla.tick(desk.now()).await.unwrap(), 2);
    assert_eq!(
        desk.sla.tick(desk.now()).await.unwrap(),
        0,
        "a claimed clock is not claimed again"
    );
    desk.t.run_pending_jobs().await;
    assert!(desk.warned(ClockKind::Arrive).is_empty());
    desk.sla.sweep(desk.now()).await.unwrap();
    let live: Vec<String> = desk.live().await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(live.len(), 3, "{live:?}");
    assert!(live.contains(&arrive.id.to_string()));
}

#[tokio::test]
async fn the_fast_path_fires_without_the_queue_and_the_sweep_without_both() {
    let desk = Desk::open().await;
    desk.start().await;
    // The jobs are gone, as if an operator had thrown them away.
    let drop_jobs = || {
        sqlx::query("delete from platform.jobs where name = 'sla.fire'")
            .execute(&desk.t.platform.db)
    };
    drop_jobs().await.unwrap();
    desk.t.clock.advance(minutes(38));
    assert_eq!(desk.sla.tick(desk.now()).await.unwrap(), 2);
    drop_jobs().await.unwrap();
    desk.flush_redis().await;
    desk.t.clock.advance(minutes(23));
    desk.sla.sweep(desk.now()).await.unwrap();
    desk.t.run_pending_jobs().await;
    assert_eq!(desk.warned(ClockKind::Arrive), [50, 80]);
}
