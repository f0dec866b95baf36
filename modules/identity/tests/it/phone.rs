use crate::{House, PHONE, actor_of, cheap, wrong};
use identity::{IdentitySettings, SignInLimits};
use kernel::access::Role;
use kernel::{hours, minutes, seconds};
use serde_json::json;

#[tokio::test]
async fn a_new_phone_becomes_a_customer_and_a_known_one_stays_who_it_is() {
    let house = House::open().await;
    let sent = house.ask("٠٥٠ ١٢٣ ٤٥٦٧").await;
    assert_eq!(sent.status, 202);
    let sent = sent.ok();
    assert_eq!(sent["resend_after_s"], 30);
    assert_eq!(sent["expires_at"], "2026-12-06T06:05:00Z");

    house.t.run_pending_jobs().await;
    let notice = house.told.notices.lock().unwrap()[0].clone();
    assert_eq!(notice.template.as_str(), "otp_code");
    let code = &notice.params["code"];
    assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()));

    let signed_in = house.enter(&sent["challenge"], code).await.ok();
    assert_eq!(signed_in["token_type"], "Bearer");
    assert_eq!(signed_in["expires_at"], "2026-12-06T06:10:00Z");
    assert_eq!(signed_in["user"]["roles"], json!(["customer"]));
    assert_eq!(signed_in["user"]["name"], "");
    let actor = actor_of(&house, &signed_in);
    assert_eq!(actor.roles, [Role::Customer]);

    house.t.run_pending_jobs().await;
    let contact = house.told.contacts.lock().unwrap()[0].clone();
    assert_eq!(
        (contact.user, contact.phone.unwrap().e164()),
        (actor.user, "+966501234567")
    );

    // A code is used once.
    house
        .enter(&sent["challenge"], code)
        .await
        .refused(401, "identity.wrong_code");

    // The sign-in took the wait away; the person is the same.
    let again = house.sign_in("+966501234567").await;
    assert_eq!(again["user"]["id"], signed_in["user"]["id"]);
    assert_ne!(actor_of(&house, &again).session, actor.session);
    assert_eq!(house.count("select count(*) from identity.users").await, 1);
}

#[tokio::test]
async fn the_code_is_stored_nowhere_as_it_is() {
    let house = House::open().await;
    let sent = house.ask(PHONE).await.ok();
    let rows: Vec<String> = sqlx::query_scalar(
        "select to_jsonb(j)::text from platform.jobs j union all select to_jsonb(c)::text from identity.codes c",
    )
    .fetch_all(&house.t.platform.db)
    .await
    .unwrap();
    assert_eq!(rows.len(), 2);
    house.t.run_pending_jobs().await;
    let code = house.told.notices.lock().unwrap()[0].params["code"].clone();
    for row in rows {
        assert!(
            !row.contains(&format!("\"{code}\"")) && !row.contains(&format!(": {code}}}")),
            "{row}"
        );
    }
    house.enter(&sent["challenge"], &code).await.ok();
}

#[tokio::test]
async fn five_wrong_codes_and_the_right_one_is_dead() {
    let house = House::open().await;
    let (challenge, code) = house.code_for(PHONE).await;
    for tries_left in (0..5).rev() {
        let said = house.enter(&challenge, &wrong(&code)).await;
        let said = said.refused(401, "identity.wrong_code");
        assert_eq!(said["data"]["tries_left"], tries_left);
        assert_eq!(said["errors"][0]["field"], "code");
    }
    let said = house
        .enter(&challenge, &code)
        .await
        .refused(401, "identity.wrong_code");
    assert_eq!(said["data"]["tries_left"], 0);
    assert_eq!(house.count("select count(*) from identity.users").await, 0);
}

#[tokio::test]
async fn a_code_of_another_challenge_or_of_none_is_just_wrong() {
    let house = House::open().await;
    let (first, _) = house.code_for(PHONE).await;
    let (_, code) = house.code_for("0507654321").await;
    // One in a million that both codes are the same.
    house
        .enter(&first, &code)
        .await
        .refused(401, "identity.wrong_code");
    let nothing = json!("7d444840-9dc0-11d1-b245-5ffdce74fad2");
    house
        .enter(&nothing, &code)
        .await
        .refused(401, "identity.wrong_code");
}

#[tokio::test]
async fn a_code_lives_five_minutes() {
    let house = House::open().await;
    let (challenge, code) = house.code_for(PHONE).await;
    house.t.clock.advance(minutes(5) - seconds(1));
    house
        .enter(&challenge, &wrong(&code))
        .await
        .refused(401, "identity.wrong_code");
    house.t.clock.advance(seconds(1));
    house
        .enter(&challenge, &code)
        .await
        .refused(401, "identity.code_expired");
}

