//! The adapter against the sandbox over real HTTP: holds, challenges, captures, refunds,
//! payouts, and what happens when the gateway misbehaves.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use gateway_payments::*;
use gateway_sandbox::SandboxConfig;
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

async fn world() -> (World, Moyasar) {
    let world = World::start(SandboxConfig::default()).await;
    let moyasar = world.moyasar();
    (world, moyasar)
}

#[tokio::test]
async fn a_hold_is_captured_in_part_and_refunded_in_parts() {
    let (world, moyasar) = world().await;
    let hold = world.hold(PAYS, 25_000, false).await;
    let payment = moyasar.authorise(&hold).await.unwrap();
    assert_eq!(payment.id, hold.given_id);
    assert_eq!(payment.status, PaymentStatus::Authorized);
    assert_eq!(payment.source.company.as_deref(), Some("mada"));
    let masked = payment.source.masked_number.as_deref();
    assert_eq!(masked, Some("4201-32XX-XXXX-1010"));
    assert_eq!(payment.source.response_code.as_deref(), Some("00"));
    assert_eq!(payment.metadata["booking"], "bkg_1");

    let id = payment.id;
    assert_eq!(
        refusal(moyasar.capture(id, Some(halalas(25_001))).await).0,
        400
    );
    let captured = moyasar.capture(id, Some(halalas(20_000))).await.unwrap();
    assert_eq!(captured.status, PaymentStatus::Captured);
    assert_eq!(
        (captured.amount, captured.captured),
        (halalas(25_000), halalas(20_000))
    );
    assert_eq!(captured.fee, halalas(300));
    // The same capture again is the same capture; another is refused.
    assert_eq!(
        moyasar.capture(id, Some(halalas(20_000))).await.unwrap(),
        captured
    );
    assert_eq!(
        refusal(moyasar.capture(id, Some(halalas(5_000))).await).0,
        400
    );

    let first = moyasar
        .refund(id, halalas(5_000), halalas(0))
        .await
        .unwrap();
    assert_eq!(
        (first.status.clone(), first.refunded),
        (PaymentStatus::Refunded, halalas(5_000))
    );
    assert_eq!(first.refundable(), halalas(15_000));
    let again = moyasar
        .refund(id, halalas(5_000), halalas(0))
        .await
        .unwrap();
    assert_eq!(again.refunded, halalas(5_000));
    let (status, code) = refusal(moyasar.refund(id, halalas(1), halalas(7)).await);
    assert_eq!((status, code.as_str()), (409, "refund_out_of_step"));
    assert_eq!(
        refusal(moyasar.refund(id, halalas(15_001), halalas(5_000)).await).0,
        400
    );
    let all = moyasar
        .refund(id, halalas(15_000), halalas(5_000))
        .await
        .unwrap();
    assert_eq!(all.refundable(), halalas(0));
}

#[tokio::test]
async fn a_hold_is_voided_once_and_cannot_be_captured_after() {
    let (world, moyasar) = world().await;
    let id = world.held(&moyasar, 9_900).await;
    assert_eq!(moyasar.void(id).await.unwrap().outcome(), Outcome::Released);
    assert_eq!(
        moyasar.void(id).await.unwrap().status,
        PaymentStatus::Voided
    );
    assert_eq!(refusal(moyasar.capture(id, None).await).0, 400);
    let id = world.held(&moyasar, 9_900).await;
    moyasar.capture(id, None).await.unwrap();
    assert_eq!(
        moyasar.void(id).await.unwrap().status,
        PaymentStatus::Voided
    );
    assert_eq!(moyasar.payment(Uuid::new_v4()).await.unwrap(), None);
}

#[tokio::test]
async fn a_decline_is_an_answer_with_its_reason() {
    let (world, moyasar) = world().await;
    for (card, reason, code) in [
        (CODE_51, DeclineReason::InsufficientFunds, Some("51")),
        (CODE_05, DeclineReason::DoNotHonour, Some("05")),
        (CHALLENGE_FAILS, DeclineReason::AuthenticationFailed, None),
        ("4242424242424242", DeclineReason::Other, Some("14")),
    ] {
        let hold = world.hold(card, 5_000, false).await;
        let payment = moyasar.authorise(&hold).await.unwrap();
        let Outcome::Declined(declined) = payment.outcome() else {
            panic!("{payment:?}");
        };
        assert_eq!(declined.reason, reason);
        assert_eq!(declined.response_code.as_deref(), code);
    }
}

