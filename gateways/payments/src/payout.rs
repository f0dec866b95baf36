use kernel::{Money, Phone};
use std::fmt;

/// Money to be sent to a vendor's bank account.
#[derive(Clone, Debug)]
pub struct PayoutRequest {
    /// Makes the payout safe to repeat.
    pub sequence_number: SequenceNumber,
    pub amount: Money,
    /// The gateway's code for why money moves; for vendors `expenses_services`.
    pub purpose: String,
    pub beneficiary: Beneficiary,
    /// For both sides' statements; no personal data.
    pub comment: Option<String>,
}

/// Who is paid. `Debug` shows the last four of the IBAN and no name.
#[derive(Clone, PartialEq, Eq)]
pub struct Beneficiary {
    /// `SA` and 22 digits, no spaces.
    pub iban: String,
    pub name: String,
    pub mobile: Phone,
    /// `SA`.
    pub country: String,
    pub city: String,
}

impl fmt::Debug for Beneficiary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.iban.len().saturating_sub(4);
        write!(
            f,
            "Beneficiary(…{})",
            self.iban.get(shown..).unwrap_or_default()
        )
    }
}

/// 16 decimal digits, unique for ever in the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SequenceNumber(u64);

impl SequenceNumber {
    pub const LARGEST: u64 = 9_999_999_999_999_999;

    /// `None` above 16 digits.
    pub const fn new(number: u64) -> Option<Self> {
        if number <= Self::LARGEST {
            Some(Self(number))
        } else {
            None
        }
    }
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016}", self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayoutStatus {
    Queued,
    Initiated,
    Paid,
    Failed,
    Canceled,
    /// The bank sent the money back, possibly after `paid`.
    Returned,
    Other(String),
}

impl PayoutStatus {
    pub(crate) fn read(text: &str) -> Self {
        match text {
            "queued" => Self::Queued,
            "initiated" => Self::Initiated,
            "paid" => Self::Paid,
            "failed" => Self::Failed,
            "canceled" | "cancelled" => Self::Canceled,
            "returned" => Self::Returned,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Whether the money has arrived or is back: nothing more is awaited.
    pub const fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Paid | Self::Failed | Self::Canceled | Self::Returned
        )
    }
}

/// A payout as the gateway tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    pub id: String,
    pub status: PayoutStatus,
    pub amount: Money,
    pub sequence_number: String,
    /// `ips` or `sarie`, once chosen.
    pub channel: Option<String>,
    pub message: Option<String>,
    pub failure_reason: Option<String>,
}
