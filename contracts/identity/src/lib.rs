//! What identity promises: who somebody is, and that a token in their name was issued by us.

mod accounts;
mod api;
mod members;
mod passkeys;

pub use accounts::*;
pub use api::*;
pub use members::*;
pub use passkeys::*;

use async_trait::async_trait;
use kernel::access::{Role, Scope};
use kernel::{CorporateAccountId, Lang, Outcome, Phone, Slug, Subject, Time, UserId};
use serde::{Deserialize, Serialize};

kernel::faults! {
    pub enum IdentityFault {
        BadPhone => BadRequest, "identity.bad_phone", field "phone",
            ar "اكتب رقم جوال سعوديًا، مثل 0501234567.",
            en "Enter a Saudi mobile number, such as 0501234567.";
        PhoneNotServed => BadRequest, "identity.phone_not_served", field "phone",
            ar "لا نرسل رموزًا إلى أرقام من هذا النطاق.",
            en "We don't send codes to numbers of this range.";
        TooManyCodes { retry_after_s: u32 } => TooManyRequests, "identity.too_many_codes",
            ar "طلبت رموزًا كثيرة. جرّب بعد {retry_after_s} ثانية.",
            en "Too many codes were asked for. Try again in {retry_after_s} seconds.";
        /// Everybody together asked for more than we send: a crowd, or somebody who wants us to pay.
        CodesPaused { retry_after_s: u32 } => Unavailable, "identity.codes_paused",
            ar "لا نستطيع إرسال الرموز الآن. جرّب بعد {retry_after_s} ثانية.",
            en "We can't send codes right now. Try again in {retry_after_s} seconds.";
        /// Wrong, used, of another device or for another challenge: not told apart.
        WrongCode { tries_left: u32 } => Unauthenticated, "identity.wrong_code", field "code",
            ar "الرمز غير صحيح. بقيت {tries_left} محاولات.",
            en "The code is not right. Tries left: {tries_left}.";
        CodeExpired => Unauthenticated, "identity.code_expired", field "code",
            ar "انتهت صلاحية الرمز. اطلب رمزًا جديدًا.",
            en "The code has expired. Ask for a new one.";
        TooManyTries { retry_after_s: u32 } => TooManyRequests, "identity.too_many_tries",
            ar "محاولات دخول كثيرة. جرّب بعد {retry_after_s} ثانية.",
            en "Too many attempts to sign in. Try again in {retry_after_s} seconds.";
        WrongCredentials => Unauthenticated, "identity.wrong_credentials",
            ar "البريد أو كلمة المرور أو الرمز غير صحيح.",
            en "The email, password or code is not right.";
        SignedOut => Unauthenticated, "identity.signed_out",
            ar "انتهت جلستك. سجّل الدخول من جديد.",
            en "Your session has ended. Sign in again.";
        /// Or somebody else's: not told apart.
        UnknownSession => NotFound, "identity.unknown_session",
            ar "لا توجد جلسة بهذا المعرّف.",
            en "There is no session with this id.";
        OtherSite => Forbidden, "identity.other_site",
            ar "جاء هذا الطلب من موقع آخر.",
            en "This request comes from another site.";
        UnknownApp => BadRequest, "identity.unknown_app",
            ar "لا يوجد تطبيق بهذا الاسم.",
            en "X-Khidma-App names no app of ours.";
        UnknownUser => NotFound, "identity.unknown_user",
            ar "لا يوجد مستخدم بهذا المعرّف.",
            en "There is no user with this id.";
        BadName => BadRequest, "identity.bad_name", field "name",
            ar "اكتب اسمًا من حرف إلى 80 حرفًا.",
            en "Enter a name of 1 to 80 characters.";
        WeakPassword => BadRequest, "identity.weak_password", field "password",
            ar "كلمة المرور من 12 إلى 1024 حرفًا.",
            en "A password has 12 to 1024 characters.";
        CommonPassword => BadRequest, "identity.common_password", field "password",
            ar "كلمة المرور هذه من أول ما يُجرَّب. اختر غيرها.",
            en "This password is among the first that are tried. Choose another one.";
        /// Too many passwords are being checked already.
        Crowded { retry_after_s: u32 } => Unavailable, "identity.crowded",
            ar "كثيرون يسجلون الدخول الآن. جرّب بعد {retry_after_s} ثانية.",
            en "Many people are signing in right now. Try again in {retry_after_s} seconds.";
        WrongPassword => BadRequest, "identity.wrong_password", field "current_password",
            ar "كلمة المرور الحالية غير صحيحة.",
            en "The current password is not right.";
        NoPassword => Conflict, "identity.no_password",
            ar "هذا الحساب يدخل برقم الجوال، بلا كلمة مرور.",
            en "This account signs in with a phone and has no password.";
        /// Used, expired, replaced by a newer one or never ours: not told apart.
        BadReset => BadRequest, "identity.bad_reset", field "token",
            ar "الرابط لم يعد صالحًا. اطلب رابطًا جديدًا من المسؤول.",
            en "The link is no longer good. Ask your administrator for a new one.";
        WrongSecondFactor => BadRequest, "identity.wrong_second_factor", field "code",
            ar "الرمز غير صحيح أو استُعمل من قبل. انتظر الرمز التالي.",
            en "The code is not right, or was used before. Wait for the next one.";
        /// A customer has none; nor has anybody who signs in with a phone.
        NoSecondFactor => Conflict, "identity.no_second_factor",
            ar "لا يوجد عامل تحقق ثانٍ لهذا الحساب.",
            en "This account has no second factor.";
        /// Who has a password proves it with what belongs to it.
        NotByPhone => Conflict, "identity.not_by_phone",
            ar "لا يكفي رمز على الجوال لهذا الحساب. استعمل تطبيق الرموز أو مفتاح مرور.",
            en "A code by text message is not enough for this account. Use its authenticator app or a passkey.";
        /// Of a code that was sent for stepping up. Wrong, used, of another device or session, or sent
        /// for signing in: not told apart.
        WrongPhoneCode { tries_left: u32 } => BadRequest, "identity.wrong_phone_code", field "code",
            ar "الرمز غير صحيح. بقيت {tries_left} محاولات.",
            en "The code is not right. Tries left: {tries_left}.";
        PhoneCodeExpired => BadRequest, "identity.phone_code_expired", field "code",
            ar "انتهت صلاحية الرمز. اطلب رمزًا جديدًا.",
            en "The code has expired. Ask for a new one.";
        OneProof => BadRequest, "identity.one_proof",
            ar "أرسل إثباتًا واحدًا: رمزًا من التطبيق أو مفتاح مرور أو رمزًا من رسالة.",
            en "Give one proof: a code of the app, a passkey, or a code from a text message.";
        NothingToConfirm => Conflict, "identity.nothing_to_confirm",
            ar "ابدأ بطلب مفتاح جديد لتطبيق الرموز.",
            en "Ask for a new secret for the authenticator app first.";
        /// Too late, used, of another site or account, copied, or no answer of a key: not told apart.
        BadPasskey => BadRequest, "identity.bad_passkey", field "credential",
            ar "لم يُقبل مفتاح المرور. جرّب مرة أخرى.",
            en "The passkey was not accepted. Try again.";
        /// Or somebody else's: not told apart.
        UnknownPasskey => NotFound, "identity.unknown_passkey",
            ar "لا يوجد مفتاح مرور بهذا المعرّف.",
            en "There is no passkey with this id.";
        NoPasskey => Conflict, "identity.no_passkey",
            ar "لا يوجد مفتاح مرور لهذا الحساب.",
            en "This account has no passkey.";
        TooManyPasskeys { most: u32 } => Conflict, "identity.too_many_passkeys",
            ar "لك {most} مفاتيح مرور، وهذا أقصى عدد. احذف واحدًا أولًا.",
            en "You have {most} passkeys, the most there can be. Remove one first.";
        BadEmail => BadRequest, "identity.bad_email", field "email",
            ar "اكتب بريدًا إلكترونيًا صحيحًا.",
            en "Enter a valid email address.";
        BadTotpSecret => BadRequest, "identity.bad_totp_secret", field "totp_secret",
            ar "مفتاح رموز الدخول غير صالح.",
            en "The secret for one-time codes is not valid: base32, at least 128 bits.";
        /// Staff need a password and a second factor; a phone alone never opens their rooms, nor
        /// the other way round.
        WrongWayIn { role: String } => BadRequest, "identity.wrong_way_in", field "role",
            ar "هذا الدور لا يُمنح بهذه الطريقة: {role}.",
            en "The role {role} cannot be given to somebody who signs in this way.";
        /// A role is limited to zones, a vendor or a company as it is made to be, and to nothing else.
        WrongScope { role: String } => BadRequest, "identity.wrong_scope", field "scope",
            ar "حدود هذا الدور غير صحيحة: {role}.",
            en "The role {role} cannot be limited in this way.";
        /// Somebody else's account, always: two people are wanted.
        OwnAccount => Forbidden, "identity.own_account",
            ar "لا تغيّر حسابك بنفسك هنا. اطلب ذلك من مسؤول آخر.",
            en "You can't change your own account here. Ask another administrator.";
        NotForStaff { role: String } => BadRequest, "identity.not_for_staff", field "roles",
            ar "هذا الدور ليس للموظفين: {role}.",
            en "The role {role} is not one of staff.";
        NoRole => BadRequest, "identity.no_role", field "roles",
            ar "اختر دورًا واحدًا على الأقل. لإيقاف الحساب عطّله.",
            en "Choose at least one role. To stop an account, disable it.";
        /// No money and no documents in an administrator's hands; who reads everything changes nothing;
        /// who runs a company's account is nothing else.
        RolesApart { one: String, other: String } => BadRequest, "identity.roles_apart", field "roles",
            ar "لا يُجمع هذان الدوران لشخص واحد: {one} و{other}.",
            en "One person can't hold both roles: {one} and {other}.";
        ZonesNotForRoles => BadRequest, "identity.zones_not_for_roles", field "zones",
            ar "المناطق للموزّع فقط.",
            en "Zones are for dispatchers only.";
        BadZones => BadRequest, "identity.bad_zones", field "zones",
            ar "اختر من منطقة إلى 20 منطقة، أو اتركها كلها.",
            en "Name 1 to 20 zones, or leave them out for all.";
        LastAdministrator => Conflict, "identity.last_administrator",
            ar "هذا آخر مسؤول يستطيع الدخول. عيّن غيره أولًا.",
            en "This is the last administrator who can sign in. Appoint another one first.";
        /// Somebody else changed the account after it was read.
        AccountChanged { version: i64 } => Conflict, "identity.account_changed",
            ar "تغيّر هذا الحساب قبل قليل. راجعه ثم أعد المحاولة.",
            en "This account was changed meanwhile. Look at it again, then repeat.";
        EmailTaken => Conflict, "identity.email_taken", field "email",
            ar "لهذا البريد حساب بالفعل.",
            en "There is an account with this email already.";
        AccountDisabled => Conflict, "identity.account_disabled",
            ar "هذا الحساب معطّل. فعّله أولًا.",
            en "This account is disabled. Enable it first.";
        AccountEnabled => Conflict, "identity.account_enabled",
            ar "هذا الحساب غير معطّل.",
            en "This account is not disabled.";
        BadReason => BadRequest, "identity.bad_reason", field "reason",
            ar "اكتب السبب، من حرف إلى 500 حرف.",
            en "Give the reason, in 1 to 500 characters.";
        /// Used, expired, replaced by a newer one or never ours: not told apart.
        BadEnrolment => BadRequest, "identity.bad_enrolment", field "token",
            ar "الرابط لم يعد صالحًا. اطلب رابطًا جديدًا من المسؤول.",
            en "The link is no longer good. Ask your administrator for a new one.";
        /// On the way of a link the password that there is is asked for, and was not right.
        NotThePassword => BadRequest, "identity.not_the_password", field "password",
            ar "كلمة المرور غير صحيحة. إن نسيتها فاطلب من المسؤول رابطًا لكلمة جديدة.",
            en "The password is not right. If you forgot it, ask your administrator for a link to a new one.";
    }
}

