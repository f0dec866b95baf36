//! Passkeys: answered with in place of a code, guessed at, copied, and gone with a reset.

use crate::authenticator::{Authenticator, b64};
use crate::second_factor::noura_at_work;
use crate::staff::{EMAIL, PASSWORD, noura, try_in};
use crate::{House, actor_of, cheap};
use contract_identity::{EnrolStaff, Identity as _};
use contract_notify::Recipient;
use identity::totp_now;
use kernel::access::Role;
use kernel::{minutes, seconds};
use platform::testing::{TestAnswer, TestHttp, actor};
use serde_json::{Value, json};
use webauthn_rs::prelude::Uuid;

pub const KEYS: &str = "/v1/me/passkeys";

pub async fn new_key_options(http: &TestHttp) -> Value {
    let answer = http.post("/v1/me/passkeys/options", &Value::Null).await;
    assert_eq!(answer.status, 201);
    answer.ok()
}

/// The browser's part of adding a key: asks, has it made, sends it.
pub async fn add(http: &TestHttp, key: &mut Authenticator) -> TestAnswer {
    let asked = new_key_options(http).await;
    let credential = key.create(&asked["options"]);
    send_new(http, &asked, &credential).await
}

pub async fn send_new(http: &TestHttp, asked: &Value, credential: &Value) -> TestAnswer {
    let body = json!({
        "challenge": asked["challenge"], "name": " مفتاح نورة ", "credential": credential
    });
    http.post(KEYS, &body).await
}

pub async fn sign_in_options(house: &House) -> Value {
    let path = "/v1/auth/staff/passkey/options";
    let answer = house.http.post(path, &Value::Null).await;
    assert_eq!(answer.status, 201);
    answer.ok()
}

pub async fn enter(house: &House, email: &str, password: &str, proof: &Value) -> TestAnswer {
    let body = json!({ "email": email, "password": password, "passkey": proof });
    house.http.post("/v1/auth/staff/sessions", &body).await
}

/// A challenge of now, answered.
pub async fn answered(house: &House, key: &mut Authenticator) -> Value {
    let asked = sign_in_options(house).await;
    json!({ "challenge": asked["challenge"], "credential": key.get(&asked["options"]) })
}

pub async fn sign_in(house: &House, key: &mut Authenticator) -> TestAnswer {
    let proof = answered(house, key).await;
    enter(house, EMAIL, PASSWORD, &proof).await
}

/// Noura at work, with a key of hers that is added.
pub async fn noura_with_a_key(house: &House) -> (String, TestHttp, Authenticator, Value) {
    let (secret, _, me) = noura_at_work(house).await;
    let mut key = Authenticator::new();
    let answer = add(&me, &mut key).await;
    assert_eq!(answer.status, 201);
    (secret, me, key, answer.ok())
}

pub fn refused_as_any(answer: TestAnswer) -> Value {
    let said = answer.refused(401, "identity.wrong_credentials");
    json!([said["detail"], said["data"], said["errors"]])
}

#[tokio::test]
async fn a_passkey_is_made_by_its_owner_and_answers_in_place_of_a_code() {
    let house = House::open().await;
    let (secret, _, me) = noura_at_work(&house).await;
    let asked = new_key_options(&me).await;
    let options = &asked["options"];
    assert_eq!(
        options["rp"],
        json!({ "name": "Khidma", "id": "localhost" })
    );
    assert_eq!(options["user"]["name"], EMAIL);
    assert_eq!(options["attestation"], "none");
    let wanted = &options["authenticatorSelection"];
    assert_eq!(wanted["userVerification"], "required");
    assert_eq!(wanted["residentKey"], "required");
    let until = house.t.now() + minutes(5);
    assert_eq!(asked["expires_at"], until.to_string());

    let mut key = Authenticator::new();
    let added = send_new(&me, &asked, &key.create(options)).await;
    assert_eq!(added.status, 201);
    let added = added.ok();
    assert_eq!(added["name"], "مفتاح نورة");
    assert_eq!(added["blocked"], false);
    // A browser doesn't offer to make it again.
    let again = new_key_options(&me).await;
    assert_eq!(
        again["options"]["excludeCredentials"][0]["id"],
        b64(&key.id)
    );

    house.t.clock.advance(seconds(30));
    let signed_in = sign_in(&house, &mut key).await.ok();
    let actor = actor_of(&house, &signed_in);
    assert_eq!(actor.second_factor_at, Some(house.t.now()));
    let by_key = "select count(*) from identity.sessions where proof = 'password_passkey'";
    assert_eq!(house.count(by_key).await, 1);
    let keys = me.get(KEYS).await.ok();
    let used = Some(house.t.now().to_string());
    assert_eq!(keys["items"][0]["id"], added["id"]);
    assert_eq!(keys["items"][0]["last_used_at"].as_str(), used.as_deref());
    let factors = me.get("/v1/me/second-factor").await.ok();
    assert_eq!(factors["passkeys"], 1);
    // The app goes on counting.
    let code = totp_now(&secret, house.t.now()).unwrap();
    try_in(&house, EMAIL, PASSWORD, &code).await.ok();
    let written = "select count(*) from platform.audit where action = 'identity.add_passkey'";
    assert_eq!(house.count(written).await, 1);
}

