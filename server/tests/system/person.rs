//! Somebody with an account: signs in through the front door, keeps the token fresh, asks.

use crate::net::{Load, Net, until};
use kernel::Time;
use platform::queue::Worker;
use platform::testing::TestAnswer;
use reqwest::Method;
use serde_json::{Value, json};
use server::seed;
use std::sync::Arc;
use tokio::sync::Mutex;
use uuid::Uuid;

#[derive(Clone)]
enum Door {
    Phone(String),
    Password(Proofs),
}

/// What somebody signs in with who has a password.
#[derive(Clone)]
pub struct Proofs {
    pub email: String,
    pub password: String,
    pub totp_secret: String,
}

/// Clones are the same session.
#[derive(Clone)]
pub struct Person {
    pub net: Arc<Net>,
    door: Door,
    device: Uuid,
    tokens: Arc<Mutex<Value>>,
    /// Sends the message with the code, where no worker runs by itself.
    worker: Option<Worker>,
}

impl Person {
    pub async fn by_phone(net: &Arc<Net>, worker: Option<Worker>, phone: &str) -> Self {
        Self::enter(net, worker, Door::Phone(phone.to_owned())).await
    }

    pub async fn staff(net: &Arc<Net>, worker: Option<Worker>, email: &str) -> Self {
        let staff = seed::with_passwords()
            .find(|staff| staff.email == email)
            .unwrap();
        let proofs = Proofs {
            email: staff.email.into(),
            password: seed::DEMO_PASSWORD.into(),
            totp_secret: staff.totp_secret.into(),
        };
        Self::with_password(net, worker, proofs).await
    }

    pub async fn with_password(net: &Arc<Net>, worker: Option<Worker>, proofs: Proofs) -> Self {
        Self::enter(net, worker, Door::Password(proofs)).await
    }

    async fn enter(net: &Arc<Net>, worker: Option<Worker>, door: Door) -> Self {
        let person = Self {
            net: net.clone(),
            door,
            device: Uuid::new_v4(),
            tokens: Arc::default(),
            worker,
        };
        *person.tokens.lock().await = person.sign_in().await;
        person
    }

    async fn sign_in(&self) -> Value {
        match &self.door {
            Door::Phone(phone) => {
                let ask = json!({ "phone": phone, "lang": "en", "device": self.device });
                let asked = async || self.net.post_open("/v1/auth/codes", ask.clone()).await;
                let (sent, code) = self.sent_code(phone, asked).await;
                let body =
                    json!({ "challenge": sent["challenge"], "code": code, "device": self.device });
                self.net.post_open("/v1/auth/sessions", body).await.ok()
            }
            Door::Password(proofs) => {
                let code = self.shown_code(proofs).await;
                let body =
                    json!({ "email": proofs.email, "password": proofs.password, "code": code });
                self.net
                    .post_open("/v1/auth/staff/sessions", body)
                    .await
                    .ok()
            }
        }
    }

    /// What was answered to `ask`, and the code that it sent to the phone.
    async fn sent_code(&self, phone: &str, ask: impl AsyncFn() -> TestAnswer) -> (Value, String) {
        let before = self.net.messages(phone).await;
        let before = before.first().map(|m| m["id"].clone());
        let sent = ask().await.ok();
        if let Some(worker) = &self.worker {
            let report = worker.run_pending().await.unwrap();
            assert!(report.failed.is_empty(), "jobs failed: {:?}", report.failed);
        }
        let code = until("the code", async || {
            let messages = self.net.messages(phone).await;
            let new = messages
                .into_iter()
                .take_while(|m| Some(&m["id"]) != before.as_ref());
            new.filter_map(|m| six_digits(m["body"].as_str()?)).next()
        });
        (sent, code.await)
    }

    /// What the authenticator app shows.
    async fn shown_code(&self, proofs: &Proofs) -> String {
        let clock = self.net.open("/dev/clock").await.ok();
        let now: Time = clock["now"].as_str().unwrap().parse().unwrap();
        identity::totp_now(&proofs.totp_secret, now).unwrap()
    }

    /// Proves again that it is them: staff with a second factor, whose code must not have been used,
    /// the others with a code sent to the phone.
    pub async fn step_up(&self) {
        let body = match &self.door {
            Door::Password(proofs) => json!({ "code": self.shown_code(proofs).await }),
            Door::Phone(phone) => {
                let path = "/v1/auth/step-up/code";
                let ask = json!({ "device": self.device });
                let asked = async || {
                    let load = Load::Json(ask.clone());
                    self.send(Method::POST, path, None, load).await
                };
                let (sent, code) = self.sent_code(phone, asked).await;
                let proof =
                    json!({ "challenge": sent["challenge"], "code": code, "device": self.device });
                json!({ "phone": proof })
            }
        };
        let stepped_up = self.post("/v1/auth/step-up", body).await.ok();
        self.tokens.lock().await["access_token"] = stepped_up["access_token"].clone();
    }

    async fn renew(&self, old: &str) {
        let mut tokens = self.tokens.lock().await;
        if tokens["access_token"] != old {
            return;
        }
        let body = json!({ "refresh_token": tokens["refresh_token"] });
        let renewed = self.net.post_open("/v1/auth/refresh", body).await;
        *tokens = if renewed.status.is_success() {
            renewed.json
        } else {
            self.sign_in().await
        };
    }

    /// A token that has run out is renewed, once.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        key: Option<Uuid>,
        load: Load,
    ) -> TestAnswer {
        for _ in 0..2 {
            let token = self.token().await;
            let answer = self
                .net
                .call(method.clone(), path, Some(&token), key, &load)
                .await;
            if answer.status.as_u16() != 401 {
                return answer;
            }
            self.renew(&token).await;
        }
        panic!("{method} {path} refuses a fresh token")
    }

    /// The access token as it is.
    pub async fn token(&self) -> String {
        self.tokens.lock().await["access_token"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The refresh token as it is: a thief's copy.
    pub async fn refresh_token(&self) -> Value {
        self.tokens.lock().await["refresh_token"].clone()
    }

    pub async fn get(&self, path: &str) -> TestAnswer {
        self.send(Method::GET, path, None, Load::None).await
    }

    /// With a new key. `Value::Null`: without a body.
    pub async fn post(&self, path: &str, body: Value) -> TestAnswer {
        self.post_with(path, body, Uuid::new_v4()).await
    }

    pub async fn post_with(&self, path: &str, body: Value, key: Uuid) -> TestAnswer {
        let load = if body.is_null() {
            Load::None
        } else {
            Load::Json(body)
        };
        self.send(Method::POST, path, Some(key), load).await
    }

    pub async fn put(&self, path: &str, body: Value) -> TestAnswer {
        self.send(Method::PUT, path, Some(Uuid::new_v4()), Load::Json(body))
            .await
    }

    pub async fn delete(&self, path: &str) -> TestAnswer {
        self.send(Method::DELETE, path, Some(Uuid::new_v4()), Load::None)
            .await
    }

    pub async fn upload(&self, file: Vec<u8>) -> TestAnswer {
        self.send(
            Method::POST,
            "/v1/uploads",
            Some(Uuid::new_v4()),
            Load::Bytes(file),
        )
        .await
    }
}

/// The first run of exactly six digits.
fn six_digits(text: &str) -> Option<String> {
    let mut runs = text.split(|c: char| !c.is_ascii_digit());
    runs.find(|run| run.len() == 6).map(str::to_owned)
}
