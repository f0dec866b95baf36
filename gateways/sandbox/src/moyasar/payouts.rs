use super::{ApiError, Key, digits, metadata, object, text};
use crate::bank::{Bank, PayoutRecord, WirePayout};
use crate::journal::Entry;
use crate::schedule::Task;
use crate::{Sandbox, clock, lock};
use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;
use std::borrow::Cow;
use uuid::Uuid;

/// Up to SAR 20,000 go over IPS around the clock, above it over SARIE (FACTS §2).
const IPS_MOST_HALALAS: i64 = 2_000_000;

pub(crate) async fn create(
    key: Key,
    State(sandbox): State<Sandbox>,
    body: Bytes,
) -> Result<(StatusCode, Json<WirePayout>), ApiError> {
    key.must_be_secret()?;
    let body = object(&body)?;
    let source_id = text(&body, "source_id").unwrap_or_default();
    if source_id != sandbox.0.config.payout_source_id {
        return Err(ApiError::field("source_id", "is not an account of yours"));
    }
    let sequence_number = digits(&body, "sequence_number").unwrap_or_default();
    if sequence_number.len() != 16 || !sequence_number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ApiError::field("sequence_number", "must be 16 digits"));
    }
    let amount = body.get("amount").and_then(Value::as_i64);
    let amount = amount
        .filter(|amount| *amount > 0)
        .ok_or_else(|| ApiError::field("amount", "must be greater than 0"))?;
    let purpose =
        text(&body, "purpose").ok_or_else(|| ApiError::field("purpose", "can't be blank"))?;
    let destination = match body.get("destination") {
        Some(Value::Object(destination)) => destination,
        _ => return Err(ApiError::field("destination", "can't be blank")),
    };
    if text(destination, "type") != Some("bank") {
        return Err(ApiError::field("destination.type", "must be bank"));
    }
    for name in ["name", "mobile", "country", "city"] {
        if text(destination, name).is_none() {
            let field = format!("destination.{name}");
            return Err(ApiError::field(&field, "can't be blank"));
        }
    }
    let iban = text(destination, "iban").unwrap_or_default();
    if iban.len() != 24 || !iban.starts_with("SA") {
        return Err(ApiError::field("destination.iban", "is not a Saudi IBAN"));
    }
    let metadata = metadata(&body)?;

    let mut bank = lock(&sandbox.0.bank);
    if let Some(known) = bank.payout_by_sequence(&sequence_number) {
        let same = known.wire.amount == amount && known.wire.destination["iban"] == iban;
        return if same {
            Ok((StatusCode::CREATED, Json(known.wire.clone())))
        } else {
            Err(ApiError::field("sequence_number", "has already been taken"))
        };
    }
    let now = clock::timestamp();
    let id = Uuid::new_v4().to_string();
    let channel = if amount <= IPS_MOST_HALALAS {
        "ips"
    } else {
        "sarie"
    };
    let record = PayoutRecord {
        wire: WirePayout {
            id: id.clone(),
            source_id: source_id.into(),
            sequence_number,
            channel: channel.into(),
            status: "queued".into(),
            amount,
            currency: "SAR".into(),
            purpose: purpose.into(),
            comment: text(&body, "comment").map(str::to_owned),
            destination: Value::Object(destination.clone()),
            message: None,
            failure_reason: None,
            created_at: now.clone(),
            updated_at: now,
            metadata,
        },
    };
    let wire = record.wire.clone();
    sandbox.save_payout(&mut bank, record);
    let now_ms = sandbox.0.clock.now_ms();
    let delay_ms = sandbox.0.config.payout_delay_ms;
    let schedule = &sandbox.0.schedule;
    schedule.at(now_ms + delay_ms / 2, Task::BeginPayout(id.clone()));
    schedule.at(now_ms + delay_ms, Task::FinishPayout(id));
    Ok((StatusCode::CREATED, Json(wire)))
}

pub(crate) async fn fetch(
    key: Key,
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<Json<WirePayout>, ApiError> {
    key.must_be_secret()?;
    let bank = lock(&sandbox.0.bank);
    let record = bank
        .payout(&id)
        .ok_or_else(|| ApiError::not_found("Payout"))?;
    Ok(Json(record.wire.clone()))
}

impl Sandbox {
    pub(crate) fn begin_payout(&self, id: &str) {
        let mut bank = lock(&self.0.bank);
        if let Some(record) = bank.payout(id)
            && record.wire.status == "queued"
        {
            let record = record.clone();
            self.move_payout(&mut bank, record, "initiated", None);
        }
    }

    /// Paid or sent back, by the IBAN. Nothing happens to one that is over already.
    pub(crate) fn finish_payout(&self, id: &str) {
        let mut bank = lock(&self.0.bank);
        let Some(record) = bank.payout(id).filter(|record| record.is_open()).cloned() else {
            return;
        };
        let iban = record.wire.destination["iban"].as_str().unwrap_or_default();
        let returns =
            iban.ends_with("0000") || self.0.config.returning_ibans.iter().any(|i| i == iban);
        if returns {
            let reason = Some("The beneficiary's bank returned the transfer");
            self.move_payout(&mut bank, record, "returned", reason);
        } else {
            self.move_payout(&mut bank, record, "paid", None);
        }
    }

    fn move_payout(
        &self,
        bank: &mut Bank,
        mut record: PayoutRecord,
        status: &str,
        reason: Option<&str>,
    ) {
        record.wire.status = status.into();
        record.wire.failure_reason = reason.map(str::to_owned);
        record.wire.updated_at = clock::timestamp();
        self.save_payout(bank, record.clone());
        self.tell(&format!("payout_{status}"), &record.wire);
    }

    fn save_payout(&self, bank: &mut Bank, record: PayoutRecord) {
        if let Some(journal) = &self.0.journal {
            journal.append(&Entry::Payout(Cow::Borrowed(&record)));
        }
        bank.put_payout(record);
    }
}
