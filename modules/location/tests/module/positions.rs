use crate::helpers::{World, at};
use contract_location::{Location as _, LocationFault, Report};
use kernel::{GeoPoint, JobId, TechnicianId, Time, days, hours, minutes, seconds};
use redis::AsyncCommands;

fn report(technician: TechnicianId, point: GeoPoint, when: Time) -> Report {
    Report {
        technician,
        point,
        at: when,
        job: None,
    }
}

async fn near(w: &World, location: &location::Location) -> Vec<(TechnicianId, u32)> {
    let found = location
        .nearby(at(24.7, 46.7), 10_000, 10, w.t.now())
        .await
        .unwrap();
    found
        .into_iter()
        .map(|n| (n.technician, n.distance_m))
        .collect()
}

#[tokio::test]
async fn a_search_sees_every_report_before_it_whichever_process_took_it() {
    let w = World::empty().await;
    let other = w.another();
    let ids: Vec<_> = (0..3).map(|_| TechnicianId::new()).collect();
    assert_eq!(near(&w, &w.location).await, []);
    w.location
        .report(report(ids[0], at(24.71, 46.7), w.t.now()))
        .await
        .unwrap();
    other
        .report(report(ids[1], at(24.705, 46.7), w.t.now()))
        .await
        .unwrap();
    other
        .report(report(ids[2], at(24.9, 46.7), w.t.now()))
        .await
        .unwrap();
    let expected = [(ids[1], 556), (ids[0], 1_112)];
    assert_eq!(near(&w, &w.location).await, expected);
    assert_eq!(near(&w, &other).await, expected);
    assert_eq!(near(&w, &w.another()).await, expected);
    w.t.clock.advance(minutes(1));
    other
        .report(report(ids[0], at(24.701, 46.7), w.t.now()))
        .await
        .unwrap();
    assert_eq!(near(&w, &w.location).await, [(ids[0], 111), (ids[1], 556)]);
    let only = w
        .location
        .nearby(at(24.7, 46.7), 10_000, 1, w.t.now())
        .await
        .unwrap();
    assert_eq!(only.len(), 1);
}

#[tokio::test]
async fn a_stale_position_counts_as_none() {
    let w = World::empty().await;
    let who = TechnicianId::new();
    w.location
        .report(report(who, at(24.7, 46.7), w.t.now()))
        .await
        .unwrap();
    w.t.clock.advance(seconds(120));
    assert_eq!(near(&w, &w.location).await.len(), 1);
    w.t.clock.advance(seconds(1));
    assert_eq!(near(&w, &w.location).await, []);
    let [known] = w
        .location
        .positions(vec![TechnicianId::new(), who], w.t.now())
        .await
        .unwrap()[..]
    else {
        panic!("one is known")
    };
    assert_eq!(
        (known.technician, known.fresh, known.point),
        (who, false, at(24.7, 46.7))
    );
    assert_eq!(w.location.positions(vec![], w.t.now()).await.unwrap(), []);
}

#[tokio::test]
async fn older_reports_are_dropped_also_between_processes_and_under_a_race() {
    let w = World::empty().await;
    let other = w.another();
    let who = TechnicianId::new();
    let now = w.t.now();
    let south_of = |n: i64| at(24.7 - n as f64 * 1e-4, 46.7);
    let mut reports = Vec::new();
    // Each process believes to know the last one; only one of each can be right.
    for n in (0..40).rev() {
        let taker = if n % 3 == 0 { &other } else { &w.location };
        reports.push(taker.report(report(who, south_of(n), now - seconds(n))));
    }
    futures::future::try_join_all(reports).await.unwrap();
    other
        .report(report(who, south_of(99), now - seconds(5)))
        .await
        .unwrap();
    let [known] = w.location.positions(vec![who], now).await.unwrap()[..] else {
        panic!()
    };
    assert_eq!((known.at, known.point), (now, south_of(0)));
    assert_eq!(near(&w, &other).await, [(who, 0)]);
    // A moment to come is now.
    w.location
        .report(report(who, south_of(1), now + hours(3)))
        .await
        .unwrap();
    let [known] = w.location.positions(vec![who], now).await.unwrap()[..] else {
        panic!()
    };
    assert_eq!(known.at, now);
}

#[tokio::test]
async fn leaps_are_refused_until_a_long_silence() {
    let w = World::empty().await;
    let other = w.another();
    let who = TechnicianId::new();
    w.location
        .report(report(who, at(24.7, 46.7), w.t.now()))
        .await
        .unwrap();
    w.t.clock.advance(minutes(2));
    let leap = report(who, at(25.2, 46.7), w.t.now());
    for process in [&w.location, &other] {
        let refused = process.report(leap).await.unwrap_err();
        assert_eq!(refused.refused(), Some(&LocationFault::ImplausiblePosition));
    }
    assert_eq!(
        w.location.positions(vec![who], w.t.now()).await.unwrap()[0].point,
        at(24.7, 46.7)
    );
    w.t.clock.advance(minutes(9));
    w.location
        .report(report(who, at(25.2, 46.7), w.t.now()))
        .await
        .unwrap();
    assert_eq!(
        w.location.positions(vec![who], w.t.now()).await.unwrap()[0].point,
        at(25.2, 46.7)
    );
}

