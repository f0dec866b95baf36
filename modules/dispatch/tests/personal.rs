//! A technician's own records, and customers' homes that are forgotten.
#![allow(clippy::unwrap_used)]

mod world;

use contract_dispatch::Dispatch as _;
use kernel::{Basis, JobId, Subject, TechnicianId, UserId, days, minutes};
use platform::personal::{Copied, Kept, PersonalRecords};
use serde_json::{Value, json};
use world::*;

const HOME: (f64, f64) = (24.806_281, 46.654_117);

fn subject(technician: Option<TechnicianId>) -> Subject {
    Subject {
        user: UserId::new(),
        technician,
        vendor: None,
    }
}

async fn pin(w: &World, job: JobId) -> (f64, f64) {
    sqlx::query_as("SELECT lat, lon FROM dispatch.requests WHERE job = $1")
        .bind(job.uuid())
        .fetch_one(&w.t.platform.db)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_technician_gets_their_offers_and_jobs_and_nobody_elses() {
    let w = World::start().await;
    let (near, far) = (w.technician(north(1.0)), w.technician(north(9.0)));
    let job = w.ask(&w.job()).await;
    let (first, offer) = w.offer(job).await.unwrap();
    assert_eq!(first, near);
    w.as_technician(near)
        .post(&decline(offer), &no_reason())
        .await
        .ok();
    w.t.run_pending_jobs().await;
    w.pass(2).await;
    let (second, offer) = w.offer(job).await.unwrap();
    assert_eq!(second, far);
    w.as_technician(far).post(&accept(offer), &()).await.ok();
    w.t.run_pending_jobs().await;

    let copied = w.dispatch.copy(subject(Some(near))).await.unwrap();
    assert_eq!(copied.tables.len(), 1);
    assert_eq!(copied.tables[0].name, "offers");
    let row = &copied.tables[0].rows[0];
    assert_eq!(copied.tables[0].rows.len(), 1);
    assert_eq!(
        (&row["job"], &row["state"]),
        (&json!(job), &json!("declined"))
    );
    assert_eq!(row["reason"], "busy");
    assert_eq!(row["offered_at"], "2026-12-06T06:00:02Z");

    let copied = w.dispatch.copy(subject(Some(far))).await.unwrap();
    let names: Vec<_> = copied.tables.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["offers", "assignments"]);
    let row = &copied.tables[1].rows[0];
    assert_eq!(row["job"], json!(job));
    assert_eq!(row["by_a_dispatcher"], false);
    assert_eq!(row["outcome"], Value::Null);

    let customer = subject(None);
    assert_eq!(w.dispatch.copy(customer).await.unwrap(), Copied::default());
    assert!(w.dispatch.obstacles(customer).await.unwrap().is_empty());
    assert_eq!(w.dispatch.erase(customer, w.now()).await.unwrap(), []);
    let kept = w.dispatch.erase(subject(Some(far)), w.now()).await.unwrap();
    let left = ["offers", "assignments"].map(|what| Kept::some(what, 1, Basis::Others).unwrap());
    assert_eq!(kept, left);
}

/// What technicians typed about the job, and dispatchers.
async fn words(w: &World, job: JobId) -> (Vec<String>, Vec<String>) {
    let typed = "SELECT reason FROM dispatch.offers WHERE job = $1 AND reason IS NOT NULL
                 UNION ALL
                 SELECT close_note FROM dispatch.assignments WHERE job = $1 AND close_note IS NOT NULL";
    let decided = "SELECT reason FROM dispatch.assignments WHERE job = $1 AND reason IS NOT NULL";
    let of = async |sql: &'static str| {
        sqlx::query_scalar(sql)
            .bind(job.uuid())
            .fetch_all(&w.t.platform.db)
            .await
            .unwrap()
    };
    (of(typed).await, of(decided).await)
}

#[tokio::test]
async fn a_month_after_a_job_what_technicians_typed_about_it_is_gone() {
    let w = World::start().await;
    let (near, far) = (w.technician(north(1.0)), w.technician(north(9.0)));
    let job = w.ask(&w.job()).await;
    let (_, offer) = w.offer(job).await.unwrap();
    w.as_technician(near)
        .post(
            &decline(offer),
            &json!({ "reason": "the house with the dog" }),
        )
        .await
        .ok();
    w.t.run_pending_jobs().await;
    w.pass(2).await;
    let (_, offer) = w.offer(job).await.unwrap();
    w.as_technician(far).post(&accept(offer), &()).await.ok();
    w.t.run_pending_jobs().await;
    let typed = "nobody opened at number 12".to_owned();
    w.dispatch.requeue(job, typed, w.now()).await.unwrap();
    let path = format!("/v1/dispatch/jobs/{job}/assign");
    let by_hand = json!({ "technician": far, "reason": "knows the way" });
    w.as_dispatcher().post(&path, &by_hand).await.ok();
    w.t.run_pending_jobs().await;
    w.dispatch.complete(job, w.now()).await.unwrap();
    let decided = vec!["knows the way".to_owned()];

    w.t.clock.advance(days(29));
    w.t.run_pending_jobs().await;
    let (typed, reasons) = words(&w, job).await;
    assert_eq!((typed.len(), reasons), (2, decided.clone()));
    w.t.clock.advance(days(2));
    w.t.run_pending_jobs().await;
    assert_eq!(words(&w, job).await, (vec![], decided));
}

#[tokio::test]
async fn a_month_after_a_job_its_pin_is_no_longer_exact() {
    let w = World::start().await;
    w.technician(north(1.0));
    let at_home = |mut request: contract_dispatch::DispatchRequest| {
        request.pin = point(HOME);
        request
    };
    let done = at_home(w.job());
    w.assigned(&done).await;
    w.t.clock.advance(minutes(60));
    w.dispatch.complete(done.job, w.now()).await.unwrap();
    let withdrawn = at_home(w.visit(4));
    w.ask(&withdrawn).await;
    w.dispatch.withdraw(withdrawn.job, w.now()).await.unwrap();
    // A visit far ahead that somebody has already taken: its pin is needed.
    let open = at_home(w.visit(24 * 60));
    w.assigned(&open).await;

    w.t.clock.advance(days(29));
    w.t.run_pending_jobs().await;
    for job in [done.job, withdrawn.job, open.job] {
        assert_eq!(pin(&w, job).await, HOME);
    }
    // The first night after thirty whole days is the second one.
    w.t.clock.advance(days(2));
    w.t.run_pending_jobs().await;
    for job in [done.job, withdrawn.job] {
        assert_eq!(pin(&w, job).await, (24.81, 46.65));
    }
    assert_eq!(pin(&w, open.job).await, HOME);

    // The console still tells such a job's story, and ranks for it.
    let story = w.story(done.job).await;
    assert_eq!(story.offers.len(), 1);
    let path = format!("/v1/dispatch/jobs/{}/candidates", done.job);
    w.as_dispatcher().get(&path).await.ok();
    w.t.clock.advance(days(1));
    w.t.run_pending_jobs().await;
    assert_eq!(pin(&w, done.job).await, (24.81, 46.65));
}
