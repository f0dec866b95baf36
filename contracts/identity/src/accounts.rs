//! Accounts of staff, as an administrator manages them and an auditor reads them.

use kernel::access::Role;
use kernel::{Lang, Slug, Time, UserId};
use serde::{Deserialize, Serialize};

/// How far an account has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum StaffState {
    /// Has a link, or had one, and no password yet.
    Invited,
    Active,
    /// Can't sign in.
    Disabled,
}

impl StaffState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

/// One member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct StaffMember {
    pub id: UserId,
    pub name: String,
    pub email: String,
    /// In their own order.
    pub roles: Vec<Role>,
    /// The zones a dispatcher is limited to; absent: none is named, hence all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<Slug>>,
    pub state: StaffState,
    /// An authenticator app is enrolled. False from an invitation or a reset until the link is used.
    pub has_second_factor: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_sign_in_at: Option<Time>,
    pub since: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<StaffDisabled>,
    /// Goes up with each change by an administrator. A change names the one it was decided on.
    pub version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct StaffDisabled {
    pub at: Time,
    pub by: UserId,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct InviteStaff {
    /// 1 to 80 characters.
    #[cfg_attr(feature = "server", schema(example = "نورة القحطاني"))]
    pub name: String,
    /// They sign in with it. One that has an account is refused.
    #[cfg_attr(feature = "server", schema(example = "noura@khidma.sa"))]
    pub email: String,
    /// Roles of staff, at least one.
    pub roles: Vec<Role>,
    /// Only with `dispatcher`: 1 to 20 zones by their keys; absent for all. That a zone exists is not
    /// checked here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<Slug>>,
    /// Of messages; Arabic if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
}

/// A link with which a member of staff sets up what they sign in with, once, within 24 hours.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EnrolmentIssued {
    pub staff: StaffMember,
    /// Hand it to that person and nobody else. It is not shown again.
    pub link: String,
    /// The secret inside the link.
    pub token: String,
    pub expires_at: Time,
}

/// Roles and zones as they are to be from now on: those of before are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ChangeStaffRoles {
    /// The account as it was read.
    pub version: i64,
    /// Roles of staff, at least one.
    pub roles: Vec<Role>,
    /// Only with `dispatcher`: 1 to 20 zones by their keys; absent for all. That a zone exists is not
    /// checked here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<Slug>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DisableStaff {
    /// The account as it was read.
    pub version: i64,
    /// 1 to 500 characters; other administrators and auditors read it.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EnableStaff {
    /// The account as it was read.
    pub version: i64,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BeginEnrolment {
    /// From the link.
    pub token: String,
}

/// What is to be set up, with a new secret for the authenticator app.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Enrolment {
    pub name: String,
    pub email: String,
    /// False: there is no password yet and one is chosen. True: the password stays and is asked for.
    pub has_password: bool,
    /// Base32 (RFC 6238), for typing into the authenticator app. It is good for 15 minutes, and each
    /// beginning makes a new one.
    pub secret: String,
    /// The same as an address that apps read from a QR code.
    #[cfg_attr(
        feature = "server",
        schema(example = "otpauth://totp/Khidma:noura@khidma.sa?secret=…&issuer=Khidma")
    )]
    pub uri: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct FinishEnrolment {
    /// From the link.
    pub token: String,
    /// The new one (12 to 1024 characters, of any kind, and not a common one), or the one that there
    /// is.
    pub password: String,
    /// Six digits that the app shows for the new secret.
    pub code: String,
}
