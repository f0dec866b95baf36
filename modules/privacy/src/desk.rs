//! The queue of requests as staff see and answer it.

use crate::Privacy;
use crate::rows::{kind_of, obstacles_of, one, state_of};
use crate::rules::{LONGEST_ANSWER, TIME_TO_ANSWER, mark, plain_text, urgency};
use crate::tell::{self, News};
use axum::extract::{Path, State};
use contract_privacy::{
    AnswerPrivacy, ErasureStep, KeptRecords, PrivacyFault, PrivacyRequest, PrivacyRequestDetail,
    PrivacyRequestLine, Urgency,
};
use kernel::access::{Actor, may};
use kernel::{Failure, Outcome, Page, PrivacyRequestId, Time, UserId};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Idempotency, Params, Permit, Problem, Reply, cursor, limit};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tray {
    #[default]
    Open,
    Ended,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct QueueQuery {
    /// Open ones when not said.
    #[param(inline)]
    state: Option<Tray>,
    cursor: Option<String>,
    /// 1 to 100; 20 when not said.
    limit: Option<u32>,
}

/// Requests about data: open ones, the next to be answered first; or those that ended, the last first.
#[utoipa::path(get, path = "/v1/privacy/requests", tag = "privacy", params(QueueQuery),
    responses((status = 200, body = Page<PrivacyRequestLine>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn list(
    State(me): State<Arc<Privacy>>,
    _: Permit<may::PrivacyRead>,
    Params(query): Params<QueueQuery>,
) -> Result<Reply<Page<PrivacyRequestLine>>, Problem> {
    let after: Option<(Time, PrivacyRequestId)> =
        query.cursor.as_deref().map(cursor::decode).transpose()?;
    let size = limit(query.limit);
    let tray = query.state.unwrap_or_default();
    let rows = lines(&me, me.p.now(), tray, after, size as i64 + 1).await?;
    Ok(Reply::ok(Page::from_rows(rows, size, |line| {
        cursor::encode(&(line.ended_at.unwrap_or(line.due_at), line.id))
    })))
}

async fn lines(
    me: &Privacy,
    now: Time,
    tray: Tray,
    after: Option<(Time, PrivacyRequestId)>,
    most: i64,
) -> Outcome<Vec<PrivacyRequestLine>, PrivacyFault> {
    let (at, id) = after.map(|(at, id)| (at, id.uuid())).unzip();
    macro_rules! read {
        ($sql:literal) => {
            sqlx::query_as!(Line, $sql, at as Option<Time>, id, most)
                .fetch_all(&me.p.db)
                .await?
        };
    }
    let rows = match tray {
        Tray::Open => read!(
            r#"select id as "id: PrivacyRequestId", user_id as "user: UserId", kind, state,
                      received_at, due_at, extended_for is not null as "extended!", obstacles,
                      stopped_for is not null as "too_large!", ended_at
               from privacy.requests
               where state in ('received', 'blocked', 'running')
                 and ($1::timestamptz is null or (due_at, id) > ($1, $2::uuid))
               order by due_at, id limit $3"#
        ),
        Tray::Ended => read!(
            r#"select id as "id: PrivacyRequestId", user_id as "user: UserId", kind, state,
                      received_at, due_at, extended_for is not null as "extended!", obstacles,
                      stopped_for is not null as "too_large!", ended_at
               from privacy.requests
               where ended_at is not null
                 and ($1::timestamptz is null or (ended_at, id) < ($1, $2::uuid))
               order by ended_at desc, id desc limit $3"#
        ),
    };
    rows.into_iter().map(|row| row.seen(now)).collect()
}

struct Line {
    id: PrivacyRequestId,
    user: UserId,
    kind: String,
    state: String,
    received_at: Time,
    due_at: Time,
    extended: bool,
    obstacles: Vec<String>,
    too_large: bool,
    ended_at: Option<Time>,
}

impl Line {
    fn seen(self, now: Time) -> Outcome<PrivacyRequestLine, PrivacyFault> {
        Ok(PrivacyRequestLine {
            id: self.id,
            kind: kind_of(&self.kind)?,
            state: state_of(&self.state)?,
            user: self.user,
            received_at: self.received_at,
            due_at: self.due_at,
            extended: self.extended,
            urgency: how_urgent(self.received_at, self.due_at, self.ended_at, now),
            obstacles: obstacles_of(&self.obstacles)?,
            too_large: self.too_large,
            ended_at: self.ended_at,
        })
    }
}

/// Of one that ended: whether that was in time.
fn how_urgent(received: Time, due: Time, ended: Option<Time>, now: Time) -> Urgency {
    match (urgency(received, due, ended.unwrap_or(now)), ended) {
        (Urgency::Overdue, _) => Urgency::Overdue,
        (_, Some(_)) => Urgency::Calm,
        (urgency, None) => urgency,
    }
}

/// One request with all that is needed to answer it. That somebody looked is on record.
#[utoipa::path(get, path = "/v1/privacy/requests/{id}", tag = "privacy",
    params(("id" = PrivacyRequestId, Path)),
    responses((status = 200, body = PrivacyRequestDetail), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn show(
    State(me): State<Arc<Privacy>>,
    permit: Permit<may::PrivacyRead>,
    Path(id): Path<PrivacyRequestId>,
) -> Result<Reply<PrivacyRequestDetail>, Problem> {
    let now = me.p.now();
    let who = who(&me, id).await?;
    let detail = look(&me, now, &permit.actor, id, who).await?;
    Ok(Reply::ok(detail))
}

/// 30 days more, once, and before the first 30 are over; whoever asked is told why.
#[utoipa::path(post, path = "/v1/privacy/requests/{id}/extend", tag = "privacy",
    request_body = AnswerPrivacy,
    responses((status = 200, body = PrivacyRequestDetail), (status = "default", body = Problem)),
    params(("id" = PrivacyRequestId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    security(("bearer" = [])))]
pub(crate) async fn extend(
    State(me): State<Arc<Privacy>>,
    permit: Permit<may::PrivacyManage>,
    Path(id): Path<PrivacyRequestId>,
    idem: Idempotency,
    Body(command): Body<AnswerPrivacy>,
) -> Result<Reply<PrivacyRequestDetail>, Problem> {
    answer(&me, &permit.actor, id, &idem, &command, Answer::Extend).await
}

/// Not done, with the reason: an erasure that the law forbids, a correction of what is right.
#[utoipa::path(post, path = "/v1/privacy/requests/{id}/refuse", tag = "privacy",
    request_body = AnswerPrivacy,
    responses((status = 200, body = PrivacyRequestDetail), (status = "default", body = Problem)),
    params(("id" = PrivacyRequestId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    security(("bearer" = [])))]
pub(crate) async fn refuse(
    State(me): State<Arc<Privacy>>,
    permit: Permit<may::PrivacyManage>,
    Path(id): Path<PrivacyRequestId>,
    idem: Idempotency,
    Body(command): Body<AnswerPrivacy>,
) -> Result<Reply<PrivacyRequestDetail>, Problem> {
    answer(&me, &permit.actor, id, &idem, &command, Answer::Refuse).await
}

/// A correction that was made, and what was corrected. Copies and erasures are done by the platform.
#[utoipa::path(post, path = "/v1/privacy/requests/{id}/complete", tag = "privacy",
    request_body = AnswerPrivacy,
    responses((status = 200, body = PrivacyRequestDetail), (status = "default", body = Problem)),
    params(("id" = PrivacyRequestId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    security(("bearer" = [])))]
pub(crate) async fn complete(
    State(me): State<Arc<Privacy>>,
    permit: Permit<may::PrivacyManage>,
    Path(id): Path<PrivacyRequestId>,
    idem: Idempotency,
    Body(command): Body<AnswerPrivacy>,
) -> Result<Reply<PrivacyRequestDetail>, Problem> {
    answer(&me, &permit.actor, id, &idem, &command, Answer::Complete).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Extend,
    Refuse,
    Complete,
}

impl Answer {
    const fn action(self) -> &'static str {
        match self {
            Self::Extend => "privacy.extend",
            Self::Refuse => "privacy.refuse",
            Self::Complete => "privacy.complete",
        }
    }
    const fn news(self) -> News {
        match self {
            Self::Extend => News::Extended,
            Self::Refuse => News::Refused,
            Self::Complete => News::Corrected,
        }
    }
}

async fn answer(
    me: &Privacy,
    actor: &Actor,
    id: PrivacyRequestId,
    idem: &Idempotency,
    command: &AnswerPrivacy,
    answer: Answer,
) -> Result<Reply<PrivacyRequestDetail>, Problem> {
    let now = me.p.now();
    let text = plain_text(&command.text, LONGEST_ANSWER).map_err(|bad| Problem::of(&bad))?;
    let who = who(me, id).await?;
    idem.once(&me.p, actor, command, async |mut tx: Tx| {
        let before = one(&mut tx, id, None).await?.seen(now)?;
        let given = Given {
            answer,
            text,
            actor,
        };
        apply(&mut tx, now, &before, given).await?;
        let after = one(&mut tx, id, None).await?.seen(now)?;
        let change = Change::between(&before, &after);
        let record = id.to_string();
        let details = json!({ "kind": before.kind });
        audit::changed(
            &mut tx,
            now,
            actor,
            answer.action(),
            &record,
            change,
            details,
        )
        .await?;
        tell::later(&mut tx, now, id, answer.news()).await?;
        let detail = detail(&mut tx, now, after, who).await?;
        Ok((tx, detail))
    })
    .await
}

struct Given<'a> {
    answer: Answer,
    text: &'a str,
    actor: &'a Actor,
}

/// One update each, whose condition is the rule; what it did not find is explained afterwards.
async fn apply(
    tx: &mut Tx,
    now: Time,
    before: &PrivacyRequest,
    given: Given<'_>,
) -> Outcome<(), PrivacyFault> {
    let id = before.id.uuid();
    let done = match given.answer {
        Answer::Extend => {
            let due_at = before.due_at + TIME_TO_ANSWER;
            sqlx::query!(
                "update privacy.requests set extended_for = $2, due_at = $3, told_percent = $4
                 where id = $1 and extended_for is null and due_at > $5
                   and state in ('received', 'blocked')",
                id,
                given.text,
                due_at,
                mark(before.received_at, due_at, now),
                now
            )
            .execute(&mut **tx)
            .await?
        }
        Answer::Refuse => {
            sqlx::query!(
                "update privacy.requests
                 set state = 'refused', ended_at = $2, answer = $3, answered_by = $4
                 where id = $1 and state in ('received', 'blocked')",
                id,
                now,
                given.text,
                given.actor.user.uuid()
            )
            .execute(&mut **tx)
            .await?
        }
        Answer::Complete => {
            sqlx::query!(
                "update privacy.requests
                 set state = 'done', ended_at = $2, answer = $3, answered_by = $4
                 where id = $1 and kind = 'correction' and state = 'received'",
                id,
                now,
                given.text,
                given.actor.user.uuid()
            )
            .execute(&mut **tx)
            .await?
        }
    };
    if done.rows_affected() > 0 {
        return Ok(());
    }
    let extended = given.answer == Answer::Extend && before.extended_for.is_some();
    Err(if extended {
        PrivacyFault::AlreadyExtended.into()
    } else {
        PrivacyFault::NotAnswerable.into()
    })
}

/// Whose request it is, as they call themselves.
struct Who {
    user: UserId,
    name: Option<String>,
    phone_end: Option<String>,
}

/// Asked before any transaction: identity takes a connection of its own.
async fn who(me: &Privacy, id: PrivacyRequestId) -> Outcome<Who, PrivacyFault> {
    let mut conn = me.p.db.acquire().await?;
    let user = one(&mut conn, id, None).await?.user;
    drop(conn);
    let people = me.identity.people(vec![user]).await;
    let person = people.map_err(Failure::internal)?.into_iter().next();
    let phone = person.as_ref().and_then(|person| person.phone.as_ref());
    Ok(Who {
        user,
        phone_end: phone.map(|phone| {
            let digits = phone.e164();
            digits[digits.len().saturating_sub(4)..].to_owned()
        }),
        name: person
            .map(|person| person.name)
            .filter(|name| !name.is_empty()),
    })
}

async fn look(
    me: &Privacy,
    now: Time,
    actor: &Actor,
    id: PrivacyRequestId,
    who: Who,
) -> Outcome<PrivacyRequestDetail, PrivacyFault> {
    let mut tx = me.p.db.begin().await?;
    let request = one(&mut tx, id, None).await?.seen(now)?;
    audit::record(
        &mut tx,
        now,
        actor,
        "privacy.look",
        &id.to_string(),
        json!({}),
    )
    .await?;
    let detail = detail(&mut tx, now, request, who).await?;
    tx.commit().await?;
    Ok(detail)
}

async fn detail(
    conn: &mut PgConnection,
    now: Time,
    request: PrivacyRequest,
    who: Who,
) -> Outcome<PrivacyRequestDetail, PrivacyFault> {
    let steps = sqlx::query!(
        r#"select holder, done_at, kept as "kept: Json<Vec<KeptRecords>>"
           from privacy.erasure_steps where request = $1 order by done_at, holder"#,
        request.id.uuid()
    )
    .fetch_all(conn)
    .await?;
    Ok(PrivacyRequestDetail {
        urgency: how_urgent(request.received_at, request.due_at, request.ended_at, now),
        request,
        user: who.user,
        name: who.name,
        phone_end: who.phone_end,
        steps: steps
            .into_iter()
            .map(|step| ErasureStep {
                holder: step.holder,
                done_at: step.done_at,
                kept: step.kept.0,
            })
            .collect(),
    })
}
