//! What this module keeps about a member (PDPL). Who acts for a company signs in with a password, and is
//! not erased while they are known to identity as such; what is kept stays.

use crate::Corporate;
use async_trait::async_trait;
use kernel::{Basis, BranchId, CorporateAccountId, Obstacle, Subject, Time};
use platform::personal::{Copied, Kept, PersonalRecords};
use serde_json::json;
use std::collections::BTreeSet;

#[async_trait]
impl PersonalRecords for Corporate {
    fn holder(&self) -> &'static str {
        "corporate"
    }

    async fn copy(&self, subject: Subject) -> anyhow::Result<Copied> {
        let rows = sqlx::query!(
            r#"select m.account as "account: CorporateAccountId", a.name_ar, a.name_en, m.role,
                      m.branch as "branch: BranchId", m.invited_at, m.linked_at, m.removed_at
               from corporate.members m join corporate.accounts a on a.id = m.account
               where m.user_id = $1"#,
            subject.user.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            json!({
                "account": row.account,
                "company": { "ar": row.name_ar, "en": row.name_en },
                "role": row.role,
                "branch": row.branch,
                "invited_at": row.invited_at,
                "linked_at": row.linked_at,
                "removed_at": row.removed_at,
            })
        });
        Ok(Copied::default().with("membership", rows.collect()))
    }

    async fn obstacles(&self, _: Subject) -> anyhow::Result<BTreeSet<Obstacle>> {
        Ok(BTreeSet::new())
    }

    async fn erase(&self, subject: Subject, _: Time) -> anyhow::Result<Vec<Kept>> {
        let rows = sqlx::query_scalar!(
            r#"select count(*) as "rows!" from corporate.members where user_id = $1"#,
            subject.user.uuid()
        )
        .fetch_one(&self.p.db)
        .await?;
        // It says who acted for the company.
        let kept = Kept::some("membership", rows.unsigned_abs(), Basis::Others);
        Ok(Vec::from_iter(kept))
    }
}
