//! A booking that will not be done: its cancellation fee is taken, the rest goes back.

use crate::Settlement;
use crate::jobs::Release;
use crate::ledger::{Account, Entry, lock_booking, post};
use crate::rules;
use crate::settle::finish;
use contract_settlement::{HoldPurpose, ReleaseHolds, SettlementFault};
use kernel::{Failure, Outcome};
use platform::queue::Ctx;

impl Settlement {
    pub(crate) async fn instruct_release(
        &self,
        command: ReleaseHolds,
    ) -> Outcome<(), SettlementFault> {
        if command.fee.is_negative() {
            return Err(Failure::internal("a negative cancellation fee"));
        }
        let booking = command.booking;
        self.instruct("release", booking, &command, &Release { booking })
            .await
    }

    /// A hold that is still being answered is dealt with when its answer comes: it finds the
    /// instruction and is given back.
    pub(crate) async fn carry_out_release(&self, ctx: Ctx, job: Release) -> anyhow::Result<()> {
        let booking = job.booking;
        let Some(instruction) = self.open_instruction::<ReleaseHolds>(booking).await? else {
            return Ok(());
        };
        let ReleaseHolds { customer, fee, .. } = instruction.command;
        let collected = if fee.is_positive() {
            self.collect(booking, fee, Some(HoldPurpose::Booking))
                .await?
        } else {
            fee
        };
        let mut tx = ctx.begin().await?;
        lock_booking(&mut tx, booking).await?;
        if finish(&mut tx, ctx.now, booking, collected).await? {
            let (vat, kept) = rules::split_fee(collected);
            let entry = Entry::new(
                "cancellation_fee",
                format!("cancellation_fee:{booking}"),
                Some(booking),
                "kept of a cancelled booking",
                [
                    (Account::CustomerWallet(customer), collected),
                    (Account::VatOutput, -vat),
                    (Account::Commission, -kept),
                ],
            );
            post(&mut tx, ctx.now, &[entry], &[]).await?;
        }
        ctx.complete(tx).await?;
        Ok(())
    }
}
