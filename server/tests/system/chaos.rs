//! Real processes, killed in the middle: nothing is lost, nothing happens twice.

use crate::net::{CHALLENGED, FRICTIONLESS, Net, until};
use crate::person::Person;
use crate::process::{Process, environment, free_address};
use crate::story::{Technician, book, id, leak_repair, pay};
use crate::template;
use crate::world::World;
use crate::world::{Member, addresses, pin, plumbers, sandbox_config};
use kernel::{Clock, Time, minutes};
use platform::testing::START;
use serde_json::{Value, json};
use server::app::{self, App, Placement};
use server::run;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use stores::testing::TestStores;
use tokio::task::{JoinSet, LocalSet};

/// Platform seconds per real second: an offer rings for two real seconds.
const SPEED: f64 = 20.0;
const CUSTOMERS: usize = 10;
const TECHNICIANS: usize = 6;

/// Answers offers and does visits until told to stop. Each step is pressed once: if the platform
/// dies meanwhile, the telephone repeats it with the same key and gets the one answer.
async fn works(technician: Technician, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        technician.ping(pin()).await;
        for offer in technician.offers().await {
            let path = format!("/v1/offers/{}/accept", id(&offer));
            let taken = technician.person.post(&path, Value::Null).await;
            let code = taken.code();
            assert!(
                taken.status.is_success() || code.starts_with("dispatch.offer_"),
                "{}",
                taken.json
            );
        }
        let jobs = technician.person.get("/v1/technician/jobs").await.ok();
        for job in jobs["items"].as_array().unwrap() {
            let id = id(job);
            match job["state"].as_str().unwrap() {
                "assigned" => technician.step(&id, "depart", Value::Null).await.ok(),
                "en_route" => technician
                    .step(&id, "arrive", json!({ "point": pin() }))
                    .await
                    .ok(),
                "arrived" => technician.step(&id, "start", Value::Null).await.ok(),
                "in_progress" => technician.finish(&id).await,
                _ => Value::Null,
            };
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn state(customer: &Person, booking: &str) -> String {
    let view = customer.get(&format!("/v1/bookings/{booking}")).await.ok();
    view["state"].as_str().unwrap().to_owned()
}

/// Books, pays with one press, accepts: everything once.
async fn lives(net: Arc<Net>, number: usize, card_token: String) -> (Person, String) {
    let customer = Person::by_phone(&net, None, &format!("+9665019{number:05}")).await;
    let booking = id(&book(&customer).await);
    let path = format!("/v1/bookings/{booking}/payment");
    let paid = customer
        .post(&path, json!({ "card_token": card_token }))
        .await
        .ok();
    if let Some(url) = paid["challenge_url"].as_str() {
        net.three_ds(url, "approve").await;
        customer
            .post(
                &format!("/v1/bookings/{booking}/payment/return"),
                Value::Null,
            )
            .await
            .ok();
    }
    // A hold whose answer was lost is found out by the platform itself.
    for wanted in ["awaiting_acceptance", "settled"] {
        until(&format!("booking {number} to be {wanted}"), async || {
            (state(&customer, &booking).await == wanted).then_some(())
        })
        .await;
        if wanted == "awaiting_acceptance" {
            customer
                .post(&format!("/v1/bookings/{booking}/accept"), Value::Null)
                .await
                .ok();
        }
    }
    (customer, booking)
}

/// Books once more and pays: the booking and its job.
async fn paid_again(customer: &Person) -> (String, Value) {
    let booking = id(&book(customer).await);
    let paid = pay(customer, &booking, FRICTIONLESS).await.ok();
    (booking, paid["booking"]["job"].clone())
}

/// Before anybody is on the way: nothing is owed.
async fn cancel(customer: &Person, booking: &str) {
    let path = format!("/v1/bookings/{booking}/cancel");
    let cancelled = customer.post(&path, json!({})).await.ok();
    assert_eq!(cancelled["fee"], 0);
}

struct City {
    net: Arc<Net>,
    /// Looks on; serves nothing and works nothing.
    observer: App,
    redis_url: String,
}

impl City {
    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(&self.observer.platform.db)
            .await
            .unwrap()
    }

    async fn at_least(&self, what: &str, least: i64, sql: &'static str) {
        until(what, async || {
            (self.count(sql).await >= least).then_some(())
        })
        .await;
    }

    async fn flush_redis(&self) {
        let client = redis::Client::open(self.redis_url.as_str()).unwrap();
        let mut conn = client.get_multiplexed_async_connection().await.unwrap();
        redis::cmd("FLUSHDB").exec_async(&mut conn).await.unwrap();
    }
}

/// Bookings that have got at least so far.
const CONFIRMED: &str =
    "select count(*) from bookings.bookings where state not in ('awaiting_payment')";
const BEGUN: &str =
    "select count(*) from bookings.bookings where state not in ('awaiting_payment', 'confirmed')";
const SETTLED: &str = "select count(*) from bookings.bookings where state = 'settled'";
const RUNNING: &str = "select count(*) from platform.jobs where locked_by is not null";

#[tokio::test]
async fn killed_flushed_and_cut_off_in_the_middle() {
    LocalSet::new().run_until(a_bad_day()).await;
}

async fn a_bad_day() {
    let stores = TestStores::get();
    let database = template::copy(stores).await;
    let redis_url = stores.fresh_redis_url().unwrap();
    let sandbox_listener = run::listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let sandbox = format!("http://{}", sandbox_listener.local_addr().unwrap());
    let address = free_address();
    let api = format!("http://{address}");
    let mut settings = addresses(&api, &sandbox);
    settings.push(("redis.url", redis_url.clone()));
    let config = template::config(stores, &database, &settings);
    let platform = app::connect(&config).await.unwrap();
    let start: Time = START.parse().unwrap();
    platform::clock::set(&platform.db, &Clock::standing(start), start, SPEED)
        .await
        .unwrap();
    platform
        .clock
        .set_anchor(platform::clock::load(&platform.db).await.unwrap());
    let observer = app::build(&config, platform, Placement::All).await.unwrap();
    let members: Vec<Member> = plumbers(&observer)
        .await
        .into_iter()
        .take(TECHNICIANS)
        .collect();
    tokio::spawn(gateway_sandbox::serve(
        sandbox_listener,
        sandbox_config(&config, &api),
        std::future::pending(),
    ));
    let environment = environment(&config, &api, &sandbox);
    let serving = Process::serving(&["serve"], &environment, address).await;
    let worker = Process::start(&["work"], &environment);
    let city = City {
        net: Arc::new(Net::new(&api, &sandbox, &config, true)),
        observer,
        redis_url,
    };
    let net = city.net.clone();

    let mut technicians = Vec::new();
    for member in &members {
        let person = Person::by_phone(&net, None, &member.phone).await;
        technicians.push(Technician::begin(person, member, pin()).await);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let mut shifts = JoinSet::new();
    for technician in &technicians {
        shifts.spawn_local(works(technician.clone(), stop.clone()));
    }
    let mut cards = Vec::new();
    for number in 0..CUSTOMERS {
        let card = if number.is_multiple_of(3) {
            CHALLENGED
        } else {
            FRICTIONLESS
        };
        cards.push(net.card_token(card).await);
    }
    // The gateway does what the first payments ask for and hangs up without an answer.
    net.payment_faults(json!({ "drop_next_n": 3 })).await;
    let mut customers = JoinSet::new();
    for (number, card) in cards.into_iter().enumerate() {
        customers.spawn_local(lives(net.clone(), number, card));
    }

    city.at_least("some to be confirmed", 3, CONFIRMED).await;
    city.at_least("the worker to be in the middle of something", 1, RUNNING)
        .await;
    worker.kill();
    let worker = Process::start(&["work"], &environment);
    city.at_least("work to have begun somewhere", 2, BEGUN)
        .await;
    serving.kill();
    let serving = Process::serving(&["serve"], &environment, address).await;
    city.at_least("something to be settled", 1, SETTLED).await;
    city.flush_redis().await;

    let mut bookings = Vec::new();
    while let Some(lived) = customers.join_next().await {
        bookings.push(lived.unwrap());
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = shifts.join_next().await {
        ended.unwrap();
    }

    // Redis has forgotten where everybody is. Whoever reports again is found.
    city.flush_redis().await;
    let (last, _) = &bookings[0];
    let found = &technicians[0];
    found.ping(pin()).await;
    let (first_extra, job) = paid_again(last).await;
    let offer = until("the offer", async || {
        let offers = found.offers().await;
        offers.iter().find(|offer| offer["job"] == job).map(id)
    })
    .await;
    let path = format!("/v1/offers/{offer}/accept");
    found.person.post(&path, Value::Null).await.ok();
    cancel(last, &first_extra).await;

    // Nobody is left to take this one. Its clock still fires after Redis has forgotten it.
    for technician in &technicians {
        technician
            .person
            .put("/v1/technician/shift", json!({ "on": false }))
            .await
            .ok();
    }
    let dispatcher = Person::staff(&net, None, "dispatcher@khidma.example").await;
    let (second_extra, job) = paid_again(last).await;
    until("the clocks to run", async || {
        let path = format!("/v1/bookings/{second_extra}/track");
        let track = last.get(&path).await.ok();
        (!track["clocks"].as_array().unwrap().is_empty()).then_some(())
    })
    .await;
    city.flush_redis().await;
    let clock = net.open("/dev/clock").await.ok();
    let now: Time = clock["now"].as_str().unwrap().parse().unwrap();
    // Half of the 15 minutes in which somebody is to respond.
    let moved = json!({ "now": now + minutes(8) });
    net.post_open("/dev/clock", moved).await.ok();
    until("the alarm", async || {
        let alarms = dispatcher.get("/v1/alarms").await.ok();
        let mut alarms = alarms["items"].as_array().unwrap().iter();
        alarms
            .any(|a| a["job"] == job && a["kind"] == "respond")
            .then_some(())
    })
    .await;
    cancel(last, &second_extra).await;
    let given_back = "select count(*) from settlement.holds where status = 'voided'";
    city.at_least("the money to go back", 2, given_back).await;

    // Time stands; what is left is done, and then there is nothing.
    net.post_open("/dev/clock", json!({ "speed": 0.0 }))
        .await
        .ok();
    until("every queue to drain", async || {
        let idle = net.open("/dev/idle").await.ok();
        assert_eq!(idle["dead"], 0, "dead letters");
        (idle["due"] == 0 && net.sandbox_is_idle().await).then_some(())
    })
    .await;

    // One booking a customer, one charge a booking, and the books agree with the gateway.
    let mut charges: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
    for payment in net.payments().await {
        let of = payment["metadata"]["booking"].as_str().unwrap().to_owned();
        let status = payment["status"].as_str().unwrap().to_owned();
        charges
            .entry(of)
            .or_default()
            .push((status, payment["captured"].as_i64().unwrap()));
    }
    for (customer, booking) in &bookings {
        let own = customer.get("/v1/bookings").await.ok();
        let expected = if std::ptr::eq(customer, last) { 3 } else { 1 };
        assert_eq!(own["items"].as_array().unwrap().len(), expected, "{own}");
        assert_eq!(state(customer, booking).await, "settled");
        assert_eq!(
            charges.remove(booking).unwrap(),
            [("captured".to_owned(), 23_000)],
            "{booking}"
        );
    }
    for booking in [first_extra, second_extra] {
        let voided = [("voided".to_owned(), 0)];
        assert_eq!(charges.remove(&booking).unwrap(), voided);
    }
    assert!(charges.is_empty(), "charged for nothing: {charges:?}");
    assert_eq!(
        city.count("select count(*) from settlement.holds where status = 'captured'")
            .await,
        CUSTOMERS as i64
    );
    assert_eq!(
        city.count(
            "select count(*) from settlement.holds where status not in ('captured', 'voided')"
        )
        .await,
        0
    );
    let books = city
        .observer
        .modules
        .as_ref()
        .unwrap()
        .settlement
        .trial_balance()
        .await
        .unwrap();
    assert!(books.is_sound(), "{books:?}");
    drop((worker, serving));
}

/// Each request holds a connection and needs another for a moment: none must starve.
#[tokio::test]
async fn a_crowd_larger_than_the_pool_gets_its_turns() {
    let w = World::start().await;
    let customer = w.customer().await;
    let crowd = 3 * w.config.database.connections;
    let asking = (0..crowd).map(|_| customer.post("/v1/quotes", leak_repair(pin())));
    for answer in futures::future::join_all(asking).await {
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.json);
    }
    w.finish().await;
}
