//! Cards kept for the next time: told by the gateway, used by their owner, forgotten for good.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use contract_settlement::*;
use gateway_sandbox::SandboxConfig;
use kernel::access::{Actor, Role};
use kernel::{CardId, UserId};
use platform::testing::{TestHttp, actor};
use serde_json::{Value, json};
use uuid::Uuid;

fn owner(b: &Booking) -> Actor {
    Actor {
        user: b.customer,
        ..actor(Role::Customer)
    }
}

fn customers(w: &World, b: &Booking) -> TestHttp {
    w.http.as_actor(&owner(b))
}

async fn cards(http: &TestHttp) -> Value {
    http.get("/v1/me/cards").await.ok()["items"].clone()
}

/// An order that keeps the card, and the token it was made with.
async fn keeping(w: &World, b: &Booking, number: &str) -> (PlaceHold, String) {
    let token = w.token(number).await;
    let card = PayWith::Token {
        token: token.clone(),
        save: true,
    };
    let order = PlaceHold {
        card,
        ..w.order(b, number, 23000).await
    };
    (order, token)
}

async fn known_to_the_gateway(w: &World, token: &str) -> bool {
    let get = w
        .client
        .get(format!("{}/moyasar/v1/tokens/{token}", w.sandbox))
        .basic_auth(SandboxConfig::default().secret_key, Some(""));
    get.send().await.unwrap().status().is_success()
}

/// The next booking of the same customer.
fn next(b: &Booking) -> Booking {
    let mut next = booking();
    next.customer = b.customer;
    next
}

#[tokio::test]
async fn a_card_is_kept_once_the_bank_said_yes_and_pays_again() {
    let w = World::start().await;
    let b = booking();
    let http = customers(&w, &b);
    let (order, token) = keeping(&w, &b, MADA).await;
    let hold = w.api().place_hold(order).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Challenge);
    assert_eq!(cards(&http).await, json!([]));
    w.press(&hold, "approve").await;
    w.api().refresh_hold(hold.id).await.unwrap();
    let kept = cards(&http).await;
    assert_eq!(kept[0]["brand"], "mada");
    assert_eq!(kept[0]["last4"], "1010");
    assert!(!kept.to_string().contains(&token));

    let b2 = next(&b);
    let card: CardId = kept[0]["id"].as_str().unwrap().parse().unwrap();
    let again = PlaceHold {
        card: PayWith::Saved(card),
        ..w.order(&b2, MADA, 5000).await
    };
    let hold = w.api().place_hold(again.clone()).await.unwrap();
    assert_eq!(hold.card, None);
    w.press(&hold, "approve").await;
    let hold = w.api().refresh_hold(hold.id).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Authorized);
    assert_eq!(hold.card.as_deref(), Some("mada •••• 1010"));

    // Nobody else's card exists.
    let stranger = PlaceHold {
        key: Uuid::new_v4(),
        booking: kernel::BookingId::new(),
        customer: UserId::new(),
        ..again
    };
    let refused = w.api().place_hold(stranger).await.unwrap_err();
    assert_eq!(refused.refused(), Some(&SettlementFault::UnknownCard));
}

#[tokio::test]
async fn a_declined_or_unwanted_card_is_not_kept() {
    let w = World::start().await;
    let b = booking();
    let (order, _) = keeping(&w, &b, CODE_51).await;
    let hold = w.api().place_hold(order).await.unwrap();
    w.press(&hold, "approve").await;
    let hold = w.api().refresh_hold(hold.id).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Declined);
    w.held(&b, 23000).await;
    assert_eq!(cards(&customers(&w, &b)).await, json!([]));
}

#[tokio::test]
async fn a_removed_card_is_gone_here_and_at_the_gateway() {
    let w = World::start().await;
    let b = booking();
    let http = customers(&w, &b);
    let (order, token) = keeping(&w, &b, FRICTIONLESS).await;
    w.api().place_hold(order).await.unwrap();
    let card = cards(&http).await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/me/cards/{card}");
    w.http
        .as_actor(&actor(Role::Customer))
        .delete(&path)
        .await
        .refused(404, "settlement.unknown_card");
    assert_eq!(http.delete(&path).await.ok()["removed"], true);
    assert_eq!(cards(&http).await, json!([]));
    let b2 = next(&b);
    let again = PlaceHold {
        card: PayWith::Saved(card.parse().unwrap()),
        ..w.order(&b2, FRICTIONLESS, 5000).await
    };
    let refused = w.api().place_hold(again).await.unwrap_err();
    assert_eq!(refused.refused(), Some(&SettlementFault::UnknownCard));
    assert!(known_to_the_gateway(&w, &token).await);
    w.run().await;
    assert!(!known_to_the_gateway(&w, &token).await);
    http.delete(&path)
        .await
        .refused(404, "settlement.unknown_card");
}

#[tokio::test]
async fn the_same_card_saved_anew_takes_the_older_one_s_place() {
    let w = World::start().await;
    let b = booking();
    let (order, old) = keeping(&w, &b, FRICTIONLESS).await;
    w.api().place_hold(order).await.unwrap();
    let b2 = next(&b);
    let (order, new) = keeping(&w, &b2, FRICTIONLESS).await;
    w.api().place_hold(order).await.unwrap();
    w.run().await;
    assert_eq!(cards(&customers(&w, &b)).await.as_array().unwrap().len(), 1);
    assert!(!known_to_the_gateway(&w, &old).await);
    assert!(known_to_the_gateway(&w, &new).await);
}

#[tokio::test]
async fn a_statement_says_what_is_held_and_what_was_taken() {
    let w = World::start().await;
    let b = booking();
    let nothing = w.api().statement(b.id).await.unwrap();
    assert_eq!((nothing.held, nothing.captured), (sar(0), sar(0)));
    assert_eq!((nothing.captured_at, nothing.card), (None, None));
    assert_eq!(nothing.seller.vat_number, "300000000000003");
    w.held(&b, 23000).await;
    let held = w.api().statement(b.id).await.unwrap();
    assert_eq!((held.held, held.captured_at), (sar(23000), None));
    let card = held.card.unwrap();
    assert_eq!((card.brand.as_str(), card.last4.as_str()), ("visa", "5430"));
    w.clock().advance(kernel::hours(2));
    w.api().settle(b.agreed.clone()).await.unwrap();
    w.run().await;
    let taken = w.api().statement(b.id).await.unwrap();
    assert_eq!((taken.held, taken.captured), (sar(0), sar(23000)));
    assert_eq!(taken.captured_at, Some(w.now()));
}
