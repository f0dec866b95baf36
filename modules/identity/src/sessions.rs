//! Signing in with a code, and out; how a session begins and ends.

use crate::codes::{Miss, Purpose, Shown};
use crate::door::{Cookies, Door};
use crate::secrets::{RefreshToken, token_hash};
use crate::settings::{PHONE_SESSION_LIFE, REFRESH_LIFE, STAFF_SESSION_LIFE};
use crate::{Identity, codes, grants, people};
use axum::extract::State;
use contract_identity::{IdentityFault, SignIn, SignedIn, SignedInUser, SignedOut};
use kernel::access::{Actor, Role, Scope, may};
use kernel::{Failure, Outcome, Phone, SessionId, Time, UserId};
use platform::Tx;
use platform::http::{Body, Caller, Permit, Problem, Public, Reply};
use std::sync::Arc;

/// Opens a session with a code. An unknown phone becomes a customer.
#[utoipa::path(post, path = "/v1/auth/sessions", tag = "identity", request_body = SignIn,
    params(("X-Khidma-App" = Option<String>, Header, description = "A web app: the refresh token goes into its cookie")),
    responses((status = 200, body = SignedIn), (status = "default", body = Problem),
        (status = 401, body = Problem, description = "What was shown opens nothing"),
        (status = 403, body = Problem, description = "Another site's page asks")))]
pub(crate) async fn sign_in(
    State(me): State<Arc<Identity>>,
    _: Public,
    caller: Caller,
    door: Door,
    Body(command): Body<SignIn>,
) -> Result<(Cookies, Reply<SignedIn>), Problem> {
    let now = me.p.now();
    me.throttle()
        .code_try(now, command.device, caller.address)
        .await?;
    let (signed_in, phone) = with_code(&me, now, command, &door).await?;
    me.throttle().forgive(Purpose::SignIn, &phone).await;
    let (cookies, signed_in) = door.hand_out(signed_in);
    Ok((cookies, Reply::ok(signed_in)))
}

async fn with_code(
    me: &Identity,
    now: Time,
    command: SignIn,
    door: &Door,
) -> Outcome<(SignedIn, Phone), IdentityFault> {
    let mut tx = me.p.db.begin().await?;
    let shown = Shown {
        challenge: command.challenge,
        device: command.device,
        code: &command.code,
    };
    match codes::check(me, &mut tx, now, Purpose::SignIn, shown).await? {
        Ok(proven) => {
            let user =
                people::person_with_phone(&mut tx, now, &proven.phone, "", proven.lang).await?;
            if user.is_new {
                grants::give(&mut tx, now, user.id, Role::Customer, &Scope::default()).await?;
            }
            let session = open(me, &mut tx, now, user.id, Proof::PhoneCode, door).await?;
            let answer = answer(me, &mut tx, now, session).await?;
            tx.commit().await?;
            note("phone_code", "opened", Some(user.id));
            Ok((answer, proven.phone))
        }
        Err(miss) => {
            // The try stays counted.
            tx.commit().await?;
            note("phone_code", "refused", None);
            Err(match miss {
                Miss::Wrong { tries_left } => IdentityFault::WrongCode { tries_left }.into(),
                Miss::Expired => IdentityFault::CodeExpired.into(),
            })
        }
    }
}

/// Counts a sign-in, or a proof of the second factor, and writes it down. Of the person no more than
/// the id is told, and that only where it is known.
pub(crate) fn note(proof: &'static str, outcome: &'static str, user: Option<UserId>) {
    metrics::counter!("khidma_identity_sign_ins_total", "proof" => proof, "outcome" => outcome)
        .increment(1);
    let user = user.map(tracing::field::display);
    if outcome == "opened" {
        tracing::info!(proof, outcome, user, "sign-in");
    } else {
        tracing::warn!(proof, outcome, user, "sign-in");
    }
}

/// How somebody proved who they are.
#[derive(Clone, Copy)]
pub(crate) enum Proof {
    PhoneCode,
    PasswordTotp,
    PasswordPasskey,
}

