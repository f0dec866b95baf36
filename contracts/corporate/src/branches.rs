//! Branches of a company.

use kernel::{BranchId, Text, Time};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum BranchState {
    Open,
    Closed,
}

impl BranchState {
    pub const ALL: [Self; 2] = [Self::Open, Self::Closed];
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Branch {
    pub id: BranchId,
    pub name: Text,
    pub state: BranchState,
    pub since: Time,
    /// Goes up with each change. A change names the one it was decided on.
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AddBranch {
    /// 1 to 120 characters in each language, of no other branch of the company, open or closed.
    pub name: Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ChangeBranch {
    /// The branch as it was read.
    pub version: i64,
    /// 1 to 120 characters in each language, of no other branch of the company, open or closed.
    pub name: Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CloseBranch {
    /// The branch as it was read.
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ReopenBranch {
    /// The branch as it was read.
    pub version: i64,
}
