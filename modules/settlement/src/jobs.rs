//! The background work, as rows carry it.

use kernel::{BookingId, CardId, HoldId, PayoutId};
use platform::queue::Job;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! jobs {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $ty:ty),* } = $text:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Serialize, Deserialize)]
        pub(crate) struct $name { $(pub $field: $ty),* }
        impl Job for $name {
            const NAME: &'static str = $text;
            // About a day of trying before people are asked: a gateway may be down for hours.
            const MAX_ATTEMPTS: i32 = 30;
        }
    )*};
}

jobs! {
    /// Asks the gateway what became of a hold whose answer did not come.
    RecoverHold { hold: HoldId } = "settlement.recover_hold";
    /// A webhook said: look again.
    RefetchPayment { payment: Uuid } = "settlement.refetch_payment";
    /// Gives a hold back that nobody wants any more.
    VoidHold { hold: HoldId } = "settlement.void_hold";
    /// Has the gateway forget a card that its owner removed.
    ForgetCard { card: CardId } = "settlement.forget_card";
    /// Asks after unfinished challenges, ages holds.
    SweepHolds {} = "settlement.sweep_holds";
    /// Captures a booking's holds, then splits.
    Capture { booking: BookingId } = "settlement.capture";
    /// Takes the cancellation fee, gives the rest back.
    Release { booking: BookingId } = "settlement.release";
    /// Shares whose quality hold is over become payable.
    ReleaseDue {} = "settlement.release_due";
    SendPayout { payout: PayoutId } = "settlement.send_payout";
    RefetchPayout { gateway_id: String } = "settlement.refetch_payout";
    /// For when a webhook was lost.
    PollPayouts {} = "settlement.poll_payouts";
    DailyCheck {} = "settlement.daily_check";
}
