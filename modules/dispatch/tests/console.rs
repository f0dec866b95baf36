//! The dispatcher's side: the queue inside the granted zones, and decisions by hand.
#![allow(clippy::unwrap_used)]

mod world;

use contract_dispatch::DispatchRequest;
use kernel::access::Role;
use kernel::{JobId, TechnicianId, minutes};
use platform::testing::actor;
use serde_json::{Value, json};
use uuid::Uuid;
use world::*;

fn assign(job: JobId) -> String {
    format!("/v1/dispatch/jobs/{job}/assign")
}

#[tokio::test]
async fn a_reason_a_zone_and_a_technician_who_can() {
    let w = World::start().await;
    let (near, far) = (w.technician(north(1.0)), w.technician(north(30.0)));
    let job = w.ask(&w.job()).await;
    let (_, offer) = w.offer(job).await.unwrap();
    let http = w.as_dispatcher();
    let order = |id: TechnicianId, reason: &str| json!({ "technician": id, "reason": reason });

    http.post(&assign(job), &order(far, "  "))
        .await
        .refused(422, "dispatch.reason_missing");
    http.post(&assign(JobId::new()), &order(far, "why"))
        .await
        .refused(404, "dispatch.unknown_job");
    let south = w.http.as_actor(&dispatcher(Some(&["south"])));
    south
        .post(&assign(job), &order(far, "why"))
        .await
        .refused(404, "dispatch.unknown_job");
    let auditor = w.http.as_actor(&actor(Role::Auditor));
    auditor
        .post(&assign(job), &order(far, "why"))
        .await
        .refused(403, "http.forbidden");
    let refused = http
        .post(&assign(job), &order(TechnicianId::new(), "why"))
        .await;
    assert_eq!(
        refused.refused(422, "dispatch.not_eligible")["data"]["reason"],
        "unknown_technician"
    );
    let unskilled = w.technician(north(1.0));
    w.card(unskilled, |card| card.skills.clear());
    let refused = http.post(&assign(job), &order(unskilled, "why")).await;
    assert_eq!(
        refused.refused(422, "dispatch.not_eligible")["data"]["reason"],
        "not_qualified"
    );
    let off = w.technician(north(1.0));
    w.card(off, |card| card.on_shift = false);
    let refused = http.post(&assign(job), &order(off, "why")).await;
    assert_eq!(
        refused.refused(422, "dispatch.not_eligible")["data"]["reason"],
        "off_shift"
    );
    assert_eq!(w.offer(job).await.unwrap().1, offer, "nothing has changed");

    // Distance is the dispatcher's to weigh.
    let boss = dispatcher(Some(&["north"]));
    let key = Uuid::new_v4();
    let taken = w
        .http
        .as_actor(&boss)
        .post_with_key(&assign(job), &order(far, "has the part"), key)
        .await
        .ok();
    assert_eq!(taken["technician"], json!(far));
    assert_eq!(taken["by"], json!(boss.user));
    let again = w
        .http
        .as_actor(&boss)
        .post_with_key(&assign(job), &order(far, "has the part"), key)
        .await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.ok(), taken);
    http.post(&assign(job), &order(far, "once more")).await.ok();
    w.as_technician(near)
        .post(&accept(offer), &())
        .await
        .refused(409, "dispatch.offer_taken");

    // And again to somebody else.
    http.post(&assign(job), &order(near, "the first one's car broke down"))
        .await
        .ok();
    w.t.run_pending_jobs().await;
    assert_eq!(w.holder(job).await, Some(near));
    let story = w.story(job).await;
    let told: Vec<_> = story
        .assignments
        .iter()
        .map(|a| (a.technician.id, a.outcome.as_deref()))
        .collect();
    assert_eq!(told, [(far, Some("reassigned")), (near, None)]);
    assert_eq!(
        story.assignments[0].note.as_deref(),
        Some("the first one's car broke down")
    );
    assert_eq!(w.heard("dispatch.job_assigned", job).len(), 2);
    assert_eq!(w.heard("dispatch.technician_released", job).len(), 1);

    let rows: Vec<(String, Value)> =
        sqlx::query_as("select record, details from platform.audit order by seq")
            .fetch_all(&w.t.platform.db)
            .await
            .unwrap();
    assert_eq!(
        rows.len(),
        2,
        "one a decision, none for repeats and refusals"
    );
    assert_eq!(rows[0].0, job.to_string());
    assert_eq!(rows[0].1["reason"], "has the part");
    assert_eq!(rows[1].1["before"], json!(far));
}

