//! One's own requests: asked, seen and taken back.

use crate::Privacy;
use crate::archive::Gather;
use crate::erasure::BeginErasure;
use crate::rows::{Of, one, rows};
use crate::rules::{BETWEEN_EXPORTS, LONGEST_CORRECTION, TIME_TO_ANSWER, plain_text};
use crate::tell::{self, News};
use axum::extract::{Path, State};
use contract_privacy::{AskPrivacy, PrivacyFault, PrivacyRequest, PrivacyRequests, RequestKind};
use kernel::access::{Actor, may};
use kernel::{Failure, Outcome, PrivacyRequestId, Time, days};
use platform::http::{Body, Fresh, Idempotency, Permit, Problem, Reply};
use platform::queue::{self, Run};
use platform::{Tx, audit};
use serde_json::json;
use std::sync::Arc;

/// As many as one person sees: who asks more often has had their answer.
const SHOWN: i64 = 50;

/// What one asked for, and what an erasure would meet now.
#[utoipa::path(get, path = "/v1/me/privacy-requests", tag = "privacy",
    responses((status = 200, body = PrivacyRequests), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn my_requests(
    State(me): State<Arc<Privacy>>,
    permit: Permit<may::ProfileRead>,
) -> Result<Reply<PrivacyRequests>, Problem> {
    Ok(Reply::ok(mine(&me, me.p.now(), &permit.actor).await?))
}

async fn mine(me: &Privacy, now: Time, actor: &Actor) -> Outcome<PrivacyRequests, PrivacyFault> {
    let subject = me.subject(actor.user).await.map_err(Failure::internal)?;
    let obstacles = me.obstacles(subject).await.map_err(Failure::internal)?;
    let mut conn = me.p.db.acquire().await?;
    let of = Of {
        user: Some(actor.user),
        ..Of::default()
    };
    let rows = rows(&mut conn, of, SHOWN).await?;
    Ok(PrivacyRequests {
        items: rows
            .into_iter()
            .map(|row| row.seen(now))
            .collect::<Result<_, _>>()?,
        obstacles: obstacles.into_iter().collect(),
        grace_days: me.settings.grace_days,
    })
}

/// A copy of one's data, or something wrong in it to be corrected. One of each kind at a time; a copy
/// once a day.
#[utoipa::path(post, path = "/v1/me/privacy-requests", tag = "privacy", request_body = AskPrivacy,
    responses((status = 200, body = PrivacyRequest), (status = "default", body = Problem)),
    params(("Idempotency-Key" = uuid::Uuid, Header)),
    security(("bearer" = [])))]
pub(crate) async fn ask(
    State(me): State<Arc<Privacy>>,
    permit: Permit<may::ProfileRead>,
    idem: Idempotency,
    Body(command): Body<AskPrivacy>,
) -> Result<Reply<PrivacyRequest>, Problem> {
    let now = me.p.now();
    let actor = &permit.actor;
    idem.once(&me.p, actor, &command, async |mut tx: Tx| {
        let asked = match &command {
            AskPrivacy::Export {} => export(&mut tx, now, actor).await?,
            AskPrivacy::Correction { text } => {
                let text = plain_text(text, LONGEST_CORRECTION)?;
                let asked = Asked {
                    kind: RequestKind::Correction,
                    begins_at: None,
                    text: Some(text),
                };
                receive(&mut tx, now, actor, asked).await?
            }
        };
        Ok((tx, asked))
    })
    .await
}

/// The end of one's account. It begins after the days of grace, unless something has to end first;
/// until then it can be taken back.
#[utoipa::path(post, path = "/v1/me/erasure", tag = "privacy",
    responses((status = 200, body = PrivacyRequest), (status = "default", body = Problem)),
    params(("Idempotency-Key" = uuid::Uuid, Header)),
    security(("bearer" = [])))]
