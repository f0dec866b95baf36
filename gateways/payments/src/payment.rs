use gateway_client::Secret;
use kernel::Money;
use std::collections::BTreeMap;
use url::Url;
use uuid::Uuid;

/// A payment to be made with a stored or fresh card token.
#[derive(Clone, Debug)]
pub struct Authorise {
    /// Becomes the payment's id and makes the call safe to repeat. A random (version 4) UUID, as
    /// the gateway demands.
    pub given_id: Uuid,
    pub amount: Money,
    /// Shown to the customer by the bank; no personal data.
    pub description: String,
    pub token: Secret,
    /// True holds the money for a later capture, false takes it now.
    pub hold_only: bool,
    /// Whether the cardholder may be asked to prove who they are. False only for payments the
    /// customer agreed to beforehand (a subscription).
    pub three_ds: bool,
    /// Where the customer returns after the challenge; required when `three_ds`.
    pub callback_url: Option<Url>,
    /// At most 30 entries, no personal data.
    pub metadata: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentStatus {
    Initiated,
    Paid,
    /// Held. An expired hold still says so: age it by our own clock.
    Authorized,
    Failed,
    Captured,
    /// In part or in whole, see [`Payment::refunded`].
    Refunded,
    Voided,
    Verified,
    Other(String),
}

impl PaymentStatus {
    pub(crate) fn read(text: &str) -> Self {
        match text {
            "initiated" => Self::Initiated,
            "paid" => Self::Paid,
            "authorized" => Self::Authorized,
            "failed" => Self::Failed,
            "captured" => Self::Captured,
            "refunded" => Self::Refunded,
            "voided" => Self::Voided,
            "verified" => Self::Verified,
            other => Self::Other(other.to_owned()),
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Initiated => "initiated",
            Self::Paid => "paid",
            Self::Authorized => "authorized",
            Self::Failed => "failed",
            Self::Captured => "captured",
            Self::Refunded => "refunded",
            Self::Voided => "voided",
            Self::Verified => "verified",
            Self::Other(other) => other,
        }
    }
}

/// A payment as the gateway tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    pub id: Uuid,
    pub status: PaymentStatus,
    /// Asked for: the size of the hold.
    pub amount: Money,
    pub captured: Money,
    pub refunded: Money,
    /// The gateway's fee, VAT inside; zero until known.
    pub fee: Money,
    pub source: PaymentSource,
    pub metadata: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentSource {
    /// The card's scheme: `mada`, `visa`, `master`, `amex`.
    pub company: Option<String>,
    /// With all but the first and last digits masked by the gateway.
    pub masked_number: Option<String>,
    pub message: Option<String>,
    /// ISO 8583 field 39: `00` approved, `05`, `51`, …
    pub response_code: Option<String>,
    pub reference_number: Option<String>,
    pub authorization_code: Option<String>,
    /// The stored card that paid or was stored by paying.
    pub token: Option<Secret>,
    /// Where the customer must go to prove who they are.
    pub transaction_url: Option<Url>,
}

/// What a payment means for the booking, read from its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The customer must be sent here; ask again when they return.
    Challenge(&'a Url),
    /// Begun, and nothing to do but ask again.
    Pending,
    /// The amount is held.
    Held,
    /// The money is ours (captured, or paid at once).
    Taken,
    Declined(Declined),
    /// The hold or payment was undone.
    Released,
    /// Given back, in part or in whole.
    Refunded,
}

/// Why the bank or the gateway said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declined {
    pub reason: DeclineReason,
    pub response_code: Option<String>,
    /// The gateway's words, for staff; not for customers.
    pub message: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeclineReason {
    InsufficientFunds,
    /// The bank gives no reason (05).
    DoNotHonour,
    ExpiredCard,
    /// The cardholder could not be authenticated, or gave up.
    AuthenticationFailed,
    Other,
}

impl DeclineReason {
    /// Stable, for storing and for choosing the customer's words.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InsufficientFunds => "insufficient_funds",
            Self::DoNotHonour => "do_not_honour",
            Self::ExpiredCard => "expired_card",
            Self::AuthenticationFailed => "authentication_failed",
            Self::Other => "declined",
        }
    }
}

impl Payment {
    pub fn outcome(&self) -> Outcome<'_> {
        match &self.status {
            PaymentStatus::Initiated => match &self.source.transaction_url {
                Some(url) => Outcome::Challenge(url),
                None => Outcome::Pending,
            },
            PaymentStatus::Authorized => Outcome::Held,
            PaymentStatus::Paid | PaymentStatus::Captured => Outcome::Taken,
            PaymentStatus::Failed => Outcome::Declined(self.declined()),
            PaymentStatus::Voided => Outcome::Released,
            PaymentStatus::Refunded => Outcome::Refunded,
            PaymentStatus::Verified | PaymentStatus::Other(_) => Outcome::Pending,
        }
    }

    /// What could still be given back.
    pub fn refundable(&self) -> Money {
        match self.status {
            PaymentStatus::Paid | PaymentStatus::Captured | PaymentStatus::Refunded => {
                self.captured - self.refunded
            }
            _ => Money::ZERO,
        }
    }

    fn declined(&self) -> Declined {
        let source = &self.source;
        let words = source.message.as_deref().unwrap_or("").to_ascii_lowercase();
        let reason = match source.response_code.as_deref() {
            Some("51") => DeclineReason::InsufficientFunds,
            Some("05") => DeclineReason::DoNotHonour,
            Some("54") => DeclineReason::ExpiredCard,
            _ if ["3ds", "3-d secure", "3d secure", "authenticat"]
                .iter()
                .any(|word| words.contains(word)) =>
            {
                DeclineReason::AuthenticationFailed
            }
            _ if words.contains("insufficient") => DeclineReason::InsufficientFunds,
            _ if words.contains("expired") => DeclineReason::ExpiredCard,
            _ => DeclineReason::Other,
        };
        Declined {
            reason,
            response_code: source.response_code.clone(),
            message: source.message.clone(),
        }
    }
}
