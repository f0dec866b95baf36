//! What customers and technicians do, step by step.

use crate::net::FRICTIONLESS;
use crate::person::Person;
use crate::world::{Member, World, pin};
use kernel::{GeoPoint, minutes};
use platform::testing::TestAnswer;
use serde_json::{Value, json};

/// A technician on shift near the pin.
#[derive(Clone)]
pub struct Technician {
    pub person: Person,
    pub member: Member,
}

/// How far a booking has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Confirmed,
    Assigned,
    EnRoute,
    Arrived,
    InProgress,
    /// Finished; the customer has the code.
    AwaitingAcceptance,
    Settled,
}

/// A booking under way.
#[derive(Debug, Clone)]
pub struct Order {
    pub booking: String,
    pub job: String,
}

pub fn id(json: &Value) -> String {
    json["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no id in {json}"))
        .to_owned()
}

/// North of `point`.
pub fn north_of(point: GeoPoint, metres: f64) -> GeoPoint {
    GeoPoint::new(point.lat() + metres / 111_195.0, point.lon()).unwrap()
}

/// One black point: a PNG by its content.
pub fn photo() -> Vec<u8> {
    let hex = "89504e470d0a1a0a0000000d4948445200000001000000010806000000\
               1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082";
    hex::decode(hex).unwrap()
}

impl Technician {
    /// Signs in, goes on shift and says where the telephone is.
    pub async fn on_shift(w: &World, member: &Member, at: GeoPoint) -> Self {
        Self::begin(w.phone(&member.phone).await, member, at).await
    }

    /// The same for somebody who is signed in.
    pub async fn begin(person: Person, member: &Member, at: GeoPoint) -> Self {
        let technician = Self {
            person,
            member: member.clone(),
        };
        technician
            .person
            .put("/v1/technician/shift", json!({ "on": true }))
            .await
            .ok();
        technician.ping(at).await;
        technician
    }

    pub async fn ping(&self, at: GeoPoint) {
        let ping = json!({ "lat": at.lat(), "lon": at.lon() });
        self.person.post("/v1/technician/position", ping).await.ok();
    }

    /// The open offers.
    pub async fn offers(&self) -> Vec<Value> {
        let offers = self.person.get("/v1/technician/offers").await.ok();
        offers.as_array().unwrap().clone()
    }

    pub async fn step(&self, job: &str, step: &str, body: Value) -> TestAnswer {
        self.person
            .post(&format!("/v1/jobs/{job}/{step}"), body)
            .await
    }

    /// Every item of the checklist, with a photo where one is asked for.
    pub async fn checklist(&self, job: &str) -> Value {
        let view = self.person.get(&format!("/v1/jobs/{job}")).await.ok();
        let mut items = Vec::new();
        for item in view["checklist"].as_array().unwrap() {
            let photo = match item["photo"].as_bool().unwrap() {
                true => Some(id(&self.person.upload(photo()).await.ok())),
                false => None,
            };
            items.push(json!({ "slug": item["slug"], "done": true, "photo": photo }));
        }
        json!({ "checklist": items })
    }

    pub async fn finish(&self, job: &str) -> Value {
        let checklist = self.checklist(job).await;
        self.step(job, "finish", checklist).await.ok()
    }
}

pub fn leak_repair(at: GeoPoint) -> Value {
    json!({ "pin": at, "service": "leak-repair" })
}

pub async fn quote(customer: &Person) -> Value {
    customer.post("/v1/quotes", leak_repair(pin())).await.ok()
}

/// Books a leak repair at the pin: the booking waits for its payment.
pub async fn book(customer: &Person) -> Value {
    let quote = quote(customer).await;
    let command = json!({ "quote": quote["id"], "address_note": "Second door on the left" });
    customer.post("/v1/bookings", command).await.ok()
}

pub async fn pay(customer: &Person, booking: &str, card: &str) -> TestAnswer {
    let token = customer.net.card_token(card).await;
    customer
        .post(
            &format!("/v1/bookings/{booking}/payment"),
            json!({ "card_token": token }),
        )
        .await
}

impl World {
    /// Booked and paid; dispatch has been asked.
    pub async fn confirmed(&self, customer: &Person) -> Order {
        let booking = id(&book(customer).await);
        let paid = pay(customer, &booking, FRICTIONLESS).await.ok();
        assert_eq!(paid["booking"]["state"], "confirmed");
        self.settle().await;
        let job = paid["booking"]["job"].as_str().unwrap().to_owned();
        Order { booking, job }
    }

