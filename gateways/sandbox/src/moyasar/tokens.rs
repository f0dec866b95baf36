use super::{ApiError, Key, card_fields, metadata, object, text};
use crate::bank::{Bank, TokenRecord, WireToken};
use crate::journal::Entry;
use crate::{Sandbox, cards, clock, lock};
use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use http::StatusCode;
use std::borrow::Cow;
use uuid::Uuid;

pub(crate) async fn create(
    _: Key,
    State(sandbox): State<Sandbox>,
    body: Bytes,
) -> Result<(StatusCode, Json<WireToken>), ApiError> {
    let body = object(&body)?;
    let fields = card_fields(&body)?;
    let metadata = metadata(&body)?;
    let save_only = body
        .get("save_only")
        .is_some_and(|value| value == true || value == "true");
    let callback_url = text(&body, "callback_url").map(str::to_owned);
    match &callback_url {
        Some(url) if url::Url::parse(url).is_err() => {
            return Err(ApiError::field("callback_url", "is not a valid URL"));
        }
        None if !save_only => return Err(ApiError::field("callback_url", "can't be blank")),
        _ => {}
    }
    let (brand, verdict) = cards::look_up(&fields.number);
    let id = format!("token_{}", Uuid::new_v4().simple());
    let now = clock::timestamp();
    let verification_url =
        (!save_only).then(|| format!("{}/sandbox/3ds/token/{id}", sandbox.0.public_url));
    let record = TokenRecord {
        verdict,
        masked_number: cards::masked(&fields.number),
        callback_url,
        wire: WireToken {
            id,
            status: if save_only { "active" } else { "initiated" }.into(),
            brand: brand.into(),
            funding: if brand == "mada" { "debit" } else { "credit" }.into(),
            country: "SA".into(),
            month: fields.month,
            year: fields.year,
            name: fields.name,
            last_four: fields.number[fields.number.len() - 4..].to_owned(),
            metadata,
            message: None,
            verification_url,
            created_at: now.clone(),
            updated_at: now,
        },
    };
    let wire = record.wire.clone();
    sandbox.save_token(&mut lock(&sandbox.0.bank), record);
    Ok((StatusCode::CREATED, Json(wire)))
}

pub(crate) async fn fetch(
    key: Key,
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<Json<WireToken>, ApiError> {
    key.must_be_secret()?;
    let bank = lock(&sandbox.0.bank);
    let record = bank
        .token(&id)
        .ok_or_else(|| ApiError::not_found("Token"))?;
    Ok(Json(record.wire.clone()))
}

pub(crate) async fn delete(
    key: Key,
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    key.must_be_secret()?;
    if !lock(&sandbox.0.bank).remove_token(&id) {
        return Err(ApiError::not_found("Token"));
    }
    if let Some(journal) = &sandbox.0.journal {
        journal.append(&Entry::TokenDeleted(Cow::Borrowed(&id)));
    }
    Ok(StatusCode::NO_CONTENT)
}

impl Sandbox {
    pub(crate) fn save_token(&self, bank: &mut Bank, record: TokenRecord) {
        if let Some(journal) = &self.0.journal {
            journal.append(&Entry::Token(Cow::Borrowed(&record)));
        }
        bank.put_token(record);
    }
}
