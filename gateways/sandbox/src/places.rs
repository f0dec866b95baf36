//! The National Address service and Nominatim (FACTS §4): the same plausible address for the
//! same place in Riyadh, and nothing outside it.

use crate::Sandbox;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::json;

pub(crate) fn national_address() -> Router<Sandbox> {
    let path = "/NationalAddress/v3.1/Address/address-geocode";
    Router::new().route(path, get(geocode))
}

pub(crate) fn nominatim() -> Router<Sandbox> {
    Router::new().route("/reverse", get(reverse))
}

struct District {
    ar: &'static str,
    en: &'static str,
    lat: f64,
    lon: f64,
    postcode: u32,
}

const fn district(
    ar: &'static str,
    en: &'static str,
    lat: f64,
    lon: f64,
    postcode: u32,
) -> District {
    District {
        ar,
        en,
        lat,
        lon,
        postcode,
    }
}

/// Approximate centres.
const DISTRICTS: &[District] = &[
    district("حي العليا", "Al Olaya Dist.", 24.694, 46.685, 12211),
    district(
        "حي السليمانية",
        "As Sulimaniyah Dist.",
        24.705,
        46.706,
        12223,
    ),
    district("حي الملز", "Al Malaz Dist.", 24.665, 46.735, 12831),
    district("حي المربع", "Al Murabba Dist.", 24.654, 46.709, 12631),
    district("حي الديرة", "Ad Dirah Dist.", 24.630, 46.712, 12652),
    district("حي النخيل", "An Nakheel Dist.", 24.742, 46.630, 12381),
    district("حي الياسمين", "Al Yasmin Dist.", 24.825, 46.640, 13322),
    district("حي النرجس", "An Narjis Dist.", 24.845, 46.680, 13327),
    district("حي الصحافة", "As Sahafah Dist.", 24.800, 46.640, 13315),
    district("حي الملقا", "Al Malqa Dist.", 24.810, 46.605, 13521),
    district("حي حطين", "Hittin Dist.", 24.765, 46.600, 13512),
    district("حي العقيق", "Al Aqiq Dist.", 24.775, 46.630, 13511),
    district("حي قرطبة", "Qurtubah Dist.", 24.815, 46.740, 13245),
    district("حي الروضة", "Ar Rawdah Dist.", 24.733, 46.770, 13211),
    district(
        "حي النسيم الشرقي",
        "An Nasim Ash Sharqi Dist.",
        24.735,
        46.835,
        14241,
    ),
    district("حي الربوة", "Ar Rabwah Dist.", 24.690, 46.755, 12814),
    district("حي الشفا", "Ash Shifa Dist.", 24.560, 46.700, 14713),
    district("حي العزيزية", "Al Aziziyah Dist.", 24.590, 46.760, 14515),
    district("حي السويدي", "As Suwaidi Dist.", 24.595, 46.665, 12791),
    district("حي ظهرة لبن", "Dhahrat Laban Dist.", 24.630, 46.560, 13784),
    district("حي عرقة", "Irqah Dist.", 24.690, 46.580, 12534),
    district("حي المونسية", "Al Munsiyah Dist.", 24.830, 46.775, 13246),
];

const STREETS: &[(&str, &str)] = &[
    ("طريق الملك فهد", "King Fahd Road"),
    ("طريق العليا", "Olaya Road"),
    (
        "شارع الأمير محمد بن عبدالعزيز",
        "Prince Muhammad Ibn Abdulaziz Street",
    ),
    ("شارع موسى بن نصير", "Musa Ibn Nusayr Street"),
    ("طريق أبي بكر الصديق", "Abi Bakr As Siddiq Road"),
    ("طريق عثمان بن عفان", "Uthman Ibn Affan Road"),
    ("شارع الأحساء", "Al Ahsa Street"),
    ("شارع الستين", "Sixty Street"),
    ("شارع صلاح الدين الأيوبي", "Salah Ad Din Al Ayyubi Street"),
    ("طريق أنس بن مالك", "Anas Ibn Malik Road"),
    ("شارع التحلية", "Tahlia Street"),
    ("طريق خريص", "Khurais Road"),
    ("شارع الضباب", "Ad Dabab Street"),
    ("شارع الثمامة", "Ath Thumamah Street"),
    ("شارع ابن سينا", "Ibn Sina Street"),
    ("شارع جابر بن حيان", "Jabir Ibn Hayyan Street"),
];

struct Place {
    district: &'static District,
    street: (&'static str, &'static str),
    building: u32,
    additional: u32,
}

