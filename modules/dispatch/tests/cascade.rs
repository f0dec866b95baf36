//! A job goes from one technician to the next and reaches a dispatcher rather than wait for ever.
#![allow(clippy::unwrap_used)]

mod world;

use contract_dispatch::{Dispatch as _, OfferState, RequestState, WhyNot};
use contract_sla::{ClockKind, ClockWarned};
use contract_vendors::ShiftChanged;
use kernel::{ClockId, JobId, Time, hours, minutes, seconds};
use serde_json::json;
use world::*;

#[tokio::test]
async fn the_nearest_takes_it_and_is_free_again_afterwards() {
    let w = World::start().await;
    let (near, far) = (w.technician(north(2.0)), w.technician(north(8.0)));
    let request = w.job();
    let job = w.ask(&request).await;
    w.ask(&request).await;
    let (who, offer) = w.offer(job).await.unwrap();
    assert_eq!(who, near);
    assert_eq!(w.heard("dispatch.job_offered", job).len(), 1);

    let shown = w
        .as_technician(near)
        .get("/v1/technician/offers")
        .await
        .ok();
    assert_eq!(shown[0]["id"], json!(offer));
    assert_eq!(shown[0]["distance_m"], 2_000);
    assert_eq!(shown[0]["sector_name"]["en"], "Al Yasmin");
    assert!(
        shown[0].get("pin").is_none(),
        "the exact place comes with the job"
    );
    assert_eq!(
        w.as_technician(far).get("/v1/technician/offers").await.ok(),
        json!([])
    );

    let taken = w.as_technician(near).post(&accept(offer), &()).await.ok();
    assert_eq!(taken["technician"], json!(near));
    w.t.run_pending_jobs().await;
    assert_eq!(w.heard("dispatch.job_assigned", job).len(), 1);
    let predicted = w.sla.0.lock().unwrap().clone();
    assert_eq!(predicted, [(job, w.now() + seconds(200))], "2 km at 10 m/s");
    // Its time runs out without an effect.
    w.pass(60).await;
    assert_eq!(w.story(job).await.item.state, RequestState::Assigned);

    let second = w.ask(&w.job()).await;
    assert_eq!(
        w.offer(second).await.unwrap().0,
        far,
        "the nearer one is busy"
    );
    w.dispatch.complete(job, w.now()).await.unwrap();
    w.dispatch.complete(job, w.now()).await.unwrap();
    assert_eq!(w.holder(job).await, Some(near), "who did it stays known");
    let third = w.ask(&w.job()).await;
    assert_eq!(w.offer(third).await.unwrap().0, near);
}

