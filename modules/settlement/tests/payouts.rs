//! Two officers, one gateway, and a bank that sometimes says no.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use contract_settlement::*;
use gateway_sandbox::SandboxConfig;
use kernel::access::{Actor, Role, Scope};
use kernel::{VendorId, days, minutes};
use platform::testing::{TestHttp, actor};
use serde_json::{Value, json};
use uuid::Uuid;

const BATCHES: &str = "/v1/payouts/batches";

/// A world with 170.00 payable to one vendor.
async fn payable(iban: &str) -> (World, Booking) {
    let w = World::start().await;
    let b = booking();
    w.settled(&b).await;
    w.payee(b.vendor, iban).await;
    w.clock().advance(days(45) + minutes(15));
    w.run().await;
    assert_eq!(w.balance(&b.payable()).await, -17000);
    (w, b)
}

async fn prepared(w: &World, by: &Actor) -> String {
    let batch = w.http.as_actor(by).post(BATCHES, &json!({})).await;
    assert_eq!(batch.status, 201, "{}", batch.json);
    batch.json["summary"]["id"].as_str().unwrap().to_owned()
}

/// With a second factor given just now.
fn at_desk(w: &World, officer: &Actor) -> TestHttp {
    w.http.as_actor(officer).just_proven()
}

async fn released(w: &World) -> String {
    let batch = prepared(w, &officer()).await;
    let path = format!("{BATCHES}/{batch}/release");
    at_desk(w, &officer()).post(&path, &json!({})).await.ok();
    w.run().await;
    batch
}

async fn shown(w: &World, batch: &str) -> Value {
    let path = format!("{BATCHES}/{batch}");
    w.http.as_actor(&actor(Role::Auditor)).get(&path).await.ok()
}

/// Ends all payouts at the gateway and says so.
async fn gateway_ends(w: &World, batch: &str, kind: &str) -> Value {
    let settle = w.client.post(format!("{}/sandbox/settle-now", w.sandbox));
    assert!(settle.send().await.unwrap().status().is_success());
    news(w, batch, kind).await
}

async fn news(w: &World, batch: &str, kind: &str) -> Value {
    let payout = shown(w, batch).await["payouts"][0]["id"].clone();
    let payout: kernel::PayoutId = serde_json::from_value(payout).unwrap();
    let gateway_id: String =
        sqlx::query_scalar("select gateway_id from settlement.payouts where id = $1")
            .bind(payout)
            .fetch_one(&w.t.platform.db)
            .await
            .unwrap();
    json!({"id": format!("evt_{kind}"), "type": kind, "created_at": null, "live": false,
        "secret_token": SandboxConfig::default().webhook_secret, "data": {"id": gateway_id}})
}

#[tokio::test]
async fn whoever_prepares_a_batch_does_not_release_it() {
    let (w, b) = payable(IBAN).await;
    let (one, two) = (officer(), officer());
    let batch = prepared(&w, &one).await;
    let view = shown(&w, &batch).await;
    assert_eq!(view["summary"]["state"], "prepared");
    assert_eq!(view["summary"]["total"], 17000);
    assert_eq!(view["payouts"][0]["iban"], "SA•• •••• 7519");
    assert!(!view.to_string().contains("60801016"));
    let release = format!("{BATCHES}/{batch}/release");
    let refused = at_desk(&w, &one).post(&release, &json!({})).await;
    refused.refused(403, "settlement.same_officer");
    assert_eq!(w.balance(&b.payable()).await, -17000);
    // Nor by anybody whose second factor is older than five minutes.
    let stale = w.http.as_actor(&two).post(&release, &json!({})).await;
    stale.refused(403, "http.second_factor");
    assert_eq!(w.balance(&b.payable()).await, -17000);
    at_desk(&w, &two).post(&release, &json!({})).await.ok();
    assert_eq!(w.balance(&b.payable()).await, 0);
    assert_eq!(w.balance(&b.in_transit()).await, -17000);
    let again = at_desk(&w, &two).post(&release, &json!({})).await;
    again.refused(409, "settlement.batch_not_prepared");
    let audited: i64 = sqlx::query_scalar("select count(*) from platform.audit where record = $1")
        .bind(&batch)
        .fetch_one(&w.t.platform.db)
        .await
        .unwrap();
    assert_eq!(audited, 2);
    w.the_books_balance().await;
}

#[tokio::test]
async fn only_finance_touches_payouts() {
    let (w, _) = payable(IBAN).await;
    for role in [
        Role::Administrator,
        Role::Auditor,
        Role::OperationsManager,
        Role::VendorOwner,
    ] {
        let http = w.http.as_actor(&actor(role));
        http.post(BATCHES, &json!({}))
            .await
            .refused(403, "http.forbidden");
    }
    w.http
        .as_actor(&actor(Role::Auditor))
        .get(BATCHES)
        .await
        .ok();
    w.http
        .get(BATCHES)
        .await
        .refused(401, "http.unauthenticated");
    let nowhere = format!("{BATCHES}/{}/release", kernel::PayoutBatchId::new());
    let refused = at_desk(&w, &officer()).post(&nowhere, &json!({})).await;
    refused.refused(404, "settlement.unknown_batch");
}

