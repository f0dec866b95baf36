//! Holds: asked for once, answered by whoever brings the news.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use contract_settlement::*;
use kernel::{ExtraCostId, Failure, HoldId, days, hours, minutes, seconds};
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn a_hold_stands_and_is_told_once() {
    let w = World::start().await;
    let b = booking();
    let order = w.order(&b, FRICTIONLESS, 23000).await;
    let hold = w.api().place_hold(order.clone()).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Authorized);
    assert_eq!(hold.card.as_deref(), Some("Visa •••• 5430"));
    assert_eq!(w.api().place_hold(order.clone()).await.unwrap(), hold);
    assert_eq!(w.api().refresh_hold(hold.id).await.unwrap(), hold);
    let other = PlaceHold {
        amount: sar(23001),
        ..order.clone()
    };
    let refused = w.api().place_hold(other).await.unwrap_err();
    assert_eq!(refused.refused(), Some(&SettlementFault::KeyReused));
    // Another try for what is held already is the same hold.
    let again = PlaceHold {
        key: Uuid::new_v4(),
        ..order
    };
    assert_eq!(w.api().place_hold(again).await.unwrap(), hold);
    w.clock().advance(minutes(2));
    w.run().await;
    assert_eq!(w.told::<HoldAuthorized>().len(), 1);
    assert_eq!(w.payments().await.len(), 1);
    // Pending, not yet money.
    assert_eq!(w.in_flight(CLEARING).await, 23000);
    assert_eq!(w.in_flight(&b.wallet()).await, -23000);
    assert_eq!(w.balance(CLEARING).await, 0);
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_decline_is_an_answer() {
    let w = World::start().await;
    let b = booking();
    let order = w.order(&b, CODE_51, 23000).await;
    let hold = w.api().place_hold(order.clone()).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Challenge);
    w.press(&hold, "approve").await;
    let hold = w.api().refresh_hold(hold.id).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Declined);
    assert_eq!(hold.response_code.as_deref(), Some("51"));
    assert_eq!(w.api().place_hold(order).await.unwrap(), hold);
    // With another card it goes through.
    w.held(&b, 23000).await;
    w.run().await;
    assert_eq!(w.told::<HoldDeclined>().len(), 1);
    assert_eq!(w.told::<HoldAuthorized>().len(), 1);
    assert_eq!(w.api().holds(b.id).await.unwrap().len(), 2);
    w.the_books_balance().await;
}

#[tokio::test]
async fn an_unknown_card_token_is_refused_again_and_again() {
    let w = World::start().await;
    let b = booking();
    let mut order = w.order(&b, MADA, 5000).await;
    order.card = PayWith::Token {
        token: "token_nobodys".into(),
        save: false,
    };
    for _ in 0..2 {
        let refused = w.api().place_hold(order.clone()).await.unwrap_err();
        assert_eq!(refused.refused(), Some(&SettlementFault::BadCardToken));
    }
    let unknown = w.api().refresh_hold(HoldId::new()).await.unwrap_err();
    assert_eq!(unknown.refused(), Some(&SettlementFault::UnknownHold));
}