#[tokio::test]
async fn a_challenge_is_answered_once_in_time_and_for_what_it_was_given() {
    let house = House::open().await;
    let (_, me, mut key, _) = noura_with_a_key(&house).await;
    let proof = answered(&house, &mut key).await;
    let all =
        futures::future::join_all((0..5).map(|_| enter(&house, EMAIL, PASSWORD, &proof))).await;
    assert_eq!(all.iter().filter(|answer| answer.status == 200).count(), 1);
    refused_as_any(enter(&house, EMAIL, PASSWORD, &proof).await);

    // Signed for another challenge than the one it comes with.
    let (first, second) = (sign_in_options(&house).await, sign_in_options(&house).await);
    assert_ne!(
        first["options"]["challenge"],
        second["options"]["challenge"]
    );
    let credential = key.get(&first["options"]);
    let mixed = json!({ "challenge": second["challenge"], "credential": credential });
    refused_as_any(enter(&house, EMAIL, PASSWORD, &mixed).await);
    let never = json!({ "challenge": Uuid::new_v4(), "credential": credential });
    refused_as_any(enter(&house, EMAIL, PASSWORD, &never).await);

    // Too late.
    let proof = answered(&house, &mut key).await;
    house.t.clock.advance(minutes(5));
    refused_as_any(enter(&house, EMAIL, PASSWORD, &proof).await);
    // Ten tries in a quarter of an hour.
    house.t.clock.advance(minutes(10));

    // A challenge for a step-up opens no session, nor the other way round.
    let asked = me.post("/v1/auth/step-up/options", &Value::Null).await.ok();
    let proof =
        json!({ "challenge": asked["challenge"], "credential": key.get(&asked["options"]) });
    refused_as_any(enter(&house, EMAIL, PASSWORD, &proof).await);
    let proof = answered(&house, &mut key).await;
    me.post("/v1/auth/step-up", &json!({ "passkey": proof }))
        .await
        .refused(422, "identity.bad_passkey");
    sign_in(&house, &mut key).await.ok();
}

