//! Every hour: staff hear of time that passes, what was held up is tried again, what has served goes.

use crate::Privacy;
use crate::archive::Gather;
use crate::erasure::{BeginErasure, EraseRest};
use crate::rows::kind_of;
use crate::rules::{mark, urgency};
use crate::tell::TellStaff;
use contract_privacy::{RequestKind, Urgency};
use kernel::{PrivacyRequestId, Time};
use platform::queue::{self, Ctx, Job, Run};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct Watch {}
impl Job for Watch {
    const NAME: &'static str = "privacy.watch";
}

/// As many archives as one round removes.
const ROUND: i64 = 200;

pub(crate) async fn watch(me: &Privacy, ctx: Ctx, _: Watch) -> anyhow::Result<()> {
    clocks(me, ctx.now).await?;
    go_on(me, ctx.now).await?;
    remove_archives(me, ctx.now).await
}

/// A mark is told once: the update that moves it is the one that tells.
async fn clocks(me: &Privacy, now: Time) -> anyhow::Result<()> {
    let open = sqlx::query!(
        r#"select id as "id: PrivacyRequestId", received_at, due_at, told_percent
           from privacy.requests where state in ('received', 'blocked', 'running')
           order by due_at, id"#
    )
    .fetch_all(&me.p.db)
    .await?;
    let mut overdue = 0_u32;
    for row in &open {
        if urgency(row.received_at, row.due_at, now) == Urgency::Overdue {
            overdue += 1;
        }
        let percent = mark(row.received_at, row.due_at, now);
        if percent <= row.told_percent {
            continue;
        }
        let mut tx = me.p.db.begin().await?;
        let moved = sqlx::query!(
            "update privacy.requests set told_percent = $2
             where id = $1 and told_percent < $2 and due_at = $3
               and state in ('received', 'blocked', 'running')",
            row.id.uuid(),
            percent,
            row.due_at
        )
        .execute(&mut *tx)
        .await?;
        if moved.rows_affected() > 0 {
            let job = TellStaff {
                request: row.id,
                percent,
                due_at: row.due_at,
            };
            queue::enqueue(&mut tx, &job, Run::now(now)).await?;
        }
        tx.commit().await?;
    }
    metrics::gauge!("khidma_privacy_requests_open").set(open.len() as f64);
    metrics::gauge!("khidma_privacy_requests_overdue").set(f64::from(overdue));
    Ok(())
}

/// Erasures that something stood against, and whatever is under way: a job may have been lost with
/// its tries used up, and the law's clock goes on.
async fn go_on(me: &Privacy, now: Time) -> anyhow::Result<()> {
    let waiting = sqlx::query!(
        r#"select id as "id: PrivacyRequestId", kind, state = 'running' as "running!",
                  exists (select 1 from privacy.erasure_steps where request = r.id) as "closed!"
           from privacy.requests r
           where state in ('blocked', 'running') or (state = 'received' and kind = 'export' and stopped_for is null)
              or (state = 'received' and begins_at <= $1)"#,
        now
    )
    .fetch_all(&me.p.db)
    .await?;
    for row in waiting {
        let request = row.id;
        let run = Run::now(now).unique(request.to_string());
        let mut tx = me.p.db.begin().await?;
        match (kind_of(&row.kind)?, row.running, row.closed) {
            (RequestKind::Export, ..) => {
                queue::enqueue(&mut tx, &Gather { request }, run).await?;
            }
            (RequestKind::Erasure, false, _) => {
                queue::enqueue(&mut tx, &BeginErasure { request }, run).await?;
            }
            (RequestKind::Erasure, true, false) => {
                let job = crate::erasure::CloseAccount { request };
                queue::enqueue(&mut tx, &job, run).await?;
            }
            (RequestKind::Erasure, true, true) => {
                queue::enqueue(&mut tx, &EraseRest { request }, run).await?;
            }
            (RequestKind::Correction, ..) => {}
        }
        tx.commit().await?;
    }
    Ok(())
}

/// The object first: a row without its object is found again, an object without its row is not.
pub(crate) async fn remove_archives(me: &Privacy, now: Time) -> anyhow::Result<()> {
    let old = sqlx::query!(
        r#"select id as "id: PrivacyRequestId", archive_key as "key!" from privacy.requests
           where archive_key is not null and archive_until <= $1
           order by archive_until limit $2"#,
        now,
        ROUND
    )
    .fetch_all(&me.p.db)
    .await?;
    for row in old {
        me.p.objects.delete(&row.key).await?;
        sqlx::query!(
            "update privacy.requests
             set archive_key = null, archive_bytes = null, archive_until = null where id = $1",
            row.id.uuid()
        )
        .execute(&me.p.db)
        .await?;
    }
    Ok(())
}
