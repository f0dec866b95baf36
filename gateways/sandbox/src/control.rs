//! The levers of the sandbox, for people, tests and the city.

use crate::faults::{AllFaults, Faults, Gateway};
use crate::inbox::Message;
use crate::{CARDS, Sandbox, TestCard, lock, pages};
use axum::extract::{Query, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use url::Url;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/inbox", get(pages::inbox))
        .route("/inbox.json", get(inbox))
        .route("/cards.json", get(cards))
        .route("/faults", get(faults).put(set_faults).delete(clear_faults))
        .route("/faults/form", post(faults_form))
        .route("/speed", get(speed).post(set_speed))
        .route("/webhook", get(webhook).put(set_webhook))
        .route("/idle", get(idle))
        .route("/settle-now", post(settle_now))
}

#[derive(Deserialize)]
pub(crate) struct InboxQuery {
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    limit: Option<usize>,
}

impl InboxQuery {
    /// In a query string a bare `+` is a space: only the digits count.
    pub(crate) fn number(&self) -> Option<String> {
        let digits: String = self
            .to
            .as_deref()?
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        (!digits.is_empty()).then(|| format!("+{digits}"))
    }
}

async fn inbox(
    State(sandbox): State<Sandbox>,
    Query(query): Query<InboxQuery>,
) -> Json<Vec<Message>> {
    let limit = query.limit.unwrap_or(50).min(1_000);
    Json(lock(&sandbox.0.inbox).newest(query.number().as_deref(), limit))
}

async fn cards() -> Json<&'static [TestCard]> {
    Json(CARDS)
}

async fn faults(State(sandbox): State<Sandbox>) -> Json<AllFaults> {
    Json(lock(&sandbox.0.faults).all.clone())
}

/// Replaces the faults of the gateways that are named; the others stay.
async fn set_faults(
    State(sandbox): State<Sandbox>,
    Json(changes): Json<HashMap<Gateway, Faults>>,
) -> Json<AllFaults> {
    let mut book = lock(&sandbox.0.faults);
    for (gateway, faults) in changes {
        *book.all.of_mut(gateway) = faults;
    }
    Json(book.all.clone())
}

async fn clear_faults(State(sandbox): State<Sandbox>) -> Json<AllFaults> {
    *lock(&sandbox.0.faults) = crate::faults::Book::default();
    Json(AllFaults::default())
}

#[derive(Deserialize)]
struct FaultsForm {
    gateway: Gateway,
    #[serde(default)]
    latency_ms: u64,
    #[serde(default)]
    fail_rate: f64,
    #[serde(default)]
    next_n_500: u32,
    #[serde(default)]
    drop_next_n: u32,
    #[serde(default)]
    duplicate_webhooks: Option<String>,
    #[serde(default)]
    reorder_webhooks: Option<String>,
    #[serde(default)]
    webhooks_off: Option<String>,
}

async fn faults_form(State(sandbox): State<Sandbox>, Form(form): Form<FaultsForm>) -> Redirect {
    *lock(&sandbox.0.faults).all.of_mut(form.gateway) = Faults {
        latency_ms: form.latency_ms,
        fail_rate: form.fail_rate,
        next_n_500: form.next_n_500,
        drop_next_n: form.drop_next_n,
        duplicate_webhooks: form.duplicate_webhooks.is_some(),
        reorder_webhooks: form.reorder_webhooks.is_some(),
        webhooks_off: form.webhooks_off.is_some(),
    };
    Redirect::to("/sandbox/")
}

#[derive(Serialize, Deserialize)]
struct Speed {
    speed: f64,
}

async fn speed(State(sandbox): State<Sandbox>) -> Json<Speed> {
    let speed = sandbox.0.clock.speed();
    Json(Speed { speed })
}

async fn set_speed(
    State(sandbox): State<Sandbox>,
    Json(wanted): Json<Speed>,
) -> Result<Json<Speed>, StatusCode> {
    if !(wanted.speed > 0.0 && wanted.speed.is_finite()) {
        return Err(StatusCode::BAD_REQUEST);
    }
    sandbox.0.clock.set_speed(wanted.speed);
    sandbox.0.schedule.look_again();
    let speed = sandbox.0.clock.speed();
    Ok(Json(Speed { speed }))
}

#[derive(Serialize, Deserialize)]
struct Webhook {
    url: Option<Url>,
}

async fn webhook(State(sandbox): State<Sandbox>) -> Json<Webhook> {
    let url = lock(&sandbox.0.webhook_url).clone();
    Json(Webhook { url })
}

async fn set_webhook(
    State(sandbox): State<Sandbox>,
    Json(webhook): Json<Webhook>,
) -> Json<Webhook> {
    lock(&sandbox.0.webhook_url).clone_from(&webhook.url);
    Json(webhook)
}

#[derive(Serialize)]
struct Idle {
    pending_webhooks: usize,
    pending_payouts: usize,
}

fn idleness(sandbox: &Sandbox) -> Idle {
    let pending_payouts = lock(&sandbox.0.bank).open_payouts().len();
    Idle {
        pending_webhooks: sandbox.0.schedule.pending_deliveries(),
        pending_payouts,
    }
}

/// Webhooks and delivery reports not yet taken or given up, payouts not yet final.
async fn idle(State(sandbox): State<Sandbox>) -> Json<Idle> {
    Json(idleness(&sandbox))
}

/// Ends all payouts and makes everything that waits due; answers without waiting for receivers.
async fn settle_now(State(sandbox): State<Sandbox>) -> Json<Idle> {
    let open = lock(&sandbox.0.bank).open_payouts();
    for id in open {
        sandbox.finish_payout(&id);
    }
    sandbox.0.schedule.hurry();
    Json(idleness(&sandbox))
}
