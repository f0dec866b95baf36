//! How a member stands from now on.

use super::{grant, take};
use crate::warn::{self, News};
use crate::{Identity, accounts};
use contract_identity::{IdentityFault, SetMember, Standing};
use kernel::{Outcome, Time};

/// Said to those who ask why an account is disabled.
const SUSPENDED: &str = "the corporate account is suspended";
const REMOVED: &str = "removed from the corporate account";

pub(crate) async fn set(
    me: &Identity,
    now: Time,
    command: SetMember,
) -> Outcome<(), IdentityFault> {
    let SetMember {
        account,
        user,
        standing,
        by,
        version,
    } = command;
    let mut tx = me.p.db.begin().await?;
    let before = take(&mut tx, account, user).await?;
    if version <= before.as_of {
        return Ok(());
    }
    let (membership, stopped) = match standing {
        Standing::Active(membership) => (Some(membership), None),
        Standing::Suspended(membership) => (Some(membership), Some(SUSPENDED)),
        Standing::Removed => (None, Some(REMOVED)),
    };
    let wanted = membership.map(|it| (it.role(), it.scope(account)));
    let changed = wanted != before.granted;
    if changed {
        grant(&mut tx, now, account, user, membership).await?;
    }
    // Whatever is open was opened by somebody who was something else.
    let had_another = changed && before.granted.is_some();
    match stopped {
        Some(reason) => accounts::stop(me, &mut tx, now, user, by, reason).await?,
        None if before.disabled => accounts::let_in(&mut tx, user).await?,
        None if had_another => accounts::end_sessions(me, &mut tx, now, user).await?,
        None => {}
    }
    let account_version = sqlx::query_scalar!(
        "update identity.users set member_as_of = $2, version = version + 1 where id = $1
         returning version",
        user.uuid(),
        version
    )
    .fetch_one(&mut *tx)
    .await?;
    if stopped.is_none() && had_another {
        warn::of(&mut tx, now, user, account_version, News::MemberChanged).await?;
    }
    tx.commit().await?;
    Ok(())
}
