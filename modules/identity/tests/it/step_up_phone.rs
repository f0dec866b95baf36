//! Whoever signs in with a phone proves again that it is them, with a code sent to it.

use crate::second_factor::noura_at_work;
use crate::staff::EMAIL;
use crate::{House, PHONE, actor_of, cheap, wrong};
use contract_identity::{EnrolPhone, Identity as _, IdentityFault};
use identity::{IdentitySettings, SignInLimits};
use kernel::access::{Role, Scope};
use kernel::{Failure, Lang, Phone, minutes, seconds};
use platform::testing::{TestAnswer, TestHttp};
use serde_json::{Value, json};
use uuid::Uuid;

const ASK: &str = "/v1/auth/step-up/code";
const PROVE: &str = "/v1/auth/step-up";
const OTHER: &str = "0507654321";

/// Signed in with this phone: a client with that very token.
async fn signed_in(house: &House, phone: &str) -> (Value, TestHttp) {
    let session = house.sign_in(phone).await;
    let http = house.http.as_actor(&actor_of(house, &session));
    (session, http)
}

async fn ask(http: &TestHttp, device: Uuid) -> TestAnswer {
    http.post(ASK, &json!({ "device": device })).await
}

/// Asks, and reads the message: challenge and code.
async fn asked(house: &House, http: &TestHttp) -> (Value, String) {
    let sent = ask(http, house.device).await.ok();
    house.t.run_pending_jobs().await;
    let notice = house.told.notices.lock().unwrap().last().unwrap().clone();
    assert_eq!(notice.template.as_str(), "step_up_code");
    (sent["challenge"].clone(), notice.params["code"].clone())
}

async fn prove(http: &TestHttp, challenge: &Value, code: &str, device: Uuid) -> TestAnswer {
    let phone = json!({ "challenge": challenge, "code": code, "device": device });
    http.post(PROVE, &json!({ "phone": phone })).await
}

/// What wants a fresh proof: 403 without, and with one 409, since a phone has no recovery codes.
async fn is_let_in(http: &TestHttp) -> bool {
    let answer = http.post("/v1/me/recovery-codes", &Value::Null).await;
    if answer.status == 403 {
        answer.refused(403, "http.second_factor");
        return false;
    }
    answer.refused(409, "identity.no_second_factor");
    true
}

#[tokio::test]
async fn signing_in_is_fresh_for_five_minutes_and_a_code_makes_it_fresh_again() {
    let house = House::open().await;
    let (session, me) = signed_in(&house, PHONE).await;
    let actor = actor_of(&house, &session);
    assert_eq!(actor.second_factor_at, Some(house.t.now()));
    assert!(is_let_in(&me).await);
    house.t.clock.advance(minutes(5) + seconds(1));
    assert!(!is_let_in(&me).await);

    let sent = ask(&me, house.device).await;
    assert_eq!(sent.status, 202);
    let sent = sent.ok();
    assert_eq!(sent["resend_after_s"], 30);
    assert_eq!(sent["expires_at"], "2026-12-06T06:10:01Z");
    house.t.run_pending_jobs().await;
    let notice = house.told.notices.lock().unwrap().last().unwrap().clone();
    assert_eq!(notice.template.as_str(), "step_up_code");
    let code = &notice.params["code"];

    let stepped = prove(&me, &sent["challenge"], code, house.device).await;
    let stepped = stepped.ok();
    assert_eq!(stepped["fresh_until"], "2026-12-06T06:10:01Z");
    let fresh = actor_of(&house, &stepped);
    assert_eq!((fresh.session, fresh.user), (actor.session, actor.user));
    assert!(is_let_in(&house.http.as_actor(&fresh)).await);
    // The session remembers, the older token does not; the code counts once.
    assert!(!is_let_in(&me).await);
    let refreshed = house.refresh(&session["refresh_token"]).await.ok();
    let again = house.http.as_actor(&actor_of(&house, &refreshed));
    assert!(is_let_in(&again).await);
    let said = prove(&me, &sent["challenge"], code, house.device).await;
    let said = said.refused(422, "identity.wrong_phone_code");
    assert_eq!(said["data"]["tries_left"], 0);
    assert_eq!(said["errors"][0]["field"], "code");

    house.t.clock.advance(minutes(5) + seconds(1));
    assert!(!is_let_in(&again).await);
    // Proving took the wait away, too.
    ask(&me, house.device).await.ok();
}

