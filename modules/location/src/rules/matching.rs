//! Which imported boundary is which district we know.

use crate::rules::boundaries::Boundary;
use crate::rules::names::{arabic_key, bare_arabic_key, english_key};
use kernel::{GeoPoint, Slug, Text};

/// A district we know.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) slug: Slug,
    pub(crate) zone: Slug,
    pub(crate) name: Text,
    pub(crate) centre: GeoPoint,
    pub(crate) external_id: Option<String>,
    pub(crate) digest: Option<String>,
}

/// Seeded centres are approximate to about 2 km; a namesake farther off than this, beyond the
/// boundary's own extent, is another district.
const NAMESAKE_M: f64 = 5_000.0;

/// For each boundary the index of the known district it is, one to one. Sure signs first for the
/// whole file: the same key at the source, then the same Arabic name, then the same but for
/// articles, then the same English name; among several candidates the nearest, then the lower slug.
pub(crate) fn match_up(boundaries: &[Boundary], known: &[Known]) -> Vec<Option<usize>> {
    type Sign = fn(&Boundary, &Known) -> bool;
    const SIGNS: [Sign; 4] = [
        |b, k| b.external_id.is_some() && b.external_id == k.external_id,
        |b, k| is_near(b, k) && arabic_key(&b.name.ar) == arabic_key(&k.name.ar),
        |b, k| is_near(b, k) && bare_arabic_key(&b.name.ar) == bare_arabic_key(&k.name.ar),
        |b, k| {
            let english = english_key(&b.name.en);
            is_near(b, k)
                && b.has_english
                && !english.is_empty()
                && english == english_key(&k.name.en)
        },
    ];
    let mut matched: Vec<Option<usize>> = vec![None; boundaries.len()];
    let mut is_taken = vec![false; known.len()];
    for sign in SIGNS {
        for (boundary, slot) in boundaries.iter().zip(&mut matched) {
            if slot.is_some() {
                continue;
            }
            let best = known
                .iter()
                .enumerate()
                .filter(|(i, k)| !is_taken[*i] && sign(boundary, k))
                .min_by(|(_, a), (_, b)| {
                    let far = |k: &Known| k.centre.distance_m(boundary.centre);
                    far(a).total_cmp(&far(b)).then_with(|| a.slug.cmp(&b.slug))
                });
            if let Some((i, _)) = best {
                is_taken[i] = true;
                *slot = Some(i);
            }
        }
    }
    matched
}

fn is_near(boundary: &Boundary, known: &Known) -> bool {
    known.centre.distance_m(boundary.centre) <= NAMESAKE_M + boundary.area_m2.sqrt()
}

/// The district whose centre is nearest; the lower slug of equals.
pub(crate) fn nearest(known: &[Known], point: GeoPoint) -> Option<&Known> {
    known.iter().min_by(|a, b| {
        let far = |k: &Known| k.centre.distance_m(point);
        far(a).total_cmp(&far(b)).then_with(|| a.slug.cmp(&b.slug))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::MultiPolygon;

    fn at(lat: f64, lon: f64) -> GeoPoint {
        GeoPoint::new(lat, lon).unwrap()
    }
    fn boundary(ar: &str, en: &str, id: Option<&str>, centre: GeoPoint) -> Boundary {
        Boundary {
            name: Text::new(ar, en),
            has_english: !en.is_empty(),
            external_id: id.map(str::to_owned),
            outline: MultiPolygon::new(vec![]),
            digest: String::new(),
            area_m2: 4e6,
            centre,
        }
    }
    fn known(slug: &str, ar: &str, en: &str, id: Option<&str>, centre: GeoPoint) -> Known {
        Known {
            slug: Slug::parse(slug).unwrap(),
            zone: Slug::parse("north").unwrap(),
            name: Text::new(ar, en),
            centre,
            external_id: id.map(str::to_owned),
            digest: None,
        }
    }

    #[test]
    fn surer_signs_come_first_whatever_the_order() {
        let here = at(24.7, 46.7);
        let districts = [
            known("as-salam", "السلام", "As Salam", None, here),
            known("ghubayrah", "غبيرة", "Ghubayrah", None, here),
            known("al-malqa", "الملقا", "Al Malqa", Some("osm-9"), here),
        ];
        let boundaries = [
            boundary("سلام", "", None, here),
            boundary("السلام", "", None, here),
            boundary("غبيرا", "Al-Ghubayrah", None, here),
            boundary("renamed", "", Some("osm-9"), at(25.2, 47.2)),
        ];
        assert_eq!(
            match_up(&boundaries, &districts),
            [None, Some(0), Some(1), Some(2)]
        );
        assert_eq!(match_up(&boundaries[..1], &districts), [Some(0)]);
    }

    #[test]
    fn a_namesake_far_off_is_another_and_of_two_the_nearest() {
        let districts = [
            known("far", "النور", "An Nur", None, at(24.9, 46.9)),
            known("near", "النور", "An Nur", None, at(24.71, 46.7)),
        ];
        let new = [boundary("حي النور", "", None, at(24.7, 46.7))];
        assert_eq!(match_up(&new, &districts), [Some(1)]);
        assert_eq!(match_up(&new, &districts[..1]), [None]);
        assert_eq!(
            nearest(&districts, at(24.8, 46.8)).unwrap().slug.as_str(),
            "near"
        );
        assert!(nearest(&[], at(24.8, 46.8)).is_none());
    }
}
