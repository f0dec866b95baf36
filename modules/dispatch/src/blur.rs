//! Forgets where customers live, and what technicians typed about a visit there. Dispatch does not know
//! whose a job is, so no erasure reaches them: instead nothing stays for longer than a job needs it.
//! What a dispatcher gave as the reason for deciding by hand stays, with their name.
//!
//! What is read of jobs that are over (the console's story, assignments, statistics) has no pin. Only
//! the ranking as of now, asked for such a job, is as rough as the pin then is.

use crate::Dispatch;
use kernel::days;
use platform::queue::{Ctx, Job};
use serde::{Deserialize, Serialize};

/// As long as the trails of jobs are kept.
const EXACT_DAYS: i64 = 30;

/// Of jobs that have been over for thirty days: rounds the pin to two decimals, about a kilometre, and
/// empties why technicians declined or gave back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BlurPins {}

impl Job for BlurPins {
    const NAME: &'static str = "dispatch.blur_pins";
}

impl Dispatch {
    pub(crate) async fn blur_pins(&self, ctx: &Ctx) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        sqlx::query!(
            "WITH over AS (
                 UPDATE dispatch.requests SET
                     lat = round(lat::numeric, 2)::double precision,
                     lon = round(lon::numeric, 2)::double precision,
                     blurred_at = $1
                 WHERE blurred_at IS NULL AND state IN ('done', 'withdrawn') AND window_at < $2
                 RETURNING job),
             refusals AS (
                 UPDATE dispatch.offers SET reason = NULL
                 WHERE job IN (SELECT job FROM over) AND reason IS NOT NULL)
             UPDATE dispatch.assignments SET close_note = NULL
             WHERE job IN (SELECT job FROM over) AND close_note IS NOT NULL",
            ctx.now,
            ctx.now - days(EXACT_DAYS)
        )
        .execute(&mut *tx)
        .await?;
        ctx.complete(tx).await?;
        Ok(())
    }
}
