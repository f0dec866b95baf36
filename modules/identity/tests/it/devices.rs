//! Where somebody is signed in.

use crate::{House, PHONE, actor_of};
use kernel::access::Role;
use kernel::{SessionId, UserId, minutes, seconds};
use serde_json::{Value, json};

fn ids(sessions: &Value) -> Vec<&str> {
    let items = sessions["items"].as_array().unwrap();
    items.iter().map(|s| s["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn one_sees_where_one_is_signed_in_and_ends_what_one_does_not_know() {
    let house = House::open().await;
    let here = house.sign_in(PHONE).await;
    house.t.clock.advance(minutes(1));
    let there = house.sign_in(PHONE).await;
    let (mine, theirs) = (actor_of(&house, &here), actor_of(&house, &there));
    house.t.clock.advance(minutes(5));
    let here = house.refresh(&here["refresh_token"]).await.ok();
    let me = house.http.as_actor(&mine);
    let sessions = me.get("/v1/me/sessions").await.ok();
    assert_eq!(
        ids(&sessions),
        [mine.session.to_string(), theirs.session.to_string()]
    );
    assert_eq!(
        sessions["items"][0],
        json!({
            "id": mine.session, "device": "", "current": true,
            "created_at": "2026-12-06T06:00:00Z", "last_used_at": "2026-12-06T06:06:00Z",
            "ends_at": "2027-02-04T06:06:00Z",
        })
    );
    assert_eq!(sessions["items"][1]["current"], false);

    let path = format!("/v1/me/sessions/{}", theirs.session);
    assert_eq!(me.delete(&path).await.ok(), json!({ "ended": 1 }));
    assert_eq!(me.delete(&path).await.ok(), json!({ "ended": 0 }));
    house
        .refresh(&there["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    let sessions = me.get("/v1/me/sessions").await.ok();
    assert_eq!(ids(&sessions), [mine.session.to_string()]);

    // Somebody else's session is none.
    let stranger = actor_of(&house, &house.sign_in("0507654321").await);
    house
        .http
        .as_actor(&stranger)
        .delete(&format!("/v1/me/sessions/{}", mine.session))
        .await
        .refused(404, "identity.unknown_session");
    me.delete(&format!("/v1/me/sessions/{}", SessionId::new()))
        .await
        .refused(404, "identity.unknown_session");
    house.refresh(&here["refresh_token"]).await.ok();
    for path in ["/v1/me/sessions", "/v1/me/sessions/ses_1"] {
        let answer = house.http.delete(path).await;
        answer.refused(401, "http.unauthenticated");
    }
}

#[tokio::test]
async fn signing_out_everywhere_leaves_nothing_or_only_this() {
    let house = House::open().await;
    let all = [
        house.sign_in(PHONE).await,
        house.sign_in(PHONE).await,
        house.sign_in(PHONE).await,
    ];
    let me = house.http.as_actor(&actor_of(&house, &all[0]));
    let answer = me.delete("/v1/me/sessions?keep_current=true").await.ok();
    assert_eq!(answer, json!({ "ended": 2 }));
    for gone in &all[1..] {
        house
            .refresh(&gone["refresh_token"])
            .await
            .refused(401, "identity.signed_out");
    }
    let kept = house.refresh(&all[0]["refresh_token"]).await.ok();
    assert_eq!(
        me.delete("/v1/me/sessions").await.ok(),
        json!({ "ended": 1 })
    );
    house
        .refresh(&kept["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    me.get("/v1/me").await.refused(401, "http.session_ended");
}

#[tokio::test]
async fn an_administrator_ends_a_session_and_it_is_written_down() {
    let house = House::open().await;
    let admin = actor_of(
        &house,
        &house.staff("admin@khidma.sa", Role::Administrator).await,
    );
    let signed_in = house.staff("noura@khidma.sa", Role::Dispatcher).await;
    let noura = actor_of(&house, &signed_in);
    let her = house.http.as_actor(&noura);
    her.get("/v1/me").await.ok();

    let boss = house.http.as_actor(&admin);
    let path = format!("/v1/staff/users/{}/sessions", noura.user);
    let sessions = boss.get(&path).await.ok();
    assert_eq!(ids(&sessions), [noura.session.to_string()]);
    assert_eq!(sessions["items"][0]["current"], false);
    her.get(&path).await.refused(403, "http.forbidden");
    her.delete(&path).await.refused(403, "http.forbidden");
    let one = format!("{path}/{}", noura.session);
    her.delete(&one).await.refused(403, "http.forbidden");
    // Another person's session does not pass for hers.
    boss.delete(&format!("{path}/{}", admin.session))
        .await
        .refused(404, "identity.unknown_session");
    let nobody = format!("/v1/staff/users/{}/sessions", UserId::new());
    boss.get(&nobody)
        .await
        .refused(404, "identity.unknown_user");
    boss.delete(&nobody)
        .await
        .refused(404, "identity.unknown_user");

    assert_eq!(boss.delete(&one).await.ok(), json!({ "ended": 1 }));
    her.get("/v1/me").await.refused(401, "http.session_ended");
    house
        .refresh(&signed_in["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    house.t.clock.advance(seconds(60));
    assert_eq!(boss.delete(&path).await.ok(), json!({ "ended": 0 }));
    let rows = "select count(*) from platform.audit where action = 'sessions.end'";
    assert_eq!(house.count(rows).await, 2);
}

/// What another process would see: only the table knows.
#[tokio::test]
async fn a_process_that_heard_nothing_refuses_staff_all_the_same() {
    let house = House::open().await;
    let noura = actor_of(
        &house,
        &house.staff("noura@khidma.sa", Role::Dispatcher).await,
    );
    let customer = actor_of(&house, &house.sign_in(PHONE).await);
    let elsewhere = platform::Tokens::from_seed(&[42; 32])
        .unwrap()
        .over(house.t.platform.db.clone());
    assert_eq!(elsewhere.admit(&noura).await, Ok(()));
    let ended = [noura.session, customer.session];
    let mut tx = house.t.platform.db.begin().await.unwrap();
    let tokens = &house.t.platform.tokens;
    tokens.end(&mut tx, house.t.now(), &ended).await.unwrap();
    tx.commit().await.unwrap();
    use platform::tokens::NotAdmitted;
    assert_eq!(elsewhere.admit(&noura).await, Err(NotAdmitted::Ended));
    // A customer is let in until this process hears of it.
    assert_eq!(elsewhere.admit(&customer).await, Ok(()));
    elsewhere.load().await.unwrap();
    assert_eq!(elsewhere.admit(&customer).await, Err(NotAdmitted::Ended));
}

/// No answer from the table: staff wait outside, customers do not notice.
#[tokio::test]
async fn without_the_table_staff_are_not_let_in() {
    let house = House::open().await;
    let noura = actor_of(
        &house,
        &house.staff("noura@khidma.sa", Role::Dispatcher).await,
    );
    let customer = actor_of(&house, &house.sign_in(PHONE).await);
    let other = sqlx::PgPool::connect(&house.t.database_url).await.unwrap();
    let tokens = platform::Tokens::from_seed(&[42; 32])
        .unwrap()
        .over(other.clone());
    assert_eq!(tokens.admit(&noura).await, Ok(()));
    other.close().await;
    assert_eq!(
        tokens.admit(&noura).await,
        Err(platform::tokens::NotAdmitted::Unknown)
    );
    assert_eq!(tokens.admit(&customer).await, Ok(()));
}
