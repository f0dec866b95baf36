//! Clocks as a screen shows them.

use crate::Sla;
use crate::clock::{kind_from, state_from};
use contract_sla::{ClockView, SlaFault};
use kernel::{ClockId, JobId, Outcome};

impl Sla {
    /// By job, then in the order respond, arrive, complete. Jobs without clocks have no rows.
    pub(crate) async fn clock_views(
        &self,
        jobs: &[JobId],
    ) -> Outcome<Vec<(JobId, ClockView)>, SlaFault> {
        let jobs: Vec<_> = jobs.iter().map(|job| job.uuid()).collect();
        let now = self.p.now();
        let rows = sqlx::query!(
            r#"select c.id as "id: ClockId", c.job_id as "job: JobId", c.kind, c.state, c.started_at, c.deadline,
                      c.stopped_at, c.breached, p.reason as "paused_for?", p.paused_at as "paused_at?"
               from sla.clocks c
               left join sla.clock_pauses p on p.clock_id = c.id and p.resumed_at is null
               where c.job_id = any($1)"#,
            &jobs
        )
        .fetch_all(&self.p.db)
        .await?;
        let mut views = rows
            .into_iter()
            .map(|row| {
                let state = state_from(&row.state)?;
                // Late is late, whether or not a worker has come to say so.
                let running_late = state == contract_sla::ClockState::Running && row.deadline < now;
                let view = ClockView {
                    id: row.id,
                    kind: kind_from(&row.kind)?,
                    state,
                    started_at: row.started_at,
                    deadline: row.deadline,
                    paused_for: row.paused_for,
                    paused_at: row.paused_at,
                    stopped_at: row.stopped_at,
                    breached: row.breached || running_late,
                };
                Ok((row.job, view))
            })
            .collect::<Outcome<Vec<_>, SlaFault>>()?;
        views.sort_by_key(|(job, view)| (*job, view.kind, view.id));
        Ok(views)
    }
}
