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

impl Consent {
    /// Whether the very text that holds now is agreed to.
    pub fn is_current(&self) -> bool {
        self.given && self.version.as_ref() == Some(&self.current_version)
    }
}

/// One line for each purpose, always all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Consents {
    pub items: Vec<Consent>,
}

/// What somebody is asked before they go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outstanding {
    /// Without these there is no account. Empty: nothing is asked.
    pub texts: Vec<Consent>,
    /// An earlier version of one was agreed to before: the words have changed since.
    pub changed: bool,
}

impl Consents {
    /// The texts that are not agreed to as they hold now. Offers are nobody's duty: never among them.
    pub fn outstanding(&self) -> Outstanding {
        let needed = || self.items.iter().filter(|c| !c.purpose.can_be_withdrawn());
        Outstanding {
            texts: needed().filter(|c| !c.is_current()).cloned().collect(),
            changed: needed().any(|c| c.given && !c.is_current()),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_follows_from_the_versions() {
        use Purpose::{Marketing, PrivacyNotice, Terms};
        // Terms, notice and offers as they were last answered; which texts are asked for, and
        // whether as changed ones.
        type Case<'a> = ([Option<&'a str>; 3], &'a [Purpose], bool);
        let cases: [Case; 8] = [
            ([None, None, None], &[Terms, PrivacyNotice], false),
            ([None, None, Some("2")], &[Terms, PrivacyNotice], false),
            ([Some("2"), Some("2"), None], &[], false),
            ([Some("2"), Some("2"), Some("1")], &[], false),
            ([Some("1"), Some("2"), None], &[Terms], true),
            ([Some("2"), Some("1"), None], &[PrivacyNotice], true),
            ([Some("1"), Some("1"), None], &[Terms, PrivacyNotice], true),
            // Not a rise but another all the same: such as after a version was taken back.
            ([Some("3"), None, None], &[Terms, PrivacyNotice], true),
        ];
        for (answered, asked, changed) in cases {
            let items = Purpose::ALL
                .iter()
                .zip(answered)
                .map(|(purpose, version)| Consent {
                    purpose: *purpose,
                    given: version.is_some(),
                    current_version: "2".to_owned(),
                    version: version.map(str::to_owned),
                    lang: None,
                    at: None,
                });
            let consents = Consents {
                items: items.collect(),
            };
            let outstanding = consents.outstanding();
            let texts: Vec<_> = outstanding.texts.iter().map(|c| c.purpose).collect();
            assert_eq!(
                (texts.as_slice(), outstanding.changed),
                (asked, changed),
                "{answered:?}"
            );
            assert!(!texts.contains(&Marketing));
        }
        // Taken back counts as not given, whatever the version.
        let mut consent = Consent {
            purpose: Marketing,
            given: true,
            current_version: "2".to_owned(),
            version: Some("2".to_owned()),
            lang: Some(Lang::En),
            at: None,
        };
        assert!(consent.is_current());
        consent.given = false;
        assert!(!consent.is_current());
    }
}
