//! What an operator decides about consents.

use contract_privacy::Purpose;
use serde::Deserialize;

/// Which version of each text holds now. A new version is asked for anew by the apps.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrivacySettings {
    pub terms_version: String,
    pub privacy_notice_version: String,
    pub marketing_version: String,
}

impl Default for PrivacySettings {
    fn default() -> Self {
        let first = || "2026-11".to_owned();
        Self {
            terms_version: first(),
            privacy_notice_version: first(),
            marketing_version: first(),
        }
    }
}

impl PrivacySettings {
    pub(crate) fn version(&self, purpose: Purpose) -> &str {
        match purpose {
            Purpose::Terms => &self.terms_version,
            Purpose::PrivacyNotice => &self.privacy_notice_version,
            Purpose::Marketing => &self.marketing_version,
        }
    }
}
