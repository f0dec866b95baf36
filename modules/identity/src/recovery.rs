//! Recovery codes: the second factor for the day the phone with the app is lost.

use crate::secrets::{draw_recovery, recovery_hash, typed_recovery};
use crate::{Identity, people};
use axum::extract::State;
use contract_identity::{IdentityFault, RecoveryCodes};
use kernel::access::{Actor, may};
use kernel::{Outcome, Time, UserId};
use platform::http::{Fresh, Permit, Problem, Reply};
use platform::{Tx, audit};
use serde_json::json;
use std::sync::Arc;

const HOW_MANY: usize = 10;

/// Ten new recovery codes; those of before are dead. There is no idempotency key: the answer is a
/// secret, and is not kept.
#[utoipa::path(post, path = "/v1/me/recovery-codes", tag = "identity",
    responses((status = 201, body = RecoveryCodes), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn renew_recovery_codes(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::ProfileRead, Fresh>,
) -> Result<Reply<RecoveryCodes>, Problem> {
    let codes = renew_own(&me, me.p.now(), &permit.actor).await?;
    Ok(Reply::created(codes))
}

async fn renew_own(
    me: &Identity,
    now: Time,
    actor: &Actor,
) -> Outcome<RecoveryCodes, IdentityFault> {
    let mut tx = me.p.db.begin().await?;
    // The lock makes a second request wait: the codes of one of them are whole.
    people::hold_own(&mut tx, now, actor).await?;
    let has_app = sqlx::query_scalar!(
        r#"select exists (select from identity.users
           where id = $1 and totp_secret is not null) as "has_app!""#,
        actor.user.uuid()
    )
    .fetch_one(&mut *tx)
    .await?;
    if !has_app {
        return Err(IdentityFault::NoSecondFactor.into());
    }
    let codes = renew(&mut tx, now, actor.user).await?;
    let record = actor.user.to_string();
    audit::record(
        &mut tx,
        now,
        actor,
        "identity.renew_recovery_codes",
        &record,
        json!({}),
    )
    .await?;
    tx.commit().await?;
    Ok(RecoveryCodes { codes })
}

/// As they are shown, once.
pub(crate) async fn renew(tx: &mut Tx, now: Time, user: UserId) -> sqlx::Result<Vec<String>> {
    let codes: Vec<String> = (0..HOW_MANY).map(|_| draw_recovery()).collect();
    let hashes: Vec<Vec<u8>> = codes
        .iter()
        .filter_map(|code| typed_recovery(code))
        .map(|code| recovery_hash(user, &code).to_vec())
        .collect();
    sqlx::query!(
        "delete from identity.recovery_codes where user_id = $1",
        user.uuid()
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "insert into identity.recovery_codes (user_id, hash, made_at)
         select $1::uuid, hash, $3::timestamptz from unnest($2::bytea[]) as hash",
        user.uuid(),
        &hashes,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(codes)
}
