//! Bank accounts are stored sealed: where they stand, and how they come under a new key.

use crate::Settlement;
use kernel::{PayoutId, VendorId};
use platform::Tx;
use platform::seal::{self, Place, SealedColumn};
use uuid::Uuid;

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

struct Payees;

impl SealedColumn for Payees {
    async fn not_under(
        &self,
        tx: &mut Tx,
        prefix: &str,
        most: i64,
    ) -> sqlx::Result<Vec<(Place, String)>> {
        let rows = sqlx::query!(
            r#"select vendor as "vendor: VendorId", iban from settlement.payees
               where not starts_with(iban, $1) order by vendor limit $2 for update"#,
            prefix,
            most
        )
        .fetch_all(&mut **tx)
        .await?;
        let rows = rows.into_iter();
        Ok(rows.map(|row| (payee(row.vendor), row.iban)).collect())
    }

    async fn put(&self, tx: &mut Tx, row: Uuid, sealed: &str) -> sqlx::Result<()> {
        sqlx::query!(
            "update settlement.payees set iban = $2 where vendor = $1",
            row,
            sealed
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

struct Payouts;

impl SealedColumn for Payouts {
    async fn not_under(
        &self,
        tx: &mut Tx,
        prefix: &str,
        most: i64,
    ) -> sqlx::Result<Vec<(Place, String)>> {
        let rows = sqlx::query!(
            r#"select id as "id: PayoutId", iban from settlement.payouts
               where not starts_with(iban, $1) order by id limit $2 for update"#,
            prefix,
            most
        )
        .fetch_all(&mut **tx)
        .await?;
        let rows = rows.into_iter();
        Ok(rows.map(|row| (payout(row.id), row.iban)).collect())
    }

    async fn put(&self, tx: &mut Tx, row: Uuid, sealed: &str) -> sqlx::Result<()> {
        sqlx::query!(
            "update settlement.payouts set iban = $2 where id = $1",
            row,
            sealed
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

impl Settlement {
    /// Seals what is plain, and seals anew what is under an older key. Gives the number of values.
    pub async fn reseal(&self) -> anyhow::Result<u64> {
        let (db, sealer) = (&self.p.db, &self.p.seal);
        Ok(seal::reseal(db, sealer, &Payees).await? + seal::reseal(db, sealer, &Payouts).await?)
    }
}
