use crate::{House, PHONE, actor_of};
use contract_identity::{EnrolPhone, Identity as _};
use kernel::access::{Role, Scope};
use kernel::{Lang, Phone, TechnicianId, UserId, VendorId, days, minutes};
use serde_json::json;

#[tokio::test]
async fn each_refresh_gives_a_new_pair_and_the_old_one_is_dead() {
    let house = House::open().await;
    let first = house.sign_in(PHONE).await;
    house.t.clock.advance(minutes(9));
    let second = house.refresh(&first["refresh_token"]).await.ok();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(second["expires_at"], "2026-12-06T06:19:00Z");
    assert_eq!(actor_of(&house, &first), actor_of(&house, &second));
    house.refresh(&second["refresh_token"]).await.ok();
    let stored: Vec<Vec<u8>> = sqlx::query_scalar("select hash from identity.refresh_tokens")
        .fetch_all(&house.t.platform.db)
        .await
        .unwrap();
    let token = first["refresh_token"].as_str().unwrap();
    assert!(
        stored
            .iter()
            .all(|hash| hash.len() == 32 && hash != token.as_bytes())
    );
}

#[tokio::test]
async fn an_unused_token_ends_after_sixty_days_and_nonsense_is_none() {
    let house = House::open().await;
    let first = house.sign_in(PHONE).await;
    house.t.clock.advance(days(60));
    house
        .refresh(&first["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    house
        .refresh(&json!("rft_nonsense"))
        .await
        .refused(401, "identity.signed_out");
}

#[tokio::test]
async fn signing_out_ends_this_session_only() {
    let house = House::open().await;
    let here = house.sign_in(PHONE).await;
    let there = house.sign_in(PHONE).await;
    let me = house.http.as_actor(&actor_of(&house, &here));
    assert_eq!(
        me.delete("/v1/auth/sessions/current").await.ok(),
        json!({ "signed_out": true })
    );
    me.delete("/v1/auth/sessions/current")
        .await
        .refused(401, "http.session_ended");
    house
        .refresh(&here["refresh_token"])
        .await
        .refused(401, "identity.signed_out");
    house.refresh(&there["refresh_token"]).await.ok();
    house
        .http
        .delete("/v1/auth/sessions/current")
        .await
        .refused(401, "http.unauthenticated");
}

#[tokio::test]
async fn one_reads_and_changes_ones_own_account() {
    let house = House::open().await;
    let signed_in = house.sign_in(PHONE).await;
    house.t.run_pending_jobs().await;
    let me = house.http.as_actor(&actor_of(&house, &signed_in));
    let profile = me.get("/v1/me").await.ok();
    assert_eq!(profile["phone"], "+966501234567");
    assert_eq!(profile["lang"], "en");
    assert_eq!(profile["roles"], json!(["customer"]));
    assert!(profile.get("email").is_none());

    house.t.clock.advance(minutes(1));
    let change = json!({ "name": "  سارة ", "lang": "ar" });
    let changed = me.patch("/v1/me", &change).await.ok();
    assert_eq!(
        (&changed["name"], &changed["lang"]),
        (&json!("سارة"), &json!("ar"))
    );
    assert_eq!(me.get("/v1/me").await.ok(), changed);
    house.t.run_pending_jobs().await;
    let contact = house.told.contacts.lock().unwrap().last().unwrap().clone();
    assert_eq!((contact.lang, contact.as_of), (Lang::Ar, house.t.now()));

    let said = me
        .patch("/v1/me", &json!({ "name": " " }))
        .await
        .refused(422, "identity.bad_name");
    assert_eq!(said["errors"][0]["field"], "name");
    assert_eq!(me.get("/v1/me").await.ok()["name"], "سارة");
    assert_eq!(me.patch("/v1/me", &json!({})).await.ok(), changed);
    house
        .http
        .get("/v1/me")
        .await
        .refused(401, "http.unauthenticated");
}

#[tokio::test]
async fn enrolling_a_phone_is_repeatable_and_adds_up() {
    let house = House::open().await;
    let works = Scope {
        vendor: Some(VendorId::new()),
        technician: Some(TechnicianId::new()),
        ..Scope::default()
    };
    let command = EnrolPhone {
        phone: Phone::parse(PHONE).unwrap(),
        name: "Fahad".into(),
        lang: Lang::Ar,
        role: Role::Technician,
        scope: works.clone(),
    };
    let ids =
        futures::future::join_all((0..5).map(|_| house.identity.enrol_phone(command.clone())))
            .await;
    let id = *ids[0].as_ref().unwrap();
    assert!(ids.into_iter().all(|other| other.unwrap() == id));
    let owner = EnrolPhone {
        role: Role::VendorOwner,
        name: "Somebody else".into(),
        scope: Scope {
            technician: None,
            ..works.clone()
        },
        ..command
    };
    assert_eq!(house.identity.enrol_phone(owner).await.unwrap(), id);

    let people = house
        .identity
        .people(vec![UserId::new(), id])
        .await
        .unwrap();
    assert_eq!(people.len(), 1);
    assert_eq!((people[0].id, people[0].name.as_str()), (id, "Fahad"));
    assert_eq!(people[0].since, house.t.now());

    let actor = actor_of(&house, &house.sign_in(PHONE).await);
    assert_eq!(actor.user, id);
    assert_eq!(actor.roles, [Role::VendorOwner, Role::Technician]);
    assert_eq!(actor.scope, works);
    house.t.run_pending_jobs().await;
    assert_eq!(house.told.contacts.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_customer_who_is_enrolled_gets_the_name_that_was_never_given() {
    let house = House::open().await;
    let signed_in = house.sign_in(PHONE).await;
    let command = EnrolPhone {
        phone: Phone::parse(PHONE).unwrap(),
        name: "Fahad".into(),
        lang: Lang::En,
        role: Role::Technician,
        scope: Scope {
            vendor: Some(VendorId::new()),
            technician: Some(TechnicianId::new()),
            ..Scope::default()
        },
    };
    let id = house.identity.enrol_phone(command).await.unwrap();
    assert_eq!(signed_in["user"]["id"], id.to_string());
    // The new role comes with the next refresh.
    let later = house.refresh(&signed_in["refresh_token"]).await.ok();
    assert_eq!(later["user"]["name"], "Fahad");
    assert_eq!(later["user"]["roles"], json!(["customer", "technician"]));
}

#[tokio::test]
async fn what_has_served_is_forgotten() {
    let house = House::open().await;
    let first = house.sign_in(PHONE).await;
    let me = house.http.as_actor(&actor_of(&house, &first));
    me.delete("/v1/auth/sessions/current").await.ok();
    let second = house.sign_in(PHONE).await;
    for (passed, codes, sessions) in [(days(1), 2, 2), (days(1), 0, 2), (days(89), 0, 1)] {
        house.t.clock.advance(passed);
        house.t.run_pending_jobs().await;
        assert_eq!(
            house.count("select count(*) from identity.codes").await,
            codes
        );
        assert_eq!(
            house.count("select count(*) from identity.sessions").await,
            sessions
        );
        if sessions == 2 && codes == 0 {
            house.refresh(&second["refresh_token"]).await.ok();
        }
    }
}
