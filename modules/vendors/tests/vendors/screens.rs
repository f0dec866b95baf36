use crate::eligible::visit;
use crate::fakes::{Town, company, plumber, slug};
use crate::{owner, technician};
use contract_settlement::masked_iban;
use contract_vendors::{EligibleQuery, ShiftChanged, Vendors as _};
use kernel::access::Role;
use kernel::{VendorId, hours, minutes};
use platform::testing::actor;
use serde_json::json;
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn a_shift_begins_and_ends_once_and_tells_who_listens() {
    let mut town = Town::start().await;
    let heard: Arc<Mutex<Vec<bool>>> = Arc::default();
    let listener = heard.clone();
    town.t
        .registry
        .on("test.on_shift_changed", move |_, event: ShiftChanged| {
            listener.lock().unwrap().push(event.on_shift);
            async { Ok(()) }
        });
    town.t.subscribe().await;
    let vendor = town.vendors.enrol_vendor(company(1)).await.unwrap();
    let id = town
        .vendors
        .enrol_technician(plumber(vendor, 1))
        .await
        .unwrap();
    let technician = town.http.as_actor(&technician(id, vendor));
    let shift = "/v1/technician/shift";

    let on = technician.put(shift, &json!({ "on": true })).await.ok();
    assert_eq!(
        on,
        json!({ "on_shift": true, "since": "2026-12-06T06:00:00Z" })
    );
    town.t.clock.advance(minutes(5));
    assert_eq!(technician.put(shift, &json!({ "on": true })).await.ok(), on);
    town.t.run_pending_jobs().await;
    assert_eq!(*heard.lock().unwrap(), [true]);
    let now = EligibleQuery {
        on_shift_now: true,
        // Off the weekly plan: what counts is being there.
        ..visit("2026-12-06T20:00:00Z", "2026-12-06T21:00:00Z")
    };
    assert!(town.vendors.eligible(now.clone()).await.unwrap()[0].on_shift);
    let me = technician.get("/v1/technician/me").await.ok();
    assert_eq!((&me["on_shift"], &me["id"]), (&json!(true), &json!(id)));
    assert_eq!(
        me["week"][0],
        json!({ "start_minute": 480, "end_minute": 1080 })
    );
    assert_eq!(me["week"][5], json!(null));

    // Forgotten overnight: ended for them.
    town.t.clock.advance(hours(17));
    town.t.run_pending_jobs().await;
    assert_eq!(*heard.lock().unwrap(), [true, false]);
    assert!(town.vendors.eligible(now).await.unwrap().is_empty());
    let off = technician.put(shift, &json!({ "on": false })).await.ok();
    assert_eq!(off, json!({ "on_shift": false, "since": null }));
    town.t.run_pending_jobs().await;
    assert_eq!(*heard.lock().unwrap(), [true, false]);

    town.http
        .as_actor(&owner(vendor))
        .put(shift, &json!({ "on": true }))
        .await
        .refused(403, "http.forbidden");
    town.http
        .as_actor(&actor(Role::Technician))
        .put(shift, &json!({ "on": true }))
        .await
        .refused(404, "vendors.unknown_technician");
}

#[tokio::test]
async fn an_owner_sees_their_own_and_nobody_elses() {
    let town = Town::start().await;
    let a = town.vendors.enrol_vendor(company(1)).await.unwrap();
    let b = town.vendors.enrol_vendor(company(2)).await.unwrap();
    let mut expected = Vec::new();
    for person in 1..=3 {
        let id = town
            .vendors
            .enrol_technician(plumber(a, person))
            .await
            .unwrap();
        expected.push(json!(id));
    }
    let http = town.http.as_actor(&owner(a));
    let first = http.get("/v1/vendor/technicians?limit=2").await.ok();
    let next = first["next"].as_str().unwrap();
    let second = http
        .get(&format!("/v1/vendor/technicians?limit=2&cursor={next}"))
        .await
        .ok();
    let ids: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|card| card["id"].clone())
        .collect();
    assert_eq!(ids, expected);
    assert!(second.get("next").is_none());
    let me = http.get("/v1/vendor/me").await.ok();
    assert_eq!((&me["id"], &me["technicians"]), (&json!(a), &json!(3)));

    let other = town
        .http
        .as_actor(&owner(b))
        .get("/v1/vendor/technicians")
        .await
        .ok();
    assert_eq!(other["items"], json!([]));
    http.get(&format!("/v1/vendors/{b}"))
        .await
        .refused(403, "http.forbidden");
    town.http
        .as_actor(&actor(Role::VendorOwner))
        .get("/v1/vendor/me")
        .await
        .refused(404, "vendors.unknown_vendor");
}

