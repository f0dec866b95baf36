//! Members of corporate accounts: what follows here from what the module `corporate` decides.
//!
//! - A person is a member of one account for ever and holds one corporate role, and none of staff.
//!   Whoever is not a member of the account that is named does not exist here.
//! - Who loses their role, or can't sign in any more, is out with the next request.
//! - A decision that comes late or again changes nothing: its version tells.

mod link;
mod read;
mod set;

pub(crate) use link::link;
pub(crate) use read::members;
pub(crate) use set::set;

use crate::{grants, people};
use contract_identity::{IdentityFault, Membership};
use kernel::access::{Role, Scope};
use kernel::{CorporateAccountId, Failure, Outcome, Time, UserId};
use platform::Tx;

/// A member as they are.
struct Held {
    as_of: i64,
    disabled: bool,
    has_password: bool,
    granted: Option<(Role, Scope)>,
}

/// Nobody else changes the member until the transaction ends.
async fn take(
    tx: &mut Tx,
    account: CorporateAccountId,
    user: UserId,
) -> Outcome<Held, IdentityFault> {
    people::hold(tx, user).await?;
    let row = sqlx::query!(
        r#"select member_as_of as "as_of!", disabled_at is not null as "disabled!",
                  password_hash is not null as "has_password!"
           from identity.users where id = $1 and member_of = $2"#,
        user.uuid(),
        account.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(IdentityFault::UnknownUser)?;
    let granted = grants::load(tx, user)
        .await
        .map_err(Failure::<IdentityFault>::internal)?;
    Ok(Held {
        as_of: row.as_of,
        disabled: row.disabled,
        has_password: row.has_password,
        granted: granted.roles.first().map(|role| (*role, granted.scope)),
    })
}

/// Puts this in place of whatever they are.
pub(crate) async fn grant(
    tx: &mut Tx,
    now: Time,
    account: CorporateAccountId,
    user: UserId,
    membership: Option<Membership>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from identity.grants where user_id = $1",
        user.uuid()
    )
    .execute(&mut **tx)
    .await?;
    if let Some(membership) = membership {
        let (role, scope) = (membership.role(), membership.scope(account));
        grants::give(tx, now, user, role, &scope).await?;
    }
    Ok(())
}