#[tokio::test]
async fn after_a_flush_positions_come_back_with_the_next_reports() {
    let w = World::empty().await;
    let other = w.another();
    let (a, b) = (TechnicianId::new(), TechnicianId::new());
    for who in [a, b] {
        w.location
            .report(report(who, at(24.7, 46.7), w.t.now()))
            .await
            .unwrap();
    }
    assert_eq!(near(&w, &other).await.len(), 2);
    forget(&w).await;
    assert_eq!(near(&w, &other).await, []);
    assert_eq!(
        w.location.positions(vec![a, b], w.t.now()).await.unwrap(),
        []
    );
    w.t.clock.advance(seconds(10));
    w.location
        .report(report(b, at(24.701, 46.7), w.t.now()))
        .await
        .unwrap();
    assert_eq!(near(&w, &other).await, [(b, 111)]);
    assert_eq!(near(&w, &w.location).await, [(b, 111)]);
    // As many changes after the flush as a process had seen before it: the epoch tells.
    forget(&w).await;
    w.t.clock.advance(seconds(10));
    other
        .report(report(a, at(24.702, 46.7), w.t.now()))
        .await
        .unwrap();
    assert_eq!(near(&w, &w.location).await, [(a, 222)]);
}

#[tokio::test]
async fn who_has_been_silent_for_a_day_is_forgotten_and_keys_expire() {
    let w = World::empty().await;
    let (a, b) = (TechnicianId::new(), TechnicianId::new());
    w.location
        .report(report(a, at(24.7, 46.7), w.t.now()))
        .await
        .unwrap();
    w.t.clock.advance(hours(25));
    w.location
        .report(report(b, at(24.7, 46.7), w.t.now()))
        .await
        .unwrap();
    assert_eq!(w.location.positions(vec![a], w.t.now()).await.unwrap(), []);
    let mut conn = w.t.platform.redis.conn();
    for part in ["head", "last", "moved", "seen"] {
        let life_s: i64 = conn
            .ttl(w.t.platform.redis.key(&format!("loc:{{pos}}:{part}")))
            .await
            .unwrap();
        assert!((86_000..=86_400).contains(&life_s), "{part}: {life_s}");
    }
    let members: u64 = conn
        .zcard(w.t.platform.redis.key("loc:{pos}:moved"))
        .await
        .unwrap();
    assert_eq!(members, 1);
}

#[tokio::test]
async fn a_job_has_a_thinned_trail_that_is_swept_after_thirty_days() {
    let w = World::empty().await;
    w.t.run_pending_jobs().await;
    let (who, job) = (TechnicianId::new(), JobId::new());
    let start = w.t.now();
    let mut expected = Vec::new();
    // (seconds, metres north, kept)
    for (s, north_m, kept) in [
        (0, 0.0, true),
        (10, 20.0, false),
        (20, 150.0, true),
        (35, 160.0, false),
        (55, 161.0, true),
    ] {
        let point = at(24.7 + north_m / 111_195.0, 46.7);
        w.t.clock.set(start + seconds(s));
        let with_job = Report {
            job: Some(job),
            ..report(who, point, w.t.now())
        };
        w.location.report(with_job).await.unwrap();
        if kept {
            expected.push((w.t.now(), point));
        }
    }
    // One that comes late has its place; without a job there is no trail.
    w.location
        .report(Report {
            job: Some(job),
            ..report(who, at(24.71, 46.7), start - seconds(60))
        })
        .await
        .unwrap();
    expected.insert(0, (start - seconds(60), at(24.71, 46.7)));
    w.t.clock.advance(minutes(1));
    w.location
        .report(report(who, at(24.7, 46.7), w.t.now()))
        .await
        .unwrap();
    let trail = w.location.trail(job, who).await.unwrap();
    assert_eq!(
        trail.iter().map(|p| (p.at, p.point)).collect::<Vec<_>>(),
        expected
    );
    assert!(trail.iter().all(|p| p.technician == who));

    w.t.clock.set(start + days(29));
    assert_eq!(w.t.run_pending_jobs().await, 1);
    assert_eq!(
        w.location.trail(job, who).await.unwrap().len(),
        expected.len()
    );
    w.t.clock.set(start + days(31));
    assert_eq!(w.t.run_pending_jobs().await, 1);
    assert_eq!(w.location.trail(job, who).await.unwrap(), []);
}

#[tokio::test]
async fn made_up_jobs_leave_no_more_than_a_long_day_does_and_a_phone_out_of_reach_keeps_its_trail()
{
    let w = World::empty().await;
    let (who, other) = (TechnicianId::new(), TechnicianId::new());
    let now = w.t.now();
    let leaves = async |technician, when: Time| {
        let job = JobId::new();
        let made_up = Report {
            job: Some(job),
            ..report(technician, at(24.7, 46.7), when)
        };
        w.location.report(made_up).await.unwrap();
        w.location.trail(job, technician).await.unwrap().len() == 1
    };
    // All but two of a long day's points.
    let day = now.as_seconds() / days(1).as_secs();
    let key = format!("loc:trail:{}:{day}", who.uuid().simple());
    let key = w.t.platform.redis.key(&key);
    let mut conn = w.t.platform.redis.conn();
    let _: () = conn.set(&key, 4_998).await.unwrap();
    assert!(leaves(who, now).await && leaves(who, now).await);
    assert!(!leaves(who, now).await && !leaves(who, now).await);
    assert!(leaves(other, now).await);
    let life_s: i64 = conn.ttl(&key).await.unwrap();
    assert!((259_000..=259_200).contains(&life_s), "{life_s}");
    // What comes late counts for its own day, and has its place for two of them.
    assert!(leaves(who, now - hours(20)).await);
    assert!(leaves(who, now - hours(48)).await);
    assert!(!leaves(who, now - hours(48) - seconds(1)).await);
    w.t.clock.advance(days(1));
    assert!(leaves(who, w.t.now()).await);
}

/// Flushes what is ours: other tests share the server.
async fn forget(w: &World) {
    let mut conn = w.t.platform.redis.conn();
    for part in ["head", "last", "moved", "seen"] {
        let key = w.t.platform.redis.key(&format!("loc:{{pos}}:{part}"));
        let _: () = conn.del(key).await.unwrap();
    }
}
