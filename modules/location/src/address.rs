//! The street address of a point, for people to read. Everything works without it, so trouble with
//! the gateway or the cache is logged and answered with `None`.

use crate::Location;
use contract_location::StreetAddress;
use gateway_geocoding::{Address, AddressSource};
use kernel::{GeoPoint, Lang};
use redis::AsyncCommands;

const KNOWN_S: u64 = 30 * 24 * 3600;
/// New streets get addresses: "none" is not believed as long.
const UNKNOWN_S: u64 = 24 * 3600;

impl Location {
    pub(crate) async fn street_address(
        &self,
        point: GeoPoint,
        lang: Lang,
    ) -> Option<StreetAddress> {
        let mut conn = self.p.redis.conn();
        let key = self.p.redis.key(&cache_key(point, lang));
        let cached: redis::RedisResult<Option<String>> = conn.get(&key).await;
        match cached {
            // What an earlier release wrote in another form is asked for again.
            Ok(Some(json)) => {
                if let Ok(address) = serde_json::from_str(&json) {
                    return address;
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(cause = %error, "address cache unreadable"),
        }
        let address = match self.geocoder.reverse(point, lang).await {
            Ok(address) => address.map(street_address),
            Err(error) => {
                tracing::warn!(cause = %error, "no geocoder answers; the address is left out");
                return None;
            }
        };
        let life_s = if address.is_some() {
            KNOWN_S
        } else {
            UNKNOWN_S
        };
        if let Ok(json) = serde_json::to_string(&address) {
            let written: redis::RedisResult<()> = conn.set_ex(&key, json, life_s).await;
            if let Err(error) = written {
                tracing::warn!(cause = %error, "address not cached");
            }
        }
        address
    }
}

/// Points within about ten metres share an address.
fn cache_key(point: GeoPoint, lang: Lang) -> String {
    let grid = |degrees: f64| (degrees * 10_000.0).round() as i32;
    format!(
        "loc:addr:{}:{}:{}",
        lang.as_str(),
        grid(point.lat()),
        grid(point.lon())
    )
}

fn street_address(address: Address) -> StreetAddress {
    StreetAddress {
        line: address.line,
        building: address.building_number,
        street: address.street,
        district: address.district,
        postcode: address.postcode,
        source: match address.source {
            AddressSource::NationalAddress => "national_address",
            AddressSource::Nominatim => "nominatim",
        }
        .to_owned(),
    }
}