/// A session that is open now.
pub(crate) struct Open {
    pub(crate) id: SessionId,
    pub(crate) user: UserId,
    pub(crate) expires_at: Time,
}

/// Opens a session for the device at the door. What that browser was signed in to before ends: a
/// device has one family of tokens. Of more sessions than a person may have those used longest ago end.
/// An account that is disabled is refused like a wrong password: disabling one waits for this
/// transaction, or this one for it.
pub(crate) async fn open(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    user: UserId,
    proof: Proof,
    door: &Door,
) -> Outcome<Open, IdentityFault> {
    let enabled = sqlx::query!(
        "update identity.users set signed_in_at = $2 where id = $1 and disabled_at is null",
        user.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    if enabled.rows_affected() == 0 {
        return Err(IdentityFault::WrongCredentials.into());
    }
    if let Some(token) = door.cookie()
        && let Some(before) = session_of(tx, token).await?
    {
        end(me, tx, now, &[before], Ending::Replaced).await?;
    }
    let (proof, life) = match proof {
        Proof::PhoneCode => ("phone_code", PHONE_SESSION_LIFE),
        Proof::PasswordTotp => ("password_totp", STAFF_SESSION_LIFE),
        Proof::PasswordPasskey => ("password_passkey", STAFF_SESSION_LIFE),
    };
    let session = Open {
        id: SessionId::new(),
        user,
        expires_at: now + life,
    };
    sqlx::query!(
        "insert into identity.sessions
             (id, user_id, proof, created_at, expires_at, device, second_factor_at)
         values ($1, $2, $3, $4, $5, $6, $4)",
        session.id.uuid(),
        user.uuid(),
        proof,
        now,
        session.expires_at,
        door.device
    )
    .execute(&mut **tx)
    .await?;
    let too_many = sqlx::query_scalar!(
        r#"select id as "id: SessionId" from identity.sessions
           where user_id = $1 and ended_at is null and expires_at > $2
           order by coalesce(last_used_at, created_at) desc, id desc offset $3"#,
        user.uuid(),
        now,
        i64::from(me.limits.sessions_per_person.max(1))
    )
    .fetch_all(&mut **tx)
    .await?;
    end(me, tx, now, &too_many, Ending::TooMany).await?;
    Ok(session)
}

/// The session of a refresh token, used or not.
async fn session_of(tx: &mut Tx, token: &str) -> sqlx::Result<Option<SessionId>> {
    sqlx::query_scalar!(
        r#"select session_id as "session: SessionId" from identity.refresh_tokens where hash = $1"#,
        &token_hash(token)[..]
    )
    .fetch_optional(&mut **tx)
    .await
}

/// Both tokens of a session that begins.
pub(crate) async fn answer(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    session: Open,
) -> Outcome<SignedIn, IdentityFault> {
    let first = RefreshToken::draw();
    keep(tx, now, &session, &first).await?;
    hand_out(me, tx, now, &session, &first).await
}

/// Stores what proves a refresh token.
pub(crate) async fn keep(
    tx: &mut Tx,
    now: Time,
    session: &Open,
    token: &RefreshToken,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into identity.refresh_tokens (hash, session_id, issued_at, expires_at) values ($1, $2, $3, $4)",
        &token_hash(&token.text())[..],
        session.id.uuid(),
        now,
        session.expires_at.min(now + REFRESH_LIFE)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The refresh token with an access token, which has the roles the user has now.
pub(crate) async fn hand_out(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    session: &Open,
    refresh_token: &RefreshToken,
) -> Outcome<SignedIn, IdentityFault> {
    let name = sqlx::query_scalar!(
        "select name from identity.users where id = $1",
        session.user.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    let actor = actor(tx, session.id, session.user).await?;
    let (access_token, expires_at) =
        me.p.tokens
            .sign(&actor, now)
            .map_err(Failure::<IdentityFault>::internal)?;
    Ok(SignedIn {
        access_token,
        token_type: "Bearer".to_owned(),
        expires_at,
        refresh_token: Some(refresh_token.text()),
        user: SignedInUser {
            id: session.user,
            name,
            roles: actor.roles,
        },
    })
}

/// What an access token of this session says now. A phone opens no role that needs a second factor:
/// nobody who signs in with one is given such a role, and here none would count.
pub(crate) async fn actor(
    tx: &mut Tx,
    session: SessionId,
    user: UserId,
) -> Outcome<Actor, IdentityFault> {
    let mut granted = grants::load(tx, user)
        .await
        .map_err(Failure::<IdentityFault>::internal)?;
    let proved = sqlx::query!(
        r#"select proof = 'phone_code' as "by_phone!", second_factor_at as "at: Time"
           from identity.sessions where id = $1"#,
        session.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    if proved.by_phone {
        granted.roles.retain(|role| !role.needs_second_factor());
    }
    Ok(Actor {
        user,
        session,
        roles: granted.roles,
        scope: granted.scope,
        second_factor_at: proved.at,
    })
}

/// Why a session ended before its time.
#[derive(Clone, Copy)]
pub(crate) enum Ending {
    SignOut,
    TokenReuse,
    /// From another of the owner's sessions.
    Owner,
    Administrator,
    /// The same browser signed in anew.
    Replaced,
    /// There were others, used later, and as many as a person may have.
    TooMany,
}

/// Ends those of the sessions that are open, with their access tokens; says which. The caller
/// commits, then tells its own process: `me.p.tokens.heed`.
pub(crate) async fn end(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    sessions: &[SessionId],
    why: Ending,
) -> sqlx::Result<Vec<SessionId>> {
    let why = match why {
        Ending::SignOut => "sign_out",
        Ending::TokenReuse => "token_reuse",
        Ending::Owner => "owner",
        Ending::Administrator => "administrator",
        Ending::Replaced => "replaced",
        Ending::TooMany => "too_many",
    };
    let ids: Vec<_> = sessions.iter().map(|session| session.uuid()).collect();
    let ended = sqlx::query_scalar!(
        r#"update identity.sessions set ended_at = $2, ended_by = $3
           where id = any($1) and ended_at is null returning id as "id: SessionId""#,
        &ids,
        now,
        why
    )
    .fetch_all(&mut **tx)
    .await?;
    me.p.tokens.end(tx, now, &ended).await?;
    Ok(ended)
}

/// Ends the session of the access token, or of the cookie, it is called with: both its tokens are
/// dead at once. Repeating it changes nothing.
#[utoipa::path(delete, path = "/v1/auth/sessions/current", tag = "identity",
    params(("X-Khidma-App" = Option<String>, Header, description = "The web app whose cookie names the session")),
    responses((status = 200, body = SignedOut), (status = "default", body = Problem),
        (status = 401, body = Problem, description = "What was shown opens nothing"),
        (status = 403, body = Problem, description = "Another site's page asks")),
    security(("bearer" = [])))]
pub(crate) async fn sign_out(
    State(me): State<Arc<Identity>>,
    // A browser's cookie proves as much as a token does.
    _: Public,
    door: Door,
    permit: Result<Permit<may::ProfileRead>, Problem>,
) -> Result<(Cookies, Reply<SignedOut>), Problem> {
    let actor = match permit {
        Ok(permit) => Some(permit.actor.session),
        // A browser that has nothing left to end is signed out.
        Err(_) if door.is_browser() => None,
        Err(problem) => return Err(problem),
    };
    leave(&me, me.p.now(), &door, actor).await?;
    let reply = Reply::ok(SignedOut { signed_out: true });
    Ok((door.clear(), reply))
}

async fn leave(
    me: &Identity,
    now: Time,
    door: &Door,
    actor: Option<SessionId>,
) -> Outcome<(), IdentityFault> {
    let mut tx = me.p.db.begin().await?;
    let mut sessions = Vec::from_iter(actor);
    if let Some(token) = door.cookie() {
        sessions.extend(session_of(&mut tx, token).await?);
    }
    let ended = end(me, &mut tx, now, &sessions, Ending::SignOut).await?;
    tx.commit().await?;
    me.p.tokens.heed(now, &ended);
    Ok(())
}