#[tokio::test]
async fn the_queue_shows_the_granted_zones_by_deadline_page_by_page() {
    let w = World::start().await;
    let mut jobs = Vec::new();
    for (i, zone) in ["north", "south", "north", "north", "south"]
        .into_iter()
        .enumerate()
    {
        let mut request = DispatchRequest {
            zone: slug(zone),
            ..w.job()
        };
        request.respond_by = w.now() + minutes(30 - i as i64);
        jobs.push(w.ask(&request).await);
    }
    let ids = |page: &Value| -> Vec<Value> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["job"].clone())
            .collect()
    };
    let all = w.as_dispatcher().get("/v1/dispatch/queue").await.ok();
    let by_deadline: Vec<_> = jobs.iter().rev().map(|job| json!(job)).collect();
    assert_eq!(ids(&all), by_deadline);
    assert!(all.get("next").is_none());

    let mut seen = Vec::new();
    let mut path = "/v1/dispatch/queue?limit=2".to_owned();
    loop {
        let page = w.as_dispatcher().get(&path).await.ok();
        seen.extend(ids(&page));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/dispatch/queue?limit=2&cursor={next}");
    }
    assert_eq!(seen, by_deadline);
    w.as_dispatcher()
        .get("/v1/dispatch/queue?cursor=x")
        .await
        .refused(422, "http.bad_cursor");

    let scoped = dispatcher(Some(&["south"]));
    let south = w
        .http
        .as_actor(&scoped)
        .get("/v1/dispatch/queue")
        .await
        .ok();
    assert_eq!(ids(&south), [json!(jobs[4]), json!(jobs[1])]);
    for part in ["", "/candidates"] {
        let path = format!("/v1/dispatch/jobs/{}{part}", jobs[0]);
        w.http
            .as_actor(&scoped)
            .get(&path)
            .await
            .refused(404, "dispatch.unknown_job");
        let path = format!("/v1/dispatch/jobs/{}{part}", jobs[1]);
        w.http.as_actor(&scoped).get(&path).await.ok();
    }
    w.http
        .as_actor(&actor(Role::Technician))
        .get("/v1/dispatch/queue")
        .await
        .refused(403, "http.forbidden");
    w.http
        .get("/v1/dispatch/queue")
        .await
        .refused(401, "http.unauthenticated");

    for (state, count) in [
        ("waiting", 5),
        ("offered", 0),
        ("assigned", 0),
        ("escalated", 5),
    ] {
        let page = w
            .as_dispatcher()
            .get(&format!("/v1/dispatch/queue?state={state}"))
            .await
            .ok();
        assert_eq!(ids(&page).len(), count, "{state}");
    }
    w.technician(north(1.0));
    w.pass(60).await;
    let offered = w
        .as_dispatcher()
        .get("/v1/dispatch/queue?state=offered")
        .await
        .ok();
    assert_eq!(offered["items"][0]["technician"]["name"]["en"], "Salem");
    assert_eq!(ids(&offered), [json!(jobs[4])], "the most pressing one");
}

#[tokio::test]
async fn anothers_offer_is_unknown() {
    let w = World::start().await;
    w.technician(north(1.0));
    let other = w.technician(north(2.0));
    let job = w.ask(&w.job()).await;
    let (_, offer) = w.offer(job).await.unwrap();
    w.as_technician(other)
        .post(&accept(offer), &())
        .await
        .refused(404, "dispatch.unknown_offer");
    w.as_technician(other)
        .post(&decline(offer), &no_reason())
        .await
        .refused(404, "dispatch.unknown_offer");
    let nobody = w.http.as_actor(&actor(Role::Technician));
    nobody
        .post(&accept(offer), &())
        .await
        .refused(404, "dispatch.unknown_offer");
    assert_eq!(nobody.get("/v1/technician/offers").await.ok(), json!([]));
    w.as_dispatcher()
        .post(&accept(offer), &())
        .await
        .refused(403, "http.forbidden");
    assert_eq!(w.offer(job).await.unwrap().1, offer);
}
