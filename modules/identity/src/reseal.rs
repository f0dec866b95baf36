//! Brings every stored secret under the key that the configuration names.

use crate::{Identity, totp};
use kernel::UserId;

/// Rows of one transaction.
const A_ROUND: i64 = 100;

impl Identity {
    /// Seals what is plain, and seals anew what is under an older key. Gives the number of values.
    pub async fn reseal(&self) -> anyhow::Result<u64> {
        let current = self.p.seal.prefix();
        let mut done = 0;
        loop {
            let mut tx = self.p.db.begin().await?;
            let rows = sqlx::query!(
                r#"select id as "id: UserId", totp_secret as "secret!" from identity.users
                   where totp_secret is not null and not starts_with(totp_secret, $1)
                   order by id limit $2 for update"#,
                current,
                A_ROUND
            )
            .fetch_all(&mut *tx)
            .await?;
            if rows.is_empty() {
                return Ok(done);
            }
            for row in rows {
                let place = totp::place(row.id);
                let secret = self.p.seal.open(place, &row.secret)?;
                sqlx::query!(
                    "update identity.users set totp_secret = $2 where id = $1",
                    row.id.uuid(),
                    self.p.seal.seal(place, &secret)
                )
                .execute(&mut *tx)
                .await?;
                done += 1;
            }
            tx.commit().await?;
        }
    }
}