#[tokio::test]
async fn two_officers_at_once_do_not_batch_the_same_money() {
    let (w, _) = payable(IBAN).await;
    let (one, two) = (w.http.as_actor(&officer()), w.http.as_actor(&officer()));
    let body = json!({});
    let (one, two) = tokio::join!(one.post(BATCHES, &body), two.post(BATCHES, &body));
    let mut answers = [one.status.as_u16(), two.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [201, 409]);
    let refused = if one.status == 409 { one } else { two };
    refused.refused(409, "settlement.nothing_to_pay");
}

#[tokio::test]
async fn a_repeated_request_is_one_batch_and_a_cancelled_one_frees_its_money() {
    let (w, b) = payable(IBAN).await;
    let one = w.http.as_actor(&officer());
    let key = Uuid::new_v4();
    let first = one.post_with_key(BATCHES, &json!({}), key).await.ok();
    let again = one.post_with_key(BATCHES, &json!({}), key).await;
    assert_eq!(again.ok(), first);
    let id = first["summary"]["id"].as_str().unwrap();
    let cancel = format!("{BATCHES}/{id}/cancel");
    let view = one.post(&cancel, &json!({})).await.ok();
    assert_eq!(view["summary"]["state"], "cancelled");
    one.post(&cancel, &json!({}))
        .await
        .refused(409, "settlement.batch_not_prepared");
    let release = format!("{BATCHES}/{id}/release");
    let refused = at_desk(&w, &officer()).post(&release, &json!({})).await;
    refused.refused(409, "settlement.batch_not_prepared");
    let second = prepared(&w, &officer()).await;
    assert_ne!(second, id);
    let list = one.get(&format!("{BATCHES}?limit=1")).await.ok();
    assert_eq!(list["items"][0]["id"], json!(second));
    let next = list["next"].as_str().unwrap();
    let list = one
        .get(&format!("{BATCHES}?limit=1&cursor={next}"))
        .await
        .ok();
    assert_eq!(list["items"][0]["id"], json!(id));
    assert_eq!(w.balance(&b.payable()).await, -17000);
}

