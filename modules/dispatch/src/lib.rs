//! Dispatch: a job that waits is offered to the technician who can keep the promise, cascades,
//! and reaches a dispatcher rather than waiting for ever.
//!
//! Owns the schema `dispatch`: requests, offers, assignments, decisions. Keeps nothing in Redis.
//!
//! Invariants, each kept by the database:
//! - a job has at most one open offer and at most one holder;
//! - a technician looks at one offer at a time (`offers_one_open_per_technician`) and never holds
//!   two jobs whose times clash (`assignments_no_clash`);
//! - every offer follows from a stored decision that explains every candidate.
//!
//! A pin is exact while its job needs it, and rounded a month after.
//!
//! Whoever changes a job locks its request first; windows are decided one at a time. So no race
//! has two winners, and no two of these transactions wait for each other in a circle.

mod blur;
mod by_hand;
mod console;
mod escalate;
mod facts;
mod lifecycle;
mod offers;
mod overrun;
mod personal;
mod rank;
pub mod rules;
mod settings;
pub mod solver;
mod store;
mod sweep;
mod take;
mod window;

pub use console::QueueState;
pub use settings::{DispatchSettings, Weights};

use async_trait::async_trait;
use contract_dispatch::{Assignment, DispatchFault, DispatchRequest, Standing};
use contract_location::Location;
use contract_sla::{ClockKind, ClockWarned, Sla};
use contract_vendors::{ShiftChanged, Vendors};
use kernel::{JobId, Outcome, Time, minutes};
use platform::Platform;
use platform::queue::{Ctx, Every, Registry};
use platform::routes;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

pub static MIGRATOR: platform::db::Migrator = platform::migrator!("dispatch");

pub struct Dispatch {
    p: Platform,
    vendors: Arc<dyn Vendors>,
    location: Arc<dyn Location>,
    sla: Arc<dyn Sla>,
    settings: DispatchSettings,
}

impl Dispatch {
    pub fn new(
        p: Platform,
        vendors: Arc<dyn Vendors>,
        location: Arc<dyn Location>,
        sla: Arc<dyn Sla>,
        settings: DispatchSettings,
    ) -> Arc<Self> {
        Arc::new(Self {
            p,
            vendors,
            location,
            sla,
            settings,
        })
    }

    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(offers::own_offers))
            .routes(routes!(offers::accept_offer))
            .routes(routes!(offers::decline_offer))
            .routes(routes!(console::queue))
            .routes(routes!(console::job))
            .routes(routes!(by_hand::candidates))
            .routes(routes!(by_hand::assign))
            .with_state(self.clone())
    }

    pub fn register(self: &Arc<Self>, r: &mut Registry) {
        let me = self.clone();
        r.job(move |ctx: Ctx, job: window::Window| {
            let me = me.clone();
            async move { me.match_window(&ctx, job.everyone).await }
        });
        let me = self.clone();
        r.job(move |ctx: Ctx, job: offers::ExpireOffer| {
            let me = me.clone();
            async move { me.expire_offer(&ctx, job.offer).await }
        });
        let me = self.clone();
        r.job(move |ctx: Ctx, job: take::PredictArrival| {
            let me = me.clone();
            async move {
                Ok(me
                    .sla
                    .predict(job.job, ClockKind::Arrive, job.eta, ctx.now)
                    .await?)
            }
        });
        let me = self.clone();
        r.job(move |ctx: Ctx, _: overrun::Overruns| {
            let me = me.clone();
            async move { me.extend_overruns(&ctx).await }
        });
        let me = self.clone();
        r.job(move |ctx: Ctx, _: sweep::Sweep| {
            let me = me.clone();
            async move { me.sweep(&ctx).await }
        });
        let me = self.clone();
        r.job(move |ctx: Ctx, _: blur::BlurPins| {
            let me = me.clone();
            async move { me.blur_pins(&ctx).await }
        });
        r.cron("dispatch.sweep", Every(minutes(1)), || sweep::Sweep {});
        r.cron("dispatch.blur_pins", Every::DailyAt(3, 30), || {
            blur::BlurPins {}
        });
        r.cron("dispatch.overruns", Every(minutes(5)), || {
            overrun::Overruns {}
        });
        let me = self.clone();
        r.on(
            "dispatch.on_clock_warned",
            move |ctx: Ctx, event: ClockWarned| {
                let me = me.clone();
                async move { me.on_clock_warned(&ctx, event).await }
            },
        );
        let me = self.clone();
        r.on(
            "dispatch.on_shift_changed",
            move |ctx: Ctx, event: ShiftChanged| {
                let me = me.clone();
                async move { me.on_shift_changed(&ctx, event).await }
            },
        );
    }

    /// Somebody came on shift: they may be who a waiting job waits for.
    async fn on_shift_changed(&self, ctx: &Ctx, event: ShiftChanged) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        if event.on_shift {
            window::open_for_everyone(&mut tx, ctx.now).await?;
        }
        ctx.complete(tx).await?;
        Ok(())
    }
}

#[async_trait]
impl contract_dispatch::Dispatch for Dispatch {
    async fn request(&self, request: DispatchRequest) -> Outcome<(), DispatchFault> {
        self.take_request(request).await
    }
    async fn withdraw(&self, job: JobId, at: Time) -> Outcome<(), DispatchFault> {
        self.withdraw_request(job, at).await
    }
    async fn complete(&self, job: JobId, at: Time) -> Outcome<(), DispatchFault> {
        self.complete_visit(job, at).await
    }
    async fn requeue(&self, job: JobId, reason: String, at: Time) -> Outcome<(), DispatchFault> {
        self.requeue_job(job, &reason, at).await
    }
    async fn assignment(&self, job: JobId) -> Outcome<Option<Assignment>, DispatchFault> {
        self.current_assignment(job).await
    }
    async fn standings(&self, jobs: Vec<JobId>) -> Outcome<Vec<Standing>, DispatchFault> {
        self.standings_of(&jobs).await
    }
}
