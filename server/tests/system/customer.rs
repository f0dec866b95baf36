//! The second booking is easier than the first: a saved place, a saved card; and what is left of
//! a booking afterwards: its receipt and its rating.

use crate::net::CHALLENGED;
use crate::person::Person;
use crate::story::{Order, Stage, Technician, book, id};
use crate::world::{World, pin};
use serde_json::{Value, json};

/// Pays with `card`, past the bank's page.
async fn pay_with(w: &World, customer: &Person, booking: &str, card: Value) -> Order {
    let path = format!("/v1/bookings/{booking}/payment");
    let challenge = customer.post(&path, card).await.ok();
    let page = challenge["challenge_url"].as_str().unwrap();
    w.net.three_ds(page, "approve").await;
    let back = format!("{path}/return");
    let paid = customer.post(&back, Value::Null).await.ok();
    assert_eq!(paid["booking"]["state"], "confirmed", "{paid}");
    assert_eq!(paid["booking"]["money"]["state"], "held");
    w.settle().await;
    Order {
        booking: booking.to_owned(),
        job: paid["booking"]["job"].as_str().unwrap().to_owned(),
    }
}

#[tokio::test]
async fn a_saved_card_pays_the_next_booking_and_each_has_its_receipt() {
    let w = World::start().await;
    let plumbers = w.plumbers().await;
    let technician = Technician::on_shift(&w, &plumbers[0], pin()).await;
    let customer = w.customer().await;

    let (lat, lon) = (pin().lat(), pin().lon());
    let here = customer.get(&format!("/v1/here?lat={lat}&lon={lon}")).await;
    let here = here.ok();
    let plumbing = here["categories"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["category"] == "plumbing")
        .unwrap();
    let from = plumbing["from"].as_i64().unwrap();
    assert!((8_001..=23_000).contains(&from), "{plumbing}");
    assert!(plumbing["arrive_within_minutes"].is_u64(), "{plumbing}");
    let home = json!({ "label": "المنزل", "pin": pin() });
    let home = customer.post("/v1/me/places", home).await.ok();
    assert_eq!(home["sector"], here["place"]["sector"]);

    let booking = id(&book(&customer).await);
    let token = w.net.card_token(CHALLENGED).await;
    let card = json!({ "card_token": token, "save": true });
    let order = pay_with(&w, &customer, &booking, card).await;
    w.go_on(&customer, &technician, &order, Stage::Settled)
        .await;
    let cards = customer.get("/v1/me/cards").await.ok();
    let card = &cards["items"][0];
    assert_eq!(
        (&card["brand"], &card["last4"]),
        (&json!("mada"), &json!("1010"))
    );

    let receipt = format!("/v1/bookings/{booking}/receipt");
    let charged = customer.get(&receipt).await.ok();
    assert_eq!(
        (&charged["status"], &charged["total"], &charged["vat"]),
        (&json!("charged"), &json!(23_000), &json!(3_000))
    );
    assert_eq!(charged["card"], json!({ "brand": "mada", "last4": "1010" }));
    assert!(
        charged["qr"].as_str().unwrap().starts_with("AQj"),
        "{charged}"
    );
    let rating = format!("/v1/bookings/{booking}/rating");
    let five = json!({ "stars": 5, "tags": ["on_time"] });
    let rated = customer.put(&rating, five).await.ok();
    assert_eq!(rated["rating"]["stars"], 5);

    let booking = id(&book(&customer).await);
    let saved = json!({ "card": card["id"] });
    let order = pay_with(&w, &customer, &booking, saved).await;
    let receipt = format!("/v1/bookings/{booking}/receipt");
    let held = customer.get(&receipt).await.ok();
    assert_eq!(
        (&held["status"], &held["qr"]),
        (&json!("held"), &Value::Null)
    );
    assert_eq!(held["card"], charged["card"]);

    let path = format!("/v1/me/cards/{}", id(card));
    customer.delete(&path).await.ok();
    w.go_on(&customer, &technician, &order, Stage::Settled)
        .await;
    assert_eq!(customer.get("/v1/me/cards").await.ok()["items"], json!([]));
    let track = format!("/v1/bookings/{booking}/track");
    let track = customer.get(&track).await.ok();
    assert_eq!(track["technician"]["visits"], 2);
    w.finish().await;
}
