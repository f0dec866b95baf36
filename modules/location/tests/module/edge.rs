use crate::helpers::{World, district, file};
use contract_location::Location as _;
use kernel::access::{Actor, Role};
use kernel::{JobId, Slug, TechnicianId, days, seconds};
use location::LocationSettings;
use platform::testing::{TestHttp, actor};
use serde_json::json;
use std::sync::atomic::Ordering::SeqCst;
use uuid::Uuid;

fn http(w: &World) -> TestHttp {
    let (router, _) = w.location.router().split_for_parts();
    w.t.http(router)
}

#[tokio::test]
async fn a_pin_is_translated_for_anyone() {
    let w = World::seeded().await;
    let place = http(&w).get("/v1/places?lat=24.812&lon=46.607").await.ok();
    assert_eq!(place["sector"], "al-malqa");
    assert_eq!(
        place["sector_name"],
        json!({"ar": "الملقا", "en": "Al Malqa"})
    );
    let refused = http(&w)
        .lang("ar")
        .get("/v1/places?lat=21.5&lon=39.2")
        .await
        .refused(422, "location.outside_zones");
    assert_eq!(refused["data"]["nearest"], "al-malqa");
    assert_eq!(
        refused["detail"],
        "لم نصل إلى هذا الموقع بعد. أقرب حيّ نخدمه: الملقا."
    );
    http(&w)
        .get("/v1/places?lat=95&lon=46")
        .await
        .refused(422, "location.not_a_point");
    http(&w)
        .get("/v1/places?lat=NaN&lon=46")
        .await
        .refused(422, "location.not_a_point");
    http(&w)
        .get("/v1/places?lat=24")
        .await
        .refused(422, "http.bad_field");

    let zones = http(&w).get("/v1/zones").await.ok();
    assert_eq!(zones["zones"][1]["slug"], "south");
    assert_eq!(zones["zones"][1]["sectors"][0]["slug"], "al-aziziyah");
}

#[tokio::test]
async fn an_address_needs_a_signed_in_caller_and_speaks_their_language() {
    let w = World::seeded().await;
    let path = "/v1/places/address?lat=24.812&lon=46.607";
    http(&w)
        .get(path)
        .await
        .refused(401, "http.unauthenticated");
    let customer = http(&w).as_actor(&actor(Role::Customer));
    assert_eq!(
        customer.get(path).await.ok()["address"]["line"],
        "8228 King Fahd Road"
    );
    assert_eq!(
        customer.lang("ar").get(path).await.ok()["address"]["line"],
        "٨٢٢٨ طريق الملك فهد"
    );
}

#[tokio::test]
async fn addresses_that_cost_are_told_where_we_work_and_so_often_a_day() {
    let w = World::seeded().await;
    let settings = LocationSettings {
        addresses_per_member_and_day: 3,
    };
    let (router, _) = w.another_with(settings).router().split_for_parts();
    let http = w.t.http(router);
    let (one, other) = (actor(Role::Customer), actor(Role::Customer));
    let tells = async |who: &Actor, lat: f64| {
        let path = format!("/v1/places/address?lat={lat:.5}&lon=46.607");
        let answer = http.as_actor(who).get(&path).await.ok();
        !answer["address"].is_null()
    };
    let asked = || w.street.asked.load(SeqCst);
    // Far from all zones: nobody is asked, and nothing is counted.
    assert!(!tells(&one, 21.5).await);
    assert_eq!(asked(), 0);
    for n in 0..5 {
        assert_eq!(
            tells(&one, 24.812 + f64::from(n) * 1e-4).await,
            n < 3,
            "{n}"
        );
    }
    assert_eq!(asked(), 3);
    // What is known costs nothing, and others have their own.
    assert!(tells(&one, 24.812).await && tells(&other, 24.8124).await);
    assert!(tells(&one, 24.8124).await);
    assert_eq!(asked(), 4);
    w.t.clock.advance(days(1));
    assert!(tells(&one, 24.8125).await);
}

