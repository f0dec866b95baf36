//! The bodies of the public requests about money.

use kernel::{BookingId, CardId, EntryId, Money, Time, VendorId};
use serde::{Deserialize, Serialize};

/// The books at one moment. Debits are positive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct TrialBalance {
    pub at: Time,
    /// Accounts of one kind of owner are summed into one line: `customer:*:wallet`.
    pub lines: Vec<AccountLine>,
    pub debits: Money,
    /// As a positive amount.
    pub credits: Money,
    /// Zero, or the books are wrong.
    pub imbalance: Money,
    /// What is in flight, summed; zero likewise.
    pub pending_imbalance: Money,
    /// What is held for vendors by the ledger, less what the lots say; zero likewise.
    pub held_imbalance: Money,
    /// Accounts whose balance is not the sum of their postings; at most 100.
    pub drifting: Vec<String>,
}

impl TrialBalance {
    pub fn is_sound(&self) -> bool {
        self.imbalance.is_zero()
            && self.pending_imbalance.is_zero()
            && self.held_imbalance.is_zero()
            && self.drifting.is_empty()
    }
}

/// Accounts with what is on them. A debit balance is positive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AccountLine {
    pub name: String,
    /// `asset`, `liability`, `income` or `expense`.
    pub kind: String,
    /// How many accounts the line stands for.
    pub accounts: i64,
    pub balance: Money,
    /// Holds that are no money yet.
    pub pending: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PostingView {
    pub entry: EntryId,
    pub line: i16,
    pub account: String,
    /// A debit is positive.
    pub amount: Money,
    pub kind: String,
    pub memo: String,
    pub booking: Option<BookingId>,
    pub at: Time,
}

/// One journal entry, its postings summing to zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EntryView {
    pub id: EntryId,
    pub kind: String,
    pub memo: String,
    pub booking: Option<BookingId>,
    pub at: Time,
    pub postings: Vec<PostingView>,
}

/// Positive amounts: what the vendor has or had coming.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Earnings {
    pub vendor: VendorId,
    /// Waiting for the end of the quality hold.
    pub held: Money,
    /// Free; goes out with the next batch.
    pub payable: Money,
    /// On the way to the bank.
    pub in_transit: Money,
    /// Arrived, ever.
    pub paid: Money,
    pub lots: Vec<HeldLot>,
}

/// One booking's share while it is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct HeldLot {
    pub booking: BookingId,
    pub amount: Money,
    /// Less what penalties took.
    pub remaining: Money,
    pub release_at: Time,
}

/// A card as its owner recognises it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CardMark {
    /// `mada`, `visa`, `master`, `amex`.
    pub brand: String,
    pub last4: String,
}

/// A card kept for the next time, as its owner recognises it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SavedCard {
    pub id: CardId,
    /// `mada`, `visa`, `master`, `amex`.
    pub brand: String,
    pub last4: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SavedCards {
    /// The last used first.
    pub items: Vec<SavedCard>,
}

/// The card is not kept any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CardRemoved {
    pub removed: bool,
}
