//! What every request passes before and around its handler: limits by class, rates, headers, other
//! origins, the client's address.
#![allow(clippy::unwrap_used)]

mod methods;

use axum::Router;
use axum::body::Body as HttpBody;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderValue, Method, Request};
use axum::routing::{get, post};
use futures::stream;
use kernel::Outcome;
use kernel::access::{Actor, Role, may};
use platform::http::{
    Body, Caller, Class, Edge, EdgeSettings, ForwardedBy, Idempotency, Permit, Problem, Proxies,
    Rate, Reply, Subject, Throttle,
};
use platform::testing::{TestAnswer, TestHttp, TestPlatform, actor};
use platform::{Platform, Redis, Tokens};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

fn routes() -> Router {
    Router::new()
        .route(
            "/mine",
            get(|_: Permit<may::BookingsCreate>| async { "mine" }),
        )
        .route("/open", get(|| async { "open" }))
        .route(
            "/address",
            get(|caller: Caller| async move { format!("{:?}", caller.address) }),
        )
        .route(
            "/say",
            post(|Body(value): Body<Value>| async move { axum::Json(value) }),
        )
        .route(
            "/page",
            get(|| async { ([("content-security-policy", "default-src 'self'")], "page") }),
        )
        .route("/slow", get(std::future::pending::<()>))
        .route(
            "/boom",
            get(|| async {
                if true {
                    panic!("a bug")
                }
            }),
        )
}

/// Says for how many more seconds nobody else does what this request does.
async fn claimed(
    State(p): State<Platform>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
) -> Result<Reply<f64>, Problem> {
    idem.resumable(&p, &permit.actor, &(), async || -> Outcome<_, NoFault> {
        let left = sqlx::query_scalar(
            "select extract(epoch from locked_until - now())::float8 from platform.idempotency",
        );
        Ok(left.fetch_one(&p.db).await?)
    })
    .await
}

kernel::faults! {
    pub enum NoFault {
        Never => Internal, "edge.never",
            ar "لا شيء.",
            en "Nothing.";
    }
}

struct Shop {
    t: TestPlatform,
}

impl Shop {
    async fn new() -> Self {
        Self {
            t: TestPlatform::start(&[]).await,
        }
    }

    fn throttle(&self) -> Option<Arc<Throttle>> {
        Some(Arc::new(Throttle::new(
            self.t.platform.redis.clone(),
            "salt",
        )))
    }

    /// The routes behind an edge of these settings.
    fn http(&self, settings: EdgeSettings) -> TestHttp {
        let tokens: Tokens = self.t.platform.tokens.clone();
        let edge = Edge::new(tokens, self.t.clock.clone(), settings);
        let mut http = self.t.http(Router::new());
        http.set_router(edge.around(routes()));
        http
    }
}

fn from(address: &str, path: &str) -> Request<HttpBody> {
    let peer: SocketAddr = format!("{address}:4711").parse().unwrap();
    Request::builder()
        .uri(path)
        .header("accept-language", "en")
        .extension(ConnectInfo(peer))
        .body(HttpBody::empty())
        .unwrap()
}

fn rates(member: u32, address: u32) -> EdgeSettings {
    let mut settings = EdgeSettings::default();
    settings.limits.set(Class::Api, |limits| {
        limits.actor = Rate::per_minute(member);
        limits.address = Rate::per_minute(address);
    });
    settings
}

fn header<'a>(answer: &'a TestAnswer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |v| v.to_str().unwrap())
}

