//! Location: a pin becomes a micro-zone and its sector, technicians' last points are known while
//! they are fresh, and travel has a believable time.
//!
//! Owns the schema `location` and the Redis keys `loc:*`.
//!
//! Invariants:
//! - A point lies in at most one micro-zone, a micro-zone in exactly one sector, a sector in one
//!   zone ([`rules::tiling`]).
//! - Whoever changes the grid locks `location.grid` and raises its version; whoever reads it in
//!   memory compares versions first, so an answer is never older than the last commit.
//! - Coordinates are volatile: Redis has the last point of each technician, PostgreSQL only the
//!   thinned trail of a job. Redis flushed: positions return with the next reports.
//! - A stale position counts as none, by the platform's clock and not by a key's expiry.
//! - Zone and sector are never asked of a remote service; only street addresses are.
//!
//! Redis (all of `loc:{pos}:*` share a slot of a cluster; see [`positions`]):
//!
//! | key | type | holds | time to live |
//! |---|---|---|---|
//! | `loc:{pos}:last` | hash | technician → `at_ms:lat:lon` | 24 h after the last report of anyone |
//! | `loc:{pos}:moved` | sorted set | technician by the number of their last change | same |
//! | `loc:{pos}:seen` | sorted set | technician by `at_ms`; older than 24 h are removed | same |
//! | `loc:{pos}:head` | hash | `epoch` (random, new after a flush), `seq` (last change) | same |
//! | `loc:addr:<lang>:<lat>:<lon>` | string | the street address at a point, JSON | 30 days; 1 day if none is known |
//! | `loc:trail:<technician>:<day>` | string | points that their trails keep of a day of platform time | 3 days after the last |
//! | `loc:asked:<user>:<day>` | string | addresses that the gateway was asked for on their behalf | same |

mod address;
mod daily;
mod grid;
mod http;
mod import;
mod personal;
mod positions;
mod regrid;
mod remote;
mod report;
mod rules;
mod seed;
mod trail;

pub use remote::RemoteLocation;
pub use seed::{BadSeed, SectorSeed, SeedFile, SeedReport, ZoneSeed};
pub use trail::SweepTrails;

use async_trait::async_trait;
use contract_location::{
    ImportReport, Leg, LocationFault, Nearby, Place, Position, Report, Sector, Sighting, Sightings,
    StreetAddress, Travel, Zone,
};
use gateway_geocoding::Geocoder;
use kernel::{GeoPoint, JobId, Lang, Outcome, TechnicianId, Time};
use platform::queue::{Ctx, Every, Registry};
use platform::{Platform, Tx};
use std::sync::Arc;

/// What is left to a deployment.
#[derive(Debug, Clone, Copy)]
pub struct LocationSettings {
    /// Street addresses that the gateway is asked for on one member's behalf in a day.
    pub addresses_per_member_and_day: u32,
}

impl Default for LocationSettings {
    fn default() -> Self {
        Self {
            addresses_per_member_and_day: 200,
        }
    }
}

pub static MIGRATOR: platform::db::Migrator = platform::migrator!("location");

/// The location module in this process.
pub struct Location {
    p: Platform,
    geocoder: Arc<dyn Geocoder>,
    grid: grid::Held,
    positions: positions::Positions,
    settings: LocationSettings,
}

impl Location {
    pub fn new(p: Platform, geocoder: Arc<dyn Geocoder>, settings: LocationSettings) -> Arc<Self> {
        let positions = positions::Positions::new(p.redis.clone());
        Arc::new(Self {
            p,
            geocoder,
            grid: grid::Held::default(),
            positions,
            settings,
        })
    }

    /// Writes zones and sectors that are new or have changed in the file, and tiles them.
    /// Repeatable; what an operator or an import has changed stays.
    pub async fn seed(&self, tx: &mut Tx, file: &SeedFile) -> Outcome<SeedReport, LocationFault> {
        seed::seed(tx, file).await
    }

    /// Takes districts' boundaries from a GeoJSON file (at most 10 MB) and tiles them. Repeatable.
    /// Refuses with [`LocationFault::BadGeoJson`] only what is no feature collection at all, and
    /// with [`LocationFault::NoZones`] before there is a seeded sector to take the zone from.
    pub async fn import_geojson(
        &self,
        tx: &mut Tx,
        bytes: &[u8],
        now: Time,
    ) -> Outcome<ImportReport, LocationFault> {
        import::import(tx, bytes, now).await
    }

    /// All zones with their sectors, by slug.
    pub async fn zones(&self) -> Outcome<Vec<Zone>, LocationFault> {
        Ok(self.current_grid().await?.zones())
    }

    /// The grid as last committed.
    pub(crate) async fn current_grid(&self) -> Outcome<Arc<grid::Grid>, LocationFault> {
        Ok(self.grid.current(&self.p.db).await?)
    }

    pub fn register(self: &Arc<Self>, r: &mut Registry) {
        let me = self.clone();
        r.job::<SweepTrails, _>(move |ctx: Ctx, _| {
            let me = me.clone();
            async move { me.sweep_trails(ctx).await }
        });
        r.cron("location.sweep_trails", Every::DailyAt(3, 20), || {
            SweepTrails {}
        });
    }
}

#[async_trait]
impl contract_location::Location for Location {
    async fn locate(&self, point: GeoPoint) -> Outcome<Place, LocationFault> {
        Ok(self.current_grid().await?.place(point)?)
    }
    async fn travel(&self, legs: Vec<Leg>, at: Time) -> Outcome<Vec<Travel>, LocationFault> {
        Ok(legs
            .into_iter()
            .map(|leg| rules::travel::travel(leg, at))
            .collect())
    }
    async fn nearby(
        &self,
        centre: GeoPoint,
        radius_m: u32,
        limit: u32,
        at: Time,
    ) -> Outcome<Vec<Nearby>, LocationFault> {
        Ok(self.positions.nearby(centre, radius_m, limit, at).await?)
    }
    async fn report(&self, report: Report) -> Outcome<(), LocationFault> {
        self.take_report(report).await
    }
    async fn positions(
        &self,
        technicians: Vec<TechnicianId>,
        at: Time,
    ) -> Outcome<Vec<Position>, LocationFault> {
        Ok(self.positions.of(&technicians, at).await?)
    }
    async fn moved(&self, mark: Option<String>, at: Time) -> Outcome<Sightings, LocationFault> {
        let grid = self.current_grid().await?;
        let (mark, whole, moved) = self.positions.since(mark.as_deref(), at).await?;
        let moved = moved.into_iter().map(|position| Sighting {
            zone: grid.zone_at(position.point).cloned(),
            position,
        });
        Ok(Sightings {
            mark,
            whole,
            moved: moved.collect(),
        })
    }
    async fn address(
        &self,
        point: GeoPoint,
        lang: Lang,
    ) -> Outcome<Option<StreetAddress>, LocationFault> {
        Ok(self.street_address(point, lang).await)
    }
    async fn sectors(&self) -> Outcome<Vec<Sector>, LocationFault> {
        Ok(self.current_grid().await?.sectors().to_vec())
    }
    async fn trail(
        &self,
        job: JobId,
        technician: TechnicianId,
    ) -> Outcome<Vec<Position>, LocationFault> {
        self.trail_of(job, technician).await
    }
}
