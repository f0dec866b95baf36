//! What vendors promises: who may do which work, where, who is on shift, and that a vendor's bank
//! account changes with two reviewers only.

mod bank_account;

pub use bank_account::*;

use async_trait::async_trait;
use kernel::{Event, GeoPoint, Outcome, Phone, Slug, TechnicianId, Text, Time, UserId, VendorId};
use serde::{Deserialize, Serialize};

kernel::faults! {
    pub enum VendorFault {
        UnknownVendor => NotFound, "vendors.unknown_vendor",
            ar "لا يوجد مزوّد بهذا الرقم.",
            en "There is no vendor with this id.";
        UnknownTechnician => NotFound, "vendors.unknown_technician",
            ar "لا يوجد فنّي بهذا الرقم.",
            en "There is no technician with this id.";
        NotActive => Forbidden, "vendors.not_active",
            ar "حساب المزوّد غير مفعّل. راجع مستنداتك.",
            en "The vendor is not active. Check its documents.";
        BadIban => BadRequest, "vendors.bad_iban", field "iban",
            ar "رقم الآيبان غير صحيح. راجع الأرقام.",
            en "The IBAN is not valid. Check its digits.";
        BadRegistration => BadRequest, "vendors.bad_registration", field "registration",
            ar "رقم السجل التجاري غير صحيح.",
            en "The commercial registration number is not valid.";
        UnknownSkill { skill: String } => BadRequest, "vendors.unknown_skill", field "skills",
            ar "لا نعرف هذه المهارة: {skill}.",
            en "We don't know the skill {skill}.";
        BadVatNumber => BadRequest, "vendors.bad_vat_number", field "vat_number",
            ar "الرقم الضريبي غير صحيح: 15 رقمًا يبدأ بـ 3 وينتهي بـ 3.",
            en "The VAT number is not valid: 15 digits that start and end with 3.";
        BadKind => BadRequest, "vendors.bad_kind", field "kind",
            ar "نوع المزوّد شركة أو عامل حرّ.",
            en "A vendor is a company or a freelancer.";
        BadTier => BadRequest, "vendors.bad_tier", field "tier",
            ar "الباقة أساسية أو نموّ أو مميّزة.",
            en "The tier is basic, growth or premium.";
        BadCommission => BadRequest, "vendors.bad_commission", field "commission_basis_points",
            ar "العمولة من 0 إلى 5000 نقطة أساس.",
            en "The commission is 0 to 5000 basis points.";
        BadName => BadRequest, "vendors.bad_name", field "name",
            ar "اكتب الاسم بالعربية والإنجليزية، من حرف إلى 80 حرفًا.",
            en "Enter the name in Arabic and English, 1 to 80 characters.";
        NoCategories => BadRequest, "vendors.no_categories", field "categories",
            ar "اختر قسمًا واحدًا على الأقل.",
            en "Choose at least one category.";
        NoZones => BadRequest, "vendors.no_zones", field "zones",
            ar "اختر نطاقًا واحدًا على الأقل.",
            en "Choose at least one zone.";
        NoSkills => BadRequest, "vendors.no_skills", field "skills",
            ar "اختر مهارة واحدة على الأقل.",
            en "Choose at least one skill.";
        BadWeek => BadRequest, "vendors.bad_week", field "week",
            ar "وردية اليوم تبدأ قبل منتصف الليل وتنتهي بعد بدايتها خلال 16 ساعة.",
            en "A day's shift starts before midnight and ends within 16 hours of its start.";
        /// The registration is enrolled with another owner.
        RegistrationTaken => Conflict, "vendors.registration_taken", field "registration",
            ar "هذا السجل مسجّل لمالك آخر.",
            en "This registration is enrolled with another owner.";
        /// The phone belongs to somebody of another vendor.
        PhoneTaken => Conflict, "vendors.phone_taken", field "phone",
            ar "هذا الجوال مسجّل لدى مزوّد آخر.",
            en "This phone is registered with another vendor.";
        /// The account that is in use already.
        SameIban => Conflict, "vendors.same_iban", field "iban",
            ar "هذا هو حسابك البنكي المعتمد الآن.",
            en "This is the bank account in use already.";
        /// One at a time.
        ChangeUnderWay => Conflict, "vendors.change_under_way",
            ar "هناك تغيير لحسابك البنكي لم ينتهِ بعد. اسحبه أولًا إن أردت غيره.",
            en "A change of your bank account is under way. Withdraw it first if you want another.";
        /// Or another vendor's: not told apart.
        UnknownChange => NotFound, "vendors.unknown_change",
            ar "لا يوجد تغيير حساب بنكي بهذا المعرّف.",
            en "There is no change of a bank account with this id.";
        ChangeApproved => Conflict, "vendors.change_approved",
            ar "وافق مراجعان على هذا التغيير من قبل.",
            en "Two reviewers have approved this change already.";
        /// It took effect or is about to, was withdrawn or rejected.
        ChangeEnded => Conflict, "vendors.change_ended",
            ar "انتهى هذا التغيير، ولم يعد يقبل قرارًا.",
            en "This change has ended, and can't be decided any more.";
        /// The second approval is another person's.
        SameReviewer => Forbidden, "vendors.same_reviewer",
            ar "وافقت على هذا التغيير من قبل. الموافقة الثانية لزميل آخر.",
            en "You have approved this change already. The second approval is a colleague's.";
        /// Whoever asked for it, or owns the vendor.
        OwnAccount => Forbidden, "vendors.own_account",
            ar "لا يراجع أحد تغيير حسابه البنكي بنفسه.",
            en "Nobody reviews the change of their own bank account.";
        BadReason { most: u32 } => BadRequest, "vendors.bad_reason", field "reason",
            ar "اكتب السبب: من حرف إلى {most} حرف.",
            en "Give a reason of 1 to {most} characters.";
    }
}

