use crate::{Desk, SEED, slug};
use contract_sla::{
    ClockCommand, ClockKind, ClockState, PauseReason, PromiseQuery, Sla as _, SlaFault,
    StartClocks, Urgency,
};
use kernel::{BookingId, JobId, hours, millis, minutes};

const STOP_ARRIVE: ClockCommand = ClockCommand::Stop {
    kind: ClockKind::Arrive,
};
const PAUSE: ClockCommand = ClockCommand::Pause {
    reason: PauseReason::Parts,
};

#[tokio::test]
async fn the_promise_before_is_the_promise_kept_and_starting_repeats_it() {
    let desk = Desk::open().await;
    let before = desk.sla.promise(desk.query()).await.unwrap();
    assert_eq!(before.policy, slug("plumbing-immediate"));
    assert_eq!(before.respond_by, desk.now() + minutes(15));
    assert_eq!(before.arrive_by, desk.now() + minutes(75));
    assert_eq!(before.complete_by, desk.now() + minutes(240));
    assert_eq!(before.remedy_percent, 15);

    let start = StartClocks {
        job: JobId::new(),
        booking: BookingId::new(),
        query: desk.query(),
    };
    assert_eq!(desk.sla.start(start.clone()).await.unwrap(), before);
    // Later, after a pause, even with another query: the first promise.
    desk.sla
        .command(start.job, PAUSE, desk.now())
        .await
        .unwrap();
    desk.after_minutes(30).await;
    desk.sla
        .command(start.job, ClockCommand::Resume, desk.now())
        .await
        .unwrap();
    let again = StartClocks {
        query: PromiseQuery {
            zone: slug("south"),
            ..desk.query()
        },
        ..start.clone()
    };
    assert_eq!(desk.sla.start(again).await.unwrap(), before);
    assert_eq!(desk.sla.clocks(vec![start.job]).await.unwrap().len(), 3);
}

#[tokio::test]
async fn started_twice_at_once_there_are_three_clocks() {
    let desk = Desk::open().await;
    let start = StartClocks {
        job: JobId::new(),
        booking: BookingId::new(),
        query: desk.query(),
    };
    let starts = (0..6).map(|_| desk.sla.start(start.clone()));
    let promises = futures_all(starts).await;
    assert!(
        promises
            .iter()
            .all(|promise| promise.as_ref().unwrap() == promises[0].as_ref().unwrap())
    );
    assert_eq!(desk.sla.clocks(vec![start.job]).await.unwrap().len(), 3);
    assert_eq!(desk.live().await.len(), 3);
}

async fn futures_all<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    futures::future::join_all(all).await
}

#[tokio::test]
async fn a_clock_warns_at_its_fractions_and_breaches_after_its_deadline() {
    let desk = Desk::open().await;
    let job = desk.start().await;
    // arrive: 75 minutes; half is 37.5, four fifths are 60.
    for (pass, warned, breaches) in [
        (37, vec![], 0),
        (1, vec![50], 0),
        (21, vec![50], 0),
        (2, vec![50, 80], 0),
        (14, vec![50, 80], 0),
    ] {
        desk.after_minutes(pass).await;
        assert_eq!(desk.warned(ClockKind::Arrive), warned, "{}", desk.now());
        assert_eq!(desk.breaches(ClockKind::Arrive), breaches, "{}", desk.now());
    }
    let clock = desk.clock(job, ClockKind::Arrive).await;
    assert_eq!(clock.deadline, desk.now(), "standing at the very deadline");
    assert!(!clock.breached);

    desk.t.clock.advance(millis(1));
    desk.t.run_pending_jobs().await;
    let breach = desk.heard("sla.clock_breached", ClockKind::Arrive);
    assert_eq!(breach.len(), 1);
    assert_eq!(breach[0]["job"], job.to_string());
    assert_eq!(breach[0]["remedy_percent"], 15);
    assert_eq!(breach[0]["vendor_penalty"], 4000);
    let clock = desk.clock(job, ClockKind::Arrive).await;
    assert_eq!((clock.state, clock.breached), (ClockState::Running, true));

    // A late response is told, and costs nobody anything.
    let response = desk.heard("sla.clock_breached", ClockKind::Respond);
    assert_eq!(
        (response.len(), &response[0]["remedy_percent"]),
        (1, &0.into())
    );
}

#[tokio::test]
async fn one_breach_however_many_tick() {
    let desk = Desk::open().await;
    let jobs = futures_all((0..5).map(|_| desk.start())).await;
    desk.t.clock.advance(minutes(76));
    let now = desk.now();
    // Tickers, sweepers and the queue's worker, all at once.
    let (a, b, c, d, _) = tokio::join!(
        desk.sla.tick(now),
        desk.sla.tick(now),
        desk.sla.sweep(now),
        desk.sla.sweep(now),
        desk.t.run_pending_jobs(),
    );
    assert!(a.is_ok() && b.is_ok() && c.is_ok() && d.is_ok());
    desk.t.run_pending_jobs().await;
    assert_eq!(desk.breaches(ClockKind::Arrive), jobs.len());
    assert_eq!(desk.warned(ClockKind::Arrive).len(), 2 * jobs.len());
    assert_eq!(desk.breaches(ClockKind::Respond), jobs.len());
}

