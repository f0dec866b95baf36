//! Sessions that ended before their access tokens did. A row is kept as long as such a token may
//! live; every process knows all rows and hears of new ones by NOTIFY. For staff, and for whoever runs
//! a company's account, that is not enough: news takes a moment, and a process may have lost its
//! listener. Their session is looked up in the table with each request.

use super::{CHANNEL, LEEWAY_S, LIFE_MINUTES};
use jiff::SignedDuration;
use kernel::{SessionId, Time, seconds};
use sqlx::PgConnection;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use tokio::sync::watch;
use uuid::Uuid;

/// A token signed just before, on a machine whose clock is ahead, judged by one that is behind.
const REMEMBERED: SignedDuration = seconds(LIFE_MINUTES * 60 + 2 * LEEWAY_S);

pub(super) struct Ended {
    known: RwLock<HashMap<SessionId, Time>>,
    news: watch::Sender<()>,
}

impl Ended {
    pub(super) fn none() -> Self {
        Self {
            known: RwLock::default(),
            news: watch::Sender::new(()),
        }
    }

    pub(super) fn has(&self, session: SessionId) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.contains_key(&session)
    }

    pub(super) fn take(&self, ended: impl IntoIterator<Item = (SessionId, Time)>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(ended);
        drop(known);
        self.news.send_replace(());
    }

    /// Everything anew, as the table has it.
    pub(super) async fn load(&self, db: &sqlx::PgPool) -> sqlx::Result<()> {
        let rows = sqlx::query!(
            r#"select session as "session: SessionId", until from platform.ended_sessions"#
        )
        .fetch_all(db)
        .await?;
        let rows = rows.into_iter().map(|row| (row.session, row.until));
        // What ended while this was read may be missing from it, and is no older than the rest.
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::take(&mut *known);
        known.extend(rows);
        let latest = known.values().max().copied().unwrap_or(Time::UNIX_EPOCH);
        known.extend(before.into_iter().filter(|(_, until)| *until >= latest));
        drop(known);
        self.news.send_replace(());
        Ok(())
    }

    /// Comes back when the session has ended.
    pub(super) async fn when(&self, session: SessionId) {
        let mut news = self.news.subscribe();
        while !self.has(session) {
            if news.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

pub(super) fn until(now: Time) -> Time {
    now + REMEMBERED
}

/// In the transaction that ends the sessions; the other processes hear of it when it commits.
/// Clears away some of what has served.
pub(super) async fn write(
    tx: &mut PgConnection,
    now: Time,
    sessions: &[SessionId],
) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = sessions.iter().map(|session| session.uuid()).collect();
    sqlx::query!(
        "insert into platform.ended_sessions (session, until) select unnest($1::uuid[]), $2::timestamptz
         on conflict (session) do nothing",
        &ids,
        until(now)
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "delete from platform.ended_sessions where session in
             (select session from platform.ended_sessions where until < $1
              order by until limit 100 for update skip locked)",
        now
    )
    .execute(&mut *tx)
    .await?;
    for session in sessions {
        sqlx::query!(
            "select pg_notify($1, $2) as n",
            CHANNEL,
            format!("{session} {}", until(now).as_millis())
        )
        .fetch_one(&mut *tx)
        .await?;
    }
    Ok(())
}

/// What `write` told.
pub(super) fn heard(payload: &str) -> Option<(SessionId, Time)> {
    let (session, until) = payload.split_once(' ')?;
    Some((
        session.parse().ok()?,
        Time::from_millis(until.parse().ok()?),
    ))
}

pub(super) async fn is_written(db: &sqlx::PgPool, session: SessionId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from platform.ended_sessions where session = $1) as "ended!""#,
        session.uuid()
    )
    .fetch_one(db)
    .await
}
