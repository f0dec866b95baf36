use super::{ApiError, Key, amount_up_to, card_fields, metadata, object, text};
use crate::bank::{Bank, PaymentRecord, TokenRecord, WirePayment, WireSource, WireToken};
use crate::cards::{self, Verdict};
use crate::journal::Entry;
use crate::{Sandbox, clock, lock};
use axum::Json;
use axum::extract::{Path, Query, State};
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use uuid::Uuid;

/// How long a hold can be captured; after it the status still says `authorized`.
const HOLD_LIFE_MS: u64 = 14 * 24 * 3_600_000;
/// How long a payment that was taken can be voided.
const VOID_WINDOW_MS: u64 = 2 * 3_600_000;

type Answer = Result<Json<WirePayment>, ApiError>;

/// The card behind a payment, typed in or stored.
struct Card {
    kind: &'static str,
    company: String,
    name: Option<String>,
    masked: String,
    token: Option<String>,
    verdict: Verdict,
}

pub(crate) async fn create(
    key: Key,
    State(sandbox): State<Sandbox>,
    body: Bytes,
) -> Result<(StatusCode, Json<WirePayment>), ApiError> {
    let body = object(&body)?;
    let id = match body.get("given_id") {
        None | Some(Value::Null) => Uuid::new_v4(),
        Some(given) => given
            .as_str()
            .and_then(|text| text.parse::<Uuid>().ok())
            .filter(|id| id.get_version_num() == 4)
            .ok_or_else(|| ApiError::field("given_id", "must be a UUID v4"))?,
    };
    let amount = body.get("amount").and_then(Value::as_i64);
    let amount = amount
        .filter(|amount| (100..=100_000_000).contains(amount))
        .ok_or_else(|| ApiError::field("amount", "must be an integer of at least 100"))?;
    let currency = text(&body, "currency").unwrap_or("SAR");
    if currency != "SAR" {
        return Err(ApiError::field(
            "currency",
            "is not supported by this account",
        ));
    }
    let metadata = metadata(&body)?;
    let source = match body.get("source") {
        Some(Value::Object(source)) => source,
        _ => return Err(ApiError::field("source", "can't be blank")),
    };
    let flag = |name, default| {
        source
            .get(name)
            .map_or(default, |v| v == true || v == "true")
    };
    let (three_ds, manual) = (flag("3ds", true), flag("manual", false));
    let callback_url = text(&body, "callback_url").map(str::to_owned);
    match &callback_url {
        Some(url) if url::Url::parse(url).is_err() => {
            return Err(ApiError::field("callback_url", "is not a valid URL"));
        }
        None if three_ds => return Err(ApiError::field("callback_url", "can't be blank")),
        _ => {}
    }

    let mut bank = lock(&sandbox.0.bank);
    if bank.payment(id).is_some() {
        return Err(ApiError::field("given_id", "used_given_id"));
    }
    let card = card(key, source, &bank)?;
    let mut stored = None;
    if card.kind == "creditcard" && flag("save_card", false) {
        stored = Some(stored_card(source, &card)?);
    }
    let now = clock::timestamp();
    let mut record = PaymentRecord {
        wire: WirePayment {
            id,
            status: "initiated".into(),
            amount,
            fee: 0,
            currency: "SAR".into(),
            refunded: 0,
            refunded_at: None,
            captured: 0,
            captured_at: None,
            voided_at: None,
            description: text(&body, "description").map(str::to_owned),
            amount_format: format!("{}.{:02} SAR", amount / 100, amount % 100),
            invoice_id: None,
            ip: None,
            callback_url,
            created_at: now.clone(),
            updated_at: now,
            metadata,
            source: WireSource {
                kind: card.kind.into(),
                company: card.company,
                name: card.name,
                number: card.masked,
                gateway_id: format!("moyasar_cc_{}", id.simple()),
                reference_number: None,
                token: card.token.or(stored.as_ref().map(|s| s.wire.id.clone())),
                message: None,
                transaction_url: None,
                response_code: None,
                authorization_code: None,
            },
        },
        verdict: card.verdict,
        manual,
        changed_ms: sandbox.0.clock.now_ms(),
    };
    if let Some(stored) = stored {
        sandbox.save_token(&mut bank, stored);
    }
    let challenged = three_ds
        && !matches!(
            record.verdict,
            Verdict::Frictionless | Verdict::NotATestCard
        );
    if challenged {
        let url = format!("{}/sandbox/3ds/{id}", sandbox.0.public_url);
        record.wire.source.transaction_url = Some(url);
        sandbox.save_payment(&mut bank, record.clone());
    } else {
        sandbox.decide(&mut bank, &mut record);
    }
    Ok((StatusCode::CREATED, Json(record.wire)))
}

