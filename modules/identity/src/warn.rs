//! Telling somebody that their session or their passkey was copied.

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
