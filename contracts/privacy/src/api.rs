//! The bodies of the public requests about one's own data.
//!
//! | operation | who | takes | gives |
//! |---|---|---|---|
//! | `GET /v1/me/consents` | everybody | | [`Consents`] |
//! | `PUT /v1/me/consents` | everybody | [`ChangeConsents`] | [`Consents`] |
//! | `GET /v1/me/privacy-requests` | everybody | | [`PrivacyRequests`] |
//! | `POST /v1/me/privacy-requests` | everybody, with a fresh proof | [`AskPrivacy`] | 201 [`PrivacyRequest`] |
//! | `POST /v1/me/privacy-requests/{id}/cancel` | everybody | | [`PrivacyRequest`] |
//! | `GET /v1/me/privacy-requests/{id}/archive` | everybody, with a fresh proof | | [`ArchiveLink`] |
//! | `GET /v1/privacy/requests?state=open&cursor=&limit=` | `privacy:read` | | `Page<`[`PrivacyRequestLine`]`>` |
//! | `POST /v1/privacy/requests/{id}/extend` | `privacy:manage` | [`ExtendPrivacy`] | [`PrivacyRequestLine`] |
//! | `POST /v1/privacy/requests/{id}/refuse` | `privacy:manage` | [`RefusePrivacy`] | [`PrivacyRequestLine`] |
//! | `POST /v1/privacy/requests/{id}/complete` | `privacy:manage` | [`CompletePrivacy`] | [`PrivacyRequestLine`] |
//!
//! Every POST and the PUT want an `Idempotency-Key`. A fresh proof is `POST /v1/auth/step-up`: staff
//! with the code of their app, others with a code that `POST /v1/auth/step-up/codes` sends to
//! their phone. Without one the answer is 403 `http.second_factor`.

use crate::{Basis, Obstacle};
use kernel::{Lang, PrivacyRequestId, Text, Time, UserId};
use serde::{Deserialize, Serialize};

/// What somebody agrees to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Purpose {
    /// The terms of use.
    Terms,
    /// That one has been told what is kept and why.
    PrivacyNotice,
    /// Messages that praise something.
    Marketing,
}

impl Purpose {
    pub const ALL: [Self; 3] = [Self::Terms, Self::PrivacyNotice, Self::Marketing];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::PrivacyNotice => "privacy_notice",
            Self::Marketing => "marketing",
        }
    }
    /// Whether it may be taken back while the account stays.
    pub const fn can_be_withdrawn(self) -> bool {
        matches!(self, Self::Marketing)
    }
}

/// Where one consent stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Consent {
    pub purpose: Purpose,
    /// Whether it holds now. False, too, where nothing was ever said.
    pub given: bool,
    /// The text that holds now; ask again where `version` is another.
    #[cfg_attr(feature = "server", schema(example = "2026-11"))]
    pub current_version: String,
    /// Of the text that was last answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The language in which it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
    /// When it was last given or taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
}

/// One line for each purpose, in the order of [`Purpose::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Consents {
    pub items: Vec<Consent>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ChangeConsent {
    pub purpose: Purpose,
    pub given: bool,
    /// Of the text that was shown.
    #[cfg_attr(feature = "server", schema(example = "2026-11"))]
    pub version: String,
}

/// What is left out stays. Saying again what holds already adds nothing to the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ChangeConsents {
    #[cfg_attr(feature = "server", schema(max_items = 3))]
    pub items: Vec<ChangeConsent>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum RequestKind {
    /// A copy of one's own data.
    Export,
    Erasure,
    Correction,
}

impl RequestKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Erasure => "erasure",
            Self::Correction => "correction",
        }
    }
}

/// What a correction is about. Staff who see the queue see this and no content; the person tells the
/// rest when they are called. One's name and language are one's own to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum CorrectionOf {
    Phone,
    Booking,
    Receipt,
    Other,
}

