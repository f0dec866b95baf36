//! A finished booking: captured from its holds, then split to the halala.

use crate::hold_rows::of_booking;
use crate::holds::is_refusal;
use crate::jobs::{Capture, VoidHold};
use crate::ledger::{Account, Entry, lock_booking, post};
use crate::rules::{self, Split};
use crate::{Settlement, digest};
use anyhow::{Context, bail};
use contract_settlement::{
    BookingSettled, HoldPurpose, HoldStatus, SettleBooking, SettlementFault,
};
use gateway_payments::Outcome as Standing;
use kernel::{BookingId, Failure, Money, Outcome, Time, days};
use platform::queue::{Ctx, Job, Run, enqueue};
use platform::{Tx, events};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// An instruction that waits to be carried out.
pub(crate) struct Instruction<C> {
    pub command: C,
    pub requested_at: Time,
}

impl Settlement {
    pub(crate) async fn instruct_settle(
        &self,
        command: SettleBooking,
    ) -> Outcome<(), SettlementFault> {
        if !rules::is_sane(&command) {
            return Err(Failure::internal(
                "an instruction to settle that makes no sense",
            ));
        }
        let booking = command.booking;
        self.instruct("settle", booking, &command, &Capture { booking })
            .await
    }

    /// Stores what is to be done with a booking's money, once: the same again is nothing new,
    /// anything else is refused.
    pub(crate) async fn instruct(
        &self,
        kind: &'static str,
        booking: BookingId,
        command: &impl Serialize,
        job: &impl Job,
    ) -> Outcome<(), SettlementFault> {
        let now = self.now();
        let digest = digest(&(kind, command));
        let mut tx = self.p.db.begin().await?;
        lock_booking(&mut tx, booking).await?;
        let new = sqlx::query!(
            "insert into settlement.instructions (booking, kind, digest, body, requested_at)
             values ($1, $2, $3, $4, $5)
             on conflict (booking) do nothing",
            booking.uuid(),
            kind,
            &digest[..],
            serde_json::to_value(command)?,
            now
        )
        .execute(&mut *tx)
        .await?;
        if new.rows_affected() == 1 {
            enqueue(&mut tx, job, Run::now(now)).await?;
            tx.commit().await?;
            return Ok(());
        }
        let before = sqlx::query_scalar!(
            "select digest from settlement.instructions where booking = $1",
            booking.uuid()
        )
        .fetch_one(&mut *tx)
        .await?;
        if before == digest {
            Ok(())
        } else {
            Err(SettlementFault::KeyReused.into())
        }
    }

    /// `None` when it is done.
    pub(crate) async fn open_instruction<C: DeserializeOwned>(
        &self,
        booking: BookingId,
    ) -> anyhow::Result<Option<Instruction<C>>> {
        let row = sqlx::query!(
            "select body, requested_at from settlement.instructions where booking = $1 and done_at is null",
            booking.uuid()
        )
        .fetch_optional(&self.p.db)
        .await?;
        row.map(|row| {
            let command = serde_json::from_value(row.body).context("a stored instruction")?;
            Ok(Instruction {
                command,
                requested_at: row.requested_at,
            })
        })
        .transpose()
    }

