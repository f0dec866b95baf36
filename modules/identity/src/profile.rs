//! One's own account.

use crate::codes::lang_of;
use crate::{Identity, grants, people};
use axum::extract::State;
use contract_identity::{ChangeProfile, IdentityFault, Profile};
use kernel::access::may;
use kernel::{Failure, Lang, Outcome, Slug, Time, UserId};
use platform::Tx;
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use std::sync::Arc;

/// One's own profile.
#[utoipa::path(get, path = "/v1/me", tag = "identity",
    responses((status = 200, body = Profile), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn me(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
) -> Result<Reply<Profile>, Problem> {
    let mut tx =
        me.p.db
            .begin()
            .await
            .map_err(Failure::<IdentityFault>::from)?;
    Ok(Reply::ok(read(&mut tx, permit.actor.user).await?))
}

/// Changes one's name or the language of one's messages.
#[utoipa::path(patch, path = "/v1/me", tag = "identity", request_body = ChangeProfile,
    responses((status = 200, body = Profile), (status = "default", body = Problem)),
    params(("Idempotency-Key" = uuid::Uuid, Header)),
    security(("bearer" = [])))]
pub(crate) async fn change_me(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
    idem: Idempotency,
    Body(command): Body<ChangeProfile>,
) -> Result<Reply<Profile>, Problem> {
    let now = me.p.now();
    let user = permit.actor.user;
    idem.once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
        let profile = change(&mut tx, now, user, &command).await?;
        Ok((tx, profile))
    })
    .await
}

async fn change(
    tx: &mut Tx,
    now: Time,
    user: UserId,
    command: &ChangeProfile,
) -> Outcome<Profile, IdentityFault> {
    let name = command
        .name
        .as_deref()
        .map(people::plain_name)
        .transpose()?;
    sqlx::query!(
        "update identity.users set
             name = coalesce($2, name),
             lang = coalesce($3, lang),
             changed_at = greatest(changed_at, $4)
         where id = $1 and erased_at is null",
        user.uuid(),
        name,
        command.lang.map(Lang::as_str),
        now
    )
    .execute(&mut **tx)
    .await?;
    if command.lang.is_some() {
        people::tell_later(tx, now, user).await?;
    }
    read(tx, user).await
}

async fn read(tx: &mut Tx, user: UserId) -> Outcome<Profile, IdentityFault> {
    let row = sqlx::query!(
        r#"select name, phone, email, lang, tier as "tier: Slug", created_at
           from identity.users where id = $1 and erased_at is null"#,
        user.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(IdentityFault::UnknownUser)?;
    let granted = grants::load(tx, user)
        .await
        .map_err(Failure::<IdentityFault>::internal)?;
    Ok(Profile {
        id: user,
        name: row.name,
        phone: people::phone_of(row.phone)?,
        email: row.email,
        lang: lang_of(&row.lang),
        tier: row.tier,
        roles: granted.roles,
        since: row.created_at,
    })
}
