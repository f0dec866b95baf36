//! What an operator decides about consents and requests.

use contract_privacy::Purpose;
use serde::Deserialize;

/// Which version of each text holds now (a new one is asked for anew by the apps), and how long
/// things wait and are kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrivacySettings {
    pub terms_version: String,
    pub privacy_notice_version: String,
    pub marketing_version: String,
    /// Between asking for an erasure and its beginning. The law's 30 days to answer go on: 0 to 20.
    pub grace_days: u32,
    /// How long an archive waits to be fetched: 1 to 30.
    pub archive_days: u32,
    /// How large an archive may grow, in MiB, before the platform leaves it to people: 1 to 4000. A
    /// worker needs so much room for each of its jobs.
    pub archive_max_mib: u32,
}

impl Default for PrivacySettings {
    fn default() -> Self {
        let first = || "2026-11".to_owned();
        Self {
            terms_version: first(),
            privacy_notice_version: first(),
            marketing_version: first(),
            grace_days: 7,
            archive_days: 7,
            archive_max_mib: 2048,
        }
    }
}

impl PrivacySettings {
    /// Whether an erasure can still be answered in time, and an archive fetched.
    pub fn is_sane(&self) -> bool {
        self.grace_days <= 20
            && (1..=30).contains(&self.archive_days)
            && (1..=4000).contains(&self.archive_max_mib)
    }

    pub(crate) fn archive_bytes(&self) -> u64 {
        u64::from(self.archive_max_mib) * 1024 * 1024
    }

    pub(crate) fn version(&self, purpose: Purpose) -> &str {
        match purpose {
            Purpose::Terms => &self.terms_version,
            Purpose::PrivacyNotice => &self.privacy_notice_version,
            Purpose::Marketing => &self.marketing_version,
        }
    }
}
