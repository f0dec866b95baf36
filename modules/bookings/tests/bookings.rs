//! Bookings against a real PostgreSQL, with stand-ins for the modules below: races, repeats, late
//! news and other people's bookings.
#![allow(clippy::unwrap_used)]

mod below;
mod codes;
mod customers;
mod limits;
mod live;
mod personal;

use below::World;
use contract_dispatch::{Assignment, JobAssigned, JobOffered};
use contract_settlement::{HoldAuthorized, HoldPurpose, HoldStatus};
use kernel::access::Role;
use kernel::{BookingId, HoldId, JobId, Money, OfferId, Subject, TechnicianId, VendorId, minutes};
use platform::events;
use platform::testing::{TestHttp, TestPlatform, actor};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

struct Desk {
    t: TestPlatform,
    world: World,
    bookings: Arc<bookings::Bookings>,
    /// The two people as their data is asked for.
    customer_subject: Subject,
    technician_subject: Subject,
    http: TestHttp,
    customer: TestHttp,
    technician: TestHttp,
    technician_id: TechnicianId,
}

async fn desk() -> Desk {
    let mut t = TestPlatform::start(&[&bookings::MIGRATOR]).await;
    let world = World::default();
    let bookings = world.bookings(&t);
    bookings.register(&mut t.registry);
    t.subscribe().await;
    let http = t.http(bookings.router().split_for_parts().0);
    let technician_id = TechnicianId::new();
    let customer = actor(Role::Customer);
    let mut technician = actor(Role::Technician);
    technician.scope.technician = Some(technician_id);
    let subject = |user, technician| Subject {
        user,
        technician,
        vendor: None,
    };
    Desk {
        bookings,
        customer_subject: subject(customer.user, None),
        technician_subject: subject(technician.user, Some(technician_id)),
        customer: http.as_actor(&customer),
        technician: http.as_actor(&technician),
        technician_id,
        world,
        http,
        t,
    }
}

impl Desk {
    async fn quote(&self) -> Value {
        let ask = json!({ "pin": { "lat": 24.8, "lon": 46.65 }, "service": "leak-repair" });
        self.customer.post("/v1/quotes", &ask).await.ok()
    }
    async fn book(&self) -> Value {
        let quote = self.quote().await;
        self.customer
            .post("/v1/bookings", &json!({ "quote": quote["id"] }))
            .await
            .ok()
    }
    async fn pay(&self, booking: &Value) -> Value {
        let path = format!("/v1/bookings/{}/payment", id(booking));
        let paid = self
            .customer
            .post(&path, &json!({ "card_token": "token_ok" }))
            .await
            .ok();
        self.t.run_pending_jobs().await;
        paid
    }
    async fn show(&self, booking: &Value) -> Value {
        self.customer
            .get(&format!("/v1/bookings/{}", id(booking)))
            .await
            .ok()
    }
    async fn publish<E: kernel::Event>(&self, event: &E) {
        let mut conn = self.t.platform.db.acquire().await.unwrap();
        events::publish(&mut conn, self.t.now(), event)
            .await
            .unwrap();
    }
    fn assignment(&self, job: &Value) -> Assignment {
        Assignment {
            job: job.as_str().unwrap().parse::<JobId>().unwrap(),
            technician: self.technician_id,
            vendor: VendorId::new(),
            assigned_at: self.t.now(),
            eta: self.t.now() + minutes(20),
            by: None,
        }
    }
    /// A paid booking in the hands of our technician.
    async fn assigned(&self) -> Value {
        let booking = self.book().await;
        self.pay(&booking).await;
        let booking = self.show(&booking).await;
        let assignment = self.assignment(&booking["job"]);
        self.world.assign(assignment.clone());
        let booking_id = id(&booking).parse().unwrap();
        self.publish(&JobAssigned {
            booking: booking_id,
            assignment,
        })
        .await;
        self.t.run_pending_jobs().await;
        self.show(&booking).await
    }
    async fn step(
        &self,
        booking: &Value,
        step: &str,
        body: Value,
    ) -> platform::testing::TestAnswer {
        let path = format!("/v1/jobs/{}/{step}", booking["job"].as_str().unwrap());
        self.technician.post(&path, &body).await
    }
    async fn in_progress(&self) -> Value {
        let booking = self.assigned().await;
        self.step(&booking, "depart", json!({})).await.ok();
        self.step(
            &booking,
            "arrive",
            json!({ "point": { "lat": 24.8, "lon": 46.65 } }),
        )
        .await
        .ok();
        self.step(&booking, "start", json!({})).await.ok();
        booking
    }
    async fn count(&self, table: &str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from bookings.{table}"
        )))
        .fetch_one(&self.t.platform.db)
        .await
        .unwrap()
    }
}

fn id(booking: &Value) -> &str {
    booking["id"].as_str().unwrap()
}

