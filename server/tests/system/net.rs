//! HTTP to the API and to the sandbox gateways, as telephones, browsers and banks would speak it.

use crate::described::is_described;
use platform::testing::TestAnswer;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long something that must happen may take, real time.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub const FRICTIONLESS: &str = "4111114005765430";
pub const CHALLENGED: &str = "4201320111111010";
pub const NO_MONEY: &str = "4201320000311101";

/// Waits until `check` gives something; polls, and says what it waited for if it never comes.
pub async fn until<T>(what: &str, mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = check().await {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[derive(Clone)]
pub enum Load {
    None,
    Json(Value),
    Bytes(Vec<u8>),
    /// Sent as they are, said to be JSON.
    Text(&'static str),
}

pub struct Net {
    http: reqwest::Client,
    pub api: String,
    pub sandbox: String,
    publishable_key: String,
    secret_key: String,
    /// A platform that does not answer is asked again with the same key, as a good client does.
    patient: bool,
}

impl Net {
    pub fn new(api: &str, sandbox: &str, config: &server::config::Config, patient: bool) -> Self {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            http,
            api: api.to_owned(),
            sandbox: sandbox.to_owned(),
            publishable_key: config.payments.publishable_key.clone(),
            secret_key: config.payments.secret_key.expose().to_owned(),
            patient,
        }
    }

    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        key: Option<Uuid>,
        load: &Load,
    ) -> TestAnswer {
        let began = Instant::now();
        loop {
            let mut request = self
                .http
                .request(method.clone(), format!("{}{path}", self.api))
                .header("accept-language", "en");
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            if let Some(key) = key {
                request = request.header("idempotency-key", key.to_string());
            }
            request = match load {
                Load::None => request,
                Load::Json(body) => request.json(body),
                Load::Bytes(bytes) => request
                    .header("content-type", "application/octet-stream")
                    .body(bytes.clone()),
                Load::Text(text) => request
                    .header("content-type", "application/json")
                    .body(*text),
            };
            let answer = match request.send().await {
                Ok(response) => read(response).await,
                Err(error) => Err(error),
            };
            let again = match &answer {
                Ok(answer) => {
                    matches!(answer.status.as_u16(), 502..=504)
                        || answer.code() == "http.in_progress"
                }
                Err(_) => true,
            };
            match answer {
                _ if again && self.patient && began.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Ok(answer) => {
                    is_described(&method, path, answer.status).await;
                    return answer;
                }
                Err(error) => panic!("{method} {path}: {error:?}"),
            }
        }
    }

    pub async fn open(&self, path: &str) -> TestAnswer {
        self.call(Method::GET, path, None, None, &Load::None).await
    }

    pub async fn post_open(&self, path: &str, body: Value) -> TestAnswer {
        self.call(Method::POST, path, None, None, &Load::Json(body))
            .await
    }

    async fn ask_sandbox(&self, request: reqwest::RequestBuilder) -> Value {
        let response = request.send().await.unwrap();
        let status = response.status();
        assert!(status.is_success(), "the sandbox answered {status}");
        response.json().await.unwrap()
    }

    pub async fn sandbox_get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.sandbox));
        self.ask_sandbox(request.basic_auth(&self.secret_key, Some("")))
            .await
    }

    /// Replaces the faults of the payment gateway.
    pub async fn payment_faults(&self, faults: Value) {
        let request = self.http.put(format!("{}/sandbox/faults", self.sandbox));
        self.ask_sandbox(request.json(&json!({ "payments": faults })))
            .await;
    }

    /// Whether every webhook and report has arrived and every payout has ended.
    pub async fn sandbox_is_idle(&self) -> bool {
        let idle = self.sandbox_get("/sandbox/idle").await;
        idle["pending_webhooks"] == 0 && idle["pending_payouts"] == 0
    }

    /// Messages to a phone, newest first.
    pub async fn messages(&self, phone: &str) -> Vec<Value> {
        let digits = phone.trim_start_matches('+');
        let messages = self
            .sandbox_get(&format!("/sandbox/inbox.json?to={digits}&limit=20"))
            .await;
        messages.as_array().unwrap().clone()
    }

    /// Every payment the gateway knows.
    pub async fn payments(&self) -> Vec<Value> {
        let mut payments = Vec::new();
        let mut page = Some(1);
        while let Some(number) = page {
            let answer = self
                .sandbox_get(&format!("/moyasar/v1/payments?page={number}"))
                .await;
            payments.extend(answer["payments"].as_array().unwrap().iter().cloned());
            page = answer["meta"]["next_page"].as_u64();
        }
        payments
    }

    /// Types a card into the gateway's form, as a browser would.
    pub async fn card_token(&self, number: &str) -> String {
        let card = json!({ "name": "Khidma Customer", "number": number, "month": "12", "year": "2039",
            "cvc": "123", "save_only": true });
        let request = self
            .http
            .post(format!("{}/moyasar/v1/tokens", self.sandbox));
        let token = self
            .ask_sandbox(
                request
                    .basic_auth(&self.publishable_key, Some(""))
                    .json(&card),
            )
            .await;
        token["id"].as_str().unwrap().to_owned()
    }

    /// Decides on the bank's page: `approve` or `decline`. Returns where the bank sends the browser.
    pub async fn three_ds(&self, url: &str, decision: &str) -> String {
        let response = self
            .http
            .post(url)
            .form(&[("decision", decision)])
            .send()
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), 303);
        response.headers()["location"].to_str().unwrap().to_owned()
    }
}

async fn read(response: reqwest::Response) -> reqwest::Result<TestAnswer> {
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.bytes().await?;
    Ok(TestAnswer {
        status,
        headers,
        json: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        bytes,
    })
}
