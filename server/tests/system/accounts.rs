//! Staff as an administrator manages them, over the whole system: what is taken away is gone with the
//! next request, and who is told.

use crate::net::Load;
use crate::person::Person;
use crate::world::World;
use kernel::seconds;
use platform::testing::TestAnswer;
use reqwest::Method;
use serde_json::{Value, json};
use server::seed::DEMO_PASSWORD;

const DISPATCHER: &str = "dispatcher@khidma.example";

async fn with_token(w: &World, token: &str, path: &str) -> TestAnswer {
    w.net
        .call(Method::GET, path, Some(token), None, &Load::None)
        .await
}

async fn id_of(w: &World, person: &Person) -> String {
    let me = with_token(w, &person.token().await, "/v1/me").await.ok();
    me["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_role_that_is_taken_away_is_gone_and_its_holder_told() {
    let w = World::start().await;
    let admin = w.staff("admin@khidma.example").await;
    let dispatcher = w.staff(DISPATCHER).await;
    let token = dispatcher.token().await;
    with_token(&w, &token, "/v1/dispatch/queue").await.ok();
    let path = format!("/v1/staff/{}", id_of(&w, &dispatcher).await);
    let staff = admin.get(&path).await.ok();
    let change = json!({ "version": staff["version"], "roles": ["kyc_reviewer"] });
    let roles = format!("{path}/roles");
    admin.put(&roles, change.clone()).await.ok();
    admin
        .put(&roles, change)
        .await
        .refused(409, "identity.account_changed");

    // What they hold opens nothing, and signing in again gives what they are now.
    with_token(&w, &token, "/v1/dispatch/queue")
        .await
        .refused(401, "http.session_ended");
    w.leap(seconds(60)).await;
    let reviewer = w.staff(DISPATCHER).await;
    let token = reviewer.token().await;
    with_token(&w, &token, "/v1/dispatch/queue")
        .await
        .refused(403, "http.forbidden");
    w.settle().await;
    let notes = reviewer.get("/v1/notifications").await.ok();
    assert_eq!(notes["items"][0]["template"], "staff_roles_changed");
    w.finish().await;
}

#[tokio::test]
async fn who_is_disabled_is_refused_with_the_next_request_until_enabled() {
    let w = World::start().await;
    let admin = w.staff("admin@khidma.example").await;
    let dispatcher = w.staff(DISPATCHER).await;
    let token = dispatcher.token().await;
    let path = format!("/v1/staff/{}", id_of(&w, &dispatcher).await);
    let body = json!({ "version": 1, "reason": "on leave" });
    admin.post(&format!("{path}/disable"), body).await.ok();
    with_token(&w, &token, "/v1/me")
        .await
        .refused(401, "http.session_ended");
    let try_in = json!({ "email": DISPATCHER, "password": DEMO_PASSWORD, "code": "000000" });
    w.net
        .post_open("/v1/auth/staff/sessions", try_in)
        .await
        .refused(401, "identity.wrong_credentials");
    let auditor = w.staff("auditor@khidma.example").await;
    let disabled = auditor.get("/v1/staff?state=disabled").await.ok();
    assert_eq!(disabled["items"].as_array().unwrap().len(), 1);
    assert_eq!(disabled["items"][0]["disabled"]["reason"], "on leave");
    let log = auditor.get("/v1/audit?action=staff.disable").await.ok();
    let row = &log["items"][0];
    assert!(row["before_digest"] != Value::Null && row["before_digest"] != row["after_digest"]);

    w.leap(seconds(60)).await;
    let body = json!({ "version": 2 });
    admin.step_up().await;
    admin.post(&format!("{path}/enable"), body).await.ok();
    w.staff(DISPATCHER).await.get("/v1/me").await.ok();
    w.finish().await;
}