#[tokio::test]
async fn what_was_wrong_with_an_answer_is_not_told() {
    let house = House::open().await;
    let (secret, _, mut key, _) = noura_with_a_key(&house).await;
    let fahd = EnrolStaff {
        email: "fahd@khidma.sa".into(),
        ..noura()
    };
    let fahd_code = totp_now(&fahd.totp_secret, house.t.now()).unwrap();
    house.identity.enrol_staff(fahd).await.unwrap();
    let session = try_in(&house, "fahd@khidma.sa", PASSWORD, &fahd_code).await;
    let his = house.http.as_actor(&actor_of(&house, &session.ok()));
    let mut his_key = Authenticator::new();
    add(&his, &mut his_key).await.ok();

    let mut said = std::collections::BTreeSet::new();
    let mut wrong = async |email: &str, password: &str, proof: Value| {
        let answer = enter(&house, email, password, &proof).await;
        said.insert(refused_as_any(answer).to_string());
    };
    let proof = answered(&house, &mut key).await;
    wrong(EMAIL, "a wrong password", proof).await;
    let proof = answered(&house, &mut key).await;
    wrong("nobody@khidma.sa", PASSWORD, proof).await;
    let proof = answered(&house, &mut his_key).await;
    wrong(EMAIL, PASSWORD, proof).await;
    let proof = answered(&house, &mut Authenticator::new()).await;
    wrong(EMAIL, PASSWORD, proof).await;
    // Her key's name, signed by somebody else.
    let proof = answered(&house, &mut Authenticator::new().named(&key)).await;
    wrong(EMAIL, PASSWORD, proof).await;
    wrong(
        EMAIL,
        PASSWORD,
        json!({ "challenge": Uuid::nil(), "credential": 7 }),
    )
    .await;

    // Ten tries in a quarter of an hour.
    house.t.clock.advance(minutes(15));
    // A page that looks like ours, a name above ours, a key that asks nobody, another's handle.
    key.origin = "http://localhost.example.sa".to_owned();
    let proof = answered(&house, &mut key).await;
    wrong(EMAIL, PASSWORD, proof).await;
    key.origin = "https://localhost".to_owned();
    let proof = answered(&house, &mut key).await;
    wrong(EMAIL, PASSWORD, proof).await;
    key.origin = "http://localhost".to_owned();
    key.rp_id = "example.sa".to_owned();
    let proof = answered(&house, &mut key).await;
    wrong(EMAIL, PASSWORD, proof).await;
    key.rp_id = "localhost".to_owned();
    key.verifies = false;
    let proof = answered(&house, &mut key).await;
    wrong(EMAIL, PASSWORD, proof).await;
    key.verifies = true;
    let hers = std::mem::replace(&mut key.holder, his_key.holder.clone());
    let proof = answered(&house, &mut key).await;
    wrong(EMAIL, PASSWORD, proof).await;
    key.holder = hers;
    assert_eq!(said.len(), 1, "{said:?}");

    house.t.clock.advance(minutes(15));
    // Neither of the two, and both of them.
    let body = json!({ "email": EMAIL, "password": PASSWORD });
    refused_as_any(house.http.post("/v1/auth/staff/sessions", &body).await);
    let proof = answered(&house, &mut key).await;
    let code = totp_now(&secret, house.t.now()).unwrap();
    let body = json!({ "email": EMAIL, "password": PASSWORD, "code": code, "passkey": proof });
    refused_as_any(house.http.post("/v1/auth/staff/sessions", &body).await);
    sign_in(&house, &mut key).await.ok();
}

#[tokio::test]
async fn guessing_with_answers_is_held_up_as_guessing_with_codes() {
    let house = House::open().await;
    let (_, _, mut key, _) = noura_with_a_key(&house).await;
    let proof = answered(&house, &mut key).await;
    // One try of ten opened the session she works in.
    for _ in 0..9 {
        refused_as_any(enter(&house, EMAIL, "guess", &proof).await);
    }
    enter(&house, EMAIL, PASSWORD, &proof)
        .await
        .refused(429, "identity.too_many_tries");
}

/// The challenge is the same for everybody: nobody is named when it is asked for, and it names no
/// key. So there is nothing that a known account could have and an unknown one not.
#[tokio::test]
async fn a_challenge_for_signing_in_tells_of_no_account() {
    let house = House::open().await;
    let shape = async || {
        let mut asked = sign_in_options(&house).await;
        for part in ["/challenge", "/options/challenge"] {
            *asked.pointer_mut(part).unwrap() = json!("…");
        }
        asked
    };
    let before = shape().await;
    assert_eq!(before["options"]["allowCredentials"], json!([]));
    assert_eq!(before["options"]["userVerification"], "required");
    assert_eq!(before["options"]["rpId"], "localhost");
    noura_with_a_key(&house).await;
    assert_eq!(shape().await, before);
    // Nor does asking without end fill Redis.
    for _ in 0..60 {
        house
            .http
            .post("/v1/auth/staff/passkey/options", &Value::Null)
            .await;
    }
    house
        .http
        .post("/v1/auth/staff/passkey/options", &Value::Null)
        .await
        .refused(429, "identity.too_many_tries");
}

#[tokio::test]
async fn a_key_whose_count_goes_back_is_blocked_and_its_owner_told() {
    let house = House::open().await;
    let (_, me, mut key, added) = noura_with_a_key(&house).await;
    key.count = 40;
    sign_in(&house, &mut key).await.ok();
    // A copy that was made before.
    key.count = 12;
    refused_as_any(sign_in(&house, &mut key).await);
    // The owner's own is worth nothing either: they can't be told apart.
    key.count = 90;
    refused_as_any(sign_in(&house, &mut key).await);

    house.t.run_pending_jobs().await;
    let notices = house.told.notices.lock().unwrap().clone();
    let told: Vec<_> = notices
        .iter()
        .filter(|notice| notice.template.as_str() == "passkey_copied")
        .collect();
    assert_eq!(told.len(), 1, "told once");
    let user = actor_of(&house, &with_a_recovery_code(&house, &me).await).user;
    assert!(matches!(told[0].to, Recipient::User(to) if to == user));
    assert_eq!(told[0].params["name"], "مفتاح نورة");
    let keys = me.get(KEYS).await.ok();
    assert_eq!(keys["items"][0]["id"], added["id"]);
    assert_eq!(keys["items"][0]["blocked"], true);
    assert_eq!(me.get("/v1/me/second-factor").await.ok()["passkeys"], 0);
    me.post("/v1/auth/step-up/options", &Value::Null)
        .await
        .refused(409, "identity.no_passkey");
}

