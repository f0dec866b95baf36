use crate::{House, actor_of, wrong};
use contract_identity::{EnrolPhone, EnrolStaff, Identity as _, IdentityFault};
use identity::{new_totp_secret, totp_now};
use kernel::access::{Role, Scope};
use kernel::{Failure, Lang, Phone, Slug, hours, minutes, seconds};
use platform::testing::TestAnswer;
use serde_json::json;

pub const EMAIL: &str = "noura@khidma.sa";
pub const PASSWORD: &str = "a long enough password";

pub fn noura() -> EnrolStaff {
    EnrolStaff {
        email: EMAIL.into(),
        name: "نورة".into(),
        password: PASSWORD.into(),
        totp_secret: new_totp_secret(),
        roles: vec![Role::Dispatcher],
        scope: Scope {
            zones: Some(vec![Slug::parse("north").unwrap()]),
            ..Scope::default()
        },
    }
}

pub async fn try_in(house: &House, email: &str, password: &str, code: &str) -> TestAnswer {
    let body = json!({ "email": email, "password": password, "code": code });
    house.http.post("/v1/auth/staff/sessions", &body).await
}

#[tokio::test]
async fn staff_sign_in_with_both_factors_and_a_code_of_the_app_counts_once() {
    let house = House::open().await;
    let staff = noura();
    house.identity.enrol_staff(staff.clone()).await.unwrap();
    let code = totp_now(&staff.totp_secret, house.t.now()).unwrap();

    let signed_in = try_in(&house, " Noura@Khidma.SA", PASSWORD, &code)
        .await
        .ok();
    let actor = actor_of(&house, &signed_in);
    assert_eq!(actor.roles, [Role::Dispatcher]);
    assert_eq!(actor.scope, staff.scope);
    assert_eq!(signed_in["user"]["name"], "نورة");

    try_in(&house, EMAIL, PASSWORD, &code)
        .await
        .refused(401, "identity.wrong_credentials");
    // Nor does the code of the step before count any more.
    let before = totp_now(&staff.totp_secret, house.t.now() - seconds(30)).unwrap();
    try_in(&house, EMAIL, PASSWORD, &before)
        .await
        .refused(401, "identity.wrong_credentials");
    // The next step's does, although it is early.
    let next = totp_now(&staff.totp_secret, house.t.now() + seconds(30)).unwrap();
    try_in(&house, EMAIL, PASSWORD, &next).await.ok();
}