#[tokio::test]
async fn a_member_has_an_allowance_and_is_told_of_it() {
    let shop = Shop::new().await;
    let http = shop.http(EdgeSettings {
        throttle: shop.throttle(),
        ..rates(3, 0)
    });
    let customer: Actor = actor(Role::Customer);
    let one = http.as_actor(&customer);
    for left in [
        "\"actor\";r=2;t=20",
        "\"actor\";r=1;t=40",
        "\"actor\";r=0;t=60",
    ] {
        let answer = one.get("/mine").await;
        assert_eq!(header(&answer, "ratelimit"), left);
        assert_eq!(header(&answer, "ratelimit-policy"), "\"actor\";q=3;w=60");
        assert_eq!(answer.status, 200);
    }
    let refused = one.lang("ar").get("/mine").await;
    assert_eq!(header(&refused, "retry-after"), "20");
    assert_eq!(header(&refused, "ratelimit"), "\"actor\";r=0;t=20");
    let problem = refused.refused(429, "http.too_many_requests");
    assert_eq!(problem["data"]["retry_after_s"], 20);
    assert_eq!(problem["title"], "طلبات كثيرة");
    // Somebody else, and who has no token, are not counted with them.
    let other = http.as_actor(&actor(Role::Customer));
    assert_eq!(other.get("/mine").await.status, 200);
    let open = http.get("/open").await;
    assert_eq!(open.status, 200);
    assert_eq!(header(&open, "ratelimit"), "");
}

#[tokio::test]
async fn an_address_is_counted_whoever_asks_and_a_proxys_word_is_taken_only_from_ours() {
    let shop = Shop::new().await;
    let http = shop.http(EdgeSettings {
        throttle: shop.throttle(),
        proxies: Proxies::new(&["10.0.0.0/8".into()], ForwardedBy::XForwardedFor).unwrap(),
        ..rates(0, 3)
    });
    let ask = async |peer: &str, forwarded: &str| {
        let mut request = from(peer, "/address");
        let value = HeaderValue::from_str(forwarded).unwrap();
        request.headers_mut().insert("x-forwarded-for", value);
        http.send(request).await
    };
    // Made-up headers make nobody new.
    for n in 0..3 {
        let answer = ask("203.0.113.9", &format!("198.51.100.{n}")).await;
        assert_eq!(answer.bytes, "Some(203.0.113.9)");
    }
    ask("203.0.113.9", "198.51.100.9")
        .await
        .refused(429, "http.too_many_requests");
    // The same client through the proxy, with and without a lie in front, is the same client.
    ask("10.0.0.1", "203.0.113.9")
        .await
        .refused(429, "http.too_many_requests");
    ask("10.0.0.1", "1.1.1.1, 203.0.113.9")
        .await
        .refused(429, "http.too_many_requests");
    let other = ask("10.0.0.1", "203.0.113.9, 203.0.113.10").await;
    assert_eq!(other.bytes, "Some(203.0.113.10)");
}

#[tokio::test]
async fn two_processes_count_together_and_redis_agrees_with_the_rule() {
    let shop = Shop::new().await;
    let (one, two) = (shop.throttle().unwrap(), shop.throttle().unwrap());
    let someone = Subject::Address("203.0.113.9".parse().unwrap());
    let rate = Rate::per_minute(40);
    let mut passed = 0;
    for _ in 0..10 {
        let asked = (0..10).map(|n| {
            let throttle = if n % 2 == 0 { &one } else { &two };
            throttle.take(someone, Class::Api, rate)
        });
        let standings = futures::future::join_all(asked).await;
        passed += standings
            .iter()
            .filter(|standing| standing.unwrap().passes())
            .count();
    }
    // One comes back in 1.5 s, should the machine be that slow.
    assert!((40..=44).contains(&passed), "{passed}");
}

#[tokio::test]
async fn silent_redis_neither_opens_nor_closes_the_door() {
    let shop = Shop::new().await;
    let gone = Redis::lazy("redis://127.0.0.1:1/", "x:").unwrap();
    let http = shop.http(EdgeSettings {
        throttle: Some(Arc::new(Throttle::new(gone, "salt"))),
        ..rates(0, 2)
    });
    for _ in 0..2 {
        assert_eq!(http.send(from("203.0.113.9", "/open")).await.status, 200);
    }
    http.send(from("203.0.113.9", "/open"))
        .await
        .refused(429, "http.too_many_requests");
    assert_eq!(http.send(from("203.0.113.8", "/open")).await.status, 200);
}

