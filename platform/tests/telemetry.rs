//! What is measured, where nobody looks at it.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

#[tokio::test]
async fn samples_do_not_pile_up_until_somebody_asks_for_them() {
    let handle = platform::telemetry::metrics().unwrap();
    metrics::histogram!("looked_at_by_nobody_seconds").record(0.3);
    // What is in its bucket shows in the handle; what is only kept does not.
    let in_buckets = || format!("{handle:?}").contains("looked_at_by_nobody_seconds\": ");
    assert!(!in_buckets());
    let began = Instant::now();
    while !in_buckets() {
        assert!(began.elapsed() < Duration::from_secs(20), "{handle:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
