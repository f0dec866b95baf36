//! What people are told about their requests, and staff about the time that is left.

use crate::Privacy;
use crate::rows::one;
use contract_notify::{Notice, Recipient};
use kernel::access::Role;
use kernel::{PrivacyRequestId, Slug, Time};
use platform::Tx;
use platform::queue::{self, Ctx, Job, Run};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News {
    ArchiveReady,
    /// With the day it begins: somebody else may have asked.
    ErasureAsked,
    ErasureBlocked,
    ErasureBegins,
    Extended,
    Refused,
    Corrected,
}

impl News {
    const fn template(self) -> &'static str {
        match self {
            Self::ArchiveReady => "privacy_archive_ready",
            Self::ErasureAsked => "privacy_erasure_asked",
            Self::ErasureBlocked => "privacy_erasure_blocked",
            Self::ErasureBegins => "privacy_erasure_begins",
            Self::Extended => "privacy_extended",
            Self::Refused => "privacy_refused",
            Self::Corrected => "privacy_corrected",
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Tell {
    request: PrivacyRequestId,
    news: News,
}
impl Job for Tell {
    const NAME: &'static str = "privacy.tell";
}

/// In the transaction of what is told.
pub(crate) async fn later(
    tx: &mut Tx,
    now: Time,
    request: PrivacyRequestId,
    news: News,
) -> sqlx::Result<()> {
    queue::enqueue(tx, &Tell { request, news }, Run::now(now)).await
}

pub(crate) async fn tell(me: &Privacy, _: Ctx, job: Tell) -> anyhow::Result<()> {
    say(me, job.request, job.news).await
}

/// Each news of a request once.
pub(crate) async fn say(me: &Privacy, request: PrivacyRequestId, news: News) -> anyhow::Result<()> {
    let row = one(&mut *me.p.db.acquire().await?, request, None).await?;
    let date = match news {
        News::ArchiveReady => row.archive_until,
        News::ErasureAsked => row.begins_at,
        News::Extended => Some(row.due_at),
        News::ErasureBlocked | News::ErasureBegins | News::Refused | News::Corrected => None,
    };
    if news == News::ArchiveReady && date.is_none() {
        // Removed before this was told.
        return Ok(());
    }
    let template = news.template();
    me.notify
        .send(Notice {
            key: format!("{template}:{request}"),
            to: Recipient::User(row.user),
            template: Slug::parse(template)?,
            params: date
                .map(|date| ("date".to_owned(), day(date)))
                .into_iter()
                .collect(),
        })
        .await?;
    Ok(())
}

/// As a calendar in Riyadh shows it: `2026-12-13`.
fn day(at: Time) -> String {
    at.in_riyadh().date().to_string()
}

/// So much of a request's time has passed, in percent.
#[derive(Serialize, Deserialize)]
pub(crate) struct TellStaff {
    pub(crate) request: PrivacyRequestId,
    pub(crate) percent: i16,
    pub(crate) due_at: Time,
}
impl Job for TellStaff {
    const NAME: &'static str = "privacy.tell_staff";
}

pub(crate) async fn tell_staff(me: &Privacy, _: Ctx, job: TellStaff) -> anyhow::Result<()> {
    let template = Slug::parse("privacy_due")?;
    let due = job.due_at.as_seconds();
    for user in me.identity.holders(Role::Administrator).await? {
        let notice = Notice {
            key: format!("privacy_due:{}:{}:{due}:{user}", job.request, job.percent),
            to: Recipient::User(user),
            template: template.clone(),
            params: BTreeMap::from([
                ("percent".to_owned(), job.percent.to_string()),
                ("date".to_owned(), day(job.due_at)),
            ]),
        };
        me.notify.send(notice).await?;
    }
    Ok(())
}