fn card(key: Key, source: &Map<String, Value>, bank: &Bank) -> Result<Card, ApiError> {
    match text(source, "type") {
        Some("creditcard") => {
            if key != Key::Publishable {
                let message = "Card data is taken from the browser with the publishable key only";
                return Err(ApiError::refused(message));
            }
            let fields = card_fields(source)?;
            let (company, verdict) = cards::look_up(&fields.number);
            Ok(Card {
                kind: "creditcard",
                company: company.into(),
                name: Some(fields.name),
                masked: cards::masked(&fields.number),
                token: None,
                verdict,
            })
        }
        Some("token") => {
            key.must_be_secret()?;
            let stored = text(source, "token")
                .and_then(|token| bank.token(token))
                .ok_or_else(|| ApiError::field("token", "is not known"))?;
            if !matches!(stored.wire.status.as_str(), "active" | "initiated") {
                return Err(ApiError::field("token", "is not active"));
            }
            Ok(Card {
                kind: "token",
                company: stored.wire.brand.clone(),
                name: Some(stored.wire.name.clone()),
                masked: stored.masked_number.clone(),
                token: Some(stored.wire.id.clone()),
                verdict: stored.verdict,
            })
        }
        _ => Err(ApiError::field("source.type", "is not supported")),
    }
}

fn stored_card(source: &Map<String, Value>, card: &Card) -> Result<TokenRecord, ApiError> {
    let fields = card_fields(source)?;
    let now = clock::timestamp();
    Ok(TokenRecord {
        verdict: card.verdict,
        masked_number: card.masked.clone(),
        callback_url: None,
        wire: WireToken {
            id: format!("token_{}", Uuid::new_v4().simple()),
            status: "initiated".into(),
            brand: card.company.clone(),
            funding: "debit".into(),
            country: "SA".into(),
            month: fields.month,
            year: fields.year,
            name: fields.name,
            last_four: card.masked[card.masked.len() - 4..].to_owned(),
            metadata: None,
            message: None,
            verification_url: None,
            created_at: now.clone(),
            updated_at: now,
        },
    })
}

#[derive(Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    page: Option<usize>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    id: Option<Uuid>,
}

const PAGE: usize = 40;

/// Newest first, 40 a page.
pub(crate) async fn list(
    key: Key,
    State(sandbox): State<Sandbox>,
    Query(filter): Query<Filter>,
) -> Result<Json<Value>, ApiError> {
    key.must_be_secret()?;
    let page = filter.page.unwrap_or(1).max(1);
    let bank = lock(&sandbox.0.bank);
    let wanted: Vec<&WirePayment> = bank
        .payments()
        .rev()
        .map(|record| &record.wire)
        .filter(|wire| filter.status.as_ref().is_none_or(|s| *s == wire.status))
        .filter(|wire| filter.id.is_none_or(|id| id == wire.id))
        .collect();
    let pages = wanted.len().div_ceil(PAGE).max(1);
    let shown: Vec<_> = wanted.iter().skip((page - 1) * PAGE).take(PAGE).collect();
    Ok(Json(json!({
        "payments": shown,
        "meta": {
            "current_page": page,
            "next_page": (page < pages).then_some(page + 1),
            "prev_page": (page > 1).then_some(page - 1),
            "total_pages": pages,
            "total_count": wanted.len(),
        },
    })))
}

