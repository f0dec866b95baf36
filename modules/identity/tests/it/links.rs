//! The links with which staff set up what they sign in with: invitations, and lost telephones.

use crate::accounts::{NEWER, administrator, audited, begin, enrol, finish, knock, told};
use crate::staff::{PASSWORD, try_in};
use crate::{House, actor_of};
use identity::{new_totp_secret, totp_now};
use kernel::access::Role;
use kernel::hours;
use serde_json::{Value, json};

#[tokio::test]
async fn whoever_is_invited_sets_up_both_factors_with_the_link_and_once() {
    let house = House::open().await;
    let admin = administrator(&house).await;
    let invite = json!({ "name": " فهد العنزي ", "email": "Fahd@Khidma.SA",
        "roles": ["moderator", "dispatcher"], "zones": ["south", "north"] });
    let issued = admin.post("/v1/staff", &invite).await;
    assert_eq!(issued.status, 201);
    let issued = issued.ok();
    let (token, staff) = (&issued["token"], &issued["staff"]);
    let id = staff["id"].as_str().unwrap().to_owned();
    assert_eq!(
        issued["link"],
        format!("http://localhost/enrol?token={}", token.as_str().unwrap())
    );
    assert_eq!(staff["name"], "فهد العنزي");
    assert_eq!(staff["roles"], json!(["dispatcher", "moderator"]));
    assert_eq!(staff["zones"], json!(["north", "south"]));
    assert_eq!(
        (&staff["state"], &staff["has_second_factor"]),
        (&json!("invited"), &json!(false))
    );
    let rows = audited(&house, "staff.invite").await;
    assert_eq!((rows.len(), &rows[0].0, rows[0].1), (1, &id, true));
    admin
        .post("/v1/staff", &invite)
        .await
        .refused(409, "identity.email_taken");
    // Nothing opens yet, whatever is typed.
    knock(&house, "fahd@khidma.sa", "", &new_totp_secret())
        .await
        .refused(401, "identity.wrong_credentials");

    // Without a beginning there is no secret to confirm.
    finish(&house, token, NEWER, "000000")
        .await
        .refused(409, "identity.nothing_to_confirm");
    let first = begin(&house, token).await.ok();
    let second = begin(&house, token).await.ok();
    assert_eq!(second["email"], "fahd@khidma.sa");
    assert_eq!(second["has_password"], false);
    assert_ne!(first["secret"], second["secret"]);
    let secret = second["secret"].as_str().unwrap();
    let code = totp_now(secret, house.t.now()).unwrap();
    // Whoever looked before knows a secret that is worth nothing.
    let old = totp_now(first["secret"].as_str().unwrap(), house.t.now()).unwrap();
    finish(&house, token, NEWER, &old)
        .await
        .refused(422, "identity.wrong_second_factor");
    finish(&house, token, "password1234", &code)
        .await
        .refused(422, "identity.common_password");
    let done = finish(&house, token, NEWER, &code).await.ok();
    assert_eq!(done["codes"].as_array().unwrap().len(), 10);
    finish(&house, token, NEWER, &code)
        .await
        .refused(422, "identity.bad_enrolment");
    begin(&house, token)
        .await
        .refused(422, "identity.bad_enrolment");

    let signed_in = knock(&house, "fahd@khidma.sa", NEWER, secret).await.ok();
    let fahd = actor_of(&house, &signed_in);
    assert_eq!(fahd.roles, [Role::Dispatcher, Role::Moderator]);
    assert_eq!(fahd.scope.zones.map(|zones| zones.len()), Some(2));
    let now = admin.get(&format!("/v1/staff/{id}")).await.ok();
    assert_eq!(
        (&now["state"], &now["has_second_factor"], &now["version"]),
        (&json!("active"), &json!(true), &json!(1))
    );
    assert_eq!(now["last_sign_in_at"], house.t.now().to_string());
}

