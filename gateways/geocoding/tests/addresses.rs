//! The adapters and their fall-back against the sandbox over real HTTP.

#![allow(clippy::unwrap_used)]

use gateway_geocoding::*;
use gateway_sandbox::SandboxConfig;
use kernel::{GeoPoint, Lang};
use serde_json::{Value, json};
use tokio::net::TcpListener;

struct World {
    url: String,
    http: reqwest::Client,
}

impl World {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(gateway_sandbox::serve(
            listener,
            SandboxConfig::default(),
            std::future::pending(),
        ));
        Self {
            url,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    fn national(&self, key: &str) -> NationalAddress {
        NationalAddress::new(NationalAddressConfig {
            base_url: format!("{}/national-address", self.url).parse().unwrap(),
            api_key: key.into(),
            client: client(),
        })
        .unwrap()
    }

    fn nominatim(&self) -> Nominatim {
        Nominatim::new(NominatimConfig {
            base_url: format!("{}/nominatim", self.url).parse().unwrap(),
            client: client(),
        })
        .unwrap()
    }

    fn both(&self) -> Fallback<NationalAddress, Nominatim> {
        let key = SandboxConfig::default().national_address_key;
        Fallback::new(self.national(&key), self.nominatim())
    }

    async fn faults(&self, faults: Value) {
        let put = self.http.put(format!("{}/sandbox/faults", self.url));
        put.json(&faults)
            .send()
            .await
            .unwrap()
            .error_for_status()
            .unwrap();
    }
}

fn client() -> ClientSettings {
    ClientSettings {
        backoff_base_ms: 1,
        backoff_cap_ms: 2,
        ..ClientSettings::default()
    }
}

fn tower() -> GeoPoint {
    GeoPoint::new(24.694, 46.685).unwrap()
}

#[tokio::test]
async fn both_services_answer_in_both_languages() {
    let world = World::start().await;
    let national = world.both();
    let arabic = national.reverse(tower(), Lang::Ar).await.unwrap().unwrap();
    assert_eq!(arabic.source, AddressSource::NationalAddress);
    assert_eq!(arabic.district.as_deref(), Some("حي العليا"));
    assert_eq!(arabic.city.as_deref(), Some("الرياض"));
    assert_eq!(arabic.postcode.as_deref(), Some("12211"));
    assert_eq!(arabic.building_number.as_ref().map(String::len), Some(4));
    let english = national.reverse(tower(), Lang::En).await.unwrap().unwrap();
    assert_eq!(english.city.as_deref(), Some("RIYADH"));
    assert_eq!(english.building_number, arabic.building_number);

    let street = world
        .nominatim()
        .reverse(tower(), Lang::En)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(street.source, AddressSource::Nominatim);
    assert_eq!(street.street, english.street);
}

#[tokio::test]
async fn the_second_is_asked_when_the_first_fails() {
    let world = World::start().await;
    let both = world.both();
    world
        .faults(json!({"national_address": {"next_n_500": 3}}))
        .await;
    let address = both.reverse(tower(), Lang::Ar).await.unwrap().unwrap();
    assert_eq!(address.source, AddressSource::Nominatim);
    let address = both.reverse(tower(), Lang::Ar).await.unwrap().unwrap();
    assert_eq!(address.source, AddressSource::NationalAddress);

    world
        .faults(json!({"national_address": {"next_n_500": 3}, "nominatim": {"drop_next_n": 3}}))
        .await;
    let error = both.reverse(tower(), Lang::Ar).await.unwrap_err();
    assert!(error.is_status(500), "{error}");
    assert_eq!(both.probes().len(), 2);
}

#[tokio::test]
async fn nowhere_has_no_address_and_a_wrong_key_is_refused() {
    let world = World::start().await;
    let sea = GeoPoint::new(21.0, 38.0).unwrap();
    assert_eq!(world.both().reverse(sea, Lang::Ar).await, Ok(None));
    let error = world
        .national("wrong")
        .reverse(tower(), Lang::Ar)
        .await
        .unwrap_err();
    assert!(error.is_status(401));
}

#[tokio::test]
async fn a_known_answer_is_not_asked_for_again() {
    let world = World::start().await;
    let cached = Cached::new(world.both(), 2);
    let first = cached.reverse(tower(), Lang::Ar).await.unwrap();
    world
        .faults(json!({"national_address": {"fail_rate": 1.0}, "nominatim": {"fail_rate": 1.0}}))
        .await;
    let near = GeoPoint::new(24.694_01, 46.685_01).unwrap();
    assert_eq!(cached.reverse(near, Lang::Ar).await.unwrap(), first);
    assert!(cached.reverse(tower(), Lang::En).await.is_err());
    // Two newer answers push the first out.
    world
        .faults(json!({"national_address": {}, "nominatim": {}}))
        .await;
    cached.reverse(tower(), Lang::En).await.unwrap();
    cached
        .reverse(GeoPoint::new(24.8, 46.7).unwrap(), Lang::Ar)
        .await
        .unwrap();
    world
        .faults(json!({"national_address": {"fail_rate": 1.0}, "nominatim": {"fail_rate": 1.0}}))
        .await;
    assert!(cached.reverse(tower(), Lang::Ar).await.is_err());
}