#[tokio::test]
async fn the_challenge_decides() {
    let (world, moyasar) = world().await;
    for (card, decision, status) in [
        (PAYS, "approve", PaymentStatus::Authorized),
        (PAYS, "decline", PaymentStatus::Failed),
        (CODE_51, "approve", PaymentStatus::Failed),
        (CHALLENGE_FAILS, "approve", PaymentStatus::Failed),
    ] {
        let hold = world.hold(card, 5_000, true).await;
        let payment = moyasar.authorise(&hold).await.unwrap();
        let Outcome::Challenge(url) = payment.outcome() else {
            panic!("{payment:?}");
        };
        let back = world.press(url, decision).await;
        let query = format!("booking=7&id={}&status={}", payment.id, status.as_str());
        assert!(back.query().unwrap().starts_with(&query), "{back}");
        let after = moyasar.payment(payment.id).await.unwrap().unwrap();
        assert_eq!(after.status, status);
        // Pressing the other button later changes nothing.
        let other = if decision == "approve" {
            "decline"
        } else {
            "approve"
        };
        let again = world.http.post(url.clone()).form(&[("decision", other)]);
        assert_eq!(again.send().await.unwrap().status(), 303);
        assert_eq!(moyasar.payment(payment.id).await.unwrap().unwrap(), after);
    }
    let hold = world.hold(FRICTIONLESS, 5_000, true).await;
    let payment = moyasar.authorise(&hold).await.unwrap();
    assert_eq!(payment.outcome(), Outcome::Held);
}

#[tokio::test]
async fn the_browser_pays_with_a_card_and_we_only_ever_see_the_payment() {
    let (world, moyasar) = world().await;
    let id = Uuid::new_v4();
    let source = json!({"type": "creditcard", "name": "Sara", "number": PAYS, "month": 1, "year": 2036, "cvc": "123", "manual": true, "save_card": true});
    let body = json!({"given_id": id, "amount": 5_000, "currency": "SAR", "callback_url": "http://127.0.0.1:9/r", "source": source});
    let (status, payment) = world.browser("payments", &body).await;
    assert_eq!(status, 201);
    world
        .press(
            &payment["source"]["transaction_url"]
                .as_str()
                .unwrap()
                .parse()
                .unwrap(),
            "approve",
        )
        .await;
    let payment = moyasar.payment(id).await.unwrap().unwrap();
    assert_eq!(payment.outcome(), Outcome::Held);
    // The card was stored by paying, and can be charged later without a challenge.
    let token = payment.source.token.unwrap();
    let stored = moyasar.card_token(&token).await.unwrap().unwrap();
    assert_eq!(
        (stored.status, stored.last_four.as_str()),
        (CardTokenStatus::Active, "1010")
    );
    assert_eq!((stored.expiry_month, stored.expiry_year), (1, 2036));
    let later = Authorise {
        token: token.clone(),
        hold_only: false,
        three_ds: false,
        ..world.hold(PAYS, 700, false).await
    };
    let later = moyasar.authorise(&later).await.unwrap();
    assert_eq!(
        (later.outcome(), later.captured),
        (Outcome::Taken, halalas(700))
    );

    moyasar.delete_card_token(&token).await.unwrap();
    moyasar.delete_card_token(&token).await.unwrap();
    assert_eq!(moyasar.card_token(&token).await.unwrap(), None);
    assert_eq!(
        moyasar.card_token(&"../payments".into()).await.unwrap(),
        None
    );

    // The secret key may not carry card data, and the browser's key may not read.
    let secret = SandboxConfig::default().secret_key;
    let url = format!("{}/moyasar/v1/payments", world.url);
    let mut body = body;
    body["given_id"] = json!(Uuid::new_v4());
    let answer = world
        .http
        .post(&url)
        .basic_auth(secret, Some(""))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
    let key = SandboxConfig::default().publishable_key;
    let answer = world
        .http
        .get(&url)
        .basic_auth(key, Some(""))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
}

#[tokio::test]
async fn a_token_is_verified_on_its_own_page() {
    let (world, moyasar) = world().await;
    for (card, status) in [
        (PAYS, CardTokenStatus::Active),
        (CHALLENGE_FAILS, CardTokenStatus::Inactive),
    ] {
        let body = json!({"name": "Sara", "number": card, "month": 12, "year": 35, "cvc": "123", "callback_url": "http://127.0.0.1:9/cards"});
        let (_, token) = world.browser("tokens", &body).await;
        assert_eq!(token["status"], "initiated");
        let url = token["verification_url"].as_str().unwrap().parse().unwrap();
        world.press(&url, "approve").await;
        let id = Secret::new(token["id"].as_str().unwrap());
        let stored = moyasar.card_token(&id).await.unwrap().unwrap();
        assert_eq!((stored.status, stored.expiry_year), (status, 2035));
    }
}

