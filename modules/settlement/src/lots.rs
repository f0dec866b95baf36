//! The quality hold: a vendor's share becomes payable when its time is over.

use crate::Settlement;
use crate::jobs::ReleaseDue;
use crate::ledger::{Account, Entry, post};
use kernel::{BookingId, Money, VendorId};
use platform::queue::Ctx;

/// Lots released in one transaction.
const A_BATCH: i64 = 100;

impl Settlement {
    pub(crate) async fn release_due(&self, ctx: Ctx, _: ReleaseDue) -> anyhow::Result<()> {
        loop {
            let mut tx = ctx.begin().await?;
            let due = sqlx::query!(
                r#"with due as materialized (
                       select id from settlement.held_lots
                       where released_at is null and release_at <= $1
                       order by release_at, id
                       limit $2
                       for update skip locked
                   )
                   update settlement.held_lots l set released_at = $1
                   from due where l.id = due.id
                   returning vendor as "vendor: VendorId", booking as "booking: BookingId",
                             remaining_halalas as "remaining: Money", release_at, l.id"#,
                ctx.now,
                A_BATCH
            )
            .fetch_all(&mut *tx)
            .await?;
            if due.is_empty() {
                return Ok(());
            }
            let mut due = due;
            due.sort_by_key(|lot| (lot.release_at, lot.id));
            let entries: Vec<Entry> = due
                .iter()
                .map(|lot| {
                    Entry::new(
                        "vendor_release",
                        format!("vendor_release:{}", lot.booking),
                        Some(lot.booking),
                        "the quality hold is over",
                        [
                            (Account::VendorHeld(lot.vendor), lot.remaining),
                            (Account::VendorPayable(lot.vendor), -lot.remaining),
                        ],
                    )
                })
                .collect();
            post(&mut tx, ctx.now, &entries, &[]).await?;
            tx.commit().await?;
        }
    }
}
