//! What privacy promises: a person's consents are on record, and what they ask about their own data
//! is answered within the law's time. And what it asks of every module that keeps people's data:
//! [`PersonalRecords`].

mod api;
mod records;

pub use api::*;
pub use records::*;

kernel::faults! {
    pub enum PrivacyFault {
        /// Or somebody else's: not told apart.
        UnknownRequest => NotFound, "privacy.unknown_request",
            ar "لا يوجد طلب بهذا المعرّف.",
            en "There is no request with this id.";
        /// Erasing began, or the request was answered.
        TooLate => Conflict, "privacy.too_late",
            ar "فات أوان ذلك: انتهى هذا الطلب أو بدأ تنفيذه.",
            en "It is too late for that: this request was answered, or is being carried out.";
        NoArchive => NotFound, "privacy.no_archive",
            ar "لا توجد نسخة للتنزيل: لم تجهز بعد أو انتهت مدتها. اطلب نسخة جديدة.",
            en "There is no copy to download: it is not ready yet, or its time is over. Ask for a new one.";
        /// Of the terms or the notice: somebody agreed to words that are no longer ours.
        OtherVersion { current: String } => Conflict, "privacy.other_version", field "version",
            ar "تغيّر النص. اقرأ النسخة {current} ثم وافق.",
            en "The text has changed. Read version {current}, then agree.";
        /// Without the terms there is no account: erasing it is the way.
        NotWithdrawn => Conflict, "privacy.not_withdrawn", field "given",
            ar "لا حساب بلا هذه الموافقة. إن أردت إلغاءها فاطلب محو بياناتك.",
            en "There is no account without this consent. To withdraw it, ask for your data to be erased.";
        NothingNamed => BadRequest, "privacy.nothing_named", field "about",
            ar "اختر ما تريد تصحيحه.",
            en "Name what is to be corrected.";
        BadReason => BadRequest, "privacy.bad_reason", field "reason",
            ar "اكتب السبب من حرف إلى 500 حرف.",
            en "Enter a reason of 1 to 500 characters.";
        /// The law allows one, of 30 days.
        ExtendedBefore => Conflict, "privacy.extended_before",
            ar "مُدّدت مهلة هذا الطلب من قبل، ولا تُمدّد مرتين.",
            en "The time of this request was extended before; that is allowed once.";
        /// The platform itself answers exports and erasures.
        NotByHand => Conflict, "privacy.not_by_hand",
            ar "هذا الطلب ينفّذه النظام، لا الموظفون.",
            en "This request is carried out by the platform, not by hand.";
    }
}
