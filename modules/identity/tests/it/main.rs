//! Identity over a real database and Redis, through its HTTP routes.
#![allow(clippy::unwrap_used)]

mod account;
mod accounts;
mod at_once;
mod authenticator;
mod browser;
mod brute_force;
mod codes;
mod devices;
mod links;
mod members;
mod overtaken;
mod own_keys;
mod passkeys;
mod passwords;
mod personal;
mod phone;
mod refresh;
mod second_factor;
mod spoiled_keys;
mod staff;
mod step_up_phone;

use async_trait::async_trait;
use contract_identity::{EnrolStaff, Identity as _};
use contract_notify::{Contact, Notice, NotifyFault};
use identity::{Identity, IdentitySettings, PasswordCost, new_totp_secret, totp_now};
use kernel::Outcome;
use kernel::access::{Role, Scope};
use platform::testing::{TestAnswer, TestHttp, TestPlatform};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// Remembers what it was told.
#[derive(Default)]
pub struct Told {
    notices: Mutex<Vec<Notice>>,
    contacts: Mutex<Vec<Contact>>,
}

#[async_trait]
impl contract_notify::Notify for Told {
    async fn send(&self, notice: Notice) -> Outcome<(), NotifyFault> {
        self.notices.lock().unwrap().push(notice);
        Ok(())
    }
    async fn set_contact(&self, contact: Contact) -> Outcome<(), NotifyFault> {
        self.contacts.lock().unwrap().push(contact);
        Ok(())
    }
}

pub struct House {
    pub t: TestPlatform,
    pub http: TestHttp,
    pub identity: Arc<Identity>,
    pub told: Arc<Told>,
    /// Asks for codes and uses them.
    pub device: Uuid,
}

pub const PHONE: &str = "0501234567";

pub fn cheap() -> IdentitySettings {
    IdentitySettings {
        password: PasswordCost::CHEAP,
        ..IdentitySettings::new("a pepper for tests")
    }
}

impl House {
    pub async fn open() -> Self {
        Self::with(cheap()).await
    }
    pub async fn with(settings: IdentitySettings) -> Self {
        let mut t = TestPlatform::start(&[&identity::MIGRATOR]).await;
        let told = Arc::new(Told::default());
        let identity = Identity::new(t.platform.clone(), told.clone(), settings).unwrap();
        identity.register(&mut t.registry);
        let http = t.http(identity.router().split_for_parts().0);
        Self {
            t,
            http,
            identity,
            told,
            device: Uuid::new_v4(),
        }
    }

    pub async fn ask(&self, phone: &str) -> TestAnswer {
        self.http
            .post(
                "/v1/auth/codes",
                &json!({ "phone": phone, "device": self.device }),
            )
            .await
    }

    /// Asks for a code and reads the message: challenge and code.
    pub async fn code_for(&self, phone: &str) -> (Value, String) {
        let sent = self.ask(phone).await.ok();
        self.t.run_pending_jobs().await;
        let notice = self.told.notices.lock().unwrap().last().unwrap().clone();
        (sent["challenge"].clone(), notice.params["code"].clone())
    }

    pub async fn enter(&self, challenge: &Value, code: &str) -> TestAnswer {
        let body = json!({ "challenge": challenge, "code": code, "device": self.device });
        self.http.post("/v1/auth/sessions", &body).await
    }

    pub async fn sign_in(&self, phone: &str) -> Value {
        let (challenge, code) = self.code_for(phone).await;
        self.enter(&challenge, &code).await.ok()
    }

    pub async fn refresh(&self, token: &Value) -> TestAnswer {
        self.http
            .post("/v1/auth/refresh", &json!({ "refresh_token": token }))
            .await
    }

    /// Enrols a member of staff with this role and signs them in.
    pub async fn staff(&self, email: &str, role: Role) -> Value {
        let totp_secret = new_totp_secret();
        let code = totp_now(&totp_secret, self.t.now()).unwrap();
        let command = EnrolStaff {
            email: email.into(),
            name: "نورة".into(),
            password: "a long enough password".into(),
            totp_secret,
            roles: vec![role],
            scope: Scope::default(),
        };
        self.identity.enrol_staff(command).await.unwrap();
        let body = json!({ "email": email, "password": "a long enough password", "code": code });
        let answer = self.http.post("/v1/auth/staff/sessions", &body).await;
        answer.ok()
    }

    /// From now on this house reaches Redis by a way that ends with the task.
    pub async fn put_a_gate_before_redis(
        &mut self,
        settings: IdentitySettings,
    ) -> tokio::task::JoinHandle<()> {
        let (gone, redis) = redis_through_a_gate(self).await;
        let platform = platform::Platform {
            redis,
            ..self.t.platform.clone()
        };
        self.identity = Identity::new(platform, self.told.clone(), settings).unwrap();
        self.http = self.t.http(self.identity.router().split_for_parts().0);
        gone
    }

    /// Redis as after a restart without its data.
    pub async fn forget_counts(&self) {
        let mut conn = self.t.platform.redis.conn();
        let keys: Vec<String> = redis::cmd("KEYS")
            .arg(self.t.platform.redis.key("identity:*"))
            .query_async(&mut conn)
            .await
            .unwrap();
        assert!(!keys.is_empty());
        let deleted: redis::RedisResult<()> =
            redis::cmd("DEL").arg(keys).query_async(&mut conn).await;
        deleted.unwrap();
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(&self.t.platform.db)
            .await
            .unwrap()
    }
}

/// Another code than this one.
pub fn wrong(code: &str) -> String {
    if code == "000000" { "000001" } else { "000000" }.to_owned()
}

/// The actor inside an answer's access token.
pub fn actor_of(house: &House, signed_in: &Value) -> kernel::access::Actor {
    let token = signed_in["access_token"].as_str().unwrap();
    house
        .t
        .platform
        .tokens
        .verify(token, house.t.now())
        .unwrap()
}

/// A way to the same Redis that ends when its task does.
async fn redis_through_a_gate(house: &House) -> (tokio::task::JoinHandle<()>, platform::Redis) {
    let url = house.t.stores.redis_url.clone();
    let gate = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let inside = format!("redis://{}", gate.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let mut open = tokio::task::JoinSet::new();
        loop {
            let (guest, _) = gate.accept().await.unwrap();
            open.spawn(pass_on(guest, url.clone()));
        }
    });
    (
        task,
        platform::Redis::connect(&inside, house.t.platform.redis.prefix())
            .await
            .unwrap(),
    )
}

async fn pass_on(mut guest: tokio::net::TcpStream, url: String) {
    let _ = if let Some(socket) = url.strip_prefix("redis+unix://") {
        let mut redis = tokio::net::UnixStream::connect(socket).await.unwrap();
        tokio::io::copy_bidirectional(&mut guest, &mut redis).await
    } else {
        let server = url
            .trim_start_matches("redis://")
            .split('/')
            .next()
            .unwrap();
        let mut redis = tokio::net::TcpStream::connect(server).await.unwrap();
        tokio::io::copy_bidirectional(&mut guest, &mut redis).await
    };
}
