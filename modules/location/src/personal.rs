//! What this module keeps about a technician: the last point, and for thirty days the trails of jobs
//! (PDPL). Of customers it keeps nothing, so there is nothing to erase: points go by themselves.

use crate::Location;
use async_trait::async_trait;
use kernel::{JobId, Obstacle, Subject, TechnicianId, Time};
use platform::personal::{Copied, Kept, PersonalRecords};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Points read at a time.
const PAGE: i64 = 1_000;

#[async_trait]
impl PersonalRecords for Location {
    fn holder(&self) -> &'static str {
        "location"
    }

    async fn copy(&self, subject: Subject) -> anyhow::Result<Copied> {
        let Some(technician) = subject.technician else {
            return Ok(Copied::default());
        };
        let known = self.positions.of(&[technician], self.p.now()).await?;
        let last = known
            .into_iter()
            .map(|position| json!({ "at": position.at, "point": position.point }));
        Ok(Copied::default()
            .with("last_position", last.collect())
            .with("trails", self.trails_of(technician).await?))
    }

    async fn obstacles(&self, _: Subject) -> anyhow::Result<BTreeSet<Obstacle>> {
        Ok(BTreeSet::new())
    }

    async fn erase(&self, _: Subject, _: Time) -> anyhow::Result<Vec<Kept>> {
        Ok(Vec::new())
    }
}

impl Location {
    /// Read page by page: a month of trails has at most some 150,000 points (`trail.rs`), and they are
    /// not held twice.
    async fn trails_of(&self, technician: TechnicianId) -> sqlx::Result<Vec<Value>> {
        let mut trails = Vec::new();
        let mut after = (Time::UNIX_EPOCH, Uuid::nil());
        loop {
            let page = sqlx::query!(
                r#"select job_id as "job: JobId", at as "at: Time", lat, lon from location.trails
                   where technician_id = $1 and (at, job_id) > ($2, $3)
                   order by at, job_id limit $4"#,
                technician.uuid(),
                after.0,
                after.1,
                PAGE
            )
            .fetch_all(&self.p.db)
            .await?;
            let Some(last) = page.last() else {
                return Ok(trails);
            };
            after = (last.at, last.job.uuid());
            trails.extend(page.into_iter().map(|row| {
                json!({
                    "job": row.job,
                    "at": row.at,
                    "point": { "lat": row.lat, "lon": row.lon },
                })
            }));
        }
    }
}
