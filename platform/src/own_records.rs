//! What the ground itself keeps about somebody: what they did, in the audit log, and for two days the
//! answers to their requests. The log is append-only and stays.
//!
//! Jobs name a customer by id alone; one that died waits for an operator, whoever it is about.

use crate::Platform;
use crate::personal::{Copied, Kept, PersonalRecords};
use async_trait::async_trait;
use kernel::{Basis, Obstacle, Subject, Time};
use serde_json::json;
use std::collections::BTreeSet;

#[async_trait]
impl PersonalRecords for Platform {
    fn holder(&self) -> &'static str {
        "platform"
    }

    async fn copy(&self, subject: Subject) -> anyhow::Result<Copied> {
        let rows = sqlx::query!(
            "select at, action, record, address from platform.audit where actor = $1 order by seq",
            subject.user.uuid()
        )
        .fetch_all(&self.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            json!({
                "at": row.at,
                "action": row.action,
                "record": row.record,
                "address": row.address,
            })
        });
        Ok(Copied::default().with("audit", rows.collect()))
    }

    async fn obstacles(&self, _: Subject) -> anyhow::Result<BTreeSet<Obstacle>> {
        Ok(BTreeSet::new())
    }

    async fn erase(&self, subject: Subject, _: Time) -> anyhow::Result<Vec<Kept>> {
        let user = subject.user.uuid();
        sqlx::query!("delete from platform.idempotency where actor = $1", user)
            .execute(&self.db)
            .await?;
        let rows = sqlx::query_scalar!(
            r#"select count(*) as "rows!" from platform.audit where actor = $1"#,
            user
        )
        .fetch_one(&self.db)
        .await?;
        let kept = Kept::some("audit", rows.unsigned_abs(), Basis::Audit);
        Ok(Vec::from_iter(kept))
    }
}
