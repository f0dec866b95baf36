//! Two who change one account at the same instant: one waits for the other. Should each hold what the
//! other wants, the database ends one of them (40P01) and it answers 500.

use crate::House;
use crate::accounts::{administrator, at_work, begin, finish};
use crate::staff::{PASSWORD, try_in};
use identity::totp_now;
use kernel::access::Role;
use kernel::minutes;
use platform::testing::{TestAnswer, TestHttp};
use serde_json::{Value, json};

const ROUNDS: usize = 25;

fn email(round: usize) -> String {
    format!("member{round}@khidma.sa")
}

/// Either it was first, or it is refused for having been second.
#[track_caller]
fn first_or_second(answer: TestAnswer, refusal: (u16, &str)) -> bool {
    let first = answer.status.is_success();
    if !first {
        answer.refused(refusal.0, refusal.1);
    }
    first
}

/// Either it was first, or the session had ended: before the request came in, or while it waited.
#[track_caller]
fn first_or_out(answer: TestAnswer) {
    if !answer.status.is_success() {
        assert_eq!(answer.status, 401);
        let code = answer.code();
        assert!(
            ["http.session_ended", "identity.signed_out"].contains(&code),
            "{code}"
        );
    }
}

/// Somebody at work, and their account's address.
async fn member(house: &House, round: usize) -> (TestHttp, String) {
    // So that no window of tries is full.
    house.t.clock.advance(minutes(15));
    let (http, session) = at_work(house, &email(round), Role::Moderator).await;
    let path = format!("/v1/staff/{}", session["user"]["id"].as_str().unwrap());
    (http.just_proven(), path)
}

async fn disable(admin: &TestHttp, path: &str) -> TestAnswer {
    let body = json!({ "reason": "Left", "version": 1 });
    admin.post(&format!("{path}/disable"), &body).await
}

async fn sessions_of(house: &House, path: &str) -> i64 {
    let user: kernel::UserId = path.rsplit('/').next().unwrap().parse().unwrap();
    sqlx::query_scalar(
        "select count(*) from identity.sessions where user_id = $1 and ended_at is null",
    )
    .bind(user.uuid())
    .fetch_one(&house.t.platform.db)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_link_is_used_or_a_password_changed_while_the_account_is_disabled() {
    let house = House::open().await;
    let admin = administrator(&house).await;
    for round in 0..ROUNDS {
        let (me, path) = member(&house, round).await;
        let link = admin
            .post(
                "/v1/staff/password-resets",
                &json!({ "email": email(round) }),
            )
            .await
            .ok();
        let by_link = json!({ "token": link["token"], "password": "quite another password" });
        let by_hand = json!({ "current_password": PASSWORD, "password": "yet another password" });
        let (reset, changed, disabled) = tokio::join!(
            house.http.post("/v1/auth/password-resets", &by_link),
            me.post("/v1/me/password", &by_hand),
            disable(&admin, &path),
        );
        first_or_second(reset, (422, "identity.bad_reset"));
        // Out with the account's sessions, or with the password that the link replaced.
        match changed.status.as_u16() {
            422 => drop(changed.refused(422, "identity.wrong_password")),
            _ => first_or_out(changed),
        }
        assert_eq!(disabled.ok()["state"], "disabled");
        assert_eq!(sessions_of(&house, &path).await, 0);
    }
}

#[tokio::test]
async fn somebody_signs_in_or_enrols_while_their_second_factor_is_reset() {
    let house = House::open().await;
    let admin = administrator(&house).await;
    for round in 0..ROUNDS {
        let (me, path) = member(&house, round).await;
        let codes = me.post("/v1/me/recovery-codes", &Value::Null).await.ok();
        let code = codes["codes"][0].as_str().unwrap();
        let email = email(round);
        let reset_path = format!("{path}/second-factor/reset");
        let (signed_in, renewed, link) = tokio::join!(
            try_in(&house, &email, PASSWORD, code),
            me.post("/v1/me/recovery-codes", &Value::Null),
            admin.post(&reset_path, &Value::Null),
        );
        first_or_second(signed_in, (401, "identity.wrong_credentials"));
        first_or_out(renewed);
        let token = &link.ok()["token"];
        let offer = begin(&house, token).await.ok();
        let code = totp_now(offer["secret"].as_str().unwrap(), house.t.now()).unwrap();
        let (finished, again) = tokio::join!(
            finish(&house, token, PASSWORD, &code),
            admin.post(&reset_path, &Value::Null),
        );
        first_or_second(finished, (422, "identity.bad_enrolment"));
        again.ok();
        assert_eq!(sessions_of(&house, &path).await, 0);
    }
}
