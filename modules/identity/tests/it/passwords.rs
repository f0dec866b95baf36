//! Passwords: changed, forgotten, hashed anew, and a crowd at the door.

use crate::accounts::{at_work, audited, told};
use crate::staff::{EMAIL, PASSWORD, noura, try_in};
use crate::{House, actor_of, cheap};
use contract_identity::Identity as _;
use identity::{Identity, IdentitySettings, PasswordCost, totp_now};
use kernel::access::Role;
use kernel::{days, hours, minutes, seconds};
use platform::testing::{TestHttp, actor};
use serde_json::{Value, json};
use std::cell::Cell;

const NEWER: &str = "quite another password";

/// Enrolled, and signed in so often; the clock goes on by a step of the app each time.
async fn signed_in(house: &House, times: usize) -> (String, Vec<Value>) {
    let staff = noura();
    house.identity.enrol_staff(staff.clone()).await.unwrap();
    let mut sessions = Vec::new();
    for _ in 0..times {
        sessions.push(enter(house, PASSWORD, &staff.totp_secret).await);
    }
    (staff.totp_secret, sessions)
}

async fn enter(house: &House, password: &str, secret: &str) -> Value {
    house.t.clock.advance(seconds(30));
    let code = totp_now(secret, house.t.now()).unwrap();
    try_in(house, EMAIL, password, &code).await.ok()
}

async fn refused(house: &House, password: &str, secret: &str) {
    house.t.clock.advance(seconds(30));
    let code = totp_now(secret, house.t.now()).unwrap();
    try_in(house, EMAIL, password, &code)
        .await
        .refused(401, "identity.wrong_credentials");
}

fn change(from: &str, to: &str) -> Value {
    json!({ "current_password": from, "password": to })
}

#[tokio::test]
async fn changing_a_password_wants_the_old_one_and_ends_the_other_sessions() {
    let house = House::open().await;
    let (secret, sessions) = signed_in(&house, 3).await;
    let me = house.http.as_actor(&actor_of(&house, &sessions[0]));
    let path = "/v1/me/password";
    me.post(path, &change("not the old one", NEWER))
        .await
        .refused(422, "identity.wrong_password");
    me.post(path, &change(PASSWORD, "too short"))
        .await
        .refused(422, "identity.weak_password");
    let said = me.post(path, &change(PASSWORD, "Password!2026")).await;
    let said = said.refused(422, "identity.common_password");
    assert_eq!(said["errors"][0]["field"], "password");
    let done = me.post(path, &change(PASSWORD, NEWER)).await.ok();
    assert_eq!(done, json!({ "sessions_ended": 2 }));

    house.refresh(&sessions[0]["refresh_token"]).await.ok();
    for other in &sessions[1..] {
        house
            .refresh(&other["refresh_token"])
            .await
            .refused(401, "identity.signed_out");
        // Nor does what they hold already open anything.
        let other = house.http.as_actor(&actor_of(&house, other));
        other.get("/v1/me").await.refused(401, "http.session_ended");
    }
    refused(&house, PASSWORD, &secret).await;
    enter(&house, NEWER, &secret).await;
    let audited = "select count(*) from platform.audit where action = 'identity.change_password'";
    assert_eq!(house.count(audited).await, 1);
    // Guessing at the old one is held up like signing in.
    for _ in 0..10 {
        me.post(path, &change("a guess", NEWER)).await;
    }
    me.post(path, &change(NEWER, PASSWORD))
        .await
        .refused(429, "identity.too_many_tries");

    let customer = house.sign_in(crate::PHONE).await;
    let customer = house.http.as_actor(&actor_of(&house, &customer));
    customer
        .post(path, &change(PASSWORD, NEWER))
        .await
        .refused(409, "identity.no_password");
}

fn administrator(house: &House) -> TestHttp {
    house
        .http
        .as_actor(&actor(Role::Administrator))
        .just_proven()
}

async fn use_link(house: &House, token: &Value, password: &str) -> platform::testing::TestAnswer {
    let body = json!({ "token": token, "password": password });
    house.http.post("/v1/auth/password-resets", &body).await
}

