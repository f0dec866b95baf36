//! Privacy: what a person agreed to, and what they want done with their data (PDPL, FACTS §1).
//!
//! Owns the schema `privacy`.
//!
//! Invariants:
//! - The log of consents only grows: triggers refuse every change. Where a consent stands is its
//!   last row.
//! - A row names the version of the text that was shown, and no other than the current one can be
//!   agreed to. The texts are read once, at the start: what has no text has no version.
//! - A request moves by conditional updates, and one of a kind is open for a person: constraints.
//! - What others keep is asked of them ([`PersonalRecords`]); each answers for its own schema. A copy
//!   and an erasure may stop anywhere and go on: a step is a row, and each can be done twice.
//! - An erasure closes the account first and asks once more what stands against it when no access
//!   token of it is good any more.

mod archive;
mod ask;
mod consents;
mod desk;
mod erasure;
mod legal;
mod own;
mod pack;
mod rows;
mod rules;
mod settings;
mod tell;
mod watch;

pub use contract_privacy::{
    AnswerPrivacy, Archive, ArchiveLink, AskPrivacy, ChangeConsent, ChangeConsents, Consent,
    Consents, ErasureStep, KeptRecords, LegalText, LegalTexts, PrivacyRequest,
    PrivacyRequestDetail, PrivacyRequestLine, PrivacyRequests, Purpose, RequestKind, RequestState,
    Urgency,
};
pub use legal::{BadText, Legal, Publisher, edition};
pub use settings::{OperatorSettings, PrivacySettings};

use contract_identity::Identity;
use contract_notify::Notify;
use kernel::{Obstacle, Subject, UserId};
use platform::Platform;
use platform::personal::PersonalRecords;
use platform::queue::{Every, Registry};
use platform::routes;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

pub static MIGRATOR: platform::db::Migrator = platform::migrator!("privacy");

/// Who keeps personal data.
pub struct Holders {
    /// Closes the account: the first to erase.
    pub identity: Arc<dyn PersonalRecords>,
    /// In the order in which they erase.
    pub others: Vec<Arc<dyn PersonalRecords>>,
}

impl Holders {
    fn all(&self) -> impl Iterator<Item = &Arc<dyn PersonalRecords>> {
        std::iter::once(&self.identity).chain(&self.others)
    }
}

pub struct Privacy {
    pub(crate) p: Platform,
    pub(crate) identity: Arc<dyn Identity>,
    pub(crate) notify: Arc<dyn Notify>,
    pub(crate) holders: Holders,
    pub(crate) settings: PrivacySettings,
    pub(crate) legal: Legal,
}

impl Privacy {
    pub fn new(
        p: Platform,
        identity: Arc<dyn Identity>,
        notify: Arc<dyn Notify>,
        mut holders: Holders,
        settings: PrivacySettings,
        legal: Legal,
    ) -> Arc<Self> {
        // The last to erase: what it has to say of the others' erasure outlives them.
        holders.others.push(Arc::new(own::OwnRecords(p.clone())));
        Arc::new(Self {
            p,
            identity,
            notify,
            holders,
            settings,
            legal,
        })
    }

    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(consents::my_consents, consents::change_my_consents))
            .routes(routes!(legal::legal_texts))
            .merge(legal::pages())
            .routes(routes!(ask::my_requests, ask::ask))
            .routes(routes!(ask::ask_for_erasure))
            .routes(routes!(ask::cancel))
            .routes(routes!(archive::link))
            .routes(routes!(desk::list))
            .routes(routes!(desk::show))
            .routes(routes!(desk::extend))
            .routes(routes!(desk::refuse))
            .routes(routes!(desk::complete))
            .with_state(self.clone())
    }

    pub fn register(self: &Arc<Self>, r: &mut Registry) {
        macro_rules! job {
            ($job:ty, $handler:path) => {{
                let me = self.clone();
                r.job::<$job, _>(move |ctx, job| {
                    let me = me.clone();
                    async move { $handler(&me, ctx, job).await }
                });
            }};
        }
        job!(archive::Gather, archive::gather);
        job!(erasure::BeginErasure, erasure::begin);
        job!(erasure::CloseAccount, erasure::close_account);
        job!(erasure::EraseRest, erasure::erase_rest);
        job!(tell::Tell, tell::tell);
        job!(tell::TellStaff, tell::tell_staff);
        job!(watch::Watch, watch::watch);
        r.cron("privacy.watch", Every(kernel::hours(1)), || watch::Watch {});
    }

    pub(crate) async fn subject(&self, user: UserId) -> anyhow::Result<Subject> {
        Ok(self.identity.subject(user).await?)
    }

    /// What stands against an erasure, whoever says so.
    pub(crate) async fn obstacles(&self, subject: Subject) -> anyhow::Result<BTreeSet<Obstacle>> {
        let mut obstacles = BTreeSet::new();
        for holder in self.holders.all() {
            obstacles.extend(holder.obstacles(subject).await?);
        }
        Ok(obstacles)
    }
}
