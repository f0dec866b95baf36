//! The second factor: proved again, changed, and lost.

use crate::staff::{EMAIL, PASSWORD, noura, try_in};
use crate::{House, actor_of};
use contract_identity::Identity as _;
use identity::totp_now;
use kernel::access::Actor;
use kernel::{minutes, seconds};
use platform::testing::{TestAnswer, TestHttp};
use serde_json::{Value, json};

/// Enrolled and signed in: the secret of the app, the answer, and a client with that very token.
pub async fn noura_at_work(house: &House) -> (String, Value, TestHttp) {
    let staff = noura();
    house.identity.enrol_staff(staff.clone()).await.unwrap();
    let code = totp_now(&staff.totp_secret, house.t.now()).unwrap();
    let session = try_in(house, EMAIL, PASSWORD, &code).await.ok();
    let me = house.http.as_actor(&actor_of(house, &session));
    (staff.totp_secret, session, me)
}

async fn step_up(http: &TestHttp, code: &str) -> TestAnswer {
    http.post("/v1/auth/step-up", &json!({ "code": code }))
        .await
}

fn actor_in(house: &House, answer: &Value) -> Actor {
    actor_of(house, answer)
}

async fn recovery_codes(http: &TestHttp) -> TestAnswer {
    http.post("/v1/me/recovery-codes", &Value::Null).await
}

#[tokio::test]
async fn a_sign_in_is_fresh_for_five_minutes_and_a_step_up_for_five_more() {
    let house = House::open().await;
    let (secret, session, me) = noura_at_work(&house).await;
    assert_eq!(
        actor_in(&house, &session).second_factor_at,
        Some(house.t.now())
    );
    house.t.clock.advance(minutes(5));
    recovery_codes(&me).await.ok();
    house.t.clock.advance(seconds(1));
    let said = recovery_codes(&me).await;
    said.refused(403, "http.second_factor");
    // Refreshing makes a new token, not a fresh factor.
    let refreshed = house.refresh(&session["refresh_token"]).await.ok();
    let me = house.http.as_actor(&actor_in(&house, &refreshed));
    recovery_codes(&me).await.refused(403, "http.second_factor");

    let code = totp_now(&secret, house.t.now()).unwrap();
    let stepped = step_up(&me, &code).await.ok();
    assert_eq!(stepped["token_type"], "Bearer");
    assert_eq!(stepped["fresh_until"], "2026-12-06T06:10:01Z");
    assert_eq!(stepped["expires_at"], "2026-12-06T06:15:01Z");
    let fresh = house.http.as_actor(&actor_in(&house, &stepped));
    recovery_codes(&fresh).await.ok();
    // The session remembers, the older token does not.
    recovery_codes(&me).await.refused(403, "http.second_factor");
    let refreshed = house.refresh(&refreshed["refresh_token"]).await.ok();
    let again = house.http.as_actor(&actor_in(&house, &refreshed));
    recovery_codes(&again).await.ok();
    house.t.clock.advance(minutes(5) + seconds(1));
    recovery_codes(&again)
        .await
        .refused(403, "http.second_factor");
}

#[tokio::test]
async fn a_step_up_wants_a_code_that_was_not_used_and_an_open_session() {
    let house = House::open().await;
    let (secret, _, me) = noura_at_work(&house).await;
    let used = totp_now(&secret, house.t.now()).unwrap();
    let said = step_up(&me, &used).await;
    let said = said.refused(422, "identity.wrong_second_factor");
    assert_eq!(said["errors"][0]["field"], "code");
    house.t.clock.advance(seconds(30));
    let code = totp_now(&secret, house.t.now()).unwrap();
    let all = futures::future::join_all((0..5).map(|_| step_up(&me, &code))).await;
    assert_eq!(all.iter().filter(|answer| answer.status == 200).count(), 1);

    // Ten tries in a quarter of an hour: six are gone.
    for _ in 0..4 {
        step_up(&me, "000000")
            .await
            .refused(422, "identity.wrong_second_factor");
    }
    house.t.clock.advance(seconds(30));
    let code = totp_now(&secret, house.t.now()).unwrap();
    step_up(&me, &code)
        .await
        .refused(429, "identity.too_many_tries");
    house.t.clock.advance(minutes(15));
    me.delete("/v1/auth/sessions/current").await.ok();
    let code = totp_now(&secret, house.t.now()).unwrap();
    step_up(&me, &code).await.refused(401, "http.session_ended");

    let customer = house.sign_in(crate::PHONE).await;
    let customer = house.http.as_actor(&actor_in(&house, &customer));
    step_up(&customer, "000000")
        .await
        .refused(409, "identity.no_second_factor");
    // Their sign-in is fresh, and there is nothing for it to open.
    recovery_codes(&customer)
        .await
        .refused(409, "identity.no_second_factor");
}

