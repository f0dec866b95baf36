//! Money: holds on cards, the ledger, the split, the quality hold, payouts.
//!
//! It owns the schema `settlement`. Invariants:
//! - Every journal entry sums to zero and is never changed; the database itself refuses
//!   otherwise. A balance row is the sum of its postings ([`Settlement::trial_balance`] checks).
//! - A gateway call is never made before the row that explains it is committed, and never inside
//!   a transaction. A time-out is an unknown outcome: the row stays and a job asks again.
//! - What a gateway payment means is decided in one place ([`observe`]), whoever brings the news:
//!   the answer, the customer's return, a webhook, a job. Each transition is told once.
//! - A booking's money gets one instruction (settle or release); a hold that comes through
//!   afterwards is given back.
//! - Who prepares a payout batch can't release it, in code and by a constraint.

mod accounts;
mod cards;
mod daily;
mod earnings;
mod expiry;
mod hold_rows;
mod holds;
mod jobs;
mod ledger;
mod ledger_read;
mod lots;
mod observe;
mod payees;
mod payouts;
mod personal;
mod release;
mod remedy;
pub mod rules;
mod settle;
mod statement;
mod webhook;

pub use contract_settlement::{
    AccountLine, Earnings, EntryView, HeldLot, PostingView, TrialBalance,
};
pub use payouts::{BatchState, BatchSummary, BatchView, PayoutState, PayoutView};

use async_trait::async_trait;
use contract_settlement::{
    Hold, Payee, PlaceHold, ReleaseHolds, Remedy, SettleBooking, SettlementFault, Statement,
};
use gateway_payments::PaymentGateway;
use kernel::{BookingId, HoldId, Money, Outcome, Time, VendorId};
use platform::Platform;
use platform::queue::{Every, Registry};
use platform::routes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

pub static MIGRATOR: platform::db::Migrator = platform::migrator!("settlement");

/// What the gateway keeps of a captured amount, where its answer does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayFee {
    pub basis_points: u32,
    pub fixed_halalas: i64,
}

/// Every field has a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SettlementSettings {
    /// How old an authorised hold may grow; well under what the card schemes keep (mada 14 days).
    pub hold_life_days: u32,
    /// How long the customer may take over a 3-D Secure challenge.
    pub challenge_life_minutes: u32,
    /// How many cards of one customer the bank may decline in 24 hours, whatever they are to pay,
    /// before no more are tried; at least 1.
    pub declines_per_day: u32,
    /// Used when the gateway's answer to a capture names no fee.
    pub gateway_fee: Option<GatewayFee>,
    /// The gateway's code for why money is paid out.
    pub payout_purpose: String,
    /// Who sells, as receipts name them.
    pub seller: SellerSettings,
}

/// Every field has a default, of development.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SellerSettings {
    pub name_ar: String,
    pub name_en: String,
    /// 15 digits, the first and the last a 3.
    pub vat_number: String,
}

impl SellerSettings {
    /// Nobody's number: receipts of development carry it.
    pub const NOBODYS_VAT_NUMBER: &str = "300000000000003";

    /// Whether the VAT number has the shape of one.
    pub fn is_sane(&self) -> bool {
        let number = self.vat_number.as_bytes();
        number.len() == 15
            && number.iter().all(u8::is_ascii_digit)
            && number.first() == Some(&b'3')
            && number.last() == Some(&b'3')
            && !self.name_ar.trim().is_empty()
            && !self.name_en.trim().is_empty()
    }
}

impl Default for SellerSettings {
    fn default() -> Self {
        Self {
            name_ar: "خدمة".into(),
            name_en: "Khidma".into(),
            vat_number: Self::NOBODYS_VAT_NUMBER.into(),
        }
    }
}

impl Default for SettlementSettings {
    fn default() -> Self {
        Self {
            hold_life_days: 7,
            challenge_life_minutes: 60,
            declines_per_day: 15,
            gateway_fee: None,
            payout_purpose: "expenses_services".into(),
            seller: SellerSettings::default(),
        }
    }
}

impl GatewayFee {
    fn of(self, captured: Money) -> Money {
        captured.share(self.basis_points) + Money::from_halalas(self.fixed_halalas)
    }
}

