//! A technician gets a job, by an offer or by a dispatcher's decision.

use crate::{Dispatch, store};
use contract_dispatch::{Assignment, DispatchFault, JobAssigned, RequestState};
use contract_sla::Urgency;
use kernel::{Failure, JobId, Outcome, TechnicianId, Time, UserId, VendorId, minutes};
use platform::db::violates;
use platform::queue::{Job, Run, enqueue};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

/// Tells the SLA module when the technician is expected.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PredictArrival {
    pub job: JobId,
    pub eta: Time,
}
impl Job for PredictArrival {
    const NAME: &'static str = "dispatch.predict_arrival";
}

/// A new assignment of a locked request.
pub(crate) struct Taking {
    pub job: store::Locked,
    pub technician: TechnicianId,
    pub vendor: VendorId,
    pub eta: Time,
    /// The dispatcher who decided and why.
    pub by: Option<(UserId, String)>,
}

impl Dispatch {
    /// Writes the assignment and tells everyone. The database has the last word on clashes.
    pub(crate) async fn take(
        &self,
        tx: &mut PgConnection,
        now: Time,
        taking: Taking,
    ) -> Outcome<Assignment, DispatchFault> {
        let Taking {
            job,
            technician,
            vendor,
            eta,
            by,
        } = taking;
        let from = match job.urgency {
            Urgency::Immediate => now,
            Urgency::Scheduled => eta,
        };
        if job.urgency == Urgency::Immediate {
            // Time slots can't see a job that runs over; this can.
            let running = sqlx::query_scalar!(
                r#"SELECT EXISTS (SELECT 1 FROM dispatch.assignments
                   WHERE technician = $1 AND closed_at IS NULL AND lower(slot) <= $2) AS "running!""#,
                technician.uuid(),
                now
            )
            .fetch_one(&mut *tx)
            .await?;
            if running {
                return Err(DispatchFault::TechnicianBusy.into());
            }
        }
        let until =
            eta + minutes(job.duration_minutes.into()) + minutes(self.settings.buffer_minutes);
        let (user, reason) = by.unzip();
        let assignment = Assignment {
            job: job.job,
            technician,
            vendor,
            assigned_at: now,
            eta,
            by: user,
        };
        sqlx::query!(
            "INSERT INTO dispatch.assignments (job, technician, vendor, assigned_at, eta, slot, assigned_by, reason)
             VALUES ($1, $2, $3, $4, $5, tstzrange($6, $7), $8, $9)",
            job.job.uuid(),
            technician.uuid(),
            vendor.uuid(),
            now,
            eta,
            from,
            until,
            user.map(|u| u.uuid()),
            reason
        )
        .execute(&mut *tx)
        .await
        .map_err(|error| match error {
            e if violates(&e, "assignments_no_clash") => Failure::from(DispatchFault::TechnicianBusy),
            e if violates(&e, "assignments_one_open_per_job") => DispatchFault::AlreadyAssigned.into(),
            e => e.into(),
        })?;
        store::set_state(tx, job.job, RequestState::Assigned, now).await?;
        let event = JobAssigned {
            booking: job.booking,
            assignment: assignment.clone(),
        };
        platform::events::publish(&mut *tx, now, &event).await?;
        enqueue(
            &mut *tx,
            &PredictArrival { job: job.job, eta },
            Run::now(now),
        )
        .await?;
        Ok(assignment)
    }
}
