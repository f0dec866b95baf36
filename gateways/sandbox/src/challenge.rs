//! The page where a cardholder proves who they are, for a payment or for a stored card.

use crate::cards::Verdict;
use crate::html::{both, escape, page};
use crate::{Sandbox, lock};
use axum::Form;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::LOCATION;
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/3ds/{payment_id}", get(show).post(decide))
        .route("/3ds/token/{token_id}", get(show_token).post(decide_token))
}

#[derive(Deserialize)]
struct Decision {
    decision: Choice,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Approve,
    Decline,
}

async fn show(State(sandbox): State<Sandbox>, Path(id): Path<Uuid>) -> Response {
    let bank = lock(&sandbox.0.bank);
    match bank.payment(id) {
        Some(record) if record.wire.status == "initiated" => {
            let amount = format!(
                "<p class=\"amount number\">{}</p>",
                escape(&record.wire.amount_format)
            );
            form(&amount, &record.wire.source.number)
        }
        Some(_) => over(),
        None => unknown(),
    }
}

/// Decides the payment and sends the customer back. A second decision changes nothing.
async fn decide(
    State(sandbox): State<Sandbox>,
    Path(id): Path<Uuid>,
    Form(Decision { decision }): Form<Decision>,
) -> Response {
    let mut bank = lock(&sandbox.0.bank);
    let Some(mut record) = bank.payment(id).cloned() else {
        return unknown();
    };
    if record.wire.status == "initiated" {
        match decision {
            Choice::Approve => sandbox.decide(&mut bank, &mut record),
            Choice::Decline => sandbox.fail_challenge(&mut bank, &mut record),
        }
    }
    let wire = record.wire;
    let message = wire.source.message.unwrap_or_default();
    back(wire.callback_url, &id.to_string(), &wire.status, &message)
}

async fn show_token(State(sandbox): State<Sandbox>, Path(id): Path<String>) -> Response {
    let bank = lock(&sandbox.0.bank);
    match bank.token(&id) {
        Some(record) if record.wire.status == "initiated" => form("", &record.masked_number),
        Some(_) => over(),
        None => unknown(),
    }
}

async fn decide_token(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Form(Decision { decision }): Form<Decision>,
) -> Response {
    let mut bank = lock(&sandbox.0.bank);
    let Some(mut record) = bank.token(&id).cloned() else {
        return unknown();
    };
    if record.wire.status == "initiated" {
        let approved = decision == Choice::Approve
            && !matches!(
                record.verdict,
                Verdict::ChallengeFails | Verdict::NotATestCard
            );
        let (status, message) = if approved {
            ("active", "APPROVED")
        } else {
            ("inactive", "Not Authenticated")
        };
        record.wire.status = status.into();
        record.wire.message = Some(message.into());
        record.wire.verification_url = None;
        sandbox.save_token(&mut bank, record.clone());
    }
    let message = record.wire.message.unwrap_or_default();
    back(record.callback_url, &id, &record.wire.status, &message)
}

/// 303 to `callback_url?id=…&status=…&message=…`.
fn back(callback_url: Option<String>, id: &str, status: &str, message: &str) -> Response {
    let Some(mut url) = callback_url.and_then(|url| url.parse::<Url>().ok()) else {
        return over();
    };
    url.query_pairs_mut()
        .append_pair("id", id)
        .append_pair("status", status)
        .append_pair("message", message);
    (StatusCode::SEE_OTHER, [(LOCATION, String::from(url))]).into_response()
}

fn form(amount: &str, card: &str) -> Response {
    let body = format!(
        "<h1>{title}</h1><form class=\"card\" method=\"post\"><p>{explain}</p>{amount}<p>{card_label} <span class=\"number\">{card}</span></p><div class=\"row\"><button name=\"decision\" value=\"approve\">{approve}</button><button class=\"plain\" name=\"decision\" value=\"decline\">{decline}</button></div></form>",
        title = both("التحقق من حامل البطاقة", "Cardholder verification"),
        explain = both(
            "هذه صفحة تجريبية تقوم مقام صفحة البنك. لا يُخصم أي مبلغ حقيقي.",
            "This test page stands for the bank's. No real money moves."
        ),
        card_label = both("البطاقة", "Card"),
        card = escape(card),
        approve = "موافقة · Approve",
        decline = "رفض · Decline",
    );
    page("التحقق · Verification", None, true, &body)
}

fn over() -> Response {
    let body = format!(
        "<h1>{}</h1>",
        both("انتهت هذه العملية", "This payment is already decided")
    );
    page("التحقق · Verification", None, true, &body)
}

fn unknown() -> Response {
    let body = format!("<h1>{}</h1>", both("العملية غير موجودة", "No such payment"));
    let page = page("التحقق · Verification", None, true, &body);
    (StatusCode::NOT_FOUND, page).into_response()
}
