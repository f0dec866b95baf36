//! Bad input: refused with its own code, and nothing written.

use crate::net::{FRICTIONLESS, Load};
use crate::person::Person;
use crate::story::{Order, Stage, Technician, book, id, leak_repair, north_of, photo, quote};
use crate::world::{World, pin};
use kernel::{GeoPoint, minutes};
use platform::testing::TestAnswer;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// Asks, and asserts the refusal and that no table has gained or lost a row.
async fn refused(
    w: &World,
    status: u16,
    code: &str,
    ask: impl AsyncFnOnce() -> TestAnswer,
) -> Value {
    let before = w.rows().await;
    let problem = ask().await.refused(status, code);
    assert_eq!(w.rows().await, before, "{code} left something behind");
    problem
}

#[tokio::test]
async fn at_the_front_door() {
    let w = World::start().await;
    refused(&w, 422, "identity.bad_phone", async || {
        w.net
            .post_open(
                "/v1/auth/codes",
                json!({ "phone": "0112345678", "device": Uuid::new_v4() }),
            )
            .await
    })
    .await;
    let (phone, device) = ("+966501299999", Uuid::new_v4());
    let sent = w
        .net
        .post_open(
            "/v1/auth/codes",
            json!({ "phone": phone, "lang": "en", "device": device }),
        )
        .await
        .ok();
    w.settle().await;
    let message = w.net.messages(phone).await.remove(0)["body"].to_string();
    let wrong = if message.contains("000000") {
        "111111"
    } else {
        "000000"
    };
    let body = json!({ "challenge": sent["challenge"], "code": wrong, "device": device });
    let problem = refused(&w, 401, "identity.wrong_code", async || {
        w.net.post_open("/v1/auth/sessions", body.clone()).await
    })
    .await;
    assert_eq!(problem["data"]["tries_left"], 4, "{problem}");
    let staff = json!({ "email": "dispatcher@khidma.example", "password": server::seed::DEMO_PASSWORD, "code": "000000" });
    refused(&w, 401, "identity.wrong_credentials", async || {
        w.net
            .post_open("/v1/auth/staff/sessions", staff.clone())
            .await
    })
    .await;
    // No token, one that says nothing, and the right one for the wrong role.
    for (method, path) in [(Method::GET, "/v1/bookings"), (Method::POST, "/v1/quotes")] {
        for token in [None, Some("nonsense")] {
            let answer = w
                .net
                .call(
                    method.clone(),
                    path,
                    token,
                    Some(Uuid::new_v4()),
                    &Load::Json(json!({})),
                )
                .await;
            assert_eq!(answer.status.as_u16(), 401, "{path}");
            assert!(answer.code().starts_with("http."), "{}", answer.json);
        }
    }
    let (customer, dispatcher) = (
        w.customer().await,
        w.staff("dispatcher@khidma.example").await,
    );
    let auditor = w.staff("auditor@khidma.example").await;
    for (person, path) in [
        (&customer, "/v1/dispatch/queue"),
        (&customer, "/v1/technician/me"),
        (&customer, "/v1/ledger/trial-balance"),
        (&dispatcher, "/v1/payouts/batches"),
        (&dispatcher, "/v1/bookings"),
    ] {
        let problem = refused(&w, 403, "http.forbidden", async || person.get(path).await).await;
        assert_eq!(problem["status"], 403, "{path}");
    }
    for path in ["/v1/payouts/batches", "/v1/quotes"] {
        refused(&w, 403, "http.forbidden", async || {
            auditor.post(path, leak_repair(pin())).await
        })
        .await;
    }
    w.finish().await;
}

