//! What is only done so often.

use super::{Desk, desk, id};
use contract_settlement::HoldStatus;
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
