//! A refresh token is used once; who repeats it is either unlucky or a thief.

use crate::{House, PHONE, actor_of};
use contract_notify::Recipient;
use kernel::{minutes, seconds};
use serde_json::Value;

const REUSED: &str = "select count(*) from identity.sessions where ended_by = 'token_reuse'";

async fn warnings(house: &House) -> Vec<contract_notify::Notice> {
    house.t.run_pending_jobs().await;
    let notices = house.told.notices.lock().unwrap();
    let warnings = notices
        .iter()
        .filter(|n| n.template.as_str() == "session_copied");
    warnings.cloned().collect()
}

#[tokio::test]
async fn a_token_used_again_later_ends_the_family_and_its_owner_is_told() {
    let house = House::open().await;
    let first = house.sign_in(PHONE).await;
    let elsewhere = house.sign_in(PHONE).await;
    let second = house.refresh(&first["refresh_token"]).await.ok();
    house.t.clock.advance(seconds(30));
    for _ in 0..3 {
        house
            .refresh(&first["refresh_token"])
            .await
            .refused(401, "identity.signed_out");
    }
    // Whoever has the newer one is out too, with the access token they have.
    house
        .refresh(&second["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    house
        .http
        .as_actor(&actor_of(&house, &second))
        .get("/v1/me")
        .await
        .refused(401, "http.session_ended");
    // Other sessions of the person are not touched.
    house.refresh(&elsewhere["refresh_token"]).await.ok();
    assert_eq!(house.count(REUSED).await, 1);

    let warnings = warnings(&house).await;
    let actor = actor_of(&house, &first);
    assert_eq!(warnings.len(), 1, "told once");
    assert!(matches!(warnings[0].to, Recipient::User(user) if user == actor.user));
    assert_eq!(warnings[0].params["device"], "—");
}

/// The thief comes first: the owner's next refresh gives them away.
#[tokio::test]
async fn a_thief_who_is_faster_is_out_when_the_owner_comes() {
    let house = House::open().await;
    let owner = house.sign_in(PHONE).await;
    let thief = house.refresh(&owner["refresh_token"]).await.ok();
    house.t.clock.advance(minutes(9));
    house
        .refresh(&owner["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    house
        .refresh(&thief["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    assert_eq!(warnings(&house).await.len(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_given_again_for_half_a_minute() {
    let house = House::open().await;
    let first = house.sign_in(PHONE).await;
    let lost = house.refresh(&first["refresh_token"]).await.ok();
    house.t.clock.advance(seconds(29));
    let again = house.refresh(&first["refresh_token"]).await.ok();
    assert_eq!(again["refresh_token"], lost["refresh_token"]);
    assert_eq!(actor_of(&house, &again), actor_of(&house, &lost));
    // Once the successor is used the answer was not lost, however soon.
    house.refresh(&again["refresh_token"]).await.ok();
    house
        .refresh(&first["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    assert_eq!(house.count(REUSED).await, 1);
    // No token that could be read from the table is left behind.
    let sealed = "select count(*) from identity.refresh_tokens where next_sealed is not null";
    assert_eq!(house.count(sealed).await, 1);
}

#[tokio::test]
async fn many_refreshes_at_once_get_the_same_successor() {
    let house = House::open().await;
    let first = house.sign_in(PHONE).await;
    let token = &first["refresh_token"];
    let all = futures::future::join_all((0..6).map(|_| house.refresh(token))).await;
    let next: Vec<Value> = all
        .into_iter()
        .map(|answer| answer.ok()["refresh_token"].clone())
        .collect();
    assert!(next.iter().all(|other| *other == next[0] && other != token));
    let unused = "select count(*) from identity.refresh_tokens where used_at is null";
    assert_eq!(house.count(unused).await, 1);
    house.refresh(&next[0]).await.ok();
    assert_eq!(house.count(REUSED).await, 0);
}

/// Two chains of a copied token, kept up as cleverly as the grace allows, do not live side by side.
#[tokio::test]
async fn a_copy_that_waits_for_its_moment_is_found_at_the_next_refresh() {
    let house = House::open().await;
    let owner = house.sign_in(PHONE).await;
    let owners = house.refresh(&owner["refresh_token"]).await.ok();
    house.t.clock.advance(seconds(10));
    let thiefs = house.refresh(&owner["refresh_token"]).await.ok();
    assert_eq!(owners["refresh_token"], thiefs["refresh_token"]);
    house.t.clock.advance(minutes(9));
    house.refresh(&thiefs["refresh_token"]).await.ok();
    house.t.clock.advance(minutes(1));
    house
        .refresh(&owners["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    assert_eq!(warnings(&house).await.len(), 1);
}
