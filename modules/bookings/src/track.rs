//! Following a visit: where the technician is, when they are expected, what we promised; and the
//! watch that tells the clocks early when an arrival slips.

use crate::Bookings;
use crate::rating::record;
use crate::state::parse;
use axum::extract::{Path, State};
use contract_bookings::{BookingFault, BookingState, JobState, TrackView, TrackedTechnician};
use contract_location::Leg;
use contract_sla::ClockKind;
use kernel::access::may;
use kernel::{BookingId, GeoPoint, JobId, Lift, Outcome, TechnicianId, UserId};
use platform::http::{Permit, Problem, Reply};
use platform::queue::{Ctx, Job, Registry};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Follows a booking of one's own
#[utoipa::path(get, path = "/v1/bookings/{id}/track", tag = "bookings",
    params(("id" = BookingId, Path)),
    responses((status = 200, body = TrackView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn track(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsRead>,
    Path(id): Path<BookingId>,
) -> Result<Reply<TrackView>, Problem> {
    Ok(Reply::ok(me.track(id, permit.actor.user).await?))
}

impl Bookings {
    async fn track(&self, id: BookingId, customer: UserId) -> Outcome<TrackView, BookingFault> {
        let now = self.p.now();
        let row = sqlx::query!(
            r#"select b.state, b.finish_code, j.id as "job?: JobId", j.state as "job_state?",
                      j.technician as "technician: TechnicianId", j.eta
               from bookings.bookings b
               left join lateral (select * from bookings.jobs where booking = b.id order by id desc limit 1) j on true
               where b.id = $1 and b.customer = $2"#,
            id.uuid(),
            customer.uuid()
        )
        .fetch_optional(&self.p.db)
        .await?
        .ok_or(BookingFault::UnknownBooking)?;
        let state: BookingState = parse(&row.state)?;
        let job_state: Option<JobState> = row.job_state.as_deref().map(parse).transpose()?;
        let mut technician = None;
        let mut position = None;
        if let Some(who) = row.technician {
            let cards = self
                .below
                .vendors
                .technicians(vec![who])
                .await
                .unexpected()?;
            let record = record(&self.p.db, who).await?;
            technician = cards.into_iter().next().map(|card| TrackedTechnician {
                id: card.id,
                name: card.name,
                vendor: card.vendor_name,
                rating: record.rating,
                visits: record.visits,
            });
            // Never a technician's position outside a job.
            if job_state.is_some_and(visible) {
                position = self
                    .below
                    .location
                    .positions(vec![who], now)
                    .await
                    .lift()?
                    .into_iter()
                    .next();
            }
        }
        let clocks = match row.job {
            Some(job) => self.below.sla.clocks(vec![job]).await.lift()?,
            None => Vec::new(),
        };
        let to_accept = matches!(
            state,
            BookingState::InService | BookingState::AwaitingAcceptance
        );
        Ok(TrackView {
            booking: id,
            state,
            job: row.job,
            job_state,
            technician,
            position,
            eta: row.eta.filter(|_| job_state.is_some_and(moving)),
            clocks: clocks.into_iter().map(|(_, clock)| clock).collect(),
            finish_code: to_accept.then_some(row.finish_code),
            now,
        })
    }
}

fn moving(state: JobState) -> bool {
    matches!(state, JobState::Assigned | JobState::EnRoute)
}

fn visible(state: JobState) -> bool {
    matches!(
        state,
        JobState::EnRoute | JobState::Arrived | JobState::InProgress | JobState::AwaitingApproval
    )
}

/// An estimate that moved by less than this is the same to those who watch.
const WORTH_TELLING: jiff::SignedDuration = kernel::seconds(30);

/// Estimates every arrival that is still to come and tells the clocks.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WatchArrivals {}
impl Job for WatchArrivals {
    const NAME: &'static str = "bookings.watch_arrivals";
    const MAX_ATTEMPTS: i32 = 3;
}

pub(crate) fn register(me: &Arc<Bookings>, registry: &mut Registry) {
    let this = me.clone();
    registry.job(move |ctx: Ctx, _: WatchArrivals| {
        let this = this.clone();
        async move { this.watch_arrivals(ctx).await }
    });
}

impl Bookings {
    async fn watch_arrivals(&self, ctx: Ctx) -> anyhow::Result<()> {
        let rows = sqlx::query!(
            r#"select j.id as "job: JobId", j.technician as "technician!: TechnicianId", b.lat, b.lon, b.slot,
                      j.eta, b.id as "booking: BookingId", b.customer as "customer: UserId"
               from bookings.jobs j join bookings.bookings b on b.id = j.booking
               where j.state in ('assigned', 'en_route') and j.technician is not null
               order by j.id limit 2000"#
        )
        .fetch_all(&self.p.db)
        .await?;
        if rows.is_empty() {
            return Ok(());
        }
        let technicians = rows.iter().map(|row| row.technician).collect();
        let positions = self.below.location.positions(technicians, ctx.now).await?;
        let mut legs = Vec::new();
        let mut whose = Vec::new();
        for row in &rows {
            // A visit booked for later has no estimate worth telling yet.
            if row
                .slot
                .is_some_and(|slot| slot > ctx.now + kernel::hours(1))
            {
                continue;
            }
            let known = positions
                .iter()
                .find(|p| p.technician == row.technician && p.fresh);
            if let Some(position) = known {
                let to = GeoPoint::new(row.lat, row.lon)?;
                legs.push(Leg {
                    from: position.point,
                    to,
                });
                whose.push(row);
            }
        }
        let travel = self.below.location.travel(legs, ctx.now).await?;
        let mut changed = Vec::new();
        for (row, leg) in whose.into_iter().zip(travel) {
            let job = row.job;
            let there = ctx.now + kernel::seconds(i64::from(leg.seconds));
            let eta = row.slot.map_or(there, |slot| there.max(slot));
            if row
                .eta
                .is_none_or(|known| known.since(eta).abs() >= WORTH_TELLING)
            {
                changed.push((job, row.booking, row.customer));
            }
            sqlx::query!(
                "update bookings.jobs set eta = $2 where id = $1 and state in ('assigned', 'en_route')",
                job.uuid(),
                eta
            )
            .execute(&self.p.db)
            .await?;
            self.below
                .sla
                .predict(job, ClockKind::Arrive, eta, ctx.now)
                .await?;
        }
        self.lanes.arrivals(&changed).await;
        Ok(())
    }
}
