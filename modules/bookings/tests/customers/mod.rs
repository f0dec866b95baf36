//! What a customer's app asks for around a booking: what is offered here, saved places and cards,
//! the receipt, the rating.

use super::{Desk, below, desk, id};
use contract_settlement::{BookingSettled, PayWith};
use kernel::access::Role;
use kernel::{CardId, Money, days, hours, minutes, seconds};
use platform::testing::actor;
use serde_json::{Value, json};

impl Desk {
    async fn accepted(&self) -> Value {
        let booking = self.in_progress().await;
        self.step(&booking, "finish", below::checklist()).await.ok();
        let path = format!("/v1/bookings/{}/accept", id(&booking));
        self.customer.post(&path, &Value::Null).await.ok()
    }
    async fn rate(&self, booking: &Value, body: Value) -> platform::testing::TestAnswer {
        let path = format!("/v1/bookings/{}/rating", id(booking));
        self.customer.put(&path, &body).await
    }
    pub(super) async fn receipt(&self, booking: &Value) -> platform::testing::TestAnswer {
        let path = format!("/v1/bookings/{}/receipt", id(booking));
        self.customer.get(&path).await
    }
    pub(super) async fn settled(&self, booking: &Value) {
        self.publish(&BookingSettled {
            booking: id(booking).parse().unwrap(),
            collected: Money::from_halalas(23_000),
            commission: Money::ZERO,
            vendor_share: Money::ZERO,
            vat: Money::ZERO,
            payable_at: self.t.now(),
        })
        .await;
        self.t.run_pending_jobs().await;
    }
}

#[tokio::test]
async fn what_is_offered_here_needs_no_sign_in_and_is_asked_for_once_a_minute() {
    let d = desk().await;
    let path = "/v1/here?lat=24.8&lon=46.65";
    let here = d.http.get(path).await.ok();
    assert_eq!(here["place"]["sector"], "ar-rabi");
    let [plumbing, painting] = here["categories"].as_array().unwrap().as_slice() else {
        panic!("{here}");
    };
    assert_eq!(plumbing["category"], "plumbing");
    assert_eq!(
        (&plumbing["from"], &plumbing["served"]),
        (&json!(23_000), &json!(true))
    );
    assert_eq!(plumbing["arrive_within_minutes"], 75);
    assert_eq!(painting["served"], false);
    // 30 fee, 50 visit, 500 service.
    assert_eq!(painting["from"], 58_000);
    assert_eq!(painting["arrive_within_minutes"], Value::Null);
    assert_eq!(d.world.prices(), 2);
    d.t.clock.advance(seconds(59));
    assert_eq!(d.http.get(path).await.ok(), here);
    assert_eq!(d.world.prices(), 2);
    d.t.clock.advance(seconds(1));
    let later = d.http.get(path).await.ok();
    assert_eq!(later["categories"][0]["arrive_within_minutes"], 75);
    assert_ne!(later, here);
    assert_eq!(d.world.prices(), 4);
    let outside = d.http.get("/v1/here?lat=24.1&lon=46.65").await;
    let problem = outside.refused(422, "location.outside_zones");
    assert_eq!(problem["data"]["nearest"], "ar-rabi");
    let nowhere = d.http.get("/v1/here?lat=95&lon=46.65").await;
    nowhere.refused(422, "location.not_a_point");
}

