//! What is only done so often.

use super::{Desk, desk, id, made_at_once};
use contract_settlement::HoldStatus;
use kernel::UploadId;
use serde_json::{Value, json};
use uuid::Uuid;

impl Desk {
    /// The bank says no.
    async fn declined(&self, path: &str) -> platform::testing::TestAnswer {
        self.world.next_hold(HoldStatus::Declined);
        let card = json!({ "card_token": "token_51" });
        self.customer.post(path, &card).await
    }
}

#[tokio::test]
async fn cards_are_not_tried_out_on_a_booking() {
    let d = desk().await;
    let booking = d.book().await;
    let path = format!("/v1/bookings/{}/payment", id(&booking));
    let card = json!({ "card_token": "token_51" });
    let key = Uuid::new_v4();
    // Sent again, it is the same try.
    for _ in 0..3 {
        d.world.next_hold(HoldStatus::Declined);
        let declined = d.customer.post_with_key(&path, &card, key).await;
        declined.refused(422, "settlement.card_declined");
    }
    for _ in 0..7 {
        d.declined(&path)
            .await
            .refused(422, "settlement.card_declined");
    }
    let tried = d.world.paid_with().len();
    for _ in 0..2 {
        let refused = d.customer.post(&path, &card).await;
        let problem = refused.refused(429, "bookings.too_many_payments");
        assert_eq!(problem["errors"][0]["field"], "card_token");
    }
    assert_eq!(d.world.paid_with().len(), tried);
    let story: i64 =
        sqlx::query_scalar("select count(*) from bookings.story where what = 'payment'")
            .fetch_one(&d.t.platform.db)
            .await
            .unwrap();
    assert_eq!(story, 8);
    // Another booking has its own tries.
    let other = d.book().await;
    assert_eq!(d.pay(&other).await["booking"]["state"], "confirmed");
}

#[tokio::test]
async fn cards_are_not_tried_out_on_an_extra_cost() {
    let d = desk().await;
    let booking = d.in_progress().await;
    let receipt = d.photo().await;
    let lines = json!([{ "name": "خلاط", "quantity": 2, "unit_price": 4250 }]);
    let ask = json!({ "lines": lines, "receipt": receipt });
    let extra = d.step(&booking, "extra-costs", ask).await.ok();
    let path = format!("/v1/extra-costs/{}", id(&extra));
    let approve = format!("{path}/approve");
    for _ in 0..8 {
        d.declined(&approve)
            .await
            .refused(422, "settlement.card_declined");
    }
    let tried = d.world.paid_with().len();
    let card = json!({ "card_token": "token_ok" });
    let refused = d.customer.post(&approve, &card).await;
    refused.refused(429, "bookings.too_many_payments");
    assert_eq!(d.world.paid_with().len(), tried);
    // The work can go on without it.
    let decline = format!("{path}/decline");
    let declined = d.customer.post(&decline, &Value::Null).await.ok();
    assert_eq!(declined["state"], "declined");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_bookings_are_open_however_many_quotes_are_booked_at_once() {
    let d = desk().await;
    let mut quotes = Vec::new();
    for _ in 0..9 {
        quotes.push(d.quote().await);
    }
    let made = made_at_once(&d, &quotes, "bookings.too_many_open").await;
    assert_eq!((made, d.count("bookings").await), (5, 5));
}

#[tokio::test]
async fn a_photo_that_was_cut_off_is_of_no_use_and_goes() {
    let d = desk().await;
    let booking = d.in_progress().await;
    let whole = d.photo().await;
    // The photo is in the store, and then the connection to the database is gone.
    let db = &d.t.platform.db;
    for sql in [
        "create function bookings.gone() returns trigger language plpgsql as
         $$ begin raise exception 'the connection is gone'; end $$",
        "create trigger gone before update on bookings.uploads
         for each row execute function bookings.gone()",
    ] {
        sqlx::query(sql).execute(db).await.unwrap();
    }
    let photo = super::below::PNG.to_vec();
    let upload = d.technician.post_bytes("/v1/uploads", "image/png", photo);
    assert_eq!(upload.await.status, 500);
    sqlx::query("drop trigger gone on bookings.uploads")
        .execute(db)
        .await
        .unwrap();
    let cut_off: Uuid =
        sqlx::query_scalar("select id from bookings.uploads where stored_at is null")
            .fetch_one(db)
            .await
            .unwrap();
    let cut_off = UploadId::from_uuid(cut_off).to_string();
    assert!(d.there(&cut_off).await);
    // Of another one there is the row alone.
    sqlx::query(
        "insert into bookings.uploads (id, owner, object_key, content_type, bytes, created_at, stored_at)
         values ($1, $2, 'bookings/never', 'image/png', 67, $3, null)",
    )
    .bind(Uuid::now_v7())
    .bind(d.technician_subject.user.uuid())
    .bind(d.t.now())
    .execute(db)
    .await
    .unwrap();

    let link = format!("/v1/uploads/{cut_off}");
    d.technician.get(&link).await.refused(404, "http.not_found");
    let lines = json!([{ "name": "خلاط", "quantity": 2, "unit_price": 4250 }]);
    let ask = json!({ "lines": lines, "receipt": cut_off });
    let refused = d.step(&booking, "extra-costs", ask).await;
    refused.refused(422, "bookings.receipt_missing");

    d.t.run_pending_jobs().await;
    assert_eq!(d.count("uploads").await, 3);
    d.t.clock.advance(kernel::hours(2));
    d.t.run_pending_jobs().await;
    assert_eq!(d.count("uploads").await, 1);
    assert!(d.there(&whole).await && !d.there(&cut_off).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_photos_wait_to_be_used_however_many_come_at_once() {
    let d = desk().await;
    let booking = d.in_progress().await;
    let first = d.photo().await;
    for _ in 0..45 {
        d.photo().await;
    }
    let tries = (0..8).map(|_| {
        let (technician, photo) = (d.technician.clone(), super::below::PNG.to_vec());
        tokio::spawn(async move {
            technician
                .post_bytes("/v1/uploads", "image/png", photo)
                .await
        })
    });
    let mut made = 0;
    for answer in tries.collect::<Vec<_>>() {
        let answer = answer.await.unwrap();
        if answer.status.is_success() {
            made += 1;
        } else {
            answer.refused(409, "bookings.too_many_photos");
        }
    }
    assert_eq!((made, d.count("uploads").await), (4, 50));
    // One that is used makes room.
    let lines = json!([{ "name": "خلاط", "quantity": 2, "unit_price": 4250 }]);
    let ask = json!({ "lines": lines, "receipt": first });
    d.step(&booking, "extra-costs", ask).await.ok();
    d.photo().await;
}