/// How many of the quotes, booked at once, become bookings; the others are refused with `code`.
async fn made_at_once(d: &Desk, quotes: &[Value], code: &str) -> i64 {
    let tries = quotes.iter().map(|quote| {
        let (customer, body) = (d.customer.clone(), json!({ "quote": quote["id"] }));
        tokio::spawn(async move { customer.post("/v1/bookings", &body).await })
    });
    let mut made = 0;
    for answer in tries.collect::<Vec<_>>() {
        let answer = answer.await.unwrap();
        if answer.status.is_success() {
            made += 1;
        } else {
            answer.refused(409, code);
        }
    }
    made
}

#[tokio::test(flavor = "multi_thread")]
async fn one_quote_is_booked_once_however_often_it_is_sent() {
    let d = desk().await;
    let quote = d.quote().await;
    let made = made_at_once(&d, &vec![quote; 8], "bookings.quote_used").await;
    assert_eq!((made, d.count("bookings").await), (1, 1));
}

#[tokio::test]
async fn a_quote_ends_and_belongs_to_one_customer() {
    let d = desk().await;
    let quote = d.quote().await;
    let body = json!({ "quote": quote["id"] });
    let stranger = d.http.as_actor(&actor(Role::Customer));
    stranger
        .post("/v1/bookings", &body)
        .await
        .refused(404, "bookings.unknown_quote");
    d.t.clock.advance(minutes(15));
    d.customer
        .post("/v1/bookings", &body)
        .await
        .refused(409, "bookings.quote_expired");
    assert_eq!(d.count("bookings").await, 0);
}

#[tokio::test]
async fn a_hold_confirms_once_and_news_of_it_changes_nothing_more() {
    let d = desk().await;
    let booking = d.book().await;
    assert_eq!(d.pay(&booking).await["booking"]["state"], "confirmed");
    let news = HoldAuthorized {
        hold: HoldId::new(),
        booking: id(&booking).parse().unwrap(),
        purpose: HoldPurpose::Booking,
        amount: Money::from_halalas(booking["total"].as_i64().unwrap()),
    };
    d.publish(&news).await;
    d.publish(&news).await;
    d.t.run_pending_jobs().await;
    assert_eq!(d.count("jobs").await, 1);
    assert_eq!(d.world.requests(), 1);
    let path = format!("/v1/bookings/{}/payment", id(&booking));
    let again = d.customer.post(&path, &json!({ "card_token": "x" })).await;
    again.refused(409, "bookings.not_allowed");
}

#[tokio::test]
async fn a_declined_card_may_be_tried_again_with_another() {
    let d = desk().await;
    let booking = d.book().await;
    let path = format!("/v1/bookings/{}/payment", id(&booking));
    d.world.next_hold(HoldStatus::Declined);
    let declined = d
        .customer
        .post(&path, &json!({ "card_token": "token_51" }))
        .await;
    let problem = declined.refused(422, "settlement.card_declined");
    assert_eq!(problem["errors"][0]["field"], "card_token");
    assert_eq!(d.show(&booking).await["state"], "awaiting_payment");
    assert_eq!(d.pay(&booking).await["booking"]["state"], "confirmed");
}

#[tokio::test]
async fn a_payment_that_comes_too_late_goes_back() {
    let d = desk().await;
    let booking = d.book().await;
    d.t.clock.advance(minutes(15));
    d.t.run_pending_jobs().await;
    assert_eq!(d.show(&booking).await["state"], "expired");
    let released = d.world.releases();
    d.publish(&HoldAuthorized {
        hold: HoldId::new(),
        booking: id(&booking).parse().unwrap(),
        purpose: HoldPurpose::Booking,
        amount: Money::from_halalas(booking["total"].as_i64().unwrap()),
    })
    .await;
    d.t.run_pending_jobs().await;
    assert_eq!(d.show(&booking).await["state"], "expired");
    assert_eq!(d.world.releases(), released + 1);
}

#[tokio::test]
async fn late_news_of_an_offer_does_not_take_the_job_from_its_technician() {
    let d = desk().await;
    let booking = d.assigned().await;
    assert_eq!(booking["job_state"], "assigned");
    d.publish(&JobOffered {
        job: booking["job"].as_str().unwrap().parse().unwrap(),
        booking: id(&booking).parse().unwrap(),
        offer: OfferId::new(),
        technician: TechnicianId::new(),
        expires_at: d.t.now(),
    })
    .await;
    d.t.run_pending_jobs().await;
    assert_eq!(d.show(&booking).await["job_state"], "assigned");
}

