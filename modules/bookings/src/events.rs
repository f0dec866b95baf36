//! What bookings listen to. Each handler's effect and the end of its job are one transaction;
//! news that comes late or twice finds the state moved on and changes nothing.

use crate::Bookings;
use crate::launch::{GiveBack, MoveClocks, Tell, WindDown};
use crate::moves::confirm;
use crate::rules::{BookingAction, JobAction, job_next, remedy};
use crate::state::{lock, move_booking, move_job, tell};
use contract_bookings::{BookingState, JobState};
use contract_dispatch::{JobAssigned, JobEscalated, JobOffered, JobRequeued};
use contract_settlement::{BookingSettled, HoldAuthorized, HoldDeclined, HoldPurpose};
use contract_sla::{BreachPredicted, ClockBreached, ClockCommand, ClockKind};
use kernel::{BookingId, Money};
use platform::queue::{Ctx, Registry, Run, enqueue};
use serde_json::json;
use std::sync::Arc;

pub(crate) fn register(me: &Arc<Bookings>, registry: &mut Registry) {
    macro_rules! on {
        ($subscriber:literal, $event:ty, $method:ident) => {
            let this = me.clone();
            registry.on($subscriber, move |ctx: Ctx, event: $event| {
                let this = this.clone();
                async move { this.$method(ctx, event).await }
            });
        };
    }
    on!(
        "bookings.on_hold_authorized",
        HoldAuthorized,
        on_hold_authorized
    );
    on!("bookings.on_hold_declined", HoldDeclined, on_hold_declined);
    on!("bookings.on_settled", BookingSettled, on_settled);
    on!("bookings.on_offered", JobOffered, on_offered);
    on!("bookings.on_requeued", JobRequeued, on_requeued);
    on!("bookings.on_assigned", JobAssigned, on_assigned);
    on!("bookings.on_escalated", JobEscalated, on_escalated);
    on!("bookings.on_breached", ClockBreached, on_breached);
    on!(
        "bookings.on_breach_predicted",
        BreachPredicted,
        on_breach_predicted
    );
}

