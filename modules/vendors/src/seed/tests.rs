use super::*;
use crate::rules;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const PEOPLE: &str = include_str!("../../../../server/seed/people.toml");
const CATALOG: &str = include_str!("../../../../server/seed/catalog.toml");
const SECTORS: &str = include_str!("../../../../server/seed/sectors.toml");

/// The project's own categories and sectors, read here without the modules that own them.
fn city() -> (Vec<CategorySkills>, Vec<ZoneCentres>) {
    let catalog: toml::Value = toml::from_str(CATALOG).unwrap();
    let text = |value: &toml::Value| Slug::parse(value.as_str().unwrap()).unwrap();
    let categories = catalog["category"]
        .as_array()
        .unwrap()
        .iter()
        .map(|category| {
            let services = category["service"].as_array().unwrap().iter();
            let skills: BTreeSet<Slug> = services
                .flat_map(|service| service["skills"].as_array().unwrap())
                .map(text)
                .collect();
            (text(&category["slug"]), skills.into_iter().collect())
        });
    let sectors: toml::Value = toml::from_str(SECTORS).unwrap();
    let mut zones: BTreeMap<Slug, Vec<GeoPoint>> = BTreeMap::new();
    for sector in sectors["sector"].as_array().unwrap() {
        let degrees = |key: &str| sector[key].as_float().unwrap();
        let centre = GeoPoint::new(degrees("lat"), degrees("lon")).unwrap();
        zones.entry(text(&sector["zone"])).or_default().push(centre);
    }
    (categories.collect(), zones.into_iter().collect())
}

fn planned(seed: u64) -> Vec<Planned> {
    let (categories, zones) = city();
    plan(PEOPLE, &categories, &zones, seed, 40, 150).unwrap()
}

#[test]
fn the_same_seed_makes_the_same_city() {
    assert_eq!(planned(7), planned(7));
    assert_ne!(planned(7), planned(8));
}

#[test]
fn everybody_passes_the_real_checks_and_nobody_is_there_twice() {
    for seed in [1, 7, 99] {
        let planned = planned(seed);
        assert_eq!(planned.len(), 40);
        assert_eq!(
            planned.iter().map(|(_, team)| team.len()).sum::<usize>(),
            150
        );
        let mut unique = BTreeSet::new();
        for (vendor, team) in &planned {
            rules::check_vendor(vendor).unwrap();
            assert!(
                (2..=4).contains(&vendor.categories.len()),
                "{:?}",
                vendor.categories
            );
            assert!((1..=5).contains(&vendor.zones.len()));
            let premium = vendor.tier.as_str() == "premium";
            assert_eq!(
                vendor.commission_basis_points,
                if premium { 1200 } else { 1500 }
            );
            for text in [&vendor.registration, &vendor.iban, &vendor.name.en] {
                assert!(unique.insert(text.clone()), "{text} twice");
            }
            assert!(unique.insert(vendor.owner_phone.e164().to_owned()));
            let own = vendor.kind.as_str() == "freelancer";
            assert!(!own || (team.len() == 1 && team[0].name == vendor.name));
            for technician in team {
                rules::check_technician(technician).unwrap();
                assert!(unique.insert(technician.phone.e164().to_owned()));
                assert!(
                    own || unique.insert(technician.name.en.clone()),
                    "{} twice",
                    technician.name.en
                );
            }
        }
        let registered = planned
            .iter()
            .filter(|(vendor, _)| vendor.vat_number.is_some())
            .count();
        assert!(
            (14..=34).contains(&registered),
            "{registered} of 40 VAT-registered"
        );
    }
    assert_eq!(planned(7)[0].0.owner_phone.e164(), "+966551000001");
    assert_eq!(planned(7)[0].1[0].phone.e164(), "+966552000001");
}

#[test]
fn every_category_is_covered_in_every_zone() {
    let (categories, zones) = city();
    for seed in [1, 7, 99] {
        let planned = planned(seed);
        for (category, skills) in &categories {
            for (zone, _) in &zones {
                let vendors = planned
                    .iter()
                    .filter(|(vendor, team)| {
                        vendor.categories.contains(category)
                            && vendor.zones.contains(zone)
                            && team.iter().any(|person| holds_all(person, skills))
                    })
                    .count();
                assert!(
                    vendors >= 3,
                    "{vendors} for {category} in {zone}, seed {seed}"
                );
            }
        }
    }
}

fn holds_all(person: &EnrolTechnician, skills: &[Slug]) -> bool {
    skills
        .iter()
        .all(|skill| person.skills.iter().any(|(held, _)| held == skill))
}

#[test]
fn every_trade_is_on_shift_at_any_hour_from_seven_to_midnight() {
    let (categories, _) = city();
    let planned = planned(7);
    for (category, skills) in &categories {
        for day in 0..7 {
            for hour in 7..24 {
                let minute = day * 1440 + hour * 60;
                let there = planned
                    .iter()
                    .filter(|(vendor, _)| vendor.categories.contains(category))
                    .flat_map(|(_, team)| team)
                    .filter(|person| holds_all(person, skills))
                    .filter(|person| {
                        rules::covered(&person.week)
                            .iter()
                            .any(|(start, end)| *start <= minute && minute + 60 <= *end)
                    })
                    .count();
                assert!(there >= 2, "{there} for {category} on day {day} at {hour}");
            }
        }
    }
}

#[test]
fn homes_lie_in_a_zone_of_their_vendor() {
    let (_, zones) = city();
    for (vendor, team) in planned(7) {
        for person in team {
            let near = zones
                .iter()
                .filter(|(zone, _)| vendor.zones.contains(zone))
                .flat_map(|(_, centres)| centres)
                .map(|centre| centre.distance_m(person.home))
                .fold(f64::INFINITY, f64::min);
            assert!(near < 1_000.0, "{near} m");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_size_of_city_is_planned(seed: u64, vendors in 1_usize..120, more in 0_usize..200) {
        let (categories, zones) = city();
        let planned = plan(PEOPLE, &categories, &zones, seed, vendors, vendors + more).unwrap();
        prop_assert_eq!(planned.len(), vendors);
        prop_assert_eq!(planned.iter().map(|(_, team)| team.len()).sum::<usize>(), vendors + more);
        for (vendor, team) in &planned {
            rules::check_vendor(vendor).unwrap();
            prop_assert!(team.iter().all(|person| rules::check_technician(person).is_ok()));
        }
    }
}

#[test]
fn what_cannot_be_planned_is_refused() {
    let (categories, zones) = city();
    assert!(plan(PEOPLE, &categories, &zones, 1, 10, 9).is_err());
    assert!(plan(PEOPLE, &[], &zones, 1, 10, 10).is_err());
    assert!(plan("male = []", &categories, &zones, 1, 10, 10).is_err());
}
