//! The bodies of the public requests about one's consents.

use kernel::{Lang, Time};
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

/// One line for each purpose, always all of them.
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
    pub items: Vec<ChangeConsent>,
}
