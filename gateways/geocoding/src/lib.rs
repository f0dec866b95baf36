//! The street address of a point. Zones and sectors never come from here: they are our own
//! polygons.
//!
//! Invariants:
//! - "No address known" is `Ok(None)`; an error is only trouble with the gateway.
//! - A point is in no log and no span: it is someone's home.

mod address;
mod cached;
mod fallback;
mod national_address;
mod nominatim;

pub use address::{Address, AddressSource, is_short_address};
pub use cached::Cached;
pub use fallback::Fallback;
pub use gateway_client::{BreakerState, ClientSettings, GatewayError, Probe, Secret};
pub use national_address::{NationalAddress, NationalAddressConfig};
pub use nominatim::{Nominatim, NominatimConfig};

use async_trait::async_trait;
use kernel::{GeoPoint, Lang};

/// What the platform asks of a geocoder.
#[async_trait]
pub trait Geocoder: Send + Sync {
    /// The address at the point in the language, `None` where none is known.
    async fn reverse(&self, point: GeoPoint, lang: Lang) -> Result<Option<Address>, GatewayError>;

    /// The state of the connections, without calling; one for each gateway behind this.
    fn probes(&self) -> Vec<Probe>;
}
