//! With the link: a password where there is none, and an authenticator app.

use super::link;
use crate::secrets::{token_hash, typed_digits};
use crate::settings::OFFER_LIFE;
use crate::{Identity, change_password, password_rule, people, recovery, reset, totp};
use axum::extract::State;
use contract_identity::{BeginEnrolment, Enrolment, FinishEnrolment, IdentityFault, RecoveryCodes};
use kernel::{Failure, Outcome, Time, UserId};
use platform::Tx;
use platform::http::{Body, Problem, Public, Reply};
use sqlx::PgConnection;
use std::sync::Arc;

/// What there is to set up, with a new secret for the authenticator app. It can be repeated until the
/// link is used: the newest secret counts, so nobody who saw an earlier one knows it.
#[utoipa::path(post, path = "/v1/auth/enrolments", tag = "identity", request_body = BeginEnrolment,
    responses((status = 201, body = Enrolment), (status = "default", body = Problem)))]
pub(crate) async fn begin_enrolment(
    State(me): State<Arc<Identity>>,
    _: Public,
    Body(command): Body<BeginEnrolment>,
) -> Result<Reply<Enrolment>, Problem> {
    let enrolment = begin(&me, me.p.now(), &command.token).await?;
    Ok(Reply::created(enrolment))
}

/// Whose link it is, while it is good.
pub(super) struct Holder {
    pub(super) user: UserId,
    name: String,
    email: String,
    password_hash: Option<String>,
    offered: Option<String>,
    is_staff: bool,
}

impl Holder {
    pub(super) fn has_password(&self) -> bool {
        self.password_hash.is_some()
    }
    /// With this secret for the app.
    fn shown(self, secret: String) -> Enrolment {
        Enrolment {
            uri: totp::uri(&secret, &self.email),
            has_password: self.has_password(),
            name: self.name,
            email: self.email,
            secret,
        }
    }
}

async fn holder(conn: &mut PgConnection, now: Time, token: &str) -> Outcome<Holder, IdentityFault> {
    let holder = sqlx::query_as!(
        Holder,
        r#"select u.id as "user: UserId", u.name, u.email as "email!", u.password_hash,
                  case when u.totp_offered_at > $3 then u.totp_offered end as offered,
                  u.member_of is null as "is_staff!"
           from identity.enrolments e join identity.users u on u.id = e.user_id
           where e.hash = $1 and e.ended_at is null and e.expires_at > $2 and u.disabled_at is null"#,
        &token_hash(token)[..],
        now,
        now - OFFER_LIFE
    )
    .fetch_optional(conn)
    .await?;
    Ok(holder.ok_or(IdentityFault::BadEnrolment)?)
}

/// The same, held until the transaction ends: of two at once the second waits here, and finds the link
/// used.
async fn held(tx: &mut Tx, now: Time, token: &str) -> Outcome<Holder, IdentityFault> {
    let user = holder(tx, now, token).await?.user;
    people::hold(tx, user).await?;
    holder(tx, now, token).await
}

pub(super) async fn begin(
    me: &Identity,
    now: Time,
    token: &str,
) -> Outcome<Enrolment, IdentityFault> {
    let mut tx = me.p.db.begin().await?;
    let holder = held(&mut tx, now, token).await?;
    let secret = totp::new_totp_secret();
    sqlx::query!(
        "update identity.users set totp_offered = $2, totp_offered_at = $3 where id = $1",
        holder.user.uuid(),
        me.p.seal.seal(totp::place(holder.user), &secret),
        now
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(holder.shown(secret))
}

/// What was begun, with the secret that was shown.
pub(super) async fn begun(
    me: &Identity,
    now: Time,
    token: &str,
) -> Outcome<Enrolment, IdentityFault> {
    let mut conn = me.p.db.acquire().await?;
    let holder = holder(&mut conn, now, token).await?;
    let secret = offered(me, &holder)?;
    Ok(holder.shown(secret))
}

fn offered(me: &Identity, holder: &Holder) -> Outcome<String, IdentityFault> {
    let sealed = holder.offered.as_deref();
    let sealed = sealed.ok_or(IdentityFault::NothingToConfirm)?;
    me.p.seal
        .open(totp::place(holder.user), sealed)
        .map_err(Failure::internal)
}

/// Takes password and app into use and uses the link up: from now on one signs in with them. Where
/// there is a password it stays and has to be given.
#[utoipa::path(post, path = "/v1/auth/enrolments/finish", tag = "identity",
    request_body = FinishEnrolment,
    responses((status = 200, body = RecoveryCodes), (status = "default", body = Problem)))]
pub(crate) async fn finish_enrolment(
    State(me): State<Arc<Identity>>,
    _: Public,
    Body(command): Body<FinishEnrolment>,
) -> Result<Reply<RecoveryCodes>, Problem> {
    let enrolled = finish(&me, me.p.now(), command).await?;
    Ok(Reply::ok(enrolled.codes))
}

/// Who can sign in now.
pub(super) struct Enrolled {
    pub(super) codes: RecoveryCodes,
    /// With a console to go to; a company's members have none yet.
    pub(super) is_staff: bool,
}

pub(super) async fn finish(
    me: &Identity,
    now: Time,
    command: FinishEnrolment,
) -> Outcome<Enrolled, IdentityFault> {
    // Hashing takes long: before the transaction, and not for a made-up link.
    let found = {
        let mut conn = me.p.db.acquire().await?;
        holder(&mut conn, now, &command.token).await?
    };
    me.throttle().proof_try(now, found.user).await?;
    let password: String = command
        .password
        .chars()
        .take(password_rule::LONGEST + 1)
        .collect();
    let new_hash = match found.password_hash.clone() {
        Some(hash) => {
            if !me.passwords.matches(password, Some(hash)).await? {
                return Err(IdentityFault::NotThePassword.into());
            }
            None
        }
        None => {
            password_rule::check(&password, Some(&found.email))?;
            Some(me.passwords.hash(password).await?)
        }
    };

    let mut tx = me.p.db.begin().await?;
    let holder = held(&mut tx, now, &command.token).await?;
    if holder.password_hash != found.password_hash {
        return Err(IdentityFault::NotThePassword.into());
    }
    let secret = offered(me, &holder)?;
    let step = totp::step_of(&secret, &typed_digits(&command.code), now)
        .map_err(Failure::<IdentityFault>::internal)?
        .ok_or(IdentityFault::WrongSecondFactor)?;
    let user = holder.user;
    // Both factors at once: a constraint has it so.
    sqlx::query!(
        "update identity.users set password_hash = coalesce($2, password_hash),
             totp_secret = totp_offered, totp_step = $3, totp_offered = null, totp_offered_at = null,
             factor_reset_at = null where id = $1",
        user.uuid(),
        new_hash,
        step
    )
    .execute(&mut *tx)
    .await?;
    link::end(&mut tx, now, user).await?;
    change_password::end_resets(&mut tx, now, user).await?;
    let codes = recovery::renew(&mut tx, now, user).await?;
    reset::without_session(&mut tx, now, user, "staff.enrol").await?;
    tx.commit().await?;
    Ok(Enrolled {
        codes: RecoveryCodes { codes },
        is_staff: holder.is_staff,
    })
}
