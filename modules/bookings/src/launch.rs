//! What other modules are told after a commit: jobs of the queue, each safe to repeat because
//! what it calls is.

use crate::Bookings;
use crate::accept::TellCode;
use crate::moves::{accept, end};
use crate::rules::{BookingAction, fee_and_service};
use crate::state::lock;
use contract_bookings::{BookingState, JobState};
use contract_dispatch::DispatchRequest;
use contract_notify::{Notice, Recipient};
use contract_settlement::{ReleaseHolds, Remedy, SettleBooking};
use contract_sla::{ClockCommand, PromiseQuery, StartClocks};
use kernel::{BookingId, JobId, Money, Slug, UserId};
use platform::queue::{Ctx, Job, Registry};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Starts the clocks of a visit and asks dispatch for a technician.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Launch {
    pub booking: BookingId,
    pub job: JobId,
}
impl Job for Launch {
    const NAME: &'static str = "bookings.launch";
}

/// Gives settlement its instruction.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Settle {
    pub booking: BookingId,
}
impl Job for Settle {
    const NAME: &'static str = "bookings.settle";
    const MAX_ATTEMPTS: i32 = 20;
}

/// Frees the technician, stops the clocks, lets the money go.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WindDown {
    pub booking: BookingId,
    pub job: Option<JobId>,
    pub fee: Money,
    pub expired: bool,
}
impl Job for WindDown {
    const NAME: &'static str = "bookings.wind_down";
    const MAX_ATTEMPTS: i32 = 20;
}

/// Gives back for a broken promise.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct GiveBack {
    pub booking: BookingId,
    pub clock: String,
    pub credit: Money,
    pub penalty: Money,
}
impl Job for GiveBack {
    const NAME: &'static str = "bookings.give_back";
    const MAX_ATTEMPTS: i32 = 20;
}

