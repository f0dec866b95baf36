//! An approved change takes effect: settlement is told, once nothing can stop it any more.

use super::rows::{Row, locked, one};
use super::rules::{self, Step};
use super::tell::{self, News};
use super::{facts, place};
use crate::Vendors;
use crate::enrol_vendor::CITY;
use anyhow::Context;
use contract_settlement::Payee;
use contract_vendors::ChangeState;
use kernel::access::{Actor, Role, Scope};
use kernel::{BankAccountChangeId, SessionId, Time, UserId, VendorId};
use platform::Tx;
use platform::audit::{self, Change};
use platform::queue::{self, Ctx, Job, Run};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct TakeOver {
    pub(crate) change: BankAccountChangeId,
}
impl Job for TakeOver {
    const NAME: &'static str = "vendors.take_over_bank_account";
}

/// May stop anywhere and be done again: the point of no return is a row, and settlement takes the same
/// telling twice.
pub(crate) async fn take_over(me: &Vendors, ctx: Ctx, job: TakeOver) -> anyhow::Result<()> {
    let Some(row) = begin(me, ctx.now, job.change).await? else {
        return Ok(());
    };
    let sealed = row
        .iban
        .as_deref()
        .context("a change under way has an IBAN")?;
    let as_of = row
        .effective_at
        .context("an approved change has its hour")?;
    let payee = Payee {
        vendor: row.vendor,
        name: row.vendor_name(),
        iban: me.p.seal.open(place(row.id), sealed)?,
        mobile: row.owner_phone.clone(),
        city: CITY.to_owned(),
        as_of,
    };
    me.payees.set_payee(payee).await?;
    let mut tx = ctx.begin().await?;
    finish(&mut tx, ctx.now, job.change).await?;
    ctx.complete(tx).await?;
    Ok(())
}

/// From here on nothing stops it. `None` where it was stopped, is done, or has to wait.
async fn begin(me: &Vendors, now: Time, id: BankAccountChangeId) -> anyhow::Result<Option<Row>> {
    let mut tx = me.p.db.begin().await?;
    let row = locked(&mut tx, id, None).await?;
    let state = row.state()?;
    if state == ChangeState::TakingEffect {
        return Ok(Some(row));
    }
    let due = row
        .effective_at
        .is_some_and(|at| rules::is_due(at, row.vendor_is_active(), now));
    let (Ok(next), true) = (rules::after(state, Step::Begin), due) else {
        return Ok(None);
    };
    sqlx::query!(
        "update vendors.bank_account_changes set state = $2 where id = $1",
        id.uuid(),
        next.as_str()
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Some(row))
}

async fn finish(tx: &mut Tx, now: Time, id: BankAccountChangeId) -> anyhow::Result<()> {
    let before = locked(tx, id, None).await?.seen()?;
    let Ok(next) = rules::after(before.state, Step::Finish) else {
        // Another run came first.
        return Ok(());
    };
    sqlx::query!(
        "update vendors.bank_account_changes set state = $2, ended_at = $3 where id = $1",
        id.uuid(),
        next.as_str(),
        now
    )
    .execute(&mut **tx)
    .await?;
    let row = one(tx, id, None).await?;
    let after = row.seen()?;
    let on_behalf_of = second_reviewer(tx, id).await?;
    let mut facts = facts(&row, &after);
    facts["by"] = "the platform, on the second approval".into();
    audit::changed(
        tx,
        now,
        &on_behalf_of,
        "bank_accounts.take_over",
        &id.to_string(),
        Change::between(&before, &after),
        facts,
    )
    .await?;
    tell::later(tx, now, id, News::InEffect).await?;
    Ok(())
}

/// A job has no actor: it acts on the approval that came last.
async fn second_reviewer(tx: &mut Tx, id: BankAccountChangeId) -> anyhow::Result<Actor> {
    let last = sqlx::query!(
        r#"select reviewer as "reviewer: UserId", session as "session: SessionId"
           from vendors.bank_account_approvals where change = $1
           order by at desc, reviewer desc limit 1"#,
        id.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(Actor {
        user: last.reviewer,
        session: last.session,
        roles: vec![Role::KycReviewer],
        scope: Scope::default(),
        second_factor_at: None,
    })
}

/// A vendor was taken back: what was approved meanwhile takes effect now, or at its hour.
pub(crate) async fn go_on_after_suspension(
    tx: &mut Tx,
    now: Time,
    vendor: VendorId,
) -> sqlx::Result<()> {
    let waiting = sqlx::query!(
        r#"update vendors.bank_account_changes set effective_at = greatest(effective_at, $2)
           where vendor = $1 and state = 'approved'
           returning id as "change: BankAccountChangeId", effective_at as "at!""#,
        vendor.uuid(),
        now
    )
    .fetch_optional(&mut **tx)
    .await?;
    if let Some(row) = waiting {
        queue::enqueue(tx, &TakeOver { change: row.change }, Run::at(row.at)).await?;
    }
    Ok(())
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Watch {}
impl Job for Watch {
    const NAME: &'static str = "vendors.watch_bank_accounts";
}

/// Every hour: what is due goes on, should its job have been lost with its tries used up; IBANs that have
/// served go; and how many wait is measured.
pub(crate) async fn watch(me: &Vendors, ctx: Ctx, _: Watch) -> anyhow::Result<()> {
    let due = sqlx::query_scalar!(
        r#"select c.id as "id: BankAccountChangeId"
           from vendors.bank_account_changes c join vendors.vendors v on v.id = c.vendor
           where c.ended_at is null
             and (c.state = 'taking_effect'
                  or (c.state = 'approved' and c.effective_at <= $1 and v.status = 'active'))
           order by c.id"#,
        ctx.now
    )
    .fetch_all(&me.p.db)
    .await?;
    for change in due {
        let mut tx = me.p.db.begin().await?;
        let run = Run::now(ctx.now).unique(change.to_string());
        queue::enqueue(&mut tx, &TakeOver { change }, run).await?;
        tx.commit().await?;
    }
    sqlx::query!(
        "update vendors.bank_account_changes set iban = null
         where ended_at is not null and iban is not null and ended_at <= $1",
        rules::ibans_kept_since(ctx.now)
    )
    .execute(&me.p.db)
    .await?;
    let waiting = sqlx::query_scalar!(
        r#"select count(*) as "count!" from vendors.bank_account_changes
           where ended_at is null and state in ('asked', 'approved_once')"#
    )
    .fetch_one(&me.p.db)
    .await?;
    metrics::gauge!("khidma_bank_account_changes_waiting").set(waiting as f64);
    Ok(())
}
