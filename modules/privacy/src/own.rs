//! What this module itself keeps about a person.

use crate::archive;
use async_trait::async_trait;
use kernel::{Basis, Obstacle, PrivacyRequestId, Subject, Time};
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
        // Whether or not a row tells of an archive: one that is being gathered may be there already.
        // It is written by whoever finds its request still running, and none is any more.
        let exports = sqlx::query_scalar!(
            r#"select id as "id: PrivacyRequestId" from privacy.requests
               where user_id = $1 and kind = 'export'"#,
            subject.user.uuid()
        )
        .fetch_all(&self.0.db)
        .await?;
        for request in exports {
            self.0.objects.delete(&archive::key(request)).await?;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::UserId;
    use platform::testing::TestPlatform;

    #[tokio::test]
    async fn an_archive_that_no_row_tells_of_yet_goes_with_its_owner() {
        let t = TestPlatform::start(&[&crate::MIGRATOR]).await;
        let (db, objects) = (&t.platform.db, &t.platform.objects);
        let subject = |user| Subject {
            user,
            technician: None,
            vendor: None,
        };
        let [theirs, others] = [UserId::new(), UserId::new()].map(|user| {
            let request = PrivacyRequestId::new();
            (user, request)
        });
        // Whoever gathered them died before they could write so.
        for (user, request) in [theirs, others] {
            sqlx::query(
                "insert into privacy.requests (id, user_id, kind, state, received_at, due_at)
                 values ($1, $2, 'export', 'running', now(), now() + interval '30 days')",
            )
            .bind(request.uuid())
            .bind(user.uuid())
            .execute(db)
            .await
            .unwrap();
            let key = archive::key(request);
            let put = objects.put(&key, "all".into(), "application/zip");
            put.await.unwrap();
        }
        let own = OwnRecords(t.platform.clone());
        for _ in 0..2 {
            own.erase(subject(theirs.0), t.now()).await.unwrap();
        }
        let left = async |request| objects.find(&archive::key(request)).await.unwrap();
        assert!(left(theirs.1).await.is_none());
        assert!(left(others.1).await.is_some());
        let state: String = sqlx::query_scalar("select state from privacy.requests where id = $1")
            .bind(theirs.1.uuid())
            .fetch_one(db)
            .await
            .unwrap();
        assert_eq!(state, "cancelled");
    }
}
