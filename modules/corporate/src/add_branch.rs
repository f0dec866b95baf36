//! A company has a branch more.

use crate::hold::By;
use crate::rules::{self, MOST_BRANCHES, Reached};
use crate::{Corporate, branches, hold};
use axum::extract::State;
use contract_corporate::{AddBranch, Branch, BranchState, CorporateFault};
use kernel::access::{Actor, may};
use kernel::{BranchId, CorporateAccountId, Outcome, Text, Time};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Adds a branch to one's own company.
#[utoipa::path(post, path = "/v1/company/branches", tag = "company", request_body = AddBranch,
    params(("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 201, body = Branch), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn add_branch(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::BranchesManage>,
    idem: Idempotency,
    Body(command): Body<AddBranch>,
) -> Result<Reply<Branch>, Problem> {
    let (now, actor) = (me.p.now(), &permit.actor);
    let reply = idem
        .once(&me.p, actor, &command, async |mut tx: Tx| {
            let branch = add(&mut tx, now, actor, &command).await?;
            Ok((tx, branch))
        })
        .await?;
    Ok(reply.as_created())
}

async fn add(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    command: &AddBranch,
) -> Outcome<Branch, CorporateFault> {
    let name = rules::plain_name(&command.name)?;
    let account = hold::active(tx, By::Manager(actor)).await?.id;
    let there = sqlx::query_scalar!(
        r#"select count(*) as "there!" from corporate.branches where account = $1"#,
        account.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    if there >= i64::from(MOST_BRANCHES) {
        let most = MOST_BRANCHES;
        return Err(CorporateFault::TooManyBranches { most }.into());
    }
    let id = write(tx, now, account, &name)
        .await?
        .ok_or(CorporateFault::BranchNameTaken)?;
    let reached = Reached {
        account,
        branch: None,
    };
    let branch = branches::one(tx, reached, id).await?;
    let (record, change) = (id.to_string(), Change::made(&branch));
    let facts = json!({ "account": account });
    audit::changed(
        tx,
        now,
        actor,
        "corporate.add_branch",
        &record,
        change,
        facts,
    )
    .await?;
    Ok(branch)
}

/// None where the name is another branch's.
pub(crate) async fn write(
    tx: &mut Tx,
    now: Time,
    account: CorporateAccountId,
    name: &Text,
) -> sqlx::Result<Option<BranchId>> {
    sqlx::query_scalar!(
        r#"insert into corporate.branches (id, account, name_ar, name_en, state, opened_at)
           values ($1, $2, $3, $4, $5, $6) on conflict do nothing
           returning id as "id: BranchId""#,
        BranchId::new().uuid(),
        account.uuid(),
        name.ar,
        name.en,
        BranchState::Open.as_str(),
        now
    )
    .fetch_optional(&mut **tx)
    .await
}
