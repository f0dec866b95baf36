//! What the owner is told about a change, to the phone on record and in the app: never the whole IBAN.

use super::rows::one;
use crate::Vendors;
use contract_notify::{Notice, Recipient};
use kernel::{BankAccountChangeId, Slug, Time};
use platform::Tx;
use platform::queue::{self, Ctx, Job, Run};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News {
    /// Somebody else may have asked.
    Asked,
    /// With the day it takes effect: until then it can be stopped.
    Approved,
    Rejected,
    InEffect,
}

impl News {
    const fn template(self) -> &'static str {
        match self {
            Self::Asked => "bank_account_asked",
            Self::Approved => "bank_account_approved",
            Self::Rejected => "bank_account_rejected",
            Self::InEffect => "bank_account_in_effect",
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Tell {
    change: BankAccountChangeId,
    news: News,
}
impl Job for Tell {
    const NAME: &'static str = "vendors.tell_bank_account";
}

/// In the transaction of what is told.
pub(super) async fn later(
    tx: &mut Tx,
    now: Time,
    change: BankAccountChangeId,
    news: News,
) -> sqlx::Result<()> {
    queue::enqueue(tx, &Tell { change, news }, Run::now(now)).await
}

/// Each news of a change once.
pub(crate) async fn tell(me: &Vendors, _: Ctx, job: Tell) -> anyhow::Result<()> {
    let row = one(&mut *me.p.db.acquire().await?, job.change, None).await?;
    let mut params = BTreeMap::from([("account".to_owned(), row.ends_with.clone())]);
    let date = row.effective_at.map(|at| at.in_riyadh().date().to_string());
    params.extend(date.map(|date| ("date".to_owned(), date)));
    let reason = row.seen()?.rejected_for;
    params.extend(reason.map(|reason| ("reason".to_owned(), reason)));
    let template = job.news.template();
    me.notify
        .send(Notice {
            key: format!("{template}:{}", job.change),
            to: Recipient::User(row.owner.unwrap_or(row.asked_by)),
            template: Slug::parse(template)?,
            params,
        })
        .await?;
    Ok(())
}
