//! The bodies of the public requests about places.

use crate::{MicroZone, StreetAddress, Zone};
use kernel::Slug;
use serde::{Deserialize, Serialize};

/// What a pin's street address is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AddressAnswer {
    /// Absent where none is known, or no register answers.
    pub address: Option<StreetAddress>,
}

/// All zones with their sectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ZonesAnswer {
    pub zones: Vec<Zone>,
}

/// The micro-zones with their outlines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct GridAnswer {
    pub micro_zones: Vec<MicroZone>,
}

/// The ground of one zone, for maps that need no single cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ZoneOutline {
    pub zone: Slug,
    /// The edges of its active micro-zones, each point longitude and latitude in degrees with five
    /// decimals, as GeoJSON has them; not closed, holes left out.
    pub rings: Vec<Vec<[f64; 2]>>,
}

/// Where we are today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OutlineAnswer {
    pub zones: Vec<ZoneOutline>,
}