#[tokio::test]
async fn nobody_elses_visit_or_booking_exists() {
    let d = desk().await;
    let booking = d.assigned().await;
    let stranger = d.http.as_actor(&actor(Role::Customer));
    for path in ["", "/track", "/cancellation"] {
        let answer = stranger
            .get(&format!("/v1/bookings/{}{path}", id(&booking)))
            .await;
        answer.refused(404, "bookings.unknown_booking");
    }
    let job = format!("/v1/jobs/{}", booking["job"].as_str().unwrap());
    let mut other = actor(Role::Technician);
    other.scope.technician = Some(TechnicianId::new());
    let other = d.http.as_actor(&other);
    other.get(&job).await.refused(404, "bookings.unknown_job");
    other
        .post(&format!("{job}/depart"), &json!({}))
        .await
        .refused(404, "bookings.unknown_job");
    let mut dispatcher = actor(Role::Dispatcher);
    dispatcher.scope.zones = Some(vec!["south".parse().unwrap()]);
    let scoped = d.http.as_actor(&dispatcher);
    let path = format!("/v1/staff/bookings/{}", id(&booking));
    scoped
        .get(&path)
        .await
        .refused(404, "bookings.unknown_booking");
    assert_eq!(
        scoped.get("/v1/staff/bookings").await.ok()["items"],
        json!([])
    );
    assert_eq!(d.show(&booking).await["job_state"], "assigned");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extra_cost_is_decided_once_and_settled() {
    let d = desk().await;
    let booking = d.in_progress().await;
    let receipt = d
        .technician
        .post_bytes("/v1/uploads", "image/png", below::PNG.to_vec())
        .await
        .ok();
    let lines = json!([{ "name": "خلاط", "quantity": 2, "unit_price": 4250 }]);
    let extra = d
        .step(
            &booking,
            "extra-costs",
            json!({ "lines": lines, "receipt": receipt["id"] }),
        )
        .await
        .ok();
    assert_eq!(extra["total"], 8500);
    d.step(&booking, "finish", json!({ "checklist": [] }))
        .await
        .refused(409, "bookings.extra_cost_pending");
    let path = format!("/v1/extra-costs/{}", extra["id"].as_str().unwrap());
    let yes = d.customer.clone();
    let no = d.customer.clone();
    let (yes_path, no_path) = (format!("{path}/approve"), format!("{path}/decline"));
    let card = json!({ "card_token": "token_ok" });
    let (yes, no) = tokio::join!(yes.post(&yes_path, &card), no.post(&no_path, &Value::Null));
    d.t.run_pending_jobs().await;
    let view = d.show(&booking).await;
    assert_eq!(view["job_state"], "in_progress");
    let decided = view["extras"][0]["state"].as_str().unwrap();
    assert!(yes.status.is_success() || no.status.is_success());
    assert_eq!(
        view["materials"],
        if decided == "approved" { 8500 } else { 0 }
    );
    d.customer
        .post(&no_path, &Value::Null)
        .await
        .refused(409, "bookings.not_allowed");
}

#[tokio::test]
async fn only_a_photo_is_taken_and_only_a_link_shows_it() {
    let d = desk().await;
    let text = d
        .technician
        .post_bytes("/v1/uploads", "image/jpeg", "just words")
        .await;
    text.refused(422, "bookings.not_a_photo");
    let mut large = below::PNG.to_vec();
    large.resize(20 * 1024 * 1024, 0);
    let large = d
        .technician
        .post_bytes("/v1/uploads", "image/png", large)
        .await;
    large.refused(422, "bookings.upload_too_large");
    assert_eq!(d.count("uploads").await, 0);
    let photo = d
        .technician
        .post_bytes("/v1/uploads", "image/png", below::PNG.to_vec())
        .await
        .ok();
    let path = format!("/v1/uploads/{}", photo["id"].as_str().unwrap());
    let link = d.technician.get(&path).await.ok();
    assert!(link["url"].as_str().unwrap().contains("X-Amz-Signature"));
    d.customer.get(&path).await.refused(404, "http.not_found");
}

#[tokio::test]
async fn work_nobody_objects_to_is_accepted_after_a_day() {
    let d = desk().await;
    let booking = d.in_progress().await;
    d.step(&booking, "finish", below::checklist()).await.ok();
    d.t.run_pending_jobs().await;
    d.t.clock.advance(kernel::hours(24));
    d.t.run_pending_jobs().await;
    assert_eq!(d.show(&booking).await["state"], "accepted");
    assert_eq!(d.world.settled(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_on_cancel_cancels_once_with_the_fee_shown_before() {
    let d = desk().await;
    let booking = d.assigned().await;
    d.step(&booking, "depart", json!({})).await.ok();
    let path = format!("/v1/bookings/{}", id(&booking));
    let fee = d.customer.get(&format!("{path}/cancellation")).await.ok();
    assert_eq!(fee["fee"], 3000);
    let key = Uuid::new_v4();
    let body = json!({ "reason": "plans changed" });
    let cancel = format!("{path}/cancel");
    let (a, b) = tokio::join!(
        d.customer.post_with_key(&cancel, &body, key),
        d.customer.post_with_key(&cancel, &body, key)
    );
    assert_eq!(
        (a.ok()["fee"].clone(), b.ok()["fee"].clone()),
        (json!(3000), json!(3000))
    );
    d.t.run_pending_jobs().await;
    assert_eq!(d.world.releases(), 1);
    d.customer
        .post(&cancel, &body)
        .await
        .refused(409, "bookings.not_allowed");
    d.step(
        &booking,
        "arrive",
        json!({ "point": { "lat": 24.8, "lon": 46.65 } }),
    )
    .await
    .refused(409, "bookings.not_allowed");
    let _: BookingId = id(&booking).parse().unwrap();
}
