//! What the booking tells dispatch: find somebody, never mind, it is done, somebody else.

use crate::{Dispatch, rules, store, window};
use contract_dispatch::{
    Assignment, DispatchFault, DispatchRequest, JobRequeued, RequestState, TechnicianReleased,
};
use kernel::{JobId, Outcome, TechnicianId, Time};
use sqlx::PgConnection;
use sqlx::types::Json;

impl Dispatch {
    pub(crate) async fn take_request(
        &self,
        request: DispatchRequest,
    ) -> Outcome<(), DispatchFault> {
        let now = self.p.now();
        let window_at = rules::window_at(&request, now, &self.settings);
        let mut tx = self.p.db.begin().await?;
        arrival(&mut tx, request.job).await?;
        let new = sqlx::query!(
            "INSERT INTO dispatch.requests
                (job, booking, service_name, category, skills, lat, lon, sector, sector_name, zone, urgency,
                 earliest, duration_minutes, respond_by, arrive_by, preferred, state, requested_at, window_at)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'waiting', $17, $18
             WHERE NOT EXISTS (SELECT 1 FROM dispatch.early_withdrawals WHERE job = $1)
             ON CONFLICT (job) DO NOTHING",
            request.job.uuid(),
            request.booking.uuid(),
            Json(&request.service_name) as _,
            request.category.as_str(),
            &request.skills.iter().map(|s| s.as_str().to_owned()).collect::<Vec<_>>(),
            request.pin.lat(),
            request.pin.lon(),
            request.sector.as_str(),
            Json(&request.sector_name) as _,
            request.zone.as_str(),
            request.urgency.as_str(),
            request.earliest,
            i32::try_from(request.duration_minutes.max(1)).unwrap_or(i32::MAX),
            request.respond_by,
            request.arrive_by,
            request.preferred.map(|id| id.uuid()),
            now,
            window_at
        )
        .execute(&mut *tx)
        .await?;
        if new.rows_affected() == 1 {
            window::open(&mut tx, request.job, window_at).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn withdraw_request(
        &self,
        job: JobId,
        at: Time,
    ) -> Outcome<(), DispatchFault> {
        let mut tx = self.p.db.begin().await?;
        arrival(&mut tx, job).await?;
        let Some(locked) = store::lock(&mut tx, job).await? else {
            sqlx::query!(
                "INSERT INTO dispatch.early_withdrawals (job, at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                job.uuid(),
                at
            )
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
            return Ok(());
        };
        if matches!(locked.state, RequestState::Done | RequestState::Withdrawn) {
            return Ok(());
        }
        store::set_state(&mut tx, job, RequestState::Withdrawn, at).await?;
        let offered = store::withdraw_offer(&mut tx, job, at, "withdrawn").await?;
        let had = store::close_assignment(&mut tx, job, at, "withdrawn", None).await?;
        if let Some(technician) = had {
            released(&mut tx, &locked, technician, "withdrawn", at).await?;
        }
        if offered || had.is_some() {
            window::open_for_everyone(&mut tx, self.p.now()).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn complete_visit(&self, job: JobId, at: Time) -> Outcome<(), DispatchFault> {
        let mut tx = self.p.db.begin().await?;
        let locked = store::lock(&mut tx, job)
            .await?
            .ok_or(DispatchFault::UnknownJob)?;
        if matches!(locked.state, RequestState::Done | RequestState::Withdrawn) {
            return Ok(());
        }
        store::set_state(&mut tx, job, RequestState::Done, at).await?;
        store::withdraw_offer(&mut tx, job, at, "completed").await?;
        store::close_assignment(&mut tx, job, at, "completed", None).await?;
        window::open_for_everyone(&mut tx, self.p.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn requeue_job(
        &self,
        job: JobId,
        reason: &str,
        at: Time,
    ) -> Outcome<(), DispatchFault> {
        let mut tx = self.p.db.begin().await?;
        let locked = store::lock(&mut tx, job)
            .await?
            .ok_or(DispatchFault::UnknownJob)?;
        match locked.state {
            RequestState::Assigned => {}
            // Said before, or overtaken: there is nobody to take it from.
            _ => return Ok(()),
        }
        // A repeat that comes after somebody else took the job must not cost them the job.
        let current = store::assignment(&mut tx, job).await?;
        if current.is_some_and(|a| a.assigned_at > at) {
            return Ok(());
        }
        let now = self.p.now();
        store::set_state(&mut tx, job, RequestState::Waiting, now).await?;
        let had = store::close_assignment(&mut tx, job, at, "requeued", Some(reason)).await?;
        if let Some(technician) = had {
            released(&mut tx, &locked, technician, "requeued", at).await?;
        }
        let event = JobRequeued {
            job,
            booking: locked.booking,
        };
        platform::events::publish(&mut tx, now, &event).await?;
        window::open(&mut tx, job, now).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn current_assignment(
        &self,
        job: JobId,
    ) -> Outcome<Option<Assignment>, DispatchFault> {
        let mut db = self.p.db.acquire().await?;
        Ok(store::assignment(&mut db, job).await?)
    }
}

/// A request and its withdrawal may come at once and in any order: one waits for the other.
async fn arrival(tx: &mut PgConnection, job: JobId) -> sqlx::Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        job.to_string()
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Tells that a technician no longer has the job.
pub(crate) async fn released(
    tx: &mut PgConnection,
    job: &store::Locked,
    technician: TechnicianId,
    outcome: &str,
    at: Time,
) -> sqlx::Result<()> {
    let event = TechnicianReleased {
        job: job.job,
        booking: job.booking,
        technician,
        outcome: outcome.to_owned(),
        at,
    };
    platform::events::publish(tx, at, &event).await?;
    Ok(())
}