#[tokio::test]
async fn a_code_is_good_for_what_it_was_asked_for_and_neither_ends_the_other() {
    let house = House::open().await;
    let (_, me) = signed_in(&house, PHONE).await;
    let (to_step_up, step_up) = asked(&house, &me).await;
    house.t.clock.advance(seconds(30));
    let (to_sign_in, sign_in) = house.code_for(PHONE).await;

    let said = house.enter(&to_step_up, &step_up).await;
    said.refused(401, "identity.wrong_code");
    let said = prove(&me, &to_sign_in, &sign_in, house.device).await;
    said.refused(422, "identity.wrong_phone_code");
    assert_eq!(
        house.count("select count(*) from identity.sessions").await,
        1
    );

    // Neither was used up or tried by that.
    let tried = "select count(*) from identity.codes where ended_at is null and tries_left < 5";
    assert_eq!(house.count(tried).await, 0);
    house.enter(&to_sign_in, &sign_in).await.ok();
    let stepped = prove(&me, &to_step_up, &step_up, house.device).await;
    stepped.ok();
}

#[tokio::test]
async fn a_code_steps_up_the_session_that_asked_on_the_device_that_asked() {
    let house = House::open().await;
    let (_, me) = signed_in(&house, PHONE).await;
    let (_, elsewhere) = signed_in(&house, PHONE).await;
    let (_, stranger) = signed_in(&house, OTHER).await;
    let (challenge, code) = asked(&house, &me).await;
    for other in [&stranger, &elsewhere] {
        let said = prove(other, &challenge, &code, house.device).await;
        let said = said.refused(422, "identity.wrong_phone_code");
        assert_eq!(said["data"]["tries_left"], 0);
    }
    // Another's try takes none away; another device's does.
    let said = prove(&me, &challenge, &code, Uuid::new_v4()).await;
    let said = said.refused(422, "identity.wrong_phone_code");
    assert_eq!(said["data"]["tries_left"], 4);
    prove(&me, &challenge, &code, house.device).await.ok();

    // Of an ended session nothing is left to step up.
    let (challenge, code) = asked(&house, &me).await;
    me.delete("/v1/auth/sessions/current").await.ok();
    let said = prove(&me, &challenge, &code, house.device).await;
    said.refused(401, "http.session_ended");
    ask(&me, house.device)
        .await
        .refused(401, "http.session_ended");
    house
        .http
        .post(ASK, &json!({ "device": house.device }))
        .await
        .refused(401, "http.unauthenticated");
}

#[tokio::test]
async fn a_code_is_tried_five_times_in_five_minutes_and_a_newer_one_ends_it() {
    let house = House::open().await;
    let (_, me) = signed_in(&house, PHONE).await;
    let (challenge, code) = asked(&house, &me).await;
    for tries_left in (0..5).rev() {
        let said = prove(&me, &challenge, &wrong(&code), house.device).await;
        let said = said.refused(422, "identity.wrong_phone_code");
        assert_eq!(said["data"]["tries_left"], tries_left);
    }
    let said = prove(&me, &challenge, &code, house.device).await;
    said.refused(422, "identity.wrong_phone_code");

    house.t.clock.advance(minutes(15));
    let (first, of_before) = asked(&house, &me).await;
    house.t.clock.advance(minutes(1));
    let (challenge, code) = asked(&house, &me).await;
    let said = prove(&me, &first, &of_before, house.device).await;
    said.refused(422, "identity.wrong_phone_code");
    house.t.clock.advance(minutes(5));
    let said = prove(&me, &challenge, &code, house.device).await;
    let said = said.refused(422, "identity.phone_code_expired");
    assert_eq!(said["errors"][0]["field"], "code");

    let all = (0..10).map(|_| ask(&me, house.device));
    let all = futures::future::join_all(all).await;
    assert_eq!(all.iter().filter(|answer| answer.status == 202).count(), 1);
    house.t.run_pending_jobs().await;
    let sent = house.told.notices.lock().unwrap().last().unwrap().clone();
    let challenge: Value = all
        .into_iter()
        .find_map(|answer| answer.json.get("challenge").cloned())
        .unwrap();
    let code = &sent.params["code"];
    let all = (0..5).map(|_| prove(&me, &challenge, code, house.device));
    let all = futures::future::join_all(all).await;
    assert_eq!(all.iter().filter(|answer| answer.status == 200).count(), 1);
}

fn with(limits: SignInLimits) -> IdentitySettings {
    IdentitySettings { limits, ..cheap() }
}

