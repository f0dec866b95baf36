//! The copy: a customer's own bookings and what hangs on them, and what a technician did. Neither
//! has the other's name or telephone.

use crate::Bookings;
use contract_bookings::ExtraLine;
use contract_catalog::PriceLine;
use contract_location::Place;
use kernel::{Money, SavedPlaceId, Slug, Subject, TechnicianId, Text, UploadId, UserId};
use platform::personal::{Copied, File};
use serde_json::{Value, json};
use sqlx::types::Json;

impl Bookings {
    pub(super) async fn copy_of(&self, subject: Subject) -> anyhow::Result<Copied> {
        let user = subject.user;
        let (photos, files) = self.photos_of(user).await?;
        let mut copied = Copied::default()
            .with("bookings", self.bookings_of(user).await?)
            .with("visits", self.visits_of(user).await?)
            .with("story", self.story_of(user).await?)
            .with("extra_costs", self.extra_costs_of(user).await?)
            .with("ratings", self.ratings_of(user).await?)
            .with("saved_places", self.places_of(user).await?)
            .with("quotes", self.quotes_of(user).await?)
            .with("photos", photos);
        copied.files = files;
        if let Some(technician) = subject.technician {
            copied = copied
                .with("visits_done", self.done_by(technician).await?)
                .with("ratings_received", self.ratings_for(technician).await?);
        }
        Ok(copied)
    }

