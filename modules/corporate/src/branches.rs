//! Branches, as staff see them, and as their company does: its manager all of them, a branch's manager
//! the one.

use crate::{Corporate, accounts, rules};
use axum::extract::{Path, State};
use contract_corporate::{Branch, BranchState, CorporateFault};
use kernel::access::may;
use kernel::{BranchId, CorporateAccountId, Failure, Outcome, Page, Text};
use platform::http::{Params, Permit, Problem, Reply, cursor, limit};
use rules::Reached;
use serde::Deserialize;
use sqlx::PgConnection;
use std::sync::Arc;
use utoipa::IntoParams;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BranchQuery {
    #[param(inline)]
    state: Option<BranchState>,
    cursor: Option<String>,
    /// 1 to 100; 20 when not said.
    limit: Option<u32>,
}

/// The branches of a company, as they were opened.
#[utoipa::path(get, path = "/v1/corporate-accounts/{id}/branches", tag = "corporate",
    params(("id" = CorporateAccountId, Path), BranchQuery),
    responses((status = 200, body = Page<Branch>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn branches_of(
    State(me): State<Arc<Corporate>>,
    _: Permit<may::CorporateInspect>,
    Path(id): Path<CorporateAccountId>,
    Params(query): Params<BranchQuery>,
) -> Result<Reply<Page<Branch>>, Problem> {
    accounts::shown(&me, id).await?;
    let reached = Reached {
        account: id,
        branch: None,
    };
    Ok(Reply::ok(page(&me, reached, query).await?))
}

/// The branches of one's own company, as they were opened; of a branch's manager the one.
#[utoipa::path(get, path = "/v1/company/branches", tag = "company", params(BranchQuery),
    responses((status = 200, body = Page<Branch>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn own_branches(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::BranchesRead>,
    Params(query): Params<BranchQuery>,
) -> Result<Reply<Page<Branch>>, Problem> {
    let reached = rules::reached(&permit.actor).map_err(Failure::from)?;
    Ok(Reply::ok(page(&me, reached, query).await?))
}

/// One branch of one's own company.
#[utoipa::path(get, path = "/v1/company/branches/{id}", tag = "company", params(("id" = BranchId, Path)),
    responses((status = 200, body = Branch), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn own_branch(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::BranchesRead>,
    Path(id): Path<BranchId>,
) -> Result<Reply<Branch>, Problem> {
    let reached = rules::reached(&permit.actor).map_err(Failure::from)?;
    let mut conn =
        me.p.db
            .acquire()
            .await
            .map_err(Failure::<CorporateFault>::from)?;
    Ok(Reply::ok(one(&mut conn, reached, id).await?))
}

async fn page(
    me: &Corporate,
    reached: Reached,
    query: BranchQuery,
) -> Result<Page<Branch>, Problem> {
    let after: Option<BranchId> = query.cursor.as_deref().map(cursor::decode).transpose()?;
    let size = limit(query.limit);
    let wanted = Wanted {
        only: None,
        state: query.state,
        after,
    };
    let mut conn =
        me.p.db
            .acquire()
            .await
            .map_err(Failure::<CorporateFault>::from)?;
    let rows = branches(&mut conn, reached, wanted, size as i64 + 1).await?;
    Ok(Page::from_rows(rows, size, |row| cursor::encode(&row.id)))
}

/// Of what is reached; another one does not exist.
pub(crate) async fn one(
    conn: &mut PgConnection,
    reached: Reached,
    id: BranchId,
) -> Outcome<Branch, CorporateFault> {
    let wanted = Wanted {
        only: Some(id),
        ..Wanted::default()
    };
    let found = branches(conn, reached, wanted, 1).await?.pop();
    Ok(found.ok_or(CorporateFault::UnknownBranch)?)
}

#[derive(Default)]
struct Wanted {
    only: Option<BranchId>,
    state: Option<BranchState>,
    after: Option<BranchId>,
}

async fn branches(
    conn: &mut PgConnection,
    reached: Reached,
    wanted: Wanted,
    most: i64,
) -> Outcome<Vec<Branch>, CorporateFault> {
    let rows = sqlx::query!(
        r#"select id as "id: BranchId", name_ar, name_en, state, opened_at, version
           from corporate.branches
           where account = $1 and ($2::uuid is null or id = $2)
             and ($3::uuid is null or id = $3)
             and ($4::text is null or state = $4)
             and ($5::uuid is null or id > $5)
           order by id limit $6"#,
        reached.account.uuid(),
        reached.branch.map(|id| id.uuid()),
        wanted.only.map(|id| id.uuid()),
        wanted.state.map(BranchState::as_str),
        wanted.after.map(|id| id.uuid()),
        most
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Branch {
                id: row.id,
                name: Text::new(row.name_ar, row.name_en),
                state: state_of(&row.state)?,
                since: row.opened_at,
                version: row.version,
            })
        })
        .collect()
}

/// A constraint has no others.
fn state_of(stored: &str) -> Outcome<BranchState, CorporateFault> {
    BranchState::ALL
        .into_iter()
        .find(|state| state.as_str() == stored)
        .ok_or_else(|| Failure::internal(format!("a branch is {stored}")))
}
