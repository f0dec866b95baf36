//! Corporate accounts, as an operations manager opens them and their own managers see them.

use kernel::{CorporateAccountId, Text, Time, UserId};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum CorporateState {
    Active,
    /// None of its members can sign in.
    Suspended,
}

impl CorporateState {
    pub const ALL: [Self; 2] = [Self::Active, Self::Suspended];
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// A company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CorporateAccount {
    pub id: CorporateAccountId,
    pub name: Text,
    /// Of the commercial register: ten digits that begin with 7.
    pub unified_number: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_number: Option<String>,
    pub state: CorporateState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<CorporateSuspended>,
    /// Those that are open.
    pub branches: u32,
    /// Those who are not removed.
    pub members: u32,
    pub since: Time,
    /// Goes up with each change. A change names the one it was decided on.
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CorporateSuspended {
    pub at: Time,
    pub by: UserId,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OpenCorporateAccount {
    /// 1 to 120 characters in each language.
    pub name: Text,
    /// Ten digits that begin with 7. One that has an account is refused.
    #[cfg_attr(feature = "server", schema(example = "7012345678"))]
    pub unified_number: String,
    /// Fifteen digits, the first and the last a 3; absent where the company is not registered for VAT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "server", schema(example = "310123456700003"))]
    pub vat_number: Option<String>,
}

/// Names and VAT number as they are to be. The unified number stays: another one is another company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ChangeCorporateAccount {
    /// The account as it was read.
    pub version: i64,
    /// 1 to 120 characters in each language.
    pub name: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_number: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SuspendCorporateAccount {
    /// The account as it was read.
    pub version: i64,
    /// 1 to 500 characters; staff read it.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ResumeCorporateAccount {
    /// The account as it was read.
    pub version: i64,
}

/// One's own company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Company {
    pub id: CorporateAccountId,
    pub name: Text,
    /// Only for managers of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unified_number: Option<String>,
    /// Only for managers of the account, and where the company is registered for VAT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_number: Option<String>,
}