#[tokio::test(flavor = "multi_thread")]
async fn places_are_saved_for_their_owner_up_to_twenty() {
    let d = desk().await;
    let pin = json!({ "lat": 24.8, "lon": 46.65 });
    let home = json!({ "label": " المنزل ", "pin": pin, "note": "الباب\nالخلفي" });
    let saved = d.customer.post("/v1/me/places", &home).await;
    assert_eq!(saved.status, 201);
    let saved = saved.ok();
    assert_eq!(saved["label"], "المنزل");
    assert_eq!(saved["note"], "الباب الخلفي");
    assert_eq!(saved["sector_name"]["en"], "Ar Rabi");
    for label in ["", "  ", &"م".repeat(41)] {
        let body = json!({ "label": label, "pin": pin });
        let refused = d.customer.post("/v1/me/places", &body).await;
        refused.refused(422, "bookings.bad_label");
    }
    let outside = json!({ "label": "x", "pin": { "lat": 24.1, "lon": 46.65 } });
    let refused = d.customer.post("/v1/me/places", &outside).await;
    refused.refused(422, "location.outside_zones");

    let tries = (0..24).map(|n| {
        let customer = d.customer.clone();
        let body = json!({ "label": format!("{n}"), "pin": pin });
        tokio::spawn(async move { customer.post("/v1/me/places", &body).await })
    });
    for answer in tries.collect::<Vec<_>>() {
        let answer = answer.await.unwrap();
        if !answer.status.is_success() {
            answer.refused(409, "bookings.too_many_places");
        }
    }
    let list = d.customer.get("/v1/me/places").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 20);
    assert_eq!(list["items"][0], saved);

    let path = format!("/v1/me/places/{}", id(&saved));
    let stranger = d.http.as_actor(&actor(Role::Customer));
    assert_eq!(stranger.get("/v1/me/places").await.ok()["items"], json!([]));
    stranger
        .delete(&path)
        .await
        .refused(404, "bookings.unknown_place");
    assert_eq!(d.customer.delete(&path).await.ok()["removed"], true);
    d.customer
        .delete(&path)
        .await
        .refused(404, "bookings.unknown_place");
    assert_eq!(d.count("saved_places").await, 19);
}

#[tokio::test]
async fn one_card_pays_a_new_or_a_saved_one() {
    let d = desk().await;
    let booking = d.book().await;
    let path = format!("/v1/bookings/{}/payment", id(&booking));
    let card = CardId::new();
    for body in [
        json!({}),
        json!({ "card_token": "" }),
        json!({ "card_token": "token_x", "card": card }),
    ] {
        let refused = d.customer.post(&path, &body).await;
        refused.refused(422, "bookings.choose_one_card");
    }
    assert_eq!(d.world.paid_with(), []);
    d.customer.post(&path, &json!({ "card": card })).await.ok();
    let other = d.book().await;
    let path = format!("/v1/bookings/{}/payment", id(&other));
    let new = json!({ "card_token": "token_x", "save": true });
    d.customer.post(&path, &new).await.ok();
    let token = "token_x".to_owned();
    assert_eq!(
        d.world.paid_with(),
        [PayWith::Saved(card), PayWith::Token { token, save: true }]
    );
}

#[tokio::test]
async fn the_money_is_held_then_charged_and_the_receipt_says_so() {
    let d = desk().await;
    let booking = d.book().await;
    assert_eq!(booking["money"]["state"], "none");
    d.receipt(&booking)
        .await
        .refused(409, "bookings.no_receipt");
    let booking = d.accepted().await;
    assert_eq!(
        booking["money"],
        json!({ "state": "held", "held": 23_000, "charged": 0, "returned": 0 })
    );
    let held = d.receipt(&booking).await.ok();
    assert_eq!(
        (&held["status"], &held["qr"]),
        (&json!("held"), &Value::Null)
    );
    assert_eq!(
        (&held["total"], &held["vat"]),
        (&json!(23_000), &json!(3_000))
    );
    assert_eq!(held["card"], json!({ "brand": "mada", "last4": "1010" }));

    d.t.clock.advance(minutes(5));
    d.t.run_pending_jobs().await;
    d.world.captured(d.t.now());
    d.settled(&booking).await;
    assert_eq!(d.show(&booking).await["money"]["state"], "charged");
    let charged = d.receipt(&booking).await.ok();
    assert_eq!(charged["status"], "charged");
    assert_eq!(charged["issued_at"], json!(d.t.now()));
    let qr = contract_settlement::zatca::qr(
        "خدمة",
        "310122393500003",
        d.t.now(),
        Money::from_riyals(230),
        Money::from_riyals(30),
    );
    assert_eq!(charged["qr"], qr);
    let stranger = d.http.as_actor(&actor(Role::Customer));
    stranger
        .get(&format!("/v1/bookings/{}/receipt", id(&booking)))
        .await
        .refused(404, "bookings.unknown_booking");
}

