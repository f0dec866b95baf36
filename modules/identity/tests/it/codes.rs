//! What holds codes back when somebody wants more of them than people do, or when what counts them
//! is gone.

use crate::{House, PHONE, cheap, wrong};
use identity::{IdentitySettings, SignInLimits};
use kernel::{Phone, hours, minutes, seconds};
use platform::testing::TestAnswer;
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr};
use uuid::Uuid;

fn with(limits: SignInLimits) -> IdentitySettings {
    IdentitySettings { limits, ..cheap() }
}

/// Phones that nobody has asked for yet.
fn phone(n: usize) -> String {
    format!("05{:08}", 50_000_000 + n)
}

fn address(n: usize) -> IpAddr {
    Ipv4Addr::from(0x0a00_0000 + n as u32).into()
}

async fn ask(house: &House, from: usize, phone: &str, device: Uuid) -> TestAnswer {
    let body = json!({ "phone": phone, "device": device });
    let http = house.http.from_address(address(from));
    http.post("/v1/auth/codes", &body).await
}

#[tokio::test]
async fn a_code_is_good_only_on_the_device_that_asked_for_it() {
    let mut house = House::open().await;
    let (challenge, code) = house.code_for(PHONE).await;
    let mine = std::mem::replace(&mut house.device, Uuid::new_v4());
    let said = house.enter(&challenge, &code).await;
    let said = said.refused(401, "identity.wrong_code");
    // It counts as a try, and is not told apart from a wrong code.
    assert_eq!(said["data"]["tries_left"], 4);
    house.device = mine;
    house.enter(&challenge, &code).await.ok();

    let body = json!({ "phone": PHONE });
    let said = house.http.post("/v1/auth/codes", &body).await;
    assert_eq!(said.status, 422);
}

#[tokio::test]
async fn a_device_asks_so_often_for_whatever_phone() {
    let house = House::with(with(SignInLimits {
        codes_per_device_and_day: 3,
        ..SignInLimits::default()
    }))
    .await;
    for n in 0..3 {
        ask(&house, n, &phone(n), house.device).await.ok();
        house.t.clock.advance(hours(1));
    }
    let said = ask(&house, 3, &phone(3), house.device).await;
    let said = said.refused(429, "identity.too_many_codes");
    assert_eq!(said["data"]["retry_after_s"], 21 * 3600);
    ask(&house, 3, &phone(3), Uuid::new_v4()).await.ok();
    // The window slides: one is free again when the first is a day old.
    house.t.clock.advance(hours(21));
    ask(&house, 4, &phone(4), house.device).await.ok();
    let said = ask(&house, 5, &phone(5), house.device).await;
    let said = said.refused(429, "identity.too_many_codes");
    assert_eq!(said["data"]["retry_after_s"], 3600);
}

#[tokio::test]
async fn everybody_together_gets_so_many_a_minute() {
    let house = House::with(with(SignInLimits {
        codes_per_minute: 5,
        ..SignInLimits::default()
    }))
    .await;
    for n in 0..5 {
        ask(&house, n, &phone(n), Uuid::new_v4()).await.ok();
    }
    house.t.clock.advance(seconds(20));
    let said = ask(&house, 5, &phone(5), Uuid::new_v4()).await;
    assert_eq!(said.headers["retry-after"], "40");
    said.refused(503, "identity.codes_paused");
    house.t.clock.advance(seconds(40));
    ask(&house, 5, &phone(5), Uuid::new_v4()).await.ok();
}

#[tokio::test]
async fn codes_go_to_the_ranges_that_are_served() {
    let house = House::open().await;
    // Nobody has numbers of this range yet.
    let said = house.ask("0521234567").await;
    let said = said.refused(422, "identity.phone_not_served");
    assert_eq!(said["errors"][0]["field"], "phone");
    assert_eq!(house.count("select count(*) from identity.codes").await, 0);
    let limits = SignInLimits::default();
    for served in ["0501234567", "0541234567", "0561234567", "0591234567"] {
        assert!(limits.serves(&Phone::parse(served).unwrap()), "{served}");
    }
}

#[tokio::test]
async fn codes_cost_no_more_than_the_ceiling_and_the_alarm_comes_before() {
    let house = House::with(with(SignInLimits {
        code_halalas: 10,
        code_halalas_per_hour: 100,
        code_halalas_per_day: 150,
        ..SignInLimits::default()
    }))
    .await;
    let probes = [house.identity.probe()];
    let note = async || platform::health::check(&probes).await.parts[0].note;
    for n in 0..8 {
        assert_eq!(note().await, None, "{n}");
        ask(&house, n, &phone(n), Uuid::new_v4()).await.ok();
    }
    assert_eq!(
        note().await,
        Some("codes have cost four fifths of a ceiling")
    );
    for n in 8..10 {
        ask(&house, n, &phone(n), Uuid::new_v4()).await.ok();
    }
    let full = Some("codes have cost a whole ceiling: none is sent");
    assert_eq!(note().await, full);
    house.t.clock.advance(minutes(15));
    let said = ask(&house, 10, &phone(10), Uuid::new_v4()).await;
    let said = said.refused(503, "identity.codes_paused");
    assert_eq!(said["data"]["retry_after_s"], 45 * 60);

    // The next hour has its own, the day goes on.
    house.t.clock.advance(minutes(45));
    for n in 11..16 {
        ask(&house, n, &phone(n), Uuid::new_v4()).await.ok();
    }
    assert_eq!(note().await, full);
    let said = ask(&house, 16, &phone(16), Uuid::new_v4()).await;
    said.refused(503, "identity.codes_paused");
    house.t.clock.advance(hours(23));
    ask(&house, 17, &phone(17), Uuid::new_v4()).await.ok();
}

