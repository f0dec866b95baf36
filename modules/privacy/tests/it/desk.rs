//! The queue of staff, and its clock.

use crate::house::{House, NAME};
use kernel::access::Role;
use kernel::days;
use platform::testing::{TestHttp, actor};
use serde_json::{Value, json};

async fn correction(me: &TestHttp) -> String {
    let wrong = json!({ "kind": "correction", "text": "  My name has an accent. " });
    let asked = me.post("/v1/me/privacy-requests", &wrong).await.ok();
    assert_eq!(asked["text"], "My name has an accent.");
    asked["id"].as_str().unwrap().to_owned()
}

fn ids(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|line| line["id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_request_is_answered_within_30_days_or_60_with_notice() {
    let house = House::open().await;
    let (who, me) = house.customer();
    let id = correction(&me).await;
    let due = house.newest(&me).await["due_at"].clone();
    assert_eq!(due, (house.t.now() + days(30)).to_string());
    let desk = house.administrator();
    let path = format!("/v1/privacy/requests/{id}");
    let seen = desk.get(&path).await.ok();
    assert_eq!(
        (&seen["name"], &seen["phone_end"]),
        (&json!(NAME), &json!("4567"))
    );
    assert_eq!(seen["urgency"], "calm");

    let bosses = |house: &House| house.post.to(house.people.administrator).len();
    house.t.clock.advance(days(15));
    house.pass(2).await;
    assert_eq!(bosses(&house), 1, "half");
    house.t.clock.advance(days(9));
    house.pass(2).await;
    assert_eq!(bosses(&house), 2, "four fifths");
    assert_eq!(desk.get(&path).await.ok()["urgency"], "late");

    let why = json!({ "text": "نحتاج سجلًّا من الأرشيف" });
    let extended = desk.post(&format!("{path}/extend"), &why).await.ok();
    assert_eq!(extended["request"]["extended_for"], "نحتاج سجلًّا من الأرشيف");
    assert_eq!(extended["urgency"], "calm");
    desk.post(&format!("{path}/extend"), &why)
        .await
        .refused(409, "privacy.already_extended");
    house.t.clock.advance(days(8));
    house.pass(2).await;
    assert_eq!(bosses(&house), 3, "half of the longer time");
    house.t.clock.advance(days(40));
    house.pass(2).await;
    assert_eq!(bosses(&house), 4, "over");
    let open = desk.get("/v1/privacy/requests").await.ok();
    assert_eq!(open["items"][0]["urgency"], "overdue");

    let done = json!({ "text": "صحّحنا اسمك" });
    let done = desk.post(&format!("{path}/complete"), &done).await.ok();
    assert_eq!(done["request"]["state"], "done");
    assert_eq!(done["urgency"], "overdue", "it came too late, for ever");
    house.t.run_pending_jobs().await;
    assert_eq!(
        house.post.to(who.user),
        ["privacy_extended", "privacy_corrected"]
    );
    assert_eq!(house.newest(&me).await["answer"], "صحّحنا اسمك");
    desk.post(&format!("{path}/refuse"), &json!({ "text": "no" }))
        .await
        .refused(409, "privacy.not_answerable");
    let actions: Vec<String> =
        sqlx::query_scalar("select action from platform.audit where actor = $1 order by seq")
            .bind(house.people.administrator.uuid())
            .fetch_all(&house.t.platform.db)
            .await
            .unwrap();
    assert_eq!(
        actions,
        [
            "privacy.look",
            "privacy.look",
            "privacy.extend",
            "privacy.complete"
        ]
    );
}

#[tokio::test]
async fn the_next_to_be_answered_comes_first_and_the_last_answered_first_among_the_ended() {
    let house = House::open().await;
    let desk = house.administrator();
    let mut asked = Vec::new();
    for _ in 0..5 {
        let (_, me) = house.customer();
        asked.push(correction(&me).await);
        house.t.clock.advance(days(1));
    }
    let first = desk.get("/v1/privacy/requests?limit=3").await.ok();
    assert_eq!(ids(&first), asked[..3]);
    let next = first["next"].as_str().unwrap();
    let rest = desk
        .get(&format!("/v1/privacy/requests?limit=3&cursor={next}"))
        .await
        .ok();
    assert_eq!(
        (ids(&rest), &rest["next"]),
        (
            asked[3..].iter().map(String::as_str).collect(),
            &json!(null)
        )
    );
    for id in &asked[..3] {
        let path = format!("/v1/privacy/requests/{id}/refuse");
        desk.post(&path, &json!({ "text": "It is right as it is." }))
            .await
            .ok();
        house.t.clock.advance(days(1));
    }
    let ended = desk
        .get("/v1/privacy/requests?state=ended&limit=2")
        .await
        .ok();
    assert_eq!(ids(&ended), [asked[2].as_str(), asked[1].as_str()]);
    let next = ended["next"].as_str().unwrap();
    let rest = desk
        .get(&format!(
            "/v1/privacy/requests?state=ended&limit=2&cursor={next}"
        ))
        .await
        .ok();
    assert_eq!(ids(&rest), [asked[0].as_str()]);
    assert_eq!(ids(&desk.get("/v1/privacy/requests").await.ok()).len(), 2);
}

#[tokio::test]
async fn only_what_fits_the_request_is_done_with_it_and_only_by_who_may() {
    let house = House::open().await;
    let (_, me) = house.customer();
    let id = correction(&me).await;
    let path = format!("/v1/privacy/requests/{id}");
    let text = json!({ "text": "x" });
    for role in [
        Role::Customer,
        Role::Moderator,
        Role::FinanceOfficer,
        Role::Dispatcher,
    ] {
        let who = house.http.as_actor(&actor(role));
        who.get(&path).await.refused(403, "http.forbidden");
        who.get("/v1/privacy/requests")
            .await
            .refused(403, "http.forbidden");
    }
    let auditor = house.http.as_actor(&actor(Role::Auditor));
    auditor.get(&path).await.ok();
    for verb in ["extend", "refuse", "complete"] {
        let refused = auditor.post(&format!("{path}/{verb}"), &text).await;
        refused.refused(403, "http.forbidden");
    }
    let desk = house.administrator();
    for bad in ["", "   ", &"x".repeat(501)] {
        let refused = desk
            .post(&format!("{path}/refuse"), &json!({ "text": bad }))
            .await;
        assert_eq!(
            refused.refused(422, "privacy.bad_text")["errors"][0]["field"],
            "text"
        );
    }
    let nobody = "/v1/privacy/requests/prv_00000000000000000000000000000000";
    desk.get(nobody)
        .await
        .refused(404, "privacy.unknown_request");
    desk.post(&format!("{nobody}/refuse"), &text)
        .await
        .refused(404, "privacy.unknown_request");

    // A copy and an erasure are made by the platform, not declared.
    let erasure = me.post("/v1/me/erasure", &json!({})).await.ok();
    let erasure = format!("/v1/privacy/requests/{}", erasure["id"].as_str().unwrap());
    desk.post(&format!("{erasure}/complete"), &text)
        .await
        .refused(409, "privacy.not_answerable");
    desk.post(&format!("{erasure}/refuse"), &text).await.ok();
    house.pass(8 * 24).await;
    assert_eq!(house.account.times(), 0);

    // After the time is over it is not made longer.
    house.t.clock.advance(days(30));
    desk.post(&format!("{path}/extend"), &text)
        .await
        .refused(409, "privacy.not_answerable");
    for bad in [
        json!({ "kind": "export", "text": "x" }),
        json!({ "kind": "erasure" }),
        json!({ "kind": "correction" }),
    ] {
        let answer = me.post("/v1/me/privacy-requests", &bad).await;
        assert_eq!(answer.status.as_u16(), 422, "{bad}: {}", answer.json);
    }
}

#[tokio::test]
async fn two_presses_at_once_are_one_request() {
    let house = House::open().await;
    let (_, me) = house.customer();
    let body = json!({ "kind": "export" });
    let (one, two) = tokio::join!(
        me.post("/v1/me/privacy-requests", &body),
        me.post("/v1/me/privacy-requests", &body)
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort();
    assert_eq!(statuses, [200, 409]);
    assert_eq!(house.count("requests").await, 1);
}