impl Bookings {
    async fn on_hold_authorized(&self, ctx: Ctx, event: HoldAuthorized) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (mut booking, job) = lock(&mut tx, event.booking).await?;
        match (event.purpose, booking.state) {
            (HoldPurpose::Booking, BookingState::AwaitingPayment)
                if event.amount == booking.total =>
            {
                confirm(&mut tx, ctx.now, &mut booking).await?;
            }
            (HoldPurpose::Extra(extra), _) if booking.state.is_open() => {
                self.extra_paid(&mut tx, ctx.now, &mut booking, job, extra, event.amount)
                    .await?;
            }
            // The customer paid after the booking had ended: the money goes back.
            (_, BookingState::Cancelled | BookingState::Expired) => {
                let release = WindDown {
                    booking: booking.id,
                    job: None,
                    fee: Money::ZERO,
                    expired: booking.state == BookingState::Expired,
                };
                enqueue(&mut tx, &release, Run::now(ctx.now)).await?;
            }
            _ => {}
        }
        ctx.complete(tx).await?;
        Ok(())
    }

    async fn on_hold_declined(&self, ctx: Ctx, event: HoldDeclined) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (booking, _) = lock(&mut tx, event.booking).await?;
        let details = json!({ "response_code": event.response_code });
        tell(
            &mut tx,
            ctx.now,
            booking.id,
            None,
            "payment_declined",
            None,
            None,
            None,
            details,
        )
        .await?;
        if booking.state.is_open() {
            let told = Tell::new(
                format!("declined:{}", event.hold),
                booking.customer,
                "hold_failed",
                &[("reference", booking.reference.clone())],
            );
            enqueue(&mut tx, &told, Run::now(ctx.now)).await?;
        }
        ctx.complete(tx).await?;
        Ok(())
    }

    async fn on_settled(&self, ctx: Ctx, event: BookingSettled) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (mut booking, _) = lock(&mut tx, event.booking).await?;
        if booking.state == BookingState::Accepted {
            move_booking(&mut tx, ctx.now, &mut booking, BookingAction::Settle, None).await?;
            let told = Tell::new(
                format!("settled:{}", booking.id),
                booking.customer,
                "booking_accepted",
                &[
                    ("reference", booking.reference.clone()),
                    ("amount", event.collected.to_string()),
                ],
            );
            enqueue(&mut tx, &told, Run::now(ctx.now)).await?;
        }
        ctx.complete(tx).await?;
        Ok(())
    }

    async fn on_offered(&self, ctx: Ctx, event: JobOffered) -> anyhow::Result<()> {
        self.step(ctx, event.booking, event.job, JobAction::Offer)
            .await
    }

    async fn on_requeued(&self, ctx: Ctx, event: JobRequeued) -> anyhow::Result<()> {
        self.step(ctx, event.booking, event.job, JobAction::Requeue)
            .await
    }

    /// A dispatch step that only shows on the visit; late news is no news.
    async fn step(
        &self,
        ctx: Ctx,
        booking: BookingId,
        job: kernel::JobId,
        action: JobAction,
    ) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (booking, visit) = lock(&mut tx, booking).await?;
        if let Some(mut visit) = visit
            && visit.id == job
            && matches!(visit.state, JobState::Queued | JobState::Offered)
            && job_next(visit.state, action).is_some()
        {
            move_job(&mut tx, ctx.now, booking.id, &mut visit, action, None).await?;
        }
        ctx.complete(tx).await?;
        Ok(())
    }

    async fn on_assigned(&self, ctx: Ctx, event: JobAssigned) -> anyhow::Result<()> {
        let assignment = event.assignment;
        // The truth of the moment, not of the news: it may have been given to another since.
        let current = self.below.dispatch.assignment(assignment.job).await?;
        let technician = assignment.technician;
        let mut tx = ctx.begin().await?;
        let (booking, visit) = lock(&mut tx, event.booking).await?;
        let Some(mut visit) = visit.filter(|v| v.id == assignment.job) else {
            return Ok(ctx.complete(tx).await?);
        };
        let news = current.is_some_and(|now| now.technician == technician)
            && !(visit.technician == Some(technician) && visit.state != JobState::Queued)
            && job_next(visit.state, JobAction::Assign).is_some();
        if news {
            move_job(
                &mut tx,
                ctx.now,
                booking.id,
                &mut visit,
                JobAction::Assign,
                assignment.by,
            )
            .await?;
            sqlx::query!(
                "update bookings.jobs set technician = $2, vendor = $3, eta = $4, first_eta = $4 where id = $1",
                visit.id.uuid(),
                technician.uuid(),
                assignment.vendor.uuid(),
                assignment.eta
            )
            .execute(&mut *tx)
            .await?;
            sqlx::query!(
                "update bookings.bookings set technician = $2, vendor = $3 where id = $1",
                booking.id.uuid(),
                technician.uuid(),
                assignment.vendor.uuid()
            )
            .execute(&mut *tx)
            .await?;
            let stop = MoveClocks {
                job: visit.id,
                command: ClockCommand::Stop {
                    kind: ClockKind::Respond,
                },
                at: assignment.assigned_at,
            };
            enqueue(&mut tx, &stop, Run::now(ctx.now)).await?;
            let cards = self.below.vendors.technicians(vec![technician]).await?;
            let name = cards
                .first()
                .map(|card| card.name.ar.clone())
                .unwrap_or_default();
            let minutes = (assignment.eta.since(ctx.now).as_secs() / 60).max(0);
            let told = Tell::new(
                format!("assigned:{}:{technician}", visit.id),
                booking.customer,
                "technician_assigned",
                &[("name", name), ("eta_minutes", minutes.to_string())],
            );
            enqueue(&mut tx, &told, Run::now(ctx.now)).await?;
        }
        ctx.complete(tx).await?;
        Ok(())
    }

    async fn on_escalated(&self, ctx: Ctx, event: JobEscalated) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (booking, _) = lock(&mut tx, event.booking).await?;
        let details = json!({ "reason": event.reason });
        tell(
            &mut tx,
            ctx.now,
            booking.id,
            Some(event.job),
            "escalated",
            None,
            None,
            None,
            details,
        )
        .await?;
        ctx.complete(tx).await?;
        Ok(())
    }

    async fn on_breached(&self, ctx: Ctx, event: ClockBreached) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (booking, _) = lock(&mut tx, event.booking).await?;
        let details = json!({ "clock": event.kind, "deadline": event.deadline });
        tell(
            &mut tx,
            ctx.now,
            booking.id,
            Some(event.job),
            "breached",
            None,
            None,
            None,
            details,
        )
        .await?;
        // The remedy is for a late arrival, once, while the work is still going to be done.
        if event.kind == ClockKind::Arrive && booking.state.is_open() && booking.remedy.is_zero() {
            let credit = remedy(&booking.lines, event.remedy_percent);
            if credit.is_positive() {
                sqlx::query!(
                    "update bookings.bookings set remedy_halalas = $2 where id = $1",
                    booking.id.uuid(),
                    credit.halalas()
                )
                .execute(&mut *tx)
                .await?;
                let give_back = GiveBack {
                    booking: booking.id,
                    clock: event.clock.to_string(),
                    credit,
                    penalty: event.vendor_penalty,
                };
                enqueue(&mut tx, &give_back, Run::now(ctx.now)).await?;
            }
        }
        ctx.complete(tx).await?;
        Ok(())
    }

    async fn on_breach_predicted(&self, ctx: Ctx, event: BreachPredicted) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (booking, _) = lock(&mut tx, event.booking).await?;
        let minutes = (event.expected.since(event.deadline).as_secs() / 60).max(1);
        let details = json!({ "clock": event.kind, "late_minutes": minutes });
        tell(
            &mut tx,
            ctx.now,
            booking.id,
            Some(event.job),
            "slipping",
            None,
            None,
            None,
            details,
        )
        .await?;
        if event.kind == ClockKind::Arrive && booking.state.is_open() {
            let told = Tell::new(
                format!("slip:{}", event.alarm),
                booking.customer,
                "sla_slip",
                &[("minutes", minutes.to_string())],
            );
            enqueue(&mut tx, &told, Run::now(ctx.now)).await?;
        }
        ctx.complete(tx).await?;
        Ok(())
    }
}
