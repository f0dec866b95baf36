//! How bookings end other than by the book: silence, cancellation, lapse and lateness.

use crate::main_job::clock;
use crate::story::{Stage, Technician, book, id, photo};
use crate::world::{World, pin};
use kernel::{hours, minutes};
use serde_json::{Value, json};

/// The nearest plumber, alone on shift.
async fn alone(w: &World) -> Technician {
    let plumbers = w.plumbers().await;
    Technician::on_shift(w, &plumbers[0], pin()).await
}

#[tokio::test]
async fn silence_is_acceptance_after_a_day() {
    let w = World::start().await;
    let (customer, technician) = (w.customer().await, alone(&w).await);
    let order = w
        .bring(&customer, &technician, Stage::AwaitingAcceptance)
        .await;
    w.leap(hours(23)).await;
    assert_eq!(w.state(&customer, &order).await, "awaiting_acceptance");
    w.leap(hours(1)).await;
    assert_eq!(w.state(&customer, &order).await, "settled");
    assert_eq!(
        w.payments_of(&order.booking).await,
        [("captured".into(), 23_000, 23_000)]
    );
    w.finish().await;
}

/// Nothing until somebody is on the way, the platform's fee then, the visit too at the door.
#[tokio::test]
async fn cancelling_costs_what_it_says() {
    let w = World::start().await;
    let technician = alone(&w).await;
    for (stage, fee) in [
        (Stage::Confirmed, 0),
        (Stage::Assigned, 0),
        (Stage::EnRoute, 3_000),
        (Stage::Arrived, 8_000),
    ] {
        let customer = w.customer().await;
        let order = w.bring(&customer, &technician, stage).await;
        let path = format!("/v1/bookings/{}", order.booking);
        let said = customer.get(&format!("{path}/cancellation")).await.ok();
        assert_eq!(
            said,
            json!({ "allowed": true, "fee": fee, "returned": 23_000 - fee }),
            "{stage:?}"
        );
        let cancelled = customer
            .post(&format!("{path}/cancel"), json!({ "reason": "Plans" }))
            .await
            .ok();
        assert_eq!(
            (&cancelled["state"], &cancelled["fee"]),
            (&json!("cancelled"), &json!(fee))
        );
        w.settle().await;
        let expected = if fee == 0 {
            ("voided".to_owned(), 23_000, 0)
        } else {
            ("captured".to_owned(), 23_000, fee)
        };
        assert_eq!(w.payments_of(&order.booking).await, [expected], "{stage:?}");
        // The technician is free again, and nothing is left of it.
        assert!(technician.offers().await.is_empty());
        let jobs = technician.person.get("/v1/technician/jobs").await.ok();
        assert_eq!(jobs["items"], json!([]), "{stage:?}");
    }
    // Once the work has begun it is too late.
    let customer = w.customer().await;
    let order = w.bring(&customer, &technician, Stage::InProgress).await;
    let said = customer
        .get(&format!("/v1/bookings/{}/cancellation", order.booking))
        .await
        .ok();
    assert_eq!(said["allowed"], false);
    let path = format!("/v1/bookings/{}/cancel", order.booking);
    customer
        .post(&path, json!({}))
        .await
        .refused(409, "bookings.not_allowed");
    w.finish().await;
}

#[tokio::test]
async fn an_unpaid_booking_lapses_after_a_quarter_of_an_hour() {
    let w = World::start().await;
    let customer = w.customer().await;
    let booking = id(&book(&customer).await);
    w.advance(minutes(14)).await;
    let view = customer.get(&format!("/v1/bookings/{booking}")).await.ok();
    assert_eq!(view["state"], "awaiting_payment");
    w.advance(minutes(1)).await;
    let view = customer.get(&format!("/v1/bookings/{booking}")).await.ok();
    assert_eq!(view["state"], "expired");
    let late = crate::story::pay(&customer, &booking, crate::net::FRICTIONLESS).await;
    late.refused(409, "bookings.not_allowed");
    assert!(w.payments_of(&booking).await.is_empty());
    w.finish().await;
}