#[tokio::test]
async fn asking_for_a_price_and_booking() {
    let w = World::start().await;
    let (customer, other) = (w.customer().await, w.customer().await);

    // Jeddah.
    let jeddah = leak_repair(GeoPoint::new(21.54, 39.17).unwrap());
    let problem = refused(&w, 422, "location.outside_zones", async || {
        customer.post("/v1/quotes", jeddah.clone()).await
    })
    .await;
    assert!(
        problem["detail"].as_str().unwrap().len() > 20 && problem.to_string().contains("nearest"),
        "{problem}"
    );
    let no_service = json!({ "pin": pin(), "service": "rocket-repair" });
    refused(&w, 404, "catalog.unknown_service", async || {
        customer.post("/v1/quotes", no_service.clone()).await
    })
    .await;
    let soon = json!({ "pin": pin(), "service": "leak-repair", "slot": w.now() + minutes(30) });
    refused(&w, 422, "bookings.bad_slot", async || {
        customer.post("/v1/quotes", soon.clone()).await
    })
    .await;
    for text in [
        "{\"pin\": ",
        "[]",
        "{\"pin\":{\"lat\":95,\"lon\":46},\"service\":\"leak-repair\"}",
    ] {
        let before = w.rows().await;
        let answer = customer
            .send(
                Method::POST,
                "/v1/quotes",
                Some(Uuid::new_v4()),
                Load::Text(text),
            )
            .await;
        assert_eq!(answer.status.as_u16(), 422, "{text}: {}", answer.json);
        assert!(
            answer.code().starts_with("http."),
            "{text}: {}",
            answer.json
        );
        assert_eq!(w.rows().await, before, "{text}");
    }

    // Keys.
    refused(&w, 422, "http.idempotency_key_missing", async || {
        customer
            .send(
                Method::POST,
                "/v1/quotes",
                None,
                Load::Json(leak_repair(pin())),
            )
            .await
    })
    .await;
    let key = Uuid::new_v4();
    let first = customer
        .post_with("/v1/quotes", leak_repair(pin()), key)
        .await
        .ok();
    let before = w.rows().await;
    assert_eq!(
        customer
            .post_with("/v1/quotes", leak_repair(pin()), key)
            .await
            .ok(),
        first
    );
    assert_eq!(w.rows().await, before, "a replay");
    refused(&w, 409, "http.idempotency_key_reused", async || {
        customer
            .post_with("/v1/quotes", leak_repair(north_of(pin(), 50.0)), key)
            .await
    })
    .await;

    // Quotes: somebody else's, run out, used.
    let somebodys = json!({ "quote": first["id"] });
    refused(&w, 404, "bookings.unknown_quote", async || {
        other.post("/v1/bookings", somebodys.clone()).await
    })
    .await;
    w.leap(minutes(15)).await;
    // Their tokens have run out too, and are renewed.
    for person in [&customer, &other] {
        person.get("/v1/me").await.ok();
    }
    refused(&w, 409, "bookings.quote_expired", async || {
        customer.post("/v1/bookings", somebodys.clone()).await
    })
    .await;
    let once = json!({ "quote": quote(&customer).await["id"] });
    let booking = id(&customer.post("/v1/bookings", once.clone()).await.ok());
    refused(&w, 409, "bookings.quote_used", async || {
        customer.post("/v1/bookings", once.clone()).await
    })
    .await;

    // Another's booking is not there.
    for path in ["", "/track", "/cancellation"] {
        let path = format!("/v1/bookings/{booking}{path}");
        refused(&w, 404, "bookings.unknown_booking", async || {
            other.get(&path).await
        })
        .await;
    }
    let token = w.net.card_token(FRICTIONLESS).await;
    for (step, body) in [
        ("payment", json!({ "card_token": token })),
        ("cancel", json!({})),
        ("accept", Value::Null),
        ("confirm-arrival", Value::Null),
    ] {
        let path = format!("/v1/bookings/{booking}/{step}");
        refused(&w, 404, "bookings.unknown_booking", async || {
            other.post(&path, body.clone()).await
        })
        .await;
    }
    let path = format!("/v1/bookings/{booking}/payment");
    let before = w.rows().await;
    let bad = customer
        .post(&path, json!({ "card_token": "token_of_nobody" }))
        .await;
    bad.refused(422, "settlement.bad_card_token");
    let after = w.rows().await;
    assert_eq!(after["settlement.postings"], before["settlement.postings"]);
    assert!(w.payments_of(&booking).await.is_empty());
    w.finish().await;
}

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

#[tokio::test]
async fn too_many_open_bookings() {
    let w = World::start().await;
    let customer = w.customer().await;
    for _ in 0..5 {
        book(&customer).await;
    }
    let sixth = json!({ "quote": quote(&customer).await["id"] });
    refused(&w, 409, "bookings.too_many_open", async || {
        customer.post("/v1/bookings", sixth.clone()).await
    })
    .await;
    w.finish().await;
}
