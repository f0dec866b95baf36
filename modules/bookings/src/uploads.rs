//! Photos: checked by their content, kept in private storage, seen through links that expire.

use crate::Bookings;
use crate::console::zones;
use crate::state::lock_person;
use axum::extract::{DefaultBodyLimit, Path, State};
use bytes::Bytes;
use contract_bookings::{BookingFault, Upload, UploadLink};
use kernel::access::{Actor, Permission, may};
use kernel::{BookingId, Failure, Outcome, UploadId, UserId};
use platform::Tx;
use platform::audit;
use platform::http::{Permit, Problem, Reply};
use platform::routes;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;

const MAX_MB: u32 = 10;
const LINK_LIFE: Duration = Duration::from_secs(300);

pub(crate) fn router() -> OpenApiRouter<Arc<Bookings>> {
    // One byte more than allowed reaches us, so that we can say why and not the framework.
    OpenApiRouter::new()
        .routes(routes!(upload))
        .layer(DefaultBodyLimit::max((MAX_MB as usize) * 1024 * 1024 + 1))
        .merge(OpenApiRouter::new().routes(routes!(link)))
}

/// Uploads a photo
///
/// The body is the file: JPEG, PNG or WebP by its content, at most 10 MB. So many photos may wait to
/// be used for a visit, then no more are taken.
#[utoipa::path(post, path = "/v1/uploads", tag = "uploads",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Upload), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn upload(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::JobsWork>,
    file: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Reply<Upload>, Problem> {
    let too_large = || Problem::of(&BookingFault::UploadTooLarge { max_mb: MAX_MB });
    let file = file.map_err(|_| too_large())?;
    if file.len() > (MAX_MB as usize) * 1024 * 1024 {
        return Err(too_large());
    }
    let upload = me.keep(&permit.actor, file).await?;
    Ok(Reply::created(upload))
}

/// A link to a photo
///
/// For whoever uploaded it, the customer whose booking it belongs to, and staff who may see
/// bookings; staff looks are written to the audit log.
#[utoipa::path(get, path = "/v1/uploads/{id}", tag = "uploads",
    params(("id" = UploadId, Path)),
    responses((status = 200, body = UploadLink), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn link(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::UploadsRead>,
    Path(id): Path<UploadId>,
) -> Result<Reply<UploadLink>, Problem> {
    let key = me
        .seen_by(id, &permit.actor)
        .await?
        .ok_or_else(Problem::not_found)?;
    let url =
        me.p.objects
            .signed_get(&key, LINK_LIFE)
            .await
            .map_err(|e| Failure::<BookingFault>::unavailable(e))?;
    Ok(Reply::ok(UploadLink {
        url: url.to_string(),
        expires_in_s: LINK_LIFE.as_secs() as u32,
    }))
}

impl Bookings {
    /// The row is written before its object, and says when that was stored: whatever ends this
    /// half-way leaves a row that [`crate::sweep`] comes upon, never a photo that nobody knows of.
    async fn keep(&self, actor: &Actor, file: Bytes) -> Outcome<Upload, BookingFault> {
        let content_type = sniff(&file).ok_or(BookingFault::NotAPhoto)?;
        let upload = Upload {
            id: UploadId::new(),
            content_type: content_type.to_owned(),
            bytes: file.len() as u32,
            created_at: self.p.now(),
        };
        let key = format!("bookings/{}", upload.id);
        let mut tx = self.p.db.begin().await?;
        lock_person(&mut tx, actor.user).await?;
        let unused = sqlx::query_scalar!(
            r#"select count(*) as "n!" from bookings.uploads where owner = $1 and booking is null"#,
            actor.user.uuid()
        )
        .fetch_one(&mut *tx)
        .await?;
        let max = self.settings.limits.unused_photos;
        if unused >= i64::from(max) {
            return Err(BookingFault::TooManyPhotos { max }.into());
        }
        sqlx::query!(
            "insert into bookings.uploads (id, owner, object_key, content_type, bytes, created_at, stored_at)
             values ($1, $2, $3, $4, $5, $6, null)",
            upload.id.uuid(),
            actor.user.uuid(),
            key,
            content_type,
            upload.bytes as i32,
            upload.created_at
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        let unavailable = |e: anyhow::Error| Failure::<BookingFault>::unavailable(format!("{e:#}"));
        let put = self.p.objects.put(&key, file, content_type).await;
        put.map_err(unavailable)?;
        let stored = sqlx::query!(
            "update bookings.uploads set stored_at = $2 where id = $1",
            upload.id.uuid(),
            self.p.now()
        )
        .execute(&self.p.db)
        .await?;
        if stored.rows_affected() == 0 {
            // Its owner was erased meanwhile.
            self.p.objects.delete(&key).await.map_err(unavailable)?;
            return Err(BookingFault::UnknownUpload.into());
        }
        Ok(upload)
    }

    /// Its object, if the photo is there for this person.
    async fn seen_by(&self, id: UploadId, actor: &Actor) -> Outcome<Option<String>, BookingFault> {
        let zones = zones(actor);
        let row = sqlx::query!(
            r#"select u.object_key, (u.owner = $2 or b.customer is not distinct from $2) as "own!"
               from bookings.uploads u left join bookings.bookings b on b.id = u.booking
               where u.id = $1 and u.stored_at is not null
                 and (u.owner = $2 or b.customer = $2
                      or $3 and ($4::text[] is null or b.zone = any($4)))"#,
            id.uuid(),
            actor.user.uuid(),
            actor.may(Permission::BookingsInspect),
            zones.as_deref()
        )
        .fetch_optional(&self.p.db)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        if !row.own {
            let mut conn = self.p.db.acquire().await?;
            audit::record(
                &mut conn,
                self.p.now(),
                actor,
                "uploads.view",
                &id.to_string(),
                json!({}),
            )
            .await?;
        }
        Ok(Some(row.object_key))
    }
}

/// The type by content, if it is one we take.
fn sniff(file: &[u8]) -> Option<&'static str> {
    let kind = infer::get(file)?;
    ["image/jpeg", "image/png", "image/webp"]
        .into_iter()
        .find(|mime| *mime == kind.mime_type())
}

/// Takes a photo for a booking; refuses one that is not this person's, was used elsewhere, or was
/// never wholly stored.
pub(crate) async fn take(
    tx: &mut Tx,
    id: UploadId,
    owner: UserId,
    booking: BookingId,
) -> Outcome<(), BookingFault> {
    sqlx::query_scalar!(
        "update bookings.uploads set booking = $3
         where id = $1 and owner = $2 and (booking is null or booking = $3) and stored_at is not null
         returning 1 as one",
        id.uuid(),
        owner.uuid(),
        booking.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(BookingFault::UnknownUpload)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use fuzz::Target;

    #[test]
    fn fuzz_photos() {
        let target = Target::of("photos");
        target.check(|file| {
            let begins = |magic: &[u8]| file.starts_with(magic);
            let expected = match sniff(file) {
                None => return,
                Some("image/jpeg") => begins(b"\xff\xd8\xff"),
                Some("image/png") => begins(b"\x89PNG"),
                Some("image/webp") => begins(b"RIFF") || file.get(8..12) == Some(b"WEBP"),
                Some(other) => panic!("{other} is nothing we take"),
            };
            assert!(expected, "it is served as what it is not");
            // What comes after the first bytes changes nothing.
            let longer = [file, b"<script>"].concat();
            assert_eq!(sniff(&longer), sniff(file));
        });
        target.is_linear(sniff);
    }
}
