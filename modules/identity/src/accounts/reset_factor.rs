//! A lost telephone: the authenticator app on it is worth nothing, and another is enrolled.

use super::{done, drop_keys, link, put_out, take};
use crate::warn::{self, News};
use crate::{Identity, totp};
use axum::extract::{Path, State};
use contract_identity::{EnrolmentIssued, IdentityFault};
use kernel::access::{Actor, may};
use kernel::{Outcome, Time, UserId};
use platform::http::{Fresh, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Ends the authenticator app, the recovery codes, the passkeys and the sessions of a member of staff, and makes a
/// link with which they enrol anew: for that it wants their password. For somebody invited it makes a
/// new link. There is no idempotency key: the answer is a secret, and is not kept.
#[utoipa::path(post, path = "/v1/staff/{id}/second-factor/reset", tag = "staff",
    params(("id" = UserId, Path)),
    responses((status = 201, body = EnrolmentIssued), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn reset_staff_second_factor(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::StaffManage, Fresh>,
    Path(id): Path<UserId>,
) -> Result<Reply<EnrolmentIssued>, Problem> {
    let issued = reset(&me, me.p.now(), &permit.actor, id).await?;
    Ok(Reply::created(issued))
}

async fn reset(
    me: &Identity,
    now: Time,
    actor: &Actor,
    user: UserId,
) -> Outcome<EnrolmentIssued, IdentityFault> {
    let mut tx = me.p.db.begin().await?;
    let before = take(&mut tx, actor, user, None).await?;
    if before.disabled.is_some() {
        return Err(IdentityFault::AccountDisabled.into());
    }
    // A secret that nobody has been shown: no code is right.
    let nobodys = me.p.seal.seal(totp::place(user), &totp::new_totp_secret());
    sqlx::query!(
        "update identity.users set version = version + 1, totp_offered = null, totp_offered_at = null,
             totp_secret = case when totp_secret is not null then $2 end,
             factor_reset_at = case when totp_secret is not null then $3::timestamptz end
         where id = $1",
        user.uuid(),
        nobodys,
        now
    )
    .execute(&mut *tx)
    .await?;
    drop_keys(&mut tx, user).await?;
    put_out(me, &mut tx, now, user).await?;
    warn::of(&mut tx, now, user, before.version + 1, News::FactorReset).await?;
    let action = "staff.reset_second_factor";
    let staff = done(&mut tx, now, actor, action, &before, json!({})).await?;
    let issued = link::issue(me, &mut tx, now, actor.user, staff).await?;
    tx.commit().await?;
    Ok(issued)
}
