//! The street address of a point, for people to read. Everything works without it, so trouble with
//! the gateway or the cache is logged and answered with `None`.

use crate::{Location, daily};
use contract_location::{LocationFault, StreetAddress};
use gateway_geocoding::{Address, AddressSource};
use kernel::{GeoPoint, Lang, Outcome, UserId};
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
        match self.known(point, lang).await {
            Some(address) => address,
            None => self.ask_gateway(point, lang).await,
        }
    }

    /// The same for a member, on whose behalf the gateway, which wants money, is asked so often in a
    /// day, and only where we work. Nobody is refused: there is no address then.
    pub(crate) async fn street_address_for(
        &self,
        user: UserId,
        point: GeoPoint,
        lang: Lang,
    ) -> Outcome<Option<StreetAddress>, LocationFault> {
        if let Some(address) = self.known(point, lang).await {
            return Ok(address);
        }
        if self.current_grid().await?.place(point).is_err() {
            return Ok(None);
        }
        let most = self.settings.addresses_per_member_and_day;
        let passes = daily::take(&self.p.redis, "asked", user, self.p.now(), most).await;
        match passes {
            Ok(true) => Ok(self.ask_gateway(point, lang).await),
            Ok(false) => {
                metrics::counter!("khidma_addresses_withheld_total").increment(1);
                Ok(None)
            }
            Err(error) => {
                tracing::warn!(cause = %error, "addresses can't be counted; it is left out");
                Ok(None)
            }
        }
    }

    /// What was answered for this point lately.
    async fn known(&self, point: GeoPoint, lang: Lang) -> Option<Option<StreetAddress>> {
        let key = self.p.redis.key(&cache_key(point, lang));
        let cached: redis::RedisResult<Option<String>> = self.p.redis.conn().get(&key).await;
        match cached {
            // What an earlier release wrote in another form is asked for again.
            Ok(json) => serde_json::from_str(&json?).ok(),
            Err(error) => {
                tracing::warn!(cause = %error, "address cache unreadable");
                None
            }
        }
    }

    async fn ask_gateway(&self, point: GeoPoint, lang: Lang) -> Option<StreetAddress> {
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
            let key = self.p.redis.key(&cache_key(point, lang));
            let mut conn = self.p.redis.conn();
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
