//! What an operator decides about consents and requests.

use crate::legal::{self, Legal, Publisher};
use contract_privacy::Purpose;
use kernel::Lang;
use serde::Deserialize;
use std::path::PathBuf;

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
    /// A folder with the operator's own `terms.ar.md`, `terms.en.md`, `notice.ar.md` and
    /// `notice.en.md`. Absent: the platform's, which are a beginning.
    pub texts_dir: Option<PathBuf>,
    /// Which edition of the platform's texts the operator's lawyer has read. Empty: none.
    pub texts_reviewed: String,
    pub operator: OperatorSettings,
}

/// Who answers for the texts, besides the seller's name and VAT number (`settlement.seller`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OperatorSettings {
    /// Of the commercial register: ten digits.
    pub registration: String,
    pub address_ar: String,
    pub address_en: String,
    /// Where customers write.
    pub email: String,
    /// Where people write about their data.
    pub data_protection_email: String,
}

impl Default for OperatorSettings {
    /// Nobody's: texts of development carry it.
    fn default() -> Self {
        Self {
            registration: "0000000000".to_owned(),
            address_ar: "شارع المثال، الرياض".to_owned(),
            address_en: "Example Street, Riyadh".to_owned(),
            email: "help@khidma.example".to_owned(),
            data_protection_email: "privacy@khidma.example".to_owned(),
        }
    }
}

impl OperatorSettings {
    pub(crate) fn address(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ar => &self.address_ar,
            Lang::En => &self.address_en,
        }
    }

    /// By name, and whether it looks like what it is.
    fn fields(&self) -> [(&'static str, &str, bool); 5] {
        let number = &self.registration;
        let is_number = number.len() == 10 && number.bytes().all(|b| b.is_ascii_digit());
        let is_line = |text: &str| !text.trim().is_empty() && !text.chars().any(char::is_control);
        let is_mailbox = |text: &str| {
            let parts = text.split_once('@');
            let whole = parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
            whole
                && text
                    .bytes()
                    .all(|b| b.is_ascii_graphic() && !b"<>()[]\\\",;:".contains(&b))
        };
        [
            ("registration", number, is_number),
            ("address_ar", &self.address_ar, is_line(&self.address_ar)),
            ("address_en", &self.address_en, is_line(&self.address_en)),
            ("email", &self.email, is_mailbox(&self.email)),
            (
                "data_protection_email",
                &self.data_protection_email,
                is_mailbox(&self.data_protection_email),
            ),
        ]
    }
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
            texts_dir: None,
            texts_reviewed: String::new(),
            operator: OperatorSettings::default(),
            archive_max_mib: 2048,
        }
    }
}

impl PrivacySettings {
    /// What is wrong, one line each. Production is held to what development may do without: texts
    /// that somebody has read, and the operator's own name under them.
    pub fn faults(&self, publisher: &Publisher, production: bool) -> Vec<String> {
        let mut faults = Vec::new();
        let is_sane = self.grace_days <= 20
            && (1..=30).contains(&self.archive_days)
            && (1..=4000).contains(&self.archive_max_mib);
        if !is_sane {
            faults.push(
                "privacy: grace_days of 0 to 20, archive_days of 1 to 30 and archive_max_mib of 1 to 4000 are wanted"
                    .into(),
            );
        }
        for purpose in Purpose::ALL {
            let version = self.version(purpose);
            if version.is_empty()
                || version.len() > 40
                || !version.bytes().all(|b| b.is_ascii_graphic())
            {
                faults.push(format!(
                    "privacy.{}_version: 1 to 40 letters, digits and signs without a space are wanted",
                    purpose.as_str()
                ));
            }
        }
        if let Err(bad) = Legal::open(self, publisher) {
            faults.push(format!("privacy.texts_dir: {bad}"));
        }
        let nobody = OperatorSettings::default();
        for ((name, value, is_good), (_, nobodys, _)) in
            self.operator.fields().into_iter().zip(nobody.fields())
        {
            if !is_good {
                faults.push(format!("privacy.operator.{name}: `{value}` is none"));
            } else if production && value == nobodys {
                faults.push(format!(
                    "privacy.operator.{name}: terms and privacy notice want the operator's own"
                ));
            }
        }
        if production {
            faults.extend(self.unread());
        }
        faults
    }

    /// The platform's own texts are a beginning that no lawyer has read.
    fn unread(&self) -> Option<String> {
        let edition = legal::edition();
        let read = self.texts_dir.is_some() || self.texts_reviewed == edition;
        (!read).then(|| {
            format!(
                "privacy.texts_reviewed: the terms and the privacy notice that come with the platform \
                 are a beginning that no lawyer has read. Give your own (privacy.texts_dir), or have \
                 these read and say so: privacy.texts_reviewed = \"{edition}\""
            )
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Text;

    fn publisher() -> Publisher {
        Publisher {
            name: Text::new("بيت", "Bayt"),
            vat_number: "310000000000003".to_owned(),
            public_url: "https://bayt.example/".to_owned(),
        }
    }

    #[test]
    fn production_wants_the_operators_own_name_and_texts_that_were_read() {
        let mut settings = PrivacySettings::default();
        assert_eq!(settings.faults(&publisher(), false), Vec::<String>::new());
        let faults = settings.faults(&publisher(), true);
        assert_eq!(faults.len(), 6, "{faults:?}");
        assert!(
            faults.iter().any(|f| f.contains(&legal::edition())),
            "{faults:?}"
        );
        settings.operator = OperatorSettings {
            registration: "1010000001".to_owned(),
            address_ar: "طريق الملك فهد، الرياض".to_owned(),
            address_en: "King Fahd Road, Riyadh".to_owned(),
            email: "care@bayt.example".to_owned(),
            data_protection_email: "dpo@bayt.example".to_owned(),
        };
        // Of another release: these words are not the ones that were read.
        settings.texts_reviewed = "texts-000000000000".to_owned();
        assert_eq!(settings.faults(&publisher(), true).len(), 1);
        settings.texts_reviewed = legal::edition();
        assert_eq!(settings.faults(&publisher(), true), Vec::<String>::new());
    }

    #[test]
    fn what_no_text_could_carry_is_refused_everywhere() {
        let refused = |change: fn(&mut PrivacySettings), what: &str| {
            let mut settings = PrivacySettings::default();
            change(&mut settings);
            let faults = settings.faults(&publisher(), false);
            assert!(
                faults.len() == 1 && faults[0].contains(what),
                "{what}: {faults:?}"
            );
        };
        refused(|s| s.grace_days = 21, "grace_days");
        refused(|s| s.archive_days = 0, "archive_days");
        refused(|s| s.terms_version = String::new(), "privacy.terms_version");
        refused(
            |s| s.privacy_notice_version = "a b".to_owned(),
            "privacy_notice_version",
        );
        refused(
            |s| s.operator.registration = "12".to_owned(),
            "operator.registration",
        );
        refused(
            |s| s.operator.address_ar = " ".to_owned(),
            "operator.address_ar",
        );
        refused(|s| s.operator.email = "nobody".to_owned(), "operator.email");
        refused(
            |s| s.operator.data_protection_email = "a@b.example)".to_owned(),
            "operator.data_protection_email",
        );
        refused(
            |s| s.texts_dir = Some("no-such-folder".into()),
            "no-such-folder/terms.ar.md",
        );
    }
}
