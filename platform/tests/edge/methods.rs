//! Methods that no route has, and what is counted of them.

use crate::{Shop, from, header, rates};
use axum::http::Method;
use metrics_exporter_prometheus::PrometheusBuilder;
use platform::http::EdgeSettings;

#[tokio::test]
async fn methods_that_somebody_made_up_are_one_in_the_metrics_and_refused() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _until_read = metrics::set_default_local_recorder(&recorder);
    let shop = Shop::new().await;
    let http = shop.http(EdgeSettings {
        throttle: shop.throttle(),
        ..rates(0, 110)
    });
    let ask = async |method: &str, path: &str| {
        let mut request = from("203.0.113.9", path);
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        http.send(request).await
    };
    for n in 0..100 {
        let path = if n % 2 == 0 { "/open" } else { "/nowhere" };
        let answer = ask(&format!("MADE-UP-{n}"), path).await;
        assert_eq!(
            header(&answer, "allow"),
            "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
        );
        answer.refused(405, "http.method_not_allowed");
    }
    ask("TRACE", "/open")
        .await
        .refused(405, "http.method_not_allowed");
    // One that is known to others: the route says what it takes.
    let answer = ask("DELETE", "/open").await;
    assert_eq!(header(&answer, "allow"), "GET,HEAD");
    answer.refused(405, "http.method_not_allowed");
    assert_eq!(ask("GET", "/open").await.status, 200);
    // They have been counted like all others.
    for n in 0..20 {
        ask(&format!("MORE-{n}"), "/open").await;
    }
    ask("MORE", "/open")
        .await
        .refused(429, "http.too_many_requests");
    let rendered = recorder.handle().render();
    let counts = rendered
        .lines()
        .filter(|line| line.starts_with("khidma_http_seconds_count"));
    // GET, DELETE; the others at two routes, and once refused by number.
    assert_eq!(counts.count(), 5, "{rendered}");
    assert!(
        !rendered.contains("MADE-UP") && !rendered.contains("MORE"),
        "{rendered}"
    );
}