#[tokio::test]
async fn a_cancelled_booking_s_receipt_is_of_its_fee() {
    let d = desk().await;
    let booking = d.assigned().await;
    d.step(&booking, "depart", json!({})).await.ok();
    let path = format!("/v1/bookings/{}/cancel", id(&booking));
    let cancelled = d.customer.post(&path, &json!({})).await.ok();
    let money = json!({ "state": "charged", "held": 0, "charged": 3_000, "returned": 20_000 });
    assert_eq!(cancelled["money"], money);
    // The gateway has not been told yet.
    let receipt = d.receipt(&booking).await.ok();
    assert_eq!(
        (&receipt["status"], &receipt["total"]),
        (&json!("held"), &json!(3_000))
    );
    assert_eq!(receipt["money"]["held"], 23_000);
    d.t.run_pending_jobs().await;
    d.world.captured(d.t.now());
    let receipt = d.receipt(&booking).await.ok();
    assert_eq!(
        (&receipt["status"], &receipt["money"]),
        (&json!("charged"), &money)
    );
    assert!(receipt["qr"].is_string());
}

#[tokio::test]
async fn accepted_work_is_rated_once_and_the_rating_changed_for_a_week() {
    let d = desk().await;
    let booking = d.in_progress().await;
    let five = json!({ "stars": 5, "tags": ["on_time", "tidy"], "comment": "  ممتاز  " });
    d.rate(&booking, five.clone())
        .await
        .refused(409, "bookings.not_allowed");
    d.step(&booking, "finish", below::checklist()).await.ok();
    let path = format!("/v1/bookings/{}/accept", id(&booking));
    let accepted = d.customer.post(&path, &Value::Null).await.ok();
    assert_eq!(accepted["rating"], Value::Null);
    assert_eq!(accepted["rate_until"], json!(d.t.now() + days(7)));
    let stranger = d.http.as_actor(&actor(Role::Customer));
    stranger
        .put(&format!("/v1/bookings/{}/rating", id(&booking)), &five)
        .await
        .refused(404, "bookings.unknown_booking");
    for (body, code) in [
        (json!({ "stars": 0 }), "bookings.bad_stars"),
        (json!({ "stars": 6 }), "bookings.bad_stars"),
        (
            json!({ "stars": 4, "tags": ["tidy", "tidy"] }),
            "bookings.bad_tags",
        ),
        (
            json!({ "stars": 4, "comment": "x".repeat(501) }),
            "bookings.comment_too_long",
        ),
    ] {
        d.rate(&booking, body).await.refused(422, code);
    }
    let rated = d.rate(&booking, five).await.ok();
    assert_eq!(
        rated["rating"],
        json!({ "stars": 5, "tags": ["on_time", "tidy"], "comment": "ممتاز" })
    );
    d.t.clock.advance(days(7));
    d.rate(&booking, json!({ "stars": 2 })).await.ok();
    let list = d.customer.get("/v1/bookings").await.ok();
    assert_eq!(list["items"][0]["stars"], 2);
    assert_eq!(list["items"][0]["category"], "plumbing");
    d.t.clock.advance(kernel::millis(1));
    d.rate(&booking, json!({ "stars": 5 }))
        .await
        .refused(409, "bookings.rating_closed");
    assert_eq!(d.show(&booking).await["rating"]["stars"], 2);
    assert_eq!(d.count("ratings").await, 1);
}

#[tokio::test]
async fn a_technician_s_record_is_their_visits_and_the_mean_of_three_ratings_or_more() {
    let d = desk().await;
    for (visit, stars) in [(1, 5), (2, 5), (3, 4)] {
        let booking = d.accepted().await;
        d.rate(&booking, json!({ "stars": stars })).await.ok();
        let path = format!("/v1/bookings/{}/track", id(&booking));
        let technician = d.customer.get(&path).await.ok()["technician"].clone();
        assert_eq!(technician["visits"], visit);
        let rating = if visit < 3 { Value::Null } else { json!(4.7) };
        assert_eq!(technician["rating"], rating, "{technician}");
        d.t.clock.advance(hours(1));
        d.t.run_pending_jobs().await;
    }
}

#[tokio::test]
async fn a_booking_tells_what_was_promised() {
    let d = desk().await;
    let booking = d.book().await;
    assert_eq!(
        booking["promise"]["arrive_by"],
        json!(d.t.now() + minutes(75))
    );
    assert_eq!(
        (&booking["quantity"], &booking["duration_minutes"]),
        (&json!(1), &json!(60))
    );
    assert_eq!(booking["category"], "plumbing");
}
