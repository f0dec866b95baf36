//! Reviewers see what waits, approve it (two of them) or stop it; auditors see who did.

use super::rows::{Approval, Row, approvals, ended, locked, one, under_way};
use super::rules::{self, Step};
use super::take_over::TakeOver;
use super::tell::{self, News};
use super::{facts, place};
use crate::Vendors;
use axum::extract::{Path, State};
use contract_vendors::{
    BankAccountChangeDetail, BankAccountChangeLine, ChangeState, ChangeStep,
    RejectBankAccountChange, VendorFault,
};
use kernel::access::{Actor, Permission, may};
use kernel::{BankAccountChangeId, Failure, Outcome, Page, Time, UserId};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Fresh, Idempotency, Params, Permit, Problem, Reply, cursor, limit};
use platform::queue::{self, Run};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tray {
    /// For a reviewer.
    #[default]
    Waiting,
    /// Approved, and not yet in effect.
    Approved,
    Ended,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangesQuery {
    /// Those that wait for a reviewer when not said.
    #[param(inline)]
    state: Option<Tray>,
    cursor: Option<String>,
    /// 1 to 100; 20 when not said.
    limit: Option<u32>,
}

/// Changes of vendors' bank accounts: those that wait or are approved, the oldest first; or those that
/// ended, the last first.
#[utoipa::path(get, path = "/v1/bank-account-changes", tag = "vendors", params(ChangesQuery),
    responses((status = 200, body = Page<BankAccountChangeLine>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn list_changes(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::BankAccountsRead>,
    Params(query): Params<ChangesQuery>,
) -> Result<Reply<Page<BankAccountChangeLine>>, Problem> {
    let after: Option<(Time, BankAccountChangeId)> =
        query.cursor.as_deref().map(cursor::decode).transpose()?;
    let size = limit(query.limit);
    let tray = query.state.unwrap_or_default();
    let lines = lines(&me, permit.actor.user, tray, after, size as i64 + 1).await?;
    Ok(Reply::ok(Page::from_rows(lines, size, |line| {
        let change = &line.change;
        cursor::encode(&(change.ended_at.unwrap_or(change.asked_at), change.id))
    })))
}

async fn lines(
    me: &Vendors,
    user: UserId,
    tray: Tray,
    after: Option<(Time, BankAccountChangeId)>,
    most: i64,
) -> Outcome<Vec<BankAccountChangeLine>, VendorFault> {
    let mut conn = me.p.db.acquire().await?;
    let rows = match tray {
        Tray::Waiting => {
            let states = [ChangeState::Asked, ChangeState::ApprovedOnce];
            under_way(&mut conn, &states, after, most).await?
        }
        Tray::Approved => {
            let states = [ChangeState::Approved, ChangeState::TakingEffect];
            under_way(&mut conn, &states, after, most).await?
        }
        Tray::Ended => ended(&mut conn, after, most).await?,
    };
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let given = approvals(&mut conn, &ids).await?;
    let mut of: BTreeMap<BankAccountChangeId, Vec<Approval>> = BTreeMap::new();
    for approval in given {
        of.entry(approval.change).or_default().push(approval);
    }
    let none = Vec::new();
    rows.iter()
        .map(|row| line(row, of.get(&row.id).unwrap_or(&none), user))
        .collect()
}

fn line(
    row: &Row,
    approvals: &[Approval],
    user: UserId,
) -> Outcome<BankAccountChangeLine, VendorFault> {
    Ok(BankAccountChangeLine {
        change: row.seen()?,
        vendor: row.vendor,
        vendor_name: row.vendor_name(),
        // Two at most.
        approvals: approvals.len() as u32,
        approved_by_me: approvals.iter().any(|given| given.reviewer == user),
    })
}

/// One change, with who did what to it. Reviewers see the new account in full while it is under way;
/// that somebody looked is on record.
#[utoipa::path(get, path = "/v1/bank-account-changes/{id}", tag = "vendors",
    params(("id" = BankAccountChangeId, Path)),
    responses((status = 200, body = BankAccountChangeDetail), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn show_change(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::BankAccountsRead>,
    Path(id): Path<BankAccountChangeId>,
) -> Result<Reply<BankAccountChangeDetail>, Problem> {
    Ok(Reply::ok(look(&me, me.p.now(), &permit.actor, id).await?))
}

async fn look(
    me: &Vendors,
    now: Time,
    actor: &Actor,
    id: BankAccountChangeId,
) -> Outcome<BankAccountChangeDetail, VendorFault> {
    let mut tx = me.p.db.begin().await?;
    let row = one(&mut tx, id, None).await?;
    let given = approvals(&mut tx, &[id]).await?;
    let reviews = actor.may(Permission::BankAccountsReview);
    let iban = match &row.iban {
        Some(sealed) if reviews && row.ended_at.is_none() => {
            let open = me.p.seal.open(place(id), sealed);
            Some(open.map_err(Failure::<VendorFault>::internal)?)
        }
        _ => None,
    };
    audit::record(
        &mut tx,
        now,
        actor,
        "bank_accounts.look",
        &id.to_string(),
        json!({ "vendor": row.vendor, "in_full": iban.is_some() }),
    )
    .await?;
    tx.commit().await?;

    let mut users: Vec<UserId> = given.iter().map(|given| given.reviewer).collect();
    users.push(row.asked_by);
    users.extend(row.ended_by);
    let people = me.identity.people(users).await;
    let people = people.map_err(Failure::<VendorFault>::internal)?;
    let names: BTreeMap<UserId, String> = people
        .into_iter()
        .map(|person| (person.id, person.name))
        .collect();
    let step = |user: UserId, at: Time| ChangeStep {
        user,
        name: names.get(&user).filter(|name| !name.is_empty()).cloned(),
        at,
    };
    let stopped = row.ended_by.zip(row.ended_at);
    Ok(BankAccountChangeDetail {
        line: line(&row, &given, actor.user)?,
        iban,
        asked: step(row.asked_by, row.asked_at),
        approved: given
            .iter()
            .map(|given| step(given.reviewer, given.at))
            .collect(),
        stopped: stopped.map(|(user, at)| step(user, at)),
    })
}

/// Approves a change. With the second reviewer's approval its hours begin in which it can still be
/// stopped; then it takes effect.
#[utoipa::path(post, path = "/v1/bank-account-changes/{id}/approve", tag = "vendors",
    params(("id" = BankAccountChangeId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = BankAccountChangeLine), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn approve(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::BankAccountsReview, Fresh>,
    Path(id): Path<BankAccountChangeId>,
    idem: Idempotency,
) -> Result<Reply<BankAccountChangeLine>, Problem> {
    let now = me.p.now();
    let actor = &permit.actor;
    idem.once(&me.p, actor, &(), async |mut tx: Tx| {
        let line = give(&me, &mut tx, now, actor, id).await?;
        Ok::<_, Failure<VendorFault>>((tx, line))
    })
    .await
}

async fn give(
    me: &Vendors,
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    id: BankAccountChangeId,
) -> Outcome<BankAccountChangeLine, VendorFault> {
    let row = locked(tx, id, None).await?;
    let before = row.seen()?;
    let next = rules::after(before.state, Step::Approve)?;
    rules::may_approve(&row.people(&approvals(tx, &[id]).await?), actor.user)?;
    if !row.vendor_is_active() {
        return Err(VendorFault::NotActive.into());
    }
    sqlx::query!(
        "insert into vendors.bank_account_approvals (change, asked_by, reviewer, session, at)
         values ($1, $2, $3, $4, $5)",
        id.uuid(),
        row.asked_by.uuid(),
        actor.user.uuid(),
        actor.session.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    let effective_at = (next == ChangeState::Approved)
        .then(|| rules::effective_at(now, me.settings.bank_account_cooling_hours));
    sqlx::query!(
        "update vendors.bank_account_changes set state = $2, approved_at = $3, effective_at = $4
         where id = $1",
        id.uuid(),
        next.as_str(),
        effective_at.map(|_| now) as Option<Time>,
        effective_at as Option<Time>
    )
    .execute(&mut **tx)
    .await?;
    if let Some(at) = effective_at {
        queue::enqueue(tx, &TakeOver { change: id }, Run::at(at)).await?;
        tell::later(tx, now, id, News::Approved).await?;
    }
    let row = one(tx, id, None).await?;
    let after = row.seen()?;
    audit::changed(
        tx,
        now,
        actor,
        "bank_accounts.approve",
        &id.to_string(),
        Change::between(&before, &after),
        facts(&row, &after),
    )
    .await?;
    line(&row, &approvals(tx, &[id]).await?, actor.user)
}

/// Stops a change that has not taken effect, for a reason that its owner reads.
#[utoipa::path(post, path = "/v1/bank-account-changes/{id}/reject", tag = "vendors",
    request_body = RejectBankAccountChange,
    params(("id" = BankAccountChangeId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = BankAccountChangeLine), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn reject(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::BankAccountsReview>,
    Path(id): Path<BankAccountChangeId>,
    idem: Idempotency,
    Body(command): Body<RejectBankAccountChange>,
) -> Result<Reply<BankAccountChangeLine>, Problem> {
    let now = me.p.now();
    let actor = &permit.actor;
    idem.once(&me.p, actor, &command, async |mut tx: Tx| {
        let line = stop(&mut tx, now, actor, id, &command).await?;
        Ok::<_, Failure<VendorFault>>((tx, line))
    })
    .await
}

async fn stop(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    id: BankAccountChangeId,
    command: &RejectBankAccountChange,
) -> Outcome<BankAccountChangeLine, VendorFault> {
    let reason = rules::reason(&command.reason)?;
    let before = locked(tx, id, None).await?.seen()?;
    let next = rules::after(before.state, Step::Reject)?;
    sqlx::query!(
        "update vendors.bank_account_changes
         set state = $2, ended_at = $3, ended_by = $4, rejected_for = $5 where id = $1",
        id.uuid(),
        next.as_str(),
        now,
        actor.user.uuid(),
        reason
    )
    .execute(&mut **tx)
    .await?;
    tell::later(tx, now, id, News::Rejected).await?;
    let row = one(tx, id, None).await?;
    let after = row.seen()?;
    audit::changed(
        tx,
        now,
        actor,
        "bank_accounts.reject",
        &id.to_string(),
        Change::between(&before, &after),
        facts(&row, &after),
    )
    .await?;
    line(&row, &approvals(tx, &[id]).await?, actor.user)
}
