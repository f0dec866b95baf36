//! What this module keeps about a technician: the last point, and for thirty days the trails of jobs
//! (PDPL). Of customers it keeps nothing, so there is nothing to erase: points go by themselves.

use crate::Location;
use async_trait::async_trait;
use kernel::{JobId, Obstacle, Subject, TechnicianId, Time};
use platform::personal::{Copied, Kept, PersonalRecords};
use serde_json::{Value, json};
use std::collections::BTreeSet;

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
    async fn trails_of(&self, technician: TechnicianId) -> sqlx::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select job_id as "job: JobId", at, lat, lon from location.trails
               where technician_id = $1 order by at, job_id"#,
            technician.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            json!({
                "job": row.job,
                "at": row.at,
                "point": { "lat": row.lat, "lon": row.lon },
            })
        });
        Ok(rows.collect())
    }
}
