//! The public addresses.

use crate::Location;
use crate::report::report_of;
use crate::rules::boundaries::MAX_BYTES;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header;
use axum::response::IntoResponse;
use contract_location::{
    AddressAnswer, GridAnswer, ImportReport, Location as _, LocationFault, OutlineAnswer, Ping,
    Pings, PingsTaken, Place, ZonesAnswer,
};
use kernel::access::{Actor, may};
use kernel::{Failure, GeoPoint, Slug, TechnicianId, Text};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Caller, Idempotency, Params, Permit, Problem, Public, Reply};
use platform::routes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

impl Location {
    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        let import = OpenApiRouter::new()
            .routes(routes!(import_zones))
            .layer(DefaultBodyLimit::max(MAX_BYTES));
        OpenApiRouter::new()
            .routes(routes!(place))
            .routes(routes!(address))
            .routes(routes!(zones))
            .routes(routes!(outline))
            .routes(routes!(grid))
            .routes(routes!(position))
            .routes(routes!(positions))
            .merge(import)
            .with_state(self.clone())
    }
}

/// A point in a query.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct At {
    /// Degrees, WGS 84.
    lat: f64,
    lon: f64,
}

impl At {
    fn point(self) -> Result<GeoPoint, Problem> {
        GeoPoint::new(self.lat, self.lon).map_err(|_| not_a_point())
    }
}

fn not_a_point() -> Problem {
    Problem::bad_request(
        "location.not_a_point",
        Text::new(
            "خط العرض بين ‎-90 و90 وخط الطول بين ‎-180 و180.",
            "Latitude is -90 to 90 and longitude -180 to 180.",
        ),
    )
    .field("lat")
}

/// The micro-zone, sector and zone of a pin; refused outside every active zone, with the nearest
/// served sector named.
#[utoipa::path(get, path = "/v1/places", tag = "location", params(At),
    responses((status = 200, body = Place), (status = "default", body = Problem)))]
async fn place(
    State(me): State<Arc<Location>>,
    _: Public,
    Params(at): Params<At>,
) -> Result<Reply<Place>, Problem> {
    Ok(Reply::ok(me.locate(at.point()?).await?))
}

/// The street address of a pin, in the caller's language. None is told outside of where we work, and
/// none that is new to us to who has asked for very many today.
#[utoipa::path(get, path = "/v1/places/address", tag = "location", params(At), security(("bearer" = [])),
    responses((status = 200, body = AddressAnswer), (status = "default", body = Problem)))]
async fn address(
    State(me): State<Arc<Location>>,
    permit: Permit<may::ProfileRead>,
    caller: Caller,
    Params(at): Params<At>,
) -> Result<Reply<AddressAnswer>, Problem> {
    let user = permit.actor.user;
    let address = me
        .street_address_for(user, at.point()?, caller.lang)
        .await?;
    Ok(Reply::ok(AddressAnswer { address }))
}

/// The zones and their sectors, without outlines.
#[utoipa::path(get, path = "/v1/zones", tag = "location",
    responses((status = 200, body = ZonesAnswer), (status = "default", body = Problem)))]
async fn zones(State(me): State<Arc<Location>>, _: Public) -> Result<Reply<ZonesAnswer>, Problem> {
    Ok(Reply::ok(ZonesAnswer {
        zones: me.zones().await?,
    }))
}

/// How long a map may show where we were: districts seldom move.
const OUTLINE_LIVES: &str = "public, max-age=300";

/// Where we are today: the edge of each zone, for a customer's map.
#[utoipa::path(get, path = "/v1/zones/outline", tag = "location",
    responses((status = 200, body = OutlineAnswer), (status = "default", body = Problem)))]
async fn outline(State(me): State<Arc<Location>>, _: Public) -> Result<impl IntoResponse, Problem> {
    let grid = me.current_grid().await?;
    let outline = grid.outline().await;
    let outline = outline.map_err(Failure::<LocationFault>::internal)?;
    Ok(([(header::CACHE_CONTROL, OUTLINE_LIVES)], Reply::ok(outline)))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct GridOf {
    /// Only this zone's; all in the caller's scope if absent.
    zone: Option<Slug>,
}

/// The grid, for the console's map.
#[utoipa::path(get, path = "/v1/zones/grid", tag = "location", params(GridOf), security(("bearer" = [])),
    responses((status = 200, body = GridAnswer), (status = "default", body = Problem)))]
