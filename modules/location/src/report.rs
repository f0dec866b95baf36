//! A technician's position comes in.

use crate::Location;
use crate::rules::position::{Fix, Verdict};
use contract_location::{LocationFault, Ping, Pings, PingsTaken, Report};
use kernel::{GeoPoint, Outcome, TechnicianId};

/// Positions in one batch.
pub(crate) const MOST_AT_ONCE: usize = 50;

impl Location {
    /// Stores the position as the technician's last unless a newer one is known, and adds it to
    /// the job's trail. A moment in the future counts as now.
    pub(crate) async fn take_report(&self, report: Report) -> Outcome<(), LocationFault> {
        let now = self.p.clock.now();
        let fix = Fix {
            point: report.point,
            at: report.at.min(now),
        };
        let verdict = self.positions.put(report.technician, fix, now).await?;
        let label = match verdict {
            Verdict::Take => "taken",
            Verdict::Older => "older",
            Verdict::Implausible => "implausible",
        };
        metrics::counter!("khidma_positions_total", "verdict" => label).increment(1);
        if verdict == Verdict::Implausible {
            return Err(LocationFault::ImplausiblePosition.into());
        }
        // A point that comes late is no news of where someone is, but the trail has its place.
        if let Some(job) = report.job {
            self.extend_trail(job, report.technician, fix, now).await?;
        }
        Ok(())
    }

    /// Takes what a phone kept while it had no signal, oldest first whatever the order. One that
    /// is refused harms no other.
    pub(crate) async fn take_batch(
        &self,
        technician: TechnicianId,
        pings: Pings,
    ) -> Outcome<PingsTaken, LocationFault> {
        if pings.positions.len() > MOST_AT_ONCE {
            return Err(LocationFault::TooManyPositions {
                most: MOST_AT_ONCE as u32,
            }
            .into());
        }
        let now = self.p.clock.now();
        let mut positions = pings.positions;
        positions.sort_by_key(|ping| ping.at.unwrap_or(now));
        let mut sum = PingsTaken::default();
        for ping in positions {
            let Some(report) = report_of(technician, ping, now) else {
                sum.refused += 1;
                continue;
            };
            match self.take_report(report).await {
                Ok(()) => sum.taken += 1,
                Err(failure) if failure.refused().is_some() => sum.refused += 1,
                Err(failure) => return Err(failure),
            }
        }
        Ok(sum)
    }
}

/// `None` if it is no point on Earth.
pub(crate) fn report_of(technician: TechnicianId, ping: Ping, now: kernel::Time) -> Option<Report> {
    Some(Report {
        technician,
        point: GeoPoint::new(ping.lat, ping.lon).ok()?,
        at: ping.at.unwrap_or(now),
        job: ping.job,
    })
}
