use async_trait::async_trait;
use gateway_geocoding::{Address, AddressSource, GatewayError, Geocoder, Probe};
use kernel::{GeoPoint, Lang};
use location::{Location, LocationSettings, SeedFile};
use platform::testing::TestPlatform;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Knows one street; counts how often it is asked, and breaks when told.
#[derive(Default)]
pub(crate) struct OneStreet {
    pub(crate) asked: AtomicU32,
    pub(crate) is_down: AtomicBool,
    pub(crate) knows_none: AtomicBool,
}

#[async_trait]
impl Geocoder for OneStreet {
    async fn reverse(&self, _: GeoPoint, lang: Lang) -> Result<Option<Address>, GatewayError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.is_down.load(Ordering::SeqCst) {
            return Err(GatewayError::Unreachable);
        }
        if self.knows_none.load(Ordering::SeqCst) {
            return Ok(None);
        }
        let line = match lang {
            Lang::Ar => "٨٢٢٨ طريق الملك فهد",
            Lang::En => "8228 King Fahd Road",
        };
        Ok(Some(Address {
            source: AddressSource::NationalAddress,
            line: line.into(),
            building_number: Some("8228".into()),
            street: None,
            district: None,
            city: None,
            postcode: Some("12313".into()),
            additional_number: None,
            short_address: None,
        }))
    }
    fn probes(&self) -> Vec<Probe> {
        Vec::new()
    }
}

pub(crate) struct World {
    pub(crate) t: TestPlatform,
    pub(crate) location: Arc<Location>,
    pub(crate) street: Arc<OneStreet>,
}

/// Two zones with two sectors each; the one called dense is.
pub(crate) const CITY: &str = r#"
[[zone]]
slug = "north"
ar = "شمال الرياض"
en = "North Riyadh"
coverage_weight = 1.2
[[zone]]
slug = "south"
ar = "جنوب الرياض"
en = "South Riyadh"
coverage_weight = 0.9
[[sector]]
slug = "al-malqa"
zone = "north"
ar = "الملقا"
en = "Al Malqa"
lat = 24.812
lon = 46.607
dense = true
population_weight = 1.4
[[sector]]
slug = "as-sahafah"
zone = "north"
ar = "الصحافة"
en = "As Sahafah"
lat = 24.800
lon = 46.639
[[sector]]
slug = "al-aziziyah"
zone = "south"
ar = "العزيزية"
en = "Al Aziziyah"
lat = 24.588
lon = 46.767
[[sector]]
slug = "taybah"
zone = "south"
ar = "طيبة"
en = "Taybah"
lat = 24.535
lon = 46.825
"#;

pub(crate) fn at(lat: f64, lon: f64) -> GeoPoint {
    GeoPoint::new(lat, lon).unwrap()
}

impl World {
    pub(crate) async fn empty() -> Self {
        let mut t = TestPlatform::start(&[&location::MIGRATOR]).await;
        let street = Arc::new(OneStreet::default());
        let settings = LocationSettings::default();
        let location = Location::new(t.platform.clone(), street.clone(), settings);
        location.register(&mut t.registry);
        Self {
            t,
            location,
            street,
        }
    }
    pub(crate) async fn seeded() -> Self {
        let world = Self::empty().await;
        world.seed(CITY).await;
        world
    }
    pub(crate) async fn seed(&self, toml: &str) -> location::SeedReport {
        let mut tx = self.t.platform.db.begin().await.unwrap();
        let file = SeedFile::parse(toml).unwrap();
        let report = self.location.seed(&mut tx, &file).await.unwrap();
        tx.commit().await.unwrap();
        report
    }
    pub(crate) async fn import(&self, file: &Value) -> contract_location::ImportReport {
        let mut tx = self.t.platform.db.begin().await.unwrap();
        let report = self
            .location
            .import_geojson(&mut tx, file.to_string().as_bytes(), self.t.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        report
    }
    /// Another process: the same stores, nothing in memory.
    pub(crate) fn another(&self) -> Arc<Location> {
        self.another_with(LocationSettings::default())
    }
    pub(crate) fn another_with(&self, settings: LocationSettings) -> Arc<Location> {
        Location::new(self.t.platform.clone(), self.street.clone(), settings)
    }
}

/// A square district of `side` degrees, its south-west corner given.
pub(crate) fn district(ar: &str, en: &str, id: u64, (lat, lon): (f64, f64), side: f64) -> Value {
    let (n, e) = (lat + side, lon + side);
    json!({
        "type": "Feature",
        "properties": {"name_ar": ar, "name_en": en, "osm_relation_id": id},
        "geometry": {"type": "Polygon", "coordinates": [[[lon, lat], [e, lat], [e, n], [lon, n], [lon, lat]]]},
    })
}

pub(crate) fn file(features: &[Value]) -> Value {
    json!({"type": "FeatureCollection", "features": features})
}
