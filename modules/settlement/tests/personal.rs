//! One person's money: the copy of it, what stands against an erasure, and what is left.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use contract_settlement::*;
use gateway_sandbox::SandboxConfig;
use kernel::{Basis, Obstacle, Subject, VendorId};
use platform::personal::{Copied, Kept, PersonalRecords};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn customer(b: &Booking) -> Subject {
    Subject {
        user: b.customer,
        technician: None,
        vendor: None,
    }
}

fn owner(vendor: VendorId) -> Subject {
    Subject {
        vendor: Some(vendor),
        ..customer(&booking())
    }
}

fn rows<'a>(copied: &'a Copied, table: &str) -> &'a [Value] {
    let table = copied.tables.iter().find(|t| t.name == table);
    table.map_or(&[], |table| &table.rows)
}

async fn obstacles(w: &World, subject: Subject) -> BTreeSet<Obstacle> {
    w.settlement.obstacles(subject).await.unwrap()
}

/// A hold of a card that is kept, and its token.
async fn keeping(w: &World, b: &Booking, card: &str, halalas: i64) -> (Hold, String) {
    let token = w.token(card).await;
    let order = PlaceHold {
        card: PayWith::Token {
            token: token.clone(),
            save: true,
        },
        ..w.order(b, card, halalas).await
    };
    (w.api().place_hold(order).await.unwrap(), token)
}

async fn known_to_the_gateway(w: &World, token: &str) -> bool {
    let get = w
        .client
        .get(format!("{}/moyasar/v1/tokens/{token}", w.sandbox))
        .basic_auth(SandboxConfig::default().secret_key, Some(""));
    get.send().await.unwrap().status().is_success()
}

/// Everything about cards and holds, as text.
async fn everything(w: &World) -> String {
    let rows: Vec<String> = sqlx::query_scalar(
        "select row_to_json(h)::text from settlement.holds h
         union all select row_to_json(c)::text from settlement.cards c",
    )
    .fetch_all(&w.t.platform.db)
    .await
    .unwrap();
    rows.concat()
}

