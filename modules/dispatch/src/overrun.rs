//! A job that runs over keeps its technician: the time they are taken grows with it, and the
//! job after it is predicted late before it is.

use crate::Dispatch;
use contract_location::Leg;
use contract_sla::ClockKind;
use kernel::{JobId, minutes, seconds};
use platform::queue::{Ctx, Job};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Overruns {}

impl Job for Overruns {
    const NAME: &'static str = "dispatch.overruns";
}

impl Dispatch {
    pub(crate) async fn extend_overruns(&self, ctx: &Ctx) -> anyhow::Result<()> {
        let now = ctx.now;
        let until = now + minutes(self.settings.buffer_minutes.max(6));
        // Nothing here minds being repeated, so the job needs no transaction with its effect.
        // At most up to the next job: the exclusion constraint allows no more, and that job's
        // lateness is told below.
        sqlx::query!(
            "UPDATE dispatch.assignments a
             SET slot = tstzrange(lower(a.slot), least($2, (
                SELECT min(lower(b.slot)) FROM dispatch.assignments b
                WHERE b.technician = a.technician AND b.closed_at IS NULL AND b.id <> a.id
                  AND lower(b.slot) >= upper(a.slot))))
             WHERE a.id IN (
                SELECT id FROM dispatch.assignments
                WHERE closed_at IS NULL AND upper(slot) <= $1 ORDER BY id FOR UPDATE SKIP LOCKED)",
            now,
            until
        )
        .execute(&self.p.db)
        .await?;

        let late = sqlx::query!(
            r#"SELECT DISTINCT ON (a.technician) a.job AS "running: JobId", b.job AS "next: JobId", b.eta,
                      ra.lat AS from_lat, ra.lon AS from_lon, rb.lat AS to_lat, rb.lon AS to_lon
               FROM dispatch.assignments a
               JOIN dispatch.assignments b ON b.technician = a.technician AND b.closed_at IS NULL
                    AND b.id <> a.id AND lower(b.slot) BETWEEN lower(a.slot) AND $2
               JOIN dispatch.requests ra ON ra.job = a.job
               JOIN dispatch.requests rb ON rb.job = b.job
               WHERE a.closed_at IS NULL AND lower(a.slot) <= $1 AND upper(a.slot) <= $2
               ORDER BY a.technician, lower(a.slot), lower(b.slot), b.id"#,
            now,
            until
        )
        .fetch_all(&self.p.db)
        .await?;
        for row in late {
            let leg = Leg {
                from: crate::store::point(row.from_lat, row.from_lon)?,
                to: crate::store::point(row.to_lat, row.to_lon)?,
            };
            let travel = self.location.travel(vec![leg], now).await?;
            let drive = travel.first().map_or(0, |t| t.seconds);
            let expected = row.eta.max(now + seconds(drive.into()));
            self.sla
                .predict(row.next, ClockKind::Arrive, expected, now)
                .await?;
        }
        Ok(())
    }
}
