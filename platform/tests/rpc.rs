//! Requests handed on to a module in another process.
#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::routing::get;
use platform::http::{Caller, Edge, EdgeSettings, ForwardedBy, Proxies};
use platform::testing::{TestHttp, TestPlatform};
use std::net::SocketAddr;

/// Another process, which believes this machine; behind the edge of this one.
async fn handed_on(t: &TestPlatform, by: ForwardedBy) -> TestHttp {
    let edge = |settings| Edge::new(t.platform.tokens.clone(), t.clock.clone(), settings);
    let whose = get(|caller: Caller| async move { format!("{:?}", caller.address) });
    let there = edge(EdgeSettings {
        proxies: Proxies::new(&["127.0.0.1".into()], by).unwrap(),
        ..EdgeSettings::default()
    });
    let there = there.around(Router::new().route("/whose", whose));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let service = there.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let here = edge(EdgeSettings::default());
    let forward = platform::rpc::forward(base.parse().unwrap(), &["/whose"]);
    let mut http = t.http(Router::new());
    http.set_router(here.around(forward));
    http
}

#[tokio::test]
async fn whose_a_request_is_the_first_process_says_and_not_the_client() {
    let t = TestPlatform::start(&[]).await;
    for by in [ForwardedBy::XForwardedFor, ForwardedBy::Forwarded] {
        let http = handed_on(&t, by).await;
        for (client, whose) in [
            ("203.0.113.9", "203.0.113.9"),
            ("[2001:db8::9]", "2001:db8::9"),
        ] {
            let peer: SocketAddr = format!("{client}:4711").parse().unwrap();
            let request = Request::get("/whose")
                .header("x-forwarded-for", "198.51.100.1")
                .header("forwarded", "for=198.51.100.1")
                .extension(ConnectInfo(peer))
                .body(Body::empty())
                .unwrap();
            let answer = http.send(request).await;
            assert_eq!(answer.bytes, format!("Some({whose})"), "{by:?}");
        }
    }
}
