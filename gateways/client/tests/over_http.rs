//! The client against a server that counts and misbehaves as told.

#![allow(clippy::unwrap_used)]

use gateway_client::{
    Authentication, BreakerSettings, BreakerState, Call, ClientSettings, GatewayClient,
    GatewayError, Method, Rejection,
};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[derive(Clone, Copy)]
enum Behaviour {
    Status(u16, &'static str),
    Hang,
    Drop,
}

struct Server {
    url: url::Url,
    seen: Arc<Mutex<Vec<String>>>,
    script: Arc<Mutex<VecDeque<Behaviour>>>,
}

impl Server {
    /// Answers by the script, then 200 `{}`.
    async fn start(script: impl IntoIterator<Item = Behaviour>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let server = Self {
            url: url.parse().unwrap(),
            seen: seen.clone(),
            script: script.clone(),
        };
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let (seen, script) = (seen.clone(), script.clone());
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    let mut buffer = [0; 4096];
                    while !request.windows(4).any(|w| w == b"\r\n\r\n") {
                        match socket.read(&mut buffer).await {
                            Ok(0) | Err(_) => return,
                            Ok(read) => request.extend_from_slice(&buffer[..read]),
                        }
                    }
                    seen.lock()
                        .unwrap()
                        .push(String::from_utf8_lossy(&request).into_owned());
                    let behaviour = script.lock().unwrap().pop_front();
                    let (status, body) = match behaviour {
                        Some(Behaviour::Hang) => std::future::pending().await,
                        Some(Behaviour::Drop) => return,
                        Some(Behaviour::Status(status, body)) => (status, body),
                        None => (200, "{}"),
                    };
                    let extra = if status == 429 {
                        "retry-after: 0\r\n"
                    } else {
                        ""
                    };
                    let answer = format!(
                        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\n{extra}connection: close\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = socket.write_all(answer.as_bytes()).await;
                });
            }
        });
        server
    }

    fn seen(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    fn client(&self) -> GatewayClient {
        GatewayClient::new(
            "test",
            self.url.clone(),
            Authentication::BasicKey("sk_secret".into()),
            |body| Rejection {
                code: "code".into(),
                message: String::from_utf8_lossy(body).into_owned(),
            },
            settings(),
        )
        .unwrap()
    }
}

fn settings() -> ClientSettings {
    ClientSettings {
        connect_timeout_ms: 300,
        attempt_timeout_ms: 150,
        total_timeout_ms: 2_000,
        max_attempts: 3,
        backoff_base_ms: 2,
        backoff_cap_ms: 10,
        breaker: BreakerSettings {
            window: 8,
            failures_to_open: 6,
            open_ms: 50,
            max_open_ms: 50,
        },
        ..ClientSettings::default()
    }
}

fn read() -> Call {
    Call::new("read", Method::GET, "things/1").query("q", "a b")
}
fn write() -> Call {
    Call::new("write", Method::POST, "things")
        .json(&"body")
        .unwrap()
}

#[tokio::test]
async fn a_read_is_repeated_until_it_works() {
    let server = Server::start([
        Behaviour::Status(503, ""),
        Behaviour::Hang,
        Behaviour::Status(200, r#"{"a":1}"#),
    ])
    .await;
    let client = server.client();
    let answer = client.send(read()).await.unwrap();
    let body: serde_json::Value = answer.json().unwrap();
    assert_eq!(body["a"], 1);
    assert_eq!(server.seen(), 3);
    let request = server.seen.lock().unwrap()[0].to_ascii_lowercase();
    assert!(request.starts_with("get /v1/things/1?q=a+b "), "{request}");
    assert!(
        request.contains("authorization: basic c2tfc2vjcmv0og=="),
        "{request}"
    );
    assert!(client.probe().last_latency_ms.is_some());
    assert!(!format!("{client:?}").contains("sk_secret"));
}

#[tokio::test]
async fn a_write_with_an_unknown_outcome_is_not_repeated() {
    for behaviour in [Behaviour::Hang, Behaviour::Drop] {
        let server = Server::start([behaviour]).await;
        let error = server.client().send(write()).await.err().unwrap();
        assert_eq!(error, GatewayError::TimedOut);
        assert_eq!(server.seen(), 1);
    }
    let server = Server::start([Behaviour::Status(500, "")]).await;
    let error = server.client().send(write()).await.err().unwrap();
    assert!(error.is_status(500) && error.is_outcome_unknown());
    assert_eq!(server.seen(), 1);
}

#[tokio::test]
async fn a_write_that_was_not_taken_or_is_recognised_is_repeated() {
    let server = Server::start([Behaviour::Status(429, "")]).await;
    assert!(server.client().send(write()).await.is_ok());
    assert_eq!(server.seen(), 2);

    let server = Server::start([Behaviour::Drop]).await;
    assert!(server.client().send(write().safe_to_repeat()).await.is_ok());
    assert_eq!(server.seen(), 2);
}

#[tokio::test]
async fn a_refusal_is_final_and_carries_the_gateways_words() {
    let server = Server::start([Behaviour::Status(400, "no such thing")]).await;
    let error = server.client().send(read()).await.err().unwrap();
    assert_eq!(
        error,
        GatewayError::Rejected {
            status: 400,
            code: "code".into(),
            message: "no such thing".into()
        }
    );
    assert_eq!(server.seen(), 1);
}

#[tokio::test]
async fn no_listener_is_unreachable_and_known_not_done() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = GatewayClient::new(
        "test",
        url.parse().unwrap(),
        Authentication::None,
        |_| Rejection::default(),
        settings(),
    )
    .unwrap();
    let error = client.send(write()).await.err().unwrap();
    assert_eq!(error, GatewayError::Unreachable);
    assert!(!error.is_outcome_unknown());
}

#[tokio::test]
async fn the_breaker_opens_refuses_without_calling_and_recovers() {
    let server = Server::start([Behaviour::Status(500, ""); 6]).await;
    let client = server.client();
    for _ in 0..2 {
        client.send(read()).await.err().unwrap();
    }
    assert_eq!(client.probe().breaker, BreakerState::Open);
    assert_eq!(server.seen(), 6);
    let refused = client.send(read()).await.err().unwrap();
    let GatewayError::CircuitOpen { retry_after_ms } = refused else {
        panic!("{refused}");
    };
    assert_eq!(server.seen(), 6);
    assert!(server.script.lock().unwrap().is_empty());
    tokio::time::sleep(std::time::Duration::from_millis(retry_after_ms + 5)).await;
    assert!(client.send(read()).await.is_ok());
    assert!(client.probe().is_ready());
}
