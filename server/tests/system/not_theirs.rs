//! What belongs to somebody else: another technician's offer and job, another vendor's photos and
//! earnings, zones that one does not look after. It is not there, and nothing is written.

use crate::bad_input::refused;
use crate::net::FRICTIONLESS;
use crate::person::Person;
use crate::story::{Order, Stage, Technician, id, leak_repair, photo};
use crate::world::{World, pin};
use kernel::{GeoPoint, minutes};
use serde_json::{Value, json};

#[tokio::test]
async fn two_for_one_job() {
    let w = World::start().await;
    let plumbers = w.plumbers().await;
    let first = Technician::on_shift(&w, &plumbers[0], pin()).await;
    let customer = w.customer().await;
    let order = w.confirmed(&customer).await;
    let offer = w.offered(&first, &order.job).await;
    let accept = format!("/v1/offers/{offer}/accept");
    let second = Technician::on_shift(&w, &plumbers[1], pin()).await;
    // Another's offer is not there.
    refused(&w, 404, "dispatch.unknown_offer", async || {
        second.person.post(&accept, Value::Null).await
    })
    .await;
    // A dispatcher gives it to the second while the first presses: one of them has it.
    let dispatcher = w.staff("dispatcher@khidma.example").await;
    let assign = json!({ "technician": second.member.card.id, "reason": "Nearer" });
    let assign_path = format!("/v1/dispatch/jobs/{}/assign", order.job);
    let (one, two) = tokio::join!(
        first.person.post(&accept, Value::Null),
        dispatcher.post(&assign_path, assign)
    );
    w.settle().await;
    assert!(two.status.is_success(), "{}", two.json);
    if !one.status.is_success() {
        one.refused(409, "dispatch.offer_taken");
    }
    let jobs = async |technician: &Technician| {
        technician.person.get("/v1/technician/jobs").await.ok()["items"]
            .as_array()
            .unwrap()
            .len()
    };
    let held = (jobs(&first).await, jobs(&second).await);
    let story = dispatcher
        .get(&format!("/v1/dispatch/jobs/{}", order.job))
        .await
        .ok();
    let booking = w.booking(&customer, &order).await;
    assert_eq!(held, (0, 1), "{}\n{story}\n{booking}", two.json);
    refused(&w, 409, "dispatch.offer_taken", async || {
        first.person.post(&accept, Value::Null).await
    })
    .await;

    // The same technician presses twice, with different keys: one assignment, told once.
    let customer = w.customer().await;
    let order = w.confirmed(&customer).await;
    let offer = w.offered(&first, &order.job).await;
    let accept = format!("/v1/offers/{offer}/accept");
    let (one, two) = tokio::join!(
        first.person.post(&accept, Value::Null),
        first.person.post(&accept, Value::Null)
    );
    assert_eq!(one.ok(), two.ok());
    w.settle().await;
    let story = dispatcher
        .get(&format!("/v1/dispatch/jobs/{}", order.job))
        .await
        .ok();
    assert_eq!(story["assignments"].as_array().unwrap().len(), 1, "{story}");
    assert_eq!(jobs(&first).await, 1);
    w.finish().await;
}

