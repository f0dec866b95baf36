//! Accounts of staff: listed, limited, disabled.

use crate::staff::{PASSWORD, noura, try_in};
use crate::{House, actor_of, cheap};
use contract_identity::{EnrolStaff, Identity as _};
use identity::{IdentitySettings, SignInLimits, new_totp_secret, totp_now};
use kernel::access::{Role, Scope};
use kernel::{minutes, seconds};
use platform::testing::{TestAnswer, TestHttp, actor};
use serde_json::{Value, json};

pub const NEWER: &str = "quite another password";

/// The secret of the app of somebody new.
pub async fn enrol(house: &House, email: &str, role: Role) -> String {
    let staff = EnrolStaff {
        email: email.into(),
        totp_secret: new_totp_secret(),
        roles: vec![role],
        scope: Scope::default(),
        ..noura()
    };
    house.identity.enrol_staff(staff.clone()).await.unwrap();
    staff.totp_secret
}

/// Tries the door; the clock goes on by a step of the app.
pub async fn knock(house: &House, email: &str, password: &str, secret: &str) -> TestAnswer {
    house.t.clock.advance(seconds(30));
    let code = totp_now(secret, house.t.now()).unwrap();
    try_in(house, email, password, &code).await
}

/// Somebody signed in, with that very token.
pub async fn at_work(house: &House, email: &str, role: Role) -> (TestHttp, Value) {
    let secret = enrol(house, email, role).await;
    let session = knock(house, email, PASSWORD, &secret).await.ok();
    (house.http.as_actor(&actor_of(house, &session)), session)
}

pub async fn administrator(house: &House) -> TestHttp {
    let (http, _) = at_work(house, "reem@khidma.sa", Role::Administrator).await;
    http.just_proven()
}

/// Each in order, as JSON.
pub async fn audited(house: &House, action: &str) -> Vec<(String, bool, Value)> {
    sqlx::query_as(
        "select record, after_digest is not null, details from platform.audit
         where action = $1 order by seq",
    )
    .bind(action)
    .fetch_all(&house.t.platform.db)
    .await
    .unwrap()
}

pub fn told(house: &House, template: &str) -> usize {
    let notices = house.told.notices.lock().unwrap();
    let of = notices.iter().filter(|n| n.template.as_str() == template);
    of.count()
}

pub async fn begin(house: &House, token: &Value) -> TestAnswer {
    let path = "/v1/auth/enrolments";
    house.http.post(path, &json!({ "token": token })).await
}

pub async fn finish(house: &House, token: &Value, password: &str, code: &str) -> TestAnswer {
    let body = json!({ "token": token, "password": password, "code": code });
    house.http.post("/v1/auth/enrolments/finish", &body).await
}

