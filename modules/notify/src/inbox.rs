//! One's own messages in the app.

use crate::Notify;
use axum::extract::{Path, State};
use contract_notify::{MarkedRead, Notification, NotifyFault};
use kernel::access::may;
use kernel::{MessageId, Outcome, Page, Slug, Time, UserId};
use platform::Tx;
use platform::http::{Idempotency, Params, Permit, Problem, Reply, cursor, limit};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 100; 20 if not given.
    limit: Option<u32>,
}

/// One's own messages, the newest first.
#[utoipa::path(get, path = "/v1/notifications", tag = "notify", params(PageParams),
    responses((status = 200, body = Page<Notification>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn notifications(
    State(me): State<Arc<Notify>>,
    permit: Permit<may::ProfileRead>,
    Params(params): Params<PageParams>,
) -> Result<Reply<Page<Notification>>, Problem> {
    let before = params.cursor.as_deref().map(cursor::decode).transpose()?;
    let page = list(&me, permit.actor.user, before, limit(params.limit)).await?;
    Ok(Reply::ok(page))
}

async fn list(
    me: &Notify,
    user: UserId,
    before: Option<MessageId>,
    limit: usize,
) -> Outcome<Page<Notification>, NotifyFault> {
    let rows = sqlx::query_as!(
        Notification,
        r#"select id as "id: MessageId", template as "template: Slug", coalesce(title, '') as "title!",
                  coalesce(body, '') as "body!", created_at, read_at
           from notify.messages
           where user_id = $1 and channel = 'in_app' and ($2::uuid is null or id < $2)
           order by id desc limit $3"#,
        user.uuid(),
        before.map(|id| id.uuid()),
        limit as i64 + 1
    )
    .fetch_all(&me.p.db)
    .await?;
    Ok(Page::from_rows(rows, limit, |last| {
        cursor::encode(&last.id)
    }))
}

/// Marks one of one's own messages as read; the first time counts.
#[utoipa::path(post, path = "/v1/notifications/{id}/read", tag = "notify",
    params(("id" = MessageId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = MarkedRead), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn mark_read(
    State(me): State<Arc<Notify>>,
    permit: Permit<may::ProfileRead>,
    idem: Idempotency,
    Path(id): Path<MessageId>,
) -> Result<Reply<MarkedRead>, Problem> {
    let (now, user) = (me.p.now(), permit.actor.user);
    idem.once(&me.p, &permit.actor, &id, async |mut tx| {
        let marked = read(&mut tx, now, user, id).await?;
        Ok((tx, marked))
    })
    .await
}

async fn read(
    tx: &mut Tx,
    now: Time,
    user: UserId,
    id: MessageId,
) -> Outcome<MarkedRead, NotifyFault> {
    let read_at = sqlx::query_scalar!(
        r#"update notify.messages set read_at = coalesce(read_at, $3)
           where id = $1 and user_id = $2 and channel = 'in_app'
           returning read_at as "read_at!""#,
        id.uuid(),
        user.uuid(),
        now
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(NotifyFault::UnknownMessage)?;
    Ok(MarkedRead { read_at })
}
