//! What the gateway tells unasked: over real HTTP, and recorded.

#![allow(clippy::unwrap_used)]

mod common;

use axum::extract::State;
use axum::routing::post;
use common::*;
use gateway_payments::*;
use gateway_sandbox::SandboxConfig;
use http::StatusCode;
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Refuses the first so many webhooks with 500, keeps the bodies of all.
struct Receiver {
    url: url::Url,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    refuse: usize,
    bodies: Vec<Vec<u8>>,
}

impl Receiver {
    async fn start(refuse: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let kept = Arc::new(Mutex::new(Kept {
            refuse,
            bodies: Vec::new(),
        }));
        let receive = |State(kept): State<Arc<Mutex<Kept>>>, body: String| async move {
            let mut kept = kept.lock().unwrap();
            kept.bodies.push(body.into_bytes());
            if kept.refuse > 0 {
                kept.refuse -= 1;
                StatusCode::INTERNAL_SERVER_ERROR
            } else {
                StatusCode::OK
            }
        };
        let app = axum::Router::new()
            .route("/hooks", post(receive))
            .with_state(kept.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            url: url.parse().unwrap(),
            kept,
        }
    }

    /// Waits until so many have come.
    async fn events(&self, moyasar: &Moyasar, count: usize) -> Vec<WebhookEvent> {
        let began = Instant::now();
        loop {
            let bodies = self.kept.lock().unwrap().bodies.clone();
            if bodies.len() >= count {
                assert_eq!(bodies.len(), count);
                return bodies
                    .iter()
                    .map(|body| moyasar.parse_webhook(body).unwrap())
                    .collect();
            }
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "{}",
                bodies.len()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn world(refuse: usize, speed: f64) -> (World, Moyasar, Receiver) {
    let receiver = Receiver::start(refuse).await;
    let world = World::start(SandboxConfig {
        webhook_url: Some(receiver.url.clone()),
        speed,
        ..SandboxConfig::default()
    })
    .await;
    let moyasar = world.moyasar();
    (world, moyasar, receiver)
}

async fn drained(world: &World) {
    let began = Instant::now();
    while world.get("/sandbox/idle").await["pending_webhooks"] != 0 {
        assert!(began.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn kinds(events: &[WebhookEvent]) -> Vec<WebhookKind> {
    events.iter().map(|event| event.kind.clone()).collect()
}

#[tokio::test]
async fn every_change_is_told_and_failures_under_either_spelling() {
    let (world, moyasar, receiver) = world(0, 1.0).await;
    let id = world.held(&moyasar, 5_000).await;
    receiver.events(&moyasar, 1).await;
    moyasar.capture(id, None).await.unwrap();
    receiver.events(&moyasar, 2).await;
    moyasar.refund(id, halalas(100), halalas(0)).await.unwrap();
    receiver.events(&moyasar, 3).await;
    for count in 4..=5 {
        let hold = world.hold(CODE_51, 5_000, false).await;
        moyasar.authorise(&hold).await.unwrap();
        receiver.events(&moyasar, count).await;
    }
    let events = receiver.events(&moyasar, 5).await;
    assert_eq!(
        kinds(&events),
        [
            WebhookKind::PaymentAuthorized,
            WebhookKind::PaymentCaptured,
            WebhookKind::PaymentRefunded,
            WebhookKind::PaymentFailed,
            WebhookKind::PaymentFailed,
        ]
    );
    assert!(
        events[..3]
            .iter()
            .all(|event| event.subject == Subject::Payment(id))
    );
    assert!(
        events
            .iter()
            .all(|event| event.created_at.is_some() && !event.live)
    );
    let spelt = |word: &str| {
        let kept = receiver.kept.lock().unwrap();
        let has = |body: &&Vec<u8>| String::from_utf8_lossy(body).contains(word);
        kept.bodies.iter().filter(has).count()
    };
    assert_eq!((spelt("payment_faild"), spelt("payment_failed")), (1, 1));
}

#[tokio::test]
async fn a_refused_webhook_comes_again_by_the_schedule_until_it_is_taken() {
    // One minute, then ten: 11 ms at this speed.
    let (world, moyasar, receiver) = world(2, 60_000.0).await;
    world.held(&moyasar, 5_000).await;
    let events = receiver.events(&moyasar, 3).await;
    assert_eq!(events[0], events[1]);
    assert_eq!(events[0], events[2]);
    drained(&world).await;
    assert_eq!(receiver.events(&moyasar, 3).await.len(), 3);
}

#[tokio::test]
async fn after_the_fifth_resend_it_gives_up() {
    let (world, moyasar, receiver) = world(100, 1_000_000.0).await;
    world.held(&moyasar, 5_000).await;
    drained(&world).await;
    assert_eq!(receiver.events(&moyasar, 6).await.len(), 6);
}

#[tokio::test]
async fn the_speed_can_change_while_a_resend_waits() {
    let (world, moyasar, receiver) = world(1, 1.0).await;
    world.held(&moyasar, 5_000).await;
    receiver.events(&moyasar, 1).await;
    let speed = world.http.post(format!("{}/sandbox/speed", world.url));
    let answer = speed.json(&json!({"speed": 60_000})).send().await.unwrap();
    assert!(answer.status().is_success());
    receiver.events(&moyasar, 2).await;
}

#[tokio::test]
async fn faults_double_turn_round_and_silence_webhooks() {
    let (world, moyasar, receiver) = world(0, 1.0).await;
    world
        .faults(json!({"payments": {"duplicate_webhooks": true}}))
        .await;
    let id = world.held(&moyasar, 5_000).await;
    let events = receiver.events(&moyasar, 2).await;
    assert_eq!(events[0], events[1]);
    drained(&world).await;

    world
        .faults(json!({"payments": {"webhooks_off": true}}))
        .await;
    moyasar.capture(id, None).await.unwrap();
    assert_eq!(world.get("/sandbox/idle").await["pending_webhooks"], 0);

    world
        .faults(json!({"payments": {"reorder_webhooks": true}}))
        .await;
    let id = world.held(&moyasar, 5_000).await;
    moyasar.void(id).await.unwrap();
    let events = receiver.events(&moyasar, 4).await;
    assert_eq!(
        kinds(&events[2..]),
        [WebhookKind::PaymentVoided, WebhookKind::PaymentAuthorized]
    );
}

#[tokio::test]
async fn payouts_are_told_and_settle_now_hurries_them() {
    let (world, moyasar, receiver) = world(0, 1.0).await;
    let request = PayoutRequest {
        sequence_number: SequenceNumber::new(1).unwrap(),
        amount: halalas(3_000_000),
        purpose: "expenses_services".into(),
        beneficiary: Beneficiary {
            iban: "SA0380000000608010167519".into(),
            name: "مؤسسة النور".into(),
            mobile: kernel::Phone::parse("0501234567").unwrap(),
            country: "SA".into(),
            city: "Riyadh".into(),
        },
        comment: None,
    };
    let payout = moyasar.create_payout(&request).await.unwrap();
    assert_eq!(payout.channel.as_deref(), Some("sarie"));
    let settle = world.http.post(format!("{}/sandbox/settle-now", world.url));
    settle.send().await.unwrap();
    let events = receiver.events(&moyasar, 1).await;
    assert_eq!(events[0].kind, WebhookKind::PayoutPaid);
    assert_eq!(events[0].subject, Subject::Payout(payout.id));
}

#[tokio::test]
async fn payouts_pass_through_initiated_by_themselves() {
    let (_world, moyasar, receiver) = world(0, 1_000.0).await;
    let request = PayoutRequest {
        sequence_number: SequenceNumber::new(1).unwrap(),
        amount: halalas(3_000),
        purpose: "expenses_services".into(),
        beneficiary: Beneficiary {
            iban: "SA0380000000608010160000".into(),
            name: "مؤسسة النور".into(),
            mobile: kernel::Phone::parse("0501234567").unwrap(),
            country: "SA".into(),
            city: "Riyadh".into(),
        },
        comment: None,
    };
    moyasar.create_payout(&request).await.unwrap();
    let events = receiver.events(&moyasar, 2).await;
    assert_eq!(
        kinds(&events),
        [WebhookKind::PayoutInitiated, WebhookKind::PayoutReturned]
    );
}

#[test]
fn recorded_webhooks_are_read_and_strangers_refused() {
    let secret = Secret::new("whsec_7f3a");
    let body = include_bytes!("vectors/payment_faild.json");
    let event = parse_webhook(body, &secret).unwrap();
    assert_eq!(event.kind, WebhookKind::PaymentFailed);
    let id = "b6a01d90-7091-4002-bfa0-5fd9bd8d85a3".parse().unwrap();
    assert_eq!(event.subject, Subject::Payment(id));
    assert_eq!(event.id, "eadc6f24-a6bb-4b80-b042-e4a3e14ec2ac");
    assert!(event.live);
    for (body, secret, error) in [
        (&body[..], "whsec_7f3b", WebhookError::WrongSecret),
        (&body[..], "whsec_7f3a_", WebhookError::WrongSecret),
        (&body[..], "", WebhookError::WrongSecret),
        (b"{}", "whsec_7f3a", WebhookError::Malformed),
        (b"not json", "whsec_7f3a", WebhookError::Malformed),
        (
            br#"{"id":"1","type":"payment_paid","secret_token":"s","data":{"id":"../x"}}"#,
            "s",
            WebhookError::Malformed,
        ),
        (
            br#"{"id":"1","type":"payment_paid","secret_token":"","data":{"id":"1"}}"#,
            "",
            WebhookError::WrongSecret,
        ),
    ] {
        assert_eq!(parse_webhook(body, &Secret::new(secret)), Err(error));
    }
    let other = br#"{"id":"1","type":"balance_transferred","secret_token":"s","data":{"id":"x"}}"#;
    let event = parse_webhook(other, &"s".into()).unwrap();
    assert_eq!(event.subject, Subject::Other);
}
