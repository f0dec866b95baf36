//! What privacy promises: what a person agreed to, and took back, is on record.

mod api;

pub use api::*;

kernel::faults! {
    pub enum PrivacyFault {
        /// Somebody agreed to words that are no longer ours, or not yet.
        OtherVersion { current: String } => Conflict, "privacy.other_version", field "version",
            ar "تغيّر النص. اقرأ النسخة {current} ثم أجب.",
            en "The text has changed. Read version {current}, then answer.";
        /// Without the terms and the notice there is no account.
        NotWithdrawn => Conflict, "privacy.not_withdrawn", field "given",
            ar "لا حساب بلا هذه الموافقة.",
            en "There is no account without this consent.";
        NamedTwice => BadRequest, "privacy.named_twice", field "items",
            ar "لكل موافقة جواب واحد.",
            en "Answer each consent once.";
    }
}