#[tokio::test]
async fn staff_are_listed_page_by_page_and_the_auditor_only_reads() {
    let house = House::open().await;
    let admin = administrator(&house).await;
    for (email, role) in [
        ("a@khidma.sa", Role::Moderator),
        ("b@khidma.sa", Role::Moderator),
        ("c@khidma.sa", Role::FinanceOfficer),
    ] {
        enrol(&house, email, role).await;
    }
    house.sign_in(crate::PHONE).await;
    let auditor = house.http.as_actor(&actor(Role::Auditor)).just_proven();
    let emails = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|item| item["email"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = auditor.get("/v1/staff?limit=3").await.ok();
    assert_eq!(
        emails(&first),
        ["c@khidma.sa", "b@khidma.sa", "a@khidma.sa"]
    );
    let next = first["next"].as_str().unwrap();
    let path = format!("/v1/staff?limit=3&cursor={next}");
    let rest = auditor.get(&path).await.ok();
    assert_eq!(emails(&rest), ["reem@khidma.sa"], "and no customer");
    assert!(rest.get("next").is_none());
    let moderators = auditor.get("/v1/staff?role=moderator&state=active").await;
    assert_eq!(emails(&moderators.ok()), ["b@khidma.sa", "a@khidma.sa"]);
    let none = auditor.get("/v1/staff?state=disabled").await.ok();
    assert_eq!(emails(&none), Vec::<String>::new());

    let id = first["items"][0]["id"].as_str().unwrap();
    let roles = json!({ "version": 1, "roles": ["moderator"] });
    let path = format!("/v1/staff/{id}/roles");
    auditor
        .put(&path, &roles)
        .await
        .refused(403, "http.forbidden");
    let stale = house.http.as_actor(&actor(Role::Administrator));
    stale
        .put(&path, &roles)
        .await
        .refused(403, "http.second_factor");
    stale
        .post(&format!("/v1/staff/{id}/second-factor/reset"), &json!({}))
        .await
        .refused(403, "http.second_factor");
    // A customer is no member of staff.
    let customer = house.sign_in("0501234568").await["user"]["id"].clone();
    let path = format!("/v1/staff/{}", customer.as_str().unwrap());
    admin.get(&path).await.refused(404, "identity.unknown_user");
    admin
        .put(&format!("{path}/roles"), &roles)
        .await
        .refused(404, "identity.unknown_user");
}

#[tokio::test]
async fn changed_roles_end_the_sessions_and_come_with_the_next_sign_in() {
    let house = House::open().await;
    let admin = administrator(&house).await;
    let secret = enrol(&house, "fahd@khidma.sa", Role::Dispatcher).await;
    let session = knock(&house, "fahd@khidma.sa", PASSWORD, &secret).await;
    let session = session.ok();
    let fahd = house.http.as_actor(&actor_of(&house, &session));
    let path = format!("/v1/staff/{}", session["user"]["id"].as_str().unwrap());
    let change = |version: i64, roles: Value, zones: Value| {
        let body = json!({ "version": version, "roles": roles, "zones": zones });
        let (admin, path) = (admin.clone(), format!("{path}/roles"));
        async move { admin.put(&path, &body).await }
    };
    for (roles, zones, code) in [
        (json!([]), Value::Null, "identity.no_role"),
        (json!(["customer"]), Value::Null, "identity.not_for_staff"),
        (
            json!(["auditor", "moderator"]),
            Value::Null,
            "identity.roles_apart",
        ),
        (
            json!(["moderator"]),
            json!(["north"]),
            "identity.zones_not_for_roles",
        ),
        (json!(["dispatcher"]), json!([]), "identity.bad_zones"),
    ] {
        change(1, roles, zones).await.refused(422, code);
    }
    fahd.get("/v1/me").await.ok();
    let after = change(1, json!(["moderator"]), Value::Null).await.ok();
    assert_eq!(
        (&after["roles"], &after["version"]),
        (&json!(["moderator"]), &json!(2))
    );

    fahd.get("/v1/me").await.refused(401, "http.session_ended");
    house
        .refresh(&session["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    let again = knock(&house, "fahd@khidma.sa", PASSWORD, &secret).await;
    let again = actor_of(&house, &again.ok());
    assert_eq!(
        (again.roles, again.scope),
        (vec![Role::Moderator], Scope::default())
    );
    house.t.run_pending_jobs().await;
    assert_eq!(told(&house, "staff_roles_changed"), 1);
    let rows = audited(&house, "staff.change_roles").await;
    assert_eq!(rows.len(), 1);
    let roles = json!({ "before": ["dispatcher"], "after": ["moderator"] });
    assert_eq!(rows[0].2["roles"], roles);

    // Decided on what is no longer there.
    let said = change(1, json!(["auditor"]), Value::Null).await;
    let said = said.refused(409, "identity.account_changed");
    assert_eq!(said["data"]["version"], 2);
}

#[tokio::test]
async fn of_two_administrators_at_once_one_is_told() {
    let house = House::open().await;
    let (one, _) = at_work(&house, "reem@khidma.sa", Role::Administrator).await;
    let (two, _) = at_work(&house, "huda@khidma.sa", Role::Administrator).await;
    let (_, fahd) = at_work(&house, "fahd@khidma.sa", Role::Dispatcher).await;
    let path = format!("/v1/staff/{}/roles", fahd["user"]["id"].as_str().unwrap());
    let change = |admin: &TestHttp, version: i64, role: &str| {
        let body = json!({ "version": version, "roles": [role] });
        let (admin, path) = (admin.just_proven(), path.clone());
        async move { admin.put(&path, &body).await }
    };
    for version in 1..=4 {
        let (a, b) = tokio::join!(
            change(&one, version, "moderator"),
            change(&two, version, "kyc_reviewer")
        );
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }
    assert_eq!(audited(&house, "staff.change_roles").await.len(), 4);
}

#[tokio::test]
async fn who_is_disabled_is_out_at_once_and_is_told_nothing_at_the_door() {
    let house = House::open().await;
    let admin = administrator(&house).await;
    let secret = enrol(&house, "fahd@khidma.sa", Role::Dispatcher).await;
    let session = knock(&house, "fahd@khidma.sa", PASSWORD, &secret).await;
    let session = session.ok();
    let fahd = house.http.as_actor(&actor_of(&house, &session));
    let reset = json!({ "email": "fahd@khidma.sa" });
    let link = admin.post("/v1/staff/password-resets", &reset).await.ok();
    let path = format!("/v1/staff/{}", session["user"]["id"].as_str().unwrap());
    let disable = format!("{path}/disable");
    admin
        .post(&disable, &json!({ "version": 1, "reason": " " }))
        .await
        .refused(422, "identity.bad_reason");
    fahd.get("/v1/me").await.ok();
    let body = json!({ "version": 1, "reason": "left us" });
    let after = admin.post(&disable, &body).await.ok();
    assert_eq!(after["state"], "disabled");
    assert_eq!(after["disabled"]["reason"], "left us");

    fahd.get("/v1/me").await.refused(401, "http.session_ended");
    house
        .refresh(&session["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    // As for somebody who is not there.
    let right = knock(&house, "fahd@khidma.sa", PASSWORD, &secret).await;
    let right = right.refused(401, "identity.wrong_credentials");
    let nobody = knock(&house, "nobody@khidma.sa", PASSWORD, &secret).await;
    let nobody = nobody.refused(401, "identity.wrong_credentials");
    assert_eq!(right["detail"], nobody["detail"]);
    let body = json!({ "token": link["token"], "password": NEWER });
    house
        .http
        .post("/v1/auth/password-resets", &body)
        .await
        .refused(422, "identity.bad_reset");
    for path in [
        format!("{path}/second-factor/reset"),
        "/v1/staff/password-resets".to_owned(),
    ] {
        admin
            .post(&path, &reset)
            .await
            .refused(409, "identity.account_disabled");
    }
    let body = json!({ "version": 2, "reason": "again" });
    admin
        .post(&disable, &body)
        .await
        .refused(409, "identity.account_disabled");

    let enable = format!("{path}/enable");
    let after = admin.post(&enable, &json!({ "version": 2 })).await.ok();
    assert_eq!(
        (&after["state"], &after["version"]),
        (&json!("active"), &json!(3))
    );
    assert!(after.get("disabled").is_none());
    admin
        .post(&enable, &json!({ "version": 3 }))
        .await
        .refused(409, "identity.account_enabled");
    knock(&house, "fahd@khidma.sa", PASSWORD, &secret)
        .await
        .ok();
    house.t.run_pending_jobs().await;
    assert_eq!(told(&house, "staff_enabled"), 1);
    assert_eq!(
        audited(&house, "staff.disable").await[0].2["reason"],
        "left us"
    );
    assert_eq!(audited(&house, "staff.enable").await.len(), 1);
}

#[tokio::test]
async fn signing_in_while_being_disabled_leaves_no_session() {
    let house = House::open().await;
    let admin = administrator(&house).await;
    for round in 0..6 {
        let email = format!("{round}@khidma.sa");
        let secret = enrol(&house, &email, Role::Moderator).await;
        let page = admin.get("/v1/staff?role=moderator&limit=1").await.ok();
        let id = page["items"][0]["id"].as_str().unwrap();
        let path = format!("/v1/staff/{id}/disable");
        let body = json!({ "version": 1, "reason": "left us" });
        let (entered, disabled) = tokio::join!(
            knock(&house, &email, PASSWORD, &secret),
            admin.post(&path, &body)
        );
        disabled.ok();
        // In before, and out again; or never in.
        if entered.status == 200 {
            let http = house.http.as_actor(&actor_of(&house, &entered.json));
            http.get("/v1/me").await.refused(401, "http.session_ended");
        }
        let open =
            "select count(*) from identity.sessions s join identity.users u on u.id = s.user_id
                    where s.ended_at is null and u.disabled_at is not null";
        assert_eq!(house.count(open).await, 0);
    }
}

#[tokio::test]
async fn nobody_changes_their_own_account_and_one_administrator_is_left() {
    let house = House::open().await;
    let (one, first) = at_work(&house, "reem@khidma.sa", Role::Administrator).await;
    let (two, second) = at_work(&house, "huda@khidma.sa", Role::Administrator).await;
    let id = |session: &Value| session["user"]["id"].as_str().unwrap().to_owned();
    let own = format!("/v1/staff/{}", id(&first));
    let (one, two) = (one.just_proven(), two.just_proven());
    let roles = json!({ "version": 1, "roles": ["administrator", "moderator"] });
    let left = json!({ "version": 1, "reason": "left us" });
    let own_account = |answer: TestAnswer| answer.refused(403, "identity.own_account");
    own_account(one.put(&format!("{own}/roles"), &roles).await);
    own_account(one.post(&format!("{own}/disable"), &left).await);
    own_account(
        one.post(&format!("{own}/second-factor/reset"), &json!({}))
            .await,
    );

    // Each takes the other out, in the same moment.
    let other = format!("/v1/staff/{}/disable", id(&second));
    let own = format!("{own}/disable");
    let (a, b) = tokio::join!(one.post(&other, &left), two.post(&own, &left));
    let done = [&a, &b]
        .iter()
        .filter(|answer| answer.status == 200)
        .count();
    assert_eq!(done, 1, "{a:?} {b:?}");
    let refused = if a.status == 200 { &b } else { &a };
    let why = refused.code();
    assert!(
        ["identity.last_administrator", "http.session_ended"].contains(&why),
        "{why}"
    );
    let able = "select count(*) from identity.users where disabled_at is null";
    assert_eq!(house.count(able).await, 1);

    // A token of somebody who was an administrator, as far as that process knows.
    let stranger = house
        .http
        .as_actor(&actor(Role::Administrator))
        .just_proven();
    let (path, version) = if a.status == 200 {
        (own, 1)
    } else {
        (other, 1)
    };
    let left = json!({ "version": version, "reason": "left us" });
    stranger
        .post(&path, &left)
        .await
        .refused(409, "identity.last_administrator");
    let roles = json!({ "version": version, "roles": ["moderator"] });
    stranger
        .put(&path.replace("/disable", "/roles"), &roles)
        .await
        .refused(409, "identity.last_administrator");
    // One who is invited can't sign in yet, and does not count.
    let invite = json!({ "name": "هدى", "email": "new@khidma.sa", "roles": ["administrator"] });
    stranger.post("/v1/staff", &invite).await.ok();
    stranger
        .post(&path, &left)
        .await
        .refused(409, "identity.last_administrator");
}

#[tokio::test]
async fn of_more_sessions_than_a_person_may_have_the_oldest_ends() {
    let settings = IdentitySettings {
        limits: SignInLimits {
            sessions_per_person: 2,
            ..SignInLimits::default()
        },
        ..cheap()
    };
    let house = House::with(settings).await;
    let secret = enrol(&house, "fahd@khidma.sa", Role::Dispatcher).await;
    let mut sessions = Vec::new();
    for _ in 0..2 {
        let session = knock(&house, "fahd@khidma.sa", PASSWORD, &secret).await;
        sessions.push(session.ok());
    }
    // The first is used once more, so the second is the oldest.
    house.t.clock.advance(minutes(5));
    let first = house.refresh(&sessions[0]["refresh_token"]).await.ok();
    knock(&house, "fahd@khidma.sa", PASSWORD, &secret)
        .await
        .ok();
    let first = house.http.as_actor(&actor_of(&house, &first));
    let list = first.get("/v1/me/sessions").await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let second = house.http.as_actor(&actor_of(&house, &sessions[1]));
    second
        .get("/v1/me")
        .await
        .refused(401, "http.session_ended");
}