#[tokio::test]
async fn where_we_are_is_no_secret() {
    let w = World::seeded().await;
    let answer = http(&w).get("/v1/zones/outline").await;
    assert_eq!(answer.headers["cache-control"], "public, max-age=300");
    let zones = answer.ok();
    let zones = zones["zones"].as_array().unwrap();
    assert!(zones.len() > 1);
    for zone in zones {
        let rings = zone["rings"].as_array().unwrap();
        // Whole shapes, not single cells, around Riyadh, longitude first.
        assert!(rings[0].as_array().unwrap().len() > 6, "{zone}");
        let first = &rings[0][0];
        assert!((45.0..48.0).contains(&first[0].as_f64().unwrap()));
        assert!((24.0..26.0).contains(&first[1].as_f64().unwrap()));
    }
}

#[tokio::test]
async fn the_grid_is_for_dispatchers_inside_their_zones() {
    let w = World::seeded().await;
    http(&w)
        .as_actor(&actor(Role::Customer))
        .get("/v1/zones/grid")
        .await
        .refused(403, "http.forbidden");
    let manager = http(&w).as_actor(&actor(Role::OperationsManager));
    let all = manager.get("/v1/zones/grid").await.ok()["micro_zones"]
        .as_array()
        .unwrap()
        .len();
    let mut dispatcher = actor(Role::Dispatcher);
    dispatcher.scope.zones = Some(vec![Slug::parse("north").unwrap()]);
    let dispatcher = http(&w).as_actor(&dispatcher);
    let own = dispatcher.get("/v1/zones/grid").await.ok();
    let cells = own["micro_zones"].as_array().unwrap();
    assert!(!cells.is_empty() && cells.len() < all);
    assert!(
        cells
            .iter()
            .all(|c| c["zone"] == "north" && c["status"] == "active")
    );
    assert_eq!(cells[0]["outline"].as_array().unwrap().len(), 6);
    assert_eq!(dispatcher.get("/v1/zones/grid?zone=north").await.ok(), own);
    dispatcher
        .get("/v1/zones/grid?zone=south")
        .await
        .refused(403, "location.zone_out_of_scope");
    let south = manager.get("/v1/zones/grid?zone=south").await.ok();
    assert_eq!(
        south["micro_zones"].as_array().unwrap().len() + cells.len(),
        all
    );
}

#[tokio::test]
async fn an_import_is_an_operations_managers_and_leaves_a_trace() {
    let w = World::seeded().await;
    let boundaries = file(&[district("حطين", "Hittin", 3, (24.750, 46.590), 0.03)]);
    let path = "/v1/zones/import";
    http(&w)
        .as_actor(&actor(Role::Dispatcher))
        .post(path, &boundaries)
        .await
        .refused(403, "http.forbidden");
    let mut limited = actor(Role::OperationsManager);
    limited.scope.zones = Some(vec![]);
    http(&w)
        .as_actor(&limited)
        .post(path, &boundaries)
        .await
        .refused(403, "location.zone_out_of_scope");

    let manager = http(&w).as_actor(&actor(Role::OperationsManager));
    let refused = manager
        .post_bytes(path, "application/geo+json", "nonsense")
        .await;
    refused.refused(422, "location.bad_geojson");
    let key = Uuid::new_v4();
    let first = manager.post_with_key(path, &boundaries, key).await.ok();
    assert_eq!(
        (&first["taken"], &first["skipped"]),
        (&json!(1), &json!([]))
    );
    assert_eq!(
        manager.post_with_key(path, &boundaries, key).await.ok(),
        first
    );
    assert_eq!(manager.post(path, &boundaries).await.ok()["unchanged"], 1);
    let traces: i64 =
        sqlx::query_scalar("select count(*) from platform.audit where action = 'zones.import'")
            .fetch_one(&w.t.platform.db)
            .await
            .unwrap();
    assert_eq!(traces, 2);

    // Larger than other bodies may be, but not without end.
    let padded = |bytes: usize| {
        let mut text = boundaries.to_string();
        text.extend(std::iter::repeat_n(' ', bytes));
        text
    };
    manager
        .post_bytes(path, "application/geo+json", padded(1 << 20))
        .await
        .ok();
    let too_large = manager
        .post_bytes(path, "application/geo+json", padded(10 << 20))
        .await;
    assert_eq!(too_large.status, 413);
}