/// Somebody else, who knows the number.
async fn stranger(house: &House) -> TestAnswer {
    let body = json!({ "phone": PHONE, "device": Uuid::new_v4() });
    house.http.post("/v1/auth/codes", &body).await
}

#[tokio::test]
async fn strangers_do_not_use_up_the_codes_that_an_owner_asks_for_inside() {
    let house = House::with(with(SignInLimits {
        codes_per_phone_and_day: 3,
        ..SignInLimits::default()
    }))
    .await;
    let (_, me) = signed_in(&house, PHONE).await;
    // Signing in was one; two more of a stranger's are the day's.
    for _ in 0..2 {
        house.t.clock.advance(minutes(10));
        stranger(&house).await.ok();
    }
    house.t.clock.advance(minutes(10));
    // Three of each are a day's, whether or not Redis remembers.
    for round in 0..4 {
        let said = stranger(&house).await;
        said.refused(429, "identity.too_many_codes");
        let own = ask(&me, house.device).await;
        if round == 3 {
            own.refused(429, "identity.too_many_codes");
            break;
        }
        own.ok();
        let said = ask(&me, house.device).await;
        said.refused(429, "identity.too_many_codes");
        house.t.clock.advance(minutes(10));
        house.forget_counts().await;
    }
    assert_eq!(house.count("select count(*) from identity.codes").await, 6);
}

#[tokio::test]
async fn what_codes_cost_has_one_ceiling_and_without_redis_none_is_sent_or_tried() {
    let settings = || {
        with(SignInLimits {
            first_wait_s: 1,
            code_halalas: 10,
            code_halalas_per_hour: 30,
            ..SignInLimits::default()
        })
    };
    let mut house = House::with(settings()).await;
    let session = house.sign_in(PHONE).await;
    let gone = house.put_a_gate_before_redis(settings()).await;
    let me = house.http.as_actor(&actor_of(&house, &session));
    let sent = ask(&me, house.device).await.ok();
    house.t.clock.advance(seconds(1));
    house.ask(OTHER).await.ok();
    house.t.clock.advance(minutes(1));
    let said = ask(&me, house.device).await;
    said.refused(503, "identity.codes_paused");

    gone.abort();
    let _ = gone.await;
    let said = ask(&me, house.device).await;
    said.refused(503, "http.unavailable");
    let said = prove(&me, &sent["challenge"], "000000", house.device).await;
    said.refused(503, "http.unavailable");
    assert_eq!(house.count("select count(*) from identity.codes").await, 3);
    let tried = "select count(*) from identity.codes where ended_at is null and tries_left < 5";
    assert_eq!(house.count(tried).await, 0);
}

#[tokio::test]
async fn tries_of_both_kinds_are_counted_together() {
    let house = House::with(with(SignInLimits {
        code_tries_per_device_and_hour: 4,
        ..SignInLimits::default()
    }))
    .await;
    // Signing in was one.
    let (_, me) = signed_in(&house, PHONE).await;
    let (challenge, code) = asked(&house, &me).await;
    for _ in 0..2 {
        let said = prove(&me, &challenge, &wrong(&code), house.device).await;
        said.refused(422, "identity.wrong_phone_code");
    }
    let nothing = json!(Uuid::new_v4());
    let said = house.enter(&nothing, "000000").await;
    said.refused(401, "identity.wrong_code");
    let said = prove(&me, &challenge, &code, house.device).await;
    said.refused(429, "identity.too_many_tries");
    let said = house.enter(&nothing, "000000").await;
    said.refused(429, "identity.too_many_tries");
}

/// Somebody has a session's tokens and not the phone: nearly a day of guessing, from ever new devices.
/// One guess in a million is right.
#[tokio::test]
async fn a_stolen_session_guesses_no_more_than_the_caps_allow() {
    let house = House::open().await;
    let session = house.sign_in(PHONE).await;
    let thief = house.http.as_actor(&actor_of(&house, &session));
    let (mut sent, mut throttled) = (0, 0);
    for round in 0..95_u32 {
        house.t.clock.advance(minutes(15));
        let device = Uuid::new_v4();
        let answer = ask(&thief, device).await;
        let challenge = match answer.status.as_u16() {
            202 => {
                sent += 1;
                answer.json["challenge"].clone()
            }
            _ => {
                answer.refused(429, "identity.too_many_codes");
                json!(Uuid::new_v4())
            }
        };
        for guess in 0..11 {
            let guess = format!("{:06}", (round * 7919 + guess * 104_729) % 1_000_000);
            let answer = prove(&thief, &challenge, &guess, device).await;
            if answer.status == 429 {
                answer.refused(429, "identity.too_many_tries");
                throttled += 1;
            } else {
                answer.refused(422, "identity.wrong_phone_code");
            }
        }
    }
    // A day's codes of this kind; the owner's sign-in is one of the other.
    assert_eq!(sent, 10);
    assert!(throttled >= 95, "{throttled}");
    let compared =
        "select sum(5 - tries_left)::bigint from identity.codes where purpose = 'step_up'";
    assert!(house.count(compared).await <= 50);
    let fresh = "select count(*) from identity.sessions where second_factor_at > created_at";
    assert_eq!(house.count(fresh).await, 0);
}

