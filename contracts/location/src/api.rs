//! The bodies of the public requests about places.

use crate::{MicroZone, StreetAddress, Zone};
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
