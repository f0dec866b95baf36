//! The live streams over real HTTP: what happens is told in order, what was missed is told once,
//! and everybody hears only what is theirs.

use crate::net::{FRICTIONLESS, PATIENCE};
use crate::person::Person;
use crate::story::{Stage, Technician, book, id, leak_repair, north_of, pay};
use crate::world::{World, pin};
use contract_bookings::{BookingState, ConsoleView, JobState, Live};
use kernel::{GeoPoint, minutes};
use serde_json::{Value, json};

/// One open connection.
struct Stream {
    response: reqwest::Response,
    text: String,
    /// Where to resume from.
    last_id: Option<String>,
}

impl Stream {
    async fn open(who: &Person, path: &str, after: Option<&str>) -> Self {
        let mut request = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(format!("{}{path}", who.net.api))
            .bearer_auth(who.token().await);
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            text: String::new(),
            last_id: None,
        }
    }

    /// The next event; none when the stream has ended.
    async fn next(&mut self) -> Option<Live> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name| event.lines().find_map(|line| line.strip_prefix(name));
                if let Some(id) = field("id: ") {
                    self.last_id = Some(id.to_owned());
                }
                if let Some(data) = field("data: ") {
                    return Some(serde_json::from_str(data).unwrap());
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk());
            let bytes = chunk.await.expect("an event").unwrap()?;
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The next that `pick` takes.
    async fn wait<T>(&mut self, mut pick: impl FnMut(Live) -> Option<T>) -> T {
        loop {
            let event = self.next().await.expect("the stream goes on");
            if let Some(picked) = pick(event) {
                return picked;
            }
        }
    }

    /// The next about a job, as its reader's list changes: its state, or none when it is over.
    async fn job(&mut self) -> (String, Option<JobState>) {
        self.wait(|event| match event {
            Live::Job(line) => Some((line.job.to_string(), Some(line.state))),
            Live::JobGone { job } => Some((job.to_string(), None)),
            _ => None,
        })
        .await
    }

    async fn booking(&mut self) -> (String, BookingState) {
        self.wait(|event| match event {
            Live::Booking { booking, state } => Some((booking.to_string(), state)),
            _ => None,
        })
        .await
    }

    /// Reads until the job is in this state.
    async fn until_job(&mut self, job: &str, state: Option<JobState>) {
        while self.job().await != (job.to_owned(), state) {}
    }
}

async fn console(staff: &Person) -> ConsoleView {
    serde_json::from_value(staff.get("/v1/staff/console").await.ok()).unwrap()
}

/// A point in a served district outside the north.
async fn elsewhere(w: &World) -> GeoPoint {
    let zones = w.net.open("/v1/zones").await.ok();
    let zone = zones["zones"]
        .as_array()
        .unwrap()
        .iter()
        .find(|zone| zone["slug"] != "north" && zone["status"] == "active")
        .unwrap();
    serde_json::from_value(zone["sectors"][0]["centre"].clone()).unwrap()
}

/// Booked and paid at a place.
async fn order_at(w: &World, customer: &Person, at: GeoPoint) -> (String, String) {
    let quote = customer.post("/v1/quotes", leak_repair(at)).await.ok();
    let command = json!({ "quote": quote["id"], "address_note": "" });
    let booking = id(&customer.post("/v1/bookings", command).await.ok());
    let paid = pay(customer, &booking, FRICTIONLESS).await.ok();
    w.settle().await;
    let job = paid["booking"]["job"].as_str().unwrap().to_owned();
    (booking, job)
}

#[tokio::test]
async fn a_customer_hears_of_their_own_bookings_from_payment_to_settlement() {
    let w = World::start().await;
    let (customer, other) = (w.customer().await, w.customer().await);
    let mut own = Stream::open(&customer, "/v1/live", None).await;
    let mut others = Stream::open(&other, "/v1/live", None).await;
    assert!(matches!(own.next().await, Some(Live::Hello { now, .. }) if now == w.now()));

    let member = w.plumbers().await.remove(0);
    let technician = Technician::on_shift(&w, &member, pin()).await;
    let order = w.confirmed(&customer).await;
    let confirmed = (order.booking.clone(), BookingState::Confirmed);
    while own.booking().await != confirmed {}
    w.go_on(&customer, &technician, &order, Stage::Settled)
        .await;
    let mut states = Vec::new();
    while states.last() != Some(&BookingState::Settled) {
        let (booking, state) = own.booking().await;
        assert_eq!(booking, order.booking);
        states.push(state);
    }
    let place = |state: &BookingState| BookingState::ALL.iter().position(|s| s == state);
    assert!(
        states.is_sorted_by_key(place),
        "nobody is told something older: {states:?}"
    );
    own.wait(|event| matches!(event, Live::Notification).then_some(()))
        .await;

    // The first the other hears of is their own.
    let theirs = id(&book(&other).await);
    w.settle().await;
    pay(&other, &theirs, FRICTIONLESS).await.ok();
    w.settle().await;
    assert_eq!(others.booking().await.0, theirs);
    w.finish().await;
}

