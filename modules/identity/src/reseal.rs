//! Brings every stored secret under the key that the configuration names.

use crate::{Identity, totp};
use kernel::UserId;
use platform::Tx;
use platform::seal::{self, Place, SealedColumn};
use uuid::Uuid;

struct SecondFactors;

impl SealedColumn for SecondFactors {
    async fn not_under(
        &self,
        tx: &mut Tx,
        prefix: &str,
        most: i64,
    ) -> sqlx::Result<Vec<(Place, String)>> {
        let rows = sqlx::query!(
            r#"select id as "id: UserId", totp_secret as "secret!" from identity.users
               where totp_secret is not null and not starts_with(totp_secret, $1)
               order by id limit $2 for update"#,
            prefix,
            most
        )
        .fetch_all(&mut **tx)
        .await?;
        let rows = rows.into_iter();
        Ok(rows.map(|row| (totp::place(row.id), row.secret)).collect())
    }

    async fn put(&self, tx: &mut Tx, row: Uuid, sealed: &str) -> sqlx::Result<()> {
        sqlx::query!(
            "update identity.users set totp_secret = $2 where id = $1",
            row,
            sealed
        )
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

impl Identity {
    /// Seals what is plain, and seals anew what is under an older key. Gives the number of values.
    pub async fn reseal(&self) -> anyhow::Result<u64> {
        seal::reseal(&self.p.db, &self.p.seal, &SecondFactors).await
    }
}