/// Tells somebody something, once. What opens something is not among `params`: see [`TellCode`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Tell {
    pub key: String,
    pub to: UserId,
    pub template: String,
    pub params: BTreeMap<String, String>,
}
impl Job for Tell {
    const NAME: &'static str = "bookings.tell";
}
impl Tell {
    pub(crate) fn new(
        key: impl Into<String>,
        to: UserId,
        template: &str,
        params: &[(&str, String)],
    ) -> Self {
        Self {
            key: key.into(),
            to,
            template: template.to_owned(),
            params: params
                .iter()
                .map(|(k, v)| ((*k).to_owned(), v.clone()))
                .collect(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExpirePayment {
    pub booking: BookingId,
}
impl Job for ExpirePayment {
    const NAME: &'static str = "bookings.expire_payment";
}

/// Ends a booking that nobody took.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ExpireUnassigned {
    pub booking: BookingId,
    pub job: JobId,
}
impl Job for ExpireUnassigned {
    const NAME: &'static str = "bookings.expire_unassigned";
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AutoAccept {
    pub booking: BookingId,
}
impl Job for AutoAccept {
    const NAME: &'static str = "bookings.auto_accept";
}

/// Tells dispatch and the clocks that the visit is over.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct VisitOver {
    pub booking: BookingId,
    pub job: JobId,
}
impl Job for VisitOver {
    const NAME: &'static str = "bookings.visit_over";
}

/// Tells the clocks what happened on a visit.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MoveClocks {
    pub job: JobId,
    pub command: ClockCommand,
    pub at: kernel::Time,
}
impl Job for MoveClocks {
    const NAME: &'static str = "bookings.move_clocks";
}

/// Hands a visit back to dispatch.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Requeue {
    pub job: JobId,
    pub reason: String,
    /// When the technician gave it up: a late repeat must not take it from the next one.
    pub at: kernel::Time,
}
impl Job for Requeue {
    const NAME: &'static str = "bookings.requeue";
}

pub(crate) fn register(me: &Arc<Bookings>, registry: &mut Registry) {
    macro_rules! run {
        ($job:ty, $method:ident) => {
            let this = me.clone();
            registry.job(move |ctx: Ctx, job: $job| {
                let this = this.clone();
                async move { this.$method(ctx, job).await }
            });
        };
    }
    run!(Launch, launch);
    run!(Settle, settle);
    run!(WindDown, wind_down);
    run!(GiveBack, give_back_money);
    run!(Tell, tell_person);
    run!(TellCode, tell_code);
    run!(ExpirePayment, expire_payment);
    run!(ExpireUnassigned, expire_unassigned);
    run!(AutoAccept, auto_accept);
    run!(VisitOver, visit_over);
    run!(MoveClocks, move_clocks);
    run!(Requeue, requeue);
}

impl Bookings {
    async fn launch(&self, ctx: Ctx, job: Launch) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (booking, visit) = lock(&mut tx, job.booking).await?;
        drop(tx);
        if booking.state != BookingState::Confirmed || visit.is_none_or(|v| v.id != job.job) {
            return Ok(());
        }
        let query = PromiseQuery {
            category: booking.category.clone(),
            zone: booking.zone.clone(),
            urgency: booking.urgency,
            tier: None,
            at: ctx.now,
            slot: booking.slot,
        };
        let start = StartClocks {
            job: job.job,
            booking: booking.id,
            query,
        };
        let promise = self.below.sla.start(start).await?;
        let request = DispatchRequest {
            job: job.job,
            booking: booking.id,
            service_name: booking.service_name.clone(),
            category: booking.category.clone(),
            skills: booking.skills.clone(),
            pin: booking.pin,
            sector: booking.sector.clone(),
            sector_name: booking.sector_name.clone(),
            zone: booking.zone.clone(),
            urgency: booking.urgency,
            earliest: booking.slot.unwrap_or(ctx.now),
            duration_minutes: booking.duration_minutes,
            respond_by: promise.respond_by,
            arrive_by: promise.arrive_by,
            preferred: booking.preferred,
        };
        self.below.dispatch.request(request).await?;
        let mut tx = ctx.begin().await?;
        let expire = ExpireUnassigned {
            booking: booking.id,
            job: job.job,
        };
        let at = promise.respond_by + crate::rules::EXPIRE_GRACE;
        platform::queue::enqueue(&mut tx, &expire, platform::queue::Run::at(at)).await?;
        let told = Tell::new(
            format!("confirmed:{}", booking.id),
            booking.customer,
            "booking_confirmed",
            &[("reference", booking.reference.clone())],
        );
        platform::queue::enqueue(&mut tx, &told, platform::queue::Run::now(ctx.now)).await?;
        ctx.complete(tx).await?;
        self.lanes.job(job.job).await;
        Ok(())
    }

