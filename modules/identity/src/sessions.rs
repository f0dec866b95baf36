//! Signing in with a code, and out.

use crate::secrets::{draw_token, token_hash, typed_digits};
use crate::settings::{PHONE_SESSION_LIFE, REFRESH_LIFE, STAFF_SESSION_LIFE};
use crate::{Identity, codes, grants, people};
use axum::extract::State;
use contract_identity::{IdentityFault, SignIn, SignedIn, SignedInUser, SignedOut};
use kernel::access::{Actor, Role, Scope, may};
use kernel::{Failure, Outcome, Phone, SessionId, Time, UserId};
use platform::Tx;
use platform::http::{Body, Caller, Permit, Problem, Reply};
use std::sync::Arc;

/// Opens a session with a code. An unknown phone becomes a customer.
#[utoipa::path(post, path = "/v1/auth/sessions", tag = "identity", request_body = SignIn,
    responses((status = 200, body = SignedIn), (status = "default", body = Problem)))]
pub(crate) async fn sign_in(
    State(me): State<Arc<Identity>>,
    caller: Caller,
    Body(command): Body<SignIn>,
) -> Result<Reply<SignedIn>, Problem> {
    let now = me.p.now();
    me.throttle()
        .code_try(now, command.device, caller.address)
        .await?;
    let (signed_in, phone) = with_code(&me, now, command).await?;
    me.throttle().forgive(&phone).await;
    Ok(Reply::ok(signed_in))
}

async fn with_code(
    me: &Identity,
    now: Time,
    command: SignIn,
) -> Outcome<(SignedIn, Phone), IdentityFault> {
    let mut tx = me.p.db.begin().await?;
    let digits = typed_digits(&command.code);
    match codes::check(me, &mut tx, now, command.challenge, command.device, &digits).await? {
        Ok(proven) => {
            let user =
                people::person_with_phone(&mut tx, now, &proven.phone, "", proven.lang).await?;
            if user.is_new {
                grants::give(&mut tx, now, user.id, Role::Customer, &Scope::default()).await?;
            }
            let session = open(&mut tx, now, user.id, Proof::PhoneCode).await?;
            let answer = answer(me, &mut tx, now, session).await?;
            tx.commit().await?;
            count("phone_code", "opened");
            Ok((answer, proven.phone))
        }
        Err(fault) => {
            // The try stays counted.
            tx.commit().await?;
            count("phone_code", "refused");
            Err(fault.into())
        }
    }
}

pub(crate) fn count(proof: &'static str, outcome: &'static str) {
    metrics::counter!("khidma_identity_sign_ins_total", "proof" => proof, "outcome" => outcome)
        .increment(1);
}

/// How somebody proved who they are.
#[derive(Clone, Copy)]
pub(crate) enum Proof {
    PhoneCode,
    PasswordTotp,
}

/// A session that is open now.
pub(crate) struct Open {
    pub(crate) id: SessionId,
    pub(crate) user: UserId,
    pub(crate) expires_at: Time,
}

pub(crate) async fn open(tx: &mut Tx, now: Time, user: UserId, proof: Proof) -> sqlx::Result<Open> {
    let (proof, life, second_factor_at) = match proof {
        Proof::PhoneCode => ("phone_code", PHONE_SESSION_LIFE, None),
        Proof::PasswordTotp => ("password_totp", STAFF_SESSION_LIFE, Some(now)),
    };
    let session = Open {
        id: SessionId::new(),
        user,
        expires_at: now + life,
    };
    sqlx::query!(
        "insert into identity.sessions (id, user_id, proof, created_at, expires_at, second_factor_at)
         values ($1, $2, $3, $4, $5, $6)",
        session.id.uuid(),
        user.uuid(),
        proof,
        now,
        session.expires_at,
        second_factor_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(session)
}

/// Both tokens of an open session, with the roles its user has now.
pub(crate) async fn answer(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    session: Open,
) -> Outcome<SignedIn, IdentityFault> {
    let refresh_token = draw_token();
    sqlx::query!(
        "insert into identity.refresh_tokens (hash, session_id, issued_at, expires_at) values ($1, $2, $3, $4)",
        &token_hash(&refresh_token)[..],
        session.id.uuid(),
        now,
        session.expires_at.min(now + REFRESH_LIFE)
    )
    .execute(&mut **tx)
    .await?;
    let name = sqlx::query_scalar!(
        "select name from identity.users where id = $1",
        session.user.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    let actor = actor(tx, session.id, session.user).await?;
    let (access_token, expires_at) = me.p.tokens.sign(&actor, now);
    Ok(SignedIn {
        access_token,
        token_type: "Bearer".to_owned(),
        expires_at,
        refresh_token,
        user: SignedInUser {
            id: session.user,
            name,
            roles: actor.roles,
        },
    })
}

/// What an access token of this session says now.
pub(crate) async fn actor(
    tx: &mut Tx,
    session: SessionId,
    user: UserId,
) -> Outcome<Actor, IdentityFault> {
    let granted = grants::load(tx, user)
        .await
        .map_err(Failure::<IdentityFault>::internal)?;
    let second_factor_at = sqlx::query_scalar!(
        r#"select second_factor_at as "at: Time" from identity.sessions where id = $1"#,
        session.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(Actor {
        user,
        session,
        roles: granted.roles,
        scope: granted.scope,
        second_factor_at,
    })
}

/// Ends the session of the token it is called with. Its refresh token is dead at once, the
/// access token within ten minutes. Repeating it changes nothing.
#[utoipa::path(delete, path = "/v1/auth/sessions/current", tag = "identity",
    responses((status = 200, body = SignedOut), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn sign_out(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
) -> Result<Reply<SignedOut>, Problem> {
    end(&me, me.p.now(), permit.actor.session).await?;
    Ok(Reply::ok(SignedOut { signed_out: true }))
}

async fn end(me: &Identity, now: Time, session: SessionId) -> Outcome<(), IdentityFault> {
    sqlx::query!(
        "update identity.sessions set ended_at = $2, ended_by = 'sign_out' where id = $1 and ended_at is null",
        session.uuid(),
        now
    )
    .execute(&me.p.db)
    .await?;
    Ok(())
}