#[tokio::test]
async fn a_decline_and_a_time_out_go_to_the_next_and_three_escalate() {
    let w = World::start().await;
    let all: Vec<_> = (1..=4)
        .map(|km| w.technician(north(f64::from(km))))
        .collect();
    let job = w.ask(&w.job()).await;

    let (first, offer) = w.offer(job).await.unwrap();
    assert_eq!(first, all[0]);
    let said = w
        .as_technician(first)
        .post(&decline(offer), &json!({ "reason": "too far" }))
        .await
        .ok();
    assert_eq!(said["state"], "declined");
    w.as_technician(first)
        .post(&decline(offer), &no_reason())
        .await
        .ok();
    w.t.run_pending_jobs().await;
    assert_eq!(w.heard("dispatch.job_requeued", job).len(), 1);

    let (second, offer) = w.offer(job).await.unwrap();
    assert_eq!(second, all[1]);
    w.pass(44).await;
    assert_eq!(
        w.offer(job).await.unwrap().0,
        second,
        "45 seconds are 45 seconds"
    );
    w.pass(1).await;
    w.as_technician(second)
        .post(&accept(offer), &())
        .await
        .refused(409, "dispatch.offer_expired");
    w.as_technician(second)
        .post(&decline(offer), &no_reason())
        .await
        .refused(409, "dispatch.offer_expired");

    assert_eq!(w.offer(job).await.unwrap().0, all[2]);
    assert_eq!(w.heard("dispatch.job_escalated", job).len(), 0);
    w.pass(45).await;
    let escalated = w.heard("dispatch.job_escalated", job);
    assert_eq!(escalated.len(), 1);
    assert_eq!(escalated[0]["reason"], "refusals");

    // It goes on all the same, and is escalated once.
    assert_eq!(w.offer(job).await.unwrap().0, all[3]);
    w.pass(45).await;
    assert_eq!(w.offer(job).await, None);
    assert_eq!(w.heard("dispatch.job_escalated", job).len(), 1);
    let story = w.story(job).await;
    assert_eq!((story.item.round, story.item.refusals), (4, 4));
    let states: Vec<_> = story.offers.iter().map(|offer| offer.state).collect();
    use OfferState::{Declined, Expired};
    assert_eq!(states, [Declined, Expired, Expired, Expired]);
    assert_eq!(story.offers[0].reason.as_deref(), Some("too far"));
    let why: Vec<_> = story
        .decision
        .unwrap()
        .candidates
        .iter()
        .map(|c| c.why_not)
        .collect();
    assert_eq!(why, [Some(WhyNot::DeclinedBefore); 4]);

    // Nobody else is left: after a while the first is asked again.
    for _ in 0..3 {
        assert_eq!(w.offer(job).await, None);
        w.pass(60).await;
    }
    assert_eq!(w.offer(job).await.unwrap().0, all[0]);
}

#[tokio::test]
async fn nobody_there_escalates_once_and_is_tried_again_until_somebody_comes() {
    let w = World::start().await;
    let late = w.technician(north(1.0));
    w.card(late, |card| card.on_shift = false);
    let job = w.ask(&w.job()).await;
    assert_eq!(
        w.story(job).await.decision.unwrap().candidates[0].why_not,
        Some(WhyNot::OffShift)
    );
    for _ in 0..3 {
        w.pass(60).await;
    }
    let escalated = w.heard("dispatch.job_escalated", job);
    assert_eq!(escalated.len(), 1);
    assert_eq!(escalated[0]["reason"], "no_candidates");
    let queue = w
        .as_dispatcher()
        .get("/v1/dispatch/queue?state=escalated")
        .await
        .ok();
    assert_eq!(queue["items"][0]["job"], json!(job));

    // Whoever comes on shift is asked at once, not at the next try.
    w.card(late, |card| card.on_shift = true);
    let mut tx = w.t.platform.db.begin().await.unwrap();
    let event = ShiftChanged {
        technician: late,
        on_shift: true,
        at: w.now(),
    };
    platform::events::publish(&mut tx, w.now(), &event)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    w.t.run_pending_jobs().await;
    assert_eq!(w.offer(job).await.unwrap().0, late);

    // And the next minute's try finds a job without need.
    w.dispatch.withdraw(job, w.now()).await.unwrap();
    w.pass(120).await;
    assert_eq!(w.story(job).await.item.state, RequestState::Withdrawn);
}

#[tokio::test]
async fn a_technician_seen_a_minute_later_gets_the_job_by_the_retry() {
    let w = World::start().await;
    let job = w.ask(&w.job()).await;
    let new = w.technician(north(1.0));
    w.pass(57).await;
    assert_eq!(w.offer(job).await, None);
    w.pass(3).await;
    assert_eq!(w.offer(job).await.unwrap().0, new);
}

#[tokio::test]
async fn who_begins_a_shift_and_then_says_where_is_asked_within_seconds() {
    let w = World::start().await;
    // Lives too far away to come from home, and has not reported since the shift began.
    let new = w.technician(north(60.0));
    w.place(new, north(60.0), false);
    let job = w.ask(&w.job()).await;
    assert_eq!(w.offer(job).await, None);
    assert_eq!(w.heard("dispatch.job_escalated", job).len(), 1);
    w.place(new, north(1.0), true);
    w.pass(9).await;
    assert_eq!(w.offer(job).await, None);
    w.pass(1).await;
    assert_eq!(w.offer(job).await.unwrap().0, new);
}

