//! Answering with a passkey (WebAuthn Level 3, 7.2): the challenge, and what is made of the answer.
//!
//! At sign-in everybody gets the same kind of challenge, which names no key: keys are discoverable,
//! so the browser finds its own. Nothing is there to tell a known account from an unknown one.

use crate::challenge::{self, Wanted};
use crate::second_factor::Given;
use crate::{Identity, warn};
use anyhow::Context;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contract_identity::{IdentityFault, PasskeyOptions, PasskeyProof};
use kernel::access::may;
use kernel::{Failure, Outcome, PasskeyId, Time, UserId};
use platform::http::{Caller, Permit, Problem, Public, Reply};
use serde_json::{Value, json};
use std::sync::Arc;
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PublicKeyCredential, Webauthn, WebauthnBuilder,
    WebauthnError,
};

/// Us, as keys know us: by the name and the origin of `public_url`. WebAuthn knows no bare addresses;
/// under one the keys are those of this machine's own name.
pub(crate) fn relying_party(public_url: &str) -> anyhow::Result<Webauthn> {
    let mut origin = Url::parse(public_url).context("public_url")?;
    if origin.domain().is_none() {
        origin.set_host(Some("localhost")).context("public_url")?;
    }
    let name = origin.domain().unwrap_or_default().to_owned();
    let us = WebauthnBuilder::new(&name, &origin)
        .and_then(|builder| builder.rp_name("Khidma").build())
        .context("public_url")?;
    Ok(us)
}

/// A challenge for signing in with a passkey in place of a code. It asks for no account, and is the
/// same for everybody.
#[utoipa::path(post, path = "/v1/auth/staff/passkey/options", tag = "identity",
    responses((status = 201, body = PasskeyOptions), (status = "default", body = Problem)))]
pub(crate) async fn sign_in_options(
    State(me): State<Arc<Identity>>,
    _: Public,
    caller: Caller,
) -> Result<Reply<PasskeyOptions>, Problem> {
    let now = me.p.now();
    me.throttle().challenge(now, caller.address).await?;
    let options = ask(&me, now, Wanted::SignIn, &[]).await?;
    Ok(Reply::created(options))
}

/// A challenge for proving the second factor again with one of one's passkeys.
#[utoipa::path(post, path = "/v1/auth/step-up/options", tag = "identity",
    responses((status = 201, body = PasskeyOptions), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn step_up_options(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead>,
    caller: Caller,
) -> Result<Reply<PasskeyOptions>, Problem> {
    let now = me.p.now();
    me.throttle().challenge(now, caller.address).await?;
    let options = own(
        &me,
        now,
        permit.actor.user,
        Wanted::StepUp(permit.actor.session),
    )
    .await?;
    Ok(Reply::created(options))
}

async fn own(
    me: &Identity,
    now: Time,
    user: UserId,
    wanted: Wanted,
) -> Outcome<PasskeyOptions, IdentityFault> {
    let keys = sqlx::query_scalar!(
        "select credential_id from identity.passkeys
         where user_id = $1 and blocked_at is null order by id",
        user.uuid()
    )
    .fetch_all(&me.p.db)
    .await?;
    if keys.is_empty() {
        return Err(IdentityFault::NoPasskey.into());
    }
    ask(me, now, wanted, &keys).await
}

/// `keys`: the only ones a browser should offer; none: those it finds.
async fn ask(
    me: &Identity,
    now: Time,
    wanted: Wanted,
    keys: &[Vec<u8>],
) -> Outcome<PasskeyOptions, IdentityFault> {
    let (asked, state) = me
        .relying_party
        .start_discoverable_authentication()
        .map_err(Failure::<IdentityFault>::internal)?;
    let mut options =
        serde_json::to_value(&asked.public_key).map_err(Failure::<IdentityFault>::internal)?;
    let named = |id: &Vec<u8>| json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) });
    options["allowCredentials"] = keys.iter().map(named).collect();
    challenge::give(me, now, wanted, state, options).await
}

/// Reads an answer without using the key up; its challenge is used up whatever comes out. The key's
/// holder was verified (`userVerification: required`), the origin is ours, the key is this user's.
///
/// Only who knows a key's id comes as far as its signature: the time taken tells nothing to anybody
/// else.
pub(crate) async fn read(
    me: &Identity,
    now: Time,
    wanted: Wanted,
    user: UserId,
    proof: &PasskeyProof,
) -> Outcome<Given, IdentityFault> {
    let state: Option<DiscoverableAuthentication> =
        challenge::take(me, now, wanted, proof.challenge).await?;
    let answer = serde_json::from_value::<PublicKeyCredential>(proof.credential.clone()).ok();
    let (Some(state), Some(answer)) = (state, answer) else {
        return Ok(Given::Wrong);
    };
    let row = sqlx::query!(
        r#"select id as "id: PasskeyId", name, credential from identity.passkeys
           where credential_id = $1 and user_id = $2 and blocked_at is null"#,
        answer.get_credential_id(),
        user.uuid()
    )
    .fetch_optional(&me.p.db)
    .await?;
    let holder = answer.get_user_unique_id();
    let (Some(row), true) = (row, holder.is_none_or(|id| id == user.uuid().as_bytes())) else {
        return Ok(Given::Wrong);
    };
    let mut key: Passkey = serde_json::from_value(row.credential.clone())
        .map_err(Failure::<IdentityFault>::internal)?;
    match me
        .relying_party
        .finish_discoverable_authentication_v2(&answer, state, &key)
    {
        Ok(proven) => {
            key.update_credential(&proven);
            let after = serde_json::to_value(&key).map_err(Failure::<IdentityFault>::internal)?;
            Ok(Given::Passkey {
                id: row.id,
                before: row.credential,
                after,
            })
        }
        Err(WebauthnError::CredentialPossibleCompromise) => {
            block(me, now, user, row.id, row.name, &row.credential).await?;
            Ok(Given::Wrong)
        }
        Err(_) => Ok(Given::Wrong),
    }
}

/// The key's signature was good and its count was not: one of two copies signed. Neither opens
/// anything any more, and the owner is told. Not if another answer moved the count meanwhile: then
/// nothing went back.
async fn block(
    me: &Identity,
    now: Time,
    user: UserId,
    id: PasskeyId,
    name: String,
    seen: &Value,
) -> Outcome<(), IdentityFault> {
    let mut tx = me.p.db.begin().await?;
    let blocked = sqlx::query!(
        "update identity.passkeys set blocked_at = $2
         where id = $1 and credential = $3 and blocked_at is null",
        id.uuid(),
        now,
        seen
    )
    .execute(&mut *tx)
    .await?;
    if blocked.rows_affected() > 0 {
        warn::of_copied_key(&mut tx, now, user, id, name).await?;
        tracing::warn!(passkey = %id, "a passkey's count went back; it is blocked");
        metrics::counter!("khidma_identity_passkey_copies_total").increment(1);
    }
    tx.commit().await?;
    Ok(())
}
