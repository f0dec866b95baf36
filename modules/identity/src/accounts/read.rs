//! Who the staff are.

use crate::Identity;
use axum::extract::{Path, State};
use contract_identity::{IdentityFault, StaffDisabled, StaffMember, StaffState};
use kernel::access::{Role, Scope, may};
use kernel::{Failure, Outcome, Page, Time, UserId};
use platform::http::{Params, Permit, Problem, Reply, cursor, limit};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;
use std::sync::Arc;
use utoipa::IntoParams;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StaffQuery {
    /// Only those who hold this role, perhaps with others.
    #[param(inline)]
    role: Option<Role>,
    #[param(inline)]
    state: Option<StaffState>,
    cursor: Option<String>,
    /// 1 to 100; 20 when not said.
    limit: Option<u32>,
}

/// Members of staff, who came last first.
#[utoipa::path(get, path = "/v1/staff", tag = "staff", params(StaffQuery),
    responses((status = 200, body = Page<StaffMember>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn list_staff(
    State(me): State<Arc<Identity>>,
    _: Permit<may::StaffRead>,
    Params(query): Params<StaffQuery>,
) -> Result<Reply<Page<StaffMember>>, Problem> {
    let before: Option<UserId> = query.cursor.as_deref().map(cursor::decode).transpose()?;
    let size = limit(query.limit);
    let wanted = Wanted {
        role: query.role,
        state: query.state,
        before,
        ..Wanted::default()
    };
    let mut conn =
        me.p.db
            .acquire()
            .await
            .map_err(Failure::<IdentityFault>::from)?;
    let rows = members(&mut conn, wanted, size as i64 + 1).await?;
    Ok(Reply::ok(Page::from_rows(rows, size, |row| {
        cursor::encode(&row.id)
    })))
}

/// One member of staff.
#[utoipa::path(get, path = "/v1/staff/{id}", tag = "staff", params(("id" = UserId, Path)),
    responses((status = 200, body = StaffMember), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn show_staff(
    State(me): State<Arc<Identity>>,
    _: Permit<may::StaffRead>,
    Path(id): Path<UserId>,
) -> Result<Reply<StaffMember>, Problem> {
    let mut conn =
        me.p.db
            .acquire()
            .await
            .map_err(Failure::<IdentityFault>::from)?;
    Ok(Reply::ok(one(&mut conn, id).await?))
}

/// As they are stored.
pub(crate) fn staff_roles() -> Vec<String> {
    let staff = Role::ALL.iter().filter(|role| role.is_staff());
    staff.map(|role| role.as_str().to_owned()).collect()
}

/// Anybody else does not exist here.
pub(crate) async fn one(
    conn: &mut PgConnection,
    user: UserId,
) -> Outcome<StaffMember, IdentityFault> {
    let wanted = Wanted {
        only: Some(user),
        ..Wanted::default()
    };
    let found = members(conn, wanted, 1).await?;
    let found = found.into_iter().next();
    Ok(found.ok_or(IdentityFault::UnknownUser)?)
}

#[derive(Default)]
struct Wanted {
    only: Option<UserId>,
    role: Option<Role>,
    state: Option<StaffState>,
    before: Option<UserId>,
}

async fn members(
    conn: &mut PgConnection,
    wanted: Wanted,
    most: i64,
) -> Outcome<Vec<StaffMember>, IdentityFault> {
    let rows = sqlx::query!(
        r#"select u.id as "id: UserId", u.name, u.email as "email!", u.created_at, u.signed_in_at,
                  u.password_hash is not null as "has_password!",
                  u.totp_secret is not null and u.factor_reset_at is null as "has_second_factor!",
                  u.disabled_at, u.disabled_by as "disabled_by: UserId", u.disabled_reason, u.version,
                  array(select g.role from identity.grants g
                        where g.user_id = u.id and g.role = any($1)) as "roles!",
                  (select g.scope from identity.grants g
                   where g.user_id = u.id and g.role = 'dispatcher') as "scope: Json<Scope>"
           from identity.users u
           where u.email is not null
             and exists (select 1 from identity.grants g
                         where g.user_id = u.id and g.role = any($1) and ($2::text is null or g.role = $2))
             and ($3::uuid is null or u.id = $3)
             and ($4::uuid is null or u.id < $4)
             and ($5::text is null or $5 = case when u.disabled_at is not null then 'disabled'
                                                when u.password_hash is null then 'invited'
                                                else 'active' end)
           order by u.id desc limit $6"#,
        &staff_roles(),
        wanted.role.map(Role::as_str),
        wanted.only.map(|id| id.uuid()),
        wanted.before.map(|id| id.uuid()),
        wanted.state.map(StaffState::as_str),
        most
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let mut roles = row
                .roles
                .iter()
                .map(|role| role.parse::<Role>().map_err(Failure::internal))
                .collect::<Outcome<Vec<_>, IdentityFault>>()?;
            roles.sort();
            let disabled = disabled(row.disabled_at, row.disabled_by, row.disabled_reason);
            Ok(StaffMember {
                id: row.id,
                name: row.name,
                email: row.email,
                roles,
                zones: row.scope.and_then(|scope| scope.0.zones),
                state: state(disabled.is_some(), row.has_password),
                has_second_factor: row.has_second_factor,
                last_sign_in_at: row.signed_in_at,
                since: row.created_at,
                disabled,
                version: row.version,
            })
        })
        .collect()
}

pub(crate) fn state(disabled: bool, has_password: bool) -> StaffState {
    match (disabled, has_password) {
        (true, _) => StaffState::Disabled,
        (false, true) => StaffState::Active,
        (false, false) => StaffState::Invited,
    }
}

/// All three or none: a constraint.
fn disabled(at: Option<Time>, by: Option<UserId>, reason: Option<String>) -> Option<StaffDisabled> {
    Some(StaffDisabled {
        at: at?,
        by: by?,
        reason: reason?,
    })
}