    async fn bookings_of(&self, customer: UserId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select reference, state, service as "service: Slug", service_name as "service_name: Json<Text>",
                      urgency, slot, sector as "sector: Slug", sector_name as "sector_name: Json<Text>",
                      zone as "zone: Slug", lat, lon, address_note, lines as "lines: Json<Vec<PriceLine>>",
                      total_halalas as "total: Money", materials_halalas as "materials: Money",
                      fee_halalas as "fee: Money", remedy_halalas as "remedy: Money",
                      created_at, confirmed_at, accepted_at, settled_at, ended_reason
               from bookings.bookings where customer = $1 order by id"#,
            customer.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            let lines = row.lines.0.iter().map(|line| {
                json!({ "kind": line.kind, "name": line.name, "amount_halalas": line.amount })
            });
            json!({
                "reference": row.reference, "state": row.state,
                "service": row.service, "service_name": row.service_name.0,
                "urgency": row.urgency, "slot": row.slot,
                "sector": row.sector, "sector_name": row.sector_name.0, "zone": row.zone,
                "lat": row.lat, "lon": row.lon, "address_note": row.address_note,
                "lines": lines.collect::<Vec<_>>(),
                "total_halalas": row.total, "materials_halalas": row.materials,
                "fee_halalas": row.fee, "remedy_halalas": row.remedy,
                "created_at": row.created_at, "confirmed_at": row.confirmed_at,
                "accepted_at": row.accepted_at, "settled_at": row.settled_at,
                "ended_reason": row.ended_reason,
            })
        });
        Ok(rows.collect())
    }

    async fn visits_of(&self, customer: UserId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            "select b.reference, j.state, j.first_eta, j.eta, j.assigned_at, j.arrived_at, j.started_at,
                    j.finished_at, j.created_at
             from bookings.jobs j join bookings.bookings b on b.id = j.booking
             where b.customer = $1 order by j.id",
            customer.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            json!({
                "booking": row.reference, "state": row.state,
                "first_eta": row.first_eta, "eta": row.eta, "assigned_at": row.assigned_at,
                "arrived_at": row.arrived_at, "started_at": row.started_at,
                "finished_at": row.finished_at, "created_at": row.created_at,
            })
        });
        Ok(rows.collect())
    }

    async fn story_of(&self, customer: UserId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select b.reference, s.what, s.was, s.becomes, s.at, s.details,
                      (s.actor is not distinct from $1) as "own!"
               from bookings.story s join bookings.bookings b on b.id = s.booking
               where b.customer = $1 order by s.seq"#,
            customer.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            json!({
                "booking": row.reference, "what": row.what, "was": row.was, "becomes": row.becomes,
                "at": row.at, "by_oneself": row.own, "details": row.details,
            })
        });
        Ok(rows.collect())
    }

    async fn extra_costs_of(&self, customer: UserId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select b.reference, e.state, e.lines as "lines: Json<Vec<ExtraLine>>",
                      e.total_halalas as "total: Money", e.receipt as "receipt: UploadId",
                      e.requested_at, e.decided_at
               from bookings.extra_costs e join bookings.bookings b on b.id = e.booking
               where b.customer = $1 order by e.id"#,
            customer.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            let lines = row.lines.0.iter().map(|line| {
                json!({ "name": line.name, "quantity": line.quantity, "unit_price_halalas": line.unit_price })
            });
            json!({
                "booking": row.reference, "state": row.state, "lines": lines.collect::<Vec<_>>(),
                "total_halalas": row.total, "receipt": row.receipt,
                "requested_at": row.requested_at, "decided_at": row.decided_at,
            })
        });
        Ok(rows.collect())
    }

    async fn ratings_of(&self, customer: UserId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select b.reference, r.stars, r.tags as "tags: Json<Vec<Slug>>", r.comment, r.rated_at, r.changed_at
               from bookings.ratings r join bookings.bookings b on b.id = r.booking
               where b.customer = $1 order by r.rated_at, b.id"#,
            customer.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            json!({
                "booking": row.reference, "stars": row.stars, "tags": row.tags.0,
                "comment": row.comment, "rated_at": row.rated_at, "changed_at": row.changed_at,
            })
        });
        Ok(rows.collect())
    }

    async fn places_of(&self, customer: UserId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select id as "id: SavedPlaceId", label, lat, lon, sector as "sector: Slug",
                      sector_name as "sector_name: Json<Text>", note, created_at
               from bookings.saved_places where customer = $1 order by id"#,
            customer.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            json!({
                "id": row.id, "label": row.label, "lat": row.lat, "lon": row.lon,
                "sector": row.sector, "sector_name": row.sector_name.0, "note": row.note,
                "created_at": row.created_at,
            })
        });
        Ok(rows.collect())
    }

    async fn quotes_of(&self, customer: UserId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select q.place as "place: Json<Place>", q.service as "service: Slug",
                      q.options as "options: Json<Vec<Slug>>", q.quantity, q.urgency, q.slot,
                      q.total_halalas as "total: Money", q.created_at, q.expires_at,
                      b.reference as "reference?"
               from bookings.quotes q left join bookings.bookings b on b.id = q.booking
               where q.customer = $1 order by q.id"#,
            customer.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            let place = row.place.0;
            json!({
                "booking": row.reference, "service": row.service, "options": row.options.0,
                "quantity": row.quantity, "urgency": row.urgency, "slot": row.slot,
                "lat": place.point.lat(), "lon": place.point.lon(),
                "sector": place.sector, "sector_name": place.sector_name, "zone": place.zone,
                "total_halalas": row.total, "created_at": row.created_at, "expires_at": row.expires_at,
            })
        });
        Ok(rows.collect())
    }

    /// All that show the person's own visits or that they took. A photo of somebody else's home is a
    /// line only.
    async fn photos_of(&self, person: UserId) -> anyhow::Result<(Vec<Value>, Vec<File>)> {
        let photos = sqlx::query!(
            r#"select u.id as "id!: UploadId", u.object_key as "object_key!", u.content_type as "content_type!",
                      u.bytes as "bytes!", u.created_at as "created_at!: kernel::Time", b.reference as "reference?",
                      (b.id is null or b.customer = $1) as "shown!", (u.owner = $1) as "own!"
               from (select u.* from bookings.bookings b join bookings.uploads u on u.booking = b.id
                     where b.customer = $1
                     union
                     select * from bookings.uploads where owner = $1) u
               left join bookings.bookings b on b.id = u.booking
               order by u.id"#,
            person.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let (mut rows, mut files) = (Vec::new(), Vec::new());
        for photo in photos {
            let name = format!("{}.{}", photo.id, ending(&photo.content_type));
            rows.push(json!({
                "id": photo.id, "booking": photo.reference, "content_type": photo.content_type,
                "bytes": photo.bytes, "created_at": photo.created_at, "by_oneself": photo.own,
                "file": photo.shown.then_some(&name),
            }));
            if photo.shown {
                files.push(File {
                    name,
                    object_key: photo.object_key,
                });
            }
        }
        Ok((rows, files))
    }

    async fn done_by(&self, technician: TechnicianId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select b.reference, b.service_name as "service_name: Json<Text>", j.state, j.first_eta,
                      j.assigned_at, j.arrived_at, j.started_at, j.finished_at
               from bookings.jobs j join bookings.bookings b on b.id = j.booking
               where j.technician = $1 order by j.id"#,
            technician.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            json!({
                "booking": row.reference, "service_name": row.service_name.0, "state": row.state,
                "first_eta": row.first_eta, "assigned_at": row.assigned_at,
                "arrived_at": row.arrived_at, "started_at": row.started_at,
                "finished_at": row.finished_at,
            })
        });
        Ok(rows.collect())
    }

    /// Without the words, which are the customer's.
    async fn ratings_for(&self, technician: TechnicianId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select b.reference, r.stars, r.tags as "tags: Json<Vec<Slug>>", r.rated_at
               from bookings.ratings r join bookings.bookings b on b.id = r.booking
               where r.technician = $1 order by r.rated_at, b.id"#,
            technician.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            json!({
                "booking": row.reference, "stars": row.stars, "tags": row.tags.0,
                "rated_at": row.rated_at,
            })
        });
        Ok(rows.collect())
    }
}

/// The types that [`crate::uploads`] takes.
fn ending(content_type: &str) -> &'static str {
    match content_type {
        "image/png" => "png",
        "image/webp" => "webp",
        _ => "jpg",
    }
}
