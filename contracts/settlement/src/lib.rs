//! What settlement promises: money is held before work, captured when it is accepted, split to
//! the halala, and paid out by two people. Double entry underneath; every command is idempotent
//! on its key.

mod api;
pub mod zatca;

pub use api::*;

use async_trait::async_trait;
use kernel::{
    BookingId, CardId, Event, ExtraCostId, HoldId, Money, Outcome, PayoutBatchId, PayoutId, Text,
    Time, UserId, VendorId,
};
use serde::{Deserialize, Serialize};

kernel::faults! {
    pub enum SettlementFault {
        /// The bank refused the hold.
        CardDeclined { response_code: String } => BadRequest, "settlement.card_declined", field "card_token",
            ar "البنك رفض الحجز. لم يُخصم شيء. جرّب بطاقة أخرى، أو اتصل ببنكك.",
            en "The bank declined the hold. Nothing was charged. Try another card or call your bank.";
        /// Of one customer's cards, within a day.
        TooManyDeclines { retry_after_s: u32 } => TooManyRequests, "settlement.too_many_declines", field "card_token",
            ar "رُفضت البطاقات مرات كثيرة في يوم واحد. لم يُخصم شيء. جرّب غدًا، أو اتصل ببنكك.",
            en "Cards were declined too many times in one day. Nothing was charged. Try again tomorrow or call your bank.";
        BadCardToken => BadRequest, "settlement.bad_card_token", field "card_token",
            ar "بيانات البطاقة لم تعد صالحة. أدخل البطاقة من جديد.",
            en "The card details are no longer valid. Enter the card again.";
        /// Or somebody else's: not told apart.
        UnknownCard => NotFound, "settlement.unknown_card", field "card",
            ar "لا توجد بطاقة محفوظة بهذا المعرّف. اختر بطاقة أخرى.",
            en "There is no saved card with this id. Choose another card.";
        /// The same key with other content.
        KeyReused => Conflict, "settlement.key_reused",
            ar "هذا المفتاح استُعمل لعملية أخرى.",
            en "This key was used for another operation.";
        UnknownHold => NotFound, "settlement.unknown_hold",
            ar "لا يوجد حجز مبلغ بهذا الرقم.",
            en "There is no hold with this id.";
        UnknownBatch => NotFound, "settlement.unknown_batch",
            ar "لا توجد دفعة بهذا الرقم.",
            en "There is no payout batch with this id.";
        NothingToPay => Conflict, "settlement.nothing_to_pay",
            ar "لا مبالغ مستحقة للصرف الآن.",
            en "Nothing is payable now.";
        /// Who prepares a batch can't release it.
        SameOfficer => Forbidden, "settlement.same_officer",
            ar "من أعدّ الدفعة لا يصرفها. اطلب من زميل ماليّ آخر.",
            en "Whoever prepared a batch can't release it. Ask another finance officer.";
        BatchNotPrepared => Conflict, "settlement.batch_not_prepared",
            ar "هذه الدفعة صُرفت أو أُلغيت من قبل.",
            en "This batch has already been released or cancelled.";
        UnknownPayee => NotFound, "settlement.unknown_payee",
            ar "لا حساب بنكيًا لهذا المزوّد.",
            en "This vendor has no bank account on record.";
        BadIban => BadRequest, "settlement.bad_iban", field "iban",
            ar "رقم الآيبان غير صحيح. راجع الأرقام.",
            en "The IBAN is not valid. Check its digits.";
        BadMobile => BadRequest, "settlement.bad_mobile", field "mobile",
            ar "رقم الجوال غير صحيح. اكتب رقمًا سعوديًا يبدأ بـ 05.",
            en "The mobile number is not valid. Enter a Saudi number that starts with 05.";
        /// The booking's money was already captured or given back.
        BookingClosed => Conflict, "settlement.booking_closed",
            ar "انتهى حساب هذا الحجز، فلا يُحجز له مبلغ جديد.",
            en "This booking's account is closed: no new amount can be held for it.";
        UnknownAccount => NotFound, "settlement.unknown_account",
            ar "لا يوجد حساب بهذا الاسم.",
            en "There is no account with this name.";
        BadWebhook => Unauthenticated, "settlement.bad_webhook",
            ar "إشعار غير موثوق.",
            en "Untrusted notification.";
    }
}

