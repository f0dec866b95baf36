//! Places a customer comes back to.

use crate::Bookings;
use crate::rules::{self, MAX_PLACES};
use crate::state::lock_person;
use axum::extract::{Path, State};
use contract_bookings::{BookingFault, Removed, SavePlace, SavedPlace, SavedPlaces};
use kernel::access::{Actor, may};
use kernel::{Failure, GeoPoint, Lift, Outcome, SavedPlaceId, Slug, Text, UserId};
use platform::Tx;
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use sqlx::PgPool;
use sqlx::types::Json;
use std::sync::Arc;

/// One's own saved places, oldest first
#[utoipa::path(get, path = "/v1/me/places", tag = "bookings",
    responses((status = 200, body = SavedPlaces), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn list(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsRead>,
) -> Result<Reply<SavedPlaces>, Problem> {
    let items = own(&me.p.db, permit.actor.user).await?;
    Ok(Reply::ok(SavedPlaces { items }))
}

async fn own(db: &PgPool, customer: UserId) -> Outcome<Vec<SavedPlace>, BookingFault> {
    let rows = sqlx::query!(
        r#"select id as "id: SavedPlaceId", label, lat, lon, sector as "sector: Slug",
                  sector_name as "sector_name: Json<Text>", note
           from bookings.saved_places where customer = $1 order by id"#,
        customer.uuid()
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SavedPlace {
                id: row.id,
                label: row.label,
                pin: GeoPoint::new(row.lat, row.lon).map_err(Failure::internal)?,
                sector: row.sector,
                sector_name: row.sector_name.0,
                note: row.note,
            })
        })
        .collect()
}

/// Saves a place
///
/// Inside our zones; twenty at most.
#[utoipa::path(post, path = "/v1/me/places", tag = "bookings", request_body = SavePlace,
    params(("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 201, body = SavedPlace), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn save(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Body(command): Body<SavePlace>,
) -> Result<Reply<SavedPlace>, Problem> {
    let reply = idem
        .once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
            let place = me.save_place(&mut tx, &permit.actor, &command).await?;
            Ok((tx, place))
        })
        .await?;
    Ok(reply.as_created())
}

/// Forgets a saved place
#[utoipa::path(delete, path = "/v1/me/places/{id}", tag = "bookings",
    params(("id" = SavedPlaceId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = Removed), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn remove(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Path(id): Path<SavedPlaceId>,
) -> Result<Reply<Removed>, Problem> {
    idem.once(
        &me.p,
        &permit.actor,
        &(),
        async |mut tx: Tx| -> Outcome<_, BookingFault> {
            let gone = sqlx::query!(
                "delete from bookings.saved_places where id = $1 and customer = $2",
                id.uuid(),
                permit.actor.user.uuid()
            )
            .execute(&mut *tx)
            .await?;
            if gone.rows_affected() == 0 {
                return Err(BookingFault::UnknownPlace.into());
            }
            Ok((tx, Removed { removed: true }))
        },
    )
    .await
}

impl Bookings {
    async fn save_place(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        command: &SavePlace,
    ) -> Outcome<SavedPlace, BookingFault> {
        let label = rules::label(&command.label)?;
        let place = self.below.location.locate(command.pin).await.lift()?;
        lock_person(tx, actor.user).await?;
        let saved = sqlx::query_scalar!(
            r#"select count(*) as "n!" from bookings.saved_places where customer = $1"#,
            actor.user.uuid()
        )
        .fetch_one(&mut **tx)
        .await?;
        if saved >= i64::from(MAX_PLACES) {
            return Err(BookingFault::TooManyPlaces { max: MAX_PLACES }.into());
        }
        let saved = SavedPlace {
            id: SavedPlaceId::new(),
            label,
            pin: command.pin,
            sector: place.sector,
            sector_name: place.sector_name,
            note: rules::note(&command.note),
        };
        sqlx::query!(
            "insert into bookings.saved_places (id, customer, label, lat, lon, sector, sector_name, note, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            saved.id.uuid(),
            actor.user.uuid(),
            saved.label,
            saved.pin.lat(),
            saved.pin.lon(),
            saved.sector.as_str(),
            Json(&saved.sector_name) as _,
            saved.note,
            self.p.now()
        )
        .execute(&mut **tx)
        .await?;
        Ok(saved)
    }
}
