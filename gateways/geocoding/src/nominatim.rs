use crate::address::filled;
use crate::{Address, AddressSource, Geocoder};
use async_trait::async_trait;
use gateway_client::{
    Authentication, Call, ClientError, ClientSettings, GatewayClient, GatewayError, Method, Probe,
    Rejection,
};
use kernel::{GeoPoint, Lang};
use serde::Deserialize;
use url::Url;

/// A Nominatim server, best one of our own: the public one allows one request a second.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NominatimConfig {
    /// `https://nominatim.openstreetmap.org`.
    pub base_url: Url,
    #[serde(default)]
    pub client: ClientSettings,
}

#[derive(Clone, Debug)]
pub struct Nominatim {
    client: GatewayClient,
}

impl Nominatim {
    pub fn new(config: NominatimConfig) -> Result<Self, ClientError> {
        let client = GatewayClient::new(
            "nominatim",
            config.base_url,
            Authentication::None,
            |_| Rejection::default(),
            config.client,
        )?;
        Ok(Self { client })
    }
}

#[async_trait]
impl Geocoder for Nominatim {
    async fn reverse(&self, point: GeoPoint, lang: Lang) -> Result<Option<Address>, GatewayError> {
        let call = Call::new("reverse", Method::GET, "reverse")
            .query("lat", point.lat().to_string())
            .query("lon", point.lon().to_string())
            .query("format", "jsonv2")
            .query("accept-language", lang.as_str());
        let answer = self.client.send(call).await?;
        read(answer.json()?)
    }

    fn probes(&self) -> Vec<Probe> {
        vec![self.client.probe()]
    }
}

#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    error: Option<serde_json::Value>,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    address: Option<Wire>,
}

#[derive(Deserialize, Default)]
struct Wire {
    house_number: Option<String>,
    road: Option<String>,
    neighbourhood: Option<String>,
    quarter: Option<String>,
    suburb: Option<String>,
    city_district: Option<String>,
    city: Option<String>,
    town: Option<String>,
    village: Option<String>,
    postcode: Option<String>,
}

fn read(found: Found) -> Result<Option<Address>, GatewayError> {
    if found.error.is_some() {
        return Ok(None);
    }
    let line = filled(found.display_name)
        .ok_or_else(|| GatewayError::bad_answer("neither a display_name nor an error"))?;
    let wire = found.address.unwrap_or_default();
    Ok(Some(Address {
        source: AddressSource::Nominatim,
        line,
        building_number: filled(wire.house_number),
        street: filled(wire.road),
        district: filled(wire.suburb)
            .or_else(|| filled(wire.quarter))
            .or_else(|| filled(wire.neighbourhood))
            .or_else(|| filled(wire.city_district)),
        city: filled(wire.city)
            .or_else(|| filled(wire.town))
            .or_else(|| filled(wire.village)),
        postcode: filled(wire.postcode),
        additional_number: None,
        short_address: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_answers_are_read() {
        let vector = include_str!("../tests/vectors/nominatim.json");
        let address = read(serde_json::from_str(vector).unwrap())
            .unwrap()
            .unwrap();
        assert_eq!(address.street.as_deref(), Some("طريق العليا"));
        assert_eq!(address.district.as_deref(), Some("حي العليا"));
        assert_eq!(address.city.as_deref(), Some("الرياض"));
        let sea = r#"{"error":"Unable to geocode"}"#;
        assert_eq!(read(serde_json::from_str(sea).unwrap()), Ok(None));
        assert!(read(serde_json::from_str("{}").unwrap()).is_err());
    }
}