/// What a hold is for. One live hold a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum HoldPurpose {
    Booking,
    Extra(ExtraCostId),
}

/// Which card: never a number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayWith {
    /// Made in the customer's browser by the gateway. `save`: the customer wants the card kept,
    /// once the bank has said yes.
    Token { token: String, save: bool },
    /// A card of the customer's that was kept before.
    Saved(CardId),
}
/// Without the card token.
impl std::fmt::Debug for PayWith {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token { save, .. } => f
                .debug_struct("Token")
                .field("save", save)
                .finish_non_exhaustive(),
            Self::Saved(card) => f.debug_tuple("Saved").field(card).finish(),
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub struct PlaceHold {
    /// The payment's own id at the gateway (`given_id`); a repeat returns the first answer.
    pub key: uuid::Uuid,
    pub booking: BookingId,
    pub customer: UserId,
    pub purpose: HoldPurpose,
    pub amount: Money,
    pub card: PayWith,
    /// Where the customer comes back to after a 3-D Secure challenge.
    pub callback_url: String,
    pub description: String,
}
/// Without the card token.
impl std::fmt::Debug for PlaceHold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlaceHold")
            .field("key", &self.key)
            .field("booking", &self.booking)
            .field("purpose", &self.purpose)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum HoldStatus {
    /// Asked for; the gateway has not answered yet.
    Pending,
    /// The bank wants the customer to prove who they are.
    Challenge,
    Authorized,
    Declined,
    Captured,
    Voided,
    Expired,
}
impl HoldStatus {
    pub const ALL: &'static [Self] = &[
        Self::Pending,
        Self::Challenge,
        Self::Authorized,
        Self::Declined,
        Self::Captured,
        Self::Voided,
        Self::Expired,
    ];
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Challenge => "challenge",
            Self::Authorized => "authorized",
            Self::Declined => "declined",
            Self::Captured => "captured",
            Self::Voided => "voided",
            Self::Expired => "expired",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Hold {
    pub id: HoldId,
    pub booking: BookingId,
    pub amount: Money,
    pub captured: Money,
    pub status: HoldStatus,
    /// Where to send the customer while `status` is `challenge`.
    pub challenge_url: Option<String>,
    /// `mada •••• 1010`
    pub card: Option<String>,
    /// The bank's reason, where it declined.
    pub response_code: Option<String>,
}

/// What was agreed, VAT inside every amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleBooking {
    pub booking: BookingId,
    pub customer: UserId,
    pub vendor: VendorId,
    /// Fixed fee, the platform's.
    pub platform_fee: Money,
    /// Visit, service, options, surcharge: commission is taken from this.
    pub service: Money,
    /// Approved extra material: no commission.
    pub materials: Money,
    pub commission_basis_points: u32,
    /// The vendor's status on the day of supply decides who owes the VAT (FACTS §1).
    pub vendor_vat_registered: bool,
    /// The quality hold.
    pub hold_days: u32,
}
impl SettleBooking {
    pub fn total(&self) -> Money {
        self.platform_fee + self.service + self.materials
    }
}

/// Ends the holds of a booking that will not be done: `fee` is captured, the rest goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseHolds {
    pub booking: BookingId,
    pub customer: UserId,
    pub fee: Money,
}

/// What a broken promise costs us and the vendor. Idempotent on `key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    pub key: String,
    pub booking: BookingId,
    pub customer: UserId,
    pub credit: Money,
    /// Taken from what is held for the vendor, where there is one.
    pub vendor: Option<VendorId>,
    pub penalty: Money,
}

/// Who sells, as an invoice names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    pub name: Text,
    /// The VAT registration number, 15 digits.
    pub vat_number: String,
}

/// What became of a booking's money on the customer's side, as the books have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub seller: Seller,
    /// On the card now and not taken.
    pub held: Money,
    pub captured: Money,
    /// When the last of it was taken.
    pub captured_at: Option<Time>,
    /// The card that held or paid.
    pub card: Option<CardMark>,
}

