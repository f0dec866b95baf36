//! Access tokens: JWT (RFC 7519) signed with Ed25519 (RFC 8037). Time comes from the platform's
//! clock, so that a token lives ten platform minutes however fast they pass.
//!
//! A token proves itself: no store is asked. Two things end it before its time: its key ([`keys`]),
//! and its session ([`Tokens::admit`]).

mod ended;
mod jws;
pub mod keys;
mod seen;

use anyhow::Context;
use jws::Parts;
use kernel::access::{Actor, Role, Scope};
use kernel::{SessionId, Time, UserId, minutes};
use keys::Key;
pub use keys::{KeyLine, KeySet, PublishedKey, Rotated};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

/// Tells processes of new keys and of ended sessions.
pub const CHANNEL: &str = "khidma_tokens";

const ISSUER: &str = "khidma";
const LIFE_MINUTES: i64 = 10;
/// How far two machines' clocks may differ.
const LEEWAY_S: i64 = 60;
/// Longer than any token we make; longer ones are refused unread.
const MAX_LEN: usize = 4096;
/// Real time between two looks at the tables where no news came: news may have been lost.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// Real time that looking up a session may take.
const LOOK_UP: Duration = Duration::from_secs(3);

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    user: UserId,
    session: SessionId,
    roles: Vec<Role>,
    #[serde(default)]
    scope: Scope,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second_factor_at: Option<Time>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    #[error("not a token of ours")]
    Invalid,
    #[error("the token has expired")]
    Expired,
}

/// Why a good token is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    #[error("the session has ended")]
    Ended,
    #[error("whether the session stands could not be looked up")]
    Unknown,
}

#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

struct Inner {
    /// Newest first.
    keys: RwLock<Arc<Vec<Key>>>,
    seen: seen::Seen,
    ended: ended::Ended,
    /// Makes the private keys.
    secret: Option<[u8; 32]>,
    db: OnceLock<sqlx::PgPool>,
}

impl Tokens {
    /// One key for ever, from 32 secret bytes: for tests, and where no store is asked.
    pub fn from_seed(seed: &[u8; 32]) -> anyhow::Result<Self> {
        Ok(Self::with(vec![Key::alone(seed)?], None))
    }

    /// The keys of a deployment, whose secret has 32 bytes. There are none before
    /// [`Tokens::load`].
    pub fn stored(secret: [u8; 32], db: sqlx::PgPool) -> Self {
        Self::with(Vec::new(), Some(secret)).over(db)
    }

    fn with(keys: Vec<Key>, secret: Option<[u8; 32]>) -> Self {
        Self(Arc::new(Inner {
            keys: RwLock::new(Arc::new(keys)),
            seen: seen::Seen::default(),
            ended: ended::Ended::none(),
            secret,
            db: OnceLock::new(),
        }))
    }

    /// Looks sessions of those who have a second factor up in `db`.
    pub fn over(self, db: sqlx::PgPool) -> Self {
        // Said once, where it is made.
        let _ = self.0.db.set(db);
        self
    }

    fn keys(&self) -> Arc<Vec<Key>> {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.clone()
    }

    /// Reads the keys and the ended sessions.
    pub async fn load(&self) -> anyhow::Result<()> {
        let db = self.0.db.get().context("tokens without a database")?;
        if let Some(secret) = &self.0.secret {
            let keys = Arc::new(keys::load(db, secret).await?);
            *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        }
        self.0.ended.load(db).await?;
        Ok(())
    }

    /// A token for `actor` and the moment it ends. Fails where no key may sign.
    pub fn sign(&self, actor: &Actor, now: Time) -> anyhow::Result<(String, Time)> {
        let expires = now + minutes(LIFE_MINUTES);
        let claims = Claims {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            iat: now.as_seconds(),
            nbf: now.as_seconds(),
            exp: expires.as_seconds(),
            user: actor.user,
            session: actor.session,
            roles: actor.roles.clone(),
            scope: actor.scope.clone(),
            second_factor_at: actor.second_factor_at,
        };
        let payload = serde_json::to_vec(&claims)?;
        let keys = self.keys();
        let key = keys.iter().find(|key| key.signs(now));
        let (key, pair) = key
            .and_then(|key| Some((key, key.pair.as_ref()?)))
            .context("no key may sign access tokens")?;
        let token = key.public.seal(pair, &payload);
        self.0.seen.remember(&token, claims);
        Ok((token, expires))
    }

    pub fn verify(&self, token: &str, now: Time) -> Result<Actor, BadToken> {
        Ok(self.open(token, now)?.0)
    }