#[tokio::test]
async fn nobody_takes_it_and_the_money_goes_back() {
    let w = World::start().await;
    let customer = w.customer().await;
    let dispatcher = w.staff("dispatcher@khidma.example").await;
    let order = w.confirmed(&customer).await;
    // Nobody is on shift: a dispatcher hears of it at once, not only when time runs out.
    w.advance(minutes(1)).await;
    let queue = dispatcher
        .get("/v1/dispatch/queue?state=escalated")
        .await
        .ok();
    assert_eq!(queue["items"][0]["escalation"]["reason"], "no_candidates");
    // The respond promise of a plumber is 15 minutes; half an hour later the booking ends.
    w.leap(minutes(15)).await;
    let alarms = dispatcher.get("/v1/alarms").await.ok();
    let alarms = alarms["items"].as_array().unwrap();
    assert!(
        alarms
            .iter()
            .any(|a| a["kind"] == "respond" && a["severity"] == "breach"),
        "{alarms:?}"
    );
    assert_eq!(w.state(&customer, &order).await, "confirmed");
    w.leap(minutes(30)).await;
    assert_eq!(w.state(&customer, &order).await, "expired");
    assert_eq!(
        w.payments_of(&order.booking).await,
        [("voided".into(), 23_000, 0)]
    );
    w.finish().await;
}

#[tokio::test]
async fn a_late_arrival_is_made_good() {
    let w = World::start().await;
    let (customer, technician) = (w.customer().await, alone(&w).await);
    let officer = w.staff("finance.a@khidma.example").await;
    // An earlier booking: there is a share to take the penalty from.
    w.bring(&customer, &technician, Stage::Settled).await;
    let order = w.bring(&customer, &technician, Stage::EnRoute).await;
    // Plumbing promises an arrival within 75 minutes.
    w.advance(minutes(80)).await;
    let view = w.booking(&customer, &order).await;
    // 15 % of the service's 200.00.
    assert_eq!(view["remedy"], 3_000, "{view}");
    let track = customer
        .get(&format!("/v1/bookings/{}/track", order.booking))
        .await
        .ok();
    assert_eq!(clock(&track, "arrive")["breached"], true);
    let entries = officer
        .get(&format!("/v1/ledger/entries?booking={}", order.booking))
        .await
        .ok();
    let amount = |kind: &str| {
        let entry = entries
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["kind"] == kind);
        let postings =
            entry.unwrap_or_else(|| panic!("no {kind} in {entries}"))["postings"].clone();
        postings
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|p| p["amount"].as_i64())
            .max()
    };
    assert_eq!(
        (amount("sla_credit"), amount("penalty")),
        (Some(3_000), Some(4_000))
    );
    // The work is still done and settled.
    technician
        .step(&order.job, "arrive", json!({ "point": pin() }))
        .await
        .ok();
    technician.step(&order.job, "start", Value::Null).await.ok();
    technician.finish(&order.job).await;
    let path = format!("/v1/bookings/{}/accept", order.booking);
    customer.post(&path, Value::Null).await.ok();
    w.settle().await;
    assert_eq!(w.state(&customer, &order).await, "settled");
    assert_eq!(
        w.payments_of(&order.booking).await,
        [("captured".into(), 23_000, 23_000)]
    );
    w.finish().await;
}

#[tokio::test]
async fn declined_material_costs_nothing_and_the_work_goes_on() {
    let w = World::start().await;
    let (customer, technician) = (w.customer().await, alone(&w).await);
    let order = w.bring(&customer, &technician, Stage::InProgress).await;
    let receipt = id(&technician.person.upload(photo()).await.ok());
    let lines = json!([{ "name": "Gold tap", "quantity": 1, "unit_price": 400_000 }]);
    let ask = json!({ "lines": lines, "receipt": receipt });
    let extra = technician.step(&order.job, "extra-costs", ask).await.ok();
    w.settle().await;
    // Not finished behind the customer's back.
    let checklist = technician.checklist(&order.job).await;
    let early = technician.step(&order.job, "finish", checklist).await;
    early.refused(409, "bookings.extra_cost_pending");
    let path = format!("/v1/extra-costs/{}/decline", id(&extra));
    customer.post(&path, Value::Null).await.ok();
    let stranger = w.customer().await;
    let twice = stranger.post(&path, Value::Null).await;
    twice.refused(404, "bookings.unknown_extra_cost");
    technician.finish(&order.job).await;
    w.settle().await;
    let path = format!("/v1/bookings/{}/accept", order.booking);
    customer.post(&path, Value::Null).await.ok();
    w.settle().await;
    assert_eq!(w.state(&customer, &order).await, "settled");
    let view = w.booking(&customer, &order).await;
    assert_eq!(
        (&view["materials"], &view["extras"][0]["state"]),
        (&json!(0), &json!("declined"))
    );
    assert_eq!(
        w.payments_of(&order.booking).await,
        [("captured".into(), 23_000, 23_000)]
    );
    w.finish().await;
}