pub struct Settlement {
    p: Platform,
    gateway: Arc<dyn PaymentGateway>,
    settings: SettlementSettings,
}

impl Settlement {
    /// The gateway knows its own webhook secret and payout account.
    pub fn new(
        p: Platform,
        gateway: Arc<dyn PaymentGateway>,
        settings: SettlementSettings,
    ) -> Arc<Self> {
        Arc::new(Self {
            p,
            gateway,
            settings,
        })
    }

    fn now(&self) -> Time {
        self.p.clock.now()
    }

    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(payouts::list_batches, payouts::prepare_batch))
            .routes(routes!(payouts::show_batch))
            .routes(routes!(payouts::release_batch))
            .routes(routes!(payouts::cancel_batch))
            .routes(routes!(ledger_read::show_trial_balance))
            .routes(routes!(ledger_read::list_accounts))
            .routes(routes!(ledger_read::list_postings))
            .routes(routes!(ledger_read::list_entries))
            .routes(routes!(earnings::show_earnings))
            .routes(routes!(cards::list_cards))
            .routes(routes!(cards::remove_card))
            .routes(routes!(webhook::take_webhook))
            .with_state(self.clone())
    }

    pub fn register(self: &Arc<Self>, r: &mut Registry) {
        macro_rules! job {
            ($job:ty, $handler:ident) => {{
                let me = self.clone();
                r.job::<$job, _>(move |ctx, job| {
                    let me = me.clone();
                    async move { me.$handler(ctx, job).await }
                });
            }};
        }
        job!(jobs::RecoverHold, recover_hold);
        job!(jobs::RefetchPayment, refetch_payment);
        job!(jobs::VoidHold, void_hold);
        job!(jobs::ForgetCard, forget_card);
        job!(jobs::SweepHolds, sweep_holds);
        job!(jobs::Capture, capture);
        job!(jobs::Release, carry_out_release);
        job!(jobs::ReleaseDue, release_due);
        job!(jobs::SendPayout, send_payout);
        job!(jobs::RefetchPayout, refetch_payout);
        job!(jobs::PollPayouts, poll_payouts);
        job!(jobs::DailyCheck, daily_check);
        let quarter = Every(kernel::minutes(15));
        r.cron("settlement.sweep_holds", quarter, || jobs::SweepHolds {});
        r.cron("settlement.release_due", quarter, || jobs::ReleaseDue {});
        r.cron("settlement.poll_payouts", quarter, || jobs::PollPayouts {});
        r.cron("settlement.daily_check", Every::DailyAt(3, 0), || {
            jobs::DailyCheck {}
        });
    }
}

#[async_trait]
impl contract_settlement::Settlement for Settlement {
    async fn place_hold(&self, command: PlaceHold) -> Outcome<Hold, SettlementFault> {
        self.place(command).await
    }
    async fn refresh_hold(&self, hold: HoldId) -> Outcome<Hold, SettlementFault> {
        self.refresh(hold).await
    }
    async fn holds(&self, booking: BookingId) -> Outcome<Vec<Hold>, SettlementFault> {
        self.holds_of(booking).await
    }
    async fn statement(&self, booking: BookingId) -> Outcome<Statement, SettlementFault> {
        self.statement_of(booking).await
    }
    async fn settle(&self, command: SettleBooking) -> Outcome<(), SettlementFault> {
        self.instruct_settle(command).await
    }
    async fn release(&self, command: ReleaseHolds) -> Outcome<(), SettlementFault> {
        self.instruct_release(command).await
    }
    async fn remedy(&self, command: Remedy) -> Outcome<(), SettlementFault> {
        self.post_remedy(command).await
    }
}

#[async_trait]
impl contract_settlement::Payees for Settlement {
    async fn set_payee(&self, payee: Payee) -> Outcome<(), SettlementFault> {
        self.store_payee(payee).await
    }
    async fn payee(&self, vendor: VendorId) -> Outcome<Payee, SettlementFault> {
        self.stored_payee(vendor).await
    }
}

/// What makes two commands the same one.
fn digest(content: &impl Serialize) -> [u8; 32] {
    // Our own structs of ids, amounts and text always serialise.
    Sha256::digest(serde_json::to_vec(content).unwrap_or_default()).into()
}
