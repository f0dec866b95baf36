//! Moyasar's JSON, as far as we read it. Fields we do not use are not named, so that a new one
//! never breaks us.

use crate::{
    CardToken, CardTokenStatus, Payment, PaymentSource, PaymentStatus, Payout, PayoutStatus,
};
use gateway_client::{GatewayError, Rejection, Secret};
use kernel::Money;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Deserialize)]
pub(crate) struct WirePayment {
    id: Uuid,
    status: String,
    amount: i64,
    currency: String,
    #[serde(default, deserialize_with = "or_default")]
    fee: i64,
    #[serde(default, deserialize_with = "or_default")]
    captured: i64,
    #[serde(default, deserialize_with = "or_default")]
    refunded: i64,
    #[serde(default, deserialize_with = "or_default")]
    metadata: BTreeMap<String, Value>,
    source: WireSource,
}

#[derive(Deserialize)]
struct WireSource {
    company: Option<String>,
    number: Option<String>,
    message: Option<String>,
    response_code: Option<String>,
    reference_number: Option<String>,
    authorization_code: Option<String>,
    token: Option<String>,
    transaction_url: Option<String>,
}

impl WirePayment {
    pub(crate) fn read(self) -> Result<Payment, GatewayError> {
        if self.currency != "SAR" {
            return Err(GatewayError::bad_answer("a payment not in SAR"));
        }
        let source = self.source;
        let transaction_url = source.transaction_url.filter(|url| !url.is_empty());
        let transaction_url = transaction_url
            .map(|url| url.parse())
            .transpose()
            .map_err(|_| GatewayError::bad_answer("transaction_url is not a URL"))?;
        let status = PaymentStatus::read(&self.status);
        // A payment taken at once was never "captured", but its money is as much ours.
        let captured = match status {
            PaymentStatus::Paid => self.amount,
            PaymentStatus::Refunded if self.captured == 0 => self.amount,
            _ => self.captured,
        };
        Ok(Payment {
            id: self.id,
            status,
            amount: Money::from_halalas(self.amount),
            captured: Money::from_halalas(captured),
            refunded: Money::from_halalas(self.refunded),
            fee: Money::from_halalas(self.fee),
            source: PaymentSource {
                company: source.company,
                masked_number: source.number,
                message: source.message,
                response_code: source.response_code,
                reference_number: source.reference_number,
                authorization_code: source.authorization_code,
                token: source.token.filter(|t| !t.is_empty()).map(Secret::from),
                transaction_url,
            },
            metadata: self
                .metadata
                .into_iter()
                .map(|(name, value)| match value {
                    Value::String(text) => (name, text),
                    other => (name, other.to_string()),
                })
                .collect(),
        })
    }
}

#[derive(Deserialize)]
pub(crate) struct WirePayout {
    id: String,
    status: String,
    amount: i64,
    #[serde(default, deserialize_with = "digits")]
    sequence_number: String,
    channel: Option<String>,
    message: Option<String>,
    failure_reason: Option<String>,
}

impl WirePayout {
    pub(crate) fn read(self) -> Payout {
        Payout {
            id: self.id,
            status: PayoutStatus::read(&self.status),
            amount: Money::from_halalas(self.amount),
            sequence_number: self.sequence_number,
            channel: self.channel,
            message: self.message,
            failure_reason: self.failure_reason,
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct WireToken {
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    brand: String,
    last_four: String,
    #[serde(deserialize_with = "digits")]
    month: String,
    #[serde(deserialize_with = "digits")]
    year: String,
}

impl WireToken {
    pub(crate) fn read(self) -> Result<CardToken, GatewayError> {
        let expiry = || GatewayError::bad_answer("a token's expiry is not a month and a year");
        let year: u16 = self.year.parse().map_err(|_| expiry())?;
        Ok(CardToken {
            status: CardTokenStatus::read(&self.status),
            brand: self.brand,
            last_four: self.last_four,
            expiry_month: self.month.parse().map_err(|_| expiry())?,
            expiry_year: if year < 100 { 2000 + year } else { year },
        })
    }
}

/// `{type, message, errors}`, where `errors` is a map, a string or null. The code is the type,
/// or `used_given_id` wherever that stands.
pub(crate) fn read_rejection(body: &[u8]) -> Rejection {
    #[derive(Deserialize)]
    struct Body {
        #[serde(rename = "type", default, deserialize_with = "or_default")]
        kind: String,
        #[serde(default, deserialize_with = "or_default")]
        message: String,
        #[serde(default)]
        errors: Value,
    }
    let Ok(body) = serde_json::from_slice::<Body>(body) else {
        return Rejection {
            code: "unreadable".into(),
            message: String::new(),
        };
    };
    let mut message = body.message;
    let details = match body.errors {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    if !details.is_empty() {
        message = format!("{message} {details}");
    }
    let code = if body.kind == "used_given_id" || message.contains("used_given_id") {
        "used_given_id".to_owned()
    } else {
        body.kind
    };
    Rejection { code, message }
}

fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    d: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(d)?.unwrap_or_default())
}

/// A number that is sometimes written as text.
fn digits<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(d)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Null => String::new(),
        _ => return Err(serde::de::Error::custom("neither a number nor text")),
    })
}
