//! The payments, stored cards and payouts that the gateway knows, in its own JSON shapes.

use crate::cards::Verdict;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PaymentRecord {
    pub(crate) wire: WirePayment,
    pub(crate) verdict: Verdict,
    /// Hold only.
    pub(crate) manual: bool,
    /// The sped moment of the last change, for the life of a hold and the time to void.
    pub(crate) changed_ms: u64,
}

/// The field names and their order are Moyasar's.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct WirePayment {
    pub(crate) id: Uuid,
    pub(crate) status: String,
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    pub(crate) currency: String,
    pub(crate) refunded: i64,
    pub(crate) refunded_at: Option<String>,
    pub(crate) captured: i64,
    pub(crate) captured_at: Option<String>,
    pub(crate) voided_at: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) amount_format: String,
    pub(crate) invoice_id: Option<String>,
    pub(crate) ip: Option<String>,
    pub(crate) callback_url: Option<String>,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) metadata: Option<Map<String, Value>>,
    pub(crate) source: WireSource,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct WireSource {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) company: String,
    pub(crate) name: Option<String>,
    pub(crate) number: String,
    pub(crate) gateway_id: String,
    pub(crate) reference_number: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) transaction_url: Option<String>,
    pub(crate) response_code: Option<String>,
    pub(crate) authorization_code: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct TokenRecord {
    pub(crate) wire: WireToken,
    pub(crate) verdict: Verdict,
    pub(crate) masked_number: String,
    pub(crate) callback_url: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct WireToken {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) brand: String,
    pub(crate) funding: String,
    pub(crate) country: String,
    pub(crate) month: String,
    pub(crate) year: String,
    pub(crate) name: String,
    pub(crate) last_four: String,
    pub(crate) metadata: Option<Map<String, Value>>,
    pub(crate) message: Option<String>,
    pub(crate) verification_url: Option<String>,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PayoutRecord {
    pub(crate) wire: WirePayout,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct WirePayout {
    pub(crate) id: String,
    pub(crate) source_id: String,
    pub(crate) sequence_number: String,
    pub(crate) channel: String,
    pub(crate) status: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) purpose: String,
    pub(crate) comment: Option<String>,
    pub(crate) destination: Value,
    pub(crate) message: Option<String>,
    pub(crate) failure_reason: Option<String>,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) metadata: Option<Map<String, Value>>,
}

#[derive(Default)]
pub(crate) struct Bank {
    payments: HashMap<Uuid, PaymentRecord>,
    /// Oldest first.
    order: Vec<Uuid>,
    tokens: HashMap<String, TokenRecord>,
    payouts: HashMap<String, PayoutRecord>,
    payout_by_sequence: HashMap<String, String>,
    /// How many failed payments have been told: every other is told with the misspelt type.
    pub(crate) failures_told: u64,
}

impl Bank {
    pub(crate) fn payment(&self, id: Uuid) -> Option<&PaymentRecord> {
        self.payments.get(&id)
    }
    pub(crate) fn put_payment(&mut self, record: PaymentRecord) {
        let id = record.wire.id;
        if self.payments.insert(id, record).is_none() {
            self.order.push(id);
        }
    }
    /// Oldest first.
    pub(crate) fn payments(&self) -> impl DoubleEndedIterator<Item = &PaymentRecord> {
        self.order.iter().filter_map(|id| self.payments.get(id))
    }

    pub(crate) fn token(&self, id: &str) -> Option<&TokenRecord> {
        self.tokens.get(id)
    }
    pub(crate) fn put_token(&mut self, record: TokenRecord) {
        self.tokens.insert(record.wire.id.clone(), record);
    }
    pub(crate) fn remove_token(&mut self, id: &str) -> bool {
        self.tokens.remove(id).is_some()
    }
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &TokenRecord> {
        self.tokens.values()
    }

    pub(crate) fn payout(&self, id: &str) -> Option<&PayoutRecord> {
        self.payouts.get(id)
    }
    pub(crate) fn payout_by_sequence(&self, sequence_number: &str) -> Option<&PayoutRecord> {
        self.payout_by_sequence
            .get(sequence_number)
            .and_then(|id| self.payouts.get(id))
    }
    pub(crate) fn put_payout(&mut self, record: PayoutRecord) {
        let id = record.wire.id.clone();
        self.payout_by_sequence
            .insert(record.wire.sequence_number.clone(), id.clone());
        self.payouts.insert(id, record);
    }
    pub(crate) fn payouts(&self) -> impl Iterator<Item = &PayoutRecord> {
        self.payouts.values()
    }
    /// Those whose end is still to come.
    pub(crate) fn open_payouts(&self) -> Vec<String> {
        self.payouts()
            .filter(|record| record.is_open())
            .map(|record| record.wire.id.clone())
            .collect()
    }
}

impl PayoutRecord {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.wire.status.as_str(), "queued" | "initiated")
    }
}