    /// The actor, and from when on the token is refused.
    pub fn open(&self, token: &str, now: Time) -> Result<(Actor, Time), BadToken> {
        if token.len() > MAX_LEN {
            return Err(BadToken::Invalid);
        }
        let keys = self.keys();
        let parts = Parts::of(token).ok_or(BadToken::Invalid)?;
        let key = keys
            .iter()
            .find(|key| key.public.wrote(&parts) && key.is_live(now))
            .ok_or(BadToken::Invalid)?;
        let claims = self
            .0
            .seen
            .get_or(token, || {
                serde_json::from_slice::<Claims>(&key.public.open(&parts)?).ok()
            })
            .ok_or(BadToken::Invalid)?;
        if claims.iss != ISSUER || claims.aud != ISSUER {
            return Err(BadToken::Invalid);
        }
        let now = now.as_seconds();
        if claims.nbf > now.saturating_add(LEEWAY_S) || claims.iat > now.saturating_add(LEEWAY_S) {
            return Err(BadToken::Invalid);
        }
        let end = claims.exp.saturating_add(LEEWAY_S);
        if end <= now {
            return Err(BadToken::Expired);
        }
        let actor = Actor {
            user: claims.user,
            session: claims.session,
            roles: claims.roles.clone(),
            scope: claims.scope.clone(),
            second_factor_at: claims.second_factor_at,
        };
        Ok((actor, Time::from_millis(end.saturating_mul(1000))))
    }

    /// Whether the session behind a good token still stands. Of customers, vendors and technicians
    /// it is enough what this process has heard: their token ends within minutes anyway. A
    /// session of staff, or of whoever runs a company's account, is looked up; where that fails they
    /// are not let in.
    pub async fn admit(&self, actor: &Actor) -> Result<(), NotAdmitted> {
        if self.0.ended.has(actor.session) {
            return Err(NotAdmitted::Ended);
        }
        let (true, Some(db)) = (actor.needs_second_factor(), self.0.db.get()) else {
            return Ok(());
        };
        let looked_up = ended::is_written(db, actor.session);
        match tokio::time::timeout(LOOK_UP, looked_up).await {
            Ok(Ok(false)) => Ok(()),
            Ok(Ok(true)) => Err(NotAdmitted::Ended),
            Ok(Err(error)) => {
                tracing::warn!(cause = %error, "a session could not be looked up");
                Err(NotAdmitted::Unknown)
            }
            Err(_) => {
                tracing::warn!("looking up a session took too long");
                Err(NotAdmitted::Unknown)
            }
        }
    }

    /// In the transaction that ends these sessions: their access tokens are refused from its
    /// commit on. The caller says [`Tokens::heed`] after it.
    pub async fn end(
        &self,
        tx: &mut PgConnection,
        now: Time,
        sessions: &[SessionId],
    ) -> sqlx::Result<()> {
        ended::write(tx, now, sessions).await
    }

    /// What this process itself has ended it need not hear.
    pub fn heed(&self, now: Time, sessions: &[SessionId]) {
        let until = ended::until(now);
        self.0
            .ended
            .take(sessions.iter().map(|session| (*session, until)));
    }

    /// Comes back when the session has ended, as far as this process has heard.
    pub async fn when_ended(&self, session: SessionId) {
        self.0.ended.when(session).await;
    }

    /// The public halves of the keys whose tokens are accepted.
    pub fn published(&self, now: Time) -> KeySet {
        keys::published(&self.keys(), now)
    }
}

/// Keeps `tokens` on what is stored until the process ends. A lost connection is taken up again
/// and everything read anew.
pub async fn follow(db: sqlx::PgPool, tokens: Tokens) {
    // Listening takes a connection for ever: not one of those that requests and jobs share.
    let own = PgPoolOptions::new()
        .max_connections(1)
        .connect_lazy_with((*db.connect_options()).clone());
    loop {
        if let Err(e) = follow_once(&own, &tokens).await {
            tracing::warn!(cause = %format!("{e:#}"), "token listener lost its connection");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

async fn follow_once(own: &sqlx::PgPool, tokens: &Tokens) -> anyhow::Result<()> {
    let mut listener = PgListener::connect_with(own).await?;
    listener.listen(CHANNEL).await?;
    tokens.load().await?;
    loop {
        let Ok(news) = tokio::time::timeout(LOOK_AGAIN, listener.try_recv()).await else {
            tokens.load().await?;
            continue;
        };
        // Without a notification: the connection was lost, and news with it.
        match news?.as_ref().and_then(|news| ended::heard(news.payload())) {
            Some(session) => tokens.0.ended.take([session]),
            None => tokens.load().await?,
        }
    }
}

#[cfg(test)]
mod tests;
