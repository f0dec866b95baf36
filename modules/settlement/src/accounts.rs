//! Bank accounts are stored sealed: where they stand, and how they come under a new key.

use crate::Settlement;
use kernel::{PayoutId, VendorId};
use platform::seal::Place;

/// Rows of one transaction.
const A_ROUND: i64 = 100;

pub(crate) fn payee(vendor: VendorId) -> Place {
    Place {
        column: "settlement.payees.iban",
        row: vendor.uuid(),
    }
}

pub(crate) fn payout(payout: PayoutId) -> Place {
    Place {
        column: "settlement.payouts.iban",
        row: payout.uuid(),
    }
}

impl Settlement {
    /// Seals what is plain, and seals anew what is under an older key. Gives the number of values.
    pub async fn reseal(&self) -> anyhow::Result<u64> {
        Ok(self.reseal_payees().await? + self.reseal_payouts().await?)
    }

    async fn reseal_payees(&self) -> anyhow::Result<u64> {
        let (seal, mut done) = (&self.p.seal, 0);
        loop {
            let mut tx = self.p.db.begin().await?;
            let rows = sqlx::query!(
                r#"select vendor as "vendor: VendorId", iban from settlement.payees
                   where not starts_with(iban, $1) order by vendor limit $2 for update"#,
                seal.prefix(),
                A_ROUND
            )
            .fetch_all(&mut *tx)
            .await?;
            if rows.is_empty() {
                return Ok(done);
            }
            for row in rows {
                let place = payee(row.vendor);
                let iban = seal.open(place, &row.iban)?;
                sqlx::query!(
                    "update settlement.payees set iban = $2 where vendor = $1",
                    row.vendor.uuid(),
                    seal.seal(place, &iban)
                )
                .execute(&mut *tx)
                .await?;
                done += 1;
            }
            tx.commit().await?;
        }
    }

    async fn reseal_payouts(&self) -> anyhow::Result<u64> {
        let (seal, mut done) = (&self.p.seal, 0);
        loop {
            let mut tx = self.p.db.begin().await?;
            let rows = sqlx::query!(
                r#"select id as "id: PayoutId", iban from settlement.payouts
                   where not starts_with(iban, $1) order by id limit $2 for update"#,
                seal.prefix(),
                A_ROUND
            )
            .fetch_all(&mut *tx)
            .await?;
            if rows.is_empty() {
                return Ok(done);
            }
            for row in rows {
                let place = payout(row.id);
                let iban = seal.open(place, &row.iban)?;
                sqlx::query!(
                    "update settlement.payouts set iban = $2 where id = $1",
                    row.id.uuid(),
                    seal.seal(place, &iban)
                )
                .execute(&mut *tx)
                .await?;
                done += 1;
            }
            tx.commit().await?;
        }
    }
}