#[tokio::test]
async fn a_code_of_the_app_used_by_many_at_once_opens_one_session() {
    let house = House::open().await;
    let staff = noura();
    house.identity.enrol_staff(staff.clone()).await.unwrap();
    let code = totp_now(&staff.totp_secret, house.t.now()).unwrap();
    let all =
        futures::future::join_all((0..8).map(|_| try_in(&house, EMAIL, PASSWORD, &code))).await;
    assert_eq!(all.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(
        house.count("select count(*) from identity.sessions").await,
        1
    );
}

#[tokio::test]
async fn which_factor_was_wrong_is_not_told() {
    let house = House::open().await;
    let staff = noura();
    house.identity.enrol_staff(staff.clone()).await.unwrap();
    let code = totp_now(&staff.totp_secret, house.t.now()).unwrap();
    let nobodys = totp_now("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", house.t.now()).unwrap();
    let mut words = std::collections::BTreeSet::new();
    for (email, password, code) in [
        (EMAIL, "another long password", code.as_str()),
        (EMAIL, PASSWORD, "nonsense"),
        (EMAIL, "", ""),
        ("nobody@khidma.sa", PASSWORD, code.as_str()),
        ("nobody@khidma.sa", PASSWORD, nobodys.as_str()),
    ] {
        let said = try_in(&house, email, password, code).await;
        let said = said.refused(401, "identity.wrong_credentials");
        words.insert((said["detail"].to_string(), said["data"].to_string()));
    }
    assert_eq!(words.len(), 1);
}

#[tokio::test]
async fn guessing_is_held_up_after_ten_tries() {
    let house = House::open().await;
    house.identity.enrol_staff(noura()).await.unwrap();
    for _ in 0..10 {
        try_in(&house, EMAIL, "guess", "000000")
            .await
            .refused(401, "identity.wrong_credentials");
    }
    let said = try_in(&house, EMAIL, "guess", "000000")
        .await
        .refused(429, "identity.too_many_tries");
    assert_eq!(said["data"]["retry_after_s"], 15 * 60);
    house.t.clock.advance(minutes(15));
    try_in(&house, EMAIL, "guess", "000000")
        .await
        .refused(401, "identity.wrong_credentials");
}

#[tokio::test]
async fn a_stranger_who_guesses_does_not_keep_the_owner_out() {
    let house = House::open().await;
    let staff = noura();
    house.identity.enrol_staff(staff.clone()).await.unwrap();
    let body =
        |password: &str, code: &str| json!({ "email": EMAIL, "password": password, "code": code });
    let from = |last: u8| house.http.from_address([192, 0, 2, last].into());
    let path = "/v1/auth/staff/sessions";
    let stranger = from(1);
    for _ in 0..10 {
        let said = stranger.post(path, &body("guess", "000000")).await;
        said.refused(401, "identity.wrong_credentials");
    }
    let said = stranger.post(path, &body("guess", "000000")).await;
    said.refused(429, "identity.too_many_tries");
    let code = totp_now(&staff.totp_secret, house.t.now()).unwrap();
    from(2).post(path, &body(PASSWORD, &code)).await.ok();
    // From however many networks, no more than a hundred.
    for n in 11..=99_u8 {
        let said = from(n).post(path, &body("guess", "000000")).await;
        said.refused(401, "identity.wrong_credentials");
    }
    let said = from(100).post(path, &body("guess", "000000")).await;
    said.refused(429, "identity.too_many_tries");
}

#[tokio::test]
async fn who_knows_the_password_guesses_ten_codes_from_however_many_networks() {
    let house = House::open().await;
    let staff = noura();
    house.identity.enrol_staff(staff.clone()).await.unwrap();
    let right = totp_now(&staff.totp_secret, house.t.now()).unwrap();
    let try_from = async |last: u8, code: &str| {
        let thief = house.http.from_address([192, 0, 2, last].into());
        let body = json!({ "email": EMAIL, "password": PASSWORD, "code": code });
        thief.post("/v1/auth/staff/sessions", &body).await
    };
    for n in 0..10 {
        let said = try_from(n, &wrong(&right)).await;
        said.refused(401, "identity.wrong_credentials");
    }
    // The same words as before: that the password is right is not told.
    let said = try_from(10, &right).await;
    said.refused(401, "identity.wrong_credentials");
    house.t.clock.advance(minutes(15));
    let right = totp_now(&staff.totp_secret, house.t.now()).unwrap();
    try_from(11, &right).await.ok();
}

#[tokio::test]
async fn a_staff_session_ends_with_the_working_day() {
    let house = House::open().await;
    let staff = noura();
    house.identity.enrol_staff(staff.clone()).await.unwrap();
    let code = totp_now(&staff.totp_secret, house.t.now()).unwrap();
    let first = try_in(&house, EMAIL, PASSWORD, &code).await.ok();
    house.t.clock.advance(hours(11));
    let second = house.refresh(&first["refresh_token"]).await.ok();
    house.t.clock.advance(hours(1));
    house
        .refresh(&second["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
}

#[tokio::test]
async fn enrolling_staff_twice_keeps_the_password_and_adds_the_role() {
    let house = House::open().await;
    let first = noura();
    let id = house.identity.enrol_staff(first.clone()).await.unwrap();
    let again = EnrolStaff {
        password: "quite another password".into(),
        totp_secret: new_totp_secret(),
        roles: vec![Role::Auditor],
        scope: Scope::default(),
        ..noura()
    };
    assert_eq!(house.identity.enrol_staff(again).await.unwrap(), id);
    let code = totp_now(&first.totp_secret, house.t.now()).unwrap();
    let signed_in = try_in(&house, EMAIL, PASSWORD, &code).await.ok();
    let actor = actor_of(&house, &signed_in);
    assert_eq!(actor.roles, [Role::Dispatcher, Role::Auditor]);
    // The second role has no limit and lifts none.
    assert_eq!(actor.scope, first.scope);
}

#[tokio::test]
async fn an_account_that_could_not_be_used_safely_is_not_made() {
    let house = House::open().await;
    let refused = |command: EnrolStaff| async {
        match house.identity.enrol_staff(command).await {
            Err(Failure::Refused(fault)) => fault,
            other => panic!("{other:?}"),
        }
    };
    let weak = EnrolStaff {
        password: "elevenchars".into(),
        ..noura()
    };
    assert_eq!(refused(weak).await, IdentityFault::WeakPassword);
    let common = EnrolStaff {
        password: "password1234".into(),
        ..noura()
    };
    assert_eq!(refused(common).await, IdentityFault::CommonPassword);
    let email = EnrolStaff {
        email: "noura".into(),
        ..noura()
    };
    assert_eq!(refused(email).await, IdentityFault::BadEmail);
    let secret = EnrolStaff {
        totp_secret: "AAAA".into(),
        ..noura()
    };
    assert_eq!(refused(secret).await, IdentityFault::BadTotpSecret);
    let name = EnrolStaff {
        name: " ".into(),
        ..noura()
    };
    assert_eq!(refused(name).await, IdentityFault::BadName);
    let customer = EnrolStaff {
        roles: vec![Role::Customer],
        ..noura()
    };
    assert!(matches!(
        refused(customer).await,
        IdentityFault::WrongWayIn { .. }
    ));
    // Nor does a phone alone open the staff's rooms.
    let by_phone = EnrolPhone {
        phone: Phone::parse("0501234567").unwrap(),
        name: "نورة".into(),
        lang: Lang::Ar,
        role: Role::FinanceOfficer,
        scope: Scope::default(),
    };
    assert!(matches!(
        house.identity.enrol_phone(by_phone).await,
        Err(Failure::Refused(IdentityFault::WrongWayIn { .. }))
    ));
    assert_eq!(house.count("select count(*) from identity.users").await, 0);
}

#[tokio::test]
async fn second_factors_are_stored_sealed_and_plain_ones_still_open_until_they_are_too() {
    let house = House::open().await;
    let (staff, other) = (
        noura(),
        EnrolStaff {
            email: "fahd@khidma.sa".into(),
            ..noura()
        },
    );
    house.identity.enrol_staff(staff.clone()).await.unwrap();
    house.identity.enrol_staff(other.clone()).await.unwrap();
    let sealed = "select count(*) from identity.users where totp_secret like 'sealed:1:test:%'";
    assert_eq!(house.count(sealed).await, 2);
    assert_eq!(house.identity.reseal().await.unwrap(), 0);

    // As a version that did not seal has left it.
    let db = &house.t.platform.db;
    sqlx::query("update identity.users set totp_secret = $2 where email = $1")
        .bind(EMAIL)
        .bind(&staff.totp_secret)
        .execute(db)
        .await
        .unwrap();
    let code = totp_now(&staff.totp_secret, house.t.now()).unwrap();
    try_in(&house, EMAIL, PASSWORD, &code).await.ok();
    assert_eq!(house.identity.reseal().await.unwrap(), 1);
    assert_eq!(house.count(sealed).await, 2);
    let next = totp_now(&staff.totp_secret, house.t.now() + seconds(30)).unwrap();
    try_in(&house, EMAIL, PASSWORD, &next).await.ok();

    // Somebody with the database gives one person the other's second factor.
    sqlx::query(
        "update identity.users a set totp_secret = b.totp_secret from identity.users b
         where a.email = $1 and b.email = $2",
    )
    .bind(EMAIL)
    .bind(&other.email)
    .execute(db)
    .await
    .unwrap();
    house.t.clock.advance(minutes(5));
    let theirs = totp_now(&other.totp_secret, house.t.now()).unwrap();
    try_in(&house, EMAIL, PASSWORD, &theirs)
        .await
        .refused(500, "http.internal");
}
