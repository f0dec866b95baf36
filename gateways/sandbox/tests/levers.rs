//! The sandbox's own pages and levers over real HTTP.

#![allow(clippy::unwrap_used)]

use gateway_sandbox::{CARDS, SandboxConfig, serve};
use serde_json::{Value, json};
use tokio::net::TcpListener;

struct World {
    url: String,
    http: reqwest::Client,
}

impl World {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let config = SandboxConfig::default();
        tokio::spawn(serve(listener, config, std::future::pending()));
        let http = reqwest::Client::builder().no_proxy();
        let http = http.redirect(reqwest::redirect::Policy::none());
        Self {
            url,
            http: http.build().unwrap(),
        }
    }
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
    async fn json(&self, path: &str) -> Value {
        let answer = self.http.get(self.at(path)).send().await.unwrap();
        answer.json().await.unwrap()
    }
}

#[tokio::test]
async fn the_front_page_shows_the_cards_and_asks_nothing_of_the_outside() {
    let world = World::start().await;
    for path in ["/sandbox/", "/sandbox/inbox"] {
        let page = world.http.get(world.at(path)).send().await.unwrap();
        assert_eq!(page.status(), 200);
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"));
        let html = page.text().await.unwrap();
        assert!(html.contains("lang=\"ar\" dir=\"rtl\""));
        assert!(!html.contains("http://") && !html.contains("https://"));
        let shows_cards = CARDS.iter().all(|card| html.contains(card.number));
        assert_eq!(shows_cards, path == "/sandbox/");
    }
    let cards = world.json("/sandbox/cards.json").await;
    assert_eq!(cards.as_array().unwrap().len(), CARDS.len());
}

#[tokio::test]
async fn faults_are_set_per_gateway_and_cleared() {
    let world = World::start().await;
    let put = |body: Value| {
        world
            .http
            .put(world.at("/sandbox/faults"))
            .json(&body)
            .send()
    };
    put(json!({"sms": {"latency_ms": 5}})).await.unwrap();
    put(json!({"payments": {"fail_rate": 0.5}})).await.unwrap();
    let faults = world.json("/sandbox/faults").await;
    assert_eq!(faults["sms"]["latency_ms"], 5);
    assert_eq!(faults["payments"]["fail_rate"], 0.5);
    for bad in [json!({"sms": {"latency": 5}}), json!({"fax": {}})] {
        assert!(put(bad).await.unwrap().status().is_client_error());
    }
    let form = [
        ("gateway", "sms"),
        ("drop_next_n", "2"),
        ("webhooks_off", "on"),
    ];
    let post = world
        .http
        .post(world.at("/sandbox/faults/form"))
        .form(&form);
    assert_eq!(post.send().await.unwrap().status(), 303);
    let faults = world.json("/sandbox/faults").await;
    assert_eq!(faults["sms"]["drop_next_n"], 2);
    assert_eq!(faults["sms"]["webhooks_off"], true);
    assert_eq!(faults["sms"]["latency_ms"], 0);
    world
        .http
        .delete(world.at("/sandbox/faults"))
        .send()
        .await
        .unwrap();
    assert_eq!(world.json("/sandbox/faults").await["sms"]["drop_next_n"], 0);
}

#[tokio::test]
async fn the_speed_and_the_webhook_url_change_while_it_runs() {
    let world = World::start().await;
    let speed = |speed: f64| {
        let body = json!({ "speed": speed });
        world
            .http
            .post(world.at("/sandbox/speed"))
            .json(&body)
            .send()
    };
    assert_eq!(speed(60.0).await.unwrap().status(), 200);
    assert_eq!(speed(0.0).await.unwrap().status(), 400);
    assert_eq!(world.json("/sandbox/speed").await["speed"], 60.0);
    let body = json!({"url": "http://127.0.0.1:9/hooks"});
    let put = world.http.put(world.at("/sandbox/webhook")).json(&body);
    assert_eq!(put.send().await.unwrap().status(), 200);
    assert_eq!(world.json("/sandbox/webhook").await, body);
}

#[tokio::test]
async fn a_page_of_another_origin_may_tokenise() {
    let world = World::start().await;
    let preflight = world
        .http
        .request(reqwest::Method::OPTIONS, world.at("/moyasar/v1/tokens"))
        .header("origin", "http://127.0.0.1:8080")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type",
        );
    let answer = preflight.send().await.unwrap();
    assert!(answer.status().is_success());
    assert!(answer.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn texts_from_outside_are_shown_as_texts() {
    let world = World::start().await;
    let config = SandboxConfig::default();
    let fields = [
        ("AppSid", config.app_sid.as_str()),
        ("SenderID", "KHIDMA"),
        ("Recipient", "966501234567"),
        ("Body", "<script>alert(1)</script>"),
    ];
    let url = world.at("/unifonic/rest/SMS/messages");
    let sent: Value = world
        .http
        .post(url)
        .form(&fields)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(sent["errorCode"], "ER-00");
    let page = world
        .http
        .get(world.at("/sandbox/inbox"))
        .send()
        .await
        .unwrap();
    let html = page.text().await.unwrap();
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script>"));
}
