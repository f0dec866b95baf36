//! Forgets what has served: codes in the app after a day, messages after 180, and by then also that
//! somebody was erased: nothing that was under way is any more.

use crate::Notify;
use kernel::{Time, days};
use platform::queue::Job;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct Sweep {}
impl Job for Sweep {
    const NAME: &'static str = "notify.sweep";
}

pub(crate) async fn sweep(me: &Notify, now: Time) -> anyhow::Result<()> {
    let blanked = sqlx::query!(
        "update notify.messages set body = null
         where carries_code and body is not null and state <> 'queued' and created_at < $1",
        now - days(1)
    )
    .execute(&me.p.db)
    .await?
    .rows_affected();
    let deleted = sqlx::query!(
        "delete from notify.messages where created_at < $1",
        now - days(180)
    )
    .execute(&me.p.db)
    .await?
    .rows_affected();
    let erased = sqlx::query!(
        "delete from notify.contacts where erased_at < $1",
        now - days(180)
    )
    .execute(&me.p.db)
    .await?
    .rows_affected();
    tracing::info!(blanked, deleted, erased, "old messages swept");
    Ok(())
}
