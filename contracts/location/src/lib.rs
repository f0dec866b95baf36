//! What the location module promises: a pin becomes a micro-zone and its sector, technicians'
//! last points are known while they are fresh, and travel has a believable time.

mod api;

pub use api::*;

use async_trait::async_trait;
use kernel::{GeoPoint, JobId, Lang, Outcome, Slug, TechnicianId, Text, Time};
use serde::{Deserialize, Serialize};

kernel::faults! {
    /// Why a place is refused.
    pub enum LocationFault {
        /// The pin lies in no active zone.
        OutsideZones { nearest: Slug, nearest_ar: String, nearest_en: String, distance_m: u32 }
            => BadRequest, "location.outside_zones", field "pin",
            ar "لم نصل إلى هذا الموقع بعد. أقرب حيّ نخدمه: {nearest_ar}.",
            en "We don't serve this place yet. The nearest district we do: {nearest_en}.";
        /// There is no active zone at all.
        NoZones => BadRequest, "location.no_zones", field "pin",
            ar "لا نخدم أيّ حيّ بعد.",
            en "We don't serve any district yet.";
        UnknownSector => NotFound, "location.unknown_sector",
            ar "لا نعرف هذا الحيّ.",
            en "We don't know this district.";
        /// A point too far from the last one for the time between them.
        ImplausiblePosition => BadRequest, "location.implausible_position", field "point",
            ar "هذا الموقع بعيد عن موقعك السابق بما لا يُعقل. شغّل تحديد الموقع وأعد المحاولة.",
            en "This position is implausibly far from your last one. Check location services and try again.";
        ZoneOutOfScope => Forbidden, "location.zone_out_of_scope",
            ar "هذا الحيّ خارج نطاقك. اطلب من مدير العمليات.",
            en "This zone is not in your scope. Ask the operations manager.";
        /// Someone may report positions but is no technician.
        NotATechnician => Forbidden, "location.not_a_technician",
            ar "تحديد الموقع للفنيين فقط. سجّل الدخول بحساب فني.",
            en "Only technicians report positions. Sign in with a technician's account.";
        /// More reports at once than are taken.
        TooManyPositions { most: u32 } => BadRequest, "location.too_many_positions", field "positions",
            ar "عدد المواقع أكبر من المسموح. أرسل {most} موقعًا في كل مرة على الأكثر.",
            en "Too many positions at once. Send at most {most} at a time.";
        /// A GeoJSON file that can't be taken at all.
        BadGeoJson { reason: String } => BadRequest, "location.bad_geojson",
            ar "تعذّرت قراءة ملف الحدود: {reason}.",
            en "The boundary file can't be read: {reason}.";
    }
}

/// An older position counts as none (DOMAIN §4).
pub const FRESH_SECONDS: i64 = 120;

/// A pin, translated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Place {
    pub point: GeoPoint,
    /// H3 index of the micro-zone, hexadecimal; resolution 8, or 9 in dense sectors.
    pub cell: String,
    pub sector: Slug,
    pub sector_name: Text,
    pub zone: Slug,
    pub zone_name: Text,
}

/// One journey to be estimated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    pub from: GeoPoint,
    pub to: GeoPoint,
}

/// How far and how long, by road, with the traffic of the hour.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Travel {
    pub distance_m: u32,
    pub seconds: u32,
}

/// A technician's last point. `fresh` is false past the freshness limit: then it counts as none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Position {
    pub technician: TechnicianId,
    pub point: GeoPoint,
    pub at: Time,
    pub fresh: bool,
}

/// A technician's last point and the zone it lies in, if any is served there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    pub position: Position,
    pub zone: Option<Slug>,
}

/// Whose last point has changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sightings {
    /// Ask the next time for what has changed since this.
    pub mark: String,
    /// True where the answer is everybody, because the mark was none or is not known any more.
    pub whole: bool,
    pub moved: Vec<Sighting>,
}

/// A position report. `job` is set while one is under way: only then is a trail kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub technician: TechnicianId,
    pub point: GeoPoint,
    pub at: Time,
    pub job: Option<JobId>,
}

/// The street address of a point, for people to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct StreetAddress {
    pub line: String,
    pub building: Option<String>,
    pub street: Option<String>,
    pub district: Option<String>,
    pub postcode: Option<String>,
    pub source: String,
}