#[tokio::test]
async fn the_same_given_id_is_one_payment() {
    let (world, moyasar) = world().await;
    let hold = world.hold(PAYS, 5_000, false).await;
    let first = moyasar.authorise(&hold).await.unwrap();
    assert_eq!(moyasar.authorise(&hold).await.unwrap(), first);
    let other = Authorise {
        amount: halalas(6_000),
        ..hold
    };
    let (status, code) = refusal(moyasar.authorise(&other).await);
    assert_eq!(
        (status, code.as_str()),
        (409, "given_id_of_another_payment")
    );
    let wrong = Authorise {
        given_id: Uuid::now_v7(),
        ..other
    };
    assert_eq!(refusal(moyasar.authorise(&wrong).await).0, 400);
}

#[tokio::test]
async fn a_connection_lost_after_the_work_never_doubles_it() {
    let (world, moyasar) = world().await;
    let count = async || {
        let secret = SandboxConfig::default().secret_key;
        let list = world.http.get(format!("{}/moyasar/v1/payments", world.url));
        let list = list.basic_auth(secret, Some("")).send().await.unwrap();
        let list: serde_json::Value = list.json().await.unwrap();
        list["meta"]["total_count"].as_u64().unwrap()
    };
    let hold = world.hold(PAYS, 5_000, false).await;
    world.faults(json!({"payments": {"drop_next_n": 1}})).await;
    let payment = moyasar.authorise(&hold).await.unwrap();
    assert_eq!(payment.outcome(), Outcome::Held);
    assert_eq!(count().await, 1);

    world.faults(json!({"payments": {"drop_next_n": 1}})).await;
    let captured = moyasar
        .capture(payment.id, Some(halalas(4_000)))
        .await
        .unwrap();
    assert_eq!(captured.captured, halalas(4_000));

    // A refund is never repeated blindly: it looks whether the lost one was done.
    world.faults(json!({"payments": {"drop_next_n": 1}})).await;
    let refunded = moyasar
        .refund(payment.id, halalas(1_000), halalas(0))
        .await
        .unwrap();
    assert_eq!(refunded.refunded, halalas(1_000));

    // With every answer lost the payment is found by the id we gave it.
    let hold = world.hold(PAYS, 5_000, false).await;
    world
        .faults(json!({"payments": {"drop_next_n": 100}}))
        .await;
    let payment = moyasar.authorise(&hold).await.unwrap();
    assert_eq!(payment.id, hold.given_id);
    assert_eq!(count().await, 2);
}

#[tokio::test]
async fn a_slow_answer_is_an_unknown_outcome() {
    let (world, _) = world().await;
    let impatient = world.moyasar_with(ClientSettings {
        attempt_timeout_ms: 100,
        total_timeout_ms: 100,
        ..ClientSettings::default()
    });
    let hold = world.hold(PAYS, 5_000, false).await;
    world.faults(json!({"payments": {"latency_ms": 400}})).await;
    assert_eq!(
        impatient.authorise(&hold).await.unwrap_err(),
        GatewayError::TimedOut
    );
    world.faults(json!({"payments": {}})).await;
    let found = impatient.payment(hold.given_id).await.unwrap().unwrap();
    assert_eq!(found.outcome(), Outcome::Held);
}

#[tokio::test]
async fn the_breaker_opens_on_failures_and_recovers() {
    let (world, _) = world().await;
    let mut settings = ClientSettings {
        max_attempts: 1,
        ..ClientSettings::default()
    };
    settings.breaker.window = 4;
    settings.breaker.failures_to_open = 3;
    settings.breaker.open_ms = 40;
    let moyasar = world.moyasar_with(settings);
    let id = world.held(&moyasar, 5_000).await;
    world.faults(json!({"payments": {"next_n_500": 3}})).await;
    for _ in 0..3 {
        assert_eq!(refusal(moyasar.payment(id).await).0, 500);
    }
    assert_eq!(moyasar.probe().breaker, BreakerState::Open);
    let GatewayError::CircuitOpen { retry_after_ms } = moyasar.payment(id).await.unwrap_err()
    else {
        panic!("the circuit is closed");
    };
    tokio::time::sleep(Duration::from_millis(retry_after_ms + 5)).await;
    assert!(moyasar.payment(id).await.unwrap().is_some());
    assert!(moyasar.probe().is_ready());
}