async fn warn(w: &World, job: JobId, kind: ClockKind, percent: u8, deadline: Time) {
    let event = ClockWarned {
        clock: ClockId::new(),
        job,
        booking: kernel::BookingId::new(),
        kind,
        percent,
        deadline,
    };
    let mut tx = w.t.platform.db.begin().await.unwrap();
    platform::events::publish(&mut tx, w.now(), &event)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    w.t.run_pending_jobs().await;
}

#[tokio::test]
async fn the_respond_clock_escalates_at_its_late_warning_only() {
    let w = World::start().await;
    w.technician(north(1.0));
    let request = w.job();
    let job = w.ask(&request).await;
    warn(&w, job, ClockKind::Respond, 50, request.respond_by).await;
    warn(&w, job, ClockKind::Arrive, 80, request.arrive_by).await;
    assert_eq!(w.heard("dispatch.job_escalated", job).len(), 0);
    for _ in 0..2 {
        warn(&w, job, ClockKind::Respond, 80, request.respond_by).await;
    }
    let escalated = w.heard("dispatch.job_escalated", job);
    assert_eq!(escalated.len(), 1);
    assert_eq!(escalated[0]["reason"], "respond_warning");
    assert!(w.offer(job).await.is_some(), "the offer stays open");

    // Somebody has it: no need.
    let other = w.job();
    w.technician(north(1.5));
    w.assigned(&other).await;
    warn(&w, other.job, ClockKind::Respond, 80, other.respond_by).await;
    assert_eq!(w.heard("dispatch.job_escalated", other.job).len(), 0);
}

#[tokio::test]
async fn withdrawn_while_offered_frees_the_technician_at_once() {
    let w = World::start().await;
    let only = w.technician(north(1.0));
    let job = w.ask(&w.job()).await;
    let (_, offer) = w.offer(job).await.unwrap();
    let waiting = w.ask(&w.job()).await;
    assert_eq!(w.offer(waiting).await, None);
    assert_eq!(
        w.heard("dispatch.job_escalated", waiting).len(),
        0,
        "looking at another offer is no absence"
    );

    w.dispatch.withdraw(job, w.now()).await.unwrap();
    w.dispatch.withdraw(job, w.now()).await.unwrap();
    w.as_technician(only)
        .post(&accept(offer), &())
        .await
        .refused(409, "dispatch.offer_withdrawn");
    w.t.run_pending_jobs().await;
    assert_eq!(w.offer(waiting).await.unwrap().0, only);

    // The word that it is off may overtake the request.
    let never = w.job();
    w.dispatch.withdraw(never.job, w.now()).await.unwrap();
    w.dispatch.withdraw(never.job, w.now()).await.unwrap();
    w.dispatch.request(never.clone()).await.unwrap();
    w.pass(2).await;
    let path = format!("/v1/dispatch/jobs/{}", never.job);
    w.as_dispatcher()
        .get(&path)
        .await
        .refused(404, "dispatch.unknown_job");
    let unknown = w
        .dispatch
        .complete(JobId::new(), w.now())
        .await
        .unwrap_err();
    assert_eq!(
        unknown.refused(),
        Some(&contract_dispatch::DispatchFault::UnknownJob)
    );
}

