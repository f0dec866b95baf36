//! A new password in place of the old one, by whoever knows both.

use crate::devices::{self, Which};
use crate::sessions::Ending;
use crate::{Identity, password_rule, people};
use axum::extract::State;
use contract_identity::{ChangePassword, IdentityFault, PasswordChanged};
use kernel::access::{Actor, may};
use kernel::{Outcome, SessionId, Time, UserId};
use platform::http::{Body, Permit, Problem, Reply};
use platform::{Tx, audit};
use serde_json::json;
use std::sync::Arc;

/// Changes one's own password. One's other sessions end, this one goes on. There is no idempotency
/// key: the digest of a request with a password in it is not kept.
#[utoipa::path(post, path = "/v1/me/password", tag = "identity", request_body = ChangePassword,
    responses((status = 200, body = PasswordChanged), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn change_password(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
    Body(command): Body<ChangePassword>,
) -> Result<Reply<PasswordChanged>, Problem> {
    let now = me.p.now();
    me.throttle().proof_try(now, permit.actor.user).await?;
    Ok(Reply::ok(change(&me, now, &permit.actor, command).await?))
}

async fn change(
    me: &Identity,
    now: Time,
    actor: &Actor,
    command: ChangePassword,
) -> Outcome<PasswordChanged, IdentityFault> {
    let account = sqlx::query!(
        r#"select email, password_hash as "password_hash!" from identity.users
           where id = $1 and password_hash is not null"#,
        actor.user.uuid()
    )
    .fetch_optional(&me.p.db)
    .await?
    .ok_or(IdentityFault::NoPassword)?;
    let current: String = command
        .current_password
        .chars()
        .take(password_rule::LONGEST)
        .collect();
    if !me
        .passwords
        .matches(current, Some(account.password_hash.clone()))
        .await?
    {
        return Err(IdentityFault::WrongPassword.into());
    }
    password_rule::check(&command.password, account.email.as_deref())?;
    let hash = me.passwords.hash(command.password).await?;
    let mut tx = me.p.db.begin().await?;
    // What the old password was good for, then who asks: a link that replaced it ended the session, too.
    if !hold_with(&mut tx, actor.user, &account.password_hash).await? {
        return Err(IdentityFault::WrongPassword.into());
    }
    people::hold_own(&mut tx, now, actor).await?;
    put(&mut tx, actor.user, &hash).await?;
    end_resets(&mut tx, now, actor.user).await?;
    let ended = end_sessions(me, &mut tx, now, actor.user, Some(actor.session)).await?;
    let sessions_ended = count(&ended);
    let facts = json!({ "sessions_ended": sessions_ended });
    let record = actor.user.to_string();
    audit::record(
        &mut tx,
        now,
        actor,
        "identity.change_password",
        &record,
        facts,
    )
    .await?;
    tx.commit().await?;
    me.p.tokens.heed(now, &ended);
    Ok(PasswordChanged { sessions_ended })
}

/// [`people::hold`], for who knew the password: checking one takes so long that it may have been
/// replaced meanwhile, and then knowing the old one is worth nothing. False: it was.
pub(crate) async fn hold_with(tx: &mut Tx, user: UserId, hash: &str) -> sqlx::Result<bool> {
    people::hold(tx, user).await?;
    sqlx::query_scalar!(
        r#"select exists (select from identity.users where id = $1 and password_hash = $2) as "still!""#,
        user.uuid(),
        hash
    )
    .fetch_one(&mut **tx)
    .await
}

pub(crate) async fn put(tx: &mut Tx, user: UserId, hash: &str) -> sqlx::Result<()> {
    sqlx::query!(
        "update identity.users set password_hash = $2 where id = $1",
        user.uuid(),
        hash
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Links to a new password that are under way.
pub(crate) async fn end_resets(tx: &mut Tx, now: Time, user: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "update identity.password_resets set ended_at = $2 where user_id = $1 and ended_at is null",
        user.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whoever knew the old password is out. The caller commits, then says `me.p.tokens.heed`.
pub(crate) async fn end_sessions(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    user: UserId,
    but: Option<SessionId>,
) -> Outcome<Vec<SessionId>, IdentityFault> {
    let others = Which { only: None, but };
    devices::end_of(me, tx, now, user, others, Ending::Owner).await
}

pub(crate) fn count(ended: &[SessionId]) -> u32 {
    ended.len().try_into().unwrap_or(u32::MAX)
}
