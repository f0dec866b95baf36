//! Forgets what has served: codes a day after they expired, sessions and the count of codes 90 days
//! after.

use crate::Identity;
use kernel::{Time, days};
use platform::queue::Job;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct Sweep {}
impl Job for Sweep {
    const NAME: &'static str = "identity.sweep";
}

pub(crate) async fn sweep(me: &Identity, now: Time) -> anyhow::Result<()> {
    let codes = sqlx::query!(
        "delete from identity.codes where expires_at < $1",
        now - days(1)
    )
    .execute(&me.p.db)
    .await?
    .rows_affected();
    let sessions = sqlx::query!(
        "delete from identity.sessions where least(expires_at, ended_at) < $1",
        now - days(90)
    )
    .execute(&me.p.db)
    .await?
    .rows_affected();
    // A used token is kept while its session lives, to notice a copy of it; not for ever.
    let tokens = sqlx::query!(
        "delete from identity.refresh_tokens where expires_at < $1",
        now - days(1)
    )
    .execute(&me.p.db)
    .await?
    .rows_affected();
    sqlx::query!(
        "delete from identity.code_hours where hour < $1",
        now - days(90)
    )
    .execute(&me.p.db)
    .await?;
    sqlx::query!(
        "delete from identity.password_resets where expires_at < $1",
        now - days(1)
    )
    .execute(&me.p.db)
    .await?;
    sqlx::query!(
        "delete from identity.enrolments where expires_at < $1",
        now - days(1)
    )
    .execute(&me.p.db)
    .await?;
    tracing::info!(codes, sessions, tokens, "old sign-in records deleted");
    Ok(())
}
