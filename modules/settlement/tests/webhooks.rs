//! The gateway's own webhooks, over real HTTP.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use contract_settlement::*;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpListener;

/// Lets the sandbox deliver to our router.
async fn listening(w: &World) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "http://{}/v1/webhooks/moyasar",
        listener.local_addr().unwrap()
    );
    let router = w.t.edge.around(w.settlement.router().into());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let put = w.client.put(format!("{}/sandbox/webhook", w.sandbox));
    let answer = put.json(&json!({ "url": url })).send().await.unwrap();
    assert!(answer.status().is_success());
}

/// Waits until every webhook has been taken.
async fn delivered(w: &World) {
    let idle = async {
        loop {
            let get = w.client.get(format!("{}/sandbox/idle", w.sandbox));
            let idle: Value = get.send().await.unwrap().json().await.unwrap();
            if idle["pending_webhooks"] == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let soon = tokio::time::timeout(Duration::from_secs(20), idle).await;
    soon.expect("the sandbox delivers its webhooks");
}

#[tokio::test]
async fn the_gateways_news_is_taken_once() {
    let w = World::start().await;
    listening(&w).await;
    w.faults(json!({ "duplicate_webhooks": true })).await;
    let b = booking();
    let order = w.order(&b, MADA, 23000).await;
    let hold = w.api().place_hold(order).await.unwrap();
    // The customer passes the challenge and closes the browser.
    w.press(&hold, "approve").await;
    delivered(&w).await;
    w.run().await;
    assert_eq!(w.told::<HoldAuthorized>().len(), 1);
    let holds = w.api().holds(b.id).await.unwrap();
    assert_eq!(holds[0].status, HoldStatus::Authorized);
    // News of our own capture changes nothing.
    w.api().settle(b.agreed.clone()).await.unwrap();
    w.run().await;
    delivered(&w).await;
    w.run().await;
    assert_eq!(w.told::<BookingSettled>().len(), 1);
    assert_eq!(w.balance(&b.held()).await, -17000);
    let taken: i64 = sqlx::query_scalar("select count(*) from settlement.webhooks")
        .fetch_one(&w.t.platform.db)
        .await
        .unwrap();
    assert_eq!(taken, 2);
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_failed_challenge_is_told() {
    let w = World::start().await;
    listening(&w).await;
    let b = booking();
    let order = w.order(&b, MADA, 23000).await;
    let hold = w.api().place_hold(order).await.unwrap();
    w.press(&hold, "decline").await;
    delivered(&w).await;
    w.run().await;
    let declined = w.told::<HoldDeclined>();
    assert_eq!(declined.len(), 1);
    assert_eq!(declined[0]["response_code"], "authentication_failed");
}
