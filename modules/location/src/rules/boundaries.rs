//! Reading a file of boundaries (GeoJSON, RFC 7946). Any bytes get an answer; a feature that can't
//! be taken is skipped with a reason and harms no other.

use crate::rules::names::{arabic_key, english_key};
use crate::rules::remarks::Remark;
use crate::rules::tiling;
use contract_location::ImportRemark;
use geo::{Centroid, ChamberlainDuquetteArea, MultiPolygon, Polygon, Validation};
use geojson::{Feature, Value};
use h3o::Resolution;
use kernel::{GeoPoint, Text};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// The file's limits: room for several times Riyadh's districts.
pub(crate) const MAX_BYTES: usize = 10 * 1024 * 1024;
const MAX_FEATURES: usize = 2_000;
pub(crate) const MAX_CORNERS: usize = 5_000;
pub(crate) const MAX_NAME: usize = 100;
/// Greater Riyadh: south, west, north, east.
const RIYADH: [f64; 4] = [24.2, 46.2, 25.3, 47.3];
/// Five times the smallest micro-zone: what is smaller is tried before it is taken.
const MAYBE_TOO_SMALL_M2: f64 = 500_000.0;
/// Two districts of one name are one if their middles are nearer than this.
const SAME_PLACE_M: f64 = 5_000.0;

/// A district's boundary, checked.
#[derive(Debug, Clone)]
pub(crate) struct Boundary {
    pub(crate) name: Text,
    pub(crate) has_english: bool,
    pub(crate) external_id: Option<String>,
    pub(crate) outline: MultiPolygon,
    /// SHA-256, hexadecimal.
    pub(crate) digest: String,
    pub(crate) area_m2: f64,
    pub(crate) centre: GeoPoint,
}

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) boundaries: Vec<Boundary>,
    pub(crate) skipped: Vec<ImportRemark>,
}

/// Reads the file. An error says why it can't be taken at all.
pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed, String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!("more than {} MB", MAX_BYTES / 1024 / 1024));
    }
    let mut json: Json = serde_json::from_slice(bytes).map_err(|e| format!("not JSON ({e})"))?;
    if json.get("type").and_then(Json::as_str) != Some("FeatureCollection") {
        return Err("not a FeatureCollection".to_owned());
    }
    let Some(Json::Array(features)) = json.get_mut("features").map(Json::take) else {
        return Err("it has no features".to_owned());
    };
    if features.len() > MAX_FEATURES {
        return Err(format!("more than {MAX_FEATURES} features"));
    }
    let mut parsed = Parsed::default();
    for (i, feature) in features.into_iter().enumerate() {
        let name = shown_name(&feature).unwrap_or_else(|| format!("#{}", i + 1));
        let taken = boundary(feature).and_then(|new| match twin(&parsed.boundaries, &new) {
            Some(earlier) => Err(Remark::Duplicate {
                of: earlier.name.ar.clone(),
            }),
            None => Ok(new),
        });
        match taken {
            Ok(new) => parsed.boundaries.push(new),
            Err(remark) => parsed.skipped.push(remark.on(&name)),
        }
    }
    Ok(parsed)
}

fn property<'a>(properties: &'a Json, names: &[&str]) -> Option<&'a str> {
    names
        .iter()
        .filter_map(|name| properties.get(name)?.as_str())
        .map(str::trim)
        .find(|text| is_text(text))
}

/// What can be stored and shown.
fn is_text(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
}

fn shown_name(feature: &Json) -> Option<String> {
    let properties = feature.get("properties")?;
    property(
        properties,
        &["name_ar", "name:ar", "name", "name_en", "name:en"],
    )
    .map(str::to_owned)
}

fn boundary(feature: Json) -> Result<Boundary, Remark> {
    let properties = feature.get("properties").cloned().unwrap_or_default();
    let external_id = external_id(&feature, &properties);
    let feature = Feature::from_json_value(feature).map_err(|_| Remark::NotAFeature)?;
    let arabic = property(&properties, &["name_ar", "name:ar", "name"]);
    let english = property(&properties, &["name_en", "name:en"]);
    let ar = arabic.or(english).ok_or(Remark::NoName)?;
    let name = Text::new(ar, english.unwrap_or(ar));
    if [&name.ar, &name.en]
        .iter()
        .any(|n| n.chars().count() > MAX_NAME)
    {
        return Err(Remark::NameTooLong);
    }
    let rings = match feature.geometry.map(|g| g.value) {
        Some(Value::Polygon(polygon)) => vec![polygon],
        Some(Value::MultiPolygon(polygons)) => polygons,
        _ => return Err(Remark::NotAnArea),
    };
    let outline = outline(&rings)?;
    let centre = outline
        .centroid()
        .and_then(|c| GeoPoint::new(c.y(), c.x()).ok())
        .ok_or(Remark::BrokenRing)?;
    let area_m2 = outline.chamberlain_duquette_unsigned_area();
    if area_m2 < MAYBE_TOO_SMALL_M2 && tiling::cells_inside(&outline, Resolution::Nine).is_empty() {
        return Err(Remark::TooSmall);
    }
    Ok(Boundary {
        name,
        has_english: english.is_some(),
        external_id,
        digest: digest(&outline),
        area_m2,
        outline,
        centre,
    })
}