#[tokio::test]
async fn questions_about_health_have_a_rate_that_each_process_counts_for_itself() {
    let shop = Shop::new().await;
    let process = || {
        let mut settings = EdgeSettings {
            classify: |_, _| Class::Health,
            throttle: shop.throttle(),
            ..EdgeSettings::default()
        };
        settings.limits.set(Class::Health, |limits| {
            limits.address = Rate::per_minute(3);
        });
        shop.http(settings)
    };
    for http in [process(), process()] {
        for _ in 0..3 {
            assert_eq!(http.send(from("203.0.113.9", "/open")).await.status, 200);
        }
        http.send(from("203.0.113.9", "/open"))
            .await
            .refused(429, "http.too_many_requests");
        assert_eq!(http.send(from("203.0.113.8", "/open")).await.status, 200);
    }
}

#[tokio::test]
async fn every_answer_is_protected() {
    let shop = Shop::new().await;
    let https = EdgeSettings {
        https: true,
        throttle: shop.throttle(),
        ..rates(0, 6)
    };
    let http = shop.http(https);
    let answers = [
        http.send(from("203.0.113.9", "/open")).await,
        http.send(from("203.0.113.9", "/mine")).await,
        http.send(from("203.0.113.9", "/nowhere")).await,
        http.send(from("203.0.113.9", "/say")).await,
        http.send(from("203.0.113.9", "/boom")).await,
        http.send(from("203.0.113.9", "/open")).await,
        http.send(from("203.0.113.9", "/open")).await,
    ];
    assert_eq!(
        answers.each_ref().map(|answer| answer.status.as_u16()),
        [200, 401, 404, 405, 500, 200, 429]
    );
    for answer in &answers {
        assert_eq!(header(answer, "x-content-type-options"), "nosniff");
        assert_eq!(header(answer, "x-frame-options"), "DENY");
        assert_eq!(
            header(answer, "referrer-policy"),
            "strict-origin-when-cross-origin"
        );
        assert_eq!(
            header(answer, "cross-origin-resource-policy"),
            "same-origin"
        );
        assert_eq!(
            header(answer, "strict-transport-security"),
            "max-age=31536000; includeSubDomains"
        );
        assert!(header(answer, "permissions-policy").contains("camera=()"));
        let policy = header(answer, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors"));
        assert!(!policy.contains("unsafe"));
        assert!(!header(answer, "x-request-id").is_empty());
    }
    let plain = shop.http(EdgeSettings::default());
    let page = plain.get("/page").await;
    // A page's own policy stands; over plain http there is no word of https.
    assert_eq!(
        header(&page, "content-security-policy"),
        "default-src 'self'"
    );
    assert_eq!(header(&page, "strict-transport-security"), "");
}

#[tokio::test]
async fn only_listed_origins_may_read_and_none_by_default() {
    let shop = Shop::new().await;
    let preflight = |origin: &str| {
        Request::builder()
            .method(Method::OPTIONS)
            .uri("/say")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,idempotency-key",
            )
            .body(HttpBody::empty())
            .unwrap()
    };
    let ours = "https://app.example";
    let none = shop.http(EdgeSettings::default());
    let answer = none.send(preflight(ours)).await;
    assert_eq!(header(&answer, "access-control-allow-origin"), "");

    let http = shop.http(EdgeSettings {
        origins: vec![HeaderValue::from_static(ours)],
        ..EdgeSettings::default()
    });
    let answer = http.send(preflight(ours)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(header(&answer, "access-control-allow-origin"), ours);
    assert_eq!(header(&answer, "access-control-allow-credentials"), "");
    let allowed = header(&answer, "access-control-allow-headers");
    assert!(allowed.contains("idempotency-key") && allowed.contains("authorization"));
    assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
    for other in [
        "https://evil.example",
        "null",
        "https://app.example.evil.example",
    ] {
        let answer = http.send(preflight(other)).await;
        assert_eq!(
            header(&answer, "access-control-allow-origin"),
            "",
            "{other}"
        );
    }
    // A refusal can be read too.
    let mut request = from("203.0.113.9", "/mine");
    let origin = HeaderValue::from_static(ours);
    request.headers_mut().insert("origin", origin);
    let refused = http.send(request).await;
    assert_eq!(header(&refused, "access-control-allow-origin"), ours);
    assert!(header(&refused, "vary").contains("origin"));
    refused.refused(401, "http.unauthenticated");
}

#[tokio::test]
async fn bodies_end_in_size_and_in_time() {
    let shop = Shop::new().await;
    let mut settings = EdgeSettings::default();
    settings.limits.set(Class::Api, |limits| {
        limits.body = 100;
        limits.body_time = Duration::from_millis(200);
    });
    let http = shop.http(settings);
    assert_eq!(
        http.post("/say", &json!({ "a": 1 })).await.ok(),
        json!({ "a": 1 })
    );
    let large = json!({ "a": "x".repeat(200) });
    http.post("/say", &large)
        .await
        .refused(413, "http.too_large");
    let post = |body: HttpBody| {
        Request::builder()
            .method(Method::POST)
            .uri("/say")
            .header("content-type", "application/json")
            .body(body)
            .unwrap()
    };
    // Announced, but never sent: refused unread.
    let mut announced = post(HttpBody::empty());
    let length = HeaderValue::from_static("101");
    announced.headers_mut().insert("content-length", length);
    http.send(announced).await.refused(413, "http.too_large");
    // In pieces, without a length.
    let pieces = stream::iter((0..20).map(|_| Ok::<_, Infallible>("0123456789")));
    http.send(post(HttpBody::from_stream(pieces)))
        .await
        .refused(413, "http.too_large");
    // Byte by byte, for ever.
    let drops = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Ok::<_, Infallible>(" "), ()))
    });
    http.send(post(HttpBody::from_stream(drops)))
        .await
        .refused(408, "http.too_slow");
}

