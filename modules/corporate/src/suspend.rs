//! A company that does not pay, or whose account somebody misuses; and its return.

use crate::{Corporate, accounts, follow, hold, rules};
use axum::extract::{Path, State};
use contract_corporate::{
    CorporateAccount, CorporateFault, CorporateState, ResumeCorporateAccount,
    SuspendCorporateAccount,
};
use kernel::access::{Actor, may};
use kernel::{CorporateAccountId, Failure, Outcome, Time};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Fresh, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Nothing of this company's opens anything any more: the sessions of its members and the links under
/// way end at once, and signing in is answered like a wrong password. What is theirs stays.
#[utoipa::path(post, path = "/v1/corporate-accounts/{id}/suspend", tag = "corporate",
    request_body = SuspendCorporateAccount,
    params(("id" = CorporateAccountId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = CorporateAccount), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn suspend_account(
    State(me): State<Arc<Corporate>>,
    // No fresh second factor: where it burns there is no time for one.
    permit: Permit<may::CorporateManage>,
    Path(id): Path<CorporateAccountId>,
    idem: Idempotency,
    Body(command): Body<SuspendCorporateAccount>,
) -> Result<Reply<CorporateAccount>, Problem> {
    let (now, actor) = (me.p.now(), &permit.actor);
    let done = idem
        .once(&me.p, actor, &command, async |mut tx: Tx| {
            suspend(&mut tx, now, actor, id, &command).await?;
            Ok::<_, Failure<CorporateFault>>((tx, ()))
        })
        .await?;
    shown(&me, id, done).await
}

/// Its members sign in as before; who was invited needs a new link.
#[utoipa::path(post, path = "/v1/corporate-accounts/{id}/resume", tag = "corporate",
    request_body = ResumeCorporateAccount,
    params(("id" = CorporateAccountId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = CorporateAccount), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn resume_account(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::CorporateManage, Fresh>,
    Path(id): Path<CorporateAccountId>,
    idem: Idempotency,
    Body(command): Body<ResumeCorporateAccount>,
) -> Result<Reply<CorporateAccount>, Problem> {
    let (now, actor) = (me.p.now(), &permit.actor);
    let done = idem
        .once(&me.p, actor, &command, async |mut tx: Tx| {
            resume(&mut tx, now, actor, id, &command).await?;
            Ok::<_, Failure<CorporateFault>>((tx, ()))
        })
        .await?;
    shown(&me, id, done).await
}

/// Not answered before it holds everywhere. Who repeats it after a failure tells identity again.
async fn shown(
    me: &Corporate,
    id: CorporateAccountId,
    done: Reply<()>,
) -> Result<Reply<CorporateAccount>, Problem> {
    follow::all(me, id).await?;
    Ok(Reply {
        status: done.status,
        replayed: done.replayed,
        body: accounts::shown(me, id).await?,
    })
}

async fn suspend(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    id: CorporateAccountId,
    command: &SuspendCorporateAccount,
) -> Outcome<(), CorporateFault> {
    let reason = rules::plain_reason(&command.reason)?;
    let before = hold::account(tx, id).await?;
    rules::is_current(before.version, command.version)?;
    rules::is_active(before.state)?;
    sqlx::query!(
        "update corporate.accounts set state = $2, suspended_at = $3, suspended_by = $4,
             suspended_reason = $5, version = version + 1 where id = $1",
        id.uuid(),
        CorporateState::Suspended.as_str(),
        now,
        actor.user.uuid(),
        reason
    )
    .execute(&mut **tx)
    .await?;
    let facts = json!({ "reason": reason });
    done(tx, now, actor, "corporate.suspend", &before, facts).await
}

async fn resume(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    id: CorporateAccountId,
    command: &ResumeCorporateAccount,
) -> Outcome<(), CorporateFault> {
    let before = hold::account(tx, id).await?;
    rules::is_current(before.version, command.version)?;
    if before.state == CorporateState::Active {
        return Err(CorporateFault::AccountActive.into());
    }
    sqlx::query!(
        "update corporate.accounts set state = $2, suspended_at = null, suspended_by = null,
             suspended_reason = null, version = version + 1 where id = $1",
        id.uuid(),
        CorporateState::Active.as_str()
    )
    .execute(&mut **tx)
    .await?;
    done(tx, now, actor, "corporate.resume", &before, json!({})).await
}

/// What it means for each member is decided with it, and on record.
async fn done(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    action: &str,
    before: &CorporateAccount,
    facts: serde_json::Value,
) -> Outcome<(), CorporateFault> {
    sqlx::query!(
        "update corporate.members set version = version + 1, changed_by = $2
         where account = $1 and removed_at is null",
        before.id.uuid(),
        actor.user.uuid()
    )
    .execute(&mut **tx)
    .await?;
    let after = accounts::one(tx, before.id).await?;
    let change = Change::between(before, &after);
    audit::changed(
        tx,
        now,
        actor,
        action,
        &before.id.to_string(),
        change,
        facts,
    )
    .await?;
    follow::all_later(tx, now, before.id).await?;
    Ok(())
}