/// The boundary's key where it came from: OpenStreetMap's relation, else the feature's own id.
fn external_id(feature: &Json, properties: &Json) -> Option<String> {
    let text = |value: &Json| match value {
        Json::String(text) => Some(text.trim().to_owned()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let id = match properties.get("osm_relation_id").and_then(text) {
        Some(relation) => format!("osm-{relation}"),
        None => feature.get("id").and_then(text)?,
    };
    let id: String = id
        .to_ascii_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    (1..=64).contains(&id.len()).then_some(id)
}

fn outline(rings: &[Vec<Vec<Vec<f64>>>]) -> Result<MultiPolygon, Remark> {
    let corners: usize = rings.iter().flatten().map(Vec::len).sum();
    if corners > MAX_CORNERS {
        return Err(Remark::TooManyCorners);
    }
    if rings.is_empty() || rings.iter().any(Vec::is_empty) {
        return Err(Remark::BrokenRing);
    }
    for ring in rings.iter().flatten() {
        let closed = ring.first().map(|p| p.get(..2)) == ring.last().map(|p| p.get(..2));
        if ring.len() < 4 || !closed || ring.iter().any(|p| p.len() < 2) {
            return Err(Remark::BrokenRing);
        }
        let [south, west, north, east] = RIYADH;
        let inside =
            |p: &Vec<f64>| (west..=east).contains(&p[0]) && (south..=north).contains(&p[1]);
        if !ring.iter().all(inside) {
            return Err(Remark::OutsideRiyadh);
        }
    }
    let polygons = rings.iter().map(|polygon| {
        let mut lines = polygon
            .iter()
            .map(|ring| ring.iter().map(|p| (p[0], p[1])).collect());
        let exterior = lines.next().unwrap_or_else(|| geo::LineString::new(vec![]));
        Polygon::new(exterior, lines.collect())
    });
    let outline = MultiPolygon::new(polygons.collect());
    if outline.is_valid() {
        Ok(outline)
    } else {
        Err(Remark::Crossing)
    }
}

/// To a millionth of a degree (about 10 cm): what a re-export changes in the
/// last digits is no change.
fn digest(outline: &MultiPolygon) -> String {
    let mut hash = Sha256::new();
    for polygon in outline {
        hash.update(b"polygon");
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            hash.update(b"ring");
            for corner in ring.coords() {
                hash.update(((corner.x * 1e6).round() as i64).to_be_bytes());
                hash.update(((corner.y * 1e6).round() as i64).to_be_bytes());
            }
        }
    }
    hex::encode(hash.finalize())
}

fn twin<'a>(earlier: &'a [Boundary], new: &Boundary) -> Option<&'a Boundary> {
    let english = new.has_english.then(|| english_key(&new.name.en));
    earlier.iter().find(|old| {
        let same_id = old.external_id.is_some() && old.external_id == new.external_id;
        let same_name = arabic_key(&old.name.ar) == arabic_key(&new.name.ar)
            && old.has_english == new.has_english
            && english
                .as_ref()
                .is_none_or(|e| *e == english_key(&old.name.en));
        let same_place = old.centre.distance_m(new.centre) < SAME_PLACE_M;
        same_id || old.digest == new.digest || (same_name && same_place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn square(lon: f64, lat: f64, side: f64) -> Json {
        json!([[
            [lon, lat],
            [lon + side, lat],
            [lon + side, lat + side],
            [lon, lat + side],
            [lon, lat]
        ]])
    }
    fn feature(ar: &str, en: &str, id: u64, rings: Json) -> Json {
        json!({
            "type": "Feature",
            "properties": {"name_ar": ar, "name_en": en, "osm_relation_id": id},
            "geometry": {"type": "Polygon", "coordinates": rings},
        })
    }
    fn read(features: Vec<Json>) -> Parsed {
        let file = json!({"type": "FeatureCollection", "features": features});
        parse(file.to_string().as_bytes()).unwrap()
    }
    fn codes(parsed: &Parsed) -> Vec<&str> {
        parsed.skipped.iter().map(|r| r.code.as_str()).collect()
    }

    #[test]
    fn a_good_feature() {
        let parsed = read(vec![feature(
            "النرجس",
            "An Narjis",
            7,
            square(46.6, 24.8, 0.05),
        )]);
        let [one] = parsed.boundaries.as_slice() else {
            panic!("{parsed:?}")
        };
        assert_eq!(one.name, Text::new("النرجس", "An Narjis"));
        assert_eq!(one.external_id.as_deref(), Some("osm-7"));
        assert!((27e6..29e6).contains(&one.area_m2), "{}", one.area_m2);
        assert!(
            one.centre
                .distance_m(GeoPoint::new(24.825, 46.625).unwrap())
                < 1.0
        );
        assert_eq!(one.digest.len(), 64);
    }

    #[test]
    fn reasons_to_skip() {
        let good = || square(46.6, 24.8, 0.05);
        let open = json!([[[46.6, 24.8], [46.7, 24.8], [46.7, 24.9], [46.6, 24.9]]]);
        let short = json!([[[46.6, 24.8], [46.7, 24.8], [46.6, 24.8]]]);
        let bow = json!([[
            [46.6, 24.8],
            [46.7, 24.9],
            [46.7, 24.8],
            [46.6, 24.9],
            [46.6, 24.8]
        ]]);
        let flat = json!([[[46.6], [46.7], [46.7], [46.6]]]);
        let mut many: Vec<_> = (0..5_001)
            .map(|i| json!([46.6 + f64::from(i) * 1e-6, 24.8]))
            .collect();
        many.push(json!([46.6, 24.8]));
        for (code, feature) in [
            ("no_name", feature(" ", "", 1, good())),
            ("name_too_long", feature(&"ن".repeat(101), "", 1, good())),
            ("broken_ring", feature("أ", "", 1, open)),
            ("broken_ring", feature("أ", "", 1, short)),
            ("broken_ring", feature("أ", "", 1, json!([]))),
            ("broken_ring", feature("أ", "", 1, json!([[]]))),
            ("crossing", feature("أ", "", 1, bow)),
            (
                "outside_riyadh",
                feature("جدة", "Jeddah", 1, square(39.1, 21.5, 0.05)),
            ),
            ("too_small", feature("أ", "", 1, square(46.6, 24.8, 0.0005))),
            ("too_many_corners", feature("أ", "", 1, json!([many]))),
            ("not_a_feature", json!(7)),
            ("not_a_feature", feature("أ", "", 1, flat)),
            (
                "not_an_area",
                json!({"type": "Feature", "properties": {"name": "أ"}, "geometry": {"type": "Point", "coordinates": [46.6, 24.8]}}),
            ),
            (
                "not_an_area",
                json!({"type": "Feature", "properties": {"name": "أ"}, "geometry": null}),
            ),
        ] {
            let parsed = read(vec![feature]);
            assert_eq!(codes(&parsed), [code]);
            assert!(parsed.boundaries.is_empty());
        }
    }

    #[test]
    fn a_duplicate_is_skipped_and_names_the_first() {
        let here = || square(46.6, 24.8, 0.05);
        let parsed = read(vec![
            feature("النرجس", "", 1, here()),
            feature("آخر", "", 1, square(46.7, 24.6, 0.05)),
            feature("ثالث", "", 2, here()),
            feature("حي النرجس", "", 3, square(46.601, 24.801, 0.05)),
            feature("النرجس", "", 4, square(46.9, 24.5, 0.05)),
        ]);
        assert_eq!(codes(&parsed), ["duplicate"; 3]);
        assert!(
            parsed
                .skipped
                .iter()
                .all(|r| r.reason.en.ends_with("النرجس"))
        );
        assert_eq!(parsed.boundaries.len(), 2);
    }

    #[test]
    fn files_that_cannot_be_taken_at_all() {
        for bytes in [
            &b""[..],
            b"{",
            b"[]",
            b"{\"type\":\"Feature\"}",
            b"{\"type\":\"FeatureCollection\"}",
            b"\xff\xfe",
        ] {
            assert!(parse(bytes).is_err());
        }
        let many = json!({"type": "FeatureCollection", "features": vec![0; MAX_FEATURES + 1]});
        assert!(
            parse(many.to_string().as_bytes())
                .unwrap_err()
                .contains("features")
        );
        assert!(
            parse(&vec![b' '; MAX_BYTES + 1])
                .unwrap_err()
                .contains("MB")
        );
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            (46.0..47.5_f64).prop_map(Json::from),
            (24.0..25.5_f64).prop_map(Json::from),
            prop_oneof![
                Just("Feature"),
                Just("Polygon"),
                Just("MultiPolygon"),
                Just("")
            ]
            .prop_map(Json::from),
        ];
        leaf.prop_recursive(5, 48, 6, |inner| {
            let key = prop_oneof![
                Just("type"),
                Just("geometry"),
                Just("coordinates"),
                Just("properties"),
                Just("name_ar"),
                Just("id"),
                Just("bbox"),
                Just("geometries"),
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
                prop::collection::vec((key, inner), 0..6)
                    .prop_map(|m| m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn any_features_are_answered_each_once(features in prop::collection::vec(any_json(), 0..4)) {
            let n = features.len();
            let parsed = read(features);
            prop_assert_eq!(parsed.boundaries.len() + parsed.skipped.len(), n);
        }

        /// Whatever ring comes, what is taken is valid and inside Riyadh.
        #[test]
        fn any_ring_is_answered(
            mut ring in prop::collection::vec((46.5..46.8_f64, 24.6..24.9_f64), 0..9), close: bool,
        ) {
            if close && let Some(first) = ring.first() {
                ring.push(*first);
            }
            let parsed = read(vec![feature("أ", "A", 1, json!([ring]))]);
            prop_assert_eq!(parsed.boundaries.len() + parsed.skipped.len(), 1);
            for boundary in parsed.boundaries {
                prop_assert!(boundary.outline.is_valid() && boundary.area_m2 > 0.0);
            }
        }
    }
}
