//! A forgotten password. An administrator makes a link, hands it to the person they know, and whoever
//! has it sets a new password, once. Signing in still wants the second factor.

use crate::accounts::rules;
use crate::change_password::{count, end_resets, end_sessions, put};
use crate::secrets::{draw_token, token_hash};
use crate::settings::RESET_LIFE;
use crate::warn::{self, News};
use crate::{Identity, password_rule, people};
use axum::extract::State;
use contract_identity::{IdentityFault, IssueReset, PasswordChanged, ResetIssued, UseReset};
use kernel::access::{Actor, Scope, may};
use kernel::{Outcome, SessionId, Time, UserId};
use platform::http::{Body, Fresh, Permit, Problem, Public, Reply};
use platform::{Tx, audit};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// Makes a link with which a member of staff sets a new password within 24 hours, once. A new link
/// ends the one before. A company's members are helped by their own managers. There is no idempotency
/// key: the answer is a secret, and is not kept.
#[utoipa::path(post, path = "/v1/staff/password-resets", tag = "identity", request_body = IssueReset,
    responses((status = 201, body = ResetIssued), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn issue_reset(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::StaffManage, Fresh>,
    Body(command): Body<IssueReset>,
) -> Result<Reply<ResetIssued>, Problem> {
    let issued = issue(&me, me.p.now(), &permit.actor, &command.email).await?;
    Ok(Reply::created(issued))
}

async fn issue(
    me: &Identity,
    now: Time,
    actor: &Actor,
    email: &str,
) -> Outcome<ResetIssued, IdentityFault> {
    let mut tx = me.p.db.begin().await?;
    // The lock makes a second administrator wait: one link lives.
    let found = sqlx::query!(
        r#"select id as "id: UserId", disabled_at is not null as "disabled!" from identity.users
           where email = $1 and password_hash is not null and member_of is null for no key update"#,
        people::plain_email(email)
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(IdentityFault::UnknownUser)?;
    if found.disabled {
        return Err(IdentityFault::AccountDisabled.into());
    }
    let user = found.id;
    // One's own is changed by whoever knows it.
    rules::is_anothers(actor.user, user)?;
    end_resets(&mut tx, now, user).await?;
    let token = draw_token("rst");
    let expires_at = now + RESET_LIFE;
    sqlx::query!(
        "insert into identity.password_resets (hash, user_id, issued_by, issued_at, expires_at)
         values ($1, $2, $3, $4, $5)",
        &token_hash(&token)[..],
        user.uuid(),
        actor.user.uuid(),
        now,
        expires_at
    )
    .execute(&mut *tx)
    .await?;
    warn::of(&mut tx, now, user, now.as_millis(), News::PasswordReset).await?;
    let record = user.to_string();
    audit::record(
        &mut tx,
        now,
        actor,
        "identity.issue_reset",
        &record,
        json!({}),
    )
    .await?;
    tx.commit().await?;
    Ok(ResetIssued {
        link: format!("{}reset?token={token}", me.public_url),
        token,
        expires_at,
    })
}

/// Sets a new password with the token of a link. All sessions of its owner end; signing in wants the
/// second factor as before.
#[utoipa::path(post, path = "/v1/auth/password-resets", tag = "identity", request_body = UseReset,
    responses((status = 200, body = PasswordChanged), (status = "default", body = Problem)))]
pub(crate) async fn use_reset(
    State(me): State<Arc<Identity>>,
    _: Public,
    Body(command): Body<UseReset>,
) -> Result<Reply<PasswordChanged>, Problem> {
    Ok(Reply::ok(redeem(&me, me.p.now(), command).await?))
}

pub(crate) async fn redeem(
    me: &Identity,
    now: Time,
    command: UseReset,
) -> Outcome<PasswordChanged, IdentityFault> {
    let token = token_hash(&command.token);
    // A made-up link costs no hash of a password.
    let link = sqlx::query!(
        r#"select u.id as "user: UserId", u.email from identity.password_resets r join identity.users u on u.id = r.user_id
           where r.hash = $1 and r.ended_at is null and r.expires_at > $2"#,
        &token[..],
        now
    )
    .fetch_optional(&me.p.db)
    .await?
    .ok_or(IdentityFault::BadReset)?;
    password_rule::check(&command.password, link.email.as_deref())?;
    let hash = me.passwords.hash(command.password).await?;
    let mut tx = me.p.db.begin().await?;
    // Of two at once the second waits here and finds it used.
    let user = link.user;
    people::hold(&mut tx, user).await?;
    let used = sqlx::query!(
        "update identity.password_resets set ended_at = $2
         where hash = $1 and ended_at is null and expires_at > $2",
        &token[..],
        now
    )
    .execute(&mut *tx)
    .await?;
    if used.rows_affected() == 0 {
        return Err(IdentityFault::BadReset.into());
    }
    put(&mut tx, user, &hash).await?;
    let ended = end_sessions(me, &mut tx, now, user, None).await?;
    without_session(&mut tx, now, user, "identity.use_reset").await?;
    tx.commit().await?;
    me.p.tokens.heed(now, &ended);
    let sessions_ended = count(&ended);
    Ok(PasswordChanged { sessions_ended })
}

/// Writes down what was done to an account in no session: by its owner with a link, or by command.
pub(crate) async fn without_session(
    tx: &mut Tx,
    now: Time,
    user: UserId,
    action: &str,
) -> sqlx::Result<()> {
    let holder = Actor {
        user,
        session: SessionId::from_uuid(Uuid::nil()),
        roles: Vec::new(),
        scope: Scope::default(),
        second_factor_at: None,
    };
    audit::record(tx, now, &holder, action, &user.to_string(), json!({})).await
}
