//! Requests as they are stored.

use contract_privacy::{Archive, PrivacyFault, PrivacyRequest, RequestKind, RequestState};
use kernel::{Failure, Obstacle, Outcome, PrivacyRequestId, Time, UserId};
use sqlx::PgConnection;

/// A row of `privacy.requests`.
pub(crate) struct Row {
    pub(crate) id: PrivacyRequestId,
    pub(crate) user: UserId,
    kind: String,
    state: String,
    received_at: Time,
    pub(crate) due_at: Time,
    extended_for: Option<String>,
    pub(crate) begins_at: Option<Time>,
    obstacles: Vec<String>,
    text: Option<String>,
    answer: Option<String>,
    ended_at: Option<Time>,
    archive_bytes: Option<i64>,
    pub(crate) archive_until: Option<Time>,
    too_large: bool,
}

/// Which rows: of one id, of one person, or both.
#[derive(Default)]
pub(crate) struct Of {
    pub(crate) id: Option<PrivacyRequestId>,
    pub(crate) user: Option<UserId>,
}

/// Newest first.
pub(crate) async fn rows(conn: &mut PgConnection, of: Of, most: i64) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"select id as "id: PrivacyRequestId", user_id as "user: UserId", kind, state, received_at,
                  due_at, extended_for, begins_at, obstacles, text, answer, ended_at, archive_bytes,
                  archive_until, stopped_for is not null as "too_large!"
           from privacy.requests
           where ($1::uuid is null or id = $1) and ($2::uuid is null or user_id = $2)
           order by id desc limit $3"#,
        of.id.map(|id| id.uuid()),
        of.user.map(|user| user.uuid()),
        most
    )
    .fetch_all(conn)
    .await
}

/// One request; of `user` alone where one is named.
pub(crate) async fn one(
    conn: &mut PgConnection,
    id: PrivacyRequestId,
    user: Option<UserId>,
) -> Outcome<Row, PrivacyFault> {
    let found = rows(conn, Of { id: Some(id), user }, 1).await?;
    Ok(found
        .into_iter()
        .next()
        .ok_or(PrivacyFault::UnknownRequest)?)
}

impl Row {
    pub(crate) fn seen(self, now: Time) -> Outcome<PrivacyRequest, PrivacyFault> {
        let archive = match (self.archive_bytes, self.archive_until) {
            (Some(bytes), Some(until)) if until > now => Some(Archive {
                bytes: bytes.try_into().map_err(Failure::internal)?,
                until,
            }),
            _ => None,
        };
        Ok(PrivacyRequest {
            id: self.id,
            kind: kind_of(&self.kind)?,
            state: state_of(&self.state)?,
            received_at: self.received_at,
            due_at: self.due_at,
            extended_for: self.extended_for,
            begins_at: self.begins_at,
            obstacles: obstacles_of(&self.obstacles)?,
            text: self.text,
            ended_at: self.ended_at,
            answer: self.answer,
            archive,
            too_large: self.too_large,
        })
    }
}

pub(crate) fn kind_of(column: &str) -> Outcome<RequestKind, PrivacyFault> {
    named(&RequestKind::ALL, RequestKind::as_str, column)
}

pub(crate) fn state_of(column: &str) -> Outcome<RequestState, PrivacyFault> {
    named(&RequestState::ALL, RequestState::as_str, column)
}

pub(crate) fn obstacles_of(column: &[String]) -> Outcome<Vec<Obstacle>, PrivacyFault> {
    let one = |text: &String| named(&Obstacle::ALL, Obstacle::as_str, text);
    column.iter().map(one).collect()
}

/// A constraint keeps other words out.
fn named<T: Copy>(
    all: &[T],
    name: impl Fn(T) -> &'static str,
    column: &str,
) -> Outcome<T, PrivacyFault> {
    let mut all = all.iter().copied();
    all.find(|one| name(*one) == column)
        .ok_or_else(|| Failure::internal(format!("{column} in privacy.requests")))
}
