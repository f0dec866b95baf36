//! What a member may do from now on.

use crate::hold::By;
use crate::{Corporate, follow, hold, members, rules};
use axum::extract::{Path, State};
use contract_corporate::{ChangeMemberRole, CorporateFault, CorporateMember};
use kernel::access::{Actor, may};
use kernel::{CorporateAccountId, Failure, Outcome, Time, UserId};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Fresh, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Makes a member of one's own company something else, or of another branch. Their sessions end at once
/// and they are told; signing in again gives the new role.
#[utoipa::path(put, path = "/v1/company/members/{id}/role", tag = "company",
    request_body = ChangeMemberRole,
    params(("id" = UserId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = CorporateMember), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn change_member_role(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::MembersManage, Fresh>,
    Path(id): Path<UserId>,
    idem: Idempotency,
    Body(command): Body<ChangeMemberRole>,
) -> Result<Reply<CorporateMember>, Problem> {
    let (now, actor) = (me.p.now(), &permit.actor);
    let done = idem
        .once(&me.p, actor, &command, async |mut tx: Tx| {
            let account = change(&mut tx, now, actor, id, &command).await?;
            Ok::<_, Failure<CorporateFault>>((tx, account))
        })
        .await?;
    follow::one(&me, id).await?;
    Ok(Reply {
        status: done.status,
        replayed: done.replayed,
        body: members::shown(&me, done.body, id).await?,
    })
}

async fn change(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    user: UserId,
    command: &ChangeMemberRole,
) -> Outcome<CorporateAccountId, CorporateFault> {
    let membership = rules::membership(command.role, command.branch)?;
    let account = hold::active(tx, By::Manager(actor)).await?.id;
    let before = hold::member(tx, actor, account, user, Some(command.version)).await?;
    hold::has_place_for(tx, account, membership).await?;
    sqlx::query!(
        "update corporate.members set role = $2, branch = $3, changed_by = $4, version = version + 1
         where user_id = $1",
        user.uuid(),
        membership.role().as_str(),
        command.branch.map(|branch| branch.uuid()),
        actor.user.uuid()
    )
    .execute(&mut **tx)
    .await?;
    let after = members::row(tx, account, user).await?;
    let facts = json!({
        "account": account,
        "role": { "before": before.role, "after": after.role },
        "branch": { "before": before.branch, "after": after.branch },
    });
    let (record, change) = (user.to_string(), Change::between(&before, &after));
    audit::changed(
        tx,
        now,
        actor,
        "corporate.change_role",
        &record,
        change,
        facts,
    )
    .await?;
    follow::later(tx, now, account, user).await?;
    Ok(account)
}