#[tokio::test]
async fn a_link_sets_a_new_password_once_and_the_second_factor_stays() {
    let house = House::open().await;
    let (secret, sessions) = signed_in(&house, 1).await;
    let ask = json!({ "email": " Noura@Khidma.SA" });
    let path = "/v1/staff/password-resets";
    let issued = administrator(&house).post(path, &ask).await;
    assert_eq!(issued.status, 201);
    let issued = issued.ok();
    let token = &issued["token"];
    assert_eq!(
        issued["link"],
        format!("http://localhost/reset?token={}", token.as_str().unwrap())
    );
    // Nothing of it is stored as it is, and nothing has changed yet.
    let stored = "select count(*) from identity.password_resets where length(hash) = 32";
    assert_eq!(house.count(stored).await, 1);
    enter(&house, PASSWORD, &secret).await;

    use_link(&house, token, "password1234")
        .await
        .refused(422, "identity.common_password");
    let done = use_link(&house, token, NEWER).await.ok();
    assert_eq!(done, json!({ "sessions_ended": 2 }));
    use_link(&house, token, "yet another password")
        .await
        .refused(422, "identity.bad_reset");
    // Both ends of the link are written down, and its owner is told.
    for action in ["identity.issue_reset", "identity.use_reset"] {
        assert_eq!(audited(&house, action).await.len(), 1, "{action}");
    }
    house.t.run_pending_jobs().await;
    assert_eq!(told(&house, "staff_password_reset"), 1);
    house
        .refresh(&sessions[0]["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    refused(&house, PASSWORD, &secret).await;
    enter(&house, NEWER, &secret).await;
    try_in(&house, EMAIL, NEWER, "000000")
        .await
        .refused(401, "identity.wrong_credentials");
}

#[tokio::test]
async fn a_link_ends_after_a_day_or_with_the_next_one_and_is_made_by_administrators() {
    let house = House::open().await;
    signed_in(&house, 0).await;
    let path = "/v1/staff/password-resets";
    let ask = json!({ "email": EMAIL });
    let first = administrator(&house).post(path, &ask).await.ok();
    let second = administrator(&house).post(path, &ask).await.ok();
    use_link(&house, &first["token"], NEWER)
        .await
        .refused(422, "identity.bad_reset");
    house.t.clock.advance(hours(24));
    use_link(&house, &second["token"], NEWER)
        .await
        .refused(422, "identity.bad_reset");
    use_link(&house, &json!("rst_made_up"), NEWER)
        .await
        .refused(422, "identity.bad_reset");

    // One's own password is changed with the old one.
    let (me, _) = at_work(&house, "reem@khidma.sa", Role::Administrator).await;
    me.just_proven()
        .post(path, &json!({ "email": "reem@khidma.sa" }))
        .await
        .refused(403, "identity.own_account");

    let nobody = json!({ "email": "nobody@khidma.sa" });
    administrator(&house)
        .post(path, &nobody)
        .await
        .refused(404, "identity.unknown_user");
    let stale = house.http.as_actor(&actor(Role::Administrator));
    stale
        .post(path, &ask)
        .await
        .refused(403, "http.second_factor");
    let manager = house.http.as_actor(&actor(Role::OperationsManager));
    manager
        .just_proven()
        .post(path, &ask)
        .await
        .refused(403, "http.forbidden");

    house.t.run_pending_jobs().await;
    house.t.clock.advance(days(2));
    house.t.run_pending_jobs().await;
    let left = "select count(*) from identity.password_resets";
    assert_eq!(house.count(left).await, 0);
}

#[tokio::test]
async fn a_link_used_by_many_at_once_sets_one_password() {
    let house = House::open().await;
    let (secret, _) = signed_in(&house, 0).await;
    let ask = json!({ "email": EMAIL });
    let issued = administrator(&house)
        .post("/v1/staff/password-resets", &ask)
        .await
        .ok();
    let all = futures::future::join_all((0..6).map(|n| {
        let (house, token) = (&house, &issued["token"]);
        async move {
            let password = format!("a new password, number {n}");
            (use_link(house, token, &password).await.status, password)
        }
    }))
    .await;
    let set: Vec<_> = all.iter().filter(|(status, _)| *status == 200).collect();
    assert_eq!(set.len(), 1);
    enter(&house, &set[0].1, &secret).await;
}

#[tokio::test]
async fn the_page_behind_the_link_sets_the_password_without_a_script() {
    let house = House::open().await;
    let (secret, _) = signed_in(&house, 0).await;
    let ask = json!({ "email": EMAIL });
    let issued = administrator(&house)
        .post("/v1/staff/password-resets", &ask)
        .await
        .ok();
    let link = issued["link"].as_str().unwrap();
    let page = house
        .http
        .get(link.strip_prefix("http://localhost").unwrap());
    let page = page.await;
    assert_eq!(page.status, 200);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    let html = String::from_utf8(page.bytes.to_vec()).unwrap();
    let token = issued["token"].as_str().unwrap();
    assert!(html.contains(&format!("name=\"token\" value=\"{token}\"")));

    let fill = |password: &str, again: &str| {
        let form = format!("token={token}&password={password}&again={again}");
        let http = house.http.clone();
        async move {
            http.post_bytes("/reset", "application/x-www-form-urlencoded", form)
                .await
        }
    };
    let said = async |password: &str, again: &str| {
        String::from_utf8(fill(password, again).await.bytes.to_vec()).unwrap()
    };
    let good = "quite+another+password";
    let differ = said(good, "quite+another+passwort").await;
    assert!(differ.contains("The two are not the same."), "{differ}");
    let common = said("password1234", "password1234").await;
    assert!(
        common.contains("among the first that are tried"),
        "{common}"
    );
    enter(&house, PASSWORD, &secret).await;
    let done = said(good, good).await;
    assert!(done.contains("Your new password is saved"), "{done}");
    enter(&house, NEWER, &secret).await;
    let used = said(good, good).await;
    assert!(used.contains("no longer good"), "{used}");

    // What is in the address does not become part of the page.
    let page = house.http.get("/reset?token=%22%3E%3Cb%3E").await;
    assert!(String::from_utf8_lossy(&page.bytes).contains("&quot;&gt;&lt;b&gt;"));
}

#[tokio::test]
async fn a_hash_of_an_older_cost_is_made_anew_at_the_next_sign_in() {
    let mut house = House::open().await;
    let (secret, _) = signed_in(&house, 0).await;
    let dearer = IdentitySettings {
        password: PasswordCost {
            passes: 3,
            ..PasswordCost::CHEAP
        },
        ..cheap()
    };
    house.identity = Identity::new(house.t.platform.clone(), house.told.clone(), dearer).unwrap();
    house.http = house.t.http(house.identity.router().split_for_parts().0);
    let cost = async || -> String {
        sqlx::query_scalar("select split_part(password_hash, '$', 4) from identity.users")
            .fetch_one(&house.t.platform.db)
            .await
            .unwrap()
    };
    // A wrong password changes nothing.
    refused(&house, "a wrong password", &secret).await;
    assert_eq!(cost().await, "m=8,t=1,p=1");
    enter(&house, PASSWORD, &secret).await;
    assert_eq!(cost().await, "m=8,t=3,p=1");
    enter(&house, PASSWORD, &secret).await;
}

/// A hundred sign-ins come at once, two passwords are checked at a time. Whoever is signed in already
/// is answered all along.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_sign_ins_does_not_hold_up_the_others() {
    let settings = IdentitySettings {
        password: PasswordCost {
            memory_kib: 16_384,
            passes: 2,
            at_once: 1,
            waiting: 10,
            ..PasswordCost::CHEAP
        },
        ..cheap()
    };
    let house = House::with(settings).await;
    let customer = house.sign_in(crate::PHONE).await;
    let me = house.http.as_actor(&actor_of(&house, &customer));
    let over = Cell::new(false);
    let burst = async {
        let all = (0..100).map(|n| {
            let house = &house;
            async move { try_in(house, &format!("{n}@khidma.sa"), PASSWORD, "000000").await }
        });
        let all = futures::future::join_all(all).await;
        over.set(true);
        all
    };
    let others = async {
        let mut answered = 0;
        while !over.get() {
            me.get("/v1/me").await.ok();
            answered += 1;
        }
        answered
    };
    let (all, answered) = tokio::join!(burst, others);
    let wrong = all.iter().filter(|answer| answer.status == 401).count();
    let crowded = all
        .iter()
        .filter(|answer| answer.code() == "identity.crowded" && answer.status == 503)
        .count();
    let held_up = all
        .iter()
        .filter(|answer| answer.code() == "identity.too_many_tries")
        .count();
    assert_eq!(wrong + crowded + held_up, 100);
    // Sixty from one address pass the throttle; those are more than wait and are checked at once.
    assert_eq!(held_up, 40);
    assert!(wrong >= 11 && crowded > 0, "{wrong} checked, {crowded} not");
    // Were they held up, the first of them would be answered when the burst is over.
    assert!(answered >= 5, "{answered} answered, {wrong} checked");
    house.t.clock.advance(minutes(15));
    try_in(&house, EMAIL, PASSWORD, "000000")
        .await
        .refused(401, "identity.wrong_credentials");
}
