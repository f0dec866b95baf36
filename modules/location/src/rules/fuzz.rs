//! Fuzz target: files of boundaries.

use super::boundaries::{MAX_CORNERS, MAX_NAME, parse};
use ::fuzz::Target;
use kernel::Slug;
use serde_json::{Value, json};

#[test]
fn fuzz_boundaries() {
    let target = Target::of("boundaries");
    target.check(|input| {
        let parsed = match parse(input) {
            Ok(parsed) => parsed,
            Err(why) => {
                assert!((1..300).contains(&why.len()), "{why}");
                return;
            }
        };
        let file: Value = serde_json::from_slice(input).unwrap();
        let features = file["features"].as_array().unwrap().len();
        assert_eq!(parsed.boundaries.len() + parsed.skipped.len(), features);
        for remark in &parsed.skipped {
            assert!(
                (1..=MAX_NAME).contains(&remark.name.chars().count()),
                "{remark:?}"
            );
            assert!(!remark.code.is_empty() && !remark.reason.en.is_empty());
        }
        let mut printed = Vec::new();
        for boundary in &parsed.boundaries {
            for name in [&boundary.name.ar, &boundary.name.en] {
                let fits = (1..=MAX_NAME).contains(&name.chars().count());
                assert!(fits && !name.contains(char::is_control), "{name:?}");
            }
            if let Some(id) = &boundary.external_id {
                assert!(Slug::parse(id).is_ok(), "{id}");
            }
            let coordinates = crate::regrid::coordinates(&boundary.outline);
            let corners: usize = coordinates.iter().flatten().map(Vec::len).sum();
            assert!(corners <= MAX_CORNERS && boundary.area_m2 > 0.0);
            let mut feature = json!({
                "type": "Feature",
                "properties": { "name_ar": boundary.name.ar,
                    "name_en": boundary.has_english.then_some(&boundary.name.en) },
                "geometry": { "type": "MultiPolygon", "coordinates": coordinates },
            });
            if let Some(id) = &boundary.external_id {
                feature["id"] = json!(id);
            }
            printed.push(feature);
        }
        let printed = json!({ "type": "FeatureCollection", "features": printed }).to_string();
        let again = parse(printed.as_bytes()).unwrap();
        assert!(again.skipped.is_empty(), "{:?}", again.skipped);
        for (one, other) in parsed.boundaries.iter().zip(&again.boundaries) {
            assert_eq!((&one.name, &one.digest), (&other.name, &other.digest));
        }
    });
    target.is_linear(parse);
}
