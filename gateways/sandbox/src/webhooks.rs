//! What the gateways tell the platform unasked, and how stubbornly.

use crate::faults::Gateway;
use crate::journal::Entry;
use crate::schedule::Task;
use crate::{Sandbox, clock, lock};
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::borrow::Cow;
use uuid::Uuid;

/// One message on its way, through all its attempts.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// Ours; two copies of one event have two keys.
    pub(crate) key: Uuid,
    pub(crate) gateway: Gateway,
    pub(crate) url: String,
    pub(crate) content_type: String,
    pub(crate) body: String,
    /// Attempts that failed so far.
    pub(crate) failed: usize,
}

/// The pauses before each resend: 1, 10 and 30 minutes, 1 and 2 hours (FACTS §2).
const RESENDS_MS: [u64; 5] = [60_000, 600_000, 1_800_000, 3_600_000, 7_200_000];

/// How long a webhook is held back for a later one to overtake it.
const REORDER_WAIT_MS: u64 = 2_000;
/// How far behind the one that overtook it.
const REORDER_GAP_MS: u64 = 200;

impl Sandbox {
    /// Sends an event of payments or payouts to the webhook URL, if there is one.
    pub(crate) fn tell(&self, kind: &str, data: impl Serialize) {
        let Some(url) = lock(&self.0.webhook_url).clone() else {
            return;
        };
        let event = json!({
            "id": Uuid::new_v4(),
            "type": kind,
            "created_at": clock::timestamp(),
            "secret_token": self.0.config.webhook_secret,
            "account_name": "Khidma sandbox",
            "live": false,
            "data": serde_json::to_value(data).unwrap_or(Value::Null),
        });
        self.dispatch(Delivery {
            key: Uuid::new_v4(),
            gateway: Gateway::Payments,
            url: url.into(),
            content_type: "application/json".into(),
            body: event.to_string(),
            failed: 0,
        });
    }

    /// Queues a first attempt, as the faults in force will have it.
    pub(crate) fn dispatch(&self, delivery: Delivery) {
        let faults = lock(&self.0.faults).all.of(delivery.gateway).clone();
        if faults.webhooks_off {
            return;
        }
        let mut copies = vec![delivery];
        if faults.duplicate_webhooks {
            let mut copy = copies[0].clone();
            copy.key = Uuid::new_v4();
            copies.push(copy);
        }
        let now_ms = self.0.clock.now_ms();
        for delivery in copies {
            self.remember(&delivery);
            if faults.reorder_webhooks {
                let gap_ms = (REORDER_GAP_MS as f64 * self.0.clock.speed().max(1.0)) as u64;
                self.0
                    .schedule
                    .overtake(now_ms, REORDER_WAIT_MS, gap_ms, delivery);
            } else {
                self.0.schedule.at(now_ms, Task::Deliver(delivery));
            }
        }
    }

    /// One attempt; a failed one is queued again by the resend schedule, the sixth is the last.
    pub(crate) async fn attempt(&self, mut delivery: Delivery) {
        let sent = self
            .0
            .http
            .post(&delivery.url)
            .header(CONTENT_TYPE, &delivery.content_type)
            .body(delivery.body.clone())
            .send()
            .await;
        let taken = sent.is_ok_and(|response| response.status().is_success());
        if !taken && let Some(pause_ms) = RESENDS_MS.get(delivery.failed) {
            delivery.failed += 1;
            self.remember(&delivery);
            let due_ms = self.0.clock.now_ms() + pause_ms;
            self.0.schedule.at(due_ms, Task::Deliver(delivery));
            return;
        }
        if !taken {
            tracing::warn!(gateway = delivery.gateway.name(), "gave up on a webhook");
        }
        if delivery.gateway == Gateway::Payments
            && let Some(journal) = &self.0.journal
        {
            journal.append(&Entry::DeliveryOver(delivery.key));
        }
    }

    fn remember(&self, delivery: &Delivery) {
        if delivery.gateway == Gateway::Payments
            && let Some(journal) = &self.0.journal
        {
            journal.append(&Entry::Delivery(Cow::Borrowed(delivery)));
        }
    }
}
