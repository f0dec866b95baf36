//! Forgets where customers live. Dispatch does not know whose a job is, so no erasure reaches its pins:
//! instead none stays exact for longer than a job needs it.
//!
//! What is read of jobs that are over (the console's story, assignments, statistics) has no pin. Only
//! the ranking as of now, asked for such a job, is as rough as the pin then is.

use crate::Dispatch;
use kernel::days;
use platform::queue::{Ctx, Job};
use serde::{Deserialize, Serialize};

/// As long as the trails of jobs are kept.
const EXACT_DAYS: i64 = 30;

/// Rounds the pins of jobs that have been over for thirty days to two decimals, about a kilometre.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BlurPins {}

impl Job for BlurPins {
    const NAME: &'static str = "dispatch.blur_pins";
}

impl Dispatch {
    pub(crate) async fn blur_pins(&self, ctx: &Ctx) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        sqlx::query!(
            "UPDATE dispatch.requests SET
                 lat = round(lat::numeric, 2)::double precision,
                 lon = round(lon::numeric, 2)::double precision,
                 blurred_at = $1
             WHERE blurred_at IS NULL AND state IN ('done', 'withdrawn') AND window_at < $2",
            ctx.now,
            ctx.now - days(EXACT_DAYS)
        )
        .execute(&mut *tx)
        .await?;
        ctx.complete(tx).await?;
        Ok(())
    }
}
