//! The same unsafe request sent twice is done once (draft-ietf-httpapi-idempotency-key-header).
//! The key row is inserted in the transaction that does the work, so there is no moment in which
//! one exists without the other.

use super::{Edge, Problem, Reply};
use crate::{Platform, Tx};
use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::request::Parts;
use kernel::access::Actor;
use kernel::{Code, Failure, Fault, Outcome, Text, Time, days};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// How long a key is remembered.
const REMEMBERED_DAYS: i64 = 2;

/// Past the time that the edge lets a request take.
const AFTER_THE_END: Duration = Duration::from_secs(5);

/// Where no edge ends requests.
const ALONE: Duration = Duration::from_secs(30);

/// The request's `Idempotency-Key` header: a UUID the client makes once per intention.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// Unique per actor; keys of commands to other modules are derived from it.
    pub key: Uuid,
    /// Method and path, part of what must be the same.
    target: String,
    /// How long a claim on the key stands while its work goes on.
    claim: Duration,
    /// Turns for commands that hold a transaction; see [`super::EdgeSettings::transactions`].
    turns: Option<Arc<Semaphore>>,
}

impl<S: Send + Sync> FromRequestParts<S> for Idempotency {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let key = parts
            .headers
            .get("idempotency-key")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| Uuid::try_parse(value.trim().trim_matches('"')).ok())
            .ok_or_else(|| {
                Problem::bad_request(
                    "http.idempotency_key_missing",
                    Text::new(
                        "أرسل الترويسة Idempotency-Key وفيها UUID جديد لكل عملية.",
                        "Send an Idempotency-Key header with a new UUID for each operation.",
                    ),
                )
                .field("Idempotency-Key")
            })?;
        let path = parts
            .extensions
            .get::<axum::extract::OriginalUri>()
            .map_or_else(|| parts.uri.path().to_owned(), |uri| uri.path().to_owned());
        let edge = parts.extensions.get::<Arc<Edge>>();
        Ok(Self {
            key,
            target: format!("{} {path}", parts.method),
            // The edge ends a request in its time, and its work with it: two never run at once.
            claim: edge.map_or(ALONE, |edge| {
                let route = parts.extensions.get::<MatchedPath>();
                let route = route.map_or("", MatchedPath::as_str);
                let class = (edge.settings.classify)(&parts.method, route);
                edge.settings.limits.of(class).time + AFTER_THE_END
            }),
            turns: edge.map(|edge| edge.transactions.clone()),
        })
    }
}

enum Claim {
    /// Ours to do.
    New,
    /// Done before; this was the answer.
    Done(serde_json::Value),
}

impl Idempotency {
    fn digest(&self, command: &impl Serialize) -> Result<Vec<u8>, Problem> {
        let body = serde_json::to_vec(command).map_err(|_| Problem::internal())?;
        let mut hash = Sha256::new();
        hash.update(self.target.as_bytes());
        hash.update([0]);
        hash.update(body);
        Ok(hash.finalize().to_vec())
    }

    /// Does `work` and remembers its answer in one transaction. A refusal changes nothing and is
    /// not remembered: repeating it asks again.
    ///
    /// The transaction is handed in and handed back (a borrowed one would make the handler's
    /// future not `Send`): `async |mut tx| { let made = create(&mut tx, …).await?; Ok((tx, made)) }`.
    pub async fn once<T, F, W, Fut>(
        &self,
        platform: &Platform,
        actor: &Actor,
        command: &(impl Serialize + Sync),
        work: W,
    ) -> Result<Reply<T>, Problem>
    where
        T: Serialize + DeserializeOwned,
        F: Fault,
        W: FnOnce(Tx) -> Fut + Send,
        Fut: Future<Output = Outcome<(Tx, T), F>> + Send,
    {
        let digest = self.digest(command)?;
        let _turn = match &self.turns {
            Some(turns) => turns.acquire().await.ok(),
            None => None,
        };
        let now = platform.now();
        let mut tx = platform.db.begin().await.map_err(oops::<F>)?;
        match self.claim(&mut tx, actor, &digest, now).await? {
            Claim::Done(answer) => replay(answer),
            Claim::New => {
                let (mut tx, body) = work(tx).await?;
                self.finish(&mut tx, actor, &body).await?;
                tx.commit().await.map_err(oops::<F>)?;
                Ok(Reply::ok(body))
            }
        }
    }

