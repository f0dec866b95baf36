//! Events go up: a module publishes what happened, in the transaction in which it happened.
//! The queue is the outbox: publishing adds one job per subscriber.

use crate::queue::Envelope;
use kernel::{Event, EventId, Time};
use sqlx::PgConnection;

/// The job name under which `subscriber` gets `event`.
pub fn job_name(event: &str, subscriber: &str) -> String {
    format!("on:{event}>{subscriber}")
}

/// Publishes to everyone who has ever subscribed, whether running now or not.
pub async fn publish<E: Event>(
    tx: &mut PgConnection,
    now: Time,
    event: &E,
) -> sqlx::Result<EventId> {
    let id = EventId::new();
    let subscribers = sqlx::query_scalar!(
        "select subscriber from platform.subscriptions where event = $1 order by subscriber",
        E::NAME
    )
    .fetch_all(&mut *tx)
    .await?;
    if !subscribers.is_empty() {
        let payload = serde_json::to_value(event).map_err(|e| sqlx::Error::Encode(e.into()))?;
        for subscriber in subscribers {
            Envelope::new(job_name(E::NAME, &subscriber), payload.clone(), now)
                .insert(&mut *tx)
                .await?;
        }
    }
    metrics::counter!("khidma_events_published_total", "event" => E::NAME).increment(1);
    Ok(id)
}
