use crate::address::filled;
use crate::{Address, AddressSource, Geocoder, is_short_address};
use async_trait::async_trait;
use gateway_client::{
    Authentication, Call, ClientError, ClientSettings, GatewayClient, GatewayError, Method, Probe,
    Rejection, Secret,
};
use kernel::{GeoPoint, Lang};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// Where the National Address service is and who we are there. `Debug` shows no key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NationalAddressConfig {
    /// `https://apina.address.gov.sa`.
    pub base_url: Url,
    pub api_key: Secret,
    #[serde(default)]
    pub client: ClientSettings,
}

/// The Saudi National Address service (FACTS §4).
#[derive(Clone, Debug)]
pub struct NationalAddress {
    client: GatewayClient,
}

impl NationalAddress {
    pub fn new(config: NationalAddressConfig) -> Result<Self, ClientError> {
        let client = GatewayClient::new(
            "national_address",
            config.base_url,
            Authentication::Header("api_key", config.api_key),
            read_rejection,
            config.client,
        )?;
        Ok(Self { client })
    }
}

#[async_trait]
impl Geocoder for NationalAddress {
    async fn reverse(&self, point: GeoPoint, lang: Lang) -> Result<Option<Address>, GatewayError> {
        let path = "NationalAddress/v3.1/Address/address-geocode";
        let call = Call::new("reverse", Method::GET, path)
            .query("lat", point.lat().to_string())
            .query("long", point.lon().to_string())
            .query("language", if lang == Lang::Ar { "A" } else { "E" })
            .query("format", "json")
            // The default is windows-1256.
            .query("encode", "utf8");
        let answer = self.client.send(call).await?;
        read(answer.json()?, lang)
    }

    fn probes(&self) -> Vec<Probe> {
        vec![self.client.probe()]
    }
}

#[derive(Deserialize)]
struct Found {
    success: Value,
    #[serde(default, rename = "statusdescription")]
    description: Option<String>,
    #[serde(default, rename = "Addresses")]
    addresses: Option<Vec<Wire>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    address1: Option<String>,
    address2: Option<String>,
    building_number: Option<String>,
    street: Option<String>,
    district: Option<String>,
    city: Option<String>,
    post_code: Option<String>,
    additional_number: Option<String>,
    short_address: Option<String>,
}

fn read(found: Found, lang: Lang) -> Result<Option<Address>, GatewayError> {
    let success = match &found.success {
        Value::Bool(success) => *success,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        _ => {
            return Err(GatewayError::bad_answer(
                "success is neither true nor false",
            ));
        }
    };
    let Some(wire) = found.addresses.unwrap_or_default().into_iter().next() else {
        let description = found.description.unwrap_or_default().to_ascii_lowercase();
        return if success || description.contains("no ") {
            Ok(None)
        } else {
            Err(GatewayError::bad_answer("neither an address nor success"))
        };
    };
    let building_number = filled(wire.building_number);
    let street = filled(wire.street);
    let district = filled(wire.district);
    let city = filled(wire.city).map(|city| in_language(&city, lang));
    let postcode = filled(wire.post_code);
    let additional_number = filled(wire.additional_number);
    let comma = if lang == Lang::Ar { "، " } else { ", " };
    let line = match filled(wire.address1) {
        Some(first) => [Some(first), filled(wire.address2)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(comma),
        None => {
            let street = [building_number.as_deref(), street.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ");
            [Some(street), district.clone(), city.clone()]
                .into_iter()
                .flatten()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(comma)
        }
    };
    Ok(Some(Address {
        source: AddressSource::NationalAddress,
        line,
        building_number,
        street,
        district,
        city,
        postcode,
        additional_number,
        short_address: filled(wire.short_address).filter(|text| is_short_address(text)),
    }))
}

/// A city comes in both languages, `RIYADH,الرياض`, whichever was asked for.
fn in_language(names: &str, lang: Lang) -> String {
    let wanted = |name: &&str| name.is_ascii() == (lang == Lang::En);
    names
        .split([',', '،'])
        .map(str::trim)
        .find(wanted)
        .unwrap_or(names)
        .to_owned()
}

/// `{statusCode, message}` from the service's front door.
fn read_rejection(body: &[u8]) -> Rejection {
    #[derive(Deserialize, Default)]
    struct Body {
        #[serde(default, rename = "statusCode")]
        status_code: Value,
        #[serde(default)]
        message: String,
    }
    let body: Body = serde_json::from_slice(body).unwrap_or_default();
    Rejection {
        code: match body.status_code {
            Value::Null => "unreadable".into(),
            code => code.to_string(),
        },
        message: body.message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_answers_are_read() {
        let vector = include_str!("../tests/vectors/national_address.json");
        let arabic = read(serde_json::from_str(vector).unwrap(), Lang::Ar)
            .unwrap()
            .unwrap();
        assert_eq!(arabic.city.as_deref(), Some("الرياض"));
        assert_eq!(arabic.building_number.as_deref(), Some("8228"));
        assert_eq!(arabic.additional_number.as_deref(), Some("2121"));
        assert!(arabic.line.contains("الأمير تركي"), "{}", arabic.line);
        let english = read(serde_json::from_str(vector).unwrap(), Lang::En).unwrap();
        assert_eq!(english.unwrap().city.as_deref(), Some("RIYADH"));
    }

    #[test]
    fn nothing_found_is_not_an_error_but_failure_is() {
        let none = r#"{"success":true,"totalSearchResults":"0","Addresses":[]}"#;
        let no_record = r#"{"success":false,"statusdescription":"NO RECORDS FOUND"}"#;
        for json in [none, no_record] {
            assert_eq!(
                read(serde_json::from_str(json).unwrap(), Lang::Ar),
                Ok(None)
            );
        }
        let failure = r#"{"success":"false","statusdescription":"INTERNAL"}"#;
        assert!(read(serde_json::from_str(failure).unwrap(), Lang::Ar).is_err());
    }
}
