//! A sandbox on a free port, an adapter to it, and what a browser would do.

// Each test binary uses its share of it.
#![allow(dead_code)]

use gateway_payments::*;
use gateway_sandbox::SandboxConfig;
use kernel::Money;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use url::Url;
use uuid::Uuid;

pub(crate) const PAYS: &str = "4201320111111010";
pub(crate) const FRICTIONLESS: &str = "4111114005765430";
pub(crate) const CODE_51: &str = "4201320000311101";
pub(crate) const CODE_05: &str = "4201321234411220";
pub(crate) const CHALLENGE_FAILS: &str = "4111112205628150";

pub(crate) struct World {
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<anyhow::Result<()>>>,
}

impl World {
    pub(crate) async fn start(config: SandboxConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(gateway_sandbox::serve(listener, config, async {
            let _ = stopped.await;
        }));
        Self {
            url,
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
            stop: Some(stop),
            server: Some(server),
        }
    }

    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.server.take().unwrap().await.unwrap().unwrap();
    }

    pub(crate) fn moyasar(&self) -> Moyasar {
        self.moyasar_with(ClientSettings {
            attempt_timeout_ms: 2_000,
            backoff_base_ms: 2,
            backoff_cap_ms: 10,
            ..ClientSettings::default()
        })
    }

    pub(crate) fn moyasar_with(&self, client: ClientSettings) -> Moyasar {
        let sandbox = SandboxConfig::default();
        Moyasar::new(MoyasarConfig {
            base_url: format!("{}/moyasar/v1", self.url).parse().unwrap(),
            secret_key: sandbox.secret_key.into(),
            publishable_key: sandbox.publishable_key,
            webhook_secret: sandbox.webhook_secret.into(),
            payout_source_id: sandbox.payout_source_id,
            client,
        })
        .unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await;
        answer.unwrap().json().await.unwrap()
    }

    pub(crate) async fn faults(&self, faults: Value) {
        let put = self.http.put(format!("{}/sandbox/faults", self.url));
        let answer = put.json(&faults).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    /// A POST as the browser makes it, with the publishable key.
    pub(crate) async fn browser(&self, path: &str, body: &Value) -> (u16, Value) {
        let key = SandboxConfig::default().publishable_key;
        let post = self.http.post(format!("{}/moyasar/v1/{path}", self.url));
        let answer = post.basic_auth(key, Some("")).json(body).send().await;
        let answer = answer.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Stores a card in the browser; the token.
    pub(crate) async fn token(&self, number: &str) -> Secret {
        let (status, token) = self
            .browser(
                "tokens",
                &json!({"name": "Sara Ahmad", "number": number, "month": "12", "year": "2035", "cvc": "123", "save_only": true}),
            )
            .await;
        assert_eq!(status, 201, "{token}");
        Secret::new(token["id"].as_str().unwrap())
    }

    pub(crate) async fn hold(&self, number: &str, halalas: i64, three_ds: bool) -> Authorise {
        Authorise {
            given_id: Uuid::new_v4(),
            amount: Money::from_halalas(halalas),
            description: "bkg_1".into(),
            token: self.token(number).await,
            hold_only: true,
            three_ds,
            callback_url: Some("http://127.0.0.1:9/return?booking=7".parse().unwrap()),
            metadata: [("booking".to_owned(), "bkg_1".to_owned())].into(),
        }
    }

    /// Presses a button of the challenge page; where the customer is sent.
    pub(crate) async fn press(&self, challenge: &Url, decision: &str) -> Url {
        let page = self.http.get(challenge.clone()).send().await.unwrap();
        assert_eq!(page.status(), 200);
        assert!(page.text().await.unwrap().contains("value=\"approve\""));
        let post = self.http.post(challenge.clone());
        let answer = post.form(&[("decision", decision)]).send().await.unwrap();
        assert_eq!(answer.status(), 303);
        answer.headers()["location"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap()
    }

    /// A held payment, without a challenge.
    pub(crate) async fn held(&self, moyasar: &Moyasar, halalas: i64) -> Uuid {
        let hold = self.hold(PAYS, halalas, false).await;
        let payment = moyasar.authorise(&hold).await.unwrap();
        assert_eq!(payment.outcome(), Outcome::Held);
        payment.id
    }
}

pub(crate) fn halalas(amount: i64) -> Money {
    Money::from_halalas(amount)
}

/// A rejection's status and code.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, GatewayError>) -> (u16, String) {
    match result {
        Err(GatewayError::Rejected { status, code, .. }) => (status, code),
        other => panic!("not a refusal: {other:?}"),
    }
}
