//! The module in another process: the client that stands for it, and the router that answers.

use crate::Location;
use async_trait::async_trait;
use axum::Router;
use contract_location::{
    Leg, Location as _, LocationFault, Nearby, Place, Position, Report, Sector, Sightings,
    StreetAddress, Travel,
};
use kernel::{GeoPoint, JobId, Lang, Outcome, TechnicianId, Time};
use platform::rpc;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The location module elsewhere.
pub struct RemoteLocation {
    client: rpc::Client,
}

impl RemoteLocation {
    pub fn new(client: rpc::Client) -> Arc<Self> {
        Arc::new(Self { client })
    }
}

#[derive(Serialize, Deserialize)]
struct Locate {
    point: GeoPoint,
}
#[derive(Serialize, Deserialize)]
struct TravelOf {
    legs: Vec<Leg>,
    at: Time,
}
#[derive(Serialize, Deserialize)]
struct NearbyTo {
    centre: GeoPoint,
    radius_m: u32,
    limit: u32,
    at: Time,
}
#[derive(Serialize, Deserialize)]
struct PositionsOf {
    technicians: Vec<TechnicianId>,
    at: Time,
}
#[derive(Serialize, Deserialize)]
struct MovedSince {
    mark: Option<String>,
    at: Time,
}
#[derive(Serialize, Deserialize)]
struct AddressOf {
    point: GeoPoint,
    lang: Lang,
}
#[derive(Serialize, Deserialize)]
struct Sectors {}
#[derive(Serialize, Deserialize)]
struct TrailOf {
    job: JobId,
    technician: TechnicianId,
}

#[async_trait]
impl contract_location::Location for RemoteLocation {
    async fn locate(&self, point: GeoPoint) -> Outcome<Place, LocationFault> {
        self.client
            .call("/internal/location/locate", &Locate { point })
            .await
    }
    async fn travel(&self, legs: Vec<Leg>, at: Time) -> Outcome<Vec<Travel>, LocationFault> {
        self.client
            .call("/internal/location/travel", &TravelOf { legs, at })
            .await
    }
    async fn nearby(
        &self,
        centre: GeoPoint,
        radius_m: u32,
        limit: u32,
        at: Time,
    ) -> Outcome<Vec<Nearby>, LocationFault> {
        let args = NearbyTo {
            centre,
            radius_m,
            limit,
            at,
        };
        self.client.call("/internal/location/nearby", &args).await
    }
    async fn report(&self, report: Report) -> Outcome<(), LocationFault> {
        self.client.call("/internal/location/report", &report).await
    }
    async fn positions(
        &self,
        technicians: Vec<TechnicianId>,
        at: Time,
    ) -> Outcome<Vec<Position>, LocationFault> {
        self.client
            .call(
                "/internal/location/positions",
                &PositionsOf { technicians, at },
            )
            .await
    }
    async fn moved(&self, mark: Option<String>, at: Time) -> Outcome<Sightings, LocationFault> {
        self.client
            .call("/internal/location/moved", &MovedSince { mark, at })
            .await
    }
    async fn address(
        &self,
        point: GeoPoint,
        lang: Lang,
    ) -> Outcome<Option<StreetAddress>, LocationFault> {
        self.client
            .call("/internal/location/address", &AddressOf { point, lang })
            .await
    }
    async fn sectors(&self) -> Outcome<Vec<Sector>, LocationFault> {
        self.client
            .call("/internal/location/sectors", &Sectors {})
            .await
    }
    async fn trail(
        &self,
        job: JobId,
        technician: TechnicianId,
    ) -> Outcome<Vec<Position>, LocationFault> {
        self.client
            .call("/internal/location/trail", &TrailOf { job, technician })
            .await
    }
}

impl Location {
    /// Answers [`RemoteLocation`]. To be served behind [`rpc::guarded`], never to the outside.
    pub fn internal_router(self: &Arc<Self>) -> Router {
        macro_rules! method {
            ($path:literal, $args:ty, |$me:ident, $a:ident| $call:expr) => {{
                let me = self.clone();
                rpc::method(concat!("/internal/location/", $path), move |$a: $args| {
                    let $me = me.clone();
                    async move { $call.await }
                })
            }};
        }
        method!("locate", Locate, |me, a| me.locate(a.point))
            .merge(method!("travel", TravelOf, |me, a| me.travel(a.legs, a.at)))
            .merge(method!("nearby", NearbyTo, |me, a| me
                .nearby(a.centre, a.radius_m, a.limit, a.at)))
            .merge(method!("report", Report, |me, a| me.report(a)))
            .merge(method!("positions", PositionsOf, |me, a| {
                contract_location::Location::positions(&*me, a.technicians, a.at)
            }))
            .merge(method!("moved", MovedSince, |me, a| me.moved(a.mark, a.at)))
            .merge(method!("address", AddressOf, |me, a| me.address(a.point, a.lang)))
            .merge(method!("sectors", Sectors, |me, _a| me.sectors()))
            .merge(method!("trail", TrailOf, |me, a| me.trail(a.job, a.technician)))
    }
}