#[tokio::test]
async fn a_technician_reports_where_they_are() {
    let w = World::empty().await;
    let who = TechnicianId::new();
    let mut technician = actor(Role::Technician);
    let ping = json!({"lat": 24.7, "lon": 46.7});
    let path = "/v1/technician/position";
    http(&w)
        .as_actor(&actor(Role::Customer))
        .post(path, &ping)
        .await
        .refused(403, "http.forbidden");
    http(&w)
        .as_actor(&technician)
        .post(path, &ping)
        .await
        .refused(403, "location.not_a_technician");
    technician.scope.technician = Some(who);
    let phone = http(&w).as_actor(&technician);
    let taken = phone.post(path, &ping).await;
    assert_eq!(
        (taken.status.as_u16(), &taken.json),
        (202, &json!({"taken": 1, "refused": 0}))
    );
    assert_eq!(
        w.location.positions(vec![who], w.t.now()).await.unwrap()[0].at,
        w.t.now()
    );
    phone
        .post(path, &json!({"lat": 124.7, "lon": 46.7}))
        .await
        .refused(422, "location.not_a_point");
    w.t.clock.advance(seconds(30));
    phone
        .post(path, &json!({"lat": 25.7, "lon": 46.7}))
        .await
        .refused(422, "location.implausible_position");
}

#[tokio::test]
async fn a_phone_without_signal_reports_in_one_go() {
    let w = World::empty().await;
    let (who, job) = (TechnicianId::new(), JobId::new());
    let mut technician = actor(Role::Technician);
    technician.scope.technician = Some(who);
    let phone = http(&w).as_actor(&technician);
    let path = "/v1/technician/positions";
    let now = w.t.now();
    let ping = |lat: f64, ago_s: i64| json!({"lat": lat, "lon": 46.7, "at": now - seconds(ago_s), "job": job});
    let batch = json!({"positions": [ping(24.702, 0), ping(24.700, 80), ping(24.9, 60), ping(99.0, 50), ping(24.701, 40)]});
    let taken = phone.post(path, &batch).await;
    assert_eq!(
        (taken.status.as_u16(), taken.json),
        (202, json!({"taken": 3, "refused": 2}))
    );
    let trail: Vec<_> = w
        .location
        .trail(job, who)
        .await
        .unwrap()
        .iter()
        .map(|p| (now.since(p.at).as_secs(), p.point.lat()))
        .collect();
    assert_eq!(trail, [(80, 24.700), (40, 24.701), (0, 24.702)]);
    let many = json!({"positions": vec![ping(24.7, 0); 51]});
    phone
        .post(path, &many)
        .await
        .refused(422, "location.too_many_positions");
    assert_eq!(
        phone.post(path, &json!({"positions": []})).await.ok()["taken"],
        0
    );
}

#[tokio::test]
async fn every_address_is_described() {
    let w = World::empty().await;
    let (_, api) = w.location.router().split_for_parts();
    let paths: Vec<_> = api.paths.paths.keys().cloned().collect();
    assert_eq!(
        paths,
        [
            "/v1/places",
            "/v1/places/address",
            "/v1/technician/position",
            "/v1/technician/positions",
            "/v1/zones",
            "/v1/zones/grid",
            "/v1/zones/import",
            "/v1/zones/outline",
        ]
    );
}
