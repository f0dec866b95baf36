//! Identity is told what a member may do: at once by whoever decided it, and by a job for the case that
//! they did not get so far. Each tells what is stored then, with its version.

use crate::{Corporate, accounts, members};
use contract_corporate::{CorporateFault, CorporateState};
use contract_identity::{SetMember, Standing};
use kernel::{BranchId, CorporateAccountId, Lift, Outcome, Time, UserId};
use platform::Tx;
use platform::queue::{self, Job, Run};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Follow {
    account: CorporateAccountId,
    /// All members where nobody is named.
    member: Option<UserId>,
}
impl Job for Follow {
    const NAME: &'static str = "corporate.follow";
}

pub(crate) async fn follow(me: &Corporate, job: Follow) -> anyhow::Result<()> {
    match job.member {
        Some(member) => one(me, member).await?,
        None => all(me, job.account).await?,
    }
    Ok(())
}

/// In the transaction of the decision.
pub(crate) async fn later(
    tx: &mut Tx,
    now: Time,
    account: CorporateAccountId,
    member: UserId,
) -> sqlx::Result<()> {
    let job = Follow {
        account,
        member: Some(member),
    };
    queue::enqueue(tx, &job, Run::now(now)).await
}

/// The same for all members.
pub(crate) async fn all_later(
    tx: &mut Tx,
    now: Time,
    account: CorporateAccountId,
) -> sqlx::Result<()> {
    let job = Follow {
        account,
        member: None,
    };
    queue::enqueue(tx, &job, Run::now(now)).await
}

/// After the commit.
pub(crate) async fn all(
    me: &Corporate,
    account: CorporateAccountId,
) -> Outcome<(), CorporateFault> {
    let members = sqlx::query_scalar!(
        r#"select user_id as "user: UserId" from corporate.members
           where account = $1 and removed_at is null order by user_id"#,
        account.uuid()
    )
    .fetch_all(&me.p.db)
    .await?;
    for member in members {
        one(me, member).await?;
    }
    Ok(())
}

/// After the commit.
pub(crate) async fn one(me: &Corporate, member: UserId) -> Outcome<(), CorporateFault> {
    let row = sqlx::query!(
        r#"select m.account as "account: CorporateAccountId", m.role, m.branch as "branch: BranchId",
                  m.removed_at is not null as "removed!", m.changed_by as "by: UserId", m.version, a.state
           from corporate.members m join corporate.accounts a on a.id = m.account
           where m.user_id = $1"#,
        member.uuid()
    )
    .fetch_one(&me.p.db)
    .await?;
    let membership = members::membership(&row.role, row.branch)?;
    let standing = match (row.removed, accounts::state_of(&row.state)?) {
        (true, _) => Standing::Removed,
        (false, CorporateState::Suspended) => Standing::Suspended(membership),
        (false, CorporateState::Active) => Standing::Active(membership),
    };
    let command = SetMember {
        account: row.account,
        user: member,
        standing,
        by: row.by,
        version: row.version,
    };
    me.identity.set_member(command).await.unexpected()
}