#[tokio::test]
async fn a_challenge_is_answered_when_the_customer_returns() {
    let w = World::start().await;
    let b = booking();
    let order = w.order(&b, MADA, 23000).await;
    let hold = w.api().place_hold(order).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Challenge);
    assert!(hold.challenge_url.is_some());
    assert_eq!(w.api().refresh_hold(hold.id).await.unwrap(), hold);
    assert_eq!(w.in_flight(CLEARING).await, 0);
    w.press(&hold, "approve").await;
    // The customer's return, twice at once, and nobody else.
    let (one, two) = tokio::join!(w.api().refresh_hold(hold.id), w.api().refresh_hold(hold.id));
    assert_eq!(one.as_ref().unwrap().status, HoldStatus::Authorized);
    assert_eq!(one.unwrap(), two.unwrap());
    w.run().await;
    assert_eq!(w.told::<HoldAuthorized>().len(), 1);
    assert_eq!(w.in_flight(CLEARING).await, 23000);
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_and_nothing_is_paid_twice() {
    let w = World::impatient().await;
    let b = booking();
    let order = w.order(&b, FRICTIONLESS, 23000).await;
    // The work is done at once; its answer, and that to every question, comes too late.
    w.faults(json!({ "latency_ms": 20_000 })).await;
    let hold = w.api().place_hold(order.clone()).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Pending);
    w.faults(json!({})).await;
    w.run().await;
    assert!(w.told::<HoldAuthorized>().is_empty());
    w.clock().advance(seconds(61));
    w.run().await;
    assert_eq!(w.told::<HoldAuthorized>().len(), 1);
    let hold = w.api().place_hold(order).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Authorized);
    assert_eq!(w.payments().await.len(), 1);
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_repeat_finishes_what_a_lost_answer_left_open() {
    let w = World::impatient().await;
    let b = booking();
    let order = w.order(&b, FRICTIONLESS, 23000).await;
    w.faults(json!({ "latency_ms": 20_000 })).await;
    let hold = w.api().place_hold(order.clone()).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Pending);
    w.faults(json!({})).await;
    let (one, two) = tokio::join!(
        w.api().place_hold(order.clone()),
        w.api().place_hold(order.clone())
    );
    for hold in [one, two] {
        assert_eq!(hold.unwrap().status, HoldStatus::Authorized);
    }
    assert_eq!(w.payments().await.len(), 1);
    w.run().await;
    assert_eq!(w.told::<HoldAuthorized>().len(), 1);
}

#[tokio::test]
async fn a_request_that_never_arrived_is_given_up() {
    let w = World::impatient().await;
    let b = booking();
    let order = w.order(&b, FRICTIONLESS, 23000).await;
    w.faults(json!({ "next_n_500": 50 })).await;
    let hold = w.api().place_hold(order).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Pending);
    w.faults(json!({})).await;
    for _ in 0..17 {
        assert!(w.told::<HoldDeclined>().is_empty());
        w.clock().advance(seconds(61));
        w.run().await;
        if !w.told::<HoldDeclined>().is_empty() {
            break;
        }
    }
    let declined = w.told::<HoldDeclined>();
    assert_eq!(declined.len(), 1);
    assert_eq!(declined[0]["response_code"], "not_received");
    assert!(w.payments().await.is_empty());
}

#[tokio::test]
async fn an_abandoned_challenge_is_declined_and_given_back_if_it_comes_through() {
    let w = World::start().await;
    let b = booking();
    let order = w.order(&b, MADA, 23000).await;
    let hold = w.api().place_hold(order).await.unwrap();
    w.clock().advance(minutes(30));
    w.run().await;
    assert!(w.told::<HoldDeclined>().is_empty());
    w.clock().advance(minutes(45));
    w.run().await;
    assert_eq!(
        w.told::<HoldDeclined>()[0]["response_code"],
        "challenge_abandoned"
    );
    w.press(&hold, "approve").await;
    let payment = &w.payments().await[0];
    let secret = gateway_sandbox::SandboxConfig::default().webhook_secret;
    let news = json!({"id": "evt_late", "type": "payment_authorized", "created_at": null,
        "secret_token": secret, "live": false, "data": {"id": payment.0}});
    w.webhook(&news).await.ok();
    w.run().await;
    assert_eq!(w.payments().await[0].1, "voided");
    assert!(w.told::<HoldAuthorized>().is_empty());
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_second_card_supersedes_the_first() {
    let w = World::start().await;
    let b = booking();
    let first = w.order(&b, MADA, 23000).await;
    let first = w.api().place_hold(first).await.unwrap();
    let second = w.held(&b, 23000).await;
    // The first challenge is passed all the same.
    w.press(&first, "approve").await;
    let first = w.api().refresh_hold(first.id).await.unwrap();
    assert_eq!(first.status, HoldStatus::Authorized);
    w.run().await;
    let holds = w.api().holds(b.id).await.unwrap();
    let of = |id| holds.iter().find(|h| h.id == id).unwrap().status;
    assert_eq!(
        (of(first.id), of(second.id)),
        (HoldStatus::Voided, HoldStatus::Authorized)
    );
    assert_eq!(w.told::<HoldAuthorized>().len(), 1);
    assert_eq!(w.in_flight(CLEARING).await, 23000);
    w.the_books_balance().await;
}

#[tokio::test]
async fn an_extra_cost_has_its_own_hold() {
    let w = World::start().await;
    let b = booking();
    w.held(&b, 23000).await;
    let mut extra = w.order(&b, FRICTIONLESS, 4000).await;
    extra.purpose = HoldPurpose::Extra(ExtraCostId::new());
    let hold = w.api().place_hold(extra).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Authorized);
    assert_eq!(w.in_flight(CLEARING).await, 27000);
}