pub(crate) async fn ask_for_erasure(
    State(me): State<Arc<Privacy>>,
    permit: Permit<may::ProfileRead, Fresh>,
    idem: Idempotency,
) -> Result<Reply<PrivacyRequest>, Problem> {
    let now = me.p.now();
    let actor = &permit.actor;
    let begins_at = now + days(me.settings.grace_days.into());
    idem.once(&me.p, actor, &(), async |mut tx: Tx| {
        let asked = Asked {
            kind: RequestKind::Erasure,
            begins_at: Some(begins_at),
            text: None,
        };
        let asked = receive(&mut tx, now, actor, asked).await?;
        let job = BeginErasure { request: asked.id };
        queue::enqueue(&mut tx, &job, Run::at(begins_at)).await?;
        tell::later(&mut tx, now, asked.id, News::ErasureAsked).await?;
        Ok((tx, asked))
    })
    .await
}

/// Takes back what has not begun.
#[utoipa::path(post, path = "/v1/me/privacy-requests/{id}/cancel", tag = "privacy",
    responses((status = 200, body = PrivacyRequest), (status = "default", body = Problem)),
    params(("id" = PrivacyRequestId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    security(("bearer" = [])))]
pub(crate) async fn cancel(
    State(me): State<Arc<Privacy>>,
    permit: Permit<may::ProfileRead>,
    Path(id): Path<PrivacyRequestId>,
    idem: Idempotency,
) -> Result<Reply<PrivacyRequest>, Problem> {
    let now = me.p.now();
    let actor = &permit.actor;
    idem.once(&me.p, actor, &(), async |mut tx: Tx| {
        let cancelled = take_back(&mut tx, now, actor, id).await?;
        Ok((tx, cancelled))
    })
    .await
}

async fn export(tx: &mut Tx, now: Time, actor: &Actor) -> Outcome<PrivacyRequest, PrivacyFault> {
    let last = sqlx::query_scalar!(
        r#"select max(received_at) as "at: Time" from privacy.requests
           where user_id = $1 and kind = 'export' and state = 'done'"#,
        actor.user.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    let wait = last.map_or(0, |at| (at + BETWEEN_EXPORTS).since(now).as_secs());
    if wait > 0 {
        let retry_after_s = wait.try_into().unwrap_or(u32::MAX);
        return Err(PrivacyFault::TooSoon { retry_after_s }.into());
    }
    let asked = Asked {
        kind: RequestKind::Export,
        begins_at: None,
        text: None,
    };
    let asked = receive(tx, now, actor, asked).await?;
    let job = Gather { request: asked.id };
    queue::enqueue(tx, &job, Run::now(now)).await?;
    Ok(asked)
}

struct Asked<'a> {
    kind: RequestKind,
    begins_at: Option<Time>,
    text: Option<&'a str>,
}

async fn receive(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    asked: Asked<'_>,
) -> Outcome<PrivacyRequest, PrivacyFault> {
    let id = PrivacyRequestId::new();
    let added = sqlx::query!(
        "insert into privacy.requests (id, user_id, kind, state, received_at, due_at, begins_at, text)
         values ($1, $2, $3, 'received', $4, $5, $6, $7)
         on conflict (user_id, kind) where state in ('received', 'blocked', 'running') do nothing",
        id.uuid(),
        actor.user.uuid(),
        asked.kind.as_str(),
        now,
        now + TIME_TO_ANSWER,
        asked.begins_at,
        asked.text
    )
    .execute(&mut **tx)
    .await?;
    if added.rows_affected() == 0 {
        return Err(PrivacyFault::AlreadyAsked.into());
    }
    let details = json!({ "kind": asked.kind });
    audit::record(tx, now, actor, "privacy.ask", &id.to_string(), details).await?;
    one(tx, id, Some(actor.user)).await?.seen(now)
}

async fn take_back(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    id: PrivacyRequestId,
) -> Outcome<PrivacyRequest, PrivacyFault> {
    let cancelled = sqlx::query!(
        "update privacy.requests set state = 'cancelled', ended_at = $3, obstacles = '{}'
         where id = $1 and user_id = $2 and state in ('received', 'blocked')",
        id.uuid(),
        actor.user.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    let request = one(tx, id, Some(actor.user)).await?.seen(now)?;
    if cancelled.rows_affected() == 0 {
        return Err(PrivacyFault::TooLate.into());
    }
    audit::record(tx, now, actor, "privacy.cancel", &id.to_string(), json!({})).await?;
    Ok(request)
}
