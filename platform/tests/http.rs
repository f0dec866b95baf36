//! The edge: permits, problems in the caller's language, idempotency under races.
#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use kernel::access::{Role, may};
use kernel::{Failure, Outcome};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use platform::testing::{TestHttp, TestPlatform, actor};
use platform::{Platform, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

kernel::faults! {
    pub enum ShopFault {
        SoldOut { left: u32 } => Conflict, "shop.sold_out", field "item",
            ar "نفدت الكمية، بقي {left}.",
            en "Sold out, {left} left.";
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Buy {
    item: String,
    #[serde(default)]
    inner: Option<Inner>,
}
#[derive(Debug, Serialize, Deserialize)]
struct Inner {
    count: u8,
}

async fn buy(
    State(p): State<Platform>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Body(command): Body<Buy>,
) -> Result<Reply<i64>, Problem> {
    idem.once(
        &p,
        &permit.actor,
        &command,
        async |mut tx: Tx| -> Outcome<(Tx, i64), ShopFault> {
            if command.item == "sold" {
                return Err(ShopFault::SoldOut { left: 0 }.into());
            }
            let n = sqlx::query_scalar("insert into sales default values returning n")
                .fetch_one(&mut *tx)
                .await?;
            Ok((tx, n))
        },
    )
    .await
}

async fn buy_slowly(
    State(p): State<Platform>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Body(command): Body<Buy>,
) -> Result<Reply<i64>, Problem> {
    idem.resumable(
        &p,
        &permit.actor,
        &command,
        async || -> Outcome<i64, ShopFault> {
            sqlx::query_scalar("insert into sales default values returning n")
                .fetch_one(&p.db)
                .await
                .map_err(Failure::from)
        },
    )
    .await
}

async fn shop() -> (TestPlatform, TestHttp) {
    let t = TestPlatform::start(&[]).await;
    sqlx::query("create table sales (n bigint generated always as identity)")
        .execute(&t.platform.db)
        .await
        .unwrap();
    let router = Router::new()
        .route("/buy", post(buy))
        .route("/buy-slowly", post(buy_slowly))
        .route(
            "/panic",
            get(|| async {
                if true {
                    panic!("a bug")
                }
            }),
        )
        .with_state(t.platform.clone());
    let http = t.http(router);
    (t, http)
}

async fn sales(t: &TestPlatform) -> i64 {
    sqlx::query_scalar("select count(*) from sales")
        .fetch_one(&t.platform.db)
        .await
        .unwrap()
}

#[tokio::test]
async fn gates_refuse_in_order_and_in_the_callers_language() {
    let (t, http) = shop().await;
    let body = json!({ "item": "tap" });
    http.post("/buy", &body)
        .await
        .refused(401, "http.unauthenticated");
    let auditor = http.as_actor(&actor(Role::Auditor));
    auditor
        .post("/buy", &body)
        .await
        .refused(403, "http.forbidden");
    let customer = http.as_actor(&actor(Role::Customer));
    let no_key = customer.post_bytes("/buy", "text/plain", "x").await;
    no_key.refused(422, "http.not_json");
    let problem = customer
        .post("/buy", &json!({ "item": "tap", "inner": { "count": 900 } }))
        .await;
    let problem = problem.refused(422, "http.bad_field");
    assert_eq!(problem["errors"][0]["field"], "inner.count");
    let arabic = customer
        .lang("ar")
        .post("/buy", &json!({ "item": "sold" }))
        .await;
    let arabic = arabic.refused(409, "shop.sold_out");
    assert_eq!(arabic["detail"], "نفدت الكمية، بقي 0.");
    assert_eq!(arabic["errors"][0]["field"], "item");
    customer
        .get("/nowhere")
        .await
        .refused(404, "http.not_found");
    let panic = customer.get("/panic").await;
    assert!(!panic.bytes.windows(5).any(|w| w == b"a bug"));
    panic.refused(500, "http.internal");
    assert_eq!(sales(&t).await, 0);
}

#[tokio::test]
async fn a_token_ends_in_platform_time() {
    let (t, http) = shop().await;
    let customer = actor(Role::Customer);
    let (token, expires) = t.platform.tokens.sign(&customer, t.now()).unwrap();
    let request = || {
        axum::http::Request::post("/buy")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("idempotency-key", Uuid::new_v4().to_string())
            .body(axum::body::Body::from(r#"{"item":"tap"}"#))
            .unwrap()
    };
    http.send(request()).await.ok();
    t.clock.set(expires + kernel::minutes(2));
    http.send(request())
        .await
        .refused(401, "http.token_expired");
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_another_body_is_refused() {
    for path in ["/buy", "/buy-slowly"] {
        let (t, http) = shop().await;
        let customer = http.as_actor(&actor(Role::Customer));
        let key = Uuid::new_v4();
        let first = customer
            .post_with_key(path, &json!({ "item": "tap" }), key)
            .await
            .ok();
        let again = customer
            .post_with_key(path, &json!({ "item": "tap" }), key)
            .await;
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert_eq!(again.ok(), first);
        let other = customer
            .post_with_key(path, &json!({ "item": "pipe" }), key)
            .await;
        other.refused(409, "http.idempotency_key_reused");
        // Another person's key is another key.
        let somebody = http.as_actor(&actor(Role::Customer));
        assert_ne!(
            somebody
                .post_with_key(path, &json!({ "item": "tap" }), key)
                .await
                .ok(),
            first
        );
        assert_eq!(sales(&t).await, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_at_once_are_done_once() {
    for path in ["/buy", "/buy-slowly"] {
        let (t, http) = shop().await;
        let customer = http.as_actor(&actor(Role::Customer));
        let key = Uuid::new_v4();
        let calls = (0..20).map(|_| {
            let customer = customer.clone();
            tokio::spawn(async move {
                customer
                    .post_with_key(path, &json!({ "item": "tap" }), key)
                    .await
            })
        });
        for call in calls.collect::<Vec<_>>() {
            let answer = call.await.unwrap();
            assert!(
                answer.status.is_success() || answer.code() == "http.in_progress",
                "{answer:?}"
            );
        }
        assert_eq!(sales(&t).await, 1, "{path}");
    }
}

/// What is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_refused_permission_is_written_down() {
    let (_t, http) = shop().await;
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_writer(move || writer.clone())
        .finish();
    let _until_read = tracing::subscriber::set_default(subscriber);
    let auditor = actor(Role::Auditor);
    let body = json!({ "item": "tap" });
    let answer = http.as_actor(&auditor).post("/buy", &body).await;
    answer.refused(403, "http.forbidden");
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let line = log.lines().find(|line| line.contains("access refused"));
    let line: serde_json::Value = serde_json::from_str(line.expect(&log)).unwrap();
    assert_eq!(line["fields"]["user"], auditor.user.to_string());
    assert_eq!(line["fields"]["permission"], "bookings:create");
    assert_eq!(line["fields"]["why"], "role");
}
