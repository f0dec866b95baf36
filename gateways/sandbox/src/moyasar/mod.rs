//! Moyasar's API (FACTS §2).

pub(crate) mod payments;
pub(crate) mod payouts;
mod tokens;

use crate::Sandbox;
use axum::Router;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;
use serde_json::{Map, Value, json};

pub(crate) fn routes() -> Router<Sandbox> {
    Router::new()
        .route("/payments", post(payments::create).get(payments::list))
        .route("/payments/{id}", get(payments::fetch))
        .route("/payments/{id}/capture", post(payments::capture))
        .route("/payments/{id}/void", post(payments::void))
        .route("/payments/{id}/refund", post(payments::refund))
        .route("/tokens", post(tokens::create))
        .route("/tokens/{id}", get(tokens::fetch).delete(tokens::delete))
        .route("/payouts", post(payouts::create))
        .route("/payouts/{id}", get(payouts::fetch))
        .route("/payout/{id}", get(payouts::fetch))
}

/// Which key the caller showed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Publishable,
    Secret,
}

impl Key {
    fn must_be_secret(self) -> Result<(), ApiError> {
        if self == Self::Secret {
            Ok(())
        } else {
            Err(ApiError::authentication())
        }
    }
}

impl FromRequestParts<Sandbox> for Key {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self, ApiError> {
        let shown = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
            .and_then(|encoded| STANDARD.decode(encoded.trim()).ok())
            .and_then(|decoded| String::from_utf8(decoded).ok());
        let key = shown.as_deref().and_then(|shown| shown.split(':').next());
        match key {
            Some(key) if key == sandbox.0.config.secret_key => Ok(Self::Secret),
            Some(key) if key == sandbox.0.config.publishable_key => Ok(Self::Publishable),
            _ => Err(ApiError::authentication()),
        }
    }
}

/// `{type, message, errors}`.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    kind: &'static str,
    message: String,
    errors: Value,
}

impl ApiError {
    fn authentication() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            kind: "authentication_error",
            message: "Invalid authorization credentials".into(),
            errors: Value::Null,
        }
    }
    /// One field and what is wrong with it.
    fn field(name: &str, problem: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            message: "Validation Failed".into(),
            errors: json!({ name: [problem] }),
        }
    }
    fn refused(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            message: message.into(),
            errors: Value::Null,
        }
    }
    fn not_found(what: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            kind: "invalid_request_error",
            message: format!("{what} not found"),
            errors: Value::Null,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({"type": self.kind, "message": self.message, "errors": self.errors});
        (self.status, axum::Json(body)).into_response()
    }
}

/// A JSON object; no body is an empty one.
fn object(body: &Bytes) -> Result<Map<String, Value>, ApiError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(body)
        .map_err(|_| ApiError::refused("The request body is not a JSON object"))
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A text or a number, as text.
fn digits(object: &Map<String, Value>, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn metadata(object: &Map<String, Value>) -> Result<Option<Map<String, Value>>, ApiError> {
    match object.get("metadata") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) if map.len() <= 30 => Ok(Some(map.clone())),
        Some(Value::Object(_)) => Err(ApiError::field("metadata", "has more than 30 keys")),
        Some(_) => Err(ApiError::field("metadata", "must be a map")),
    }
}

/// An optional amount in halalas, between 1 and `most`.
fn amount_up_to(body: &Map<String, Value>, most: i64) -> Result<i64, ApiError> {
    let amount = match body.get("amount") {
        None | Some(Value::Null) => most,
        Some(amount) => amount
            .as_i64()
            .ok_or_else(|| ApiError::field("amount", "must be an integer"))?,
    };
    if amount < 1 {
        Err(ApiError::field("amount", "must be greater than 0"))
    } else if amount > most {
        Err(ApiError::field("amount", "is greater than what is left"))
    } else {
        Ok(amount)
    }
}

/// The card fields of a payment or a token.
struct CardFields {
    number: String,
    name: String,
    month: String,
    year: String,
}

fn card_fields(source: &Map<String, Value>) -> Result<CardFields, ApiError> {
    let number = digits(source, "number")
        .unwrap_or_default()
        .replace(' ', "");
    if !crate::cards::is_card_number(&number) {
        return Err(ApiError::field("number", "is not a valid card number"));
    }
    let month = digits(source, "month").unwrap_or_default();
    if !month.parse::<u8>().is_ok_and(|m| (1..=12).contains(&m)) {
        return Err(ApiError::field("month", "must be between 1 and 12"));
    }
    let year = digits(source, "year").unwrap_or_default();
    let full_year = year
        .parse::<i16>()
        .map(|y| if y < 100 { 2000 + y } else { y });
    let this_year = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .year();
    if !full_year.is_ok_and(|y| (this_year..=this_year + 30).contains(&y)) {
        return Err(ApiError::field("year", "the card has expired"));
    }
    let cvc = digits(source, "cvc").unwrap_or_default();
    if !(3..=4).contains(&cvc.len()) || !cvc.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ApiError::field("cvc", "must be 3 or 4 digits"));
    }
    Ok(CardFields {
        number,
        name: text(source, "name")
            .ok_or_else(|| ApiError::field("name", "can't be blank"))?
            .to_owned(),
        month,
        year,
    })
}
