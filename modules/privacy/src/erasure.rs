//! The end of an account: after the days of grace, once nothing stands against it. The account is
//! closed first; everything else follows when no access token of it is good any more, so that
//! nothing new begins behind the erasure's back.

use crate::Privacy;
use crate::rows::kind_of;
use crate::tell::{self, News};
use anyhow::Context;
use contract_privacy::KeptRecords;
use jiff::SignedDuration;
use kernel::{Obstacle, PrivacyRequestId, Subject, Time, UserId, minutes};
use platform::Tx;
use platform::personal::{Kept, PersonalRecords};
use platform::queue::{self, Ctx, Job, Run};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Longer than an access token lives, its leeway included, and than the last message takes.
const UNTIL_TOKENS_END: SignedDuration = minutes(15);

macro_rules! jobs {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Serialize, Deserialize)]
        pub(crate) struct $name {
            pub(crate) request: PrivacyRequestId,
        }
        impl Job for $name {
            const NAME: &'static str = $text;
        }
    )*};
}

jobs! {
    /// The days of grace are over, or what stood against it may have ended.
    BeginErasure = "privacy.begin_erasure";
    CloseAccount = "privacy.close_account";
    /// All but the account.
    EraseRest = "privacy.erase_rest";
}

pub(crate) async fn begin(me: &Privacy, ctx: Ctx, job: BeginErasure) -> anyhow::Result<()> {
    let row = sqlx::query!(
        r#"select user_id as "user: UserId", begins_at from privacy.requests
           where id = $1 and kind = 'erasure' and state in ('received', 'blocked')"#,
        job.request.uuid()
    )
    .fetch_optional(&me.p.db)
    .await?;
    // Taken back or refused.
    let Some(row) = row else { return Ok(()) };
    if row.begins_at.is_none_or(|at| at > ctx.now) {
        return Ok(());
    }
    let subject = me.subject(row.user).await?;
    let obstacles = me.obstacles(subject).await?;
    let mut tx = ctx.begin().await?;
    if obstacles.is_empty() {
        let begun = sqlx::query!(
            "update privacy.requests set state = 'running', obstacles = '{}'
             where id = $1 and state in ('received', 'blocked')",
            job.request.uuid()
        )
        .execute(&mut *tx)
        .await?;
        if begun.rows_affected() > 0 {
            let next = CloseAccount {
                request: job.request,
            };
            let run = Run::now(ctx.now).unique(job.request.to_string());
            queue::enqueue(&mut tx, &next, run).await?;
        }
    } else {
        let newly = sqlx::query!(
            "update privacy.requests r set state = 'blocked', obstacles = $2
             from (select id, state from privacy.requests where id = $1 for update) before
             where r.id = before.id and before.state in ('received', 'blocked')
             returning before.state = 'received' as \"newly!\"",
            job.request.uuid(),
            &names(&obstacles)
        )
        .fetch_optional(&mut *tx)
        .await?;
        if newly.is_some_and(|row| row.newly) {
            tell::later(&mut tx, ctx.now, job.request, News::ErasureBlocked).await?;
        }
    }
    ctx.complete(tx).await?;
    Ok(())
}

pub(crate) async fn close_account(me: &Privacy, ctx: Ctx, job: CloseAccount) -> anyhow::Result<()> {
    let Some(subject) = running(me, job.request).await? else {
        return Ok(());
    };
    // The last word to the person, while there is a way to reach them.
    tell::say(me, job.request, News::ErasureBegins).await?;
    let step = Step {
        request: job.request,
        holder: &me.holders.identity,
    };
    let kept = step.erase(subject, ctx.now).await?;
    let mut tx = ctx.begin().await?;
    if step.write(&mut tx, ctx.now, &kept).await? {
        let next = EraseRest {
            request: job.request,
        };
        queue::enqueue(&mut tx, &next, Run::at(ctx.now + UNTIL_TOKENS_END)).await?;
    }
    ctx.complete(tx).await?;
    Ok(())
}

