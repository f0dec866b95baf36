//! Bad input: refused with its own code, and nothing written.

use crate::net::{FRICTIONLESS, Load};
use crate::story::{book, id, leak_repair, north_of, quote};
use crate::world::{World, pin};
use kernel::{GeoPoint, minutes};
use platform::testing::TestAnswer;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// Asks, and asserts the refusal and that no table has gained or lost a row.
pub async fn refused(
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
