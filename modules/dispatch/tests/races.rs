//! Exactly one winner, whoever comes at the same time.
#![allow(clippy::unwrap_used)]

mod world;

use contract_dispatch::{Dispatch as _, OfferState, RequestState};
use kernel::{minutes, seconds};
use platform::testing::TestAnswer;
use serde_json::json;
use uuid::Uuid;
use world::*;

/// How many of the answers succeeded, and the codes of the others.
fn tally(answers: &[TestAnswer]) -> (usize, Vec<&str>) {
    let won = answers.iter().filter(|a| a.status.is_success()).count();
    let codes = answers
        .iter()
        .filter(|a| !a.status.is_success())
        .map(TestAnswer::code);
    (won, codes.collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_double_click_takes_the_job_once() {
    let w = World::start().await;
    let only = w.technician(north(1.0));
    let job = w.ask(&w.job()).await;
    let (_, offer) = w.offer(job).await.unwrap();
    let (http, path, key) = (w.as_technician(only), accept(offer), Uuid::new_v4());
    let answers = futures::future::join_all([
        http.post_with_key(&path, &(), key),
        http.post_with_key(&path, &(), key),
        http.post_with_key(&path, &(), Uuid::new_v4()),
        http.post_with_key(&path, &(), Uuid::new_v4()),
    ])
    .await;
    assert_eq!(tally(&answers), (4, vec![]), "each click is told the same");
    assert!(answers.windows(2).all(|pair| pair[0].json == pair[1].json));
    w.t.run_pending_jobs().await;
    assert_eq!(w.heard("dispatch.job_assigned", job).len(), 1);
    assert_eq!(w.story(job).await.assignments.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_technicians_cannot_hold_one_job() {
    let w = World::start().await;
    let (slow, quick) = (w.technician(north(1.0)), w.technician(north(2.0)));
    let job = w.ask(&w.job()).await;
    let (_, late) = w.offer(job).await.unwrap();
    w.pass(45).await;
    let (who, offer) = w.offer(job).await.unwrap();
    assert_eq!(who, quick);
    let (slow_http, quick_http) = (w.as_technician(slow), w.as_technician(quick));
    let (slow_path, quick_path) = (accept(late), accept(offer));
    let (a, b) = tokio::join!(
        slow_http.post(&slow_path, &()),
        quick_http.post(&quick_path, &())
    );
    b.ok();
    assert!(
        ["dispatch.offer_expired", "dispatch.offer_taken"].contains(&a.code()),
        "{a:?}"
    );
    slow_http
        .post(&slow_path, &())
        .await
        .refused(409, "dispatch.offer_taken");
    assert_eq!(w.holder(job).await, Some(quick));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accepting_against_time_and_withdrawal_has_one_winner() {
    let w = World::start().await;
    let only = w.technician(north(1.0));
    for attempt in 0..6 {
        let job = w.ask(&w.job()).await;
        let (_, offer) = w.offer(job).await.unwrap();
        let (http, path) = (w.as_technician(only), accept(offer));
        let (answer, withdrawn) =
            tokio::join!(http.post(&path, &()), w.dispatch.withdraw(job, w.now()));
        withdrawn.unwrap();
        let story = w.story(job).await;
        assert_eq!(
            story.item.state,
            RequestState::Withdrawn,
            "attempt {attempt}"
        );
        match answer.status.is_success() {
            true => assert_eq!(story.assignments[0].outcome.as_deref(), Some("withdrawn")),
            false => {
                assert_eq!(answer.code(), "dispatch.offer_withdrawn");
                assert_eq!(story.assignments, []);
            }
        }
        w.t.run_pending_jobs().await;
        assert_eq!(
            w.heard("dispatch.job_assigned", job).len(),
            story.assignments.len()
        );
    }

    let job = w.ask(&w.job()).await;
    let (_, offer) = w.offer(job).await.unwrap();
    w.t.clock.advance(seconds(45));
    let (http, path) = (w.as_technician(only), accept(offer));
    let (answer, _) = tokio::join!(http.post(&path, &()), w.t.run_pending_jobs());
    answer.refused(409, "dispatch.offer_expired");
    let offers = w.story(job).await.offers;
    assert_eq!(offers[0].state, OfferState::Expired);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_technician_cannot_hold_two_clashing_jobs() {
    let w = World::start().await;
    let wanted = w.technician(north(1.0));
    w.card(wanted, |card| card.on_shift = false);
    let jobs = [w.visit(24), w.visit(24), w.job(), w.job()];
    w.card(wanted, |card| card.skills.clear());
    for job in &jobs {
        w.ask(job).await;
    }
    w.card(wanted, |card| {
        card.on_shift = true;
        card.skills = jobs[0].skills.clone();
    });
    let http = w.as_dispatcher();
    let body = json!({ "technician": wanted, "reason": "the customer knows him" });
    let assign = |i: usize| format!("/v1/dispatch/jobs/{}/assign", jobs[i].job);
    for pair in [[0, 1], [2, 3]] {
        let paths = pair.map(assign);
        let answers =
            futures::future::join_all(paths.iter().map(|path| http.post(path, &body))).await;
        assert_eq!(
            tally(&answers),
            (1, vec!["dispatch.technician_busy"]),
            "{answers:?}"
        );
    }
    // An offer from before is overtaken by the facts.
    let open = w.technician(north(0.5));
    let offered = w.job();
    w.ask(&offered).await;
    let (who, offer) = w.offer(offered.job).await.unwrap();
    assert_eq!(who, open);
    let mut free = None;
    for job in &jobs[2..] {
        if w.holder(job.job).await.is_none() {
            free = Some(job.job);
        }
    }
    let path = format!("/v1/dispatch/jobs/{}/assign", free.unwrap());
    http.post(&path, &json!({ "technician": open, "reason": "nearest" }))
        .await
        .ok();
    w.as_technician(open)
        .post(&accept(offer), &())
        .await
        .refused(409, "dispatch.technician_busy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dispatcher_and_a_technician_at_once_leave_one_holder() {
    let w = World::start().await;
    let (near, chosen) = (w.technician(north(1.0)), w.technician(north(3.0)));
    let job = w.ask(&w.job()).await;
    let (_, offer) = w.offer(job).await.unwrap();
    let (technician, dispatcher) = (w.as_technician(near), w.as_dispatcher());
    let (accept, assign) = (accept(offer), format!("/v1/dispatch/jobs/{job}/assign"));
    let body = json!({ "technician": chosen, "reason": "has the part" });
    let (taken, assigned) = tokio::join!(
        technician.post(&accept, &()),
        dispatcher.post(&assign, &body)
    );
    assigned.ok();
    assert!(
        taken.status.is_success() || taken.code() == "dispatch.offer_taken",
        "{taken:?}"
    );
    assert_eq!(w.holder(job).await, Some(chosen));
    technician
        .post(&accept, &())
        .await
        .refused(409, "dispatch.offer_taken");
    let open = w
        .story(job)
        .await
        .assignments
        .iter()
        .filter(|a| a.closed_at.is_none())
        .count();
    assert_eq!(open, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn windows_at_the_same_time_offer_each_technician_once() {
    let w = World::start().await;
    for km in 1..=3 {
        w.technician(north(f64::from(km)));
    }
    let jobs: Vec<_> = (0..6).map(|_| w.job()).collect();
    let asked = jobs.iter().map(|job| w.dispatch.request(job.clone()));
    assert!(
        futures::future::join_all(asked)
            .await
            .iter()
            .all(Result::is_ok)
    );
    w.t.clock.advance(seconds(2));
    let (a, b) = (w.t.worker(), w.t.worker());
    let (a, b) = tokio::join!(a.run_pending(), b.run_pending());
    assert!(a.unwrap().failed.is_empty() && b.unwrap().failed.is_empty());
    let mut technicians = Vec::new();
    for job in &jobs {
        technicians.extend(w.offer(job.job).await.map(|(who, _)| who));
    }
    technicians.sort_unstable();
    technicians.dedup();
    assert_eq!(technicians.len(), 3);
}

#[tokio::test]
async fn a_closed_job_is_given_to_nobody() {
    let w = World::start().await;
    let only = w.technician(north(1.0));
    let request = w.job();
    w.assigned(&request).await;
    w.dispatch
        .complete(request.job, w.now() + minutes(60))
        .await
        .unwrap();
    let path = format!("/v1/dispatch/jobs/{}/assign", request.job);
    let body = json!({ "technician": only, "reason": "again" });
    w.as_dispatcher()
        .post(&path, &body)
        .await
        .refused(409, "dispatch.job_closed");
    w.dispatch
        .requeue(request.job, "late word".into(), w.now())
        .await
        .unwrap();
    assert_eq!(
        w.holder(request.job).await,
        Some(only),
        "who did it stays who did it"
    );
}

/// Whatever code comes to write assignments, these are the database's own.
#[tokio::test]
async fn the_database_itself_refuses_a_second_holder_and_a_clash() {
    let w = World::start().await;
    w.technician(north(1.0));
    let (held, other) = (w.job(), w.job());
    let technician = w.assigned(&held).await;
    w.ask(&other).await;
    let insert = async |job: kernel::JobId, technician: kernel::TechnicianId, from_minutes: i64| {
        let from = w.now() + minutes(from_minutes);
        sqlx::query(
            "insert into dispatch.assignments (job, technician, vendor, assigned_at, eta, slot)
             values ($1, $2, $2, $3, $3, tstzrange($3, $4))",
        )
        .bind(job)
        .bind(technician)
        .bind(from)
        .bind(from + minutes(60))
        .execute(&w.t.platform.db)
        .await
    };
    let clash = insert(other.job, technician, 60).await.unwrap_err();
    assert!(
        platform::db::violates(&clash, "assignments_no_clash"),
        "{clash}"
    );
    let second = insert(held.job, kernel::TechnicianId::new(), 60)
        .await
        .unwrap_err();
    assert!(
        platform::db::violates(&second, "assignments_one_open_per_job"),
        "{second}"
    );
    insert(other.job, technician, 120).await.unwrap();
}
