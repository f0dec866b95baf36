//! Who asks how we are does not make it worse.
#![allow(clippy::unwrap_used)]

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use platform::health::{Probe, router};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tower::ServiceExt;

#[derive(Default)]
struct Store {
    asked: AtomicUsize,
    down: AtomicBool,
}

#[async_trait]
impl Probe for Store {
    fn name(&self) -> &'static str {
        "store"
    }
    fn essential(&self) -> bool {
        true
    }
    async fn probe(&self) -> anyhow::Result<()> {
        self.asked.fetch_add(1, SeqCst);
        tokio::time::sleep(Duration::from_millis(50)).await;
        anyhow::ensure!(!self.down.load(SeqCst), "it is down");
        Ok(())
    }
}

#[tokio::test]
async fn however_many_ask_a_store_is_asked_once_and_its_trouble_shows_soon() {
    let store = Arc::new(Store::default());
    let router = router(vec![store.clone()]);
    let ask = async || {
        let request = Request::get("/health/ready").body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        answer.status().as_u16()
    };
    let began = Instant::now();
    let answers = futures::future::join_all((0..200).map(|_| ask())).await;
    assert!(answers.iter().all(|status| *status == 200));
    assert_eq!(store.asked.load(SeqCst), 1);
    store.down.store(true, SeqCst);
    while ask().await != 503 {
        assert!(began.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(store.asked.load(SeqCst), 2);
    store.down.store(false, SeqCst);
    while ask().await != 200 {
        assert!(began.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(store.asked.load(SeqCst), 3);
}
