//! What dispatch itself knows of technicians: their commitments, their day, open offers, and
//! what they answered to these jobs before.

use crate::rules::{Commitment, Refusal};
use crate::store;
use kernel::{JobId, TechnicianId, Time, hours};
use sqlx::PgConnection;
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct Known {
    commitments: BTreeMap<TechnicianId, Vec<(JobId, Commitment)>>,
    finished: BTreeMap<TechnicianId, Vec<Time>>,
    offers: BTreeMap<TechnicianId, JobId>,
    refusals: BTreeMap<(JobId, TechnicianId), Refusal>,
}

impl Known {
    pub(crate) async fn read(
        db: &mut PgConnection,
        jobs: &[JobId],
        technicians: &[TechnicianId],
        now: Time,
    ) -> sqlx::Result<Self> {
        let mut known = Self::default();
        let ids: Vec<_> = technicians.iter().map(|id| id.uuid()).collect();
        let job_ids: Vec<_> = jobs.iter().map(|id| id.uuid()).collect();

        let open = sqlx::query!(
            r#"SELECT a.technician AS "technician: TechnicianId", a.job AS "job: JobId", r.lat, r.lon,
                      lower(a.slot) AS "from!", upper(a.slot) AS "until!"
               FROM dispatch.assignments a JOIN dispatch.requests r ON r.job = a.job
               WHERE a.technician = ANY($1) AND a.closed_at IS NULL
               ORDER BY a.technician, lower(a.slot)"#,
            &ids
        )
        .fetch_all(&mut *db)
        .await?;
        for row in open {
            let commitment = Commitment {
                pin: store::point(row.lat, row.lon)?,
                from: row.from,
                until: row.until,
            };
            let of = known.commitments.entry(row.technician).or_default();
            of.push((row.job, commitment));
        }

        let finished = sqlx::query!(
            r#"SELECT technician AS "technician: TechnicianId", lower(slot) AS "from!"
               FROM dispatch.assignments
               WHERE technician = ANY($1) AND outcome = 'completed' AND lower(slot) >= $2"#,
            &ids,
            now - hours(36)
        )
        .fetch_all(&mut *db)
        .await?;
        for row in finished {
            known
                .finished
                .entry(row.technician)
                .or_default()
                .push(row.from);
        }

        let offers = sqlx::query!(
            r#"SELECT technician AS "technician: TechnicianId", job AS "job: JobId"
               FROM dispatch.offers WHERE technician = ANY($1) AND state = 'open'"#,
            &ids
        )
        .fetch_all(&mut *db)
        .await?;
        known.offers = offers
            .into_iter()
            .map(|row| (row.technician, row.job))
            .collect();

        let refused = sqlx::query!(
            r#"SELECT job AS "job: JobId", technician AS "technician: TechnicianId", max(closed_at) AS "at!"
               FROM dispatch.offers WHERE job = ANY($1) AND state IN ('declined', 'expired')
               GROUP BY job, technician"#,
            &job_ids
        )
        .fetch_all(&mut *db)
        .await?;
        for row in refused {
            let key = (row.job, row.technician);
            known.refusals.insert(key, Refusal::Asked(row.at));
        }
        let released = sqlx::query!(
            r#"SELECT DISTINCT job AS "job: JobId", technician AS "technician: TechnicianId"
               FROM dispatch.assignments WHERE job = ANY($1) AND outcome IN ('requeued', 'reassigned')"#,
            &job_ids
        )
        .fetch_all(&mut *db)
        .await?;
        for row in released {
            let key = (row.job, row.technician);
            known.refusals.insert(key, Refusal::Released);
        }
        Ok(known)
    }

    /// Unfinished jobs other than this one, by start.
    pub(crate) fn commitments(&self, technician: TechnicianId, job: JobId) -> Vec<Commitment> {
        let of = self.commitments.get(&technician).into_iter().flatten();
        of.filter(|(other, _)| *other != job)
            .map(|(_, c)| *c)
            .collect()
    }

    /// Jobs done or to be done on the day, in Riyadh, of `visit`.
    pub(crate) fn jobs_that_day(&self, technician: TechnicianId, job: JobId, visit: Time) -> u32 {
        let day = visit.in_riyadh().date();
        let open = self
            .commitments(technician, job)
            .into_iter()
            .map(|c| c.from);
        let done = self
            .finished
            .get(&technician)
            .into_iter()
            .flatten()
            .copied();
        let count = open
            .chain(done)
            .filter(|from| from.in_riyadh().date() == day)
            .count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Whether they are looking at an offer of another job.
    pub(crate) fn offer_open(&self, technician: TechnicianId, job: JobId) -> bool {
        self.offers
            .get(&technician)
            .is_some_and(|other| *other != job)
    }

    pub(crate) fn refusal(&self, technician: TechnicianId, job: JobId) -> Option<Refusal> {
        self.refusals.get(&(job, technician)).copied()
    }
}
