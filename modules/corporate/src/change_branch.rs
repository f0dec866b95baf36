//! A branch gets another name, is closed, or opened again.

use crate::hold::By;
use crate::rules::{self, Reached};
use crate::{Corporate, branches, hold};
use axum::extract::{Path, State};
use contract_corporate::{
    Branch, BranchState, ChangeBranch, CloseBranch, CorporateFault, ReopenBranch,
};
use kernel::access::{Actor, may};
use kernel::{BranchId, Outcome, Time};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Puts names in place of those of before.
#[utoipa::path(put, path = "/v1/company/branches/{id}", tag = "company", request_body = ChangeBranch,
    params(("id" = BranchId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = Branch), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn change_branch(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::BranchesManage>,
    Path(id): Path<BranchId>,
    idem: Idempotency,
    Body(command): Body<ChangeBranch>,
) -> Result<Reply<Branch>, Problem> {
    let (now, actor) = (me.p.now(), &permit.actor);
    idem.once(&me.p, actor, &command, async |mut tx: Tx| {
        let name = rules::plain_name(&command.name)?;
        let held = take(&mut tx, actor, id, command.version).await?;
        let taken = sqlx::query_scalar!(
            r#"select exists (select from corporate.branches where account = $1 and id <> $2
                   and (lower(name_ar) = lower($3) or lower(name_en) = lower($4))) as "taken!""#,
            held.reached.account.uuid(),
            id.uuid(),
            name.ar,
            name.en
        )
        .fetch_one(&mut *tx)
        .await?;
        if taken {
            return Err(CorporateFault::BranchNameTaken.into());
        }
        sqlx::query!(
            "update corporate.branches set name_ar = $2, name_en = $3, version = version + 1
             where id = $1",
            id.uuid(),
            name.ar,
            name.en
        )
        .execute(&mut *tx)
        .await?;
        let branch = done(&mut tx, now, actor, "corporate.change_branch", &held).await?;
        Ok((tx, branch))
    })
    .await
}

/// Nobody acts for it any more. One that has managers is refused.
#[utoipa::path(post, path = "/v1/company/branches/{id}/close", tag = "company",
    request_body = CloseBranch,
    params(("id" = BranchId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = Branch), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn close_branch(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::BranchesManage>,
    Path(id): Path<BranchId>,
    idem: Idempotency,
    Body(command): Body<CloseBranch>,
) -> Result<Reply<Branch>, Problem> {
    let (now, actor) = (me.p.now(), &permit.actor);
    idem.once(&me.p, actor, &command, async |mut tx: Tx| {
        let held = take(&mut tx, actor, id, command.version).await?;
        if held.before.state == BranchState::Closed {
            return Err(CorporateFault::BranchClosed.into());
        }
        let managers = sqlx::query_scalar!(
            r#"select count(*)::int as "managers!" from corporate.members
               where branch = $1 and removed_at is null"#,
            id.uuid()
        )
        .fetch_one(&mut *tx)
        .await?
        .unsigned_abs();
        if managers > 0 {
            return Err(CorporateFault::BranchInUse { managers }.into());
        }
        set_state(&mut tx, id, BranchState::Closed).await?;
        let branch = done(&mut tx, now, actor, "corporate.close_branch", &held).await?;
        Ok((tx, branch))
    })
    .await
}

/// Opens a branch that was closed.
#[utoipa::path(post, path = "/v1/company/branches/{id}/reopen", tag = "company",
    request_body = ReopenBranch,
    params(("id" = BranchId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = Branch), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn reopen_branch(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::BranchesManage>,
    Path(id): Path<BranchId>,
    idem: Idempotency,
    Body(command): Body<ReopenBranch>,
) -> Result<Reply<Branch>, Problem> {
    let (now, actor) = (me.p.now(), &permit.actor);
    idem.once(&me.p, actor, &command, async |mut tx: Tx| {
        let held = take(&mut tx, actor, id, command.version).await?;
        if held.before.state == BranchState::Open {
            return Err(CorporateFault::BranchOpen.into());
        }
        set_state(&mut tx, id, BranchState::Open).await?;
        let branch = done(&mut tx, now, actor, "corporate.reopen_branch", &held).await?;
        Ok((tx, branch))
    })
    .await
}

/// A branch of one's own, with its account held.
struct Held {
    reached: Reached,
    before: Branch,
}

async fn take(
    tx: &mut Tx,
    actor: &Actor,
    id: BranchId,
    version: i64,
) -> Outcome<Held, CorporateFault> {
    let account = hold::active(tx, By::Manager(actor)).await?.id;
    let reached = Reached {
        account,
        branch: None,
    };
    let before = branches::one(tx, reached, id).await?;
    rules::is_current(before.version, version)?;
    Ok(Held { reached, before })
}

async fn set_state(tx: &mut Tx, id: BranchId, state: BranchState) -> sqlx::Result<()> {
    sqlx::query!(
        "update corporate.branches set state = $2, version = version + 1 where id = $1",
        id.uuid(),
        state.as_str()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The branch as it is now, with its row in the audit log.
async fn done(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    action: &str,
    held: &Held,
) -> Outcome<Branch, CorporateFault> {
    let after = branches::one(tx, held.reached, held.before.id).await?;
    let change = Change::between(&held.before, &after);
    let facts = json!({ "account": held.reached.account });
    audit::changed(tx, now, actor, action, &after.id.to_string(), change, facts).await?;
    Ok(after)
}
