//! The end of an account.

use crate::house::House;
use kernel::{Obstacle, days, minutes};
use platform::testing::TestHttp;
use serde_json::json;

async fn ask(me: &TestHttp) -> String {
    let asked = me.post("/v1/me/erasure", &json!({})).await.ok();
    assert_eq!(
        (&asked["kind"], &asked["state"]),
        (&json!("erasure"), &json!("received"))
    );
    asked["id"].as_str().unwrap().to_owned()
}

async fn state(house: &House, id: &str) -> (String, Vec<String>) {
    let seen = house
        .administrator()
        .get(&format!("/v1/privacy/requests/{id}"))
        .await
        .ok();
    let steps = seen["steps"].as_array().unwrap();
    let steps = steps
        .iter()
        .map(|step| step["holder"].as_str().unwrap().to_owned());
    (
        seen["request"]["state"].as_str().unwrap().to_owned(),
        steps.collect(),
    )
}

#[tokio::test]
async fn after_its_days_of_grace_an_account_is_closed_and_then_everything_else_follows() {
    let house = House::open().await;
    let (who, me) = house.customer();
    let idle = house.http.as_actor(&who);
    idle.post("/v1/me/erasure", &json!({}))
        .await
        .refused(403, "http.second_factor");
    let id = ask(&me).await;
    me.post("/v1/me/erasure", &json!({}))
        .await
        .refused(409, "privacy.already_asked");
    let begins = (house.t.now() + days(7)).to_string();
    assert_eq!(house.newest(&me).await["begins_at"], begins);

    house.pass(7 * 24 - 1).await;
    assert_eq!(state(&house, &id).await.0, "received");
    assert_eq!(house.account.times(), 0);
    house.pass(1).await;
    assert_eq!(
        state(&house, &id).await,
        ("running".into(), vec!["identity".into()])
    );
    assert_eq!(house.bookings.times(), 0, "a token may still be good");
    me.post(&format!("/v1/me/privacy-requests/{id}/cancel"), &json!({}))
        .await
        .refused(409, "privacy.too_late");
    // The watch comes by, and is too early.
    house.t.clock.advance(minutes(14));
    house.t.run_pending_jobs().await;
    assert_eq!(house.bookings.times(), 0);
    house.t.clock.advance(minutes(1));
    house.t.run_pending_jobs().await;
    let all = ["identity", "bookings", "notify", "privacy"].map(str::to_owned);
    let (end, mut steps) = state(&house, &id).await;
    steps.sort_by_key(|step| all.iter().position(|one| one == step));
    assert_eq!((end, steps), ("done".to_owned(), all.to_vec()));
    assert_eq!(
        (house.account.times(), house.bookings.times()),
        (1, 1),
        "though the watch came by at the same moment"
    );
    assert_eq!(
        house.post.to(who.user),
        ["privacy_erasure_asked", "privacy_erasure_begins"]
    );
    let seen = house
        .administrator()
        .get(&format!("/v1/privacy/requests/{id}"))
        .await
        .ok();
    assert_eq!(seen["name"], json!(null));
    assert_eq!(
        seen["steps"][1]["kept"],
        json!([{ "what": "things", "rows": 1, "basis": "tax_law" }])
    );
}

#[tokio::test]
async fn who_changes_their_mind_keeps_the_account() {
    let house = House::open().await;
    let (_, me) = house.customer();
    let id = ask(&me).await;
    let path = format!("/v1/me/privacy-requests/{id}/cancel");
    let (_, other) = house.customer();
    other
        .post(&path, &json!({}))
        .await
        .refused(404, "privacy.unknown_request");
    house.pass(6 * 24).await;
    let cancelled = me.post(&path, &json!({})).await.ok();
    assert_eq!(cancelled["state"], "cancelled");
    house.pass(3 * 24).await;
    assert_eq!(house.account.times() + house.bookings.times(), 0);
    // And may ask again.
    ask(&me).await;
}

