//! The console over real stores: what a reader of some zones sees, and what not.

use super::{Desk, desk, id};
use contract_bookings::{ConsoleView, JobState, Presence};
use kernel::Slug;
use kernel::access::{Actor, Role};
use platform::testing::{TestHttp, actor};
use serde_json::{Value, json};

/// A dispatcher of one zone, or of all.
fn dispatcher(zone: Option<&str>) -> Actor {
    let mut dispatcher = actor(Role::Dispatcher);
    dispatcher.scope.zones = zone.map(|zone| vec![Slug::parse(zone).unwrap()]);
    dispatcher
}

fn of(desk: &Desk, zone: Option<&str>) -> TestHttp {
    desk.http.as_actor(&dispatcher(zone))
}

async fn console(http: &TestHttp) -> ConsoleView {
    let view = http.get("/v1/staff/console").await.ok();
    serde_json::from_value(view).unwrap()
}

#[tokio::test]
async fn a_console_shows_the_open_jobs_of_its_zones() {
    let desk = desk().await;
    let (all, north, south) = (
        of(&desk, None),
        of(&desk, Some("north")),
        of(&desk, Some("south")),
    );
    assert!(console(&all).await.jobs.is_empty());
    let first = desk.book().await;
    // Not paid: there is no visit yet.
    assert!(console(&all).await.jobs.is_empty());
    desk.pay(&first).await;
    let second = desk.assigned().await;

    let seen = console(&all).await;
    assert_eq!(seen.jobs.len(), 2);
    let (waiting, taken) = (&seen.jobs[0], &seen.jobs[1]);
    assert_eq!(waiting.booking.to_string(), id(&first));
    assert_eq!(waiting.state, JobState::Queued);
    assert_eq!(waiting.technician, None);
    assert_eq!(taken.booking.to_string(), id(&second));
    assert_eq!(taken.state, JobState::Assigned);
    assert_eq!(
        taken.technician.as_ref().map(|t| t.id),
        Some(desk.technician_id)
    );
    assert_eq!(console(&north).await.jobs, seen.jobs);
    assert!(console(&south).await.jobs.is_empty());

    // Over is over.
    let path = format!("/v1/bookings/{}/cancel", id(&first));
    desk.customer.post(&path, &json!({})).await.ok();
    desk.t.run_pending_jobs().await;
    let open = console(&all).await.jobs;
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].booking.to_string(), id(&second));

    desk.customer
        .get("/v1/staff/console")
        .await
        .refused(403, "http.forbidden");
    desk.http
        .get("/v1/staff/live")
        .await
        .refused(401, "http.unauthenticated");
    all.get("/v1/live").await.refused(403, "http.forbidden");
}

fn names(presence: &[Presence]) -> Vec<(String, usize)> {
    let line = |p: &Presence| (p.job.to_string(), p.people.len());
    presence.iter().map(line).collect()
}

#[tokio::test]
async fn two_dispatchers_on_one_job_see_each_other() {
    let desk = desk().await;
    let booking = desk.assigned().await;
    let job = booking["job"].as_str().unwrap().to_owned();
    let (ali, nora, south) = (
        of(&desk, None),
        of(&desk, Some("north")),
        of(&desk, Some("south")),
    );
    let look = |http: &TestHttp, job: Value| {
        let http = http.clone();
        async move { http.put("/v1/staff/presence", &json!({ "job": job })).await }
    };
    look(&ali, json!(job)).await.ok();
    look(&nora, json!(job)).await.ok();
    // The same once more is the same.
    look(&nora, json!(job)).await.ok();
    look(&south, json!(job))
        .await
        .refused(404, "bookings.unknown_job");
    let nowhere = kernel::JobId::new().to_string();
    look(&ali, json!(nowhere))
        .await
        .refused(404, "bookings.unknown_job");
    for http in [&ali, &nora] {
        assert_eq!(names(&console(http).await.presence), [(job.clone(), 2)]);
    }
    assert!(console(&south).await.presence.is_empty());
    look(&nora, Value::Null).await.ok();
    assert_eq!(names(&console(&ali).await.presence), [(job.clone(), 1)]);
    desk.customer
        .put("/v1/staff/presence", &json!({ "job": job }))
        .await
        .refused(403, "http.forbidden");
}

#[tokio::test]
async fn the_people_of_a_job_are_known_to_its_zone_only() {
    let desk = desk().await;
    let booking = desk.assigned().await;
    let path = format!("/v1/staff/jobs/{}/people", booking["job"].as_str().unwrap());
    let people = of(&desk, Some("north")).get(&path).await.ok();
    assert_eq!(people["customer"]["bookings"], 1, "{people}");
    assert_eq!(people["vendor"]["tier"], "growth", "{people}");
    of(&desk, Some("south"))
        .get(&path)
        .await
        .refused(404, "bookings.unknown_job");
    desk.customer
        .get(&path)
        .await
        .refused(403, "http.forbidden");
}

#[tokio::test]
async fn who_is_given_a_customer_s_telephone_is_on_record_and_nobody_is_after_a_week() {
    let desk = desk().await;
    desk.world.know(desk.customer_subject.user);
    let (first, second) = (desk.in_progress().await, desk.assigned().await);
    let people = async |booking: &Value| {
        let path = format!("/v1/staff/jobs/{}/people", booking["job"].as_str().unwrap());
        let people = of(&desk, Some("north")).get(&path).await.ok();
        assert_eq!(people["customer"]["name"], "هيا");
        people["customer"]["phone"].clone()
    };
    let looks = async || -> Vec<String> {
        sqlx::query_scalar(
            "select record from platform.audit where action = 'people.view' order by seq",
        )
        .fetch_all(&desk.t.platform.db)
        .await
        .unwrap()
    };
    let phone = json!("+966 50 123 4567");
    desk.t.clock.advance(kernel::days(8));
    assert_eq!(people(&first).await, phone);
    assert_eq!(looks().await, [first["job"].as_str().unwrap()]);

    desk.step(&first, "finish", super::below::checklist())
        .await
        .ok();
    let cancel = format!("/v1/bookings/{}/cancel", super::id(&second));
    desk.customer.post(&cancel, &json!({})).await.ok();
    desk.t.clock.advance(kernel::days(7) - kernel::seconds(1));
    for booking in [&first, &second] {
        assert_eq!(people(booking).await, phone);
    }
    desk.t.clock.advance(kernel::seconds(1));
    for booking in [&first, &second] {
        assert_eq!(people(booking).await, Value::Null);
    }
    assert_eq!(looks().await.len(), 3);
    // Nobody is left alone in a dispute.
    sqlx::query("update bookings.bookings set state = 'disputed'")
        .execute(&desk.t.platform.db)
        .await
        .unwrap();
    assert_eq!(people(&first).await, phone);
}