    /// From nothing to `stage`, with a technician who is the only one on shift.
    pub async fn bring(&self, customer: &Person, technician: &Technician, stage: Stage) -> Order {
        let order = self.confirmed(customer).await;
        self.go_on(customer, technician, &order, stage).await;
        order
    }

    /// From confirmed to `stage`.
    pub async fn go_on(
        &self,
        customer: &Person,
        technician: &Technician,
        order: &Order,
        stage: Stage,
    ) {
        let job = &order.job;
        if stage >= Stage::Assigned {
            let offer = self.offered(technician, job).await;
            technician
                .person
                .post(&format!("/v1/offers/{offer}/accept"), Value::Null)
                .await
                .ok();
            self.settle().await;
        }
        if stage >= Stage::EnRoute {
            technician.step(job, "depart", Value::Null).await.ok();
            self.settle().await;
        }
        self.work(customer, technician, order, stage).await;
    }

    /// From on the way to `stage`.
    pub async fn work(
        &self,
        customer: &Person,
        technician: &Technician,
        order: &Order,
        stage: Stage,
    ) {
        let job = &order.job;
        if stage >= Stage::Arrived {
            self.advance(minutes(2)).await;
            technician
                .step(job, "arrive", json!({ "point": pin() }))
                .await
                .ok();
            self.settle().await;
        }
        if stage >= Stage::InProgress {
            technician.step(job, "start", Value::Null).await.ok();
            self.settle().await;
        }
        if stage >= Stage::AwaitingAcceptance {
            technician.finish(job).await;
            self.settle().await;
        }
        if stage >= Stage::Settled {
            customer
                .post(
                    &format!("/v1/bookings/{}/accept", order.booking),
                    Value::Null,
                )
                .await
                .ok();
            self.settle().await;
            assert_eq!(self.state(customer, order).await, "settled");
        }
    }

    /// The id of the offer of `job` to this technician, once the matching window has passed.
    pub async fn offered(&self, technician: &Technician, job: &str) -> String {
        for _ in 0..12 {
            if let Some(offer) = technician
                .offers()
                .await
                .iter()
                .find(|offer| offer["job"] == job)
            {
                return id(offer);
            }
            self.advance(kernel::seconds(2)).await;
        }
        panic!("{job} was not offered to {}", technician.member.phone)
    }

    pub async fn booking(&self, customer: &Person, order: &Order) -> Value {
        customer
            .get(&format!("/v1/bookings/{}", order.booking))
            .await
            .ok()
    }

    pub async fn state(&self, customer: &Person, order: &Order) -> String {
        let booking = self.booking(customer, order).await;
        booking["state"].as_str().unwrap().to_owned()
    }

    /// What the gateway did with the payments of a booking: status, amount and captured, in order.
    pub async fn payments_of(&self, booking: &str) -> Vec<(String, i64, i64)> {
        let payments = self.net.payments().await;
        let mut own: Vec<_> = payments
            .iter()
            .filter(|p| p["metadata"]["booking"] == booking)
            .collect();
        own.reverse();
        own.iter()
            .map(|p| {
                let status = p["status"].as_str().unwrap().to_owned();
                (
                    status,
                    p["amount"].as_i64().unwrap(),
                    p["captured"].as_i64().unwrap(),
                )
            })
            .collect()
    }
}

/// For snapshots: ids, moments, links and other things that differ from run to run are named by
/// their kind.
pub fn stable(mut json: Value) -> Value {
    settle(&mut json);
    json
}

fn settle(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(settle),
        Value::Object(fields) => {
            for (name, value) in fields {
                let changes = ["reference", "finish_code", "sequence_number", "cell"]
                    .contains(&name.as_str());
                match value {
                    Value::String(text) if changes => *text = format!("[{name}]"),
                    other => settle(other),
                }
            }
        }
        Value::String(text) => {
            if text.parse::<kernel::Time>().is_ok() {
                *text = "[time]".into();
            } else if text.starts_with("http://") {
                *text = "[url]".into();
            } else if uuid::Uuid::parse_str(text).is_ok() {
                *text = "[uuid]".into();
            } else if let Some((kind, hex)) = text.rsplit_once('_')
                && hex.len() == 32
                && hex.bytes().all(|b| b.is_ascii_hexdigit())
            {
                *text = format!("[{kind}]");
            } else if let [owner, id, name] = text.split(':').collect::<Vec<_>>()[..]
                && id.contains('_')
            {
                *text = format!("{owner}:[id]:{name}");
            }
        }
        _ => {}
    }
}
