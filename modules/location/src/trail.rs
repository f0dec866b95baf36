//! Where a technician was during a job: thinned, and deleted after thirty days.
//!
//! The job is the reporter's word: this module knows no jobs. So a trail is one technician's, and
//! whoever reads it knows who was on the job: what others say of it crowds nothing out. A technician
//! could make up jobs: what bounds the points is how many one may leave in a day, whatever the jobs.

use crate::rules::position::{Fix, is_worth_keeping};
use crate::{Location, daily};
use contract_location::{LocationFault, Position};
use jiff::SignedDuration;
use kernel::{Failure, GeoPoint, JobId, Outcome, TechnicianId, Time, days};
use platform::queue::{Ctx, Job};
use serde::{Deserialize, Serialize};

/// How long trails are kept.
const KEPT_DAYS: i64 = 30;
/// Points of one trail: a day of pings every 30 s, three times over.
const LONGEST: i64 = 10_000;
/// Points that one technician's trails keep of a day: one every ten seconds, for almost 14 hours.
const MOST_A_DAY: u32 = 5_000;
/// A phone that had no signal for longer than this tells of jobs that are over.
const LATEST: SignedDuration = days(2);

/// Deletes what is older than thirty days.
#[derive(Debug, Serialize, Deserialize)]
pub struct SweepTrails {}

impl Job for SweepTrails {
    const NAME: &'static str = "location.sweep_trails";
}

impl Location {
    pub(crate) async fn extend_trail(
        &self,
        job: JobId,
        technician: TechnicianId,
        fix: Fix,
        now: Time,
    ) -> Outcome<(), LocationFault> {
        if now.since(fix.at) > LATEST {
            count_dropped("late");
            return Ok(());
        }
        let neighbours = sqlx::query!(
            r#"(select at as "at!: kernel::Time", lat as "lat!", lon as "lon!" from location.trails
                where job_id = $1 and technician_id = $2 and at <= $3 order by at desc limit 1)
               union all
               (select at, lat, lon from location.trails
                where job_id = $1 and technician_id = $2 and at > $3 order by at limit 1)"#,
            job.uuid(),
            technician.uuid(),
            fix.at
        )
        .fetch_all(&self.p.db)
        .await?
        .into_iter()
        .map(|row| {
            let point = GeoPoint::new(row.lat, row.lon).map_err(Failure::internal)?;
            Ok(Fix { point, at: row.at })
        })
        .collect::<Outcome<Vec<_>, LocationFault>>()?;
        if !is_worth_keeping(&neighbours, fix) {
            return Ok(());
        }
        let whose = technician.uuid().simple();
        if !daily::take(&self.p.redis, "trail", whose, fix.at, MOST_A_DAY).await? {
            count_dropped("full");
            return Ok(());
        }
        sqlx::query!(
            "insert into location.trails (job_id, technician_id, at, lat, lon)
             values ($1, $2, $3, $4, $5) on conflict do nothing",
            job.uuid(),
            technician.uuid(),
            fix.at,
            fix.point.lat(),
            fix.point.lon()
        )
        .execute(&self.p.db)
        .await?;
        Ok(())
    }

    pub(crate) async fn trail_of(
        &self,
        job: JobId,
        technician: TechnicianId,
    ) -> Outcome<Vec<Position>, LocationFault> {
        let now = self.p.clock.now();
        let rows = sqlx::query!(
            "select at, lat, lon from location.trails
             where job_id = $1 and technician_id = $2 order by at limit $3",
            job.uuid(),
            technician.uuid(),
            LONGEST
        )
        .fetch_all(&self.p.db)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Position {
                    technician,
                    point: GeoPoint::new(row.lat, row.lon).map_err(Failure::internal)?,
                    at: row.at,
                    fresh: crate::rules::position::is_fresh(row.at, now),
                })
            })
            .collect()
    }

    pub(crate) async fn sweep_trails(&self, ctx: Ctx) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let gone = sqlx::query!(
            "delete from location.trails where at < $1",
            ctx.now - days(KEPT_DAYS)
        )
        .execute(&mut *tx)
        .await?;
        ctx.complete(tx).await?;
        tracing::info!(points = gone.rows_affected(), "trails swept");
        Ok(())
    }
}

fn count_dropped(why: &'static str) {
    metrics::counter!("khidma_trail_points_dropped_total", "why" => why).increment(1);
}