#[tokio::test]
async fn who_gives_a_job_up_is_never_asked_again() {
    let w = World::start().await;
    let first = w.technician(north(1.0));
    let request = w.job();
    let job = request.job;
    w.assigned(&request).await;
    let moment = w.now();
    w.dispatch
        .requeue(job, "flat tyre".into(), moment)
        .await
        .unwrap();
    w.t.run_pending_jobs().await;
    assert_eq!(w.holder(job).await, None);
    assert_eq!(
        w.heard("dispatch.technician_released", job)[0]["outcome"],
        "requeued"
    );
    w.pass(900).await;
    assert_eq!(w.offer(job).await, None);
    assert_eq!(
        w.story(job).await.decision.unwrap().candidates[0].why_not,
        Some(WhyNot::ReleasedBefore)
    );

    let second = w.technician(north(5.0));
    w.pass(60).await;
    let (who, offer) = w.offer(job).await.unwrap();
    assert_eq!(who, second);
    w.as_technician(second).post(&accept(offer), &()).await.ok();
    // The first word, repeated late, does not cost the second technician the job.
    w.dispatch
        .requeue(job, "flat tyre".into(), moment)
        .await
        .unwrap();
    assert_eq!(w.holder(job).await, Some(second));
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_scheduled_visit_is_offered_right_away_with_a_longer_countdown() {
    let w = World::start().await;
    let person = w.technician(north(3.0));
    w.card(person, |card| card.on_shift = false);
    let request = w.visit(26);
    w.dispatch.request(request.clone()).await.unwrap();
    w.t.run_pending_jobs().await;
    let (who, offer) = w.offer(request.job).await.unwrap();
    assert_eq!(who, person, "a shift that covers the visit is what counts");
    w.pass(599).await;
    w.as_technician(person).post(&accept(offer), &()).await.ok();
    let story = w.story(request.job).await;
    let slot = &story.assignments[0];
    assert_eq!(
        (slot.busy_from, slot.busy_until),
        (request.earliest, request.earliest + minutes(75))
    );

    // The day fills: right after it fits, across it does not.
    let mut across = w.visit(26);
    across.earliest = request.earliest + minutes(30);
    across.arrive_by = across.earliest + minutes(20);
    let job = w.ask(&across).await;
    assert_eq!(
        w.story(job).await.decision.unwrap().candidates[0].why_not,
        Some(WhyNot::Busy)
    );
    w.dispatch.withdraw(job, w.now()).await.unwrap();
    let mut after = w.visit(26);
    after.earliest = request.earliest + minutes(75);
    after.arrive_by = after.earliest + minutes(30);
    assert_eq!(w.assigned(&after).await, person);
    // Today they are free for something else.
    w.card(person, |card| card.on_shift = true);
    assert_eq!(w.assigned(&w.job()).await, person);
}

#[tokio::test]
async fn a_job_that_runs_over_keeps_its_technician_and_warns_of_the_next() {
    let w = World::start().await;
    let person = w.technician(north(1.0));
    let next = w.visit(3);
    w.assigned(&next).await;
    let running = w.job();
    assert_eq!(w.assigned(&running).await, person);
    // Its time was 75 minutes and the way.
    w.t.clock.advance(hours(2));
    let job = w.ask(&w.job()).await;
    assert_eq!(
        w.story(job).await.decision.unwrap().candidates[0].why_not,
        Some(WhyNot::Busy)
    );
    w.dispatch.withdraw(job, w.now()).await.unwrap();

    w.t.clock.advance(minutes(70));
    w.sla.0.lock().unwrap().clear();
    w.t.run_pending_jobs().await;
    let story = w.story(running.job).await;
    assert_eq!(
        story.assignments[0].busy_until, next.earliest,
        "grown as far as the next job allows"
    );
    assert_eq!(w.sla.0.lock().unwrap().as_slice(), [(next.job, w.now())]);
}

#[tokio::test]
async fn lost_wake_ups_are_made_up_for() {
    let w = World::start().await;
    let (first, second) = (w.technician(north(1.0)), w.technician(north(2.0)));
    let request = w.job();
    // The first run notes when each cron is next due.
    w.t.run_pending_jobs().await;
    w.dispatch.request(request.clone()).await.unwrap();
    lose_jobs(&w).await;
    w.pass(60).await;
    assert_eq!(w.offer(request.job).await.unwrap().0, first);
    lose_jobs(&w).await;
    w.pass(60).await;
    assert_eq!(w.offer(request.job).await.unwrap().0, second);
}

/// As if each had failed until it was put aside.
async fn lose_jobs(w: &World) {
    sqlx::query("delete from platform.jobs")
        .execute(&w.t.platform.db)
        .await
        .unwrap();
}
