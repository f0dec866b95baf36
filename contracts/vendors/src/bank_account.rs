//! The bodies of the public requests about a vendor's bank account: the owner asks for another one, two
//! reviewers approve it, and after some hours in which it can be stopped it takes effect.

use kernel::{BankAccountChangeId, Text, Time, UserId, VendorId};
use serde::{Deserialize, Serialize};

/// Where a change stands. The last three are ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema), schema(as = BankAccountChangeState))]
pub enum ChangeState {
    /// Two reviewers are wanted.
    Asked,
    /// One more reviewer is wanted.
    ApprovedOnce,
    /// It takes effect at `effective_at`, and can be stopped until then.
    Approved,
    /// Being handed over; no longer to be stopped.
    TakingEffect,
    InEffect,
    /// By whoever asked.
    Withdrawn,
    /// By a reviewer, with a reason.
    Rejected,
}

impl ChangeState {
    pub const ALL: [Self; 7] = [
        Self::Asked,
        Self::ApprovedOnce,
        Self::Approved,
        Self::TakingEffect,
        Self::InEffect,
        Self::Withdrawn,
        Self::Rejected,
    ];
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::ApprovedOnce => "approved_once",
            Self::Approved => "approved",
            Self::TakingEffect => "taking_effect",
            Self::InEffect => "in_effect",
            Self::Withdrawn => "withdrawn",
            Self::Rejected => "rejected",
        }
    }
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::InEffect | Self::Withdrawn | Self::Rejected)
    }
    /// Whether whoever asked may still withdraw it, and a reviewer reject it.
    pub const fn can_be_stopped(self) -> bool {
        matches!(self, Self::Asked | Self::ApprovedOnce | Self::Approved)
    }
}

/// The account a vendor is paid to, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BankAccount {
    /// `SA•• •••• 7519`
    pub iban: String,
    pub since: Time,
    /// The change under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<BankAccountChange>,
    /// Those that ended, the last first; at most 20.
    pub earlier: Vec<BankAccountChange>,
}

/// Another account is wanted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AskBankAccountChange {
    /// Saudi; spaces between its digits don't matter.
    pub iban: String,
    /// For the reviewers, at most 300 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// No account.
impl std::fmt::Debug for AskBankAccountChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AskBankAccountChange")
            .finish_non_exhaustive()
    }
}

/// A change as the vendor's owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BankAccountChange {
    pub id: BankAccountChangeId,
    pub state: ChangeState,
    /// The account in use when it was asked for: `SA•• •••• 7519`
    pub from: String,
    /// The new one, likewise.
    pub to: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub asked_at: Time,
    /// From then on payouts are prepared for the new account; until then it can be stopped. A
    /// suspended vendor's change waits until the vendor is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// In the reviewer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_for: Option<String>,
}

/// A change in the reviewers' list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BankAccountChangeLine {
    #[serde(flatten)]
    pub change: BankAccountChange,
    pub vendor: VendorId,
    pub vendor_name: Text,
    /// 0 to 2.
    pub approvals: u32,
    /// One of them is one's own.
    pub approved_by_me: bool,
}

/// Somebody who did something to a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema), schema(as = BankAccountChangeStep))]
pub struct ChangeStep {
    pub user: UserId,
    /// Absent where the account was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub at: Time,
}

/// A change with all that is needed to decide it, and later to say who did.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BankAccountChangeDetail {
    #[serde(flatten)]
    pub line: BankAccountChangeLine,
    /// The new account in full, while it is under way and for who may review it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iban: Option<String>,
    pub asked: ChangeStep,
    /// In the order in which they approved.
    pub approved: Vec<ChangeStep>,
    /// Who withdrew or rejected it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<ChangeStep>,
}

/// No account in full.
impl std::fmt::Debug for BankAccountChangeDetail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BankAccountChangeDetail")
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RejectBankAccountChange {
    /// The owner reads it: at most 300 characters.
    pub reason: String,
}
