//! What a broken promise costs: a credit to the customer, a penalty from what is held for the
//! vendor.

use crate::ledger::{Account, Entry, post};
use crate::{Settlement, digest};
use contract_settlement::{Remedy, SettlementFault};
use kernel::{BookingId, Failure, Money, Outcome, VendorId};
use platform::Tx;

impl Settlement {
    pub(crate) async fn post_remedy(&self, command: Remedy) -> Outcome<(), SettlementFault> {
        if command.credit.is_negative() || command.penalty.is_negative() {
            return Err(Failure::internal("a negative remedy"));
        }
        let now = self.now();
        let digest = digest(&command);
        let mut tx = self.p.db.begin().await?;
        let new = sqlx::query!(
            "insert into settlement.remedies (key, digest, booking, credit_halalas, penalty_halalas, at)
             values ($1, $2, $3, $4, 0, $5)
             on conflict (key) do nothing",
            command.key,
            &digest[..],
            command.booking.uuid(),
            command.credit.halalas(),
            now
        )
        .execute(&mut *tx)
        .await?;
        if new.rows_affected() == 0 {
            let before = sqlx::query_scalar!(
                "select digest from settlement.remedies where key = $1",
                command.key
            )
            .fetch_one(&mut *tx)
            .await?;
            return if before == digest {
                Ok(())
            } else {
                Err(SettlementFault::KeyReused.into())
            };
        }
        let penalty = match command.vendor {
            Some(vendor) => {
                take_from_held(&mut tx, vendor, command.booking, command.penalty).await?
            }
            None => Money::ZERO,
        };
        sqlx::query!(
            "update settlement.remedies set penalty_halalas = $2 where key = $1",
            command.key,
            penalty.halalas()
        )
        .execute(&mut *tx)
        .await?;
        let mut entries = vec![Entry::new(
            "sla_credit",
            format!("sla_credit:{}", command.key),
            Some(command.booking),
            "credit for a broken promise",
            [
                (Account::SlaCredits, command.credit),
                (Account::CustomerWallet(command.customer), -command.credit),
            ],
        )];
        if let Some(vendor) = command.vendor {
            entries.push(Entry::new(
                "penalty",
                format!("penalty:{}", command.key),
                Some(command.booking),
                "the vendor's part of a broken promise",
                [
                    (Account::VendorHeld(vendor), penalty),
                    (Account::SlaCredits, -penalty),
                ],
            ));
        }
        post(&mut tx, now, &entries, &[]).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Takes up to `wanted` from what is held for the vendor, this booking's share first, and says
/// how much there was.
async fn take_from_held(
    tx: &mut Tx,
    vendor: VendorId,
    booking: BookingId,
    wanted: Money,
) -> Outcome<Money, SettlementFault> {
    // Locked in the order in which they are released; taken from in another.
    let mut lots = sqlx::query!(
        r#"select id, booking as "booking: BookingId", remaining_halalas as "remaining: Money"
           from settlement.held_lots
           where vendor = $1 and released_at is null and remaining_halalas > 0
           order by release_at, id
           for update"#,
        vendor.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    lots.sort_by_key(|lot| lot.booking != booking);
    let mut taken = Money::ZERO;
    for lot in lots {
        let part = lot.remaining.min(wanted - taken);
        if !part.is_positive() {
            break;
        }
        sqlx::query!(
            "update settlement.held_lots set remaining_halalas = remaining_halalas - $2 where id = $1",
            lot.id,
            part.halalas()
        )
        .execute(&mut **tx)
        .await?;
        taken += part;
    }
    Ok(taken)
}
