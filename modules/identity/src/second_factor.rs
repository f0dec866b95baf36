//! The second factor: a code of the authenticator app, a recovery code or a passkey's answer; and a
//! new app in place of the old one.

use crate::challenge::Wanted;
use crate::secrets::{recovery_hash, typed_digits, typed_recovery};
use crate::settings::OFFER_LIFE;
use crate::{Identity, passkey_proof, people, recovery, totp};
use axum::extract::State;
use contract_identity::{
    ConfirmSecondFactor, IdentityFault, PasskeyProof, RecoveryCodes, SecondFactor,
    SecondFactorOffer,
};
use kernel::access::{Actor, may};
use kernel::{Failure, Outcome, PasskeyId, Time, UserId};
use platform::http::{Body, Fresh, Permit, Problem, Reply};
use platform::{Tx, audit};
use serde_json::{Value, json};
use std::sync::Arc;

/// What a request carries as the second factor: one of the two.
#[derive(Clone, Copy)]
pub(crate) struct Answer<'a> {
    pub(crate) code: Option<&'a str>,
    pub(crate) passkey: Option<&'a PasskeyProof>,
    /// What the passkey's challenge was given for.
    pub(crate) wanted: Wanted,
}

/// What somebody gave as their second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    /// The code of this step of the app whose secret is stored like this.
    Step {
        step: i64,
        secret: String,
    },
    /// The hash of a recovery code that was good when looked at.
    Recovery([u8; 32]),
    /// The key as it was when its answer was judged, and as it is with the answer's count.
    Passkey {
        id: PasskeyId,
        before: Value,
        after: Value,
    },
    Wrong,
}

/// Checked against when there is no account; its codes open nothing.
const NOBODYS_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// Reads what was given, without using it up. `secret` is the app's as it is stored; without one, that
/// is for an account that is not there, it does the same, and nothing is right.
pub(crate) async fn read(
    me: &Identity,
    now: Time,
    user: UserId,
    secret: Option<&str>,
    answer: Answer<'_>,
) -> Outcome<Given, IdentityFault> {
    let typed = match answer {
        Answer {
            code: Some(typed),
            passkey: None,
            ..
        } => typed,
        Answer {
            code: None,
            passkey: Some(proof),
            wanted,
        } => {
            return passkey_proof::read(me, now, wanted, user, proof).await;
        }
        _ => return Ok(Given::Wrong),
    };
    if let Some(code) = typed_recovery(typed) {
        let hash = recovery_hash(user, &code);
        let good = sqlx::query_scalar!(
            r#"select exists (select 1 from identity.recovery_codes
               where user_id = $1 and hash = $2 and used_at is null) as "good!""#,
            user.uuid(),
            &hash[..]
        )
        .fetch_one(&me.p.db)
        .await?;
        return Ok(if good {
            Given::Recovery(hash)
        } else {
            Given::Wrong
        });
    }
    let open = |stored| me.p.seal.open(totp::place(user), stored);
    let plain = secret.map(open).transpose();
    let plain = plain.map_err(Failure::<IdentityFault>::internal)?;
    let plain = plain.as_deref().unwrap_or(NOBODYS_SECRET);
    let step = totp::step_of(plain, &typed_digits(typed), now)
        .map_err(Failure::<IdentityFault>::internal)?;
    Ok(match (step, secret) {
        (Some(step), Some(secret)) => Given::Step {
            step,
            secret: secret.to_owned(),
        },
        _ => Given::Wrong,
    })
}

/// Uses it up: a step counts once and none before it afterwards, a recovery code counts once, a
/// passkey's count goes on. False: somebody was faster, or it was wrong, or what it was read against
/// (the app, the codes, the key) is not the account's any more.
pub(crate) async fn take(
    tx: &mut Tx,
    now: Time,
    user: UserId,
    given: &Given,
) -> sqlx::Result<bool> {
    let taken = match given {
        Given::Step { step, secret } => sqlx::query!(
            "update identity.users set totp_step = $2
             where id = $1 and totp_secret = $3 and (totp_step is null or totp_step < $2)",
            user.uuid(),
            step,
            secret
        )
        .execute(&mut **tx)
        .await?
        .rows_affected(),
        Given::Recovery(hash) => {
            let used = sqlx::query!(
                "update identity.recovery_codes set used_at = $3
                 where user_id = $1 and hash = $2 and used_at is null",
                user.uuid(),
                &hash[..],
                now
            )
            .execute(&mut **tx)
            .await?
            .rows_affected();
            if used > 0 {
                tracing::warn!(%user, "a recovery code was used");
            }
            used
        }
        Given::Passkey { id, before, after } => sqlx::query!(
            "update identity.passkeys set credential = $4, last_used_at = $5
             where id = $1 and user_id = $2 and credential = $3 and blocked_at is null",
            id.uuid(),
            user.uuid(),
            before,
            after,
            now
        )
        .execute(&mut **tx)
        .await?
        .rows_affected(),
        Given::Wrong => 0,
    };
    Ok(taken > 0)
}

