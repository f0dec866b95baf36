//! Everything at once, for a console that opens.

use super::{dots, lines, presence, zones};
use crate::Bookings;
use axum::extract::State;
use contract_bookings::{BookingFault, ConsoleView, Presence};
use kernel::access::{Actor, may};
use kernel::{JobId, Lift, Outcome, Slug};
use platform::http::{Permit, Problem, Reply};
use std::collections::BTreeMap;
use std::sync::Arc;

/// More alarms than that nobody reads.
const MOST_ALARMS: u32 = 500;

/// The console of one's zones, at this moment
///
/// Open jobs with their clocks, technicians on the map, alarms, who looks at what. Then follow
/// `GET /v1/staff/live` with `event` as `Last-Event-ID`: what happens meanwhile is not missed.
#[utoipa::path(get, path = "/v1/staff/console", tag = "staff",
    responses((status = 200, body = ConsoleView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn console(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::DispatchRead>,
) -> Result<Reply<ConsoleView>, Problem> {
    // Before anything is read: what changes while it is read is told by the stream as well.
    let event = me.lanes.staff.mark().await?.to_string();
    Ok(Reply::ok(me.console(&permit.actor, event).await?))
}

impl Bookings {
    async fn console(&self, actor: &Actor, event: String) -> Outcome<ConsoleView, BookingFault> {
        let now = self.p.now();
        let (db, below) = (&self.p.db, &self.below);
        let own = actor.scope.zones.as_deref();
        let jobs = lines::of_zones(db, below, zones(actor)).await?;
        let alarms = below
            .sla
            .open_alarms(actor.scope.zones.clone(), MOST_ALARMS)
            .await
            .lift()?;
        let mut known = dots::Known::default();
        known.learn(db, below, now, true).await?;
        let technicians = known
            .said()
            .filter(|placed| placed.visible(own))
            .map(|placed| placed.dot.clone())
            .collect();
        let presence = self.presence(own).await?;
        Ok(ConsoleView {
            at: now,
            event,
            jobs,
            technicians,
            alarms,
            presence,
        })
    }

    async fn presence(&self, own: Option<&[Slug]>) -> Outcome<Vec<Presence>, BookingFault> {
        let mut there = presence::read(&self.p.redis).await?;
        if let Some(own) = own {
            let jobs: Vec<JobId> = there.keys().copied().collect();
            let zones: BTreeMap<JobId, Slug> = lines::zones_of(&self.p.db, &jobs)
                .await?
                .into_iter()
                .collect();
            there.retain(|job, _| zones.get(job).is_some_and(|zone| own.contains(zone)));
        }
        presence::named(&*self.below.identity, &there).await
    }
}