    /// Captures up to `amount` from the booking's holds and returns what was collected. Repeating
    /// it goes on where it stopped: what is asked of each hold is written down before the gateway
    /// is asked and not changed after.
    pub(crate) async fn collect(
        &self,
        booking: BookingId,
        amount: Money,
        only: Option<HoldPurpose>,
    ) -> anyhow::Result<Money> {
        for row in of_booking(&self.p.db, booking).await? {
            if row.status() == HoldStatus::Pending && !row.superseded {
                match self.gateway.payment(row.payment).await? {
                    Some(payment) => {
                        self.observe(row.id, &payment).await?;
                    }
                    None => bail!("{} has no answer yet", row.id),
                }
            }
        }
        loop {
            self.plan(booking, amount, only).await?;
            let rows = of_booking(&self.p.db, booking).await?;
            let asked = rows
                .iter()
                .filter(|row| row.status() == HoldStatus::Authorized)
                .filter_map(|row| Some((row.id, row.payment, row.requested?)));
            let asked: Vec<_> = asked.collect();
            if asked.is_empty() {
                return Ok(rows.iter().map(|row| row.captured).sum());
            }
            for (hold, payment, amount) in asked {
                match self.gateway.capture(payment, Some(amount)).await {
                    Ok(payment) => {
                        let row = self.observe(hold, &payment).await?;
                        if row.status() == HoldStatus::Authorized {
                            bail!(
                                "{hold} was captured, but the gateway says {:?}",
                                payment.status
                            );
                        }
                    }
                    Err(error) if is_refusal(&error) => {
                        match self.gateway.payment(payment).await? {
                            Some(payment) if payment.outcome() != Standing::Held => {
                                self.observe(hold, &payment).await?;
                            }
                            _ => self.lapse(hold).await?,
                        }
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }

    async fn plan(
        &self,
        booking: BookingId,
        amount: Money,
        only: Option<HoldPurpose>,
    ) -> Outcome<(), SettlementFault> {
        let mut tx = self.p.db.begin().await?;
        lock_booking(&mut tx, booking).await?;
        let mut left = amount;
        let mut free = Vec::new();
        for row in of_booking(&mut *tx, booking).await? {
            match (row.status(), row.requested) {
                (HoldStatus::Captured, _) => left -= row.captured,
                (HoldStatus::Authorized, Some(requested)) => left -= requested,
                (HoldStatus::Authorized, None)
                    if !row.superseded && only.is_none_or(|only| only == row.purpose()) =>
                {
                    free.push(row);
                }
                _ => {}
            }
        }
        let sizes: Vec<Money> = free.iter().map(|row| row.amount).collect();
        for (row, take) in free.iter().zip(rules::allocate(left, &sizes)) {
            if take.is_positive() {
                sqlx::query!(
                    "update settlement.holds set requested_halalas = $2 where id = $1",
                    row.id.uuid(),
                    take.halalas()
                )
                .execute(&mut *tx)
                .await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn capture(&self, ctx: Ctx, job: Capture) -> anyhow::Result<()> {
        let booking = job.booking;
        let Some(instruction) = self.open_instruction::<SettleBooking>(booking).await? else {
            return Ok(());
        };
        let agreed = instruction.command;
        let collected = self.collect(booking, agreed.total(), None).await?;
        let split = rules::split(&agreed);
        let payable_at = instruction.requested_at + days(agreed.hold_days.into());
        let mut tx = ctx.begin().await?;
        lock_booking(&mut tx, booking).await?;
        if finish(&mut tx, ctx.now, booking, collected).await? {
            if collected < split.total {
                let short = (split.total - collected).halalas();
                tracing::error!(%booking, short_halalas = short, "a booking was settled short: the customer owes the rest");
                metrics::counter!("settlement_settled_short_total").increment(1);
            }
            post(&mut tx, ctx.now, &[split_entry(&agreed, &split)], &[]).await?;
            if split.vendor_share.is_positive() {
                sqlx::query!(
                    "insert into settlement.held_lots (id, vendor, booking, amount_halalas, remaining_halalas, release_at)
                     values ($1, $2, $3, $4, $4, $5)",
                    Uuid::now_v7(),
                    agreed.vendor.uuid(),
                    booking.uuid(),
                    split.vendor_share.halalas(),
                    payable_at
                )
                .execute(&mut *tx)
                .await?;
            }
            let event = BookingSettled {
                booking,
                collected,
                commission: split.commission,
                vendor_share: split.vendor_share,
                vat: split.vat_output,
                payable_at,
            };
            events::publish(&mut tx, ctx.now, &event).await?;
        }
        ctx.complete(tx).await?;
        Ok(())
    }
}

/// Closes the instruction and gives back what was held and not needed. False when it was closed
/// before.
pub(crate) async fn finish(
    tx: &mut Tx,
    now: Time,
    booking: BookingId,
    collected: Money,
) -> Outcome<bool, SettlementFault> {
    let closed = sqlx::query!(
        "update settlement.instructions set done_at = $2, collected_halalas = $3
         where booking = $1 and done_at is null",
        booking.uuid(),
        now,
        collected.halalas()
    )
    .execute(&mut **tx)
    .await?;
    if closed.rows_affected() == 0 {
        return Ok(false);
    }
    for row in of_booking(&mut **tx, booking).await? {
        if row.status() == HoldStatus::Authorized {
            let void = VoidHold { hold: row.id };
            enqueue(tx, &void, Run::now(now).unique(row.id.to_string())).await?;
        }
    }
    Ok(true)
}

fn split_entry(agreed: &SettleBooking, split: &Split) -> Entry {
    Entry::new(
        "split",
        format!("split:{}", agreed.booking),
        Some(agreed.booking),
        "shared between vendor, platform and VAT",
        [
            (Account::CustomerWallet(agreed.customer), split.total),
            (Account::VendorHeld(agreed.vendor), -split.vendor_share),
            (Account::VatOutput, -split.vat_output),
            (Account::VatInput, split.vat_input),
            (Account::Commission, -split.commission),
        ],
    )
}