async fn grid(
    State(me): State<Arc<Location>>,
    permit: Permit<may::DispatchRead>,
    Params(of): Params<GridOf>,
) -> Result<Reply<GridAnswer>, Problem> {
    let scope = permit.actor.scope.zones.as_deref();
    let in_scope = |zone: &Slug| scope.is_none_or(|zones| zones.contains(zone));
    if of.zone.as_ref().is_some_and(|zone| !in_scope(zone)) {
        return Err(Problem::of(&LocationFault::ZoneOutOfScope));
    }
    let grid = me.current_grid().await?;
    let micro_zones =
        grid.micro_zones(|zone| in_scope(zone) && of.zone.as_ref().is_none_or(|z| z == zone));
    Ok(Reply::ok(GridAnswer { micro_zones }))
}

/// What makes two imports the same.
#[derive(Serialize)]
struct ImportCommand {
    sha256: String,
}

/// Takes districts' boundaries: a GeoJSON FeatureCollection of at most 10 MB, in degrees.
#[utoipa::path(post, path = "/v1/zones/import", tag = "location", security(("bearer" = [])),
    params(("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    request_body(content = Vec<u8>, content_type = "application/geo+json"),
    responses((status = 200, body = ImportReport), (status = "default", body = Problem)))]
async fn import_zones(
    State(me): State<Arc<Location>>,
    permit: Permit<may::ZonesManage>,
    idem: Idempotency,
    bytes: Bytes,
) -> Result<Reply<ImportReport>, Problem> {
    // A file touches any zone: no business of someone limited to some.
    if permit.actor.scope.zones.is_some() {
        return Err(Problem::of(&LocationFault::ZoneOutOfScope));
    }
    let command = ImportCommand {
        sha256: hex::encode(Sha256::digest(&bytes)),
    };
    let now = me.p.clock.now();
    idem.once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
        let report = me.import_geojson(&mut tx, &bytes, now).await?;
        let facts = serde_json::json!({
            "taken": report.taken,
            "updated": report.updated,
            "unchanged": report.unchanged,
            "skipped": report.skipped.len(),
        });
        audit::changed(
            &mut tx,
            now,
            &permit.actor,
            "zones.import",
            &command.sha256,
            Change::made(&report),
            facts,
        )
        .await?;
        Ok((tx, report))
    })
    .await
}

fn technician(actor: &Actor) -> Result<TechnicianId, Problem> {
    actor
        .scope
        .technician
        .ok_or_else(|| Problem::of(&LocationFault::NotATechnician))
}

/// A technician's present position. Safe to repeat: an older or equal moment changes nothing.
#[utoipa::path(post, path = "/v1/technician/position", tag = "location", security(("bearer" = [])), request_body = Ping,
    responses((status = 202, body = PingsTaken), (status = "default", body = Problem)))]
async fn position(
    State(me): State<Arc<Location>>,
    permit: Permit<may::PositionsReport>,
    Body(ping): Body<Ping>,
) -> Result<Reply<PingsTaken>, Problem> {
    let technician = technician(&permit.actor)?;
    let report = report_of(technician, ping, me.p.clock.now()).ok_or_else(not_a_point)?;
    me.take_report(report).await?;
    Ok(Reply::accepted(PingsTaken {
        taken: 1,
        refused: 0,
    }))
}

/// Positions kept while there was no signal, at most 50.
#[utoipa::path(post, path = "/v1/technician/positions", tag = "location", security(("bearer" = [])), request_body = Pings,
    responses((status = 202, body = PingsTaken), (status = "default", body = Problem)))]
async fn positions(
    State(me): State<Arc<Location>>,
    permit: Permit<may::PositionsReport>,
    Body(pings): Body<Pings>,
) -> Result<Reply<PingsTaken>, Problem> {
    let technician = technician(&permit.actor)?;
    Ok(Reply::accepted(me.take_batch(technician, pings).await?))
}
