//! Who acts for a company: here is what they are in it, identity says who they are.

use crate::{Corporate, accounts, rules};
use axum::extract::{Path, State};
use contract_corporate::{CorporateFault, CorporateMember, MemberRole};
use contract_identity::Membership;
use kernel::access::may;
use kernel::{BranchId, CorporateAccountId, Failure, Lift, Outcome, Page, Time, UserId};
use platform::http::{Params, Permit, Problem, Reply, cursor, limit};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::IntoParams;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MemberQuery {
    cursor: Option<String>,
    /// 1 to 100; 20 when not said.
    limit: Option<u32>,
}

/// The members of a company, who came first first. Who was removed is not among them.
#[utoipa::path(get, path = "/v1/corporate-accounts/{id}/members", tag = "corporate",
    params(("id" = CorporateAccountId, Path), MemberQuery),
    responses((status = 200, body = Page<CorporateMember>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn members_of(
    State(me): State<Arc<Corporate>>,
    _: Permit<may::CorporateInspect>,
    Path(id): Path<CorporateAccountId>,
    Params(query): Params<MemberQuery>,
) -> Result<Reply<Page<CorporateMember>>, Problem> {
    accounts::shown(&me, id).await?;
    Ok(Reply::ok(page(&me, id, query).await?))
}

/// The members of one's own company, who came first first. Who was removed is not among them.
#[utoipa::path(get, path = "/v1/company/members", tag = "company", params(MemberQuery),
    responses((status = 200, body = Page<CorporateMember>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn own_members(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::MembersRead>,
    Params(query): Params<MemberQuery>,
) -> Result<Reply<Page<CorporateMember>>, Problem> {
    let reached = rules::reached(&permit.actor).map_err(Failure::from)?;
    Ok(Reply::ok(page(&me, reached.account, query).await?))
}

/// One member of one's own company.
#[utoipa::path(get, path = "/v1/company/members/{id}", tag = "company", params(("id" = UserId, Path)),
    responses((status = 200, body = CorporateMember), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn own_member(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::MembersRead>,
    Path(id): Path<UserId>,
) -> Result<Reply<CorporateMember>, Problem> {
    let reached = rules::reached(&permit.actor).map_err(Failure::from)?;
    Ok(Reply::ok(shown(&me, reached.account, id).await?))
}

async fn page(
    me: &Corporate,
    account: CorporateAccountId,
    query: MemberQuery,
) -> Result<Page<CorporateMember>, Problem> {
    let after: Option<UserId> = query.cursor.as_deref().map(cursor::decode).transpose()?;
    let size = limit(query.limit);
    let mut conn =
        me.p.db
            .acquire()
            .await
            .map_err(Failure::<CorporateFault>::from)?;
    let rows = rows(&mut conn, account, None, after, size as i64 + 1).await?;
    drop(conn);
    let page = Page::from_rows(rows, size, |row| cursor::encode(&row.user));
    Ok(Page {
        items: seen(me, account, page.items).await?,
        next: page.next,
    })
}

/// As they are now.
pub(crate) async fn shown(
    me: &Corporate,
    account: CorporateAccountId,
    user: UserId,
) -> Outcome<CorporateMember, CorporateFault> {
    let found = {
        let mut conn = me.p.db.acquire().await?;
        row(&mut conn, account, user).await?
    };
    let seen = seen(me, account, vec![found]).await?.pop();
    Ok(seen.ok_or(CorporateFault::UnknownMember)?)
}

/// What is stored here of a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    pub(crate) user: UserId,
    pub(crate) role: MemberRole,
    pub(crate) branch: Option<BranchId>,
    pub(crate) invited_at: Time,
    pub(crate) invited_by: UserId,
    pub(crate) version: i64,
}

/// With what identity knows of them.
async fn seen(
    me: &Corporate,
    account: CorporateAccountId,
    rows: Vec<Row>,
) -> Outcome<Vec<CorporateMember>, CorporateFault> {
    let users = rows.iter().map(|row| row.user).collect();
    let known = me.identity.members(account, users).await.unexpected()?;
    let mut known: BTreeMap<_, _> = known.into_iter().map(|one| (one.user, one)).collect();
    let seen = rows.into_iter().filter_map(|row| {
        let person = known.remove(&row.user)?;
        Some(CorporateMember {
            id: row.user,
            name: person.name,
            email: person.email,
            role: row.role,
            branch: row.branch,
            state: person.state,
            last_sign_in_at: person.last_sign_in_at,
            invited_at: row.invited_at,
            invited_by: row.invited_by,
            version: row.version,
        })
    });
    Ok(seen.collect())
}

/// Of this account, and not removed; anybody else does not exist.
pub(crate) async fn row(
    conn: &mut PgConnection,
    account: CorporateAccountId,
    user: UserId,
) -> Outcome<Row, CorporateFault> {
    let found = rows(conn, account, Some(user), None, 1).await?.pop();
    Ok(found.ok_or(CorporateFault::UnknownMember)?)
}

async fn rows(
    conn: &mut PgConnection,
    account: CorporateAccountId,
    only: Option<UserId>,
    after: Option<UserId>,
    most: i64,
) -> Outcome<Vec<Row>, CorporateFault> {
    let rows = sqlx::query!(
        r#"select user_id as "user: UserId", role, branch as "branch: BranchId",
                  invited_at, invited_by as "invited_by: UserId", version
           from corporate.members
           where account = $1 and removed_at is null
             and ($2::uuid is null or user_id = $2)
             and ($3::uuid is null or user_id > $3)
           order by user_id limit $4"#,
        account.uuid(),
        only.map(|user| user.uuid()),
        after.map(|user| user.uuid()),
        most
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Row {
                user: row.user,
                role: role_of(&row.role)?,
                branch: row.branch,
                invited_at: row.invited_at,
                invited_by: row.invited_by,
                version: row.version,
            })
        })
        .collect()
}

/// A constraint has no others.
fn role_of(stored: &str) -> Outcome<MemberRole, CorporateFault> {
    MemberRole::ALL
        .into_iter()
        .find(|role| role.role().as_str() == stored)
        .ok_or_else(|| Failure::internal(format!("a member is {stored}")))
}

/// As it is stored: a constraint has a branch where there must be one.
pub(crate) fn membership(
    role: &str,
    branch: Option<BranchId>,
) -> Outcome<Membership, CorporateFault> {
    Ok(rules::membership(role_of(role)?, branch)?)
}