#[tokio::test]
async fn what_stands_against_it_is_said_and_looked_at_again_by_itself() {
    let house = House::open().await;
    let (who, me) = house.customer();
    house.bookings.object(Obstacle::OpenBooking);
    house.notify.object(Obstacle::MoneyHeld);
    let mine = me.get("/v1/me/privacy-requests").await.ok();
    assert_eq!(mine["obstacles"], json!(["open_booking", "money_held"]));
    let id = ask(&me).await;
    house.pass(7 * 24 + 5).await;
    let blocked = house.newest(&me).await;
    assert_eq!(blocked["state"], "blocked");
    assert_eq!(blocked["obstacles"], json!(["open_booking", "money_held"]));
    house.notify.relent();
    house.pass(1).await;
    assert_eq!(
        house.newest(&me).await["obstacles"],
        json!(["open_booking"])
    );
    assert_eq!(
        house.post.to(who.user),
        ["privacy_erasure_asked", "privacy_erasure_blocked"],
        "said once"
    );
    house.bookings.relent();
    house.pass(2).await;
    assert_eq!(state(&house, &id).await.0, "done");
}

#[tokio::test]
async fn a_booking_made_in_the_last_moment_ends_before_anything_of_it_goes() {
    let house = House::open().await;
    let (_, me) = house.customer();
    let id = ask(&me).await;
    house.pass(7 * 24).await;
    house.bookings.object(Obstacle::OpenBooking);
    house.pass(3).await;
    assert_eq!(
        state(&house, &id).await,
        ("running".into(), vec!["identity".into()])
    );
    assert_eq!(
        house.newest(&me).await["obstacles"],
        json!(["open_booking"])
    );
    house.bookings.relent();
    house.pass(1).await;
    assert_eq!(state(&house, &id).await.0, "done");
}

#[tokio::test]
async fn an_erasure_that_stops_half_way_goes_on_where_it_was() {
    let house = House::open().await;
    let (_, me) = house.customer();
    let id = ask(&me).await;
    *house.notify.fails.lock().unwrap() = 1;
    for _ in 0..7 * 24 {
        house.t.clock.advance(kernel::hours(1));
        house.t.run_pending_jobs().await;
    }
    house.t.clock.advance(minutes(15));
    assert_eq!(house.t.try_pending_jobs().await.failed.len(), 1);
    assert_eq!(house.bookings.times(), 1);
    assert_eq!(state(&house, &id).await.0, "running");
    // Its job is lost as well: the watch takes it up.
    sqlx::query("delete from platform.jobs where name = 'privacy.erase_rest'")
        .execute(&house.t.platform.db)
        .await
        .unwrap();
    house.pass(1).await;
    assert_eq!(state(&house, &id).await.0, "done");
    assert_eq!((house.bookings.times(), house.notify.times()), (1, 1));
}

#[tokio::test]
async fn what_was_written_by_and_about_the_person_goes_with_them_and_the_proof_stays() {
    let house = House::open().await;
    let (_, me) = house.customer();
    let say = json!({ "items": [{ "purpose": "terms", "given": true, "version": "2026-11" }] });
    me.put("/v1/me/consents", &say).await.ok();
    let wrong = json!({ "kind": "correction", "text": "اسمي ليس كما كُتب" });
    me.post("/v1/me/privacy-requests", &wrong).await.ok();
    me.post("/v1/me/privacy-requests", &json!({ "kind": "export" }))
        .await
        .ok();
    ask(&me).await;
    house.t.run_pending_jobs().await;
    let key: String = sqlx::query_scalar(
        "select archive_key from privacy.requests where archive_key is not null",
    )
    .fetch_one(&house.t.platform.db)
    .await
    .unwrap();
    house.pass(7 * 24 - 1).await;
    assert!(house.t.platform.objects.find(&key).await.unwrap().is_some());
    house.pass(2).await;
    assert!(house.t.platform.objects.find(&key).await.unwrap().is_none());
    let left: i64 = sqlx::query_scalar(
        "select count(*) from privacy.requests
         where text is not null or answer is not null or archive_key is not null or ended_at is null",
    )
    .fetch_one(&house.t.platform.db)
    .await
    .unwrap();
    assert_eq!(left, 0);
    assert_eq!(
        (house.count("requests").await, house.count("consents").await),
        (3, 1)
    );
}
