//! The four digits that a customer hands over.

use super::{below, desk, id};
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn the_finish_code_locks_after_five_wrong_tries_but_the_customer_may_still_accept() {
    let d = desk().await;
    let booking = d.in_progress().await;
    d.step(&booking, "finish", json!({ "checklist": [] }))
        .await
        .refused(422, "bookings.checklist_incomplete");
    d.step(&booking, "finish", below::checklist()).await.ok();
    let track = d
        .customer
        .get(&format!("/v1/bookings/{}/track", id(&booking)))
        .await
        .ok();
    let right = track["finish_code"].as_str().unwrap().to_owned();
    let wrong = if right == "0000" { "0001" } else { "0000" };
    for left in (0..5).rev() {
        let refused = d.step(&booking, "accept", json!({ "code": wrong })).await;
        let problem = refused.refused(422, "bookings.wrong_finish_code");
        assert_eq!(problem["data"]["tries_left"], left);
    }
    d.step(&booking, "accept", json!({ "code": right }))
        .await
        .refused(429, "bookings.finish_code_locked");
    let accepted = d
        .customer
        .post(
            &format!("/v1/bookings/{}/accept", id(&booking)),
            &Value::Null,
        )
        .await
        .ok();
    assert_eq!(accepted["state"], "accepted");
    d.t.run_pending_jobs().await;
    assert_eq!(d.world.settled(), 1);
}

#[tokio::test]
async fn the_finish_code_is_told_and_the_queue_does_not_know_it() {
    let d = desk().await;
    let booking = d.in_progress().await;
    d.t.run_pending_jobs().await;
    d.step(&booking, "finish", below::checklist()).await.ok();
    let db = &d.t.platform.db;
    let code: String = sqlx::query_scalar("select finish_code from bookings.bookings")
        .fetch_one(db)
        .await
        .unwrap();
    let told: Vec<String> = sqlx::query_scalar(
        "select payload::text from platform.jobs where payload::text like '%\"' || $1 || '\"%'",
    )
    .bind(&code)
    .fetch_all(db)
    .await
    .unwrap();
    assert_eq!(told, [""; 0]);
    d.t.run_pending_jobs().await;
    assert_eq!(d.world.codes(), [code]);

    // One that was queued before codes stayed out of the queue.
    let old = json!({ "key": "finish:old", "to": d.customer_subject.user, "template": "finish_code",
        "params": { "code": "4821" } });
    sqlx::query(
        "insert into platform.jobs (id, name, payload, run_at, max_attempts, created_at)
         values ($1, 'bookings.tell', $2, $3, 10, $3)",
    )
    .bind(Uuid::now_v7())
    .bind(old)
    .bind(d.t.now())
    .execute(db)
    .await
    .unwrap();
    d.t.run_pending_jobs().await;
    assert_eq!(d.world.codes().last().unwrap(), "4821");
}