pub(crate) async fn fetch(
    key: Key,
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Answer {
    key.must_be_secret()?;
    let bank = lock(&sandbox.0.bank);
    find(&bank, &id).map(|record| Json(record.wire))
}

pub(crate) async fn capture(
    key: Key,
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    key.must_be_secret()?;
    let body = object(&body)?;
    let mut bank = lock(&sandbox.0.bank);
    let mut record = find(&bank, &id)?;
    if record.wire.status != "authorized" {
        return Err(wrong_status("captured", &record));
    }
    if sandbox.0.clock.now_ms().saturating_sub(record.changed_ms) > HOLD_LIFE_MS {
        return Err(ApiError::refused("The authorization has expired"));
    }
    let amount = amount_up_to(&body, record.wire.amount)?;
    record.wire.status = "captured".into();
    record.wire.captured = amount;
    record.wire.captured_at = Some(clock::timestamp());
    record.wire.fee = sandbox.fee(&record.wire.source.company, amount);
    sandbox.changed(&mut bank, &mut record, "payment_captured");
    Ok(Json(record.wire))
}

pub(crate) async fn void(
    key: Key,
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Answer {
    key.must_be_secret()?;
    let mut bank = lock(&sandbox.0.bank);
    let mut record = find(&bank, &id)?;
    let age_ms = sandbox.0.clock.now_ms().saturating_sub(record.changed_ms);
    match record.wire.status.as_str() {
        "authorized" => {}
        "paid" | "captured" if age_ms <= VOID_WINDOW_MS => {}
        _ => return Err(wrong_status("voided", &record)),
    }
    record.wire.status = "voided".into();
    record.wire.voided_at = Some(clock::timestamp());
    record.wire.fee = 0;
    sandbox.changed(&mut bank, &mut record, "payment_voided");
    Ok(Json(record.wire))
}

pub(crate) async fn refund(
    key: Key,
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    key.must_be_secret()?;
    let body = object(&body)?;
    let mut bank = lock(&sandbox.0.bank);
    let mut record = find(&bank, &id)?;
    if !matches!(
        record.wire.status.as_str(),
        "paid" | "captured" | "refunded"
    ) {
        return Err(wrong_status("refunded", &record));
    }
    let taken = match record.wire.captured {
        0 => record.wire.amount,
        captured => captured,
    };
    let amount = amount_up_to(&body, taken - record.wire.refunded)?;
    record.wire.status = "refunded".into();
    record.wire.refunded += amount;
    record.wire.refunded_at = Some(clock::timestamp());
    sandbox.changed(&mut bank, &mut record, "payment_refunded");
    Ok(Json(record.wire))
}

fn find(bank: &Bank, id: &str) -> Result<PaymentRecord, ApiError> {
    id.parse()
        .ok()
        .and_then(|id| bank.payment(id))
        .cloned()
        .ok_or_else(|| ApiError::not_found("Payment"))
}

fn wrong_status(verb: &str, record: &PaymentRecord) -> ApiError {
    let status = &record.wire.status;
    ApiError::refused(format!("A payment that is {status} can't be {verb}"))
}

impl Sandbox {
    /// The bank's answer, after the challenge or without one.
    pub(crate) fn decide(&self, bank: &mut Bank, record: &mut PaymentRecord) {
        let source = &mut record.wire.source;
        source.transaction_url = None;
        let (code, message) = match record.verdict {
            Verdict::Pays | Verdict::Frictionless => ("00", "APPROVED"),
            Verdict::InsufficientFunds => ("51", "INSUFFICIENT FUNDS"),
            Verdict::DoNotHonour => ("05", "DO NOT HONOUR"),
            Verdict::NotATestCard => ("14", "INVALID CARD NUMBER"),
            Verdict::ChallengeFails => return self.fail_challenge(bank, record),
        };
        source.response_code = Some(code.into());
        source.message = Some(message.into());
        if code != "00" {
            return self.fail(bank, record);
        }
        let simple = record.wire.id.simple().to_string();
        source.authorization_code = Some(simple[..6].to_uppercase());
        source.reference_number = Some(simple[20..].to_owned());
        if let Some(token) = &source.token
            && let Some(stored) = bank.token(token)
            && stored.wire.status == "initiated"
        {
            let mut stored = stored.clone();
            stored.wire.status = "active".into();
            self.save_token(bank, stored);
        }
        if record.manual {
            record.wire.status = "authorized".into();
            self.changed(bank, record, "payment_authorized");
        } else {
            record.wire.status = "paid".into();
            record.wire.fee = self.fee(&record.wire.source.company, record.wire.amount);
            self.changed(bank, record, "payment_paid");
        }
    }

    /// The cardholder declined, or could not be authenticated.
    pub(crate) fn fail_challenge(&self, bank: &mut Bank, record: &mut PaymentRecord) {
        record.wire.source.transaction_url = None;
        record.wire.source.message =
            Some("3-D Secure transaction attempt failed (Not Authenticated)".into());
        self.fail(bank, record);
    }

    fn fail(&self, bank: &mut Bank, record: &mut PaymentRecord) {
        record.wire.status = "failed".into();
        bank.failures_told += 1;
        let kind = if bank.failures_told.is_multiple_of(2) {
            "payment_failed"
        } else {
            "payment_faild"
        };
        self.changed(bank, record, kind);
    }

    fn changed(&self, bank: &mut Bank, record: &mut PaymentRecord, event: &str) {
        record.wire.updated_at = clock::timestamp();
        record.changed_ms = self.0.clock.now_ms();
        self.save_payment(bank, record.clone());
        self.tell(event, &record.wire);
    }

    fn save_payment(&self, bank: &mut Bank, record: PaymentRecord) {
        if let Some(journal) = &self.0.journal {
            journal.append(&Entry::Payment(Cow::Borrowed(&record)));
        }
        bank.put_payment(record);
    }

    fn fee(&self, company: &str, amount: i64) -> i64 {
        let config = &self.0.config;
        let basis_points = if company == "mada" {
            config.fee_mada_basis_points
        } else {
            config.fee_other_basis_points
        };
        (amount * basis_points + 5_000) / 10_000 + config.fee_fixed_halalas
    }
}
