//! The bodies of the public requests about one's own data: to have it, to correct it, to have it
//! erased; and of the staff who answer within the law's 30 days.

use kernel::{Basis, Obstacle, PrivacyRequestId, Time, UserId};
use serde::{Deserialize, Serialize};

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum RequestKind {
    /// A copy of everything kept about oneself.
    Export,
    /// No account any more, and no more data than the law makes us keep.
    Erasure,
    /// Something kept is wrong and can't be changed in the app.
    Correction,
}

impl RequestKind {
    pub const ALL: [Self; 3] = [Self::Export, Self::Erasure, Self::Correction];
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Erasure => "erasure",
            Self::Correction => "correction",
        }
    }
}

/// Where a request stands. The last three are ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema), schema(as = PrivacyRequestState))]
pub enum RequestState {
    /// Not begun: an erasure lets its days of grace pass, a correction waits for staff.
    Received,
    /// Something has to end first; looked at again by itself.
    Blocked,
    /// Under way, and no longer to be stopped.
    Running,
    Done,
    /// By staff, in words.
    Refused,
    /// By whoever asked.
    Cancelled,
}

impl RequestState {
    pub const ALL: [Self; 6] = [
        Self::Received,
        Self::Blocked,
        Self::Running,
        Self::Done,
        Self::Refused,
        Self::Cancelled,
    ];
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
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Received | Self::Blocked | Self::Running)
    }
    /// Whether whoever asked may still take it back.
    pub const fn can_be_cancelled(self) -> bool {
        matches!(self, Self::Received | Self::Blocked)
    }
}

/// A request as whoever made it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PrivacyRequest {
    pub id: PrivacyRequestId,
    pub kind: RequestKind,
    pub state: RequestState,
    pub received_at: Time,
    /// Answered by then: 30 days after it was received, 60 where it was extended.
    pub due_at: Time,
    /// Why it takes longer, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended_for: Option<String>,
    /// Of an erasure: it begins then, and can be taken back until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins_at: Option<Time>,
    /// What has to end first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<Obstacle>,
    /// What is wrong and what is right, of a correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// What staff said when they corrected or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Of an export that is done, while it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<Archive>,
    /// Of an export that is too large for the platform to make by itself: people answer it.
    #[serde(default)]
    pub too_large: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Archive {
    pub bytes: u64,
    /// It is removed then.
    pub until: Time,
}

/// One's own requests, newest first, and what an erasure would meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PrivacyRequests {
    pub items: Vec<PrivacyRequest>,
    /// What stands against an erasure now. None: it would begin after the days of grace.
    pub obstacles: Vec<Obstacle>,
    /// Between asking for an erasure and its beginning.
    pub grace_days: u32,
}

/// What is asked for without further proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum AskPrivacy {
    Export {},
    Correction {
        /// 1 to 1000 characters.
        text: String,
    },
}

/// Where an archive is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ArchiveLink {
    /// Good without signing in: not to be passed on.
    pub url: String,
    /// Five minutes.
    pub expires_at: Time,
}

/// How much of the time to answer has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema), schema(as = PrivacyUrgency))]
pub enum Urgency {
    Calm,
    /// 50 %.
    Half,
    /// 80 %.
    Late,
    Overdue,
}

/// A request in the queue of staff. An open one whose answer is due first comes first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PrivacyRequestLine {
    pub id: PrivacyRequestId,
    pub kind: RequestKind,
    pub state: RequestState,
    /// Whose data it is; an account that may be erased meanwhile.
    pub user: UserId,
    pub received_at: Time,
    pub due_at: Time,
    pub extended: bool,
    /// Calm where it has ended in time.
    pub urgency: Urgency,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub obstacles: Vec<Obstacle>,
    /// An export that people have to make or refuse: it is too large for the platform.
    #[serde(default)]
    pub too_large: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
}

/// Everything staff need to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PrivacyRequestDetail {
    pub request: PrivacyRequest,
    pub user: UserId,
    pub urgency: Urgency,
    /// As the account calls itself; absent once it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The last digits of the phone, to know somebody by who calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_end: Option<String>,
    /// Of an erasure: what each part of the platform has done, in order.
    pub steps: Vec<ErasureStep>,
}

/// One part of the platform and its own records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ErasureStep {
    /// The part's name: `identity`, `bookings`.
    #[cfg_attr(feature = "server", schema(example = "bookings"))]
    pub holder: String,
    pub done_at: Time,
    pub kept: Vec<KeptRecords>,
}

/// What stays, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct KeptRecords {
    #[cfg_attr(feature = "server", schema(example = "bookings"))]
    pub what: String,
    pub rows: u64,
    pub basis: Basis,
}

/// What staff say to whoever asked: why it takes 30 days longer, why it is refused, what was
/// corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AnswerPrivacy {
    /// 1 to 500 characters, in the language of whoever asked.
    pub text: String,
}
