//! Whoever left, and whoever came back.

use super::{administrators, done, let_in, rules, stop, take};
use crate::Identity;
use crate::warn::{self, News};
use axum::extract::{Path, State};
use contract_identity::{DisableStaff, EnableStaff, IdentityFault, StaffMember};
use kernel::access::{Actor, Role, may};
use kernel::{Outcome, Time, UserId};
use platform::Tx;
use platform::http::{Body, Fresh, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Nothing of this person's opens anything any more: sessions and links end at once, and signing in is
/// answered like a wrong password. Roles stay as they are.
#[utoipa::path(post, path = "/v1/staff/{id}/disable", tag = "staff", request_body = DisableStaff,
    params(("id" = UserId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = StaffMember), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn disable_staff(
    State(me): State<Arc<Identity>>,
    // No fresh second factor: where it burns there is no time for one.
    permit: Permit<may::StaffManage>,
    Path(id): Path<UserId>,
    idem: Idempotency,
    Body(command): Body<DisableStaff>,
) -> Result<Reply<StaffMember>, Problem> {
    let (now, actor) = (me.p.now(), &permit.actor);
    idem.once(&me.p, actor, &command, async |mut tx: Tx| {
        let staff = disable(&me, &mut tx, now, actor, id, &command).await?;
        Ok((tx, staff))
    })
    .await
}

async fn disable(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    user: UserId,
    command: &DisableStaff,
) -> Outcome<StaffMember, IdentityFault> {
    let reason = rules::plain_reason(&command.reason)?;
    let before = take(tx, actor, user, Some(command.version)).await?;
    if before.disabled.is_some() {
        return Err(IdentityFault::AccountDisabled.into());
    }
    if before.roles.contains(&Role::Administrator) {
        rules::one_is_left(administrators(tx, Some(user)).await?)?;
    }
    stop(me, tx, now, user, actor.user, reason).await?;
    let facts = json!({ "reason": reason });
    done(tx, now, actor, "staff.disable", &before, facts).await
}

/// They sign in as before, with the roles they have; who was invited needs a new link.
#[utoipa::path(post, path = "/v1/staff/{id}/enable", tag = "staff", request_body = EnableStaff,
    params(("id" = UserId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = StaffMember), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn enable_staff(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::StaffManage, Fresh>,
    Path(id): Path<UserId>,
    idem: Idempotency,
    Body(command): Body<EnableStaff>,
) -> Result<Reply<StaffMember>, Problem> {
    let (now, actor) = (me.p.now(), &permit.actor);
    idem.once(&me.p, actor, &command, async |mut tx: Tx| {
        let staff = enable(&mut tx, now, actor, id, &command).await?;
        Ok((tx, staff))
    })
    .await
}

async fn enable(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    user: UserId,
    command: &EnableStaff,
) -> Outcome<StaffMember, IdentityFault> {
    let before = take(tx, actor, user, Some(command.version)).await?;
    if before.disabled.is_none() {
        return Err(IdentityFault::AccountEnabled.into());
    }
    let_in(tx, user).await?;
    warn::of(tx, now, user, before.version + 1, News::Enabled).await?;
    done(tx, now, actor, "staff.enable", &before, json!({})).await
}
