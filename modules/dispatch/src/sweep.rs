//! The net under everything that waits: a wake-up that died of a long outage is made up for.

use crate::Dispatch;
use crate::offers::ExpireOffer;
use crate::window::Window;
use kernel::OfferId;
use platform::queue::{Ctx, Job, Run, enqueue};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Sweep {}

impl Job for Sweep {
    const NAME: &'static str = "dispatch.sweep";
}

impl Dispatch {
    pub(crate) async fn sweep(&self, ctx: &Ctx) -> anyhow::Result<()> {
        let now = ctx.now;
        let mut tx = ctx.begin().await?;
        let overdue = sqlx::query_scalar!(
            r#"SELECT id AS "id: OfferId" FROM dispatch.offers
               WHERE state = 'open' AND expires_at <= $1 ORDER BY expires_at, id"#,
            now
        )
        .fetch_all(&mut *tx)
        .await?;
        for offer in overdue {
            enqueue(
                &mut tx,
                &ExpireOffer { offer },
                Run::now(now).unique(offer.to_string()),
            )
            .await?;
        }
        let waiting = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM dispatch.requests
               WHERE state = 'waiting' AND window_at <= $1) AS "waiting!""#,
            now
        )
        .fetch_one(&mut *tx)
        .await?;
        if waiting {
            enqueue(
                &mut tx,
                &Window { everyone: false },
                Run::now(now).unique("sweep"),
            )
            .await?;
        }
        ctx.complete(tx).await?;
        Ok(())
    }
}