/// Where a vendor's money goes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    pub vendor: VendorId,
    pub name: Text,
    pub iban: String,
    pub mobile: String,
    pub city: String,
    /// From when on this holds.
    pub as_of: Time,
}

/// `SA•• •••• 7519`, of an IBAN or its last four characters.
pub fn masked_iban(iban: &str) -> String {
    let last_four = iban.len().checked_sub(4).and_then(|at| iban.get(at..));
    format!("SA•• •••• {}", last_four.unwrap_or_default())
}

/// Nothing personal: only whose account it is.
impl std::fmt::Debug for Payee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Payee")
            .field("vendor", &self.vendor)
            .finish_non_exhaustive()
    }
}

#[async_trait]
pub trait Settlement: Send + Sync {
    /// Asks the gateway for a hold. A decline is an answer (`status: declined`), not a failure.
    async fn place_hold(&self, command: PlaceHold) -> Outcome<Hold, SettlementFault>;
    /// Asks the gateway again: after a challenge, or when an answer was lost.
    async fn refresh_hold(&self, hold: HoldId) -> Outcome<Hold, SettlementFault>;
    async fn holds(&self, booking: BookingId) -> Outcome<Vec<Hold>, SettlementFault>;
    async fn statement(&self, booking: BookingId) -> Outcome<Statement, SettlementFault>;
    /// Records the instruction; capture and split follow in the background and end in
    /// [`BookingSettled`].
    async fn settle(&self, command: SettleBooking) -> Outcome<(), SettlementFault>;
    /// Records the instruction; the gateway is told in the background.
    async fn release(&self, command: ReleaseHolds) -> Outcome<(), SettlementFault>;
    async fn remedy(&self, command: Remedy) -> Outcome<(), SettlementFault>;
}

/// The account each vendor is paid to.
#[async_trait]
pub trait Payees: Send + Sync {
    /// The account that payouts prepared from now on go to; one already prepared keeps its own. A
    /// repeat changes nothing, nor does an older telling that arrives late.
    async fn set_payee(&self, payee: Payee) -> Outcome<(), SettlementFault>;
    async fn payee(&self, vendor: VendorId) -> Outcome<Payee, SettlementFault>;
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HoldAuthorized {
    pub hold: HoldId,
    pub booking: BookingId,
    pub purpose: HoldPurpose,
    pub amount: Money,
}
impl Event for HoldAuthorized {
    const NAME: &'static str = "settlement.hold_authorized";
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HoldDeclined {
    pub hold: HoldId,
    pub booking: BookingId,
    pub purpose: HoldPurpose,
    pub response_code: Option<String>,
}
impl Event for HoldDeclined {
    const NAME: &'static str = "settlement.hold_declined";
}

/// An authorised hold grew too old to be captured; its money is back with the customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HoldExpired {
    pub hold: HoldId,
    pub booking: BookingId,
    pub purpose: HoldPurpose,
    pub amount: Money,
}
impl Event for HoldExpired {
    const NAME: &'static str = "settlement.hold_expired";
}

/// Captured and split.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BookingSettled {
    pub booking: BookingId,
    pub collected: Money,
    pub commission: Money,
    pub vendor_share: Money,
    pub vat: Money,
    /// When the vendor's share becomes payable.
    pub payable_at: Time,
}
impl Event for BookingSettled {
    const NAME: &'static str = "settlement.booking_settled";
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PayoutPaid {
    pub payout: PayoutId,
    pub batch: PayoutBatchId,
    pub vendor: VendorId,
    pub amount: Money,
}
impl Event for PayoutPaid {
    const NAME: &'static str = "settlement.payout_paid";
}

/// The bank sent it back; the amount is payable again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PayoutReturned {
    pub payout: PayoutId,
    pub batch: PayoutBatchId,
    pub vendor: VendorId,
    pub amount: Money,
}
impl Event for PayoutReturned {
    const NAME: &'static str = "settlement.payout_returned";
}