/// Noura with a recovery code: her other ways in are not touched.
pub async fn with_a_recovery_code(house: &House, me: &TestHttp) -> Value {
    let codes = me.post("/v1/me/recovery-codes", &Value::Null).await.ok();
    let code = codes["codes"][0].as_str().unwrap();
    try_in(house, EMAIL, PASSWORD, code).await.ok()
}

#[tokio::test]
async fn a_second_factor_that_is_reset_takes_the_keys_with_it() {
    let house = House::open().await;
    let (_, me, mut key, _) = noura_with_a_key(&house).await;
    let noura = me.get("/v1/me").await.ok();
    let path = format!(
        "/v1/staff/{}/second-factor/reset",
        noura["id"].as_str().unwrap()
    );
    let admin = house.http.as_actor(&actor(Role::Administrator));
    admin.just_proven().post(&path, &json!({})).await.ok();
    refused_as_any(sign_in(&house, &mut key).await);
}

#[tokio::test]
async fn a_key_that_does_not_count_is_not_taken_for_a_copy() {
    let house = House::open().await;
    let (_, _, mut key, _) = noura_with_a_key(&house).await;
    key.counts = false;
    for _ in 0..3 {
        sign_in(&house, &mut key).await.ok();
    }
}

#[tokio::test]
async fn a_step_up_with_a_key_makes_the_session_fresh() {
    let house = House::open().await;
    let (_, me, mut key, _) = noura_with_a_key(&house).await;
    house.t.clock.advance(minutes(6));
    let fresh_only = "/v1/me/recovery-codes";
    me.post(fresh_only, &Value::Null)
        .await
        .refused(403, "http.second_factor");
    let asked = me.post("/v1/auth/step-up/options", &Value::Null).await.ok();
    assert_eq!(asked["options"]["allowCredentials"][0]["id"], b64(&key.id));
    let proof =
        json!({ "challenge": asked["challenge"], "credential": key.get(&asked["options"]) });
    let body = json!({ "passkey": proof });
    let stepped = me.post("/v1/auth/step-up", &body).await.ok();
    let fresh = house.http.as_actor(&actor_of(&house, &stepped));
    fresh.post(fresh_only, &Value::Null).await.ok();
    me.post("/v1/auth/step-up", &body)
        .await
        .refused(422, "identity.bad_passkey");

    // Another session of hers can't use this one's challenge.
    let session = sign_in(&house, &mut key).await.ok();
    let elsewhere = house.http.as_actor(&actor_of(&house, &session));
    let asked = me.post("/v1/auth/step-up/options", &Value::Null).await.ok();
    let proof =
        json!({ "challenge": asked["challenge"], "credential": key.get(&asked["options"]) });
    elsewhere
        .post("/v1/auth/step-up", &json!({ "passkey": proof }))
        .await
        .refused(422, "identity.bad_passkey");
}

#[tokio::test]
async fn without_redis_no_challenge_is_given_and_none_is_good() {
    let mut house = House::open().await;
    let (_, me, mut key, _) = noura_with_a_key(&house).await;
    let proof = answered(&house, &mut key).await;
    let gone = house.put_a_gate_before_redis(cheap()).await;
    gone.abort();
    let _ = gone.await;
    drop(me);
    house
        .http
        .post("/v1/auth/staff/passkey/options", &Value::Null)
        .await
        .refused(503, "http.unavailable");
    enter(&house, EMAIL, PASSWORD, &proof)
        .await
        .refused(503, "http.unavailable");
}

/// Redis emptied: an answer that was under way is asked for again.
#[tokio::test]
async fn a_challenge_that_redis_lost_is_no_challenge() {
    let house = House::open().await;
    let (_, _, mut key, _) = noura_with_a_key(&house).await;
    let proof = answered(&house, &mut key).await;
    house.forget_counts().await;
    refused_as_any(enter(&house, EMAIL, PASSWORD, &proof).await);
    sign_in(&house, &mut key).await.ok();
}
