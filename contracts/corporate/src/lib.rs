//! What corporate promises: companies that book for themselves have an account, with branches and with
//! members who act for it, each inside their own.

mod accounts;
mod branches;
mod members;

pub use accounts::*;
pub use branches::*;
pub use members::*;

kernel::faults! {
    pub enum CorporateFault {
        UnknownAccount => NotFound, "corporate.unknown_account",
            ar "لا يوجد حساب شركة بهذا المعرّف.",
            en "There is no corporate account with this id.";
        /// Or another company's, or another branch than one's own: not told apart.
        UnknownBranch => NotFound, "corporate.unknown_branch",
            ar "لا يوجد فرع بهذا المعرّف.",
            en "There is no branch with this id.";
        /// Or another company's, or removed: not told apart.
        UnknownMember => NotFound, "corporate.unknown_member",
            ar "لا يوجد عضو بهذا المعرّف.",
            en "There is no member with this id.";
        BadArabicName { most: u32 } => BadRequest, "corporate.bad_arabic_name", field "name.ar",
            ar "اكتب الاسم بالعربية، من حرف إلى {most} حرفًا.",
            en "Enter the name in Arabic, in 1 to {most} characters.";
        BadEnglishName { most: u32 } => BadRequest, "corporate.bad_english_name", field "name.en",
            ar "اكتب الاسم بالإنجليزية، من حرف إلى {most} حرفًا.",
            en "Enter the name in English, in 1 to {most} characters.";
        BadUnifiedNumber => BadRequest, "corporate.bad_unified_number", field "unified_number",
            ar "الرقم الوطني الموحّد عشرة أرقام أولها 7.",
            en "A unified national number has ten digits and begins with 7.";
        BadVatNumber => BadRequest, "corporate.bad_vat_number", field "vat_number",
            ar "الرقم الضريبي خمسة عشر رقمًا، أولها 3 وآخرها 3.",
            en "A VAT number has fifteen digits, the first and the last a 3.";
        UnifiedNumberTaken => Conflict, "corporate.unified_number_taken", field "unified_number",
            ar "لهذا الرقم الموحّد حساب بالفعل.",
            en "There is an account with this unified number already.";
        BranchNameTaken => Conflict, "corporate.branch_name_taken", field "name",
            ar "لشركتك فرع بهذا الاسم.",
            en "Your company has a branch with this name.";
        /// Somebody else changed it after it was read.
        Changed { version: i64 } => Conflict, "corporate.changed",
            ar "تغيّر هذا قبل قليل. راجعه ثم أعد المحاولة.",
            en "This was changed meanwhile. Look at it again, then repeat.";
        AccountSuspended => Conflict, "corporate.account_suspended",
            ar "حساب هذه الشركة موقوف.",
            en "This company's account is suspended.";
        AccountActive => Conflict, "corporate.account_active",
            ar "حساب هذه الشركة غير موقوف.",
            en "This company's account is not suspended.";
        BranchClosed => Conflict, "corporate.branch_closed", field "branch",
            ar "هذا الفرع مغلق.",
            en "This branch is closed.";
        BranchOpen => Conflict, "corporate.branch_open",
            ar "هذا الفرع مفتوح.",
            en "This branch is open.";
        BranchInUse { managers: u32 } => Conflict, "corporate.branch_in_use",
            ar "لهذا الفرع مديرون، عددهم {managers}. انقلهم إلى فرع آخر أو أزلهم أولًا.",
            en "This branch has managers: {managers}. Move them to another branch or remove them first.";
        BranchWanted => BadRequest, "corporate.branch_wanted", field "branch",
            ar "اختر فرع هذا المدير.",
            en "Choose the branch of this manager.";
        BranchNotWanted => BadRequest, "corporate.branch_not_wanted", field "branch",
            ar "مدير حساب الشركة لكل الفروع، فلا تختر له فرعًا.",
            en "A manager of the account is of all branches: name none.";
        TooManyBranches { most: u32 } => Conflict, "corporate.too_many_branches",
            ar "لشركتك {most} فرع، وهذا أقصى عدد.",
            en "Your company has {most} branches, the most there can be.";
        TooManyMembers { most: u32 } => Conflict, "corporate.too_many_members",
            ar "لهذا الحساب {most} عضو، وهذا أقصى عدد. أزل واحدًا أولًا.",
            en "This account has {most} members, the most there can be. Remove one first.";
        /// Somebody else, always: so one manager who can sign in is left.
        OwnMembership => Forbidden, "corporate.own_membership",
            ar "لا تغيّر عضويتك بنفسك. اطلب ذلك من مدير آخر.",
            en "You can't change your own membership. Ask another manager.";
        /// They were one when they signed in.
        NoLongerManager => Forbidden, "corporate.no_longer_manager",
            ar "تغيّرت صلاحيتك في هذا الحساب. سجّل الدخول من جديد.",
            en "What you may do in this account has changed. Sign in again.";
        BadReason { most: u32 } => BadRequest, "corporate.bad_reason", field "reason",
            ar "اكتب السبب، من حرف إلى {most} حرف.",
            en "Give the reason, in 1 to {most} characters.";
        | Identity(contract_identity::IdentityFault);
    }
}