#[tokio::test]
async fn who_has_a_password_never_steps_up_by_phone_and_one_proof_is_wanted() {
    let house = House::open().await;
    let (_, _, noura) = noura_at_work(&house).await;
    let challenge = json!(Uuid::new_v4());
    let refused = async || {
        let said = ask(&noura, house.device).await;
        said.refused(409, "identity.not_by_phone");
        let said = prove(&noura, &challenge, "000000", house.device).await;
        said.refused(409, "identity.not_by_phone");
    };
    refused().await;
    // Nor would she with a phone beside it.
    sqlx::query("update identity.users set phone = '+966509999999' where email = $1")
        .bind(EMAIL)
        .execute(&house.t.platform.db)
        .await
        .unwrap();
    refused().await;
    assert_eq!(house.count("select count(*) from identity.codes").await, 0);

    let (_, me) = signed_in(&house, PHONE).await;
    let (challenge, code) = asked(&house, &me).await;
    let phone = json!({ "challenge": challenge, "code": code, "device": house.device });
    for body in [
        json!({}),
        json!({ "phone": phone, "code": code }),
        json!({ "phone": phone, "passkey": { "challenge": challenge, "credential": {} } }),
        json!({ "code": code, "passkey": { "challenge": challenge, "credential": {} } }),
    ] {
        me.post(PROVE, &body)
            .await
            .refused(422, "identity.one_proof");
    }
    // A phone has no app, and its code is none of an app's.
    me.post(PROVE, &json!({ "code": code }))
        .await
        .refused(409, "identity.no_second_factor");
    prove(&me, &challenge, &code, house.device).await.ok();
}

/// A phone counts as a fresh proof only because nothing that wants two factors opens by it.
#[tokio::test]
async fn no_role_that_needs_a_second_factor_is_given_to_a_phone_or_opens_by_one() {
    let house = House::open().await;
    let (session, _) = signed_in(&house, PHONE).await;
    let customer = actor_of(&house, &session);
    let by_phone = [Role::Customer, Role::VendorOwner, Role::Technician];
    for role in Role::ALL {
        if by_phone.contains(role) {
            continue;
        }
        let command = EnrolPhone {
            phone: Phone::parse(PHONE).unwrap(),
            name: "نورة".into(),
            lang: Lang::Ar,
            role: *role,
            scope: Scope::default(),
        };
        let said = house.identity.enrol_phone(command).await;
        assert!(
            matches!(
                said,
                Err(Failure::Refused(IdentityFault::WrongWayIn { .. }))
            ),
            "{role:?}: {said:?}"
        );
        // Of a company's two roles the database takes one.
        if *role == Role::BranchManager {
            continue;
        }
        // Should one of them come there all the same, it counts for nothing.
        sqlx::query(
            "insert into identity.grants (user_id, role, scope, granted_at) values ($1, $2, '{}', now())",
        )
        .bind(customer.user.uuid())
        .bind(role.as_str())
        .execute(&house.t.platform.db)
        .await
        .unwrap();
    }
    let admin = house.staff("admin@khidma.sa", Role::Administrator).await;
    let mut admin = actor_of(&house, &admin);
    admin.second_factor_at = Some(house.t.now());
    house
        .http
        .as_actor(&admin)
        .get(&format!("/v1/staff/{}", customer.user))
        .await
        .refused(404, "identity.unknown_user");

    let refreshed = house.refresh(&session["refresh_token"]).await.ok();
    let me = house.http.as_actor(&customer);
    let (challenge, code) = asked(&house, &me).await;
    let stepped = prove(&me, &challenge, &code, house.device).await.ok();
    let anew = house.sign_in(PHONE).await;
    for answer in [refreshed, stepped, anew] {
        assert_eq!(actor_of(&house, &answer).roles, [Role::Customer]);
    }
}
