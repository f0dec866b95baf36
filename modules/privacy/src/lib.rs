//! Privacy: what a person agreed to.
//!
//! Owns the schema `privacy`.
//!
//! Invariants:
//! - The log of consents only grows: triggers refuse every change. Where a consent stands is its
//!   last row.
//! - A row names the version of the text that was shown, and no other than the current one can be
//!   agreed to.

mod consents;
mod settings;

pub use contract_privacy::{ChangeConsent, ChangeConsents, Consent, Consents, Purpose};
pub use settings::PrivacySettings;

use platform::Platform;
use platform::routes;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

pub static MIGRATOR: platform::db::Migrator = platform::migrator!("privacy");

pub struct Privacy {
    pub(crate) p: Platform,
    pub(crate) settings: PrivacySettings,
}

impl Privacy {
    pub fn new(p: Platform, settings: PrivacySettings) -> Arc<Self> {
        Arc::new(Self { p, settings })
    }

    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(consents::my_consents, consents::change_my_consents))
            .with_state(self.clone())
    }
}
