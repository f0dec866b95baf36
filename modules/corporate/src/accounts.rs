//! Corporate accounts, as staff see them.

use crate::Corporate;
use axum::extract::{Path, State};
use contract_corporate::{CorporateAccount, CorporateFault, CorporateState, CorporateSuspended};
use kernel::access::may;
use kernel::{CorporateAccountId, Failure, Outcome, Page, Text, Time, UserId};
use platform::http::{Params, Permit, Problem, Reply, cursor, limit};
use serde::Deserialize;
use sqlx::PgConnection;
use std::sync::Arc;
use utoipa::IntoParams;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountQuery {
    #[param(inline)]
    state: Option<CorporateState>,
    cursor: Option<String>,
    /// 1 to 100; 20 when not said.
    limit: Option<u32>,
}

/// Corporate accounts, the newest first.
#[utoipa::path(get, path = "/v1/corporate-accounts", tag = "corporate", params(AccountQuery),
    responses((status = 200, body = Page<CorporateAccount>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn list(
    State(me): State<Arc<Corporate>>,
    _: Permit<may::CorporateInspect>,
    Params(query): Params<AccountQuery>,
) -> Result<Reply<Page<CorporateAccount>>, Problem> {
    let before: Option<CorporateAccountId> =
        query.cursor.as_deref().map(cursor::decode).transpose()?;
    let size = limit(query.limit);
    let wanted = Wanted {
        only: None,
        state: query.state,
        before,
    };
    let mut conn =
        me.p.db
            .acquire()
            .await
            .map_err(Failure::<CorporateFault>::from)?;
    let rows = accounts(&mut conn, wanted, size as i64 + 1).await?;
    Ok(Reply::ok(Page::from_rows(rows, size, |row| {
        cursor::encode(&row.id)
    })))
}

/// One corporate account.
#[utoipa::path(get, path = "/v1/corporate-accounts/{id}", tag = "corporate",
    params(("id" = CorporateAccountId, Path)),
    responses((status = 200, body = CorporateAccount), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn one_account(
    State(me): State<Arc<Corporate>>,
    _: Permit<may::CorporateInspect>,
    Path(id): Path<CorporateAccountId>,
) -> Result<Reply<CorporateAccount>, Problem> {
    Ok(Reply::ok(shown(&me, id).await?))
}

/// As it is now.
pub(crate) async fn shown(
    me: &Corporate,
    id: CorporateAccountId,
) -> Outcome<CorporateAccount, CorporateFault> {
    let mut conn = me.p.db.acquire().await?;
    one(&mut conn, id).await
}

pub(crate) async fn one(
    conn: &mut PgConnection,
    id: CorporateAccountId,
) -> Outcome<CorporateAccount, CorporateFault> {
    let wanted = Wanted {
        only: Some(id),
        ..Wanted::default()
    };
    let found = accounts(conn, wanted, 1).await?.pop();
    Ok(found.ok_or(CorporateFault::UnknownAccount)?)
}

#[derive(Default)]
struct Wanted {
    only: Option<CorporateAccountId>,
    state: Option<CorporateState>,
    before: Option<CorporateAccountId>,
}

async fn accounts(
    conn: &mut PgConnection,
    wanted: Wanted,
    most: i64,
) -> Outcome<Vec<CorporateAccount>, CorporateFault> {
    let rows = sqlx::query!(
        r#"select a.id as "id: CorporateAccountId", a.name_ar, a.name_en, a.unified_number, a.vat_number,
                  a.state, a.suspended_at, a.suspended_by as "suspended_by: UserId", a.suspended_reason,
                  a.opened_at, a.version,
                  (select count(*) from corporate.branches b
                   where b.account = a.id and b.state = 'open')::int as "branches!",
                  (select count(*) from corporate.members m
                   where m.account = a.id and m.removed_at is null)::int as "members!"
           from corporate.accounts a
           where ($1::uuid is null or a.id = $1)
             and ($2::text is null or a.state = $2)
             and ($3::uuid is null or a.id < $3)
           order by a.id desc limit $4"#,
        wanted.only.map(|id| id.uuid()),
        wanted.state.map(CorporateState::as_str),
        wanted.before.map(|id| id.uuid()),
        most
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(CorporateAccount {
                id: row.id,
                name: Text::new(row.name_ar, row.name_en),
                unified_number: row.unified_number,
                vat_number: row.vat_number,
                state: state_of(&row.state)?,
                suspended: suspended(row.suspended_at, row.suspended_by, row.suspended_reason),
                branches: row.branches.unsigned_abs(),
                members: row.members.unsigned_abs(),
                since: row.opened_at,
                version: row.version,
            })
        })
        .collect()
}

/// A constraint has no others.
pub(crate) fn state_of(stored: &str) -> Outcome<CorporateState, CorporateFault> {
    CorporateState::ALL
        .into_iter()
        .find(|state| state.as_str() == stored)
        .ok_or_else(|| Failure::internal(format!("an account is {stored}")))
}

/// All three or none: a constraint.
fn suspended(
    at: Option<Time>,
    by: Option<UserId>,
    reason: Option<String>,
) -> Option<CorporateSuspended> {
    Some(CorporateSuspended {
        at: at?,
        by: by?,
        reason: reason?,
    })
}
