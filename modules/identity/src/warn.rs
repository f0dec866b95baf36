//! Telling somebody that their session was copied.

use crate::Identity;
use crate::sessions::Open;
use contract_notify::{Notice, Recipient};
use kernel::{SessionId, Slug, Time, UserId};
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
