//! Who is chosen, and that the choice can be explained and repeated.
#![allow(clippy::unwrap_used)]

mod world;

use contract_dispatch::{DecisionView, Dispatch as _, DispatchRequest, WhyNot};
use dispatch::DispatchSettings;
use kernel::{GeoPoint, JobId, TechnicianId, seconds};
use serde_json::json;
use std::collections::BTreeSet;
use world::*;

#[tokio::test]
async fn one_window_together_beats_first_come_first_served() {
    let w = World::start().await;
    // `between` is nearest to both jobs; `remote` can only be in time for the first.
    let between = w.technician(north(10.0));
    let remote = w.technician(north(-14.0));
    let first = DispatchRequest {
        pin: north(0.0),
        ..w.job()
    };
    let mut second = DispatchRequest {
        pin: north(20.0),
        ..w.job()
    };
    second.arrive_by = w.now() + seconds(1_500);
    w.dispatch.request(first.clone()).await.unwrap();
    w.t.clock.advance(seconds(1));
    w.t.run_pending_jobs().await;
    assert_eq!(w.offer(first.job).await, None, "the window is still open");
    w.dispatch.request(second.clone()).await.unwrap();
    w.pass(1).await;

    assert_eq!(w.offer(first.job).await.unwrap().0, remote);
    assert_eq!(w.offer(second.job).await.unwrap().0, between);
    let decision = w.story(first.job).await.decision.unwrap();
    assert_eq!(decision.matched, 2);
    let passed_over = decision
        .candidates
        .iter()
        .find(|c| c.technician == between)
        .unwrap();
    assert_eq!(passed_over.why_not, Some(WhyNot::MatchedElsewhere));
    let taken = decision
        .candidates
        .iter()
        .find(|c| c.technician == remote)
        .unwrap();
    assert!(passed_over.score.as_ref().unwrap().total > taken.score.as_ref().unwrap().total);
}

#[tokio::test]
async fn a_stale_position_counts_as_none() {
    let w = World::start().await;
    let stale = w.technician(north(0.5));
    w.place(stale, north(0.5), false);
    let fresh = w.technician(north(11.0));
    let job = w.ask(&w.job()).await;
    let (who, offer) = w.offer(job).await.unwrap();
    assert_eq!(who, fresh);
    let decision = w.story(job).await.decision.unwrap();
    let of = |id| {
        decision
            .candidates
            .iter()
            .find(|c| c.technician == id)
            .unwrap()
    };
    assert_eq!(of(stale).why_not, Some(WhyNot::NoPosition));

    // Nobody else: then somebody on shift somewhere is better than nobody.
    w.as_technician(fresh)
        .post(&decline(offer), &no_reason())
        .await
        .ok();
    w.t.run_pending_jobs().await;
    assert_eq!(w.offer(job).await.unwrap().0, stale);
}

#[tokio::test]
async fn every_candidate_of_a_decision_is_explained() {
    let settings = DispatchSettings {
        enough_candidates: 2,
        ..DispatchSettings::default()
    };
    let w = World::with(settings).await;
    let busy = w.technician(north(0.2));
    w.assigned(&w.job()).await;
    let looking = w.technician(north(0.3));
    w.ask(&w.job()).await;
    let off = w.technician(north(0.4));
    w.card(off, |card| card.on_shift = false);
    let lost = w.technician(north(0.6));
    w.location.0.lock().unwrap().remove(&lost);
    let chosen = w.technician(north(1.0));
    let lower = w.technician(north(2.5));
    let outside = w.technician(north(5.0));
    let mut request = w.job();
    request.arrive_by = w.now() + seconds(900);
    let late = w.technician(north(48.0));
    let job = w.ask(&request).await;

    let decision = w.story(job).await.decision.unwrap();
    assert_eq!(decision.chosen, Some(chosen));
    assert_eq!(decision.radius_m, 3_000);
    let why = |id| {
        decision
            .candidates
            .iter()
            .find(|c| c.technician == id)
            .unwrap()
            .why_not
    };
    assert_eq!(why(chosen), None);
    assert_eq!(why(busy), Some(WhyNot::Busy));
    assert_eq!(why(looking), Some(WhyNot::OfferOpen));
    assert_eq!(why(off), Some(WhyNot::OffShift));
    assert_eq!(why(lost), Some(WhyNot::NoPosition));
    assert_eq!(why(lower), Some(WhyNot::RankedLower));
    assert_eq!(why(outside), Some(WhyNot::OutsideRadius));
    assert_eq!(why(late), Some(WhyNot::TooLate));
    let explained: BTreeSet<_> = decision.candidates.iter().map(|c| c.technician).collect();
    assert_eq!(explained.len(), 8, "every one of them, once");
    let unexplained = decision
        .candidates
        .iter()
        .filter(|c| c.why_not.is_none() && Some(c.technician) != decision.chosen);
    assert_eq!(unexplained.count(), 0);
    let score = decision.candidates[0].score.as_ref().unwrap();
    assert_eq!(score.components.len(), 10);
    assert_eq!(
        score.components.iter().map(|c| c.contribution).sum::<i64>(),
        score.total
    );
}

