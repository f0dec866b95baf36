//! What this module keeps about a technician: what they were offered and what they had (PDPL).
//!
//! Of customers it knows no more than a pin, and not whose it is ([`crate::blur`]). How candidates were
//! weighed is in no copy: a decision is one record about all of them together, and stays as the
//! explanation of the job.

use crate::Dispatch;
use async_trait::async_trait;
use kernel::{Basis, JobId, Obstacle, Subject, TechnicianId, Time};
use platform::personal::{Copied, Kept, PersonalRecords};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::collections::BTreeSet;

#[async_trait]
impl PersonalRecords for Dispatch {
    fn holder(&self) -> &'static str {
        "dispatch"
    }

    async fn copy(&self, subject: Subject) -> anyhow::Result<Copied> {
        let Some(technician) = subject.technician else {
            return Ok(Copied::default());
        };
        Ok(Copied::default()
            .with("offers", offers(&self.p.db, technician).await?)
            .with("assignments", assignments(&self.p.db, technician).await?))
    }

    async fn obstacles(&self, _: Subject) -> anyhow::Result<BTreeSet<Obstacle>> {
        Ok(BTreeSet::new())
    }

    /// Who did which job stays with the job.
    async fn erase(&self, subject: Subject, _: Time) -> anyhow::Result<Vec<Kept>> {
        let Some(technician) = subject.technician else {
            return Ok(Vec::new());
        };
        let rows = sqlx::query!(
            r#"SELECT (SELECT count(*) FROM dispatch.offers WHERE technician = $1) AS "offers!",
                      (SELECT count(*) FROM dispatch.assignments WHERE technician = $1) AS "assignments!""#,
            technician.uuid()
        )
        .fetch_one(&self.p.db)
        .await?;
        let kept = [
            Kept::some("offers", rows.offers.unsigned_abs(), Basis::Others),
            Kept::some(
                "assignments",
                rows.assignments.unsigned_abs(),
                Basis::Others,
            ),
        ];
        Ok(kept.into_iter().flatten().collect())
    }
}

async fn offers(db: &PgPool, technician: TechnicianId) -> sqlx::Result<Vec<Value>> {
    let rows = sqlx::query!(
        r#"SELECT job AS "job: JobId", offered_at, expires_at, eta, travel_seconds, distance_m, state,
                  closed_at, reason
           FROM dispatch.offers WHERE technician = $1 ORDER BY offered_at, id"#,
        technician.uuid()
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| {
        json!({
            "job": row.job,
            "offered_at": row.offered_at,
            "expires_at": row.expires_at,
            "expected_arrival": row.eta,
            "travel_seconds": row.travel_seconds,
            "distance_m": row.distance_m,
            "state": row.state,
            "closed_at": row.closed_at,
            "reason": row.reason,
        })
    });
    Ok(rows.collect())
}

async fn assignments(db: &PgPool, technician: TechnicianId) -> sqlx::Result<Vec<Value>> {
    let rows = sqlx::query!(
        r#"SELECT job AS "job: JobId", assigned_at, eta, lower(slot) AS "from!", upper(slot) AS "until!",
                  assigned_by IS NOT NULL AS "by_a_dispatcher!", closed_at, outcome
           FROM dispatch.assignments WHERE technician = $1 ORDER BY id"#,
        technician.uuid()
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| {
        json!({
            "job": row.job,
            "assigned_at": row.assigned_at,
            "expected_arrival": row.eta,
            "from": row.from,
            "until": row.until,
            "by_a_dispatcher": row.by_a_dispatcher,
            "closed_at": row.closed_at,
            "outcome": row.outcome,
        })
    });
    Ok(rows.collect())
}
