//! What privacy promises: what a person agreed to, and took back, is on record; and who asks for
//! their data, or for its end, is answered in time.

mod consents;
mod legal;
mod requests;

pub use consents::*;
pub use legal::*;
pub use requests::*;

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
        /// Or somebody else's: not told apart.
        UnknownRequest => NotFound, "privacy.unknown_request",
            ar "لا يوجد طلب بهذا المعرّف.",
            en "There is no request with this id.";
        AlreadyAsked => Conflict, "privacy.already_asked", field "kind",
            ar "لك طلب مثله لم ننتهِ منه بعد.",
            en "You have such a request already, and we have not finished it yet.";
        TooSoon { retry_after_s: u32 } => TooManyRequests, "privacy.too_soon",
            ar "أخذت نسخة قبل قليل. نجهّز نسخة واحدة في اليوم.",
            en "You had a copy a short while ago. We make one a day.";
        TooLate => Conflict, "privacy.too_late",
            ar "بدأ تنفيذ الطلب أو انتهى، ولم يعد يمكن إلغاؤه.",
            en "The request is under way or has ended, and can't be taken back any more.";
        /// Of another kind, not yet done, or removed meanwhile.
        NoArchive => NotFound, "privacy.no_archive",
            ar "لا توجد نسخة لهذا الطلب. اطلب نسخة جديدة.",
            en "There is no copy for this request. Ask for a new one.";
        AlreadyExtended => Conflict, "privacy.already_extended",
            ar "مُدِّد هذا الطلب من قبل، والتمديد مرة واحدة.",
            en "This request was extended already. That can be done once.";
        /// Ended, under way, or answered by the platform itself.
        NotAnswerable => Conflict, "privacy.not_answerable",
            ar "لا يُجاب عن هذا الطلب بهذه الطريقة في حالته الآن.",
            en "As this request stands, it can't be answered this way.";
        BadText { most: u32 } => BadRequest, "privacy.bad_text", field "text",
            ar "اكتب من حرف إلى {most} حرف.",
            en "Write 1 to {most} characters.";
    }
}