#[tokio::test]
async fn a_pause_moves_the_deadline_and_what_fires() {
    let desk = Desk::open().await;
    let job = desk.start().await;
    let first = desk.clock(job, ClockKind::Arrive).await.deadline;
    desk.after_minutes(30).await;
    desk.sla.command(job, PAUSE, desk.now()).await.unwrap();
    // Repeating it, for another reason too, changes nothing.
    let repeated = ClockCommand::Pause {
        reason: PauseReason::Customer,
    };
    desk.sla
        .command(job, repeated, desk.now() + minutes(5))
        .await
        .unwrap();
    let clock = desk.clock(job, ClockKind::Arrive).await;
    assert_eq!(
        (clock.state, clock.paused_for.as_deref(), clock.paused_at),
        (ClockState::Paused, Some("parts"), Some(desk.now()))
    );
    assert!(desk.live().await.is_empty(), "standing clocks are not live");

    desk.after_minutes(200).await;
    assert!(desk.warned(ClockKind::Arrive).is_empty());
    assert_eq!(desk.breaches(ClockKind::Arrive), 0);

    desk.sla
        .command(job, ClockCommand::Resume, desk.now())
        .await
        .unwrap();
    desk.sla
        .command(job, ClockCommand::Resume, desk.now() + minutes(5))
        .await
        .unwrap();
    let clock = desk.clock(job, ClockKind::Arrive).await;
    assert_eq!(
        (clock.state, clock.paused_for, clock.paused_at),
        (ClockState::Running, None, None)
    );
    assert_eq!(clock.deadline, first + minutes(200));

    desk.after_minutes(8).await;
    assert_eq!(desk.warned(ClockKind::Arrive), [50]);
    desk.after_minutes(38).await;
    assert_eq!(desk.warned(ClockKind::Arrive), [50, 80]);
    assert_eq!(desk.breaches(ClockKind::Arrive), 1);
    assert_eq!(desk.now(), first + minutes(201));
}

#[tokio::test]
async fn only_open_time_counts() {
    let desk = Desk::open().await;
    let job = JobId::new();
    // Booked now for Monday 21:45 in Riyadh; service hours end at 22:00 and begin at 08:00.
    let slot = "2026-12-07T18:45:00Z".parse().unwrap();
    let query = PromiseQuery {
        urgency: Urgency::Scheduled,
        slot: Some(slot),
        ..desk.query()
    };
    let promise = desk
        .sla
        .start(StartClocks {
            job,
            booking: BookingId::new(),
            query,
        })
        .await
        .unwrap();
    assert_eq!(promise.policy, slug("plumbing-scheduled"));
    assert_eq!(promise.arrive_by, "2026-12-08T05:15:00Z".parse().unwrap());
    assert_eq!(desk.clock(job, ClockKind::Arrive).await.started_at, slot);
    // Tuesday 08:00: half of the thirty minutes passed before closing time, none since.
    desk.t.clock.set("2026-12-08T05:00:00Z".parse().unwrap());
    desk.t.run_pending_jobs().await;
    assert_eq!(desk.warned(ClockKind::Arrive), [50]);
    desk.after_minutes(15).await;
    assert_eq!(
        (
            desk.warned(ClockKind::Arrive),
            desk.breaches(ClockKind::Arrive)
        ),
        (vec![50, 80], 0)
    );
    desk.after_minutes(1).await;
    assert_eq!(desk.breaches(ClockKind::Arrive), 1);
}

#[tokio::test]
async fn stopped_in_time_is_met_and_silent() {
    let desk = Desk::open().await;
    let job = desk.start().await;
    desk.t.clock.advance(minutes(75));
    // No worker has run: what had passed by now is told by the command itself.
    desk.sla
        .command(job, STOP_ARRIVE, desk.now())
        .await
        .unwrap();
    let clock = desk.clock(job, ClockKind::Arrive).await;
    assert_eq!(
        (clock.state, clock.breached, clock.stopped_at),
        (ClockState::Met, false, Some(desk.now()))
    );
    desk.after_minutes(60).await;
    assert_eq!(desk.warned(ClockKind::Arrive), [50, 80]);
    assert_eq!(desk.breaches(ClockKind::Arrive), 0);

    // Repeating, or any other command, changes nothing.
    for command in [STOP_ARRIVE, PAUSE, ClockCommand::Resume] {
        desk.sla.command(job, command, desk.now()).await.unwrap();
    }
    assert_eq!(desk.clock(job, ClockKind::Arrive).await, clock);
}

