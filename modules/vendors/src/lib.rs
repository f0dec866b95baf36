//! Vendors: who may do which work, where, and who is on shift (DOMAIN §4, §6). Owns the schema
//! `vendors`; no Redis keys, no objects.
//!
//! Invariants:
//! - Nobody is offered work for a vendor that is not active or whose checks have run out.
//! - A vendor and a technician are written here first, then told to identity and settlement, then
//!   made active: a crash between is repaired by repeating the enrolment, which keys on the
//!   registration or the phone and keeps the ids.
//! - A vendor sees its own technicians only.
//! - A vendor's bank account changes with two reviewers and some hours to stop it ([`bank_account`]).
//! - Lists are sorted by id, so that equals rank the same everywhere.

mod bank_account;
mod cards;
mod coverage;
mod eligible;
mod enrol_technician;
mod enrol_vendor;
mod inspect;
mod own;
mod personal;
pub mod rules;
pub mod seed;
mod set_status;
mod settings;
mod shift;

use async_trait::async_trait;
use bank_account::{take_over, tell};
use contract_identity::Identity;
use contract_notify::Notify;
use contract_settlement::Payees;
use contract_vendors::{
    EligibleQuery, EnrolTechnician, EnrolVendor, TechnicianCard, VendorCard, VendorFault,
};
use kernel::{Outcome, Slug, TechnicianId, VendorId, hours, minutes};
use platform::Platform;
use platform::queue::{Every, Registry};
use platform::routes;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

pub use coverage::{Coverage, CoverageCell};
pub use enrol_technician::{Hours, NewTechnician, SkillHeld};
pub use inspect::{VendorDetail, VendorStatus};
pub use own::TechnicianSelf;
pub use set_status::SetStatus;
pub use settings::VendorSettings;
pub use shift::{SetShift, ShiftState};

pub static MIGRATOR: platform::db::Migrator = platform::migrator!("vendors");

pub struct Vendors {
    p: Platform,
    identity: Arc<dyn Identity>,
    payees: Arc<dyn Payees>,
    notify: Arc<dyn Notify>,
    settings: VendorSettings,
}

impl Vendors {
    pub fn new(
        p: Platform,
        identity: Arc<dyn Identity>,
        payees: Arc<dyn Payees>,
        notify: Arc<dyn Notify>,
        settings: VendorSettings,
    ) -> Arc<Self> {
        Arc::new(Self {
            p,
            identity,
            payees,
            notify,
            settings,
        })
    }

    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(shift::set_shift))
            .routes(routes!(own::technician_me))
            .routes(routes!(own::vendor_me))
            .routes(routes!(own::vendor_technicians))
            .routes(routes!(inspect::list, enrol_vendor::enrol_vendor))
            .routes(routes!(inspect::one))
            .routes(routes!(set_status::set_status))
            .routes(routes!(enrol_technician::enrol_technician))
            .routes(routes!(coverage::coverage))
            .routes(routes!(bank_account::ask::own_account))
            .routes(routes!(bank_account::ask::ask_change))
            .routes(routes!(bank_account::ask::withdraw))
            .routes(routes!(bank_account::review::list_changes))
            .routes(routes!(bank_account::review::show_change))
            .routes(routes!(bank_account::review::approve))
            .routes(routes!(bank_account::review::reject))
            .with_state(self.clone())
    }

    pub fn register(self: &Arc<Self>, registry: &mut Registry) {
        macro_rules! job {
            ($job:ty, $handler:path) => {{
                let me = self.clone();
                registry.job::<$job, _>(move |ctx, job| {
                    let me = me.clone();
                    async move { $handler(&me, ctx, job).await }
                });
            }};
        }
        job!(take_over::TakeOver, take_over::take_over);
        job!(take_over::Watch, take_over::watch);
        job!(tell::Tell, tell::tell);
        registry.cron("vendors.watch_bank_accounts", Every(hours(1)), || {
            take_over::Watch {}
        });
        registry.job(|ctx, _: shift::EndForgottenShifts| shift::end_forgotten(ctx));
        registry.cron("vendors.end_forgotten_shifts", Every(minutes(30)), || {
            shift::EndForgottenShifts {}
        });
    }
}

#[async_trait]
impl contract_vendors::Vendors for Vendors {
    async fn eligible(&self, query: EligibleQuery) -> Outcome<Vec<TechnicianCard>, VendorFault> {
        eligible::eligible(&self.p.db, &query).await
    }

    async fn technicians(
        &self,
        ids: Vec<TechnicianId>,
    ) -> Outcome<Vec<TechnicianCard>, VendorFault> {
        cards::technicians(&self.p.db, &ids).await
    }

    async fn vendor(&self, id: VendorId) -> Outcome<VendorCard, VendorFault> {
        Ok(inspect::detail(&self.p.db, id, self.p.now()).await?.card)
    }

    async fn coverage(&self, category: Slug, zone: Slug) -> Outcome<u32, VendorFault> {
        coverage::technicians(&self.p.db, &category, &zone, self.p.now()).await
    }

    async fn enrol_vendor(&self, command: EnrolVendor) -> Outcome<VendorId, VendorFault> {
        enrol_vendor::enrol(self, &command).await
    }

    async fn enrol_technician(
        &self,
        command: EnrolTechnician,
    ) -> Outcome<TechnicianId, VendorFault> {
        enrol_technician::enrol(self, &command).await
    }
}