#[tokio::test]
async fn what_was_missed_is_told_once_and_a_lost_stream_is_said() {
    let w = World::start().await;
    let customer = w.customer().await;
    let dispatcher = w.staff("dispatcher@khidma.example").await;
    let before = console(&dispatcher).await;
    assert!(before.jobs.is_empty());
    let mut stream = Stream::open(&dispatcher, "/v1/staff/live", Some(&before.event)).await;
    let member = w.plumbers().await.remove(0);
    let technician = Technician::on_shift(&w, &member, pin()).await;
    let first = w.bring(&customer, &technician, Stage::EnRoute).await;
    stream.until_job(&first.job, Some(JobState::EnRoute)).await;
    let seen = stream.last_id.clone().unwrap();
    drop(stream);

    // While nobody listens: the first goes on, a second comes.
    let there = json!({ "point": pin() });
    technician.step(&first.job, "arrive", there).await.ok();
    w.settle().await;
    let second = w.confirmed(&customer).await;
    let mut again = Stream::open(&dispatcher, "/v1/staff/live", Some(&seen)).await;
    let mut missed = vec![again.job().await, again.job().await];
    missed.sort_by_key(|(job, _)| job.clone());
    let mut expected = vec![
        (first.job.clone(), Some(JobState::Arrived)),
        (second.job.clone(), Some(JobState::Queued)),
    ];
    expected.sort_by_key(|(job, _)| job.clone());
    assert_eq!(missed, expected);
    // Nothing of it twice: the next is what happens next.
    technician.step(&first.job, "start", Value::Null).await.ok();
    w.settle().await;
    assert_eq!(
        again.job().await,
        (first.job.clone(), Some(JobState::InProgress))
    );
    technician.finish(&first.job).await;
    w.settle().await;
    again.until_job(&first.job, None).await;
    let open = console(&dispatcher).await;
    let jobs: Vec<String> = open.jobs.iter().map(|line| line.job.to_string()).collect();
    assert_eq!(jobs, std::slice::from_ref(&second.job));

    // A Redis that forgets costs a reading, no more.
    let redis = &w.app.platform.redis;
    let _: () = redis::cmd("DEL")
        .arg(redis.key("live:staff"))
        .query_async(&mut redis.conn())
        .await
        .unwrap();
    again
        .wait(|event| matches!(event, Live::Reset).then_some(()))
        .await;
    let path = format!("/v1/bookings/{}/cancel", second.booking);
    customer.post(&path, json!({})).await.ok();
    w.settle().await;
    again.until_job(&second.job, None).await;
    let mut late = Stream::open(&dispatcher, "/v1/staff/live", Some(&seen)).await;
    late.wait(|event| matches!(event, Live::Reset).then_some(()))
        .await;
    w.finish().await;
}

