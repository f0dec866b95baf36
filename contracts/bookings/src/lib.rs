//! What bookings promise: the commercial promise (a *booking*) and its visits (*jobs*), each a
//! state machine whose transitions are written once.

mod api;
pub mod console;
mod customer;
pub mod live;
pub mod slots;

pub use api::*;
pub use console::*;
pub use customer::*;
pub use live::Live;

use async_trait::async_trait;
use kernel::{BookingId, Event, JobId, Money, Outcome, Slug, TechnicianId, Time, UserId, VendorId};
use serde::{Deserialize, Serialize};

kernel::faults! {
    pub enum BookingFault {
        UnknownQuote => NotFound, "bookings.unknown_quote", field "quote",
            ar "لا يوجد عرض سعر بهذا الرقم.",
            en "There is no quote with this id.";
        QuoteExpired => Conflict, "bookings.quote_expired", field "quote",
            ar "انتهى السعر المثبّت. اطلب السعر من جديد.",
            en "The price held for you has ended. Ask for the price again.";
        QuoteUsed => Conflict, "bookings.quote_used", field "quote",
            ar "حُجز بهذا السعر من قبل.",
            en "This quote has already been booked.";
        BadSlot => BadRequest, "bookings.bad_slot", field "slot",
            ar "اختر موعدًا بعد ساعتين على الأقل وخلال 30 يومًا.",
            en "Choose a slot at least two hours ahead and within 30 days.";
        UnknownBooking => NotFound, "bookings.unknown_booking",
            ar "لا يوجد حجز بهذا الرقم.",
            en "There is no booking with this id.";
        UnknownJob => NotFound, "bookings.unknown_job",
            ar "لا يوجد عمل بهذا الرقم.",
            en "There is no job with this id.";
        /// The state machine says no.
        NotAllowed { state: String, action: String } => Conflict, "bookings.not_allowed",
            ar "لا يمكن هذا الآن: حالة الطلب تغيّرت ({state}).",
            en "That can't be done now: the state is {state}.";
        /// Check-in outside the geofence; the customer may confirm instead.
        TooFar { distance_m: u32, allowed_m: u32 } => BadRequest, "bookings.too_far", field "point",
            ar "أنت على بُعد {distance_m} م من الموقع. اقترب، أو اطلب من العميل تأكيد وصولك.",
            en "You are {distance_m} m from the place. Move closer, or ask the customer to confirm.";
        UnknownExtra => NotFound, "bookings.unknown_extra_cost",
            ar "لا توجد تكلفة إضافية بهذا الرقم.",
            en "There is no extra cost with this id.";
        ExtraPending => Conflict, "bookings.extra_cost_pending",
            ar "هناك تكلفة إضافية تنتظر قرار العميل.",
            en "An extra cost is waiting for the customer's decision.";
        BadExtra { reason: String } => BadRequest, "bookings.bad_extra_cost", field "lines",
            ar "بنود التكلفة الإضافية غير صحيحة: {reason}.",
            en "The extra cost lines are not right: {reason}.";
        ReceiptMissing => BadRequest, "bookings.receipt_missing", field "receipt",
            ar "أرفق صورة الإيصال.",
            en "Attach a photo of the receipt.";
        ChecklistIncomplete { item: String } => BadRequest, "bookings.checklist_incomplete", field "checklist",
            ar "أكمل قائمة الفحص: {item}.",
            en "Complete the checklist: {item}.";
        WrongFinishCode { tries_left: u32 } => BadRequest, "bookings.wrong_finish_code", field "code",
            ar "الرمز غير صحيح. اطلبه من العميل. بقيت {tries_left} محاولات.",
            en "The code is not right. Ask the customer for it. Tries left: {tries_left}.";
        FinishCodeLocked => TooManyRequests, "bookings.finish_code_locked", field "code",
            ar "تجاوزت عدد المحاولات. يقبل العميل العمل من تطبيقه.",
            en "Too many tries. The customer can accept the work in the app.";
        UnknownUpload => BadRequest, "bookings.unknown_upload",
            ar "لا توجد صورة بهذا الرقم.",
            en "There is no photo with this id.";
        UploadTooLarge { max_mb: u32 } => BadRequest, "bookings.upload_too_large", field "file",
            ar "الصورة أكبر من {max_mb} ميغابايت.",
            en "The photo is larger than {max_mb} MB.";
        NotAPhoto => BadRequest, "bookings.not_a_photo", field "file",
            ar "هذا الملف ليس صورة JPEG أو PNG أو WebP.",
            en "This file is not a JPEG, PNG or WebP photo.";
        /// Uploaded and used for nothing yet.
        TooManyPhotos { max: u32 } => Conflict, "bookings.too_many_photos", field "file",
            ar "رفعت {max} صورة لم تستعملها بعد. استعملها في عملك أولًا.",
            en "You uploaded {max} photos that are not used yet. Use them for your work first.";
        TooManyOpen { max: u32 } => Conflict, "bookings.too_many_open",
            ar "لديك {max} حجوزات مفتوحة. أكمل أحدها أولًا.",
            en "You have {max} open bookings. Finish one first.";
        ChooseOneCard => BadRequest, "bookings.choose_one_card", field "card_token",
            ar "اختر بطاقة واحدة: جديدة أو محفوظة.",
            en "Choose one card: a new one or a saved one.";
        /// For this booking, or this extra cost: whoever tries out cards learns no more here.
        TooManyPayments => TooManyRequests, "bookings.too_many_payments", field "card_token",
            ar "جُرّب الدفع هنا مرات كثيرة، ولا يمكن تجربة بطاقة أخرى. لم يُخصم شيء. اتصل ببنكك.",
            en "Payment was tried too many times here, and no other card can be tried. Nothing was charged. Call your bank.";
        UnknownPlace => NotFound, "bookings.unknown_place",
            ar "لا يوجد مكان محفوظ بهذا المعرّف.",
            en "There is no saved place with this id.";
        BadLabel { max: u32 } => BadRequest, "bookings.bad_label", field "label",
            ar "سمِّ المكان باسم من حرف إلى {max} حرفًا.",
            en "Name the place with 1 to {max} characters.";
        TooManyPlaces { max: u32 } => Conflict, "bookings.too_many_places",
            ar "لديك {max} مكانًا محفوظًا. احذف واحدًا لتحفظ غيره.",
            en "You have {max} saved places. Remove one to save another.";
        BadStars => BadRequest, "bookings.bad_stars", field "stars",
            ar "اختر من نجمة إلى خمس نجوم.",
            en "Choose one to five stars.";
        BadTags { max: u32 } => BadRequest, "bookings.bad_tags", field "tags",
            ar "اختر {max} أوصاف على الأكثر، كلًّا مرة واحدة.",
            en "Choose at most {max} words, each once.";
        CommentTooLong { max: u32 } => BadRequest, "bookings.comment_too_long", field "comment",
            ar "اكتب رأيك في {max} حرف على الأكثر.",
            en "Write your comment in at most {max} characters.";
        RatingClosed { days: u32 } => Conflict, "bookings.rating_closed",
            ar "انتهى وقت التقييم: {days} أيام بعد قبول العمل.",
            en "The time for rating is over: {days} days after the work was accepted.";
        NoReceipt => Conflict, "bookings.no_receipt",
            ar "لا إيصال بعد: لم يُحجز أي مبلغ لهذا الطلب.",
            en "There is no receipt yet: nothing was held for this booking.";
        | Location(contract_location::LocationFault);
        | Catalog(contract_catalog::CatalogFault);
        | Sla(contract_sla::SlaFault);
        | Settlement(contract_settlement::SettlementFault);
        | Dispatch(contract_dispatch::DispatchFault);
    }
}

macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$vdoc])* $variant),* }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }
        impl std::str::FromStr for $name {
            type Err = UnknownState;
            fn from_str(text: &str) -> Result<Self, UnknownState> {
                match text { $($text => Ok(Self::$variant),)* _ => Err(UnknownState) }
            }
        }
    };
}

#[derive(Debug, thiserror::Error)]
#[error("no such state")]
pub struct UnknownState;

states! {
    /// DOMAIN §2. A quote that was not booked is no booking yet.
    BookingState {
        AwaitingPayment = "awaiting_payment",
        Confirmed = "confirmed",
        InService = "in_service",
        AwaitingAcceptance = "awaiting_acceptance",
        Accepted = "accepted",
        Settled = "settled",
        Cancelled = "cancelled",
        /// No technician, or payment never came.
        Expired = "expired",
        Disputed = "disputed",
    }
}
impl BookingState {
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::AwaitingPayment
                | Self::Confirmed
                | Self::InService
                | Self::AwaitingAcceptance
                | Self::Disputed
        )
    }
}

states! {
    JobState {
        Queued = "queued",
        Offered = "offered",
        Assigned = "assigned",
        EnRoute = "en_route",
        Arrived = "arrived",
        InProgress = "in_progress",
        AwaitingApproval = "awaiting_approval",
        Finished = "finished",
        Closed = "closed",
        /// No-show or no access.
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

/// A booking as higher modules see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookingCard {
    pub id: BookingId,
    pub reference: String,
    pub customer: UserId,
    pub vendor: Option<VendorId>,
    pub technician: Option<TechnicianId>,
    pub state: BookingState,
    pub category: Slug,
    pub sector: Slug,
    pub total: Money,
    pub created_at: Time,
}

#[async_trait]
pub trait Bookings: Send + Sync {
    async fn booking(&self, id: BookingId) -> Outcome<BookingCard, BookingFault>;
}

/// Any transition of a booking.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BookingChanged {
    pub booking: BookingId,
    pub customer: UserId,
    pub from: Option<BookingState>,
    pub to: BookingState,
    pub at: Time,
}
impl Event for BookingChanged {
    const NAME: &'static str = "bookings.booking_changed";
}

/// Any transition of a job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobChanged {
    pub job: JobId,
    pub booking: BookingId,
    pub from: Option<JobState>,
    pub to: JobState,
    pub at: Time,
}
impl Event for JobChanged {
    const NAME: &'static str = "bookings.job_changed";
}

/// The customer said what they thought of it, or changed their mind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BookingRated {
    pub booking: BookingId,
    pub technician: Option<TechnicianId>,
    /// 1 to 5.
    pub stars: u8,
    pub at: Time,
}
impl Event for BookingRated {
    const NAME: &'static str = "bookings.booking_rated";
}
