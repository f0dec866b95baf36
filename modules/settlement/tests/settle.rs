//! Captured, split, kept, released; cancelled; made good.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use contract_settlement::*;
use kernel::{ExtraCostId, Money, UserId, VendorId, days, minutes, seconds};
use serde_json::json;

#[tokio::test]
async fn a_booking_is_captured_and_split_to_the_halala() {
    let w = World::start().await;
    let b = booking();
    w.held(&b, 23000).await;
    w.api().settle(b.agreed.clone()).await.unwrap();
    assert!(w.told::<BookingSettled>().is_empty());
    w.run().await;
    let settled = w.told::<BookingSettled>();
    assert_eq!(settled.len(), 1);
    assert_eq!(settled[0]["collected"], 23000);
    assert_eq!(settled[0]["vendor_share"], 17000);
    assert_eq!(settled[0]["commission"], 5217);
    assert_eq!(settled[0]["vat"], 3000);
    assert_eq!(settled[0]["payable_at"], json!(w.now() + days(45)));
    // Visa: 2.5 % and 1 SAR stay with the gateway.
    assert_eq!(w.balance(CLEARING).await, 23000 - 675);
    assert_eq!(w.balance("gateway:moyasar:fees").await, 675);
    assert_eq!(w.balance(&b.wallet()).await, 0);
    assert_eq!(w.balance(&b.held()).await, -17000);
    assert_eq!(w.balance("platform:vat_output").await, -3000);
    assert_eq!(w.balance("platform:vat_input").await, 2217);
    assert_eq!(w.balance("platform:commission").await, -5217);
    assert_eq!(w.in_flight(CLEARING).await, 0);
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_second_instruction_is_nothing_new_and_another_is_refused() {
    let w = World::start().await;
    let b = booking();
    w.held(&b, 23000).await;
    let (one, two) = tokio::join!(
        w.api().settle(b.agreed.clone()),
        w.api().settle(b.agreed.clone())
    );
    one.unwrap();
    two.unwrap();
    // Two workers at once.
    let (one, two) = (w.t.worker(), w.t.worker());
    let (one, two) = tokio::join!(one.run_pending(), two.run_pending());
    assert!(one.unwrap().failed.is_empty() && two.unwrap().failed.is_empty());
    w.api().settle(b.agreed.clone()).await.unwrap();
    w.run().await;
    assert_eq!(w.told::<BookingSettled>().len(), 1);
    assert_eq!(w.balance(&b.held()).await, -17000);
    let other = SettleBooking {
        service: sar(19999),
        ..b.agreed.clone()
    };
    let refused = w.api().settle(other).await.unwrap_err();
    assert_eq!(refused.refused(), Some(&SettlementFault::KeyReused));
    let release = ReleaseHolds {
        booking: b.id,
        customer: b.customer,
        fee: Money::ZERO,
    };
    let refused = w.api().release(release).await.unwrap_err();
    assert_eq!(refused.refused(), Some(&SettlementFault::KeyReused));
    let late = w.order(&b, FRICTIONLESS, 500).await;
    let refused = w.api().place_hold(late).await.unwrap_err();
    assert_eq!(refused.refused(), Some(&SettlementFault::BookingClosed));
    w.the_books_balance().await;
}

#[tokio::test]
async fn many_bookings_settled_at_once_by_several_workers_neither_block_nor_lose() {
    let w = World::start().await;
    let vendor = VendorId::new();
    let mut bookings = Vec::new();
    for _ in 0..12 {
        let b = booking_of(vendor);
        w.held(&b, 23000).await;
        w.api().settle(b.agreed.clone()).await.unwrap();
        bookings.push(b);
    }
    let workers = [w.t.worker(), w.t.worker(), w.t.worker(), w.t.worker()];
    let [a, b, c, d] = &workers;
    let (a, b, c, d) = tokio::join!(
        a.run_pending(),
        b.run_pending(),
        c.run_pending(),
        d.run_pending()
    );
    for report in [a, b, c, d] {
        assert!(report.unwrap().failed.is_empty());
    }
    assert_eq!(w.told::<BookingSettled>().len(), 12);
    assert_eq!(w.balance(&bookings[0].held()).await, -12 * 17000);
    assert_eq!(w.balance("platform:commission").await, -12 * 5217);
    w.the_books_balance().await;
}

#[tokio::test]
async fn less_than_was_held_is_captured_and_the_rest_goes_back() {
    let w = World::start().await;
    let mut b = booking();
    w.held(&b, 23000).await;
    let mut extra = w.order(&b, FRICTIONLESS, 8000).await;
    extra.purpose = HoldPurpose::Extra(ExtraCostId::new());
    w.api().place_hold(extra).await.unwrap();
    let mut unneeded = w.order(&b, FRICTIONLESS, 1500).await;
    unneeded.purpose = HoldPurpose::Extra(ExtraCostId::new());
    w.api().place_hold(unneeded).await.unwrap();
    b.agreed.materials = sar(5000);
    w.api().settle(b.agreed.clone()).await.unwrap();
    w.run().await;
    let holds = w.api().holds(b.id).await.unwrap();
    let standing: Vec<_> = holds
        .iter()
        .map(|h| (h.status, h.captured.halalas()))
        .collect();
    assert_eq!(
        standing,
        [
            (HoldStatus::Captured, 23000),
            (HoldStatus::Captured, 5000),
            (HoldStatus::Voided, 0)
        ]
    );
    let mut gateway: Vec<_> = w.payments().await.into_iter().map(|p| (p.1, p.2)).collect();
    gateway.sort();
    let expected = [("captured", 5000), ("captured", 23000), ("voided", 0)];
    assert_eq!(
        gateway,
        expected.map(|(status, captured)| (status.to_owned(), captured))
    );
    assert_eq!(w.told::<BookingSettled>()[0]["collected"], 28000);
    assert_eq!(w.balance(&b.held()).await, -22000);
    assert_eq!(w.in_flight(&b.wallet()).await, 0);
    w.the_books_balance().await;
}

#[tokio::test]
async fn never_more_than_was_held_the_customer_owes_the_rest() {
    let w = World::start().await;
    let b = booking();
    w.held(&b, 20000).await;
    w.api().settle(b.agreed.clone()).await.unwrap();
    w.run().await;
    assert_eq!(w.told::<BookingSettled>()[0]["collected"], 20000);
    assert_eq!(w.balance(&b.held()).await, -17000);
    assert_eq!(w.balance(&b.wallet()).await, 3000);
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_capture_whose_answer_is_lost_happens_once() {
    let w = World::impatient().await;
    let b = booking();
    w.held(&b, 23000).await;
    w.api().settle(b.agreed.clone()).await.unwrap();
    // The capture is done at once; its answer, and that to every question, comes too late.
    w.faults(json!({ "latency_ms": 20_000 })).await;
    let report = w.t.try_pending_jobs().await;
    assert_eq!(report.failed.len(), 1, "{report:?}");
    assert!(w.told::<BookingSettled>().is_empty());
    w.faults(json!({})).await;
    w.clock().advance(seconds(5));
    w.run().await;
    assert_eq!(w.told::<BookingSettled>().len(), 1);
    assert_eq!(w.balance(CLEARING).await, 23000 - 675);
    assert_eq!(w.payments().await.len(), 1);
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_hold_the_bank_no_longer_honours_is_owed_by_the_customer() {
    let w = World::start().await;
    let b = booking();
    w.held(&b, 23000).await;
    // Somebody voids it in the gateway's own dashboard.
    let id = w.payments().await[0].0.clone();
    let void = w
        .client
        .post(format!("{}/moyasar/v1/payments/{id}/void", w.sandbox));
    let key = gateway_sandbox::SandboxConfig::default().secret_key;
    let answer = void.basic_auth(key, Some("")).send().await.unwrap();
    assert!(answer.status().is_success());
    w.api().settle(b.agreed.clone()).await.unwrap();
    w.run().await;
    assert_eq!(
        w.api().holds(b.id).await.unwrap()[0].status,
        HoldStatus::Voided
    );
    assert_eq!(w.told::<BookingSettled>()[0]["collected"], 0);
    assert_eq!(w.balance(&b.wallet()).await, 23000);
    assert_eq!(w.in_flight(CLEARING).await, 0);
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_cancelled_booking_pays_its_fee_and_gets_the_rest() {
    let w = World::start().await;
    let b = booking();
    w.held(&b, 23000).await;
    let release = ReleaseHolds {
        booking: b.id,
        customer: b.customer,
        fee: sar(3000),
    };
    w.api().release(release.clone()).await.unwrap();
    w.run().await;
    w.api().release(release).await.unwrap();
    w.run().await;
    assert_eq!(w.payments().await[0].2, 3000);
    assert_eq!(w.balance(&b.wallet()).await, 0);
    assert_eq!(w.balance("platform:vat_output").await, -391);
    assert_eq!(w.balance("platform:commission").await, -2609);
    assert_eq!(w.in_flight(CLEARING).await, 0);
    w.the_books_balance().await;
}

#[tokio::test]
async fn without_a_fee_all_goes_back() {
    let w = World::start().await;
    let b = booking();
    w.held(&b, 23000).await;
    let release = ReleaseHolds {
        booking: b.id,
        customer: b.customer,
        fee: Money::ZERO,
    };
    w.api().release(release).await.unwrap();
    w.run().await;
    assert_eq!(w.payments().await[0].1, "voided");
    assert_eq!(
        w.api().holds(b.id).await.unwrap()[0].status,
        HoldStatus::Voided
    );
    assert_eq!(w.in_flight(&b.wallet()).await, 0);
    w.the_books_balance().await;
}

#[tokio::test]
async fn an_authorisation_after_the_cancellation_is_given_back() {
    let w = World::start().await;
    let b = booking();
    let order = w.order(&b, MADA, 23000).await;
    let hold = w.api().place_hold(order).await.unwrap();
    assert_eq!(hold.status, HoldStatus::Challenge);
    let release = ReleaseHolds {
        booking: b.id,
        customer: b.customer,
        fee: Money::ZERO,
    };
    w.api().release(release).await.unwrap();
    w.run().await;
    w.press(&hold, "approve").await;
    w.api().refresh_hold(hold.id).await.unwrap();
    w.run().await;
    assert_eq!(w.payments().await[0].1, "voided");
    assert_eq!(
        w.api().holds(b.id).await.unwrap()[0].status,
        HoldStatus::Voided
    );
    assert!(w.told::<HoldAuthorized>().is_empty());
    assert_eq!(w.in_flight(CLEARING).await, 0);
    w.the_books_balance().await;
}

#[tokio::test]
async fn whichever_comes_first_a_cancelled_bookings_hold_is_given_back() {
    let w = World::start().await;
    for _ in 0..8 {
        let b = booking();
        let order = w.order(&b, MADA, 23000).await;
        let hold = w.api().place_hold(order).await.unwrap();
        w.press(&hold, "approve").await;
        let release = ReleaseHolds {
            booking: b.id,
            customer: b.customer,
            fee: Money::ZERO,
        };
        let (returned, released) =
            tokio::join!(w.api().refresh_hold(hold.id), w.api().release(release));
        assert_eq!(returned.unwrap().status, HoldStatus::Authorized);
        released.unwrap();
        w.run().await;
        let holds = w.api().holds(b.id).await.unwrap();
        assert_eq!(holds[0].status, HoldStatus::Voided);
    }
    assert!(
        w.payments()
            .await
            .iter()
            .all(|payment| payment.1 == "voided")
    );
    assert_eq!(w.in_flight(CLEARING).await, 0);
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_share_becomes_payable_when_the_quality_hold_is_over() {
    let w = World::start().await;
    let b = booking();
    w.settled(&b).await;
    w.clock().advance(days(45) - minutes(20));
    w.run().await;
    assert_eq!(w.balance(&b.payable()).await, 0);
    w.clock().advance(minutes(30));
    w.run().await;
    assert_eq!(w.balance(&b.held()).await, 0);
    assert_eq!(w.balance(&b.payable()).await, -17000);
    w.clock().advance(days(1));
    w.run().await;
    assert_eq!(w.balance(&b.payable()).await, -17000);
    w.the_books_balance().await;
}

#[tokio::test]
async fn a_penalty_takes_what_is_held_and_no_more() {
    let w = World::start().await;
    let b = booking();
    w.settled(&b).await;
    let remedy = |key: &str, penalty| Remedy {
        key: key.into(),
        booking: b.id,
        customer: b.customer,
        credit: sar(2000),
        vendor: Some(b.vendor),
        penalty: sar(penalty),
    };
    for _ in 0..2 {
        w.api().remedy(remedy("alarm-1", 1000)).await.unwrap();
    }
    assert_eq!(w.balance(&b.wallet()).await, -2000);
    assert_eq!(w.balance(&b.held()).await, -16000);
    assert_eq!(w.balance("platform:sla_credits").await, 1000);
    let refused = w.api().remedy(remedy("alarm-1", 1001)).await.unwrap_err();
    assert_eq!(refused.refused(), Some(&SettlementFault::KeyReused));
    w.api().remedy(remedy("alarm-2", 99_000)).await.unwrap();
    w.api().remedy(remedy("alarm-2", 99_000)).await.unwrap();
    assert_eq!(w.balance(&b.held()).await, 0);
    w.api().remedy(remedy("alarm-3", 500)).await.unwrap();
    assert_eq!(w.balance(&b.held()).await, 0);
    // Nothing is left to release.
    w.clock().advance(days(46));
    w.run().await;
    assert_eq!(w.balance(&b.payable()).await, 0);
    // A vendor of whom nothing is held: the platform bears it.
    let stranger = Remedy {
        key: "alarm-4".into(),
        customer: UserId::new(),
        vendor: Some(VendorId::new()),
        ..remedy("", 700)
    };
    w.api().remedy(stranger).await.unwrap();
    w.the_books_balance().await;
}
