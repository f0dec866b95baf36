//! Somebody acts for a company no more.

use crate::hold::By;
use crate::{Corporate, follow, hold};
use axum::extract::{Path, State};
use contract_corporate::{CorporateFault, MemberRemoved, RemoveMember};
use kernel::access::{Actor, may};
use kernel::{Outcome, Time, UserId};
use platform::Tx;
use platform::audit;
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Nothing of this member's opens anything any more: sessions and links end at once, and signing in is
/// answered like a wrong password. Inviting them again makes them a member anew.
#[utoipa::path(post, path = "/v1/company/members/{id}/remove", tag = "company",
    request_body = RemoveMember,
    params(("id" = UserId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = MemberRemoved), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn remove_member(
    State(me): State<Arc<Corporate>>,
    // No fresh second factor: where it burns there is no time for one.
    permit: Permit<may::MembersManage>,
    Path(id): Path<UserId>,
    idem: Idempotency,
    Body(command): Body<RemoveMember>,
) -> Result<Reply<MemberRemoved>, Problem> {
    let (now, actor) = (me.p.now(), &permit.actor);
    let reply = idem
        .once(&me.p, actor, &command, async |mut tx: Tx| {
            let removed = remove(&mut tx, now, actor, id, &command).await?;
            Ok((tx, removed))
        })
        .await?;
    follow::one(&me, id).await?;
    Ok(reply)
}

async fn remove(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    user: UserId,
    command: &RemoveMember,
) -> Outcome<MemberRemoved, CorporateFault> {
    let account = hold::active(tx, By::Manager(actor)).await?.id;
    let before = hold::member(tx, actor, account, user, Some(command.version)).await?;
    sqlx::query!(
        "update corporate.members set removed_at = $2, changed_by = $3, version = version + 1
         where user_id = $1",
        user.uuid(),
        now,
        actor.user.uuid()
    )
    .execute(&mut **tx)
    .await?;
    let facts = json!({ "account": account, "role": before.role, "branch": before.branch });
    audit::record(tx, now, actor, "corporate.remove", &user.to_string(), facts).await?;
    follow::later(tx, now, account, user).await?;
    Ok(MemberRemoved { id: user })
}
