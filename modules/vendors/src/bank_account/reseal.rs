//! Brings the accounts of changes under the key that the configuration names.

use super::place;
use crate::Vendors;
use kernel::BankAccountChangeId;
use platform::Tx;
use platform::seal::{self, Place, SealedColumn};
use uuid::Uuid;

struct Changes;

impl SealedColumn for Changes {
    async fn not_under(
        &self,
        tx: &mut Tx,
        prefix: &str,
        most: i64,
    ) -> sqlx::Result<Vec<(Place, String)>> {
        let rows = sqlx::query!(
            r#"select id as "id: BankAccountChangeId", iban as "iban!" from vendors.bank_account_changes
               where iban is not null and not starts_with(iban, $1) order by id limit $2 for update"#,
            prefix,
            most
        )
        .fetch_all(&mut **tx)
        .await?;
        let rows = rows.into_iter();
        Ok(rows.map(|row| (place(row.id), row.iban)).collect())
    }

    async fn put(&self, tx: &mut Tx, row: Uuid, sealed: &str) -> sqlx::Result<()> {
        sqlx::query!(
            "update vendors.bank_account_changes set iban = $2 where id = $1",
            row,
            sealed
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

impl Vendors {
    /// Seals anew what is under an older key. Gives the number of values.
    pub async fn reseal(&self) -> anyhow::Result<u64> {
        seal::reseal(&self.p.db, &self.p.seal, &Changes).await
    }
}
