//! Notify over a real database, with a gateway that does as it is told.
#![allow(clippy::unwrap_used)]

mod inbox;
mod personal;
mod sms;

use async_trait::async_trait;
use contract_notify::{Contact, Notice, Notify as _, Recipient};
use gateway_sms::{BreakerState, GatewayError, Probe, SmsGateway, SmsReceipt};
use kernel::{Lang, Phone, Slug, UserId};
use notify::{Notify, Templates};
use platform::testing::{TestHttp, TestPlatform};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

pub const TOKEN: &str = "a-token-for-tests-only";

/// Answers from its script, then says yes. Remembers number, text and correlation id.
#[derive(Default)]
pub struct Gateway {
    pub script: Mutex<VecDeque<Result<SmsReceipt, GatewayError>>>,
    pub asked: Mutex<Vec<(String, String, String)>>,
}

#[async_trait]
impl SmsGateway for Gateway {
    async fn send(&self, to: &str, body: &str, id: &str) -> Result<SmsReceipt, GatewayError> {
        let mut asked = self.asked.lock().unwrap();
        asked.push((to.to_owned(), body.to_owned(), id.to_owned()));
        let yes = SmsReceipt {
            message_id: Some(format!("gw-{}", asked.len())),
            duplicate: false,
            parts: 1,
        };
        self.script.lock().unwrap().pop_front().unwrap_or(Ok(yes))
    }
    fn probe(&self) -> Probe {
        Probe {
            gateway: "scripted",
            breaker: BreakerState::Closed,
            last_latency_ms: None,
            last_answer_age_ms: None,
        }
    }
}

pub struct House {
    pub t: TestPlatform,
    pub http: TestHttp,
    pub notify: Arc<Notify>,
    pub gateway: Arc<Gateway>,
}

impl House {
    pub async fn open() -> Self {
        let mut t = TestPlatform::start(&[&notify::MIGRATOR]).await;
        let gateway = Arc::new(Gateway::default());
        let templates =
            Templates::parse(include_str!("../../../../server/seed/messages.toml")).unwrap();
        let callback = format!("http://localhost/v1/webhooks/unifonic?token={TOKEN}");
        let notify = Notify::new(t.platform.clone(), gateway.clone(), templates, callback);
        notify.register(&mut t.registry);
        let http = t.http(notify.router().split_for_parts().0);
        Self {
            t,
            http,
            notify,
            gateway,
        }
    }

    pub fn asked(&self) -> Vec<(String, String, String)> {
        self.gateway.asked.lock().unwrap().clone()
    }

    pub fn answer(&self, answer: Result<SmsReceipt, GatewayError>) {
        self.gateway.script.lock().unwrap().push_back(answer);
    }

    /// A customer who can be reached by phone.
    pub async fn customer(&self, lang: Lang) -> UserId {
        let user = UserId::new();
        let contact = Contact {
            user,
            phone: Some(phone()),
            lang,
            as_of: self.t.now(),
        };
        self.notify.set_contact(contact).await.unwrap();
        user
    }

    pub async fn report(&self, token: &str, form: &str) -> platform::testing::TestAnswer {
        let path = format!("/v1/webhooks/unifonic?token={token}");
        let form = form.to_owned();
        self.http
            .post_bytes(&path, "application/x-www-form-urlencoded", form)
            .await
    }

    /// Every message: `(channel, state, failure, body)`, in order.
    pub async fn messages(&self) -> Vec<(String, String, Option<String>, Option<String>)> {
        sqlx::query_as("select channel, state, failure, body from notify.messages order by id")
            .fetch_all(&self.t.platform.db)
            .await
            .unwrap()
    }

    pub async fn column(&self, sql: &'static str) -> Value {
        sqlx::query_scalar(sql)
            .fetch_one(&self.t.platform.db)
            .await
            .unwrap()
    }
}

pub fn phone() -> Phone {
    Phone::parse("0501234567").unwrap()
}

pub fn notice(key: &str, to: Recipient, template: &str, params: &[(&str, &str)]) -> Notice {
    Notice {
        key: key.into(),
        to,
        template: Slug::parse(template).unwrap(),
        params: params
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
    }
}

/// A sign-in code to somebody unknown.
pub fn code(key: &str) -> Notice {
    let to = Recipient::Phone {
        phone: phone(),
        lang: Lang::Ar,
    };
    notice(key, to, "otp_code", &[("code", "042137")])
}
