//! Passkeys (WebAuthn) as a second factor: what a browser asks for, and what its key answers.

use kernel::{PasskeyId, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// What a browser hands to a key, good once and for five minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PasskeyOptions {
    /// Send it back with the key's answer.
    pub challenge: Uuid,
    pub expires_at: Time,
    /// For a new key `PublicKeyCredentialCreationOptionsJSON`, for a proof
    /// `PublicKeyCredentialRequestOptionsJSON` (WebAuthn Level 3): `parseCreationOptionsFromJSON`
    /// and `parseRequestOptionsFromJSON` read them.
    #[cfg_attr(feature = "server", schema(value_type = Object))]
    pub options: Value,
}

/// A key's answer to `navigator.credentials.get`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PasskeyProof {
    /// Of the options that were answered.
    pub challenge: Uuid,
    /// `AuthenticationResponseJSON` (WebAuthn Level 3): the credential's `toJSON()`.
    #[cfg_attr(feature = "server", schema(value_type = Object))]
    pub credential: Value,
}

/// A new key's answer to `navigator.credentials.create`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AddPasskey {
    /// Of the options that were answered.
    pub challenge: Uuid,
    /// What its owner calls it: 1 to 80 characters.
    #[cfg_attr(feature = "server", schema(example = "Noura's laptop"))]
    pub name: String,
    /// `RegistrationResponseJSON` (WebAuthn Level 3): the credential's `toJSON()`.
    #[cfg_attr(feature = "server", schema(value_type = Object))]
    pub credential: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RenamePasskey {
    /// 1 to 80 characters.
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Passkey {
    pub id: PasskeyId,
    pub name: String,
    pub added_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Time>,
    /// Its count went back, so somebody seems to have a copy: it opens nothing any more, and its
    /// owner should remove it.
    pub blocked: bool,
}

/// The keys of a person, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Passkeys {
    pub items: Vec<Passkey>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PasskeyRemoved {
    pub removed: bool,
}