/// A person as other modules may see them. Without name and phone once the account is erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: UserId,
    pub name: String,
    pub phone: Option<Phone>,
    pub lang: Lang,
    pub tier: Option<Slug>,
    pub since: Time,
}

/// Makes sure a person with this phone exists and holds the role. Idempotent on `phone`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolPhone {
    pub phone: Phone,
    pub name: String,
    pub lang: Lang,
    pub role: Role,
    pub scope: Scope,
}

/// Makes sure a member of staff, or of a corporate account, exists. Idempotent on `email`; an existing
/// password stays. Nobody is both.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolStaff {
    pub email: String,
    pub name: String,
    pub password: String,
    /// Base32, RFC 6238.
    pub totp_secret: String,
    pub roles: Vec<Role>,
    pub scope: Scope,
}

#[async_trait]
pub trait Identity: Send + Sync {
    async fn people(&self, users: Vec<UserId>) -> Outcome<Vec<Person>, IdentityFault>;
    /// What an account stands for; of an unknown or erased one nothing but its id.
    async fn subject(&self, user: UserId) -> Outcome<Subject, IdentityFault>;
    /// Who holds the role and is not disabled.
    async fn holders(&self, role: Role) -> Outcome<Vec<UserId>, IdentityFault>;
    async fn enrol_phone(&self, command: EnrolPhone) -> Outcome<UserId, IdentityFault>;
    async fn enrol_staff(&self, command: EnrolStaff) -> Outcome<UserId, IdentityFault>;
    /// Those of them who are, or were, members of the account.
    async fn members(
        &self,
        account: CorporateAccountId,
        users: Vec<UserId>,
    ) -> Outcome<Vec<Member>, IdentityFault>;
    /// Each call makes a new link. Who is invited is nothing until [`Identity::set_member`].
    async fn link_member(&self, command: LinkMember) -> Outcome<MemberLink, IdentityFault>;
    /// Idempotent on the version. Anybody but a member of the account named is an unknown user.
    async fn set_member(&self, command: SetMember) -> Outcome<(), IdentityFault>;
}
