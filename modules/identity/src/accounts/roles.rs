//! What somebody may do from now on.

use super::{administrators, done, end_sessions, grant, rules, take};
use crate::Identity;
use crate::warn::{self, News};
use axum::extract::{Path, State};
use contract_identity::{ChangeStaffRoles, IdentityFault, StaffMember};
use kernel::access::{Actor, Role, may};
use kernel::{Outcome, Time, UserId};
use platform::Tx;
use platform::http::{Body, Fresh, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Puts roles and zones in place of those of before. The person's sessions end at once and they are
/// told; signing in again gives the new ones.
#[utoipa::path(put, path = "/v1/staff/{id}/roles", tag = "staff", request_body = ChangeStaffRoles,
    params(("id" = UserId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = StaffMember), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn change_staff_roles(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::StaffManage, Fresh>,
    Path(id): Path<UserId>,
    idem: Idempotency,
    Body(command): Body<ChangeStaffRoles>,
) -> Result<Reply<StaffMember>, Problem> {
    let (now, actor) = (me.p.now(), &permit.actor);
    idem.once(&me.p, actor, &command, async |mut tx: Tx| {
        let staff = change(&me, &mut tx, now, actor, id, &command).await?;
        Ok((tx, staff))
    })
    .await
}

async fn change(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    user: UserId,
    command: &ChangeStaffRoles,
) -> Outcome<StaffMember, IdentityFault> {
    let (roles, zones) = rules::plain_roles(&command.roles, command.zones.as_deref())?;
    let before = take(tx, actor, user, Some(command.version)).await?;
    if before.roles.contains(&Role::Administrator) && !roles.contains(&Role::Administrator) {
        rules::one_is_left(administrators(tx, Some(user)).await?)?;
    }
    sqlx::query!(
        "update identity.users set version = version + 1 where id = $1",
        user.uuid()
    )
    .execute(&mut **tx)
    .await?;
    grant(tx, now, user, &roles, zones.as_deref()).await?;
    end_sessions(me, tx, now, user).await?;
    warn::of(tx, now, user, before.version + 1, News::RolesChanged).await?;
    let facts = json!({
        "roles": { "before": before.roles, "after": roles },
        "zones": { "before": before.zones, "after": zones },
    });
    done(tx, now, actor, "staff.change_roles", &before, facts).await
}
