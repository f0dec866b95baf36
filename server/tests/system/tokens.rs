//! Stolen, revoked and re-keyed: what a person and an operator see of it, over all processes.

use crate::net::{Load, Net, until};
use crate::process::{Process, environment, free_address};
use crate::template;
use crate::world::World;
use kernel::seconds;
use platform::testing::TestAnswer;
use reqwest::Method;
use serde_json::{Value, json};
use stores::testing::TestStores;

const PHONE: &str = "+966501990001";

async fn refresh(net: &Net, token: &Value) -> TestAnswer {
    let body = json!({ "refresh_token": token });
    net.post_open("/v1/auth/refresh", body).await
}

async fn me(net: &Net, token: &str) -> TestAnswer {
    let path = "/v1/me";
    net.call(Method::GET, path, Some(token), None, &Load::None)
        .await
}

#[tokio::test]
async fn a_stolen_refresh_token_is_found_out_and_its_owner_told() {
    let w = World::start().await;
    let owner = w.phone(PHONE).await;
    let other_device = w.phone(PHONE).await;
    let stolen = owner.refresh_token().await;

    // The owner's telephone renews; the thief comes later with the copy.
    let renewed = refresh(&w.net, &stolen).await.ok();
    w.leap(seconds(31)).await;
    refresh(&w.net, &stolen)
        .await
        .refused(401, "identity.signed_out");
    // The family is dead: the newer token, and the access token made from it.
    refresh(&w.net, &renewed["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    me(&w.net, renewed["access_token"].as_str().unwrap())
        .await
        .refused(401, "http.session_ended");

    // The owner is told on the telephone and in the app, once.
    w.settle().await;
    let messages = w.net.messages(PHONE).await;
    let told = |m: &&Value| m["body"].as_str().unwrap().contains("may have been copied");
    assert_eq!(messages.iter().filter(told).count(), 1, "{messages:?}");
    let notes = other_device.get("/v1/notifications").await.ok();
    assert_eq!(notes["items"][0]["template"], "session_copied", "{notes}");
    // Where else the owner is signed in nothing has changed, and the dead one is not listed.
    let sessions = other_device.get("/v1/me/sessions").await.ok();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1, "{sessions}");
    assert_eq!(sessions["items"][0]["current"], true);
    w.finish().await;
}

#[tokio::test]
async fn staff_are_out_in_every_process_and_keys_change_by_command() {
    let stores = TestStores::get();
    let database = template::copy(stores).await;
    let w = World::with(stores, &database, &[]).await;
    let environment = environment(&w.config, &w.net.api, &w.net.sandbox);
    let address = free_address();
    let _process = Process::serving(&["serve"], &environment, address).await;
    let there = Net::new(
        &format!("http://{address}"),
        &w.net.sandbox,
        &w.config,
        false,
    );

    // Ended here, refused there: with the next request.
    let admin = w.staff("admin@khidma.example").await;
    for _ in 0..3 {
        let dispatcher = w.staff("dispatcher.north@khidma.example").await;
        let token = dispatcher.token().await;
        let user = me(&there, &token).await.ok()["id"].clone();
        let path = format!("/v1/staff/users/{}/sessions", user.as_str().unwrap());
        let sessions = admin.get(&path).await.ok();
        assert_eq!(sessions["items"].as_array().unwrap().len(), 1, "{sessions}");
        admin.delete(&path).await.ok();
        me(&there, &token).await.refused(401, "http.session_ended");
        me(&w.net, &token).await.refused(401, "http.session_ended");
        w.leap(seconds(60)).await;
    }
    // Of a customer the other process hears.
    let customer = w.customer().await;
    let token = customer.token().await;
    me(&there, &token).await.ok();
    customer.delete("/v1/me/sessions").await.ok();
    until("the other process to hear of it", async || {
        let answer = me(&there, &token).await;
        (answer.code() == "http.session_ended").then_some(())
    })
    .await;

    // A new key, at once: every access token is refused, every session goes on.
    let before = w.customer().await;
    let token = before.token().await;
    let published = there.open("/.well-known/jwks.json").await;
    assert_eq!(published.headers["cache-control"], "public, max-age=60");
    let published = published.ok();
    assert_eq!(published["keys"].as_array().unwrap().len(), 1);
    Process::run(&["keys", "rotate", "--now"], &environment);
    until("the other process to refuse the old key", async || {
        let answer = me(&there, &token).await;
        (answer.code() == "http.unauthenticated").then_some(())
    })
    .await;
    let renewed = refresh(&there, &before.refresh_token().await).await.ok();
    let token = renewed["access_token"].as_str().unwrap();
    me(&there, token).await.ok();
    let now_published = there.open("/.well-known/jwks.json").await.ok();
    assert_ne!(now_published, published);
    // This process follows nothing by itself.
    w.app.platform.tokens.load().await.unwrap();
    me(&w.net, token).await.ok();
    Process::run(&["keys", "list"], &environment);
    w.finish().await;
}
