//! One's passkeys: added (WebAuthn Level 3, 7.1), named, removed. An account that has them has an
//! authenticator app as well, so removing the last one leaves a second factor.

use crate::challenge::{self, Wanted};
use crate::settings::MOST_PASSKEYS;
use crate::{Identity, people};
use axum::extract::{Path, State};
use contract_identity::{
    AddPasskey, IdentityFault, Passkey, PasskeyOptions, PasskeyRemoved, Passkeys, RenamePasskey,
};
use kernel::access::{Actor, may};
use kernel::{Failure, Outcome, PasskeyId, Time, UserId};
use platform::http::{Body, Caller, Fresh, Idempotency, Permit, Problem, Reply};
use platform::{Tx, audit};
use serde_json::json;
use std::sync::Arc;
use webauthn_rs::prelude::{PasskeyRegistration, RegisterPublicKeyCredential};

/// The longest id of a credential (WebAuthn Level 3, 7.1).
const LONGEST_ID: usize = 1023;

/// One's passkeys, the newest first.
#[utoipa::path(get, path = "/v1/me/passkeys", tag = "identity",
    responses((status = 200, body = Passkeys), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn my_passkeys(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
) -> Result<Reply<Passkeys>, Problem> {
    Ok(Reply::ok(list(&me, permit.actor.user).await?))
}

async fn list(me: &Identity, user: UserId) -> Outcome<Passkeys, IdentityFault> {
    let items = sqlx::query_as!(
        Passkey,
        r#"select id as "id: PasskeyId", name, added_at, last_used_at as "last_used_at: Time",
                  blocked_at is not null as "blocked!"
           from identity.passkeys where user_id = $1 order by added_at desc, id desc"#,
        user.uuid()
    )
    .fetch_all(&me.p.db)
    .await?;
    Ok(Passkeys { items })
}

/// What a browser needs to make a new passkey. Who signs in with a phone has none.
#[utoipa::path(post, path = "/v1/me/passkeys/options", tag = "identity",
    responses((status = 201, body = PasskeyOptions), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn passkey_options(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead, Fresh>,
    caller: Caller,
) -> Result<Reply<PasskeyOptions>, Problem> {
    let now = me.p.now();
    me.throttle().challenge(now, caller.address).await?;
    let options = offer(&me, now, &permit.actor).await?;
    Ok(Reply::created(options))
}

async fn offer(me: &Identity, now: Time, actor: &Actor) -> Outcome<PasskeyOptions, IdentityFault> {
    let owner = sqlx::query!(
        r#"select coalesce(email, '') as "email!", name,
                  array(select credential_id from identity.passkeys
                        where user_id = u.id order by id) as "keys!"
           from identity.users u where id = $1 and totp_secret is not null"#,
        actor.user.uuid()
    )
    .fetch_optional(&me.p.db)
    .await?
    .ok_or(IdentityFault::NoSecondFactor)?;
    room(owner.keys.len())?;
    let (asked, state) = me
        .relying_party
        .start_passkey_registration(
            actor.user.uuid(),
            &owner.email,
            &owner.name,
            Some(owner.keys),
        )
        .map_err(Failure::<IdentityFault>::internal)?;
    let mut options =
        serde_json::to_value(&asked.public_key).map_err(Failure::<IdentityFault>::internal)?;
    // The key finds itself at sign-in, where none is named.
    options["authenticatorSelection"]["residentKey"] = json!("required");
    options["authenticatorSelection"]["requireResidentKey"] = json!(true);
    challenge::give(me, now, Wanted::NewKey(actor.session), state, options).await
}

fn room(keys: usize) -> Result<(), IdentityFault> {
    if keys < MOST_PASSKEYS as usize {
        Ok(())
    } else {
        let most = MOST_PASSKEYS;
        Err(IdentityFault::TooManyPasskeys { most })
    }
}

/// Adds the passkey that the browser made. There is no idempotency key: an answer counts once.
#[utoipa::path(post, path = "/v1/me/passkeys", tag = "identity", request_body = AddPasskey,
    responses((status = 201, body = Passkey), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn add_passkey(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
    Body(command): Body<AddPasskey>,
) -> Result<Reply<Passkey>, Problem> {
    let passkey = add(&me, me.p.now(), &permit.actor, command).await?;
    Ok(Reply::created(passkey))
}

async fn add(
    me: &Identity,
    now: Time,
    actor: &Actor,
    command: AddPasskey,
) -> Outcome<Passkey, IdentityFault> {
    let name = people::plain_name(&command.name)?;
    let wanted = Wanted::NewKey(actor.session);
    let state: PasskeyRegistration = challenge::take(me, now, wanted, command.challenge)
        .await?
        .ok_or(IdentityFault::BadPasskey)?;
    let answer: RegisterPublicKeyCredential =
        serde_json::from_value(command.credential).map_err(|_| IdentityFault::BadPasskey)?;
    let key = me
        .relying_party
        .finish_passkey_registration(&answer, &state)
        .map_err(|_| IdentityFault::BadPasskey)?;
    if key.cred_id().len() > LONGEST_ID {
        return Err(IdentityFault::BadPasskey.into());
    }
    let credential = serde_json::to_value(&key).map_err(Failure::<IdentityFault>::internal)?;
    let passkey = Passkey {
        id: PasskeyId::new(),
        name: name.to_owned(),
        added_at: now,
        last_used_at: None,
        blocked: false,
    };
    let mut tx = me.p.db.begin().await?;
    // The lock makes a second key wait: together they are not too many.
    people::hold_own(&mut tx, now, actor).await?;
    let keys = sqlx::query_scalar!(
        r#"select count(*) as "keys!" from identity.passkeys where user_id = $1"#,
        actor.user.uuid()
    )
    .fetch_one(&mut *tx)
    .await?;
    room(usize::try_from(keys).unwrap_or(usize::MAX))?;
    let added = sqlx::query!(
        "insert into identity.passkeys (id, user_id, credential_id, credential, name, added_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (credential_id) do nothing",
        passkey.id.uuid(),
        actor.user.uuid(),
        key.cred_id().as_slice(),
        credential,
        passkey.name,
        now
    )
    .execute(&mut *tx)
    .await?;
    if added.rows_affected() == 0 {
        return Err(IdentityFault::BadPasskey.into());
    }
    note(&mut tx, now, actor, "identity.add_passkey", passkey.id).await?;
    tx.commit().await?;
    Ok(passkey)
}

/// Gives one of one's passkeys another name.
#[utoipa::path(patch, path = "/v1/me/passkeys/{id}", tag = "identity", request_body = RenamePasskey,
    params(("id" = PasskeyId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = Passkey), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn rename_passkey(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
    Path(id): Path<PasskeyId>,
    idem: Idempotency,
    Body(command): Body<RenamePasskey>,
) -> Result<Reply<Passkey>, Problem> {
    let user = permit.actor.user;
    idem.once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
        let passkey = rename(&mut tx, user, id, &command.name).await?;
        Ok((tx, passkey))
    })
    .await
}

async fn rename(
    tx: &mut Tx,
    user: UserId,
    id: PasskeyId,
    name: &str,
) -> Outcome<Passkey, IdentityFault> {
    people::hold(tx, user).await?;
    let passkey = sqlx::query_as!(
        Passkey,
        r#"update identity.passkeys set name = $3 where id = $1 and user_id = $2
           returning id as "id: PasskeyId", name, added_at, last_used_at as "last_used_at: Time",
                     blocked_at is not null as "blocked!""#,
        id.uuid(),
        user.uuid(),
        people::plain_name(name)?
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(IdentityFault::UnknownPasskey)?;
    Ok(passkey)
}

/// Removes one of one's passkeys: it opens nothing from then on. The authenticator app stays.
#[utoipa::path(delete, path = "/v1/me/passkeys/{id}", tag = "identity", params(("id" = PasskeyId, Path)),
    responses((status = 200, body = PasskeyRemoved), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn remove_passkey(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead, Fresh>,
    Path(id): Path<PasskeyId>,
) -> Result<Reply<PasskeyRemoved>, Problem> {
    remove(&me, me.p.now(), &permit.actor, id).await?;
    Ok(Reply::ok(PasskeyRemoved { removed: true }))
}

async fn remove(
    me: &Identity,
    now: Time,
    actor: &Actor,
    id: PasskeyId,
) -> Outcome<(), IdentityFault> {
    let mut tx = me.p.db.begin().await?;
    people::hold(&mut tx, actor.user).await?;
    let removed = sqlx::query!(
        "delete from identity.passkeys where id = $1 and user_id = $2",
        id.uuid(),
        actor.user.uuid()
    )
    .execute(&mut *tx)
    .await?;
    if removed.rows_affected() == 0 {
        return Err(IdentityFault::UnknownPasskey.into());
    }
    note(&mut tx, now, actor, "identity.remove_passkey", id).await?;
    tx.commit().await?;
    Ok(())
}

async fn note(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    action: &str,
    id: PasskeyId,
) -> sqlx::Result<()> {
    audit::record(tx, now, actor, action, &id.to_string(), json!({})).await
}