#[tokio::test]
async fn payouts_are_paid_or_come_back_and_are_one_by_sequence_number() {
    let (world, moyasar) = world().await;
    let payout = |number, iban: &str| PayoutRequest {
        sequence_number: SequenceNumber::new(number).unwrap(),
        amount: halalas(120_000),
        purpose: "expenses_services".into(),
        beneficiary: Beneficiary {
            iban: iban.into(),
            name: "مؤسسة النور".into(),
            mobile: kernel::Phone::parse("0501234567").unwrap(),
            country: "SA".into(),
            city: "Riyadh".into(),
        },
        comment: None,
    };
    let good = payout(17, "SA0380000000608010167519");
    let queued = moyasar.create_payout(&good).await.unwrap();
    assert_eq!(queued.status, PayoutStatus::Queued);
    assert_eq!(queued.sequence_number, "0000000000000017");
    assert_eq!(moyasar.create_payout(&good).await.unwrap().id, queued.id);
    let back = moyasar
        .create_payout(&payout(18, "SA0380000000608010160000"))
        .await
        .unwrap();
    assert_eq!(world.get("/sandbox/idle").await["pending_payouts"], 2);
    assert_eq!(
        refusal(
            moyasar
                .create_payout(&payout(18, &good.beneficiary.iban))
                .await
        )
        .0,
        400
    );

    let settle = world.http.post(format!("{}/sandbox/settle-now", world.url));
    assert!(settle.send().await.unwrap().status().is_success());
    let paid = moyasar.payout(&queued.id).await.unwrap().unwrap();
    assert!(paid.status == PayoutStatus::Paid && paid.status.is_final());
    let returned = moyasar.payout(&back.id).await.unwrap().unwrap();
    assert_eq!(returned.status, PayoutStatus::Returned);
    assert!(returned.failure_reason.is_some());
    assert_eq!(world.get("/sandbox/idle").await["pending_payouts"], 0);
    assert_eq!(moyasar.payout("none").await.unwrap(), None);
}

#[tokio::test]
async fn a_restart_keeps_what_the_gateway_knows() {
    let folder = tempfile::tempdir().unwrap();
    let config = SandboxConfig {
        state_file: Some(folder.path().join("sandbox.jsonl")),
        ..SandboxConfig::default()
    };
    let world = World::start(config.clone()).await;
    let moyasar = world.moyasar();
    let id = world.held(&moyasar, 5_000).await;
    let captured = moyasar.capture(id, Some(halalas(3_000))).await.unwrap();
    let kept = world.token(PAYS).await;
    let deleted = world.token(PAYS).await;
    moyasar.delete_card_token(&deleted).await.unwrap();
    world.stop().await;

    let world = World::start(config).await;
    let moyasar = world.moyasar();
    assert_eq!(moyasar.payment(id).await.unwrap().unwrap(), captured);
    assert!(moyasar.card_token(&kept).await.unwrap().is_some());
    assert!(moyasar.card_token(&deleted).await.unwrap().is_none());
    world.stop().await;
}

#[tokio::test]
async fn wrong_keys_and_bad_amounts_are_refused() {
    let (world, moyasar) = world().await;
    let mut hold = world.hold(PAYS, 99, false).await;
    assert_eq!(
        refusal(moyasar.authorise(&hold).await),
        (400, "invalid_request_error".into())
    );
    hold.amount = halalas(5_000);
    hold.token = "token_unknown".into();
    assert_eq!(refusal(moyasar.authorise(&hold).await).0, 400);
    let stranger = Moyasar::new(MoyasarConfig {
        base_url: format!("{}/moyasar/v1/", world.url).parse().unwrap(),
        secret_key: "sk_live_other".into(),
        publishable_key: "pk".into(),
        webhook_secret: "w".into(),
        payout_source_id: "s".into(),
        client: ClientSettings::default(),
    })
    .unwrap();
    assert!(!format!("{stranger:?}").contains("sk_live"));
    let (status, code) = refusal(stranger.payment(Uuid::new_v4()).await);
    assert_eq!((status, code.as_str()), (401, "authentication_error"));
}
