//! One's own passkeys: another one, one less, how many.

use crate::authenticator::Authenticator;
use crate::passkeys::{
    KEYS, add, answered, enter, new_key_options, noura_with_a_key, refused_as_any, send_new,
    sign_in,
};
use crate::second_factor::noura_at_work;
use crate::staff::{EMAIL, PASSWORD, try_in};
use crate::{House, actor_of};
use identity::totp_now;
use kernel::{minutes, seconds};
use serde_json::{Value, json};

#[tokio::test]
async fn a_removed_key_opens_nothing_and_keys_are_their_owners_own() {
    let house = House::open().await;
    let (_, me, mut key, added) = noura_with_a_key(&house).await;
    let path = format!("{KEYS}/{}", added["id"].as_str().unwrap());
    let renamed = me.patch(&path, &json!({ "name": "الحاسب" })).await.ok();
    assert_eq!(renamed["name"], "الحاسب");
    me.patch(&path, &json!({ "name": " " }))
        .await
        .refused(422, "identity.bad_name");

    let mut other = platform::testing::actor(kernel::access::Role::Auditor);
    other.second_factor_at = Some(house.t.now());
    let other = house.http.as_actor(&other);
    assert_eq!(other.get(KEYS).await.ok()["items"], json!([]));
    other
        .delete(&path)
        .await
        .refused(404, "identity.unknown_passkey");
    other
        .patch(&path, &json!({ "name": "mine" }))
        .await
        .refused(404, "identity.unknown_passkey");

    sign_in(&house, &mut key).await.ok();
    let proof = answered(&house, &mut key).await;
    me.delete(&path).await.ok();
    refused_as_any(enter(&house, EMAIL, PASSWORD, &proof).await);
    refused_as_any(sign_in(&house, &mut key).await);
    me.delete(&path)
        .await
        .refused(404, "identity.unknown_passkey");
    let written = "select count(*) from platform.audit where action = 'identity.remove_passkey'";
    assert_eq!(house.count(written).await, 1);
}

#[tokio::test]
async fn a_new_key_wants_a_fresh_factor_and_an_answer_to_its_own_challenge() {
    let house = House::open().await;
    let (secret, me, key, added) = noura_with_a_key(&house).await;
    let mut next = Authenticator::new();

    let asked = new_key_options(&me).await;
    let credential = next.create(&asked["options"]);
    send_new(&me, &asked, &credential).await.ok();
    send_new(&me, &asked, &credential)
        .await
        .refused(422, "identity.bad_passkey");
    // A challenge of this session is nothing in another.
    house.t.clock.advance(seconds(30));
    let code = totp_now(&secret, house.t.now()).unwrap();
    let session = try_in(&house, EMAIL, PASSWORD, &code).await.ok();
    let elsewhere = house.http.as_actor(&actor_of(&house, &session));
    let asked = new_key_options(&me).await;
    let credential = Authenticator::new().create(&asked["options"]);
    send_new(&elsewhere, &asked, &credential)
        .await
        .refused(422, "identity.bad_passkey");
    // The same key cannot be two.
    add(&me, &mut Authenticator::new().named(&key))
        .await
        .refused(422, "identity.bad_passkey");
    for spoil in [
        (|key| key.origin = "https://khidma.example.sa".to_owned()) as fn(&mut Authenticator),
        |key| key.rp_id = "khidma.example.sa".to_owned(),
        |key| key.verifies = false,
    ] {
        let mut key = Authenticator::new();
        spoil(&mut key);
        add(&me, &mut key)
            .await
            .refused(422, "identity.bad_passkey");
    }
    let asked = new_key_options(&me).await;
    send_new(&me, &asked, &json!({ "id": "…" }))
        .await
        .refused(422, "identity.bad_passkey");
    let asked = new_key_options(&me).await;
    let credential = Authenticator::new().create(&asked["options"]);
    house.t.clock.advance(minutes(5) + seconds(1));
    send_new(&me, &asked, &credential)
        .await
        .refused(422, "identity.bad_passkey");

    // The factor is no longer fresh.
    me.post("/v1/me/passkeys/options", &Value::Null)
        .await
        .refused(403, "http.second_factor");
    let path = format!("{KEYS}/{}", added["id"].as_str().unwrap());
    me.delete(&path).await.refused(403, "http.second_factor");
    assert_eq!(
        me.get(KEYS).await.ok()["items"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn ten_keys_are_enough_and_who_signs_in_with_a_phone_has_none() {
    let house = House::open().await;
    let (_, _, me) = noura_at_work(&house).await;
    let waiting = new_key_options(&me).await;
    for _ in 0..10 {
        add(&me, &mut Authenticator::new()).await.ok();
    }
    let said = me.post("/v1/me/passkeys/options", &Value::Null).await;
    let said = said.refused(409, "identity.too_many_passkeys");
    assert_eq!(said["data"]["most"], 10);
    let credential = Authenticator::new().create(&waiting["options"]);
    send_new(&me, &waiting, &credential)
        .await
        .refused(409, "identity.too_many_passkeys");

    let customer = house.sign_in(crate::PHONE).await;
    let mut actor = actor_of(&house, &customer);
    actor.second_factor_at = Some(house.t.now());
    let customer = house.http.as_actor(&actor);
    customer
        .post("/v1/me/passkeys/options", &Value::Null)
        .await
        .refused(409, "identity.no_second_factor");
}