impl CorrectionOf {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Booking => "booking",
            Self::Receipt => "receipt",
            Self::Other => "other",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum RequestState {
    /// Taken, and the clock runs. An erasure waits for its grace to pass.
    Received,
    /// An erasure whose time has come and that something stands in the way of: `obstacles`.
    Blocked,
    /// An erasure has begun.
    Running,
    Done,
    Refused,
    /// By the person who asked.
    Cancelled,
}

impl RequestState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Blocked => "blocked",
            Self::Running => "running",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
        }
    }
    /// Still to be answered.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Received | Self::Blocked | Self::Running)
    }
    /// The person may still take it back.
    pub const fn can_be_cancelled(self) -> bool {
        matches!(self, Self::Received | Self::Blocked)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AskPrivacy {
    pub kind: RequestKind,
    /// Of a correction, and of nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<CorrectionOf>,
}

/// What one asked for about one's own data, and where it stands. There is one open request of a
/// kind: asking again answers that one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PrivacyRequest {
    pub id: PrivacyRequestId,
    pub kind: RequestKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<CorrectionOf>,
    pub state: RequestState,
    pub asked_at: Time,
    /// It is answered by then.
    pub due_at: Time,
    /// Why more time was taken; absent where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension_reason: Option<String>,
    /// Of an erasure: it begins then, and can be cancelled until it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erases_at: Option<Time>,
    /// Of an open erasure: what stands in its way, as of when it was last looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<StandsInTheWay>,
    /// Of an erasure: what stays without a name or a phone on it, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
    /// Of an export that can be downloaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<Archive>,
    /// Why it was refused, or what was done about a correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Time>,
}

/// One's own requests, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PrivacyRequests {
    pub items: Vec<PrivacyRequest>,
    /// Asking for an erasure now gives this long to change one's mind.
    #[cfg_attr(feature = "server", schema(example = 7))]
    pub grace_days: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct StandsInTheWay {
    pub reason: Obstacle,
    pub words: Text,
}

impl From<Obstacle> for StandsInTheWay {
    fn from(reason: Obstacle) -> Self {
        Self {
            reason,
            words: reason.words(),
        }
    }
}

/// What an erasure leaves, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Kept {
    pub what: Text,
    pub basis: Basis,
    pub why: Text,
}

impl Kept {
    pub fn new(what: Text, basis: Basis) -> Self {
        Self {
            what,
            basis,
            why: basis.words(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Archive {
    pub bytes: u64,
    pub ready_at: Time,
    /// It is removed then.
    pub until: Time,
}

/// Whoever has it can download the copy while it lives.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ArchiveLink {
    /// A ZIP archive: one JSON file for each part of the platform, and photos.
    pub url: String,
    #[cfg_attr(feature = "server", schema(example = 300))]
    pub expires_in_s: u32,
}

/// How much of a request's time has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Urgency {
    /// Less than half of it; or it was answered.
    Calm,
    /// Half.
    Half,
    /// Four fifths.
    Late,
    /// All.
    Overdue,
}

impl Urgency {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Half => "half",
            Self::Late => "late",
            Self::Overdue => "overdue",
        }
    }
}

/// A request as staff see it: what kind, whose and until when, nothing of its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PrivacyRequestLine {
    pub id: PrivacyRequestId,
    pub user: UserId,
    pub kind: RequestKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<CorrectionOf>,
    pub state: RequestState,
    pub asked_at: Time,
    pub due_at: Time,
    pub extended: bool,
    pub urgency: Urgency,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erases_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<Obstacle>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Time>,
}

/// Which requests staff list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum RequestsOf {
    /// To be answered, the one that is due first first.
    Open,
    /// All, in the same order.
    All,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ExtendPrivacy {
    /// Told to the person. 1 to 500 characters.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RefusePrivacy {
    /// Told to the person. 1 to 500 characters.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CompletePrivacy {
    /// What was done, told to the person. 1 to 500 characters.
    pub reason: String,
}