#[tokio::test]
async fn one_class_at_its_limit_leaves_the_others_alone() {
    let shop = Shop::new().await;
    let mut settings = EdgeSettings {
        classify: |_, route| {
            if route == "/open" {
                Class::Static
            } else {
                Class::Api
            }
        },
        ..EdgeSettings::default()
    };
    settings.limits.set(Class::Api, |limits| {
        limits.concurrency = 1;
        limits.time = Duration::from_secs(2);
    });
    let http = shop.http(settings);
    let slow = tokio::spawn({
        let http = http.clone();
        async move { http.get("/slow").await }
    });
    // Until it has the only place.
    while http.get("/address").await.status != 503 {
        tokio::task::yield_now().await;
    }
    assert_eq!(http.get("/open").await.status, 200);
    slow.await.unwrap().refused(504, "http.timeout");
    assert_eq!(http.get("/address").await.status, 200);
}

#[tokio::test]
async fn a_claim_on_a_key_outlasts_the_request() {
    let shop = Shop::new().await;
    let mut settings = EdgeSettings::default();
    settings
        .limits
        .set(Class::Api, |limits| limits.time = Duration::from_secs(95));
    let edge = Edge::new(
        shop.t.platform.tokens.clone(),
        shop.t.clock.clone(),
        settings,
    );
    let router = Router::new()
        .route("/claimed", post(claimed))
        .with_state(shop.t.platform.clone());
    let mut http = shop.t.http(Router::new());
    http.set_router(edge.around(router));
    let customer = http.as_actor(&actor(Role::Customer));
    let left = customer.post("/claimed", &json!(null)).await.ok();
    assert!(left.as_f64().unwrap() > 95.0, "{left}");
}
