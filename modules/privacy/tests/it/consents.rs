//! Consents.

use crate::house::House;
use kernel::access::Role;
use kernel::days;
use platform::testing::actor;
use privacy::PrivacySettings;
use serde_json::{Value, json};

fn say(purpose: &str, given: bool) -> Value {
    json!({ "items": [{ "purpose": purpose, "given": given, "version": "2026-11" }] })
}

fn line<'a>(consents: &'a Value, purpose: &str) -> &'a Value {
    let items = consents["items"].as_array().unwrap();
    items
        .iter()
        .find(|item| item["purpose"] == purpose)
        .unwrap()
}

#[tokio::test]
async fn what_was_said_is_kept_as_it_was_said_and_seen_by_its_owner_alone() {
    let house = House::open().await;
    let who = actor(Role::Customer);
    let me = house.http.as_actor(&who).lang("en");
    let before = me.get("/v1/me/consents").await.ok();
    assert_eq!(before["items"].as_array().unwrap().len(), 3);
    assert_eq!(line(&before, "terms")["given"], false);

    let both = json!({ "items": [
        { "purpose": "terms", "given": true, "version": "2026-11" },
        { "purpose": "marketing", "given": true, "version": "2026-11" },
    ]});
    let agreed = me.put("/v1/me/consents", &both).await.ok();
    let terms = line(&agreed, "terms");
    assert_eq!(
        (&terms["given"], &terms["version"], &terms["lang"]),
        (&json!(true), &json!("2026-11"), &json!("en"))
    );
    assert_eq!(terms["at"], house.t.now().to_string());
    assert_eq!(line(&agreed, "privacy_notice")["given"], false);

    house.t.clock.advance(days(1));
    let withdrawn = me
        .put("/v1/me/consents", &say("marketing", false))
        .await
        .ok();
    assert_eq!(line(&withdrawn, "marketing")["given"], false);
    assert_eq!(line(&withdrawn, "terms"), terms);
    // What holds already adds nothing.
    me.put("/v1/me/consents", &say("marketing", false))
        .await
        .ok();
    me.put("/v1/me/consents", &say("terms", true)).await.ok();
    assert_eq!(house.count("consents").await, 3);
    let session: uuid::Uuid = sqlx::query_scalar("select distinct session from privacy.consents")
        .fetch_one(&house.t.platform.db)
        .await
        .unwrap();
    assert_eq!(session, who.session.uuid());

    let other = house.http.as_actor(&actor(Role::Technician));
    let theirs = other.get("/v1/me/consents").await.ok();
    assert_eq!(line(&theirs, "terms")["given"], false);
    house
        .http
        .get("/v1/me/consents")
        .await
        .refused(401, "http.unauthenticated");
}

#[tokio::test]
async fn a_new_text_is_agreed_to_anew_and_the_terms_are_not_taken_back() {
    let house = House::open().await;
    let who = actor(Role::Customer);
    let me = house.http.as_actor(&who);
    me.put("/v1/me/consents", &say("terms", true)).await.ok();
    me.put("/v1/me/consents", &say("terms", false))
        .await
        .refused(409, "privacy.not_withdrawn");

    let next = PrivacySettings {
        terms_version: "2027-01".to_owned(),
        ..PrivacySettings::default()
    };
    let me = house.with(next).as_actor(&who);
    let seen = me.get("/v1/me/consents").await.ok();
    let terms = line(&seen, "terms");
    assert_eq!(terms["version"], "2026-11");
    assert_eq!(terms["current_version"], "2027-01");
    me.put("/v1/me/consents", &say("terms", true))
        .await
        .refused(409, "privacy.other_version");
    let anew = json!({ "items": [{ "purpose": "terms", "given": true, "version": "2027-01" }] });
    me.put("/v1/me/consents", &anew).await.ok();
    assert_eq!(house.count("consents").await, 2);
}

#[tokio::test]
async fn the_log_only_grows() {
    let house = House::open().await;
    let me = house.http.as_actor(&actor(Role::Customer));
    me.put("/v1/me/consents", &say("marketing", true))
        .await
        .ok();
    for change in [
        "update privacy.consents set given = false",
        "delete from privacy.consents",
        "truncate privacy.consents",
    ] {
        let refused = sqlx::query(change).execute(&house.t.platform.db).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{change}: {refused}");
    }
    assert_eq!(house.count("consents").await, 1);
}