    /// For work that crosses a gateway: no transaction is held while it runs. `work` must itself
    /// be repeatable, with keys derived from [`Idempotency::key`]; after a crash a repeat runs it
    /// again. Two at once: the second is told to wait.
    pub async fn resumable<T, F, W, Fut>(
        &self,
        platform: &Platform,
        actor: &Actor,
        command: &(impl Serialize + Sync),
        work: W,
    ) -> Result<Reply<T>, Problem>
    where
        T: Serialize + DeserializeOwned,
        F: Fault,
        W: FnOnce() -> Fut + Send,
        Fut: Future<Output = Outcome<T, F>> + Send,
    {
        let digest = self.digest(command)?;
        let now = platform.now();
        let mut tx = platform.db.begin().await.map_err(oops::<F>)?;
        if let Claim::Done(answer) = self.claim(&mut tx, actor, &digest, now).await? {
            return replay(answer);
        }
        tx.commit().await.map_err(oops::<F>)?;
        let outcome = work().await;
        let mut tx = platform.db.begin().await.map_err(oops::<F>)?;
        match outcome {
            Ok(body) => {
                self.finish(&mut tx, actor, &body).await?;
                tx.commit().await.map_err(oops::<F>)?;
                Ok(Reply::ok(body))
            }
            Err(failure) => {
                self.forget(&mut tx, actor).await?;
                tx.commit().await.map_err(oops::<F>)?;
                Err(failure.into())
            }
        }
    }

    async fn claim(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        digest: &[u8],
        now: Time,
    ) -> Result<Claim, Problem> {
        // A second request with the key waits here until the first commits or rolls back.
        let row = sqlx::query!(
            r#"insert into platform.idempotency as i (actor, key, body_digest, locked_until, created_at)
               values ($1, $2, $3, now() + make_interval(secs => $5), $4)
               on conflict (actor, key) do update
                   set locked_until = now() + make_interval(secs => $5)
                   where i.status is null and i.locked_until < now() and i.body_digest = $3
               returning 1 as one"#,
            actor.user.uuid(),
            self.key,
            digest,
            now,
            self.claim.as_secs_f64()
        )
        .fetch_optional(&mut **tx)
        .await
        .map_err(internal)?;
        if row.is_some() {
            return Ok(Claim::New);
        }
        let first = sqlx::query!(
            "select body_digest, status, answer from platform.idempotency where actor = $1 and key = $2",
            actor.user.uuid(),
            self.key
        )
        .fetch_one(&mut **tx)
        .await
        .map_err(internal)?;
        if first.body_digest != digest {
            return Err(Problem::new(
                Code::Conflict,
                "http.idempotency_key_reused",
                Text::new(
                    "هذا المفتاح استُعمل لطلب آخر. استعمل مفتاحًا جديدًا.",
                    "This Idempotency-Key was used for another request. Use a new one.",
                ),
            )
            .field("Idempotency-Key"));
        }
        match (first.status, first.answer) {
            (Some(_), Some(answer)) => Ok(Claim::Done(answer)),
            _ => Err(Problem::new(
                Code::Conflict,
                "http.in_progress",
                Text::new(
                    "طلبك الأول قيد التنفيذ. انتظر قليلًا ثم أعد المحاولة بالمفتاح نفسه.",
                    "Your first request is still being worked on. Wait a little and repeat it with the same key.",
                ),
            )),
        }
    }

    async fn finish(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        body: &impl Serialize,
    ) -> Result<(), Problem> {
        let answer = serde_json::to_value(body).map_err(|_| Problem::internal())?;
        sqlx::query!(
            "update platform.idempotency set status = 200, answer = $3 where actor = $1 and key = $2",
            actor.user.uuid(),
            self.key,
            answer
        )
        .execute(&mut **tx)
        .await
        .map_err(internal)?;
        Ok(())
    }

    async fn forget(&self, tx: &mut Tx, actor: &Actor) -> Result<(), Problem> {
        sqlx::query!(
            "delete from platform.idempotency where actor = $1 and key = $2 and status is null",
            actor.user.uuid(),
            self.key
        )
        .execute(&mut **tx)
        .await
        .map_err(internal)?;
        Ok(())
    }
}

fn replay<T: DeserializeOwned>(answer: serde_json::Value) -> Result<Reply<T>, Problem> {
    let body = serde_json::from_value(answer).map_err(|e| {
        tracing::error!(cause = %e, "a remembered answer no longer reads");
        Problem::internal()
    })?;
    Ok(Reply {
        replayed: true,
        ..Reply::ok(body)
    })
}

fn oops<F: Fault>(error: sqlx::Error) -> Problem {
    Failure::<F>::from(error).into()
}

fn internal(error: sqlx::Error) -> Problem {
    tracing::error!(cause = %error, "idempotency store");
    Problem::internal()
}

/// Forgets old keys; called daily.
pub async fn sweep(db: &sqlx::PgPool, now: Time) -> sqlx::Result<u64> {
    let gone = sqlx::query!(
        "delete from platform.idempotency where created_at < $1",
        now - days(REMEMBERED_DAYS)
    )
    .execute(db)
    .await?;
    Ok(gone.rows_affected())
}
