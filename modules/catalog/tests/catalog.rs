#![allow(clippy::unwrap_used)]
//! The catalog over a real database, with the project's own seed.

use async_trait::async_trait;
use catalog::{Catalog, MIGRATOR};
use contract_catalog::{Catalog as _, CatalogFault, LineKind, PriceQuery};
use contract_sla::{
    Alarm, ClockCommand, ClockKind, ClockView, Promise, PromiseQuery, Sla, SlaFault, StartClocks,
    Urgency,
};
use kernel::access::Role;
use kernel::{AlarmId, Failure, JobId, Money, Outcome, Slug, Time};
use platform::testing::{TestHttp, TestPlatform, actor};
use serde_json::json;
use std::sync::Arc;

const SEED: &str = include_str!("../../../server/seed/catalog.toml");

/// Open from 08:00 to 22:00 in Riyadh, every day; knows no other calendar and nothing else.
struct WorkingHours;

#[async_trait]
impl Sla for WorkingHours {
    async fn is_open(&self, calendar: Slug, at: Time) -> Outcome<bool, SlaFault> {
        if calendar.as_str() != "standard" {
            return Err(SlaFault::UnknownCalendar.into());
        }
        Ok((8..22).contains(&at.in_riyadh().hour()))
    }
    async fn promise(&self, _: PromiseQuery) -> Outcome<Promise, SlaFault> {
        Err(SlaFault::NoPolicy.into())
    }
    async fn start(&self, _: StartClocks) -> Outcome<Promise, SlaFault> {
        Err(SlaFault::NoPolicy.into())
    }
    async fn command(&self, _: JobId, _: ClockCommand, _: Time) -> Outcome<(), SlaFault> {
        Err(SlaFault::NoPolicy.into())
    }
    async fn clocks(&self, _: Vec<JobId>) -> Outcome<Vec<(JobId, ClockView)>, SlaFault> {
        Err(SlaFault::NoPolicy.into())
    }
    async fn open_alarms(&self, _: Option<Vec<Slug>>, _: u32) -> Outcome<Vec<Alarm>, SlaFault> {
        Err(SlaFault::NoPolicy.into())
    }
    async fn alarms(&self, _: Vec<AlarmId>) -> Outcome<Vec<Alarm>, SlaFault> {
        Err(SlaFault::NoPolicy.into())
    }
    async fn predict(&self, _: JobId, _: ClockKind, _: Time, _: Time) -> Outcome<(), SlaFault> {
        Err(SlaFault::NoPolicy.into())
    }
}

