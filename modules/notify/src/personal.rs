//! What this module keeps about somebody: how to reach them and what they were told (PDPL).
//!
//! Of an erased person stays, for 180 days, that nothing is to be sent to their id. A message that a
//! gateway has already taken is out of our hands.

use crate::Notify;
use async_trait::async_trait;
use kernel::{Lang, MessageId, Obstacle, Subject, Time};
use platform::personal::{Copied, Kept, PersonalRecords};
use serde_json::json;
use std::collections::BTreeSet;

#[async_trait]
impl PersonalRecords for Notify {
    fn holder(&self) -> &'static str {
        "notify"
    }

    /// Messages with a code to the person's phone are theirs too, without the code.
    async fn copy(&self, subject: Subject) -> anyhow::Result<Copied> {
        let user = subject.user.uuid();
        let contact = sqlx::query!(
            "select phone, lang, as_of from notify.contacts where user_id = $1 and erased_at is null",
            user
        )
        .fetch_optional(&self.p.db)
        .await?;
        let phone = contact.as_ref().and_then(|row| row.phone.clone());
        let contact = contact.map(
            |row| json!({ "phone": row.phone, "language": row.lang, "known_since": row.as_of }),
        );
        let messages = sqlx::query!(
            r#"select id as "id: MessageId", channel, phone, template, lang, title,
                      case when not carries_code then body end as body,
                      state, created_at, sent_at, ended_at, read_at
               from notify.messages where user_id = $1 or (user_id is null and phone = $2)
               order by created_at, id"#,
            user,
            phone
        )
        .fetch_all(&self.p.db)
        .await?;
        let messages = messages.into_iter().map(|row| {
            json!({
                "id": row.id,
                "channel": row.channel,
                "phone": row.phone,
                "template": row.template,
                "language": row.lang,
                "title": row.title,
                "body": row.body,
                "state": row.state,
                "created_at": row.created_at,
                "sent_at": row.sent_at,
                "ended_at": row.ended_at,
                "read_at": row.read_at,
            })
        });
        Ok(Copied::default()
            .with("contact", Vec::from_iter(contact))
            .with("messages", messages.collect()))
    }

    async fn obstacles(&self, _: Subject) -> anyhow::Result<BTreeSet<Obstacle>> {
        Ok(BTreeSet::new())
    }

    async fn erase(&self, subject: Subject, now: Time) -> anyhow::Result<Vec<Kept>> {
        let user = subject.user.uuid();
        let mut tx = self.p.db.begin().await?;
        // Whoever is sending them something ends first, or finds them erased.
        let phone = sqlx::query_scalar!(
            "select phone from notify.contacts where user_id = $1 for update",
            user
        )
        .fetch_optional(&mut *tx)
        .await?
        .flatten();
        sqlx::query!(
            "insert into notify.contacts as c (user_id, lang, as_of, erased_at) values ($1, $2, $3, $3)
             on conflict (user_id) do update set
                 phone = null, lang = excluded.lang, as_of = greatest(c.as_of, excluded.as_of),
                 erased_at = coalesce(c.erased_at, excluded.erased_at)",
            user,
            Lang::default().as_str(),
            now
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!("delete from notify.messages where user_id = $1", user)
            .execute(&mut *tx)
            .await?;
        // What still waits to be sent there is a code for whoever signs in with the phone now.
        sqlx::query!(
            "delete from notify.messages
             where user_id is null and phone = $1 and (state <> 'queued' or stale_at <= $2)",
            phone,
            now
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Vec::new())
    }
}