#[tokio::test]
async fn staff_enrol_and_inspect() {
    let town = Town::start().await;
    let staff = town.http.as_actor(&actor(Role::OperationsManager));
    let made = staff.post("/v1/vendors", &company(1)).await;
    assert_eq!(made.status, 201);
    let vendor = made.ok();
    assert_eq!(
        (&vendor["status"], &vendor["active"]),
        (&json!("active"), &json!(true))
    );
    let id = vendor["id"].as_str().unwrap();
    let path = format!("/v1/vendors/{id}/technicians");
    let person = json!({
        "phone": "0552000001",
        "name": { "ar": "محمد خان", "en": "Mohammed Khan" },
        "skills": [{ "skill": "plumbing.general", "expert": true }],
        "home": { "lat": 24.8, "lon": 46.6 },
        "week": [{ "start_minute": 480, "end_minute": 1080 }, null, null, null, null, null, null],
    });
    let made = staff.post(&path, &person).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.ok()["vendor"], vendor["id"]);
    for number in 2..=3 {
        staff.post("/v1/vendors", &company(number)).await.ok();
    }
    let page = staff.get("/v1/vendors?limit=2").await.ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    assert_eq!(page["items"][0]["technicians"], 1);
    let next = page["next"].as_str().unwrap();
    let rest = staff
        .get(&format!("/v1/vendors?limit=2&cursor={next}"))
        .await
        .ok();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    let one = staff.get(&format!("/v1/vendors/{id}")).await.ok();
    assert_eq!(one, page["items"][0]);

    let mut bad = company(4);
    bad.registration = "1010123456".into();
    staff
        .post("/v1/vendors", &bad)
        .await
        .refused(422, "vendors.bad_registration");
    let nowhere = format!("/v1/vendors/{}/technicians", VendorId::new());
    staff
        .post(&nowhere, &person)
        .await
        .refused(404, "vendors.unknown_vendor");
    staff
        .get("/v1/vendors/nobody")
        .await
        .refused(404, "vendors.unknown_vendor");
    staff
        .get("/v1/vendors?cursor=nonsense")
        .await
        .refused(422, "http.bad_cursor");
    let audited: Vec<String> = sqlx::query_scalar("select action from platform.audit")
        .fetch_all(&town.t.platform.db)
        .await
        .unwrap();
    let count = |action: &str| audited.iter().filter(|known| *known == action).count();
    assert_eq!(count("vendors.enrol_vendor"), 3);
    assert_eq!(count("vendors.enrol_technician"), 1);
    let accounts: Vec<String> = sqlx::query_scalar(
        "select details->>'iban' from platform.audit where action = 'vendors.enrol_vendor' order by seq",
    )
    .fetch_all(&town.t.platform.db)
    .await
    .unwrap();
    assert_eq!(
        accounts,
        [1, 2, 3].map(|number| masked_iban(&company(number).iban))
    );
}

#[tokio::test]
async fn coverage_names_the_gaps() {
    let town = Town::start().await;
    for number in 1..=3 {
        let mut command = company(number);
        if number == 3 {
            command.zones.push(slug("south"));
        }
        let vendor = town.vendors.enrol_vendor(command).await.unwrap();
        town.vendors
            .enrol_technician(plumber(vendor, number))
            .await
            .unwrap();
    }
    let path = "/v1/coverage";
    let mut dispatcher = actor(Role::Dispatcher);
    let all = town.http.as_actor(&dispatcher).get(path).await.ok();
    assert_eq!(
        all,
        json!({ "target": 3, "cells": [
            { "category": "plumbing", "zone": "north", "vendors": 3, "technicians": 3, "covered": true },
            { "category": "plumbing", "zone": "south", "vendors": 1, "technicians": 1, "covered": false },
        ] })
    );
    dispatcher.scope.zones = Some(vec![slug("south")]);
    let own = town.http.as_actor(&dispatcher).get(path).await.ok();
    assert_eq!(own["cells"].as_array().unwrap().len(), 1);
    assert_eq!(own["cells"][0]["zone"], "south");
}
