//! Telling somebody what happened to their account without their doing.

use crate::Identity;
use crate::sessions::Open;
use contract_notify::{Notice, Recipient};
use kernel::{PasskeyId, SessionId, Slug, Time, UserId};
use platform::Tx;
use platform::queue::{self, Job, Run};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
pub(crate) struct WarnOfCopy {
    user: UserId,
    session: SessionId,
    device: String,
}
impl Job for WarnOfCopy {
    const NAME: &'static str = "identity.warn_of_copy";
}

/// In the transaction that ends the session.
pub(crate) async fn later(
    tx: &mut Tx,
    now: Time,
    session: &Open,
    device: &str,
) -> sqlx::Result<()> {
    let job = WarnOfCopy {
        user: session.user,
        session: session.id,
        device: device.to_owned(),
    };
    queue::enqueue(tx, &job, Run::now(now)).await
}

pub(crate) async fn warn(me: &Identity, job: WarnOfCopy) -> anyhow::Result<()> {
    let device = if job.device.is_empty() {
        "—".to_owned()
    } else {
        job.device
    };
    let notice = Notice {
        key: format!("identity.session_copied:{}", job.session),
        to: Recipient::User(job.user),
        template: Slug::parse("session_copied")?,
        params: BTreeMap::from([("device".to_owned(), device)]),
    };
    me.notify.send(notice).await?;
    Ok(())
}

/// What an administrator, or a company's manager, did to somebody's account.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News {
    RolesChanged,
    FactorReset,
    Enabled,
    PasswordReset,
    MemberChanged,
    MemberReset,
}

impl News {
    const fn template(self) -> &'static str {
        match self {
            Self::RolesChanged => "staff_roles_changed",
            Self::FactorReset => "staff_factor_reset",
            Self::Enabled => "staff_enabled",
            Self::PasswordReset => "staff_password_reset",
            Self::MemberChanged => "member_changed",
            Self::MemberReset => "member_reset",
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct TellOfAccount {
    user: UserId,
    /// The account's, which the change made; of a link, which changes no account, the moment in
    /// milliseconds. With the user it names the occasion.
    version: i64,
    news: News,
}
impl Job for TellOfAccount {
    const NAME: &'static str = "identity.tell_of_account";
}

/// In the transaction of the change.
pub(crate) async fn of(
    tx: &mut Tx,
    now: Time,
    user: UserId,
    version: i64,
    news: News,
) -> sqlx::Result<()> {
    let job = TellOfAccount {
        user,
        version,
        news,
    };
    queue::enqueue(tx, &job, Run::now(now)).await
}

pub(crate) async fn tell(me: &Identity, job: TellOfAccount) -> anyhow::Result<()> {
    let notice = Notice {
        key: format!("identity.account:{}:{}", job.user, job.version),
        to: Recipient::User(job.user),
        template: Slug::parse(job.news.template())?,
        params: BTreeMap::new(),
    };
    me.notify.send(notice).await?;
    Ok(())
}

#[derive(Serialize, Deserialize)]
pub(crate) struct WarnOfCopiedKey {
    user: UserId,
    passkey: PasskeyId,
    name: String,
}
impl Job for WarnOfCopiedKey {
    const NAME: &'static str = "identity.warn_of_copied_key";
}

/// In the transaction that blocks the key.
pub(crate) async fn of_copied_key(
    tx: &mut Tx,
    now: Time,
    user: UserId,
    passkey: PasskeyId,
    name: String,
) -> sqlx::Result<()> {
    let job = WarnOfCopiedKey {
        user,
        passkey,
        name,
    };
    queue::enqueue(tx, &job, Run::now(now)).await
}

pub(crate) async fn warn_of_copied_key(me: &Identity, job: WarnOfCopiedKey) -> anyhow::Result<()> {
    let notice = Notice {
        key: format!("identity.passkey_copied:{}", job.passkey),
        to: Recipient::User(job.user),
        template: Slug::parse("passkey_copied")?,
        params: BTreeMap::from([("name".to_owned(), job.name)]),
    };
    me.notify.send(notice).await?;
    Ok(())
}
