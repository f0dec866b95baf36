//! A company, held while it is changed: all changes of one account wait for one another.

use crate::{accounts, members, rules};
use contract_corporate::{CorporateAccount, CorporateFault};
use contract_identity::Membership;
use kernel::access::Actor;
use kernel::{BranchId, CorporateAccountId, Outcome};
use platform::Tx;

/// Who changes what is a company's own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By<'a> {
    /// One of its managers: the account is their own.
    Manager(&'a Actor),
    /// An operations manager.
    Staff(&'a Actor, CorporateAccountId),
}

impl<'a> By<'a> {
    pub(crate) const fn actor(self) -> &'a Actor {
        match self {
            Self::Manager(actor) | Self::Staff(actor, _) => actor,
        }
    }
}

/// The account, which nobody else changes until the transaction ends.
pub(crate) async fn account(
    tx: &mut Tx,
    id: CorporateAccountId,
) -> Outcome<CorporateAccount, CorporateFault> {
    sqlx::query_scalar!(
        "select 1 as one from corporate.accounts where id = $1 for no key update",
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(CorporateFault::UnknownAccount)?;
    accounts::one(tx, id).await
}

/// The account, held, where it is active and whoever asks may still change it.
pub(crate) async fn active(tx: &mut Tx, by: By<'_>) -> Outcome<CorporateAccount, CorporateFault> {
    let id = match by {
        By::Manager(actor) => rules::reached(actor)?.account,
        By::Staff(_, id) => id,
    };
    let held = account(tx, id).await?;
    rules::is_active(held.state)?;
    if let By::Manager(actor) = by {
        let own = sqlx::query!(
            r#"select role = 'corporate_manager' and removed_at is null as "is_manager!", linked_at
               from corporate.members where user_id = $1 and account = $2"#,
            actor.user.uuid(),
            id.uuid()
        )
        .fetch_optional(&mut **tx)
        .await?
        .ok_or(CorporateFault::NoLongerManager)?;
        rules::still_manages(own.is_manager, own.linked_at, actor.second_factor_at)?;
    }
    Ok(held)
}

/// Somebody may become this in the account that is held.
pub(crate) async fn has_place_for(
    tx: &mut Tx,
    account: CorporateAccountId,
    membership: Membership,
) -> Outcome<(), CorporateFault> {
    let Membership::OfBranch(branch) = membership else {
        return Ok(());
    };
    if is_open(tx, account, branch).await? {
        Ok(())
    } else {
        Err(CorporateFault::BranchClosed.into())
    }
}

async fn is_open(
    tx: &mut Tx,
    account: CorporateAccountId,
    branch: BranchId,
) -> Outcome<bool, CorporateFault> {
    let open = sqlx::query_scalar!(
        r#"select state = 'open' as "open!" from corporate.branches where id = $1 and account = $2"#,
        branch.uuid(),
        account.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(open.ok_or(CorporateFault::UnknownBranch)?)
}

/// Somebody else's membership of the account that is held, as it was read.
pub(crate) async fn member(
    tx: &mut Tx,
    actor: &Actor,
    account: CorporateAccountId,
    user: kernel::UserId,
    version: Option<i64>,
) -> Outcome<members::Row, CorporateFault> {
    rules::is_anothers(actor.user, user)?;
    let row = members::row(tx, account, user).await?;
    if let Some(version) = version {
        rules::is_current(row.version, version)?;
    }
    Ok(row)
}
