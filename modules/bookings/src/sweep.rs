//! Forgets what came to nothing: quotes and photos that nobody used, photos that never came whole.

use crate::Bookings;
use kernel::{Time, UploadId, days, hours};
use platform::queue::{Ctx, Job};
use serde::{Deserialize, Serialize};

/// Somebody may still ask what a price was.
const QUOTES_KEPT_DAYS: i64 = 30;

/// A visit may be interrupted. Not longer: few may wait to be used.
const PHOTOS_KEPT_DAYS: i64 = 7;

/// No upload takes so long.
const STORED_WITHIN_HOURS: i64 = 1;

/// Photos of one round.
const A_BATCH: i64 = 100;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sweep {}
impl Job for Sweep {
    const NAME: &'static str = "bookings.sweep";
}

/// A photo in object storage, and its row.
pub(crate) struct Photo {
    pub id: UploadId,
    pub object_key: String,
}

impl Bookings {
    pub(crate) async fn sweep(&self, ctx: Ctx, _: Sweep) -> anyhow::Result<()> {
        let quotes = sqlx::query!(
            "delete from bookings.quotes where booking is null and created_at < $1",
            ctx.now - days(QUOTES_KEPT_DAYS)
        )
        .execute(&self.p.db)
        .await?
        .rows_affected();
        let unused = ctx.now - days(PHOTOS_KEPT_DAYS);
        let broken_off = ctx.now - hours(STORED_WITHIN_HOURS);
        let photos = self.sweep_photos(unused, broken_off).await?;
        tracing::info!(quotes, photos, "unused quotes and photos swept");
        Ok(())
    }

    async fn sweep_photos(&self, unused: Time, broken_off: Time) -> anyhow::Result<usize> {
        let mut swept = 0;
        loop {
            let photos = sqlx::query_as!(
                Photo,
                r#"select id as "id: UploadId", object_key from bookings.uploads
                   where booking is null
                     and (created_at < $1 or stored_at is null and created_at < $2)
                   order by created_at, id limit $3"#,
                unused,
                broken_off,
                A_BATCH
            )
            .fetch_all(&self.p.db)
            .await?;
            if photos.is_empty() {
                return Ok(swept);
            }
            swept += photos.len();
            self.remove_each(photos).await?;
        }
    }

    /// The object goes first: a crash between leaves a row that is come upon again, never a photo
    /// that nobody knows of.
    pub(crate) async fn remove_each(&self, photos: Vec<Photo>) -> anyhow::Result<()> {
        for photo in photos {
            self.p.objects.delete(&photo.object_key).await?;
            sqlx::query!(
                "delete from bookings.uploads where id = $1",
                photo.id.uuid()
            )
            .execute(&self.p.db)
            .await?;
        }
        Ok(())
    }
}