#[tokio::test]
async fn a_lost_telephone_is_worth_nothing_and_the_link_wants_the_password() {
    let house = House::open().await;
    let admin = administrator(&house).await;
    let secret = enrol(&house, "fahd@khidma.sa", Role::Dispatcher).await;
    let session = knock(&house, "fahd@khidma.sa", PASSWORD, &secret).await;
    let session = session.ok();
    let fahd = house.http.as_actor(&actor_of(&house, &session));
    let codes = fahd.post("/v1/me/recovery-codes", &Value::Null).await.ok();
    let path = format!(
        "/v1/staff/{}/second-factor/reset",
        session["user"]["id"].as_str().unwrap()
    );
    let issued = admin.post(&path, &json!({})).await.ok();
    assert_eq!(issued["staff"]["has_second_factor"], false);
    assert_eq!(issued["staff"]["state"], "active");
    fahd.get("/v1/me").await.refused(401, "http.session_ended");
    knock(&house, "fahd@khidma.sa", PASSWORD, &secret)
        .await
        .refused(401, "identity.wrong_credentials");
    let recovery = codes["codes"][0].as_str().unwrap();
    try_in(&house, "fahd@khidma.sa", PASSWORD, recovery)
        .await
        .refused(401, "identity.wrong_credentials");

    // A newer link ends the one before.
    let older = &issued["token"];
    let issued = admin.post(&path, &json!({})).await.ok();
    begin(&house, older)
        .await
        .refused(422, "identity.bad_enrolment");
    let token = &issued["token"];
    let begun = begin(&house, token).await.ok();
    assert_eq!(begun["has_password"], true);
    let newer = begun["secret"].as_str().unwrap();
    let code = totp_now(newer, house.t.now()).unwrap();
    finish(&house, token, NEWER, &code)
        .await
        .refused(422, "identity.not_the_password");
    finish(&house, token, PASSWORD, &code).await.ok();
    knock(&house, "fahd@khidma.sa", PASSWORD, newer).await.ok();
    house.t.run_pending_jobs().await;
    assert_eq!(told(&house, "staff_factor_reset"), 2);
    assert_eq!(audited(&house, "staff.reset_second_factor").await.len(), 2);

    // Guessing at the password is held up, and the link ends with the day.
    let issued = admin.post(&path, &json!({})).await.ok();
    begin(&house, &issued["token"]).await.ok();
    for _ in 0..8 {
        finish(&house, &issued["token"], "a guess", "000000")
            .await
            .refused(422, "identity.not_the_password");
    }
    finish(&house, &issued["token"], "a guess", "000000")
        .await
        .refused(429, "identity.too_many_tries");
    house.t.clock.advance(hours(24));
    begin(&house, &issued["token"])
        .await
        .refused(422, "identity.bad_enrolment");
}

#[tokio::test]
async fn the_pages_behind_the_link_enrol_without_a_script() {
    let house = House::open().await;
    let admin = administrator(&house).await;
    let invite = json!({ "name": "Fahd", "email": "fahd@khidma.sa", "roles": ["moderator"] });
    let issued = admin.post("/v1/staff", &invite).await.ok();
    let link = issued["link"].as_str().unwrap();
    let page = house
        .http
        .get(link.strip_prefix("http://localhost").unwrap());
    let page = page.await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    // Looking at the link changes nothing.
    let offered = "select count(*) from identity.users where totp_offered is not null";
    assert_eq!(house.count(offered).await, 0);

    let token = issued["token"].as_str().unwrap();
    let send = async |path: &str, form: String| {
        let kind = "application/x-www-form-urlencoded";
        let answer = house.http.post_bytes(path, kind, form).await;
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.bytes.to_vec()).unwrap()
    };
    let begun = send("/enrol", format!("token={token}")).await;
    let (_, rest) = begun.split_once("<code>").unwrap();
    let (shown, _) = rest.split_once("</code>").unwrap();
    let secret = shown.replace(' ', "");
    let code = totp_now(&secret, house.t.now()).unwrap();
    let fill = |again: &str, code: &str| {
        format!("token={token}&password=quite+another+password&again={again}&code={code}")
    };
    let good = "quite+another+password";
    let differ = send("/enrol/finish", fill("something+else", &code)).await;
    assert!(differ.contains("The two are not the same.") && differ.contains(shown));
    let wrong = send("/enrol/finish", fill(good, "nonsense")).await;
    assert!(wrong.contains("role=\"alert\"") && wrong.contains(shown));
    let done = send("/enrol/finish", fill(good, &code)).await;
    assert_eq!(done.matches("<li>").count(), 10, "{done}");
    knock(&house, "fahd@khidma.sa", NEWER, &secret).await.ok();
    let used = send("/enrol/finish", fill(good, &code)).await;
    assert!(used.contains("no longer good"), "{used}");
}

#[tokio::test]
async fn the_first_administrator_is_invited_by_command_and_only_the_first() {
    let house = House::open().await;
    let invite = async |email: &str| house.identity.invite_administrator("ريم", email).await;
    let lost = invite("reem@khidma.sa").await.unwrap();
    let issued = invite(" Reem@Khidma.SA").await.unwrap();
    begin(&house, &json!(lost.token))
        .await
        .refused(422, "identity.bad_enrolment");
    let token = json!(issued.token);
    let begun = begin(&house, &token).await.ok();
    let secret = begun["secret"].as_str().unwrap();
    let code = totp_now(secret, house.t.now()).unwrap();
    finish(&house, &token, NEWER, &code).await.ok();
    let reem = knock(&house, "reem@khidma.sa", NEWER, secret).await.ok();
    assert_eq!(actor_of(&house, &reem).roles, [Role::Administrator]);
    assert!(invite("huda@khidma.sa").await.is_err());
    assert!(invite("reem@khidma.sa").await.is_err());
    assert_eq!(house.count("select count(*) from identity.users").await, 1);
}