#[tokio::test]
async fn an_old_hold_expires_by_our_own_ageing() {
    let w = World::start().await;
    let b = booking();
    let hold = w.held(&b, 23000).await;
    w.clock().advance(days(7) - minutes(20));
    w.run().await;
    assert!(w.told::<HoldExpired>().is_empty());
    w.clock().advance(minutes(40));
    w.run().await;
    assert_eq!(w.told::<HoldExpired>().len(), 1);
    assert_eq!(
        w.api().holds(b.id).await.unwrap()[0].status,
        HoldStatus::Expired
    );
    assert_eq!(w.payments().await[0].1, "voided");
    assert_eq!(w.in_flight(CLEARING).await, 0);
    assert_eq!(
        w.api().refresh_hold(hold.id).await.unwrap().status,
        HoldStatus::Expired
    );
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_gateway_that_is_down_changes_nothing() {
    let w = World::impatient().await;
    let b = booking();
    let hold = {
        let order = w.order(&b, MADA, 23000).await;
        w.api().place_hold(order).await.unwrap()
    };
    w.faults(json!({ "next_n_500": 50 })).await;
    let failure = w.api().refresh_hold(hold.id).await.unwrap_err();
    assert!(matches!(failure, Failure::Unavailable(_)));
    w.faults(json!({})).await;
    assert_eq!(w.api().refresh_hold(hold.id).await.unwrap(), hold);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_s_cards_are_declined_fifteen_times_a_day() {
    let w = World::start().await;
    let customer = booking().customer;
    let of = |customer| Booking {
        customer,
        ..booking()
    };
    let no_card = || PayWith::Token {
        token: "token_nobodys".into(),
        save: false,
    };
    let mut order = w.order(&of(customer), FRICTIONLESS, 5000).await;
    let good = order.card.clone();
    order.card = no_card();
    for _ in 0..13 {
        order.key = Uuid::new_v4();
        order.booking = booking().id;
        let refused = w.api().place_hold(order.clone()).await.unwrap_err();
        assert_eq!(refused.refused(), Some(&SettlementFault::BadCardToken));
    }
    w.clock().advance(hours(1));
    // Many at once are counted one after the other.
    let orders = (0..6).map(|_| PlaceHold {
        key: Uuid::new_v4(),
        booking: booking().id,
        ..order.clone()
    });
    let tries = orders.map(|order| {
        let settlement = w.settlement.clone();
        tokio::spawn(async move {
            let api: &dyn contract_settlement::Settlement = &*settlement;
            api.place_hold(order).await
        })
    });
    let mut asked = 0;
    for answer in tries.collect::<Vec<_>>() {
        match answer.await.unwrap().unwrap_err().refused() {
            Some(SettlementFault::BadCardToken) => asked += 1,
            Some(SettlementFault::TooManyDeclines { retry_after_s }) => {
                assert_eq!(*retry_after_s, 23 * 3600);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(asked, 2);
    // A good card is not tried either; what was asked before is answered as before.
    let refused = w.api().place_hold(order.clone()).await.unwrap_err();
    assert_eq!(refused.refused(), Some(&SettlementFault::BadCardToken));
    let mut paid = PlaceHold {
        key: Uuid::new_v4(),
        booking: booking().id,
        card: good,
        ..order
    };
    let refused = w.api().place_hold(paid.clone()).await.unwrap_err();
    let wait = SettlementFault::TooManyDeclines {
        retry_after_s: 23 * 3600,
    };
    assert_eq!(refused.refused(), Some(&wait));
    w.held(&of(kernel::UserId::new()), 5000).await;
    // The first thirteen are a day old.
    w.clock().advance(hours(23));
    paid.key = Uuid::new_v4();
    let hold = w.api().place_hold(paid).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Authorized);
}