#[tokio::test]
async fn the_ranking_of_this_moment_is_there_for_the_asking() {
    let w = World::start().await;
    let (near, far) = (w.technician(north(1.0)), w.technician(north(2.0)));
    let job = w.ask(&w.job()).await;
    w.card(far, |card| card.on_shift = false);
    let ranking = w
        .as_dispatcher()
        .get(&format!("/v1/dispatch/jobs/{job}/candidates"))
        .await
        .ok();
    assert_eq!(ranking["candidates"][0]["technician"], json!(near));
    assert_eq!(ranking["candidates"][1]["why_not"], "off_shift");
    // Asking decides nothing.
    assert_eq!(
        w.story(job).await.decision.unwrap().candidates[1].why_not,
        Some(WhyNot::RankedLower)
    );
}

#[tokio::test]
async fn the_preferred_technician_comes_first_among_equals_even_from_farther() {
    let w = World::start().await;
    // Enough of them in the first ring, so that the search stops there for everyone else.
    for i in 0..8 {
        w.technician(north(1.0 + f64::from(i) / 10.0));
    }
    let wanted = w.technician(north(4.0));
    let request = DispatchRequest {
        preferred: Some(wanted),
        ..w.job()
    };
    let job = w.ask(&request).await;
    assert_eq!(w.offer(job).await.unwrap().0, wanted);
}

/// The decisions over ten jobs in two windows and a decline.
async fn decisions(
    technicians: &[(TechnicianId, GeoPoint)],
    jobs: &[(JobId, GeoPoint)],
) -> Vec<DecisionView> {
    let w = World::start().await;
    for (id, at) in technicians {
        w.known_technician(*id, *at);
    }
    for (half, jobs) in jobs.chunks(5).enumerate() {
        for (job, pin) in jobs {
            let request = DispatchRequest {
                job: *job,
                pin: *pin,
                booking: kernel::BookingId::from_uuid(job.uuid()),
                ..w.job()
            };
            w.dispatch.request(request).await.unwrap();
        }
        w.pass(2).await;
        if half == 0
            && let Some((who, offer)) = w.offer(jobs[0].0).await
        {
            w.as_technician(who)
                .post(&decline(offer), &no_reason())
                .await
                .ok();
            w.t.run_pending_jobs().await;
        }
    }
    let mut found = Vec::new();
    for (job, _) in jobs {
        found.push(w.story(*job).await.decision.unwrap());
    }
    found
}

#[tokio::test]
async fn the_same_input_gives_the_same_decisions() {
    let spread = |i: usize| north(((i * 7919) % 200) as f64 / 10.0 - 10.0);
    let mut technicians: Vec<_> = (0..12).map(|i| (TechnicianId::new(), spread(i))).collect();
    // Two in one place: only the id tells them apart.
    technicians.push((TechnicianId::new(), spread(3)));
    let jobs: Vec<_> = (0..10).map(|i| (JobId::new(), spread(i + 40))).collect();
    let once = decisions(&technicians, &jobs).await;
    technicians.reverse();
    let again = decisions(&technicians, &jobs).await;
    assert_eq!(once, again);
    assert!(once.iter().filter(|d| d.chosen.is_some()).count() >= 9);
}
