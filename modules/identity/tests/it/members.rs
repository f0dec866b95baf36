//! Members of corporate accounts: they sign in as staff do, and are nobody to staff's administrators.

use crate::accounts::{NEWER, administrator, at_work, begin, enrol, finish, knock, told};
use crate::staff::{PASSWORD, noura};
use crate::{House, actor_of};
use contract_identity::{
    EnrolStaff, Identity as _, IdentityFault, LinkMember, MemberLink, Membership, SetMember,
    Standing, Whom,
};
use identity::totp_now;
use kernel::access::{Role, Scope};
use kernel::{BranchId, CorporateAccountId, Failure, Outcome, UserId, minutes, seconds};
use platform::testing::TestHttp;
use serde_json::{Value, json};

const LAMA: &str = "lama@company.example";

async fn invite(
    house: &House,
    account: CorporateAccountId,
    email: &str,
) -> Outcome<MemberLink, IdentityFault> {
    let command = LinkMember {
        account,
        whom: Whom::Invited {
            name: "لمى".into(),
            email: email.into(),
            lang: None,
        },
        by: UserId::new(),
    };
    house.identity.link_member(command).await
}

async fn renew(
    house: &House,
    account: CorporateAccountId,
    user: UserId,
) -> Outcome<MemberLink, IdentityFault> {
    let command = LinkMember {
        account,
        whom: Whom::Member(user),
        by: UserId::new(),
    };
    house.identity.link_member(command).await
}

async fn set(
    house: &House,
    account: CorporateAccountId,
    user: UserId,
    standing: Standing,
    version: i64,
) -> Outcome<(), IdentityFault> {
    let command = SetMember {
        account,
        user,
        standing,
        by: UserId::new(),
        version,
    };
    house.identity.set_member(command).await
}

#[track_caller]
fn refused<T>(outcome: Outcome<T, IdentityFault>, wanted: IdentityFault) {
    match outcome {
        Err(Failure::Refused(fault)) => assert_eq!(fault, wanted),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("not refused"),
    }
}

/// Uses the link: the secret of the app.
async fn set_up(house: &House, token: &str, password: &str) -> String {
    let token = json!(token);
    let begun = begin(house, &token).await.ok();
    assert_eq!(begun["has_password"], false);
    let secret = begun["secret"].as_str().unwrap().to_owned();
    let code = totp_now(&secret, house.t.now()).unwrap();
    let codes = finish(house, &token, password, &code).await.ok();
    assert_eq!(codes["codes"].as_array().unwrap().len(), 10);
    secret
}

/// A manager of an account who has set up everything: id and secret.
async fn manager(house: &House, account: CorporateAccountId, email: &str) -> (UserId, String) {
    let link = invite(house, account, email).await.unwrap();
    let active = Standing::Active(Membership::Manager);
    set(house, account, link.user, active, 1).await.unwrap();
    let secret = set_up(house, &link.token, PASSWORD).await;
    (link.user, secret)
}

async fn signed_in(house: &House, email: &str, secret: &str) -> (TestHttp, Value) {
    let session = knock(house, email, PASSWORD, secret).await.ok();
    (house.http.as_actor(&actor_of(house, &session)), session)
}