pub(crate) async fn erase_rest(me: &Privacy, ctx: Ctx, job: EraseRest) -> anyhow::Result<()> {
    let Some(subject) = running(me, job.request).await? else {
        return Ok(());
    };
    let done = sqlx::query!(
        "select holder, done_at from privacy.erasure_steps where request = $1",
        job.request.uuid()
    )
    .fetch_all(&me.p.db)
    .await?;
    let account = me.holders.identity.holder();
    let closed = done.iter().find(|step| step.holder == account);
    // Whoever calls too early: the one that comes in time is queued.
    if closed.is_none_or(|step| step.done_at + UNTIL_TOKENS_END > ctx.now) {
        return Ok(());
    }
    let done: BTreeSet<String> = done.into_iter().map(|step| step.holder).collect();
    // A booking made in the last moment is kept like any other: it ends first. Looked at again by
    // the hourly watch.
    let mut obstacles = BTreeSet::new();
    for holder in &me.holders.others {
        obstacles.extend(holder.obstacles(subject).await?);
    }
    sqlx::query!(
        "update privacy.requests set obstacles = $2 where id = $1 and state = 'running'",
        job.request.uuid(),
        &names(&obstacles)
    )
    .execute(&me.p.db)
    .await?;
    if !obstacles.is_empty() {
        return Ok(());
    }
    for holder in &me.holders.others {
        if done.contains(holder.holder()) {
            continue;
        }
        let step = Step {
            request: job.request,
            holder,
        };
        let kept = step.erase(subject, ctx.now).await?;
        let mut tx = ctx.begin().await?;
        step.write(&mut tx, ctx.now, &kept).await?;
        tx.commit().await?;
    }
    let mut tx = ctx.begin().await?;
    sqlx::query!(
        "update privacy.requests set state = 'done', ended_at = $2
         where id = $1 and state = 'running'",
        job.request.uuid(),
        ctx.now
    )
    .execute(&mut *tx)
    .await?;
    ctx.complete(tx).await?;
    tracing::info!(request = %job.request, "an account was erased");
    Ok(())
}

/// Whose erasure is under way.
async fn running(me: &Privacy, request: PrivacyRequestId) -> anyhow::Result<Option<Subject>> {
    let row = sqlx::query!(
        r#"select user_id as "user: UserId", kind from privacy.requests
           where id = $1 and state = 'running'"#,
        request.uuid()
    )
    .fetch_optional(&me.p.db)
    .await?;
    match row {
        Some(row) if kind_of(&row.kind)? == contract_privacy::RequestKind::Erasure => {
            Ok(Some(me.subject(row.user).await?))
        }
        _ => Ok(None),
    }
}

fn names(obstacles: &BTreeSet<Obstacle>) -> Vec<String> {
    let names = obstacles.iter().map(|one| one.as_str().to_owned());
    names.collect()
}

struct Step<'a> {
    request: PrivacyRequestId,
    holder: &'a Arc<dyn PersonalRecords>,
}

impl Step<'_> {
    async fn erase(&self, subject: Subject, now: Time) -> anyhow::Result<Vec<Kept>> {
        let name = self.holder.holder();
        self.holder.erase(subject, now).await.context(name)
    }

    /// False where another run was faster.
    async fn write(&self, tx: &mut Tx, now: Time, kept: &[Kept]) -> anyhow::Result<bool> {
        let kept: Vec<_> = kept
            .iter()
            .map(|kept| KeptRecords {
                what: kept.what.clone(),
                rows: kept.rows,
                basis: kept.basis,
            })
            .collect();
        let written = sqlx::query!(
            "insert into privacy.erasure_steps (request, holder, done_at, kept)
             values ($1, $2, $3, $4) on conflict do nothing",
            self.request.uuid(),
            self.holder.holder(),
            now,
            serde_json::to_value(kept)?
        )
        .execute(&mut **tx)
        .await?;
        Ok(written.rows_affected() > 0)
    }
}
