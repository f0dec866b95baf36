//! The bodies of the public requests about one's account and sessions.

use crate::PasskeyProof;
use kernel::access::Role;
use kernel::{Lang, Phone, SessionId, Slug, Time, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AskForCode {
    /// A Saudi mobile number as people type it: `0501234567`, `+966 50 123 4567`.
    #[cfg_attr(feature = "server", schema(example = "0501234567"))]
    pub phone: String,
    /// The language of the message and of a new account; the request's own if not given.
    #[serde(default)]
    pub lang: Option<Lang>,
    /// A random UUID that this device made once and keeps to itself. The code is good on this
    /// device only.
    pub device: Uuid,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CodeSent {
    /// Send it back with the code.
    pub challenge: Uuid,
    pub expires_at: Time,
    /// Another code may be asked for after this.
    pub resend_after_s: u32,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SignIn {
    pub challenge: Uuid,
    /// Six digits, in either script.
    #[cfg_attr(feature = "server", schema(example = "042137"))]
    pub code: String,
    /// The device that asked for the code.
    pub device: Uuid,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// A JWT for the `Authorization: Bearer` header.
    pub access_token: String,
    #[cfg_attr(feature = "server", schema(example = "Bearer"))]
    pub token_type: String,
    /// Of the access token: ten minutes.
    pub expires_at: Time,
    /// Opaque; good for one use. Absent where a browser keeps it in a cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    pub user: SignedInUser,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SignedInUser {
    pub id: UserId,
    /// Empty until a new customer gives one.
    pub name: String,
    pub roles: Vec<Role>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SignedOut {
    pub signed_out: bool,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Refresh {
    /// Absent where a browser keeps it in a cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// One signed-in device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SessionLine {
    pub id: SessionId,
    /// `Chrome, Android`; empty where it did not say.
    #[cfg_attr(feature = "server", schema(example = "Chrome, Android"))]
    pub device: String,
    pub created_at: Time,
    /// To some minutes: when it last renewed its access.
    pub last_used_at: Time,
    /// It has to sign in again then.
    pub ends_at: Time,
    /// The one that asks.
    pub current: bool,
}

/// The open sessions of a person, the one used last first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Sessions {
    pub items: Vec<SessionLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SessionsEnded {
    pub ended: u32,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct StaffSignIn {
    pub email: String,
    pub password: String,
    /// Six digits of the authenticator app, or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// In place of `code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<PasskeyProof>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct StepUp {
    /// Six digits of the authenticator app, or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// In place of `code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<PasskeyProof>,
    /// In place of `code`, where one signs in with a phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneProof>,
}

/// A code by text message to one's own phone, for stepping up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AskStepUpCode {
    /// Made once by each installation or browser; the code is good for it alone.
    pub device: Uuid,
}

/// The answer to that code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PhoneProof {
    pub challenge: Uuid,
    /// Six digits, in either script.
    #[cfg_attr(feature = "server", schema(example = "042137"))]
    pub code: String,
    /// The device that asked for the code.
    pub device: Uuid,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SteppedUp {
    /// Takes the place of the one the request came with; the refresh token stays.
    pub access_token: String,
    #[cfg_attr(feature = "server", schema(example = "Bearer"))]
    pub token_type: String,
    /// Of the access token: ten minutes.
    pub expires_at: Time,
    /// Until then what wants a fresh second factor is allowed: five minutes.
    pub fresh_until: Time,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ChangePassword {
    pub current_password: String,
    /// 12 to 1024 characters, of any kind, and not a common one.
    pub password: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PasswordChanged {
    /// How many sessions ended with it.
    pub sessions_ended: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct IssueReset {
    /// Of the member of staff who needs a new password.
    pub email: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ResetIssued {
    /// Hand it to that person and nobody else. It is not shown again.
    pub link: String,
    /// The secret inside the link.
    pub token: String,
    pub expires_at: Time,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct UseReset {
    pub token: String,
    /// 12 to 1024 characters, of any kind, and not a common one.
    pub password: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SecondFactor {
    pub has_app: bool,
    /// A new secret waits for its first code.
    pub app_offered: bool,
    /// Those that are worth something.
    pub passkeys: u32,
    pub recovery_codes_left: u32,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SecondFactorOffer {
    /// Base32 (RFC 6238), for typing into the authenticator app. It is not shown again.
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
pub struct ConfirmSecondFactor {
    /// Six digits that the app shows for the new secret.
    pub code: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// Ten, each good once in place of the app's code. They are not shown again; those of before are
    /// dead.
    pub codes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Profile {
    pub id: UserId,
    /// Empty until given.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    pub lang: Lang,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<Slug>,
    pub roles: Vec<Role>,
    pub since: Time,
}

/// What is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ChangeProfile {
    /// 1 to 80 characters.
    #[serde(default)]
    pub name: Option<String>,
    /// Of messages; the language of an answer is that of the request.
    #[serde(default)]
    pub lang: Option<Lang>,
}
