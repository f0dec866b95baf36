//! The search for candidates among five thousand technicians, and the seed's whole city.

use crate::fakes::{Town, slug};
use contract_vendors::{EligibleQuery, Vendors as _};
use kernel::{GeoPoint, Slug};
use vendors::seed;

const PEOPLE: &str = include_str!("../../../../server/seed/people.toml");

#[tokio::test]
async fn of_five_thousand_the_right_ones_are_found() {
    let town = Town::start().await;
    let db = &town.t.platform.db;
    // 500 vendors of 10 technicians; one category in ten and one zone in five each.
    for sql in [
        "insert into vendors.vendors
           select gen_random_uuid(), 'مزوّد', 'Vendor ' || n, 'company', '70' || lpad(n::text, 8, '0'), null,
                  'growth', 1500, '+966551' || lpad(n::text, 6, '0'), gen_random_uuid(), 'active',
                  '2027-12-06', '2026-12-06'
           from generate_series(1, 500) n",
        "insert into vendors.vendor_categories
           select id, 'category-' || substr(registration, 10)::int % 10 from vendors.vendors",
        "insert into vendors.vendor_zones
           select id, 'zone-' || (substr(registration, 8)::int / 10) % 5 from vendors.vendors",
        "insert into vendors.technicians
           select gen_random_uuid(), v.id, '+966552' || substr(v.registration, 7) || lpad(n::text, 2, '0'),
                  gen_random_uuid(), 'فنّي', 'Technician', 24.7, 46.7, 0.8, '[]',
                  '{[540,1080),[1980,2520)}', case when n % 2 = 0 then now() end, now()
           from vendors.vendors v, generate_series(1, 10) n",
        "insert into vendors.technician_skills
           select t.id, 'skill-' || s, s = 1 from vendors.technicians t, generate_series(1, 4) s",
        "analyze vendors.vendors, vendors.vendor_categories, vendors.vendor_zones,
                 vendors.technicians, vendors.technician_skills",
    ] {
        sqlx::query(sql).execute(db).await.unwrap();
    }
    let query = EligibleQuery {
        category: slug("category-3"),
        skills: vec![slug("skill-1"), slug("skill-2")],
        zone: slug("zone-2"),
        from: "2026-12-06T09:00:00Z".parse().unwrap(),
        until: "2026-12-06T10:00:00Z".parse().unwrap(),
        on_shift_now: false,
    };
    let found = town.vendors.eligible(query.clone()).await.unwrap();
    assert_eq!(found.len(), 100);
    assert!(found.is_sorted_by_key(|card| card.id));
    let now = EligibleQuery {
        on_shift_now: true,
        ..query
    };
    assert_eq!(town.vendors.eligible(now).await.unwrap().len(), 50);
}

#[tokio::test]
async fn the_seeded_city_can_be_enrolled_twice() {
    let town = Town::start().await;
    let skills = |names: &[&str]| -> Vec<Slug> { names.iter().map(|name| slug(name)).collect() };
    let categories = [
        (
            slug("plumbing"),
            skills(&["plumbing.general", "plumbing.drains"]),
        ),
        (slug("cleaning"), skills(&["cleaning.home"])),
    ];
    let centre = GeoPoint::new(24.7, 46.7).unwrap();
    let zones = [(slug("north"), vec![centre]), (slug("south"), vec![centre])];
    let planned = seed::plan(PEOPLE, &categories, &zones, 7, 8, 20).unwrap();
    seed::enrol(&*town.vendors, planned.clone()).await.unwrap();
    let told = town.identity.enrolled().len();
    assert_eq!(told, 28);
    seed::enrol(&*town.vendors, planned).await.unwrap();
    assert_eq!(
        town.identity.enrolled().len(),
        told,
        "the second time changes nothing"
    );
    for (category, _) in &categories {
        for (zone, _) in &zones {
            let count = town
                .vendors
                .coverage(category.clone(), zone.clone())
                .await
                .unwrap();
            assert!(count >= 3, "{count} for {category} in {zone}");
        }
    }
}