#[tokio::test]
async fn a_customer_s_copy_has_cards_holds_and_the_wallet() {
    let w = World::start().await;
    let b = booking();
    let (_, token) = keeping(&w, &b, FRICTIONLESS, 23_000).await;
    w.api().settle(b.agreed.clone()).await.unwrap();
    w.run().await;
    let other = booking();
    w.held(&other, 5_000).await;
    let copied = w.settlement.copy(customer(&b)).await.unwrap();
    let names: Vec<&str> = copied.tables.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["cards", "holds", "wallet"]);
    let [card] = rows(&copied, "cards") else {
        panic!("{copied:?}")
    };
    assert_eq!(
        (&card["brand"], &card["last4"], &card["removed_at"]),
        (&json!("visa"), &json!("5430"), &Value::Null)
    );
    let [hold] = rows(&copied, "holds") else {
        panic!("{copied:?}")
    };
    assert_eq!(
        (&hold["booking"], &hold["status"], &hold["captured_halalas"]),
        (&json!(b.id), &json!("captured"), &json!(23_000))
    );
    assert_eq!(hold["captured_at"], json!(w.now()));
    let wallet: Vec<_> = rows(&copied, "wallet")
        .iter()
        .map(|row| {
            (
                row["kind"].as_str().unwrap(),
                row["amount_halalas"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(wallet, [("capture", -23_000), ("split", 23_000)]);
    // No name that opens a card, and nobody else's money.
    let text = serde_json::to_string(&copied).unwrap();
    for word in [token, other.id.to_string(), b.vendor.to_string()] {
        assert!(!text.contains(&word), "{word} in {text}");
    }
}

#[tokio::test]
async fn a_vendor_s_copy_has_the_whole_bank_account() {
    let w = World::start().await;
    let b = booking();
    w.payee(b.vendor, IBAN).await;
    w.settled(&b).await;
    let stored: String = sqlx::query_scalar("select iban from settlement.payees")
        .fetch_one(&w.t.platform.db)
        .await
        .unwrap();
    assert!(stored.starts_with("sealed:"));
    w.clock().advance(kernel::days(45) + kernel::minutes(15));
    w.run().await;
    w.http
        .as_actor(&officer())
        .post("/v1/payouts/batches", &json!({}))
        .await
        .ok();
    let copied = w.settlement.copy(owner(b.vendor)).await.unwrap();
    assert_eq!(rows(&copied, "payee")[0]["iban"], IBAN);
    assert_eq!(rows(&copied, "payee")[0]["mobile"], "+966501234567");
    let [payout] = rows(&copied, "payouts") else {
        panic!("{copied:?}")
    };
    assert_eq!(
        (&payout["iban"], &payout["state"]),
        (&json!(IBAN), &json!("prepared"))
    );
    assert_eq!(rows(&copied, "held_lots")[0]["booking"], json!(b.id));
    assert!(rows(&copied, "earnings").len() >= 3, "{copied:?}");
    assert_eq!(rows(&copied, "wallet"), [] as [Value; 0]);
    let stranger = w.settlement.copy(owner(VendorId::new())).await.unwrap();
    assert_eq!(stranger, Copied::default());
    assert_eq!(
        obstacles(&w, owner(b.vendor)).await,
        [Obstacle::MoneyHeld].into()
    );
    assert!(obstacles(&w, owner(VendorId::new())).await.is_empty());
}

#[tokio::test]
async fn money_on_a_card_stands_against_an_erasure_until_it_is_taken_or_back() {
    let w = World::start().await;
    let (held, both) = (
        BTreeSet::from([Obstacle::MoneyHeld]),
        BTreeSet::from([Obstacle::MoneyHeld, Obstacle::RefundPending]),
    );
    // A bank that asks, then holds; then the visit is settled.
    let b = booking();
    assert!(obstacles(&w, customer(&b)).await.is_empty());
    let (hold, _) = keeping(&w, &b, MADA, 23_000).await;
    assert_eq!(hold.status, HoldStatus::Challenge);
    assert_eq!(obstacles(&w, customer(&b)).await, held);
    w.press(&hold, "approve").await;
    w.api().refresh_hold(hold.id).await.unwrap();
    assert_eq!(obstacles(&w, customer(&b)).await, held);
    w.api().settle(b.agreed.clone()).await.unwrap();
    assert_eq!(obstacles(&w, customer(&b)).await, held);
    w.run().await;
    assert!(obstacles(&w, customer(&b)).await.is_empty());

    // Let go: on its way back until the gateway has said so.
    let b = booking();
    w.held(&b, 23_000).await;
    let release = ReleaseHolds {
        booking: b.id,
        customer: b.customer,
        fee: sar(3_000),
    };
    w.api().release(release).await.unwrap();
    assert_eq!(obstacles(&w, customer(&b)).await, both);
    w.faults(json!({ "next_n_500": 50 })).await;
    w.t.try_pending_jobs().await;
    assert_eq!(obstacles(&w, customer(&b)).await, both);
    w.faults(json!({})).await;
    w.clock().advance(kernel::hours(1));
    w.run().await;
    assert!(obstacles(&w, customer(&b)).await.is_empty());

    // A second card came through as well: the first hold goes back by itself.
    let b = booking();
    let first = w.held(&b, 23_000).await;
    sqlx::query("update settlement.holds set superseded = true where id = $1")
        .bind(first.id.uuid())
        .execute(&w.t.platform.db)
        .await
        .unwrap();
    assert_eq!(obstacles(&w, customer(&b)).await, both);
}

#[tokio::test]
async fn an_erased_customer_s_cards_are_forgotten_and_the_books_stay() {
    let w = World::start().await;
    let b = booking();
    let (_, token) = keeping(&w, &b, FRICTIONLESS, 23_000).await;
    let declined = booking_of(b.vendor);
    let declined = Booking {
        customer: b.customer,
        ..declined
    };
    let order = w.order(&declined, CODE_51, 5_000).await;
    let no = w.api().place_hold(order).await.unwrap();
    w.press(&no, "approve").await;
    let no = w.api().refresh_hold(no.id).await.unwrap();
    assert_eq!(no.response_code.as_deref(), Some("51"));
    w.api().settle(b.agreed.clone()).await.unwrap();
    w.run().await;
    let other = booking();
    let (_, others_token) = keeping(&w, &other, FRICTIONLESS, 5_000).await;
    assert!(obstacles(&w, customer(&b)).await.is_empty());

    let expected = [
        Kept::some("holds", 2, Basis::TaxLaw).unwrap(),
        Kept::some("wallet", 2, Basis::Ledger).unwrap(),
    ];
    for _ in 0..2 {
        let kept = w.settlement.erase(customer(&b), w.now()).await.unwrap();
        assert_eq!(kept, expected);
    }
    w.run().await;
    let kept = w.settlement.erase(customer(&b), w.now()).await.unwrap();
    assert_eq!(kept, expected);
    w.run().await;
    assert!(!known_to_the_gateway(&w, &token).await);
    assert!(known_to_the_gateway(&w, &others_token).await);
    let copied = w.settlement.copy(customer(&b)).await.unwrap();
    assert_eq!(rows(&copied, "cards"), [] as [Value; 0]);
    for hold in rows(&copied, "holds") {
        assert_eq!(
            (&hold["card"], &hold["response_code"]),
            (&Value::Null, &Value::Null)
        );
    }
    assert!(!everything(&w).await.contains(&token));
    let others = w.settlement.copy(customer(&other)).await.unwrap();
    assert_eq!(rows(&others, "holds")[0]["card"], "Visa •••• 5430");
    // What receipts and the books rest on.
    let statement = w.api().statement(b.id).await.unwrap();
    assert_eq!((statement.captured, statement.card), (sar(23_000), None));
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_card_that_the_gateway_did_not_forget_is_tried_again() {
    let w = World::impatient().await;
    let b = booking();
    let (_, token) = keeping(&w, &b, FRICTIONLESS, 23_000).await;
    w.api().settle(b.agreed.clone()).await.unwrap();
    w.run().await;
    w.settlement.erase(customer(&b), w.now()).await.unwrap();
    // As after a day of a gateway that did not answer.
    sqlx::query("delete from platform.jobs where name = 'settlement.forget_card'")
        .execute(&w.t.platform.db)
        .await
        .unwrap();
    assert!(known_to_the_gateway(&w, &token).await);
    w.settlement.erase(customer(&b), w.now()).await.unwrap();
    w.run().await;
    assert!(!known_to_the_gateway(&w, &token).await);
    assert!(!everything(&w).await.contains(&token));
}
