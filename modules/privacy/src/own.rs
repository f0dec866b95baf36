//! What this module itself keeps about a person.

use async_trait::async_trait;
use kernel::{Basis, Obstacle, Subject, Time};
use platform::Platform;
use platform::personal::{Copied, Kept, PersonalRecords};
use serde_json::json;
use std::collections::BTreeSet;

pub(crate) struct OwnRecords(pub(crate) Platform);

#[async_trait]
impl PersonalRecords for OwnRecords {
    fn holder(&self) -> &'static str {
        "privacy"
    }

    async fn copy(&self, subject: Subject) -> anyhow::Result<Copied> {
        let consents = sqlx::query!(
            "select purpose, given, version, lang, at from privacy.consents
             where user_id = $1 order by seq",
            subject.user.uuid()
        )
        .fetch_all(&self.0.db)
        .await?
        .into_iter()
        .map(|row| {
            json!({ "purpose": row.purpose, "given": row.given, "version": row.version,
                    "lang": row.lang, "at": row.at })
        });
        let requests = sqlx::query!(
            "select kind, state, received_at, due_at, text, answer, ended_at from privacy.requests
             where user_id = $1 order by id",
            subject.user.uuid()
        )
        .fetch_all(&self.0.db)
        .await?
        .into_iter()
        .map(|row| {
            json!({ "kind": row.kind, "state": row.state, "received_at": row.received_at,
                    "due_at": row.due_at, "text": row.text, "answer": row.answer,
                    "ended_at": row.ended_at })
        });
        Ok(Copied::default()
            .with("consents", consents.collect())
            .with("requests", requests.collect()))
    }

    async fn obstacles(&self, _: Subject) -> anyhow::Result<BTreeSet<Obstacle>> {
        Ok(BTreeSet::new())
    }

    async fn erase(&self, subject: Subject, now: Time) -> anyhow::Result<Vec<Kept>> {
        let archives = sqlx::query_scalar!(
            r#"select archive_key as "key!" from privacy.requests
               where user_id = $1 and archive_key is not null"#,
            subject.user.uuid()
        )
        .fetch_all(&self.0.db)
        .await?;
        for key in archives {
            self.0.objects.delete(&key).await?;
        }
        // Nobody is left to be answered. The erasure itself ends once this is written.
        sqlx::query!(
            "update privacy.requests
             set text = null, answer = null, extended_for = null,
                 archive_key = null, archive_bytes = null, archive_until = null,
                 state = case when kind <> 'erasure' and ended_at is null then 'cancelled' else state end,
                 ended_at = case when kind <> 'erasure' then coalesce(ended_at, $2) else ended_at end
             where user_id = $1",
            subject.user.uuid(),
            now
        )
        .execute(&self.0.db)
        .await?;
        let left = sqlx::query!(
            r#"select (select count(*) from privacy.consents where user_id = $1) as "consents!",
                      (select count(*) from privacy.requests where user_id = $1) as "requests!""#,
            subject.user.uuid()
        )
        .fetch_one(&self.0.db)
        .await?;
        let kept = [("consents", left.consents), ("requests", left.requests)];
        Ok(kept
            .into_iter()
            .filter_map(|(what, rows)| Kept::some(what, rows.unsigned_abs(), Basis::Proof))
            .collect())
    }
}
