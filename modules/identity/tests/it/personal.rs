//! What somebody gets to read of themselves, and how an account ends.

use crate::{House, PHONE, actor_of};
use contract_identity::{EnrolPhone, Identity as _};
use kernel::access::{Actor, Role, Scope};
use kernel::{Basis, Lang, Obstacle, Phone, Subject, TechnicianId, UserId, VendorId, minutes};
use platform::personal::{Kept, PersonalRecords, Table};
use serde_json::{Value, json};

async fn subject(house: &House, user: UserId) -> Subject {
    house.identity.subject(user).await.unwrap()
}

async fn tables(house: &House, user: UserId) -> Vec<Table> {
    let subject = subject(house, user).await;
    let copied = house.identity.copy(subject).await.unwrap();
    assert!(copied.files.is_empty());
    copied.tables
}

fn rows<'a>(tables: &'a [Table], name: &str) -> &'a [Value] {
    let table = tables.iter().find(|table| table.name == name);
    table.map_or(&[], |table| &table.rows)
}

async fn obstacles(house: &House, user: UserId) -> Vec<Obstacle> {
    let subject = subject(house, user).await;
    let found = house.identity.obstacles(subject).await.unwrap();
    found.into_iter().collect()
}

async fn erase(house: &House, user: UserId) -> anyhow::Result<Vec<Kept>> {
    let subject = subject(house, user).await;
    house.identity.erase(subject, house.t.now()).await
}

async fn works(house: &House, phone: &str, role: Role) -> UserId {
    let technician = (role == Role::Technician).then(TechnicianId::new);
    let command = EnrolPhone {
        phone: Phone::parse(phone).unwrap(),
        name: "Fahad".into(),
        lang: Lang::Ar,
        role,
        scope: Scope {
            vendor: Some(VendorId::new()),
            technician,
            ..Scope::default()
        },
    };
    house.identity.enrol_phone(command).await.unwrap()
}

/// A customer with a name, and what they were given at the door.
async fn customer(house: &House) -> (Value, Actor) {
    let signed_in = house.sign_in(PHONE).await;
    let actor = actor_of(house, &signed_in);
    let name = json!({ "name": "سارة", "lang": "ar" });
    house
        .http
        .as_actor(&actor)
        .patch("/v1/me", &name)
        .await
        .ok();
    house.t.run_pending_jobs().await;
    (signed_in, actor)
}

/// Everything about accounts that the database holds.
async fn all(house: &House) -> Value {
    sqlx::query_scalar(
        "select jsonb_build_object(
             'users', (select jsonb_agg(u order by id) from identity.users u),
             'grants', (select jsonb_agg(g order by user_id, role) from identity.grants g),
             'codes', (select jsonb_agg(c order by id) from identity.codes c),
             'sessions', (select jsonb_agg(s order by id) from identity.sessions s),
             'tokens', (select jsonb_agg(t order by hash) from identity.refresh_tokens t),
             'recovery', (select jsonb_agg(r order by hash) from identity.recovery_codes r))",
    )
    .fetch_one(&house.t.platform.db)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_copy_tells_all_that_is_kept_of_a_customer() {
    let house = House::open().await;
    let (signed_in, actor) = customer(&house).await;
    house.sign_in("0507654321").await;
    house.t.clock.advance(minutes(5));
    house.refresh(&signed_in["refresh_token"]).await.ok();
    let tables = tables(&house, actor.user).await;
    let names: Vec<_> = tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["account", "sessions", "sign_in_codes"]);
    assert_eq!(
        rows(&tables, "account"),
        [json!({
            "id": actor.user, "name": "سارة", "phone": "+966501234567", "email": null,
            "language": "ar", "tier": null, "since": "2026-12-06T06:00:00Z",
            "changed_at": "2026-12-06T06:00:00Z", "last_sign_in_at": "2026-12-06T06:00:00Z",
            "has_password": false, "has_authenticator_app": false,
            "disabled_at": null, "disabled_reason": null,
            "member_of": null,
            "roles": [{ "role": "customer", "limits": {}, "granted_at": "2026-12-06T06:00:00Z" }],
        })]
    );
    assert_eq!(
        rows(&tables, "sessions"),
        [json!({
            "device": "", "opened_with": "phone_code", "opened_at": "2026-12-06T06:00:00Z",
            "last_used_at": "2026-12-06T06:05:00Z", "second_factor_at": "2026-12-06T06:00:00Z",
            "expires_at": rows(&tables, "sessions")[0]["expires_at"], "ended_at": null, "ended_by": null,
        })]
    );
    assert_eq!(
        rows(&tables, "sign_in_codes"),
        [json!({
            "phone": "+966501234567", "purpose": "sign_in", "language": "en",
            "asked_at": "2026-12-06T06:00:00Z", "ended_at": "2026-12-06T06:00:00Z",
        })]
    );
}

