//! Who acts for a company.

use contract_identity::StaffState;
use kernel::access::Role;
use kernel::{BranchId, Lang, Time, UserId};
use serde::{Deserialize, Serialize};

/// What somebody is in a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum MemberRole {
    /// Of the whole account.
    CorporateManager,
    /// Of one branch.
    BranchManager,
}

impl MemberRole {
    pub const ALL: [Self; 2] = [Self::CorporateManager, Self::BranchManager];
    pub const fn role(self) -> Role {
        match self {
            Self::CorporateManager => Role::CorporateManager,
            Self::BranchManager => Role::BranchManager,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CorporateMember {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub role: MemberRole,
    /// Of a branch manager.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<BranchId>,
    /// `invited`: has a link, or had one, and nothing to sign in with. `disabled`: the account is
    /// suspended.
    pub state: StaffState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sign_in_at: Option<Time>,
    pub invited_at: Time,
    pub invited_by: UserId,
    /// Goes up with each change. A change names the one it was decided on.
    pub version: i64,
}

/// The first manager of a company, or another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct InviteManager {
    /// 1 to 80 characters.
    #[cfg_attr(feature = "server", schema(example = "لمى الزهراني"))]
    pub name: String,
    /// They sign in with it. One that has an account is refused.
    #[cfg_attr(feature = "server", schema(example = "lama@company.example"))]
    pub email: String,
    /// Of messages; Arabic if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct InviteMember {
    /// 1 to 80 characters.
    #[cfg_attr(feature = "server", schema(example = "بدر الشهري"))]
    pub name: String,
    /// They sign in with it. One that has an account is refused.
    #[cfg_attr(feature = "server", schema(example = "badr@company.example"))]
    pub email: String,
    pub role: MemberRole,
    /// Only of a branch manager: an open branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<BranchId>,
    /// Of messages; Arabic if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
}

/// A link with which a member sets up what they sign in with, once, within 24 hours.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct MemberLinkIssued {
    pub member: CorporateMember,
    /// Hand it to that person and nobody else. It is not shown again.
    pub link: String,
    /// The secret inside the link.
    pub token: String,
    pub expires_at: Time,
}

/// What they are from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ChangeMemberRole {
    /// The member as they were read.
    pub version: i64,
    pub role: MemberRole,
    /// Only of a branch manager: an open branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<BranchId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RemoveMember {
    /// The member as they were read.
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct MemberRemoved {
    pub id: UserId,
}
