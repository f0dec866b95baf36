//! The adapter against the sandbox over real HTTP, and recorded delivery reports.

#![allow(clippy::unwrap_used)]

use axum::extract::State;
use axum::routing::post;
use gateway_sandbox::SandboxConfig;
use gateway_sms::*;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

struct World {
    url: String,
    http: reqwest::Client,
}

impl World {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let config = SandboxConfig {
            speed: 1_000.0,
            sms_senders: vec!["KHIDMA".into()],
            ..SandboxConfig::default()
        };
        tokio::spawn(gateway_sandbox::serve(
            listener,
            config,
            std::future::pending(),
        ));
        Self {
            url,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    fn unifonic(&self, callback: Option<String>) -> Unifonic {
        Unifonic::new(self.config(callback)).unwrap()
    }

    fn config(&self, callback: Option<String>) -> UnifonicConfig {
        UnifonicConfig {
            base_url: format!("{}/unifonic", self.url).parse().unwrap(),
            app_sid: SandboxConfig::default().app_sid.into(),
            sender_id: "KHIDMA".into(),
            status_callback: callback.map(|url| url.parse().unwrap()),
            client: ClientSettings {
                backoff_base_ms: 1,
                ..ClientSettings::default()
            },
        }
    }

    async fn inbox(&self, query: &str) -> Vec<Value> {
        let url = format!("{}/sandbox/inbox.json{query}", self.url);
        self.http
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    async fn faults(&self, faults: Value) {
        let put = self.http.put(format!("{}/sandbox/faults", self.url));
        put.json(&faults)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
    }
}

#[tokio::test]
async fn messages_arrive_newest_first_and_once() {
    let world = World::start().await;
    let sms = world.unifonic(None);
    let first = sms
        .send("+966501234567", "رمز الدخول 1234", "otp-1")
        .await
        .unwrap();
    let second = sms
        .send("+966501234567", "Your code is 5678", "otp-2")
        .await
        .unwrap();
    sms.send("+966507654321", "other", "otp-1").await.unwrap();
    assert!(!first.duplicate && first.parts == 1 && first.message_id != second.message_id);
    let again = sms
        .send("+966501234567", "رمز الدخول 1234", "otp-1")
        .await
        .unwrap();
    assert!(again.duplicate);

    // A bare plus in a query is a space.
    for query in [
        "?to=+966501234567&limit=5",
        "?to=%2B966501234567",
        "?to=966501234567",
    ] {
        let inbox = world.inbox(query).await;
        let bodies: Vec<&str> = inbox.iter().map(|m| m["body"].as_str().unwrap()).collect();
        assert_eq!(bodies, ["Your code is 5678", "رمز الدخول 1234"]);
        assert_eq!(inbox[0]["to"], "+966501234567");
        assert_eq!(inbox[0]["sender"], "KHIDMA");
    }
    assert_eq!(world.inbox("?limit=1").await.len(), 1);
    assert_eq!(world.inbox("").await.len(), 3);
    let page = world.http.get(format!("{}/sandbox/inbox", world.url));
    assert!(
        page.send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains("5678")
    );
}

#[tokio::test]
async fn refusals_are_typed_and_say_that_nothing_was_sent() {
    let world = World::start().await;
    let sms = world.unifonic(None);
    let landline = sms.send("+966112345678", "x", "1").await.unwrap_err();
    assert!(
        landline.is_status(200) && !landline.is_outcome_unknown(),
        "{landline:?}"
    );
    let mut config = world.config(None);
    config.app_sid = "wrong".into();
    let error = Unifonic::new(config)
        .unwrap()
        .send("+966501234567", "x", "1")
        .await;
    assert!(error.unwrap_err().is_status(401));
    let mut config = world.config(None);
    config.sender_id = "OTHER".into();
    let error = Unifonic::new(config)
        .unwrap()
        .send("+966501234567", "x", "1")
        .await;
    assert!(error.unwrap_err().is_status(480));
    assert!(world.inbox("").await.is_empty());
}

#[tokio::test]
async fn an_unknown_outcome_is_not_repeated_but_may_be_by_the_caller() {
    let world = World::start().await;
    let sms = world.unifonic(None);
    world.faults(json!({"sms": {"drop_next_n": 1}})).await;
    let lost = sms.send("+966501234567", "x", "n-1").await.unwrap_err();
    assert_eq!(lost, GatewayError::TimedOut);
    assert!(
        sms.send("+966501234567", "x", "n-1")
            .await
            .unwrap()
            .duplicate
    );
    assert_eq!(world.inbox("").await.len(), 1);

    world.faults(json!({"sms": {"next_n_500": 1}})).await;
    let failed = sms.send("+966501234567", "y", "n-2").await.unwrap_err();
    assert!(failed.is_outcome_unknown());
    assert!(
        !sms.send("+966501234567", "y", "n-2")
            .await
            .unwrap()
            .duplicate
    );
}

#[tokio::test]
async fn delivery_is_reported_to_the_callback() {
    let world = World::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let callback = format!("http://{}/dlr?key=k", listener.local_addr().unwrap());
    let (told, mut reports) = mpsc::unbounded_channel();
    let receive = |State(told): State<mpsc::UnboundedSender<String>>, body: String| async move {
        told.send(body).unwrap();
    };
    let app = axum::Router::new()
        .route("/dlr", post(receive))
        .with_state(told);
    tokio::spawn(async move { axum::serve(listener, app).await });

    let sms = world.unifonic(Some(callback));
    for (to, state) in [
        ("+966501234567", DeliveryState::Delivered),
        ("+966501200000", DeliveryState::Undeliverable),
    ] {
        let receipt = sms.send(to, "x", "n-1").await.unwrap();
        let report = parse_delivery_report(reports.recv().await.unwrap().as_bytes()).unwrap();
        assert_eq!(Some(&report.message_id), receipt.message_id.as_ref());
        assert_eq!(report.correlation_id.as_deref(), Some("n-1"));
        assert_eq!(report.state, state);
    }
    assert_eq!(world.inbox("").await[0]["status"], "Undeliverable");
}

#[test]
fn recorded_reports_are_read() {
    let form = parse_delivery_report(include_bytes!("vectors/report.form")).unwrap();
    assert_eq!(
        form,
        DeliveryReport {
            message_id: "3200017889310".into(),
            correlation_id: Some("ntf-1".into()),
            state: DeliveryState::Delivered,
        }
    );
    let json = parse_delivery_report(include_bytes!("vectors/report.json")).unwrap();
    assert_eq!(json.message_id, "3200017889310");
    assert_eq!(json.state, DeliveryState::Undeliverable);
    let sent = parse_delivery_report(b"MessageID=1&DLR=Sent").unwrap();
    assert_eq!(sent.state, DeliveryState::Other("Sent".into()));
    for bad in [
        &b""[..],
        b"DLR=Delivered",
        b"MessageID=1",
        b"{",
        b"{\"DLR\":1}",
    ] {
        assert_eq!(parse_delivery_report(bad), Err(ReportError));
    }
}