/// What one's own second factor is.
#[utoipa::path(get, path = "/v1/me/second-factor", tag = "identity",
    responses((status = 200, body = SecondFactor), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn read_second_factor(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
) -> Result<Reply<SecondFactor>, Problem> {
    Ok(Reply::ok(state(&me, me.p.now(), permit.actor.user).await?))
}

async fn state(me: &Identity, now: Time, user: UserId) -> Outcome<SecondFactor, IdentityFault> {
    let row = sqlx::query!(
        r#"select totp_secret is not null as "has_app!",
                  coalesce(totp_offered_at > $2, false) as "app_offered!",
                  (select count(*) from identity.recovery_codes
                   where user_id = u.id and used_at is null) as "left!",
                  (select count(*) from identity.passkeys
                   where user_id = u.id and blocked_at is null) as "passkeys!"
           from identity.users u where id = $1"#,
        user.uuid(),
        now - OFFER_LIFE
    )
    .fetch_optional(&me.p.db)
    .await?
    .ok_or(IdentityFault::UnknownUser)?;
    Ok(SecondFactor {
        has_app: row.has_app,
        app_offered: row.app_offered,
        passkeys: row.passkeys.try_into().unwrap_or(u32::MAX),
        recovery_codes_left: row.left.try_into().unwrap_or(u32::MAX),
    })
}

/// A new secret for the authenticator app. The old one counts until the new one is confirmed with a
/// code, within 15 minutes. There is no idempotency key: the answer is a secret, and is not kept.
#[utoipa::path(post, path = "/v1/me/second-factor", tag = "identity",
    responses((status = 201, body = SecondFactorOffer), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn offer_second_factor(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead, Fresh>,
) -> Result<Reply<SecondFactorOffer>, Problem> {
    let offer = offer(&me, me.p.now(), &permit.actor).await?;
    Ok(Reply::created(offer))
}

async fn offer(
    me: &Identity,
    now: Time,
    actor: &Actor,
) -> Outcome<SecondFactorOffer, IdentityFault> {
    let user = actor.user;
    let secret = totp::new_totp_secret();
    // Sealed for the place it goes to once it is confirmed.
    let sealed = me.p.seal.seal(totp::place(user), &secret);
    let mut tx = me.p.db.begin().await?;
    people::hold_own(&mut tx, now, actor).await?;
    let email = sqlx::query_scalar!(
        r#"update identity.users set totp_offered = $2, totp_offered_at = $3
           where id = $1 and totp_secret is not null returning coalesce(email, '') as "email!""#,
        user.uuid(),
        sealed,
        now
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(IdentityFault::NoSecondFactor)?;
    tx.commit().await?;
    Ok(SecondFactorOffer {
        uri: totp::uri(&secret, &email),
        secret,
    })
}

/// Takes the new secret into use, with the first code that the app shows for it. The old app is worth
/// nothing from then on, and there are ten new recovery codes.
#[utoipa::path(post, path = "/v1/me/second-factor/confirm", tag = "identity",
    request_body = ConfirmSecondFactor,
    responses((status = 200, body = RecoveryCodes), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn confirm_second_factor(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
    Body(command): Body<ConfirmSecondFactor>,
) -> Result<Reply<RecoveryCodes>, Problem> {
    let now = me.p.now();
    me.throttle().proof_try(now, permit.actor.user).await?;
    let codes = confirm(&me, now, &permit.actor, &command.code).await?;
    Ok(Reply::ok(codes))
}

async fn confirm(
    me: &Identity,
    now: Time,
    actor: &Actor,
    code: &str,
) -> Outcome<RecoveryCodes, IdentityFault> {
    let user = actor.user;
    let mut tx = me.p.db.begin().await?;
    people::hold_own(&mut tx, now, actor).await?;
    let offered = sqlx::query_scalar!(
        r#"select totp_offered as "secret!" from identity.users
           where id = $1 and totp_offered_at > $2"#,
        user.uuid(),
        now - OFFER_LIFE
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(IdentityFault::NothingToConfirm)?;
    let offered =
        me.p.seal
            .open(totp::place(user), &offered)
            .map_err(Failure::<IdentityFault>::internal)?;
    let step = totp::step_of(&offered, &typed_digits(code), now)
        .map_err(Failure::<IdentityFault>::internal)?
        .ok_or(IdentityFault::WrongSecondFactor)?;
    sqlx::query!(
        "update identity.users set totp_secret = totp_offered, totp_step = $2,
             totp_offered = null, totp_offered_at = null where id = $1",
        user.uuid(),
        step
    )
    .execute(&mut *tx)
    .await?;
    let codes = recovery::renew(&mut tx, now, user).await?;
    let record = user.to_string();
    audit::record(
        &mut tx,
        now,
        actor,
        "identity.change_second_factor",
        &record,
        json!({}),
    )
    .await?;
    tx.commit().await?;
    Ok(RecoveryCodes { codes })
}