#[tokio::test]
async fn a_member_sets_up_both_factors_with_the_link_and_signs_in_as_staff_do() {
    let house = House::open().await;
    let (account, branch) = (CorporateAccountId::new(), BranchId::new());
    let link = invite(&house, account, " Lama@Company.Example ")
        .await
        .unwrap();
    assert!(link.link.ends_with(&format!("/enrol?token={}", link.token)));
    let standing = Standing::Active(Membership::OfBranch(branch));
    set(&house, account, link.user, standing, 1).await.unwrap();
    let secret = set_up(&house, &link.token, PASSWORD).await;
    finish(&house, &json!(link.token), PASSWORD, "000000")
        .await
        .refused(422, "identity.bad_enrolment");

    let (http, session) = signed_in(&house, LAMA, &secret).await;
    let actor = actor_of(&house, &session);
    assert_eq!(actor.roles, [Role::BranchManager]);
    let scope = Scope {
        account: Some(account),
        branch: Some(branch),
        ..Scope::default()
    };
    assert_eq!(actor.scope, scope);
    // Stepping up, the devices and a new password work as for staff; a phone's code does not.
    house.t.clock.advance(minutes(6));
    let code = totp_now(&secret, house.t.now()).unwrap();
    http.post("/v1/auth/step-up", &json!({ "code": code }))
        .await
        .ok();
    http.post("/v1/auth/step-up/code", &json!({ "device": house.device }))
        .await
        .refused(409, "identity.not_by_phone");
    let sessions = http.get("/v1/me/sessions").await.ok();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
    let change = json!({ "current_password": PASSWORD, "password": NEWER });
    http.post("/v1/me/password", &change).await.ok();
    knock(&house, LAMA, NEWER, &secret).await.ok();
    // It ends with the working day.
    house.t.clock.advance(kernel::hours(12));
    house
        .refresh(&session["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
}

#[tokio::test]
async fn who_is_removed_suspended_or_made_something_else_is_out_with_the_next_request() {
    let house = House::open().await;
    let account = CorporateAccountId::new();
    let (lama, secret) = manager(&house, account, LAMA).await;
    let branch = Membership::OfBranch(BranchId::new());
    let steps = [
        (Standing::Active(branch), true),
        (Standing::Suspended(branch), false),
        (Standing::Active(branch), true),
        (Standing::Removed, false),
    ];
    let mut version = 1;
    let mut last = signed_in(&house, LAMA, &secret).await;
    for (standing, may_enter) in steps {
        let (http, session) = &last;
        assert_eq!(actor_of(&house, session).roles.len(), 1);
        http.get("/v1/me").await.ok();
        version += 1;
        set(&house, account, lama, standing, version).await.unwrap();
        http.get("/v1/me").await.refused(401, "http.session_ended");
        house
            .refresh(&session["refresh_token"])
            .await
            .refused(401, "identity.signed_out");
        if !may_enter {
            knock(&house, LAMA, PASSWORD, &secret)
                .await
                .refused(401, "identity.wrong_credentials");
            let stood = version;
            version += 1;
            // What is decided next lets them in again, to be put out once more.
            let active = Standing::Active(Membership::Manager);
            set(&house, account, lama, active, version).await.unwrap();
            // A word of before that comes late changes nothing.
            set(&house, account, lama, standing, stood).await.unwrap();
        }
        house.t.clock.advance(minutes(15));
        last = signed_in(&house, LAMA, &secret).await;
    }
    // Said again, nobody is put out.
    let (http, _) = last;
    let again = Standing::Active(Membership::Manager);
    set(&house, account, lama, again, version).await.unwrap();
    set(&house, account, lama, again, version + 1)
        .await
        .unwrap();
    http.get("/v1/me").await.ok();
    house.t.run_pending_jobs().await;
    assert!(told(&house, "member_changed") > 0);
}

#[tokio::test]
async fn a_company_reaches_its_own_members_and_nobody_else() {
    let house = House::open().await;
    let (ours, theirs) = (CorporateAccountId::new(), CorporateAccountId::new());
    let (lama, secret) = manager(&house, ours, LAMA).await;
    let (other, _) = manager(&house, theirs, "omar@other.example").await;
    let staff_secret = enrol(&house, "fahd@khidma.sa", Role::Dispatcher).await;
    let fahd = knock(&house, "fahd@khidma.sa", PASSWORD, &staff_secret)
        .await
        .ok();
    let fahd: UserId = fahd["user"]["id"].as_str().unwrap().parse().unwrap();
    let customer = house.sign_in(crate::PHONE).await["user"]["id"].clone();
    let customer: UserId = customer.as_str().unwrap().parse().unwrap();
    for email in ["fahd@khidma.sa", "omar@other.example", LAMA] {
        refused(invite(&house, ours, email).await, IdentityFault::EmailTaken);
    }
    for user in [fahd, other, customer, UserId::new()] {
        refused(renew(&house, ours, user).await, IdentityFault::UnknownUser);
        for standing in [Standing::Removed, Standing::Active(Membership::Manager)] {
            let outcome = set(&house, ours, user, standing, 9).await;
            refused(outcome, IdentityFault::UnknownUser);
        }
    }
    let members = house.identity.members(ours, vec![lama, other, fahd]).await;
    let members = members.unwrap();
    assert_eq!(members.len(), 1);
    assert_eq!((members[0].user, members[0].email.as_str()), (lama, LAMA));
    // Everybody is what they were.
    knock(&house, "fahd@khidma.sa", PASSWORD, &staff_secret)
        .await
        .ok();
    knock(&house, LAMA, PASSWORD, &secret).await.ok();
}

#[tokio::test]
async fn for_administrators_a_member_does_not_exist_and_is_never_staff() {
    let house = House::open().await;
    let admin = administrator(&house).await;
    let account = CorporateAccountId::new();
    let (lama, secret) = manager(&house, account, LAMA).await;
    let listed = admin.get("/v1/staff").await.ok();
    assert_eq!(
        listed["items"].as_array().unwrap().len(),
        1,
        "the administrator"
    );
    let path = format!("/v1/staff/{lama}");
    let answers = [
        admin.get(&path).await,
        admin
            .put(
                &format!("{path}/roles"),
                &json!({ "version": 1, "roles": ["moderator"] }),
            )
            .await,
        admin
            .post(
                &format!("{path}/disable"),
                &json!({ "version": 1, "reason": "mine" }),
            )
            .await,
        admin
            .post(&format!("{path}/enable"), &json!({ "version": 1 }))
            .await,
        admin
            .post(&format!("{path}/second-factor/reset"), &json!({}))
            .await,
        admin
            .post("/v1/staff/password-resets", &json!({ "email": LAMA }))
            .await,
    ];
    for answer in answers {
        answer.refused(404, "identity.unknown_user");
    }
    let invite = json!({ "name": "Lama", "email": LAMA, "roles": ["moderator"] });
    admin
        .post("/v1/staff", &invite)
        .await
        .refused(409, "identity.email_taken");
    let as_staff = EnrolStaff {
        email: LAMA.into(),
        ..noura()
    };
    refused(
        house.identity.enrol_staff(as_staff).await,
        IdentityFault::EmailTaken,
    );
    // Nor is staff made a member, nor anybody two things.
    let corporate = EnrolStaff {
        email: "reem@khidma.sa".into(),
        roles: vec![Role::CorporateManager],
        scope: Membership::Manager.scope(account),
        ..noura()
    };
    refused(
        house.identity.enrol_staff(corporate.clone()).await,
        IdentityFault::EmailTaken,
    );
    let both = EnrolStaff {
        email: "both@company.example".into(),
        roles: vec![Role::CorporateManager, Role::Dispatcher],
        ..corporate
    };
    refused(
        house.identity.enrol_staff(both).await,
        IdentityFault::RolesApart {
            one: "corporate_manager".into(),
            other: "dispatcher".into(),
        },
    );
    let session = knock(&house, LAMA, PASSWORD, &secret).await.ok();
    assert_eq!(session["user"]["roles"], json!(["corporate_manager"]));
}

#[tokio::test]
async fn a_link_ends_all_that_a_member_signed_in_with() {
    let house = House::open().await;
    let account = CorporateAccountId::new();
    let (lama, secret) = manager(&house, account, LAMA).await;
    let (http, session) = signed_in(&house, LAMA, &secret).await;
    house.t.clock.advance(seconds(30));
    let first = renew(&house, account, lama).await.unwrap();
    http.get("/v1/me").await.refused(401, "http.session_ended");
    house
        .refresh(&session["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    knock(&house, LAMA, PASSWORD, &secret)
        .await
        .refused(401, "identity.wrong_credentials");
    assert_eq!(
        house
            .count("select count(*) from identity.recovery_codes")
            .await,
        0
    );
    // A newer link ends the one before.
    let second = renew(&house, account, lama).await.unwrap();
    begin(&house, &json!(first.token))
        .await
        .refused(422, "identity.bad_enrolment");
    let newer = set_up(&house, &second.token, NEWER).await;
    house.t.clock.advance(minutes(15));
    knock(&house, LAMA, PASSWORD, &newer)
        .await
        .refused(401, "identity.wrong_credentials");
    knock(&house, LAMA, NEWER, &newer).await.ok();
    house.t.run_pending_jobs().await;
    assert_eq!(told(&house, "member_reset"), 1);

    // No link of somebody who can't sign in opens anything.
    let third = renew(&house, account, lama).await.unwrap();
    set(&house, account, lama, Standing::Removed, 2)
        .await
        .unwrap();
    begin(&house, &json!(third.token))
        .await
        .refused(422, "identity.bad_enrolment");
    refused(
        renew(&house, account, lama).await,
        IdentityFault::AccountDisabled,
    );
    // Who was removed comes back with a link and as what they are then.
    let back = invite(&house, account, LAMA).await.unwrap();
    assert_eq!(back.user, lama);
    let active = Standing::Active(Membership::Manager);
    set(&house, account, lama, active, 3).await.unwrap();
    let newest = set_up(&house, &back.token, PASSWORD).await;
    knock(&house, LAMA, PASSWORD, &newest).await.ok();
}

#[tokio::test]
async fn whoever_signs_in_while_the_account_is_suspended_is_out_or_never_in() {
    let house = House::open().await;
    let account = CorporateAccountId::new();
    for round in 0..15 {
        house.t.clock.advance(minutes(15));
        let email = format!("member{round}@company.example");
        let (user, secret) = manager(&house, account, &email).await;
        let suspended = Standing::Suspended(Membership::Manager);
        let (session, done) = tokio::join!(
            knock(&house, &email, PASSWORD, &secret),
            set(&house, account, user, suspended, 2),
        );
        done.unwrap();
        if session.status.is_success() {
            let actor = actor_of(&house, &session.json);
            let http = house.http.as_actor(&actor);
            http.get("/v1/me").await.refused(401, "http.session_ended");
        } else {
            session.refused(401, "identity.wrong_credentials");
        }
    }
    let open = "select count(*) from identity.sessions where ended_at is null";
    assert_eq!(house.count(open).await, 0);
    // Of staff nobody was meant.
    let (staff, _) = at_work(&house, "fahd@khidma.sa", Role::Dispatcher).await;
    staff.get("/v1/me").await.ok();
}

#[tokio::test]
async fn whoever_is_invited_twice_at_once_has_one_account_and_one_good_link() {
    let house = House::open().await;
    let account = CorporateAccountId::new();
    for round in 0..15 {
        let email = format!("member{round}@company.example");
        let (a, b) = tokio::join!(
            invite(&house, account, &email),
            invite(&house, account, &email)
        );
        let (a, b) = (a.unwrap(), b.unwrap());
        assert_eq!(a.user, b.user);
        let mut good = 0;
        for link in [a, b] {
            let begun = begin(&house, &json!(link.token)).await;
            good += usize::from(begun.status.is_success());
        }
        assert_eq!(good, 1);
    }
}