#[tokio::test]
async fn a_dispatcher_of_the_north_hears_of_the_north_only() {
    let w = World::start().await;
    let (here, there) = (w.customer().await, w.customer().await);
    let everywhere = w.staff("dispatcher@khidma.example").await;
    let north = w.staff("dispatcher.north@khidma.example").await;
    let mut all = Stream::open(&everywhere, "/v1/staff/live", None).await;
    let mut own = Stream::open(&north, "/v1/staff/live", None).await;
    let place = elsewhere(&w).await;
    let (_, far) = order_at(&w, &there, place).await;
    all.until_job(&far, Some(JobState::Queued)).await;
    let (_, near) = order_at(&w, &here, pin()).await;
    all.until_job(&near, Some(JobState::Queued)).await;
    assert_eq!(own.job().await.0, near);

    let jobs = |view: ConsoleView| -> Vec<String> {
        view.jobs.iter().map(|line| line.job.to_string()).collect()
    };
    assert_eq!(
        jobs(console(&everywhere).await),
        [far.clone(), near.clone()]
    );
    assert_eq!(jobs(console(&north).await), std::slice::from_ref(&near));
    let people = |job: &str| format!("/v1/staff/jobs/{job}/people");
    north
        .get(&people(&far))
        .await
        .refused(404, "bookings.unknown_job");
    let known = north.get(&people(&near)).await.ok();
    assert!(
        known["customer"]["phone"]
            .as_str()
            .unwrap()
            .starts_with("+966 50 ")
    );

    // Late enough for the first alarms: each hears those of their zones.
    w.advance(minutes(8)).await;
    all.wait(|event| match event {
        Live::Alarm(alarm) => (alarm.zone.as_str() != "north").then_some(()),
        _ => None,
    })
    .await;
    let first = own
        .wait(|event| match event {
            Live::Alarm(alarm) => Some(alarm),
            _ => None,
        })
        .await;
    assert_eq!(first.zone.as_str(), "north");
    assert_eq!(first.job.to_string(), near);
    let shown = console(&north).await.alarms;
    assert!(!shown.is_empty() && shown.iter().all(|alarm| alarm.zone.as_str() == "north"));
    w.finish().await;
}

#[tokio::test]
async fn technicians_and_colleagues_are_seen_as_they_move() {
    let w = World::start().await;
    let customer = w.customer().await;
    let (ali, nora) = (
        w.staff("dispatcher@khidma.example").await,
        w.staff("dispatcher.north@khidma.example").await,
    );
    let member = w.plumbers().await.remove(0);
    let technician = Technician::on_shift(&w, &member, pin()).await;
    let mut stream = Stream::open(&nora, "/v1/staff/live", None).await;
    let dot = |event: Live| match event {
        Live::Positions { dots, .. } => dots.into_iter().find(|d| d.technician == member.card.id),
        _ => None,
    };
    let first = stream.wait(dot).await;
    assert_eq!((first.point, first.fresh), (pin(), true));
    assert_eq!(first.heading_deg, None);
    let order = w.bring(&customer, &technician, Stage::EnRoute).await;
    w.advance(minutes(1)).await;
    let on = north_of(pin(), 400.0);
    technician.ping(on).await;
    let moved = stream
        .wait(|event| dot(event).filter(|dot| dot.point == on))
        .await;
    assert_eq!(moved.heading_deg, Some(0));
    assert_eq!(
        moved.job.map(|job| job.to_string()),
        Some(order.job.clone())
    );
    // Who joins later is told where everybody is.
    let mut late = Stream::open(&ali, "/v1/staff/live", None).await;
    assert_eq!(late.wait(dot).await.point, on);
    let shown = console(&ali).await.technicians;
    assert!(shown.iter().any(|dot| dot.point == on));

    let look = json!({ "job": order.job });
    ali.put("/v1/staff/presence", look).await.ok();
    let people = |event: Live| match event {
        Live::Presence(presence) if presence.job.to_string() == order.job => {
            Some(presence.people.into_iter().map(|p| p.name).collect())
        }
        _ => None,
    };
    let there: Vec<String> = stream.wait(people).await;
    assert_eq!(there, ["نورة القحطاني"]);
    ali.put("/v1/staff/presence", json!({ "job": null }))
        .await
        .ok();
    assert_eq!(stream.wait(people).await, Vec::<String>::new());

    // The clock's moves are told, and a token that has run out ends the stream.
    w.advance(minutes(2)).await;
    let now = w.now();
    late.wait(|event| matches!(event, Live::Hello { now: at, .. } if at == now).then_some(()))
        .await;
    w.leap(minutes(12)).await;
    while late.next().await.is_some() {}
    console(&ali).await;
    let mut fresh = Stream::open(&ali, "/v1/staff/live", late.last_id.as_deref()).await;
    assert!(matches!(fresh.next().await, Some(Live::Hello { .. })));
    // So does the end of the process.
    w.app.platform.closing.cancel();
    while fresh.next().await.is_some() {}
    w.work(&customer, &technician, &order, Stage::Settled).await;
    w.finish().await;
}