#[tokio::test]
async fn others_jobs_photos_and_codes() {
    let w = World::start().await;
    let plumbers = w.plumbers().await;
    let own = Technician::on_shift(&w, &plumbers[0], pin()).await;
    let customer = w.customer().await;
    let order = w.bring(&customer, &own, Stage::InProgress).await;
    let job = order.job.clone();
    let stranger = plumbers
        .iter()
        .find(|m| m.vendor.id != own.member.vendor.id)
        .unwrap();
    let other = Technician::on_shift(&w, stranger, pin()).await;
    let other_owner = w.phone(&stranger.owner_phone).await;
    let owner = w.phone(&own.member.owner_phone).await;
    let path = format!("/v1/jobs/{job}");
    owner.get(&path).await.ok();
    for person in [&other.person, &other_owner] {
        refused(&w, 404, "bookings.unknown_job", async || {
            person.get(&path).await
        })
        .await;
    }
    let checklist = own.checklist(&job).await;
    for (step, body) in [
        ("depart", Value::Null),
        ("arrive", json!({ "point": pin() })),
        ("start", Value::Null),
        ("finish", checklist.clone()),
        ("accept", json!({ "code": "0000" })),
        ("give-back", json!({ "reason": "No" })),
    ] {
        let before = w.rows().await;
        let answer = other.step(&job, step, body).await;
        answer.refused(404, "bookings.unknown_job");
        assert_eq!(w.rows().await, before, "{step}");
    }
    let someones = format!("/v1/vendor/earnings?vendor={}", own.member.vendor.id);
    refused(&w, 404, "settlement.unknown_payee", async || {
        other_owner.get(&someones).await
    })
    .await;

    // Photos are judged by their content and size.
    refused(&w, 422, "bookings.upload_too_large", async || {
        own.person.upload(vec![0xff; 20 * 1024 * 1024]).await
    })
    .await;
    let mut just_too_large = photo();
    just_too_large.resize(10 * 1024 * 1024 + 1, 0);
    refused(&w, 422, "bookings.upload_too_large", async || {
        own.person.upload(just_too_large.clone()).await
    })
    .await;
    let text = b"This is no photo, whatever its name (receipt.jpg) says.".to_vec();
    refused(&w, 422, "bookings.not_a_photo", async || {
        own.person.upload(text.clone()).await
    })
    .await;
    refused(&w, 422, "bookings.not_a_photo", async || {
        own.person.upload(Vec::new()).await
    })
    .await;
    let lines = json!([{ "name": "Valve", "quantity": 1, "unit_price": 1_000 }]);
    let theirs = id(&other.person.upload(photo()).await.ok());
    let ask = json!({ "lines": lines, "receipt": theirs });
    refused(&w, 422, "bookings.receipt_missing", async || {
        own.step(&job, "extra-costs", ask.clone()).await
    })
    .await;
    let nothing = json!({ "lines": [], "receipt": theirs });
    refused(&w, 422, "bookings.bad_extra_cost", async || {
        own.step(&job, "extra-costs", nothing.clone()).await
    })
    .await;
    refused(&w, 404, "http.not_found", async || {
        customer.get(&format!("/v1/uploads/{theirs}")).await
    })
    .await;

    // The customer's code: five tries.
    own.step(&job, "finish", checklist).await.ok();
    w.settle().await;
    let code = finish_code(&customer, &order).await;
    let wrong = if code == "0000" { "0001" } else { "0000" };
    for tries_left in (0..5).rev() {
        let problem = refused(&w, 422, "bookings.wrong_finish_code", async || {
            own.step(&job, "accept", json!({ "code": wrong })).await
        })
        .await;
        assert_eq!(problem["data"]["tries_left"], tries_left, "{problem}");
    }
    refused(&w, 429, "bookings.finish_code_locked", async || {
        own.step(&job, "accept", json!({ "code": code })).await
    })
    .await;
    assert_eq!(w.state(&customer, &order).await, "awaiting_acceptance");
    customer
        .post(
            &format!("/v1/bookings/{}/accept", order.booking),
            Value::Null,
        )
        .await
        .ok();
    w.settle().await;
    assert_eq!(w.state(&customer, &order).await, "settled");
    w.finish().await;
}

async fn finish_code(customer: &Person, order: &Order) -> String {
    let track = customer
        .get(&format!("/v1/bookings/{}/track", order.booking))
        .await
        .ok();
    track["finish_code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn staff_outside_their_scope() {
    let w = World::start().await;
    let customer = w.customer().await;
    // In the centre; the second dispatcher has the north only.
    let centre = GeoPoint::new(24.6877, 46.7219).unwrap();
    let place = customer
        .get(&format!(
            "/v1/places?lat={}&lon={}",
            centre.lat(),
            centre.lon()
        ))
        .await
        .ok();
    assert_ne!(place["zone"], "north");
    let quote = customer.post("/v1/quotes", leak_repair(centre)).await.ok();
    let booking = id(&customer
        .post("/v1/bookings", json!({ "quote": quote["id"] }))
        .await
        .ok());
    let paid = crate::story::pay(&customer, &booking, FRICTIONLESS)
        .await
        .ok();
    w.advance(minutes(1)).await;
    let job = paid["booking"]["job"].as_str().unwrap();
    let (north, all) = (
        w.staff("dispatcher.north@khidma.example").await,
        w.staff("dispatcher@khidma.example").await,
    );
    let member = w.plumbers().await.remove(0);
    let assign = json!({ "technician": member.card.id, "reason": "I say so" });
    let assign_path = format!("/v1/dispatch/jobs/{job}/assign");
    refused(&w, 404, "dispatch.unknown_job", async || {
        north.post(&assign_path, assign.clone()).await
    })
    .await;
    let candidates = format!("/v1/dispatch/jobs/{job}/candidates");
    refused(&w, 404, "dispatch.unknown_job", async || {
        north.get(&candidates).await
    })
    .await;
    let inspect = format!("/v1/staff/bookings/{booking}");
    refused(&w, 404, "bookings.unknown_booking", async || {
        north.get(&inspect).await
    })
    .await;
    let cancel = format!("/v1/staff/bookings/{booking}/cancel");
    refused(&w, 404, "bookings.unknown_booking", async || {
        north.post(&cancel, json!({ "reason": "No" })).await
    })
    .await;
    assert_eq!(
        north.get("/v1/dispatch/queue").await.ok()["items"],
        json!([])
    );
    assert_eq!(
        north.get("/v1/staff/bookings").await.ok()["items"],
        json!([])
    );
    assert_eq!(
        all.get("/v1/dispatch/queue").await.ok()["items"][0]["job"],
        job
    );
    // In scope, and still not any technician for any reason.
    let no_reason = json!({ "technician": member.card.id, "reason": " " });
    refused(&w, 422, "dispatch.reason_missing", async || {
        all.post(&assign_path, no_reason.clone()).await
    })
    .await;
    refused(&w, 422, "dispatch.not_eligible", async || {
        all.post(&assign_path, assign.clone()).await
    })
    .await;
    all.post(&cancel, json!({ "reason": "The customer rang" }))
        .await
        .ok();
    w.finish().await;
}