#[tokio::test]
async fn stopped_late_is_breached_whoever_comes_first() {
    for worker_first in [true, false] {
        let desk = Desk::open().await;
        let job = desk.start().await;
        desk.t.clock.advance(minutes(75) + millis(1));
        if worker_first {
            desk.t.run_pending_jobs().await;
        }
        desk.sla
            .command(job, STOP_ARRIVE, desk.now())
            .await
            .unwrap();
        desk.t.run_pending_jobs().await;
        let clock = desk.clock(job, ClockKind::Arrive).await;
        assert_eq!((clock.state, clock.breached), (ClockState::Breached, true));
        assert_eq!(desk.warned(ClockKind::Arrive), [50, 80]);
        assert_eq!(desk.breaches(ClockKind::Arrive), 1);
    }
}

#[tokio::test]
async fn a_paused_clock_stops_by_the_time_it_counted() {
    let desk = Desk::open().await;
    let job = desk.start().await;
    desk.after_minutes(10).await;
    desk.sla.command(job, PAUSE, desk.now()).await.unwrap();
    desk.after_minutes(300).await;
    desk.sla
        .command(job, STOP_ARRIVE, desk.now())
        .await
        .unwrap();
    assert_eq!(
        desk.clock(job, ClockKind::Arrive).await.state,
        ClockState::Met
    );
    assert_eq!(desk.breaches(ClockKind::Arrive), 0);
}

#[tokio::test]
async fn a_cancelled_visit_fires_nothing_more() {
    let desk = Desk::open().await;
    let job = desk.start().await;
    desk.after_minutes(40).await;
    desk.sla
        .command(job, ClockCommand::Cancel, desk.now())
        .await
        .unwrap();
    desk.sla
        .command(job, ClockCommand::Cancel, desk.now())
        .await
        .unwrap();
    desk.after_minutes(600).await;
    assert_eq!(desk.warned(ClockKind::Arrive), [50]);
    assert_eq!(
        desk.breaches(ClockKind::Arrive) + desk.breaches(ClockKind::Complete),
        0
    );
    assert!(desk.live().await.is_empty());
    assert_eq!(
        desk.clock(job, ClockKind::Complete).await.state,
        ClockState::Cancelled
    );
}

#[tokio::test]
async fn commands_at_once_leave_one_history() {
    let desk = Desk::open().await;
    let job = desk.start().await;
    desk.t.clock.advance(minutes(10));
    let now = desk.now();
    let outcomes = futures_all((0..8).map(|n| {
        let command = if n % 2 == 0 {
            PAUSE
        } else {
            ClockCommand::Resume
        };
        desk.sla.command(job, command, now)
    }))
    .await;
    assert!(outcomes.iter().all(Result::is_ok));
    desk.sla
        .command(job, ClockCommand::Resume, now)
        .await
        .unwrap();
    // All at one moment: nothing was paused for any time.
    assert_eq!(
        desk.clock(job, ClockKind::Arrive).await.deadline,
        now + minutes(65)
    );
}

#[tokio::test]
async fn what_is_not_there() {
    let desk = Desk::open().await;
    let nobody = JobId::new();
    desk.sla
        .command(nobody, ClockCommand::Cancel, desk.now())
        .await
        .unwrap();
    desk.sla
        .predict(nobody, ClockKind::Arrive, desk.now() + hours(9), desk.now())
        .await
        .unwrap();
    assert_eq!(desk.sla.clocks(vec![nobody]).await.unwrap(), []);
    let refused = desk
        .sla
        .is_open(slug("lunar"), desk.now())
        .await
        .unwrap_err();
    assert_eq!(refused.refused(), Some(&SlaFault::UnknownCalendar));
}

#[tokio::test]
async fn calendars_open_and_the_seed_repeats() {
    let desk = Desk::open().await;
    // Sunday 09:00, and 23:00.
    for (calendar, at, open) in [
        ("standard", desk.now(), true),
        ("standard", desk.now() + hours(14), false),
        ("always", desk.now() + hours(14), true),
    ] {
        assert_eq!(
            desk.sla.is_open(slug(calendar), at).await.unwrap(),
            open,
            "{calendar} {at}"
        );
    }
    // What an operator changed survives the next seeding, and every process sees it.
    sqlx::query(
        "update sla.calendars set hours = jsonb_set(hours, '{sun}', '[]') where slug = 'standard'",
    )
    .execute(&desk.t.platform.db)
    .await
    .unwrap();
    sqlx::query("update sla.settings_revision set revision = revision + 1")
        .execute(&desk.t.platform.db)
        .await
        .unwrap();
    desk.sla.seed(SEED).await.unwrap();
    assert!(
        !desk
            .sla
            .is_open(slug("standard"), desk.now())
            .await
            .unwrap()
    );
}