#[tokio::test]
async fn a_recovery_code_stands_in_for_the_app_once() {
    let house = House::open().await;
    let (_, _, me) = noura_at_work(&house).await;
    let path = "/v1/me/second-factor";
    let before = me.get(path).await.ok();
    assert_eq!(
        before,
        json!({ "has_app": true, "app_offered": false, "passkeys": 0, "recovery_codes_left": 0 })
    );
    let old = recovery_codes(&me).await.ok()["codes"].clone();
    let codes = recovery_codes(&me).await.ok()["codes"].clone();
    let codes: Vec<&str> = codes
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap())
        .collect();
    let different: std::collections::BTreeSet<_> = codes.iter().collect();
    assert_eq!(different.len(), 10);
    let stored: Vec<Vec<u8>> = sqlx::query_scalar("select hash from identity.recovery_codes")
        .fetch_all(&house.t.platform.db)
        .await
        .unwrap();
    assert_eq!(stored.len(), 10);
    assert!(stored.iter().all(|hash| hash.len() == 32));

    // Typed as people type: without dashes, in either case.
    let typed = codes[0].replace('-', " ").to_lowercase();
    try_in(&house, EMAIL, PASSWORD, &typed).await.ok();
    try_in(&house, EMAIL, PASSWORD, codes[0])
        .await
        .refused(401, "identity.wrong_credentials");
    try_in(&house, EMAIL, "a wrong password", codes[1])
        .await
        .refused(401, "identity.wrong_credentials");
    try_in(&house, EMAIL, PASSWORD, old[0].as_str().unwrap())
        .await
        .refused(401, "identity.wrong_credentials");
    try_in(&house, "nobody@khidma.sa", PASSWORD, codes[1])
        .await
        .refused(401, "identity.wrong_credentials");
    step_up(&me, codes[1]).await.ok();
    let all = futures::future::join_all((0..4).map(|_| step_up(&me, codes[2]))).await;
    assert_eq!(all.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(me.get(path).await.ok()["recovery_codes_left"], 7);
}

#[tokio::test]
async fn a_new_app_counts_once_it_is_confirmed_and_the_old_one_no_more() {
    let house = House::open().await;
    let (old, _, me) = noura_at_work(&house).await;
    let path = "/v1/me/second-factor";
    let confirm = "/v1/me/second-factor/confirm";
    let code_of = |secret: &str| json!({ "code": totp_now(secret, house.t.now()).unwrap() });
    me.post(confirm, &code_of(&old))
        .await
        .refused(409, "identity.nothing_to_confirm");
    let offer = me.post(path, &Value::Null).await;
    assert_eq!(offer.status, 201);
    let offer = offer.ok();
    let new = offer["secret"].as_str().unwrap();
    let uri = offer["uri"].as_str().unwrap();
    assert!(
        uri.starts_with("otpauth://totp/Khidma:noura@khidma.sa?secret=") && uri.contains(new),
        "{uri}"
    );
    assert_eq!(me.get(path).await.ok()["app_offered"], true);
    // Until then the old one counts.
    house.t.clock.advance(seconds(30));
    let code = totp_now(&old, house.t.now()).unwrap();
    try_in(&house, EMAIL, PASSWORD, &code).await.ok();
    me.post(confirm, &json!({ "code": code }))
        .await
        .refused(422, "identity.wrong_second_factor");
    let confirmed = me.post(confirm, &code_of(new)).await.ok();
    assert_eq!(confirmed["codes"].as_array().unwrap().len(), 10);
    assert_eq!(
        me.get(path).await.ok(),
        json!({ "has_app": true, "app_offered": false, "passkeys": 0, "recovery_codes_left": 10 })
    );

    house.t.clock.advance(seconds(60));
    let code = totp_now(&old, house.t.now()).unwrap();
    try_in(&house, EMAIL, PASSWORD, &code)
        .await
        .refused(401, "identity.wrong_credentials");
    let code = totp_now(new, house.t.now()).unwrap();
    try_in(&house, EMAIL, PASSWORD, &code).await.ok();
}

#[tokio::test]
async fn an_offer_that_is_not_confirmed_in_a_quarter_of_an_hour_is_forgotten() {
    let house = House::open().await;
    let (_, _, me) = noura_at_work(&house).await;
    let offer = me.post("/v1/me/second-factor", &Value::Null).await.ok();
    house.t.clock.advance(minutes(15));
    let code = totp_now(offer["secret"].as_str().unwrap(), house.t.now()).unwrap();
    me.post("/v1/me/second-factor/confirm", &json!({ "code": code }))
        .await
        .refused(409, "identity.nothing_to_confirm");
}