async fn start() -> (TestPlatform, Arc<Catalog>, TestHttp) {
    let t = TestPlatform::start(&[&MIGRATOR]).await;
    let catalog = Catalog::new(t.platform.clone(), Arc::new(WorkingHours));
    assert!(catalog.seed(SEED).await.unwrap());
    let http = t.http(catalog.router().into());
    (t, catalog, http)
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn leak(urgency: Urgency, at: &str) -> PriceQuery {
    PriceQuery {
        service: slug("leak-repair"),
        options: vec![slug("replace-valve")],
        quantity: 2,
        urgency,
        zone: slug("north"),
        at: at.parse().unwrap(),
    }
}

#[tokio::test]
async fn the_seed_loads_once_and_again_changes_nothing() {
    let (t, catalog, http) = start().await;
    let tree = catalog.tree().await.unwrap();
    assert_eq!(tree.len(), 10);
    assert_eq!(tree[0].slug, slug("plumbing"));
    assert_eq!(tree[0].services[0].slug, slug("leak-repair"));
    assert!(tree.iter().all(|category| !category.services.is_empty()));

    assert!(!catalog.seed(SEED).await.unwrap());
    assert_eq!(catalog.tree().await.unwrap(), tree);
    assert_eq!(http.get("/v1/catalog").await.ok()["version"], 1);

    // A changed file: a service renamed, another gone, the others as they were; in a process
    // that has an old snapshot.
    let other = Catalog::new(t.platform.clone(), Arc::new(WorkingHours));
    let changed = SEED
        .replace("en = \"Water leak repair\"", "en = \"Leak repair\"")
        .replace("slug = \"leak-detection\"", "slug = \"leak-survey\"");
    assert!(other.seed(&changed).await.unwrap());
    let service = catalog.service(slug("leak-repair")).await.unwrap();
    assert_eq!(service.name.en, "Leak repair");
    let gone = catalog.service(slug("leak-detection")).await.unwrap_err();
    assert_eq!(gone, Failure::Refused(CatalogFault::UnknownService));
    assert_eq!(catalog.tree().await.unwrap().len(), 10);
}

#[tokio::test]
async fn two_processes_that_seed_at_once_load_it_once() {
    let t = TestPlatform::start(&[&MIGRATOR]).await;
    let a = Catalog::new(t.platform.clone(), Arc::new(WorkingHours));
    let b = Catalog::new(t.platform.clone(), Arc::new(WorkingHours));
    let (first, second) = tokio::join!(a.seed(SEED), b.seed(SEED));
    assert_ne!(first.unwrap(), second.unwrap());
    assert_eq!(a.tree().await.unwrap(), b.tree().await.unwrap());
}

#[tokio::test]
async fn prices_of_the_seed_by_hand() {
    let (_t, catalog, _) = start().await;
    // 30 platform + 50 visit + 2 × 150 + 2 × 40 = 460; VAT 60.
    let noon = "2026-12-06T09:00:00Z";
    let night = "2026-12-06T21:00:00Z";
    let priced = catalog.price(leak(Urgency::Immediate, noon)).await.unwrap();
    assert_eq!(
        (priced.total, priced.vat),
        (Money::from_riyals(460), Money::from_riyals(60))
    );
    assert_eq!(priced.duration_minutes, 150);
    assert_eq!(priced.skills, vec![slug("plumbing.general")]);
    assert_eq!(priced.quality_hold_days, 45);
    assert_eq!(priced.checklist.len(), 4);
    let kinds: Vec<_> = priced.lines.iter().map(|line| line.kind).collect();
    assert_eq!(
        kinds,
        [
            LineKind::PlatformFee,
            LineKind::Visit,
            LineKind::Service,
            LineKind::Option
        ]
    );
    // At night: + 75 when it can't wait, nothing more for a booked slot.
    let urgent = catalog
        .price(leak(Urgency::Immediate, night))
        .await
        .unwrap();
    assert_eq!(urgent.total, Money::from_riyals(535));
    assert_eq!(urgent.lines.last().unwrap().kind, LineKind::Surcharge);
    let booked = catalog
        .price(leak(Urgency::Scheduled, night))
        .await
        .unwrap();
    assert_eq!(booked, priced);

    let unknown = PriceQuery {
        service: slug("time-travel"),
        ..leak(Urgency::Immediate, noon)
    };
    let refused = catalog.price(unknown).await.unwrap_err();
    assert_eq!(refused, Failure::Refused(CatalogFault::UnknownService));
}

#[tokio::test]
async fn people_find_services_in_both_languages_however_spelt() {
    let (_t, _, http) = start().await;
    for (typed, first) in [
        ("تسريب", "leak-repair"),
        ("تَسْرِيب", "leak-repair"),
        ("اصلاح تسريب", "leak-repair"),
        ("إصلاح التسريب", "leak-repair"),
        ("leak rep", "leak-repair"),
        ("DRAIN", "drain-unblocking"),
        ("بالوعه", "drain-unblocking"),
        ("الثريا", "chandelier-installation"),
        ("cctv", "camera-intercom"),
    ] {
        let path = url(typed);
        let found = http.get(&path).await.ok();
        assert_eq!(found["items"][0]["slug"], first, "{typed}: {found}");
        assert_eq!(
            http.get(&path).await.ok(),
            found,
            "the same question, the same answer"
        );
    }
    let none = http.get(&url("zeppelin")).await.ok();
    assert_eq!(none["items"], json!([]));
    let many = http.get(&url("ا")).await.ok();
    assert_eq!(many["items"].as_array().unwrap().len(), 20);
    http.get("/v1/catalog/search")
        .await
        .refused(422, "http.bad_field");
}

fn url(typed: &str) -> String {
    let mut path = String::from("/v1/catalog/search?q=");
    for byte in typed.bytes() {
        path.push_str(&format!("%{byte:02X}"));
    }
    path
}

#[tokio::test]
async fn an_operator_sets_a_price_everywhere_at_once_and_it_stays() {
    let (t, catalog, http) = start().await;
    let other = Catalog::new(t.platform.clone(), Arc::new(WorkingHours));
    other.tree().await.unwrap();
    let operator = http.as_actor(&actor(Role::OperationsManager));
    let tag = http.get("/v1/catalog").await.headers["etag"]
        .to_str()
        .unwrap()
        .to_owned();

    let path = "/v1/catalog/services/leak-repair/price";
    let set = operator
        .put(path, &json!({ "base_halalas": 20_000 }))
        .await
        .ok();
    assert_eq!(set["base"], 20_000);
    let open = http.get("/v1/catalog/services/leak-repair").await.ok();
    assert_eq!(open["base"], 20_000);
    let noon = "2026-12-06T09:00:00Z";
    let priced = other.price(leak(Urgency::Immediate, noon)).await.unwrap();
    assert_eq!(priced.total, Money::from_riyals(560));
    assert_ne!(http.get("/v1/catalog").await.headers["etag"], tag.as_str());

    // A later seed brings new words, not its old price.
    catalog
        .seed(&SEED.replace("Water leak repair", "Leak repair"))
        .await
        .unwrap();
    let service = catalog.service(slug("leak-repair")).await.unwrap();
    assert_eq!(service.base, Money::from_halalas(20_000));

    operator
        .put(path, &json!({ "base_halalas": 0 }))
        .await
        .refused(422, "catalog.bad_price");
    operator
        .put(
            "/v1/catalog/services/nothing/price",
            &json!({ "base_halalas": 1 }),
        )
        .await
        .refused(404, "catalog.unknown_service");
    http.as_actor(&actor(Role::Dispatcher))
        .put(path, &json!({ "base_halalas": 1 }))
        .await
        .refused(403, "http.forbidden");
    let audited = sqlx::query_scalar::<_, i64>(
        "select count(*) from platform.audit where action = 'catalog.set_price' and record = 'leak-repair'",
    )
    .fetch_one(&t.platform.db)
    .await
    .unwrap();
    assert_eq!(audited, 1);
}

#[tokio::test]
async fn a_category_closed_in_a_zone_is_refused_there_only() {
    let (_t, catalog, http) = start().await;
    let operator = http.as_actor(&actor(Role::OperationsManager));
    let path = "/v1/catalog/categories/plumbing/zones/north";
    let noon = "2026-12-06T09:00:00Z";
    operator.put(path, &json!({ "served": false })).await.ok();
    let refused = catalog
        .price(leak(Urgency::Immediate, noon))
        .await
        .unwrap_err();
    assert_eq!(refused, Failure::Refused(CatalogFault::NotServedHere));
    let east = PriceQuery {
        zone: slug("east"),
        ..leak(Urgency::Immediate, noon)
    };
    catalog.price(east).await.unwrap();
    operator.put(path, &json!({ "served": true })).await.ok();
    catalog.price(leak(Urgency::Immediate, noon)).await.unwrap();
    operator
        .put(
            "/v1/catalog/categories/nothing/zones/north",
            &json!({ "served": true }),
        )
        .await
        .refused(404, "catalog.unknown_category");
}

#[tokio::test]
async fn the_tree_is_not_sent_twice() {
    let (_t, _, http) = start().await;
    let first = http.get("/v1/catalog").await;
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    assert!(
        first.headers["cache-control"]
            .to_str()
            .unwrap()
            .starts_with("public")
    );
    let request = axum::http::Request::get("/v1/catalog")
        .header("if-none-match", tag)
        .body(axum::body::Body::empty())
        .unwrap();
    let again = http.send(request).await;
    assert_eq!(again.status, 304);
    assert!(again.bytes.is_empty());
    http.get("/v1/catalog/services/NOT_A_SLUG")
        .await
        .refused(404, "catalog.unknown_service");
    http.get("/v1/catalog/services/nothing")
        .await
        .refused(404, "catalog.unknown_service");
}
