//! Accounts of staff: an administrator invites people, says what they are, and takes it away again.
//!
//! - Nobody changes their own account here, and one administrator who can sign in is left: changes of
//!   accounts wait for one another.
//! - A change names the version it was decided on; of two at once one is told.
//! - Whose roles change, or who is disabled, is out with the next request.

pub(crate) mod disable;
pub(crate) mod enrol;
pub(crate) mod enrol_page;
pub(crate) mod invite;
pub(crate) mod link;
pub(crate) mod read;
pub(crate) mod reset_factor;
pub(crate) mod roles;
pub(crate) mod rules;

use crate::devices::{self, Which};
use crate::sessions::Ending;
use crate::{Identity, change_password, grants, people};
use contract_identity::{IdentityFault, StaffMember};
use kernel::access::{Actor, Role, Scope};
use kernel::{Failure, Outcome, Slug, Time, UserId};
use platform::Tx;
use platform::audit::{self, Change};

/// The account, which nobody else changes until the transaction ends. All changes of accounts wait
/// for one another: two administrators who disable each other must not both succeed.
async fn take(
    tx: &mut Tx,
    actor: &Actor,
    user: UserId,
    version: Option<i64>,
) -> Outcome<StaffMember, IdentityFault> {
    rules::is_anothers(actor.user, user)?;
    take_turn(tx).await?;
    people::hold(tx, user).await?;
    let found = read::one(tx, user).await?;
    if let Some(version) = version {
        rules::is_current(found.version, version)?;
    }
    Ok(found)
}

/// Until the transaction ends.
async fn take_turn(tx: &mut Tx) -> sqlx::Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('identity.staff', 0))::text as locked"
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(())
}

/// Administrators who can sign in, but for this one.
async fn administrators(tx: &mut Tx, but: Option<UserId>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "others!" from identity.users u
           join identity.grants g on g.user_id = u.id
           where g.role = $1 and u.id is distinct from $2 and u.disabled_at is null
                 and u.totp_secret is not null and u.factor_reset_at is null"#,
        Role::Administrator.as_str(),
        but.map(|user| user.uuid())
    )
    .fetch_one(&mut **tx)
    .await
}

/// Puts these in place of the roles of staff that there are.
async fn grant(
    tx: &mut Tx,
    now: Time,
    user: UserId,
    roles: &[Role],
    zones: Option<&[Slug]>,
) -> Outcome<(), IdentityFault> {
    sqlx::query!(
        "delete from identity.grants where user_id = $1 and role = any($2)",
        user.uuid(),
        &read::staff_roles()
    )
    .execute(&mut **tx)
    .await?;
    for role in roles {
        let scope = Scope {
            zones: zones
                .filter(|_| *role == Role::Dispatcher)
                .map(<[Slug]>::to_vec),
            ..Scope::default()
        };
        grants::give(tx, now, user, *role, &scope).await?;
    }
    Ok(())
}

/// Whatever they hold is dead: sessions, and links under way.
pub(crate) async fn put_out(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    user: UserId,
) -> Outcome<(), IdentityFault> {
    change_password::end_resets(tx, now, user).await?;
    link::end(tx, now, user).await?;
    end_sessions(me, tx, now, user).await
}

/// Nothing of theirs opens anything any more.
pub(crate) async fn stop(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    user: UserId,
    by: UserId,
    reason: &str,
) -> Outcome<(), IdentityFault> {
    // Before the sessions: who is signing in right now holds this row, and has one afterwards.
    sqlx::query!(
        "update identity.users set version = version + 1,
             disabled_at = $2, disabled_by = $3, disabled_reason = $4 where id = $1",
        user.uuid(),
        now,
        by.uuid(),
        reason
    )
    .execute(&mut **tx)
    .await?;
    put_out(me, tx, now, user).await
}

/// They sign in as before.
pub(crate) async fn let_in(tx: &mut Tx, user: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "update identity.users set version = version + 1,
             disabled_at = null, disabled_by = null, disabled_reason = null where id = $1",
        user.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Recovery codes and passkeys.
pub(crate) async fn drop_keys(tx: &mut Tx, user: UserId) -> sqlx::Result<()> {
    let user = user.uuid();
    sqlx::query!(
        "delete from identity.recovery_codes where user_id = $1",
        user
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!("delete from identity.passkeys where user_id = $1", user)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(crate) async fn end_sessions(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    user: UserId,
) -> Outcome<(), IdentityFault> {
    let all = Which {
        only: None,
        but: None,
    };
    // A session that a password opened is looked up with each request, so this process need not be told.
    devices::end_of(me, tx, now, user, all, Ending::Administrator).await?;
    Ok(())
}

/// The account as it is now, with its row in the audit log.
async fn done(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    action: &str,
    before: &StaffMember,
    facts: serde_json::Value,
) -> Outcome<StaffMember, IdentityFault> {
    let after = read::one(tx, before.id).await?;
    let change = Change::between(before, &after);
    let record = after.id.to_string();
    audit::changed(tx, now, actor, action, &record, change, facts)
        .await
        .map_err(Failure::<IdentityFault>::from)?;
    Ok(after)
}
