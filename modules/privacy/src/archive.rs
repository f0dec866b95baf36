//! A copy of everything about one person: gathered, packed, kept for some days, fetched by a link.

use crate::Privacy;
use crate::pack::{Packed, Packing, TooLarge};
use crate::tell::{self, News};
use anyhow::Context;
use axum::extract::{Path, State};
use contract_privacy::{ArchiveLink, PrivacyFault};
use kernel::access::{Actor, may};
use kernel::{Failure, Outcome, PrivacyRequestId, Time, UserId, days, minutes};
use platform::audit;
use platform::http::{Fresh, Permit, Problem, Reply};
use platform::queue::{Ctx, Job};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use std::sync::Arc;
use std::time::Duration;

const LINK_MINUTES: i64 = 5;

#[derive(Serialize, Deserialize)]
pub(crate) struct Gather {
    pub(crate) request: PrivacyRequestId,
}
impl Job for Gather {
    const NAME: &'static str = "privacy.gather";
}

/// Done twice it writes the same object, and the row once.
pub(crate) async fn gather(me: &Privacy, ctx: Ctx, job: Gather) -> anyhow::Result<()> {
    let user = sqlx::query_scalar!(
        r#"update privacy.requests set state = 'running'
           where id = $1 and kind = 'export' and state in ('received', 'running')
             and stopped_for is null
           returning user_id as "user: UserId""#,
        job.request.uuid()
    )
    .fetch_optional(&me.p.db)
    .await?;
    let Some(user) = user else {
        // Taken back, refused, or gathered already. A run before this one may have stored an archive
        // and died.
        let mut conn = me.p.db.acquire().await?;
        return remove_untold(me, &mut conn, job.request).await;
    };
    let packed = match pack(me, ctx.now, job.request, user).await {
        Err(error) if error.is::<TooLarge>() => return stop(me, ctx, job.request, &error).await,
        packed => packed?,
    };
    let key = key(job.request);
    me.p.objects
        .put_file(&key, packed.file, packed.bytes, "application/zip")
        .await?;
    let mut tx = ctx.begin().await?;
    let done = sqlx::query!(
        "update privacy.requests
         set state = 'done', ended_at = $2, archive_key = $3, archive_bytes = $4, archive_until = $5
         where id = $1 and state = 'running'",
        job.request.uuid(),
        ctx.now,
        key,
        i64::try_from(packed.bytes)?,
        ctx.now + days(me.settings.archive_days.into())
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() > 0 {
        tell::later(&mut tx, ctx.now, job.request, News::ArchiveReady).await?;
    } else {
        // Another run was faster and the archive is its own; or the account was erased meanwhile, and
        // nothing of it may stay behind.
        remove_untold(me, &mut tx, job.request).await?;
    }
    ctx.complete(tx).await?;
    Ok(())
}

/// Everything that is kept about somebody, one holder after the other.
async fn pack(
    me: &Privacy,
    now: Time,
    request: PrivacyRequestId,
    user: UserId,
) -> anyhow::Result<Packed> {
    let subject = me.subject(user).await?;
    let mut packing = Packing::begin(me.settings.archive_bytes()).await?;
    for holder in me.holders.all() {
        let name = holder.holder();
        let copied = holder.copy(subject).await.context(name)?;
        packing = packing.add(&me.p.objects, name, copied).await?;
    }
    packing.finish(request, now).await
}

/// Not tried again: another run would fill the disk as far and fail as well. The request is open
/// still, and people answer it in time.
async fn stop(
    me: &Privacy,
    ctx: Ctx,
    request: PrivacyRequestId,
    why: &anyhow::Error,
) -> anyhow::Result<()> {
    tracing::error!(%request, cause = %why, "a copy of somebody's data has to be made by hand");
    metrics::counter!("khidma_privacy_archives_stopped_total").increment(1);
    let mut tx = ctx.begin().await?;
    sqlx::query!(
        "update privacy.requests set state = 'received', stopped_for = 'too_large'
         where id = $1 and state = 'running'",
        request.uuid()
    )
    .execute(&mut *tx)
    .await?;
    ctx.complete(tx).await?;
    // Of an earlier run.
    me.p.objects.delete(&key(request)).await
}

/// Where a request's archive is.
pub(crate) fn key(request: PrivacyRequestId) -> String {
    format!("privacy/{request}/khidma-data.zip")
}

/// Removes the archive of a request that has ended and does not tell of it.
async fn remove_untold(
    me: &Privacy,
    conn: &mut PgConnection,
    request: PrivacyRequestId,
) -> anyhow::Result<()> {
    let told_of = sqlx::query_scalar!(
        r#"select archive_key is not null as "told_of!" from privacy.requests where id = $1"#,
        request.uuid()
    )
    .fetch_one(conn)
    .await?;
    if !told_of {
        me.p.objects.delete(&key(request)).await?;
    }
    Ok(())
}

/// Where one's archive is fetched, for five minutes: the link needs no signing in.
#[utoipa::path(get, path = "/v1/me/privacy-requests/{id}/archive", tag = "privacy",
    params(("id" = PrivacyRequestId, Path)),
    responses((status = 200, body = ArchiveLink), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn link(
    State(me): State<Arc<Privacy>>,
    permit: Permit<may::ProfileRead, Fresh>,
    Path(id): Path<PrivacyRequestId>,
) -> Result<Reply<ArchiveLink>, Problem> {
    Ok(Reply::ok(sign(&me, me.p.now(), &permit.actor, id).await?))
}

async fn sign(
    me: &Privacy,
    now: Time,
    actor: &Actor,
    id: PrivacyRequestId,
) -> Outcome<ArchiveLink, PrivacyFault> {
    let mut tx = me.p.db.begin().await?;
    let key = sqlx::query_scalar!(
        r#"select archive_key as "key!" from privacy.requests
           where id = $1 and user_id = $2 and archive_key is not null and archive_until > $3"#,
        id.uuid(),
        actor.user.uuid(),
        now
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(key) = key else {
        // Somebody else's is unknown; one's own has nothing to fetch.
        crate::rows::one(&mut tx, id, Some(actor.user)).await?;
        return Err(PrivacyFault::NoArchive.into());
    };
    let life = minutes(LINK_MINUTES);
    let url =
        me.p.objects
            .signed_get(&key, Duration::from_secs(life.as_secs().unsigned_abs()))
            .await
            .map_err(Failure::<PrivacyFault>::unavailable)?;
    audit::record(
        &mut tx,
        now,
        actor,
        "privacy.fetch",
        &id.to_string(),
        json!({}),
    )
    .await?;
    tx.commit().await?;
    Ok(ArchiveLink {
        url: url.to_string(),
        expires_at: now + life,
    })
}
