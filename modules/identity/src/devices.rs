//! Where somebody is signed in: seen and ended by themselves, and by an administrator.

use crate::sessions::{Ending, end};
use crate::{Identity, people};
use axum::extract::{Path, State};
use contract_identity::{IdentityFault, SessionLine, Sessions, SessionsEnded};
use kernel::access::{Actor, may};
use kernel::{Outcome, SessionId, Time, UserId};
use platform::Tx;
use platform::audit;
use platform::http::{Params, Permit, Problem, Reply};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use utoipa::IntoParams;

/// Nobody has more devices; older ones end all the same when all are ended.
const MOST_SHOWN: i64 = 100;

/// Where one is signed in, the device used last first.
#[utoipa::path(get, path = "/v1/me/sessions", tag = "identity",
    responses((status = 200, body = Sessions), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn my_sessions(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
) -> Result<Reply<Sessions>, Problem> {
    let Actor { user, session, .. } = permit.actor;
    Ok(Reply::ok(list(&me, me.p.now(), user, session).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EndParams {
    /// The session that asks stays.
    #[serde(default)]
    keep_current: bool,
}

/// Signs out everywhere. Repeating it changes nothing.
#[utoipa::path(delete, path = "/v1/me/sessions", tag = "identity", params(EndParams),
    responses((status = 200, body = SessionsEnded), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn end_my_sessions(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
    Params(params): Params<EndParams>,
) -> Result<Reply<SessionsEnded>, Problem> {
    let Actor { user, session, .. } = permit.actor;
    let which = Which {
        only: None,
        but: params.keep_current.then_some(session),
    };
    Ok(Reply::ok(
        end_some(&me, me.p.now(), user, which, By::Owner).await?,
    ))
}

/// Signs one device out. Repeating it changes nothing.
#[utoipa::path(delete, path = "/v1/me/sessions/{id}", tag = "identity", params(("id" = SessionId, Path)),
    responses((status = 200, body = SessionsEnded), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn end_my_session(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
    Path(id): Path<SessionId>,
) -> Result<Reply<SessionsEnded>, Problem> {
    let user = permit.actor.user;
    Ok(Reply::ok(
        end_some(&me, me.p.now(), user, Which::only(id), By::Owner).await?,
    ))
}

/// Where somebody is signed in.
#[utoipa::path(get, path = "/v1/staff/users/{user}/sessions", tag = "staff", params(("user" = UserId, Path)),
    responses((status = 200, body = Sessions), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn their_sessions(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::StaffRead>,
    Path(user): Path<UserId>,
) -> Result<Reply<Sessions>, Problem> {
    let sessions = list(&me, me.p.now(), user, permit.actor.session).await?;
    Ok(Reply::ok(sessions))
}

/// Signs somebody out everywhere. Staff are out with their next request.
#[utoipa::path(delete, path = "/v1/staff/users/{user}/sessions", tag = "staff", params(("user" = UserId, Path)),
    responses((status = 200, body = SessionsEnded), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn end_their_sessions(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::StaffManage>,
    Path(user): Path<UserId>,
) -> Result<Reply<SessionsEnded>, Problem> {
    let by = By::Administrator(&permit.actor);
    let all = Which {
        only: None,
        but: None,
    };
    Ok(Reply::ok(end_some(&me, me.p.now(), user, all, by).await?))
}

/// Signs one of somebody's devices out.
#[utoipa::path(delete, path = "/v1/staff/users/{user}/sessions/{id}", tag = "staff",
    params(("user" = UserId, Path), ("id" = SessionId, Path)),
    responses((status = 200, body = SessionsEnded), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn end_their_session(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::StaffManage>,
    Path((user, id)): Path<(UserId, SessionId)>,
) -> Result<Reply<SessionsEnded>, Problem> {
    let by = By::Administrator(&permit.actor);
    Ok(Reply::ok(
        end_some(&me, me.p.now(), user, Which::only(id), by).await?,
    ))
}

async fn list(
    me: &Identity,
    now: Time,
    user: UserId,
    current: SessionId,
) -> Outcome<Sessions, IdentityFault> {
    let mut conn = me.p.db.acquire().await?;
    known(&mut conn, user).await?;
    let items = sqlx::query_as!(
        SessionLine,
        r#"select s.id as "id: SessionId", s.device, s.created_at,
                  coalesce(s.last_used_at, s.created_at) as "last_used_at!: Time",
                  t.expires_at as "ends_at: Time", s.id = $3 as "current!"
           from identity.sessions s
           join identity.refresh_tokens t on t.session_id = s.id and t.used_at is null and t.expires_at > $2
           where s.user_id = $1 and s.ended_at is null
           order by 4 desc, s.id desc limit $4"#,
        user.uuid(),
        now,
        current.uuid(),
        MOST_SHOWN
    )
    .fetch_all(&mut *conn)
    .await?;
    Ok(Sessions { items })
}

async fn known(conn: &mut sqlx::PgConnection, user: UserId) -> Outcome<(), IdentityFault> {
    sqlx::query_scalar!("select 1 from identity.users where id = $1", user.uuid())
        .fetch_optional(conn)
        .await?
        .ok_or(IdentityFault::UnknownUser)?;
    Ok(())
}

/// Which of somebody's sessions.
pub(crate) struct Which {
    pub(crate) only: Option<SessionId>,
    pub(crate) but: Option<SessionId>,
}

impl Which {
    fn only(id: SessionId) -> Self {
        Self {
            only: Some(id),
            but: None,
        }
    }
}

enum By<'a> {
    Owner,
    Administrator(&'a Actor),
}

async fn end_some(
    me: &Identity,
    now: Time,
    user: UserId,
    which: Which,
    by: By<'_>,
) -> Outcome<SessionsEnded, IdentityFault> {
    let mut tx = me.p.db.begin().await?;
    known(&mut tx, user).await?;
    people::hold(&mut tx, user).await?;
    let why = match by {
        By::Owner => Ending::Owner,
        By::Administrator(_) => Ending::Administrator,
    };
    let ended = end_of(me, &mut tx, now, user, which, why).await?;
    if let By::Administrator(actor) = by {
        note(&mut tx, now, actor, user, &ended).await?;
    }
    tx.commit().await?;
    me.p.tokens.heed(now, &ended);
    Ok(SessionsEnded {
        ended: u32::try_from(ended.len()).unwrap_or(u32::MAX),
    })
}

/// Ends those of them that are open. The caller commits, then says `me.p.tokens.heed`.
pub(crate) async fn end_of(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    user: UserId,
    which: Which,
    why: Ending,
) -> Outcome<Vec<SessionId>, IdentityFault> {
    let found = sqlx::query_scalar!(
        r#"select id as "id: SessionId" from identity.sessions
           where user_id = $1 and ($2::uuid is null or id = $2) and ($3::uuid is null or id <> $3)
                 and (ended_at is null or $2 is not null)"#,
        user.uuid(),
        which.only.map(|id| id.uuid()),
        which.but.map(|id| id.uuid())
    )
    .fetch_all(&mut **tx)
    .await?;
    if which.only.is_some() && found.is_empty() {
        return Err(IdentityFault::UnknownSession.into());
    }
    Ok(end(me, tx, now, &found, why).await?)
}

async fn note(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    user: UserId,
    ended: &[SessionId],
) -> sqlx::Result<()> {
    let facts = json!({ "sessions": ended });
    audit::record(tx, now, actor, "sessions.end", &user.to_string(), facts).await
}