    async fn settle(&self, ctx: Ctx, job: Settle) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (booking, _) = lock(&mut tx, job.booking).await?;
        drop(tx);
        if booking.state != BookingState::Accepted {
            return Ok(());
        }
        let vendor = booking
            .vendor
            .ok_or_else(|| anyhow::anyhow!("an accepted booking without a vendor"))?;
        // Read on the day of supply: it decides who owes the VAT.
        let card = self.below.vendors.vendor(vendor).await?;
        let (platform_fee, service) = fee_and_service(&booking.lines);
        self.below
            .settlement
            .settle(SettleBooking {
                booking: booking.id,
                customer: booking.customer,
                vendor,
                platform_fee,
                service,
                materials: booking.materials,
                commission_basis_points: card.commission_basis_points,
                vendor_vat_registered: card.vat_registered,
                hold_days: booking.quality_hold_days,
            })
            .await?;
        Ok(())
    }

    async fn wind_down(&self, ctx: Ctx, job: WindDown) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (booking, _) = lock(&mut tx, job.booking).await?;
        drop(tx);
        if let Some(visit) = job.job {
            self.below.dispatch.withdraw(visit, ctx.now).await?;
            self.below
                .sla
                .command(visit, ClockCommand::Cancel, ctx.now)
                .await?;
        }
        self.below
            .settlement
            .release(ReleaseHolds {
                booking: job.booking,
                customer: booking.customer,
                fee: job.fee,
            })
            .await?;
        let (template, params) = if job.expired {
            (
                "booking_expired",
                vec![("reference", booking.reference.clone())],
            )
        } else {
            let fee = job.fee.to_string();
            (
                "booking_cancelled",
                vec![("reference", booking.reference.clone()), ("fee", fee)],
            )
        };
        let told = Tell::new(
            format!("ended:{}", booking.id),
            booking.customer,
            template,
            &params,
        );
        let mut tx = ctx.begin().await?;
        platform::queue::enqueue(&mut tx, &told, platform::queue::Run::now(ctx.now)).await?;
        ctx.complete(tx).await?;
        Ok(())
    }

    async fn give_back_money(&self, ctx: Ctx, job: GiveBack) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (booking, _) = lock(&mut tx, job.booking).await?;
        drop(tx);
        self.below
            .settlement
            .remedy(Remedy {
                key: format!("remedy:{}", job.clock),
                booking: job.booking,
                customer: booking.customer,
                credit: job.credit,
                vendor: booking.vendor,
                penalty: job.penalty,
            })
            .await?;
        Ok(())
    }

    async fn tell_person(&self, _: Ctx, job: Tell) -> anyhow::Result<()> {
        self.below
            .notify
            .send(Notice {
                key: job.key,
                to: Recipient::User(job.to),
                template: Slug::parse(&job.template)?,
                params: job.params,
            })
            .await?;
        Ok(())
    }

    async fn expire_payment(&self, ctx: Ctx, job: ExpirePayment) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (mut booking, _) = lock(&mut tx, job.booking).await?;
        if booking.state == BookingState::AwaitingPayment {
            end(
                &mut tx,
                ctx.now,
                &mut booking,
                None,
                BookingAction::Expire,
                None,
                "payment never came",
            )
            .await?;
        }
        ctx.complete(tx).await?;
        Ok(())
    }

    async fn expire_unassigned(&self, ctx: Ctx, job: ExpireUnassigned) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (mut booking, visit) = lock(&mut tx, job.booking).await?;
        if let Some(mut visit) = visit
            && visit.id == job.job
            && booking.state == BookingState::Confirmed
            && matches!(visit.state, JobState::Queued | JobState::Offered)
        {
            // Dispatch may have assigned it while the news is still on its way here.
            if self.below.dispatch.assignment(job.job).await?.is_none() {
                let action = BookingAction::Expire;
                end(
                    &mut tx,
                    ctx.now,
                    &mut booking,
                    Some(&mut visit),
                    action,
                    None,
                    "no technician",
                )
                .await?;
            }
        }
        ctx.complete(tx).await?;
        Ok(())
    }

    async fn auto_accept(&self, ctx: Ctx, job: AutoAccept) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (mut booking, visit) = lock(&mut tx, job.booking).await?;
        if booking.state == BookingState::AwaitingAcceptance
            && let Some(mut visit) = visit
        {
            accept(&mut tx, ctx.now, &mut booking, &mut visit, None).await?;
        }
        ctx.complete(tx).await?;
        Ok(())
    }

    async fn visit_over(&self, ctx: Ctx, job: VisitOver) -> anyhow::Result<()> {
        self.below.dispatch.complete(job.job, ctx.now).await?;
        Ok(())
    }

    async fn move_clocks(&self, _: Ctx, job: MoveClocks) -> anyhow::Result<()> {
        self.below.sla.command(job.job, job.command, job.at).await?;
        self.lanes.job(job.job).await;
        Ok(())
    }

    async fn requeue(&self, ctx: Ctx, job: Requeue) -> anyhow::Result<()> {
        self.below
            .dispatch
            .requeue(job.job, job.reason, ctx.now)
            .await?;
        Ok(())
    }
}