#[tokio::test]
async fn a_code_that_waited_too_long_is_not_sent() {
    let house = House::open().await;
    house.ask(PHONE).await.ok();
    house.t.clock.advance(minutes(5));
    house.t.run_pending_jobs().await;
    assert!(house.told.notices.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_newer_code_ends_the_one_before() {
    let house = House::open().await;
    let (first, code) = house.code_for(PHONE).await;
    house.t.clock.advance(seconds(30));
    let (second, newer) = house.code_for(PHONE).await;
    house
        .enter(&first, &code)
        .await
        .refused(401, "identity.wrong_code");
    house.enter(&second, &newer).await.ok();
}

#[tokio::test]
async fn each_further_code_waits_twice_as_long_up_to_ten_a_day() {
    let house = House::open().await;
    for sent_before in 0..10 {
        // After the tenth, 30 s · (2⁹ − 1) have passed and the rest of the day is the wait.
        let wait_s = match sent_before {
            9 => 86_400 - 30 * 511,
            n => 30 << n,
        };
        let sent = house.ask(PHONE).await.ok();
        assert_eq!(sent["resend_after_s"], wait_s);
        house.t.clock.advance(seconds(wait_s - 1));
        let said = house.ask(PHONE).await;
        assert_eq!(said.headers["retry-after"], "1");
        let said = said.refused(429, "identity.too_many_codes");
        assert_eq!(said["data"]["retry_after_s"], 1);
        if sent_before < 9 {
            house.t.clock.advance(seconds(1));
        }
    }
    // Other people are not held up.
    house.ask("0507654321").await.ok();
    house.t.clock.advance(seconds(1));
    assert_eq!(house.ask(PHONE).await.ok()["resend_after_s"], 30);
}

#[tokio::test]
async fn one_address_asks_so_often_and_no_more() {
    let house = House::with(IdentitySettings {
        limits: SignInLimits {
            codes_per_address_and_hour: 3,
            ..SignInLimits::default()
        },
        ..cheap()
    })
    .await;
    for phone in ["0501111111", "0501111112", "0501111113"] {
        house.ask(phone).await.ok();
    }
    house.t.clock.advance(minutes(10));
    let said = house
        .ask("0501111114")
        .await
        .refused(429, "identity.too_many_codes");
    assert_eq!(said["data"]["retry_after_s"], 50 * 60);
    house.t.clock.advance(minutes(50));
    house.ask("0501111114").await.ok();
}

#[tokio::test]
async fn twenty_requests_at_once_send_one_code() {
    let house = House::open().await;
    let all = at_once(20, |_| house.ask(PHONE)).await;
    let sent = all.iter().filter(|answer| answer.status == 202).count();
    assert_eq!(sent, 1);
    assert!(all.iter().all(|a| a.status == 202 || a.status == 429));
    house.t.run_pending_jobs().await;
    assert_eq!(house.told.notices.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_code_used_by_twenty_at_once_opens_one_session() {
    let house = House::open().await;
    let (challenge, code) = house.code_for(PHONE).await;
    let all = at_once(20, |_| house.enter(&challenge, &code)).await;
    let opened = all.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(opened, 1);
    for refused in all.into_iter().filter(|answer| answer.status != 200) {
        refused.refused(401, "identity.wrong_code");
    }
    assert_eq!(
        house.count("select count(*) from identity.sessions").await,
        1
    );
}

#[tokio::test]
async fn wrong_codes_at_once_are_all_counted() {
    let house = House::open().await;
    let (challenge, code) = house.code_for(PHONE).await;
    at_once(5, |_| house.enter(&challenge, "x")).await;
    house
        .enter(&challenge, &code)
        .await
        .refused(401, "identity.wrong_code");
}

#[tokio::test]
async fn a_phone_that_is_none_is_refused_with_its_field() {
    let house = House::open().await;
    let said = house
        .ask("0112345678")
        .await
        .refused(422, "identity.bad_phone");
    assert_eq!(said["errors"][0]["field"], "phone");
    let said = house
        .http
        .lang("ar")
        .post(
            "/v1/auth/codes",
            &json!({ "phone": "1", "device": house.device }),
        )
        .await;
    assert!(
        said.json["detail"]
            .as_str()
            .unwrap()
            .starts_with("اكتب رقم جوال")
    );
}

#[tokio::test]
async fn redis_holds_neither_phone_nor_address_and_every_key_ends() {
    let house = House::open().await;
    house.ask(PHONE).await.ok();
    let mut conn = house.t.platform.redis.conn();
    let keys: Vec<String> = redis::cmd("KEYS")
        .arg(house.t.platform.redis.key("identity:*"))
        .query_async(&mut conn)
        .await
        .unwrap();
    // Phone, device, address, all, and the wait.
    assert_eq!(keys.len(), 5, "{keys:?}");
    for key in keys {
        assert!(!key.contains("501234567"), "{key}");
        assert!(!key.contains(&house.device.to_string()), "{key}");
        // One slot of a cluster.
        assert!(key.contains("identity:{codes}:"), "{key}");
        let life_ms: i64 = redis::cmd("PTTL")
            .arg(&key)
            .query_async(&mut conn)
            .await
            .unwrap();
        assert!(
            life_ms > 0 && life_ms <= hours(24).as_millis() as i64,
            "{key} {life_ms}"
        );
    }
}

/// Runs `n` of them at once.
pub async fn at_once<T, F: Future<Output = T>>(n: usize, make: impl Fn(usize) -> F) -> Vec<T> {
    futures::future::join_all((0..n).map(make)).await
}