#[tokio::test]
async fn no_copy_holds_a_secret_or_a_digest() {
    let house = House::open().await;
    let email = "noura@khidma.sa";
    let noura = actor_of(&house, &house.staff(email, Role::Dispatcher).await);
    for sql in [
        "insert into identity.passkeys (id, user_id, credential_id, credential, name, added_at)
         select gen_random_uuid(), id, 'a-credential', '{\"cred\": \"a-public-key\"}', 'Phone', now()
         from identity.users",
        "insert into identity.recovery_codes (user_id, hash, made_at)
         select id, 'a-recovery-hash', now() from identity.users",
    ] {
        sqlx::query(sql).execute(&house.t.platform.db).await.unwrap();
    }
    let tables = tables(&house, noura.user).await;
    let account = &rows(&tables, "account")[0];
    assert_eq!(account["email"], email);
    assert_eq!(account["has_password"], true);
    assert_eq!(account["roles"][0]["role"], "dispatcher");
    let passkey = &rows(&tables, "passkeys")[0];
    assert_eq!(passkey["name"], "Phone");
    let mut fields: Vec<_> = passkey.as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(
        fields,
        ["added_at", "blocked_at", "id", "last_used_at", "name"]
    );
    let secrets: Vec<String> = sqlx::query_scalar(
        "select unnest(array[password_hash, totp_secret]) from identity.users
         union all select encode(hash, 'hex') from identity.refresh_tokens",
    )
    .fetch_all(&house.t.platform.db)
    .await
    .unwrap();
    assert_eq!(secrets.len(), 3);
    let told = serde_json::to_string(&tables).unwrap();
    for secret in secrets {
        assert!(!told.contains(&secret), "{secret}");
    }
    for secret in ["a-credential", "a-public-key", "a-recovery-hash", "argon2"] {
        assert!(!told.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn whoever_works_here_is_not_erased_and_loses_nothing() {
    let house = House::open().await;
    let (_, sara) = customer(&house).await;
    assert_eq!(obstacles(&house, sara.user).await, []);
    assert_eq!(obstacles(&house, UserId::new()).await, []);
    // A customer who becomes a technician works here from then on.
    assert_eq!(works(&house, PHONE, Role::Technician).await, sara.user);
    let owner = works(&house, "0507654321", Role::VendorOwner).await;
    let staff = house.staff("noura@khidma.sa", Role::Dispatcher).await;
    let staff = actor_of(&house, &staff).user;
    let before = all(&house).await;
    for user in [sara.user, owner, staff] {
        assert_eq!(obstacles(&house, user).await, [Obstacle::WorksHere]);
        let refused = erase(&house, user).await.unwrap_err().to_string();
        assert!(refused.contains("more than a customer"), "{refused}");
        assert_eq!(all(&house).await, before);
    }
    // Without any role they are still no customer: they have a password.
    sqlx::query("delete from identity.grants where user_id = $1")
        .bind(staff.uuid())
        .execute(&house.t.platform.db)
        .await
        .unwrap();
    assert_eq!(obstacles(&house, staff).await, [Obstacle::WorksHere]);
    erase(&house, staff).await.unwrap_err();
}

#[tokio::test]
async fn an_erased_account_opens_nothing_and_its_phone_makes_a_new_one() {
    let house = House::open().await;
    let (first, actor) = customer(&house).await;
    let elsewhere = house.sign_in(PHONE).await;
    let (neighbour, neighbours) = {
        let signed_in = house.sign_in("0507654321").await;
        (actor_of(&house, &signed_in), signed_in)
    };
    house.t.clock.advance(minutes(1));
    let (challenge, code) = house.code_for(PHONE).await;
    let me = house.http.as_actor(&actor);
    me.get("/v1/me").await.ok();

    let kept = vec![Kept {
        what: "account".into(),
        rows: 1,
        basis: Basis::Others,
    }];
    assert_eq!(erase(&house, actor.user).await.unwrap(), kept);
    let left = all(&house).await;
    house.t.clock.advance(minutes(1));
    assert_eq!(erase(&house, actor.user).await.unwrap(), kept);
    assert_eq!(all(&house).await, left, "erasing again changes nothing");

    // No token of any kind.
    for signed_in in [&first, &elsewhere] {
        house
            .refresh(&signed_in["refresh_token"])
            .await
            .refused(401, "identity.signed_out");
        let actor = actor_of(&house, signed_in);
        let me = house.http.as_actor(&actor);
        me.get("/v1/me").await.refused(401, "http.session_ended");
    }
    // A process that has heard of it, as all do in time.
    let elsewhere = platform::Tokens::from_seed(&[42; 32])
        .unwrap()
        .over(house.t.platform.db.clone());
    elsewhere.load().await.unwrap();
    use platform::tokens::NotAdmitted;
    assert_eq!(elsewhere.admit(&actor).await, Err(NotAdmitted::Ended));
    assert_eq!(elsewhere.admit(&neighbour).await, Ok(()));
    // No code sent before.
    house
        .enter(&challenge, &code)
        .await
        .refused(401, "identity.wrong_code");

    // Others may go on naming the account, which has no name.
    let people = house.identity.people(vec![actor.user]).await.unwrap();
    assert_eq!(people.len(), 1);
    assert_eq!((people[0].name.as_str(), &people[0].phone), ("", &None));
    assert_eq!(people[0].since.to_string(), "2026-12-06T06:00:00Z");
    let tables = tables(&house, actor.user).await;
    assert_eq!(tables.len(), 1);
    assert_eq!(rows(&tables, "account")[0]["roles"], json!([]));
    assert_eq!(obstacles(&house, actor.user).await, []);

    // The neighbour notices nothing.
    house.refresh(&neighbours["refresh_token"]).await.ok();
    assert_eq!(obstacles(&house, neighbour.user).await, []);

    house.t.clock.advance(minutes(1));
    let anew = house.sign_in(PHONE).await;
    assert_ne!(anew["user"]["id"], first["user"]["id"]);
    assert_eq!(anew["user"]["name"], "");
    assert_eq!(anew["user"]["roles"], json!(["customer"]));
    assert_eq!(erase(&house, UserId::new()).await.unwrap(), []);
}

#[tokio::test]
async fn what_comes_late_does_not_bring_anything_back() {
    let house = House::open().await;
    let (_, actor) = customer(&house).await;
    let told = house.told.contacts.lock().unwrap().len();
    // A change of the language whose telling has not run yet.
    house.t.clock.advance(minutes(1));
    let me = house.http.as_actor(&actor);
    me.patch("/v1/me", &json!({ "lang": "en" })).await.ok();
    erase(&house, actor.user).await.unwrap();
    house.t.run_pending_jobs().await;
    assert_eq!(house.told.contacts.lock().unwrap().len(), told);

    // A process that has not heard of it yet lets the customer in for a moment.
    let mut deaf = house.t.platform.clone();
    deaf.tokens = platform::Tokens::from_seed(&[42; 32])
        .unwrap()
        .over(house.t.platform.db.clone());
    let settings = crate::cheap();
    let there = identity::Identity::new(deaf.clone(), house.told.clone(), settings).unwrap();
    let edge = platform::http::Edge::new(
        deaf.tokens.clone(),
        house.t.clock.clone(),
        platform::http::EdgeSettings::default(),
    );
    let mut late = house.http.as_actor(&actor);
    late.set_router(edge.around(there.router().split_for_parts().0));
    late.patch("/v1/me", &json!({ "name": "سارة", "lang": "ar" }))
        .await
        .refused(404, "identity.unknown_user");
    late.get("/v1/me")
        .await
        .refused(404, "identity.unknown_user");
    let people = house.identity.people(vec![actor.user]).await.unwrap();
    assert_eq!(people[0].name, "");
}

/// Whoever is first, the erased account has nothing afterwards.
#[tokio::test]
async fn signing_in_refreshing_and_enrolling_at_the_same_moment_leave_nothing_open() {
    let house = House::open().await;
    for round in 0..8_u32 {
        let phone = format!("05012345{:02}", round + 10);
        let signed_in = house.sign_in(&phone).await;
        let user = actor_of(&house, &signed_in).user;
        let mut token = signed_in["refresh_token"].clone();
        for _ in 0..2 {
            house.t.clock.advance(minutes(1));
            token = house.refresh(&token).await.ok()["refresh_token"].clone();
        }
        house.t.clock.advance(minutes(1));
        let (challenge, code) = house.code_for(&phone).await;
        let (kept, entered, refreshed, works) = tokio::join!(
            erase(&house, user),
            house.enter(&challenge, &code),
            house.refresh(&token),
            async {
                // Half of the rounds: somebody is enrolled with the phone as well.
                match round % 2 {
                    0 => None,
                    _ => Some(works(&house, &phone, Role::Technician).await),
                }
            },
        );
        assert!(
            matches!(refreshed.status.as_u16(), 200 | 401),
            "{}",
            refreshed.json
        );
        match entered.status.as_u16() {
            200 => {}
            _ => drop(entered.refused(401, "identity.wrong_code")),
        }
        if works == Some(user) {
            // Enrolled first: they work here, and stay.
            kept.unwrap_err();
            continue;
        }
        assert_eq!(kept.unwrap().len(), 1);
        let left: (i64, i64, Option<String>) = sqlx::query_as(
            "select (select count(*) from identity.sessions where user_id = u.id),
                    (select count(*) from identity.grants where user_id = u.id), phone
             from identity.users u where id = $1 and erased_at is not null",
        )
        .bind(user.uuid())
        .fetch_one(&house.t.platform.db)
        .await
        .unwrap();
        assert_eq!(left, (0, 0, None));
    }
}