/// A vendor as others see it on a given day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct VendorCard {
    pub id: VendorId,
    pub name: Text,
    pub tier: Slug,
    /// 1500 is 15 %.
    pub commission_basis_points: u32,
    pub vat_registered: bool,
    pub active: bool,
}

/// A technician as dispatch and customers see them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct TechnicianCard {
    pub id: TechnicianId,
    pub user: UserId,
    pub vendor: VendorId,
    pub vendor_name: Text,
    pub vendor_tier: Slug,
    pub name: Text,
    pub skills: Vec<Slug>,
    /// Where the day starts; used when there is no fresh position.
    pub home: GeoPoint,
    pub on_shift: bool,
    /// 0 to 1; a new technician starts at the mean.
    pub quality: f64,
    /// Share of the asked-for skills held at expert level, 0 to 1; 0 outside a search.
    pub skill_fit: f64,
}

/// Who could do this work at this time in this zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EligibleQuery {
    pub category: Slug,
    pub skills: Vec<Slug>,
    pub zone: Slug,
    /// The visit.
    pub from: Time,
    pub until: Time,
    /// Immediate work needs somebody on shift now; scheduled work a shift that covers the visit.
    pub on_shift_now: bool,
}

/// Registers a vendor that has passed its checks. Idempotent on `registration`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EnrolVendor {
    pub name: Text,
    /// `company` or `freelancer`.
    pub kind: Slug,
    /// Unified number, `7` and nine digits.
    pub registration: String,
    pub vat_number: Option<String>,
    pub iban: String,
    pub tier: Slug,
    pub commission_basis_points: u32,
    pub owner_phone: Phone,
    pub owner_name: String,
    pub categories: Vec<Slug>,
    pub zones: Vec<Slug>,
}

/// Nothing of its owner, and no account.
impl std::fmt::Debug for EnrolVendor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnrolVendor")
            .field("registration", &self.registration)
            .field("kind", &self.kind)
            .field("tier", &self.tier)
            .finish_non_exhaustive()
    }
}

/// Adds a technician to a vendor. Idempotent on `phone`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnrolTechnician {
    pub vendor: VendorId,
    pub phone: Phone,
    pub name: Text,
    /// Skill and whether it is held at expert level.
    pub skills: Vec<(Slug, bool)>,
    pub home: GeoPoint,
    /// Minutes after midnight in Riyadh, Sunday first; `None` is a day off. Past midnight: end > 1440.
    pub week: [Option<(u16, u16)>; 7],
}

#[async_trait]
pub trait Vendors: Send + Sync {
    /// Sorted by id, so that equals rank the same everywhere.
    async fn eligible(&self, query: EligibleQuery) -> Outcome<Vec<TechnicianCard>, VendorFault>;
    async fn technicians(
        &self,
        ids: Vec<TechnicianId>,
    ) -> Outcome<Vec<TechnicianCard>, VendorFault>;
    async fn vendor(&self, id: VendorId) -> Outcome<VendorCard, VendorFault>;
    /// How many technicians of active vendors cover a category in a zone.
    async fn coverage(&self, category: Slug, zone: Slug) -> Outcome<u32, VendorFault>;
    async fn enrol_vendor(&self, command: EnrolVendor) -> Outcome<VendorId, VendorFault>;
    async fn enrol_technician(
        &self,
        command: EnrolTechnician,
    ) -> Outcome<TechnicianId, VendorFault>;
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShiftChanged {
    pub technician: TechnicianId,
    pub on_shift: bool,
    pub at: Time,
}
impl Event for ShiftChanged {
    const NAME: &'static str = "vendors.shift_changed";
}