/// Blocks of about fifty metres share a street and a building. `None` outside greater Riyadh.
fn place(lat: f64, lon: f64) -> Option<Place> {
    if !(24.35..=25.15).contains(&lat) || !(46.3..=47.2).contains(&lon) {
        return None;
    }
    let distance = |d: &District| (d.lat - lat).powi(2) + ((d.lon - lon) * 0.91).powi(2);
    let district = DISTRICTS
        .iter()
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    let (row, column) = ((lat / 0.0005) as u64, (lon / 0.0005) as u64);
    // A street runs along its column for half a kilometre.
    let street = mix(column, row / 10);
    let block = mix(row, column);
    Some(Place {
        district,
        street: STREETS[(street % STREETS.len() as u64) as usize],
        building: 2_000 + (block % 7_000) as u32,
        additional: 1_000 + (block / 7_000 % 9_000) as u32,
    })
}

/// SplitMix64: near blocks get unlike numbers, the same block always the same one.
fn mix(a: u64, b: u64) -> u64 {
    let mut x = a
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add(b.wrapping_mul(0xD1B5_4A32_D192_ED03));
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[derive(Deserialize)]
struct GeocodeQuery {
    lat: f64,
    long: f64,
    #[serde(default)]
    language: String,
}

async fn geocode(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Query(query): Query<GeocodeQuery>,
) -> Response {
    let shown = headers.get("api_key").and_then(|value| value.to_str().ok());
    if shown != Some(&sandbox.0.config.national_address_key) {
        let message = "Access denied due to invalid subscription key.";
        let body = json!({"statusCode": 401, "message": message});
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    let Some(place) = place(query.lat, query.long) else {
        return Json(json!({
            "success": true,
            "totalSearchResults": "0",
            "Addresses": [],
            "statusdescription": "NO RECORDS FOUND",
        }))
        .into_response();
    };
    let arabic = query.language != "E";
    let (street, district, city) = if arabic {
        (place.street.0, place.district.ar, "الرياض")
    } else {
        (place.street.1, place.district.en, "RIYADH")
    };
    let (building, postcode, additional) =
        (place.building, place.district.postcode, place.additional);
    Json(json!({
        "success": true,
        "totalSearchResults": "1",
        "statusdescription": "SUCCESS",
        "Addresses": [{
            "Address1": format!("{building} {street} - {district}"),
            "Address2": format!("{city} {postcode} - {additional}"),
            "BuildingNumber": building.to_string(),
            "Street": street,
            "District": district,
            "City": "RIYADH,الرياض",
            "PostCode": postcode.to_string(),
            "AdditionalNumber": additional.to_string(),
            "CityId": "3",
            "RegionId": "1",
            "Latitude": query.lat.to_string(),
            "Longitude": query.long.to_string(),
        }],
    }))
    .into_response()
}

#[derive(Deserialize)]
struct ReverseQuery {
    lat: f64,
    lon: f64,
    #[serde(default, rename = "accept-language")]
    language: String,
}

async fn reverse(Query(query): Query<ReverseQuery>) -> Response {
    let Some(place) = place(query.lat, query.lon) else {
        return Json(json!({"error": "Unable to geocode"})).into_response();
    };
    let (street, district, city, country) = if query.language.starts_with("en") {
        (place.street.1, place.district.en, "Riyadh", "Saudi Arabia")
    } else {
        (place.street.0, place.district.ar, "الرياض", "السعودية")
    };
    let postcode = place.district.postcode;
    Json(json!({
        "place_id": mix(place.building.into(), postcode.into()) % 1_000_000_000,
        "licence": "Sandbox data, not OpenStreetMap",
        "lat": query.lat.to_string(),
        "lon": query.lon.to_string(),
        "category": "highway",
        "type": "residential",
        "name": street,
        "display_name": format!("{street}, {district}, {city}, {postcode}, {country}"),
        "address": {
            "house_number": place.building.to_string(),
            "road": street,
            "suburb": district,
            "city": city,
            "postcode": postcode.to_string(),
            "country": country,
            "country_code": "sa",
        },
    }))
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_place_has_the_same_address_and_the_desert_none() {
        let tower = place(24.7114, 46.6744).unwrap();
        let again = place(24.7114, 46.6744).unwrap();
        assert_eq!(tower.building, again.building);
        assert_eq!(tower.street, again.street);
        assert!((2_000..9_000).contains(&tower.building));
        assert_eq!(place(24.694, 46.685).unwrap().district.en, "Al Olaya Dist.");
        assert!(place(21.5, 39.2).is_none());
        let buildings: std::collections::HashSet<u32> = (0..100)
            .filter_map(|i| place(24.7 + f64::from(i) * 0.001, 46.7))
            .map(|place| place.building)
            .collect();
        assert!(buildings.len() > 90);
    }
}