#[tokio::test]
async fn a_payout_arrives() {
    let (w, b) = payable(IBAN).await;
    let batch = released(&w).await;
    assert_eq!(shown(&w, &batch).await["payouts"][0]["state"], "sent");
    let news = gateway_ends(&w, &batch, "payout_paid").await;
    assert_eq!(w.webhook(&news).await.ok()["new"], true);
    assert_eq!(w.webhook(&news).await.ok()["new"], false);
    w.run().await;
    let view = shown(&w, &batch).await;
    assert_eq!(view["summary"]["state"], "completed");
    assert_eq!(view["summary"]["paid"], 17000);
    assert_eq!(w.balance(&b.in_transit()).await, 0);
    assert_eq!(w.balance("bank:operating").await, -17000);
    assert_eq!(w.told::<PayoutPaid>().len(), 1);
    // Nothing more to pay.
    let none = w.http.as_actor(&officer()).post(BATCHES, &json!({})).await;
    none.refused(409, "settlement.nothing_to_pay");
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_returned_payout_is_payable_again() {
    let (w, b) = payable(RETURNING_IBAN).await;
    let batch = released(&w).await;
    let news = gateway_ends(&w, &batch, "payout_returned").await;
    w.webhook(&news).await.ok();
    w.run().await;
    let view = shown(&w, &batch).await;
    assert_eq!(view["payouts"][0]["state"], "returned");
    assert_eq!(view["summary"]["state"], "completed");
    assert!(view["payouts"][0]["reason"].is_string());
    assert_eq!(w.balance(&b.payable()).await, -17000);
    assert_eq!(w.balance(&b.in_transit()).await, 0);
    assert_eq!(w.told::<PayoutReturned>().len(), 1);
    assert!(w.told::<PayoutPaid>().is_empty());
    // With another account it goes out again.
    w.payee(b.vendor, IBAN).await;
    let again = released(&w).await;
    let news = gateway_ends(&w, &again, "payout_paid").await;
    w.webhook(&news).await.ok();
    w.run().await;
    assert_eq!(w.balance("bank:operating").await, -17000);
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_lost_webhook_is_made_up_for() {
    let (w, _) = payable(IBAN).await;
    let batch = released(&w).await;
    gateway_ends(&w, &batch, "payout_paid").await;
    w.clock().advance(minutes(20));
    w.run().await;
    assert!(w.told::<PayoutPaid>().is_empty());
    w.clock().advance(minutes(30));
    w.run().await;
    assert_eq!(w.told::<PayoutPaid>().len(), 1);
    assert_eq!(shown(&w, &batch).await["summary"]["state"], "completed");
}

#[tokio::test]
async fn a_payout_the_gateway_refuses_is_payable_again() {
    let (w, b) = payable(IBAN).await;
    sqlx::query("update settlement.payees set city = ''")
        .execute(&w.t.platform.db)
        .await
        .unwrap();
    let batch = released(&w).await;
    let view = shown(&w, &batch).await;
    assert_eq!(view["summary"]["state"], "completed");
    assert_eq!(view["summary"]["returned"], 17000);
    assert_eq!(w.told::<PayoutReturned>().len(), 1);
    assert_eq!(w.balance(&b.payable()).await, -17000);
    assert_eq!(w.balance(&b.in_transit()).await, 0);
    w.the_books_balance().await;
}

#[tokio::test]
async fn repeated_news_of_a_payout_is_posted_once() {
    let (w, b) = payable(IBAN).await;
    let batch = released(&w).await;
    let mut news = gateway_ends(&w, &batch, "payout_paid").await;
    w.webhook(&news).await.ok();
    w.run().await;
    // Neither the order nor a repetition of the news matters: the gateway is asked each time.
    for id in ["evt_again", "evt_and_again"] {
        news["id"] = json!(id);
        w.webhook(&news).await.ok();
        w.run().await;
    }
    assert_eq!(w.told::<PayoutPaid>().len(), 1);
    assert_eq!(w.balance("bank:operating").await, -17000);
    assert_eq!(w.balance(&b.in_transit()).await, 0);
}

#[tokio::test]
async fn a_payout_whose_answer_is_lost_is_sent_once() {
    let (w, _) = payable(IBAN).await;
    let batch = prepared(&w, &officer()).await;
    let path = format!("{BATCHES}/{batch}/release");
    at_desk(&w, &officer()).post(&path, &json!({})).await.ok();
    w.faults(json!({ "drop_next_n": 1 })).await;
    w.run().await;
    assert_eq!(shown(&w, &batch).await["payouts"][0]["state"], "sent");
    let news = gateway_ends(&w, &batch, "payout_paid").await;
    w.webhook(&news).await.ok();
    w.run().await;
    assert_eq!(w.balance("bank:operating").await, -17000);
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_forged_webhook_is_refused_and_a_true_one_is_not_believed() {
    let (w, b) = payable(IBAN).await;
    let batch = released(&w).await;
    let mut forged = news(&w, &batch, "payout_paid").await;
    let honest = forged.clone();
    forged["secret_token"] = json!("guessed");
    w.webhook(&forged)
        .await
        .refused(401, "settlement.bad_webhook");
    w.webhook(&json!({"id": 1}))
        .await
        .refused(401, "settlement.bad_webhook");
    // Right secret, but the gateway itself says the payout is still queued.
    w.webhook(&honest).await.ok();
    w.run().await;
    assert_eq!(w.balance(&b.in_transit()).await, -17000);
    assert!(w.told::<PayoutPaid>().is_empty());
}

#[tokio::test]
async fn earnings_are_the_owners_own() {
    let (w, b) = payable(IBAN).await;
    let other = booking_of(b.vendor);
    w.settled(&other).await;
    let owner = |vendor| Actor {
        scope: Scope {
            vendor: Some(vendor),
            ..Scope::default()
        },
        ..actor(Role::VendorOwner)
    };
    let own = w.http.as_actor(&owner(b.vendor));
    let earnings = own.get("/v1/vendor/earnings").await.ok();
    assert_eq!(earnings["held"], 17000);
    assert_eq!(earnings["payable"], 17000);
    assert_eq!(earnings["paid"], 0);
    assert_eq!(earnings["lots"][0]["booking"], json!(other.id));
    let batch = released(&w).await;
    assert_eq!(
        own.get("/v1/vendor/earnings").await.ok()["in_transit"],
        17000
    );
    let news = gateway_ends(&w, &batch, "payout_paid").await;
    w.webhook(&news).await.ok();
    w.run().await;
    assert_eq!(own.get("/v1/vendor/earnings").await.ok()["paid"], 17000);
    let stranger = w.http.as_actor(&owner(VendorId::new()));
    let asked = format!("/v1/vendor/earnings?vendor={}", b.vendor);
    stranger
        .get(&asked)
        .await
        .refused(404, "settlement.unknown_payee");
    assert_eq!(stranger.get("/v1/vendor/earnings").await.ok()["held"], 0);
    let nobody = w.http.as_actor(&actor(Role::VendorOwner));
    nobody
        .get("/v1/vendor/earnings")
        .await
        .refused(404, "settlement.unknown_payee");
}

#[tokio::test]
async fn a_payee_needs_a_true_account() {
    let w = World::start().await;
    let payee = |iban: &str, mobile: &str| Payee {
        vendor: VendorId::new(),
        name: kernel::Text::new("أحمد", "Ahmad"),
        iban: iban.into(),
        mobile: mobile.into(),
        city: "Riyadh".into(),
        as_of: w.t.now(),
    };
    for (iban, mobile, fault) in [
        (
            "SA0380000000608010167518",
            "0501234567",
            SettlementFault::BadIban,
        ),
        (IBAN, "0112345678", SettlementFault::BadMobile),
    ] {
        let refused = w
            .settlement
            .set_payee(payee(iban, mobile))
            .await
            .unwrap_err();
        assert_eq!(refused.refused(), Some(&fault));
    }
    let shown = format!("{:?}", payee(IBAN, "0501234567"));
    assert!(
        !shown.contains("7519") && !shown.contains("Ahmad"),
        "{shown}"
    );
}