#[tokio::test]
async fn a_redis_that_was_emptied_sends_no_more_than_the_caps() {
    let house = House::with(with(SignInLimits {
        first_wait_s: 1,
        codes_per_phone_and_day: 2,
        codes_per_device_and_day: 3,
        codes_per_address_and_hour: 4,
        ..SignInLimits::default()
    }))
    .await;
    let device = Uuid::new_v4();
    for n in [0, 0] {
        ask(&house, 1, &phone(n), device).await.ok();
        house.t.clock.advance(minutes(1));
        house.forget_counts().await;
    }
    let said = ask(&house, 1, &phone(0), device).await;
    let said = said.refused(429, "identity.too_many_codes");
    assert_eq!(said["data"]["retry_after_s"], 24 * 3600 - 120);
    house.forget_counts().await;
    ask(&house, 1, &phone(1), device).await.ok();
    house.forget_counts().await;
    let said = ask(&house, 1, &phone(2), device).await;
    said.refused(429, "identity.too_many_codes");
    house.forget_counts().await;
    ask(&house, 1, &phone(2), Uuid::new_v4()).await.ok();
    house.forget_counts().await;
    let said = ask(&house, 1, &phone(3), Uuid::new_v4()).await;
    let said = said.refused(429, "identity.too_many_codes");
    assert_eq!(said["data"]["retry_after_s"], 3600 - 120);
}

#[tokio::test]
async fn trying_codes_is_held_up_by_device_and_by_address() {
    let mut house = House::with(with(SignInLimits {
        code_tries_per_device_and_hour: 3,
        code_tries_per_address_and_hour: 5,
        ..SignInLimits::default()
    }))
    .await;
    let (challenge, code) = house.code_for(PHONE).await;
    for _ in 0..3 {
        let said = house.enter(&challenge, &wrong(&code)).await;
        said.refused(401, "identity.wrong_code");
    }
    let said = house.enter(&challenge, &code).await;
    let said = said.refused(429, "identity.too_many_tries");
    assert_eq!(said["data"]["retry_after_s"], 3600);
    // With another id the address is still the same.
    for _ in 0..2 {
        house.device = Uuid::new_v4();
        let said = house.enter(&challenge, &code).await;
        said.refused(401, "identity.wrong_code");
    }
    house.device = Uuid::new_v4();
    let said = house.enter(&challenge, &code).await;
    said.refused(429, "identity.too_many_tries");
}

#[tokio::test]
async fn the_answer_and_its_time_do_not_tell_whether_a_phone_is_known() {
    let house = House::open().await;
    house.sign_in(PHONE).await;
    house.t.clock.advance(hours(24));
    let known = house.ask(PHONE).await;
    let unknown = house.ask("0507654321").await;
    assert_eq!(known.status, unknown.status);
    let but_challenge = |answer: TestAnswer| {
        let mut json = answer.ok();
        assert!(json["challenge"].take().is_string());
        json
    };
    assert_eq!(but_challenge(known), but_challenge(unknown));

    // Turn by turn, so that whatever else the machine does meets both.
    let mut took = [vec![], vec![]];
    for n in 0..40 {
        house.t.clock.advance(hours(24));
        for (i, phone) in [PHONE.to_owned(), phone(n)].iter().enumerate() {
            let began = std::time::Instant::now();
            house.ask(phone).await.ok();
            took[i].push(began.elapsed().as_secs_f64());
        }
    }
    let [known, unknown] = took.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    let ratio = known / unknown;
    assert!(
        (0.5..2.0).contains(&ratio),
        "known {known} s, unknown {unknown} s"
    );
}

#[tokio::test]
async fn without_redis_no_code_is_sent_and_no_password_tried() {
    let mut house = House::open().await;
    let gone = house.put_a_gate_before_redis(cheap()).await;
    house.ask(PHONE).await.ok();
    let probes = [house.identity.probe()];
    assert!(!platform::health::check(&probes).await.degraded);

    gone.abort();
    let _ = gone.await;
    let health = platform::health::check(&probes).await;
    assert!(health.ready && health.degraded);
    assert!(
        health.parts[0]
            .note
            .unwrap()
            .starts_with("Redis does not answer")
    );
    house
        .ask("0507654321")
        .await
        .refused(503, "http.unavailable");
    let challenge = json!("7d444840-9dc0-11d1-b245-5ffdce74fad2");
    let said = house.enter(&challenge, "000000").await;
    said.refused(503, "http.unavailable");
    let staff = json!({ "email": "a@b.sa", "password": "guess", "code": "000000" });
    let said = house.http.post("/v1/auth/staff/sessions", &staff).await;
    said.refused(503, "http.unavailable");
    assert_eq!(house.count("select count(*) from identity.codes").await, 1);
}
