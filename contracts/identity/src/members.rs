//! Members of corporate accounts: who runs a company's account signs in as staff do. What they are is
//! decided by the module that owns the accounts.

use crate::StaffState;
use kernel::access::{Role, Scope};
use kernel::{BranchId, CorporateAccountId, Lang, Time, UserId};
use serde::{Deserialize, Serialize};

/// What a member is within their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Membership {
    /// Of the account.
    Manager,
    /// Of this branch.
    OfBranch(BranchId),
}

impl Membership {
    pub const fn role(self) -> Role {
        match self {
            Self::Manager => Role::CorporateManager,
            Self::OfBranch(_) => Role::BranchManager,
        }
    }
    pub fn scope(self, account: CorporateAccountId) -> Scope {
        let branch = match self {
            Self::Manager => None,
            Self::OfBranch(branch) => Some(branch),
        };
        Scope {
            account: Some(account),
            branch,
            ..Scope::default()
        }
    }
}

/// How a member stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Active(Membership),
    /// Stays what they are, and can't sign in: the account is suspended.
    Suspended(Membership),
    /// Is nothing any more, and can't sign in.
    Removed,
}

/// How a member stands from now on. What they lose ends their sessions at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetMember {
    pub account: CorporateAccountId,
    pub user: UserId,
    pub standing: Standing,
    /// Who decided it.
    pub by: UserId,
    /// Counts up with each decision about this member: one that is not newer changes nothing.
    pub version: i64,
}

/// Takes away all that somebody signs in with, and makes a link with which they set it up anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkMember {
    pub account: CorporateAccountId,
    pub whom: Whom,
    /// Who hands the link over.
    pub by: UserId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// An account is made. One that is there already is refused, unless it is of this very corporate
    /// account and its owner was removed or never used a link.
    Invited {
        name: String,
        email: String,
        lang: Option<Lang>,
    },
    /// A member who lost what they sign in with.
    Member(UserId),
}

/// Good once, for 24 hours; what is newer ends it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberLink {
    pub user: UserId,
    pub link: String,
    /// The secret inside the link.
    pub token: String,
    pub expires_at: Time,
}

/// A member as their company sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub user: UserId,
    pub name: String,
    pub email: String,
    pub state: StaffState,
    pub last_sign_in_at: Option<Time>,
}
