//! Proving again that it is oneself, for what a session alone does not allow: with the second factor,
//! or where one signs in with a phone, with a code sent to it.

use crate::challenge::Wanted;
use crate::codes::{self, Asked, Miss, Purpose, Shown, lang_of};
use crate::second_factor::Answer;
use crate::{Identity, people, second_factor, sessions};
use axum::extract::State;
use contract_identity::{AskStepUpCode, CodeSent, IdentityFault, PhoneProof, StepUp, SteppedUp};
use kernel::access::{Actor, FRESH, may};
use kernel::{Failure, Lang, Outcome, Phone, Time, UserId};
use platform::Tx;
use platform::http::{Body, Caller, Permit, Problem, Reply};
use std::net::IpAddr;
use std::sync::Arc;

/// Sends a code to one's own phone, for stepping up in this session on this device; a new one ends the
/// one before. Limits are those of codes for signing in; of a phone, each kind is counted by itself, and
/// of everything else both together.
#[utoipa::path(post, path = "/v1/auth/step-up/code", tag = "identity", request_body = AskStepUpCode,
    responses((status = 202, body = CodeSent), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn ask_step_up_code(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
    caller: Caller,
    Body(command): Body<AskStepUpCode>,
) -> Result<Reply<CodeSent>, Problem> {
    let actor = &permit.actor;
    let (phone, lang) = own_phone(&me, actor.user).await?;
    let asked = Asked {
        purpose: Purpose::StepUp(actor.session),
        phone,
        lang,
        device: command.device,
        address: caller.address,
    };
    Ok(Reply::accepted(codes::ask(&me, me.p.now(), asked).await?))
}

/// The phone that somebody signs in with, and the language of their messages. Who has a password has
/// a second factor as well: for them a phone is not enough.
async fn own_phone(me: &Identity, user: UserId) -> Outcome<(Phone, Lang), IdentityFault> {
    let account = sqlx::query!(
        "select phone, lang from identity.users
         where id = $1 and password_hash is null and totp_secret is null",
        user.uuid()
    )
    .fetch_optional(&me.p.db)
    .await?
    .ok_or(IdentityFault::NotByPhone)?;
    let phone = people::phone_of(account.phone)?.ok_or(IdentityFault::NotByPhone)?;
    Ok((phone, lang_of(&account.lang)))
}

/// A new access token with a fresh proof: for five minutes it allows what wants one, such as
/// releasing a payout. The refresh token stays. A code counts once; a passkey's answer takes its
/// place, and where one signs in with a phone the code that was sent to it. One of the three.
#[utoipa::path(post, path = "/v1/auth/step-up", tag = "identity", request_body = StepUp,
    responses((status = 200, body = SteppedUp), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn step_up(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
    caller: Caller,
    Body(command): Body<StepUp>,
) -> Result<Reply<SteppedUp>, Problem> {
    let now = me.p.now();
    me.throttle().proof_try(now, permit.actor.user).await?;
    let stepped_up = prove(&me, now, &permit.actor, &command, caller.address).await?;
    Ok(Reply::ok(stepped_up))
}

async fn prove(
    me: &Identity,
    now: Time,
    actor: &Actor,
    command: &StepUp,
    address: Option<IpAddr>,
) -> Outcome<SteppedUp, IdentityFault> {
    let answer = |code, passkey| Answer {
        code,
        passkey,
        wanted: Wanted::StepUp(actor.session),
    };
    match (&command.code, &command.passkey, &command.phone) {
        (Some(code), None, None) => {
            by_second_factor(me, now, actor, answer(Some(code), None)).await
        }
        (None, Some(passkey), None) => {
            by_second_factor(me, now, actor, answer(None, Some(passkey))).await
        }
        (None, None, Some(proof)) => by_phone(me, now, actor, proof, address).await,
        _ => Err(IdentityFault::OneProof.into()),
    }
}

async fn by_second_factor(
    me: &Identity,
    now: Time,
    actor: &Actor,
    answer: Answer<'_>,
) -> Outcome<SteppedUp, IdentityFault> {
    let user = actor.user;
    let secret = sqlx::query_scalar!(
        r#"select totp_secret as "secret!" from identity.users
           where id = $1 and totp_secret is not null"#,
        user.uuid()
    )
    .fetch_optional(&me.p.db)
    .await?
    .ok_or(IdentityFault::NoSecondFactor)?;
    let given = second_factor::read(me, now, user, Some(&secret), answer).await?;
    let mut tx = me.p.db.begin().await?;
    people::hold(&mut tx, user).await?;
    if !second_factor::take(&mut tx, now, user, &given).await? {
        sessions::note("step_up", "refused", Some(user));
        return Err(match answer.passkey {
            Some(_) => IdentityFault::BadPasskey.into(),
            None => IdentityFault::WrongSecondFactor.into(),
        });
    }
    freshen(me, tx, now, actor).await
}

/// Each refusal but the session's own is one of what was sent: a 401 would be read as "signed out".
async fn by_phone(
    me: &Identity,
    now: Time,
    actor: &Actor,
    proof: &PhoneProof,
    address: Option<IpAddr>,
) -> Outcome<SteppedUp, IdentityFault> {
    own_phone(me, actor.user).await?;
    me.throttle().code_try(now, proof.device, address).await?;
    let mut tx = me.p.db.begin().await?;
    let shown = Shown {
        challenge: proof.challenge,
        device: proof.device,
        code: &proof.code,
    };
    let purpose = Purpose::StepUp(actor.session);
    match codes::check(me, &mut tx, now, purpose, shown).await? {
        Ok(proven) => {
            // After the code, as signing in and erasing do.
            people::hold(&mut tx, actor.user).await?;
            let stepped_up = freshen(me, tx, now, actor).await?;
            me.throttle().forgive(purpose, &proven.phone).await;
            Ok(stepped_up)
        }
        Err(miss) => {
            // The try stays counted.
            tx.commit().await?;
            sessions::note("step_up", "refused", Some(actor.user));
            Err(match miss {
                Miss::Wrong { tries_left } => IdentityFault::WrongPhoneCode { tries_left }.into(),
                Miss::Expired => IdentityFault::PhoneCodeExpired.into(),
            })
        }
    }
}

/// The session remembers that it was proved now, and its new access token says so.
async fn freshen(
    me: &Identity,
    mut tx: Tx,
    now: Time,
    actor: &Actor,
) -> Outcome<SteppedUp, IdentityFault> {
    let open = sqlx::query!(
        "update identity.sessions set second_factor_at = $3
         where id = $1 and user_id = $2 and ended_at is null and expires_at > $3",
        actor.session.uuid(),
        actor.user.uuid(),
        now
    )
    .execute(&mut *tx)
    .await?;
    if open.rows_affected() == 0 {
        return Err(IdentityFault::SignedOut.into());
    }
    let actor = sessions::actor(&mut tx, actor.session, actor.user).await?;
    tx.commit().await?;
    let (access_token, expires_at) =
        me.p.tokens
            .sign(&actor, now)
            .map_err(Failure::<IdentityFault>::internal)?;
    sessions::note("step_up", "opened", Some(actor.user));
    Ok(SteppedUp {
        access_token,
        token_type: "Bearer".to_owned(),
        expires_at,
        fresh_until: now + FRESH,
    })
}
