//! Checking a password or a code takes time. What was right when it was looked at is worth nothing if
//! the account has another one by the time it would count.

use crate::accounts::{NEWER, administrator, audited, enrol, knock};
use crate::authenticator::Authenticator;
use crate::passkeys::{new_key_options, send_new};
use crate::staff::{PASSWORD, try_in};
use crate::{House, actor_of};
use identity::totp_now;
use kernel::access::Role;
use kernel::seconds;
use platform::testing::{TestAnswer, TestHttp};
use serde_json::{Value, json};
use std::future::Future;
use std::time::Duration;

const EMAIL: &str = "huda@khidma.sa";

/// Both have read the account before either may change it; `first` is in front when it is let go.
async fn overtaking(
    house: &House,
    first: impl Future<Output = TestAnswer>,
    second: impl Future<Output = TestAnswer>,
) -> (TestAnswer, TestAnswer) {
    let db = &house.t.platform.db;
    let mut tx = db.begin().await.unwrap();
    sqlx::query("select from identity.users where email = $1 for no key update")
        .bind(EMAIL)
        .execute(&mut *tx)
        .await
        .unwrap();
    let late = async {
        waiters(house, 1).await;
        second.await
    };
    let let_go = async {
        waiters(house, 2).await;
        tx.commit().await.unwrap();
    };
    let (first, second, ()) = tokio::join!(first, late, let_go);
    (first, second)
}

/// Returns when this many wait for a lock in the house's database.
async fn waiters(house: &House, wanted: i64) {
    let all = async {
        loop {
            let waiting = house.count(
                "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'",
            );
            if waiting.await >= wanted {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all)
        .await
        .expect("they come to the lock");
}

/// A member of staff at work.
struct Huda {
    http: TestHttp,
    /// Their account, for an administrator.
    path: String,
    /// What their app shows next.
    code: String,
    recovery_code: String,
}

async fn huda(house: &House) -> Huda {
    let secret = enrol(house, EMAIL, Role::Moderator).await;
    let session = knock(house, EMAIL, PASSWORD, &secret).await.ok();
    let http = house
        .http
        .as_actor(&actor_of(house, &session))
        .just_proven();
    let codes = http.post("/v1/me/recovery-codes", &Value::Null).await.ok();
    let next = totp_now(&secret, house.t.now() + seconds(30)).unwrap();
    Huda {
        http,
        path: format!("/v1/staff/{}", session["user"]["id"].as_str().unwrap()),
        code: next,
        recovery_code: codes["codes"][0].as_str().unwrap().to_owned(),
    }
}

async fn open_sessions(house: &House) -> i64 {
    sqlx::query_scalar(
        "select count(*) from identity.sessions s join identity.users u on u.id = s.user_id
         where u.email = $1 and s.ended_at is null",
    )
    .bind(EMAIL)
    .fetch_one(&house.t.platform.db)
    .await
    .unwrap()
}

#[tokio::test]
async fn who_is_signing_in_while_the_second_factor_is_reset_is_out() {
    for by_app in [true, false] {
        let house = House::open().await;
        let admin = administrator(&house).await;
        let huda = huda(&house).await;
        let code = if by_app {
            &huda.code
        } else {
            &huda.recovery_code
        };
        let (reset, signed_in) = overtaking(
            &house,
            admin.post(&format!("{}/second-factor/reset", huda.path), &Value::Null),
            try_in(&house, EMAIL, PASSWORD, code),
        )
        .await;
        reset.ok();
        signed_in.refused(401, "identity.wrong_credentials");
        assert_eq!(open_sessions(&house).await, 0);
    }
}

#[tokio::test]
async fn the_old_app_does_not_step_up_once_there_is_a_new_one() {
    let house = House::open().await;
    let huda = huda(&house).await;
    let offer = huda.http.post("/v1/me/second-factor", &Value::Null).await;
    let secret = offer.ok()["secret"].as_str().unwrap().to_owned();
    // Of the step before: that its step is used up is not what stops the old app.
    let new_code = totp_now(&secret, house.t.now()).unwrap();
    let (confirmed, stepped_up) = overtaking(
        &house,
        huda.http
            .post("/v1/me/second-factor/confirm", &json!({ "code": new_code })),
        huda.http
            .post("/v1/auth/step-up", &json!({ "code": huda.code })),
    )
    .await;
    confirmed.ok();
    stepped_up.refused(422, "identity.wrong_second_factor");
}

#[tokio::test]
async fn an_old_password_opens_and_changes_nothing_once_a_link_has_set_another() {
    for signs_in in [true, false] {
        let house = House::open().await;
        let admin = administrator(&house).await;
        let huda = huda(&house).await;
        let link = admin
            .post("/v1/staff/password-resets", &json!({ "email": EMAIL }))
            .await
            .ok();
        let by_link = json!({ "token": link["token"], "password": NEWER });
        let thieves =
            json!({ "current_password": PASSWORD, "password": "what a thief would like" });
        let with_the_old_one = async {
            match signs_in {
                true => try_in(&house, EMAIL, PASSWORD, &huda.code).await,
                false => huda.http.post("/v1/me/password", &thieves).await,
            }
        };
        let reset = house.http.post("/v1/auth/password-resets", &by_link);
        let (reset, late) = overtaking(&house, reset, with_the_old_one).await;
        reset.ok();
        match signs_in {
            true => late.refused(401, "identity.wrong_credentials"),
            false => late.refused(422, "identity.wrong_password"),
        };
        assert_eq!(open_sessions(&house).await, 0);
        try_in(&house, EMAIL, NEWER, &huda.code).await.ok();
    }
}

/// A thief with a fresh session has asked for something that outlives it, when the account is reset.
#[tokio::test]
async fn nothing_to_sign_in_with_is_added_by_a_session_that_has_ended_meanwhile() {
    for what in ["passkey", "recovery-codes", "offer", "confirm", "password"] {
        let house = House::open().await;
        let admin = administrator(&house).await;
        let huda = huda(&house).await;
        let me = &huda.http;
        let mut key = Authenticator::new();
        let asked = new_key_options(me).await;
        let credential = key.create(&asked["options"]);
        let offer = me.post("/v1/me/second-factor", &Value::Null).await.ok();
        let code = totp_now(offer["secret"].as_str().unwrap(), house.t.now()).unwrap();
        let change = json!({ "current_password": PASSWORD, "password": NEWER });
        let on_the_way = async {
            match what {
                "passkey" => send_new(me, &asked, &credential).await,
                "recovery-codes" => me.post("/v1/me/recovery-codes", &Value::Null).await,
                "offer" => me.post("/v1/me/second-factor", &Value::Null).await,
                "confirm" => {
                    let body = json!({ "code": code });
                    me.post("/v1/me/second-factor/confirm", &body).await
                }
                _ => me.post("/v1/me/password", &change).await,
            }
        };
        let reset = format!("{}/second-factor/reset", huda.path);
        let reset = admin.post(&reset, &Value::Null);
        let (reset, late) = overtaking(&house, reset, on_the_way).await;
        reset.ok();
        late.refused(401, "identity.signed_out");
        for left in [
            "select count(*) from identity.passkeys",
            "select count(*) from identity.recovery_codes",
            "select count(*) from identity.users where totp_offered is not null",
        ] {
            assert_eq!(house.count(left).await, 0, "{what}: {left}");
        }
        assert_eq!(audited(&house, "identity.change_password").await.len(), 0);
    }
}
