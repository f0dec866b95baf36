//! Proving the second factor again, for what a session alone does not allow.

use crate::challenge::Wanted;
use crate::second_factor::Answer;
use crate::{Identity, second_factor, sessions, totp};
use axum::extract::State;
use contract_identity::{IdentityFault, StepUp, SteppedUp};
use kernel::access::{Actor, FRESH, may};
use kernel::{Failure, Outcome, Time};
use platform::http::{Body, Permit, Problem, Reply};
use std::sync::Arc;

/// A new access token with a fresh second factor: for five minutes it allows what wants one, such as
/// releasing a payout. The refresh token stays. A code counts once; a passkey's answer takes its place.
#[utoipa::path(post, path = "/v1/auth/step-up", tag = "identity", request_body = StepUp,
    responses((status = 200, body = SteppedUp), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn step_up(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
    Body(command): Body<StepUp>,
) -> Result<Reply<SteppedUp>, Problem> {
    let now = me.p.now();
    me.throttle().proof_try(now, permit.actor.user).await?;
    let stepped_up = prove(&me, now, &permit.actor, &command).await?;
    Ok(Reply::ok(stepped_up))
}

async fn prove(
    me: &Identity,
    now: Time,
    actor: &Actor,
    command: &StepUp,
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
    let secret =
        me.p.seal
            .open(totp::place(user), &secret)
            .map_err(Failure::<IdentityFault>::internal)?;
    let answer = Answer {
        code: command.code.as_deref(),
        passkey: command.passkey.as_ref(),
        wanted: Wanted::StepUp(actor.session),
    };
    let given = second_factor::read(me, now, user, &secret, answer).await?;
    let mut tx = me.p.db.begin().await?;
    if !second_factor::take(&mut tx, now, user, &given).await? {
        sessions::count("step_up", "refused");
        return Err(match command.passkey {
            Some(_) => IdentityFault::BadPasskey.into(),
            None => IdentityFault::WrongSecondFactor.into(),
        });
    }
    let open = sqlx::query!(
        "update identity.sessions set second_factor_at = $3
         where id = $1 and user_id = $2 and ended_at is null and expires_at > $3",
        actor.session.uuid(),
        user.uuid(),
        now
    )
    .execute(&mut *tx)
    .await?;
    if open.rows_affected() == 0 {
        return Err(IdentityFault::SignedOut.into());
    }
    let actor = sessions::actor(&mut tx, actor.session, user).await?;
    tx.commit().await?;
    let (access_token, expires_at) =
        me.p.tokens
            .sign(&actor, now)
            .map_err(Failure::<IdentityFault>::internal)?;
    sessions::count("step_up", "opened");
    Ok(SteppedUp {
        access_token,
        token_type: "Bearer".to_owned(),
        expires_at,
        fresh_until: now + FRESH,
    })
}