/// A technician inside a radial search.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Nearby {
    pub technician: TechnicianId,
    pub point: GeoPoint,
    pub distance_m: u32,
}

/// A served district.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Sector {
    pub slug: Slug,
    pub name: Text,
    pub zone: Slug,
    pub centre: GeoPoint,
    /// `active`, `paused` or `planned`.
    pub status: String,
    pub coverage_weight: f64,
    pub micro_zones: u32,
}

/// A zone with its sectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Zone {
    pub slug: Slug,
    pub name: Text,
    /// `active`, `paused` or `planned`.
    pub status: String,
    pub coverage_weight: f64,
    pub sectors: Vec<Sector>,
}

/// One H3 cell of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct MicroZone {
    /// H3 index, hexadecimal.
    pub cell: String,
    pub sector: Slug,
    pub zone: Slug,
    /// 8 or 9.
    pub resolution: u8,
    /// `active`, `paused` or `planned`: the least of its own, its sector's and its zone's.
    pub status: String,
    pub coverage_weight: f64,
    /// The corners, each longitude and latitude in degrees, as GeoJSON has them; not closed.
    pub outline: Vec<[f64; 2]>,
}

/// What an import of boundaries did. Every feature of the file is in exactly one of `taken`,
/// `updated`, `unchanged` and `skipped`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ImportReport {
    /// Sectors that did not exist before.
    pub taken: u32,
    /// Sectors that existed and have a new outline.
    pub updated: u32,
    pub unchanged: u32,
    pub skipped: Vec<ImportRemark>,
    /// Remarks on features that were taken all the same, and on sectors that lost all their ground.
    pub notes: Vec<ImportRemark>,
    /// Micro-zones in the whole grid afterwards.
    pub micro_zones: u32,
}

/// A feature of an imported file and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ImportRemark {
    /// As in the file, or the feature's place in it (`#7`) if it has none.
    pub name: String,
    /// Stable, e.g. `outside_riyadh`.
    pub code: String,
    pub reason: Text,
}

/// A technician's own position, as the app sends it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Ping {
    /// Degrees, WGS 84.
    pub lat: f64,
    pub lon: f64,
    /// When it was measured; now if absent, and never later than now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// The job under way: only then is a trail kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobId>,
}

/// Positions kept while there was no signal, in any order; at most 50.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Pings {
    pub positions: Vec<Ping>,
}

/// What became of reported positions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PingsTaken {
    /// Recorded, or older than what is known (then dropped silently).
    pub taken: u32,
    /// Refused as implausible or not a point on Earth.
    pub refused: u32,
}

#[async_trait]
pub trait Location: Send + Sync {
    /// Refuses with [`LocationFault::OutsideZones`] where no active micro-zone covers the point.
    async fn locate(&self, point: GeoPoint) -> Outcome<Place, LocationFault>;
    /// One answer a leg, in order.
    async fn travel(&self, legs: Vec<Leg>, at: Time) -> Outcome<Vec<Travel>, LocationFault>;
    /// Fresh positions within `radius_m` of `centre`, nearest first, at most `limit`.
    async fn nearby(
        &self,
        centre: GeoPoint,
        radius_m: u32,
        limit: u32,
        at: Time,
    ) -> Outcome<Vec<Nearby>, LocationFault>;
    /// Last write by `at` wins; an older report is dropped silently.
    async fn report(&self, report: Report) -> Outcome<(), LocationFault>;
    /// The known positions among those asked for; unknown ones are absent.
    async fn positions(
        &self,
        technicians: Vec<TechnicianId>,
        at: Time,
    ) -> Outcome<Vec<Position>, LocationFault>;
    /// Everybody whose point has changed since `mark`, in no order; everybody known, without one.
    async fn moved(&self, mark: Option<String>, at: Time) -> Outcome<Sightings, LocationFault>;
    /// `None` where no register knows the point; the platform works without.
    async fn address(
        &self,
        point: GeoPoint,
        lang: Lang,
    ) -> Outcome<Option<StreetAddress>, LocationFault>;
    async fn sectors(&self) -> Outcome<Vec<Sector>, LocationFault>;
    /// Where a technician was during a job: thinned, oldest first. Which technicians were on it is
    /// for the caller to know.
    async fn trail(
        &self,
        job: JobId,
        technician: TechnicianId,
    ) -> Outcome<Vec<Position>, LocationFault>;
}
