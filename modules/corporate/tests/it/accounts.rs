//! Accounts: opened, changed, listed, suspended and resumed by staff.

use crate::{House, company_of, names};
use contract_identity::{Membership, Standing};
use kernel::access::Role;
use platform::testing::actor;
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn an_account_is_opened_once_and_what_is_typed_is_checked() {
    let house = House::open().await;
    let operations = house.operations();
    let path = "/v1/corporate-accounts";
    for (change, code, field) in [
        (
            json!({ "name": { "ar": " ", "en": "Almada" } }),
            "corporate.bad_arabic_name",
            "name.ar",
        ),
        (
            json!({ "name": { "ar": "المدى", "en": "" } }),
            "corporate.bad_english_name",
            "name.en",
        ),
        (
            json!({ "unified_number": "1012345678" }),
            "corporate.bad_unified_number",
            "unified_number",
        ),
        (
            json!({ "vat_number": "123" }),
            "corporate.bad_vat_number",
            "vat_number",
        ),
    ] {
        let mut body = company_of("Almada", "7012345678");
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        let refused = operations.post(path, &body).await.refused(422, code);
        assert_eq!(refused["errors"][0]["field"], field);
        let arabic = operations.lang("ar").post(path, &body).await;
        let arabic = arabic.refused(422, code);
        assert_ne!(
            arabic["errors"][0]["detail"],
            refused["errors"][0]["detail"]
        );
    }
    let key = Uuid::new_v4();
    let mut body = company_of(" Almada ", "7012345678");
    body["vat_number"] = json!("310123456700003");
    let opened = operations.post_with_key(path, &body, key).await;
    assert_eq!(opened.status, 201);
    let opened = opened.ok();
    assert_eq!(opened["name"]["en"], "Almada");
    assert_eq!(
        (&opened["state"], &opened["members"], &opened["version"]),
        (&json!("active"), &json!(0), &json!(1))
    );
    let again = operations.post_with_key(path, &body, key).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.ok(), opened);
    operations
        .post(path, &body)
        .await
        .refused(409, "corporate.unified_number_taken");
    let rows = house.audited("corporate.open").await;
    assert_eq!((rows.len(), rows[0].1), (1, true));
    assert_eq!(rows[0].0, opened["id"].as_str().unwrap());

    // Changes name the version they were decided on.
    let path = format!("{path}/{}", opened["id"].as_str().unwrap());
    let change = json!({ "version": 1, "name": { "ar": "المدى", "en": "Almada Group" } });
    let after = operations.put(&path, &change).await.ok();
    assert_eq!(after["name"]["en"], "Almada Group");
    assert!(after.get("vat_number").is_none());
    let stale = operations.put(&path, &change).await;
    let stale = stale.refused(409, "corporate.changed");
    assert_eq!(stale["data"]["version"], 2);
    let nobodys = format!("/v1/corporate-accounts/cor_{}", Uuid::now_v7().simple());
    operations
        .get(&nobodys)
        .await
        .refused(404, "corporate.unknown_account");
}

#[tokio::test]
async fn accounts_are_listed_page_by_page_for_those_who_read() {
    let house = House::open().await;
    let operations = house.operations();
    for name in ["A", "B", "C"] {
        let body = company_of(name, &format!("70123456{:02}", name.as_bytes()[0]));
        operations.post("/v1/corporate-accounts", &body).await.ok();
    }
    for role in [Role::OperationsManager, Role::FinanceOfficer, Role::Auditor] {
        let reader = house.http.as_actor(&actor(role));
        let first = reader.get("/v1/corporate-accounts?limit=2").await.ok();
        assert_eq!(names(&first), ["C", "B"]);
        let next = first["next"].as_str().unwrap();
        let path = format!("/v1/corporate-accounts?limit=2&cursor={next}");
        let rest = reader.get(&path).await.ok();
        assert_eq!(names(&rest), ["A"]);
        let path = "/v1/corporate-accounts?state=suspended";
        assert_eq!(names(&reader.get(path).await.ok()), Vec::<&str>::new());
    }
    let administrator = house.http.as_actor(&actor(Role::Administrator));
    administrator
        .get("/v1/corporate-accounts")
        .await
        .refused(403, "http.forbidden");
}

#[tokio::test]
async fn a_suspended_company_is_shut_until_it_is_resumed() {
    let house = House::open().await;
    let operations = house.operations();
    let company = house.company(1).await;
    let other = house.company(2).await;
    let path = format!("/v1/corporate-accounts/{}", company.account);
    let suspend = format!("{path}/suspend");
    for (body, status, code) in [
        (
            json!({ "version": 1, "reason": " " }),
            422,
            "corporate.bad_reason",
        ),
        (
            json!({ "version": 9, "reason": "unpaid" }),
            409,
            "corporate.changed",
        ),
    ] {
        operations.post(&suspend, &body).await.refused(status, code);
    }
    let body = json!({ "version": 1, "reason": "unpaid" });
    let after = operations.post(&suspend, &body).await.ok();
    assert_eq!(after["state"], "suspended");
    assert_eq!(after["suspended"]["reason"], "unpaid");
    let (lama, badr) = (company.ids[0], company.ids[2]);
    let suspended = |what| Some(Standing::Suspended(what));
    assert_eq!(
        house.people.of(lama).standing,
        suspended(Membership::Manager)
    );
    let branch = Membership::OfBranch(company.branches[0]);
    assert_eq!(house.people.of(badr).standing, suspended(branch));
    assert_eq!(house.people.of(other.ids[0]).standing, None, "another's");
    // Whatever a token still says.
    company
        .lama
        .post(
            "/v1/company/branches",
            &json!({ "name": { "ar": "ب", "en": "B" } }),
        )
        .await
        .refused(409, "corporate.account_suspended");
    operations
        .post(
            &format!("{path}/managers"),
            &json!({ "name": "New", "email": "new@company.example" }),
        )
        .await
        .refused(409, "corporate.account_suspended");
    operations
        .post(&suspend, &json!({ "version": 2, "reason": "unpaid" }))
        .await
        .refused(409, "corporate.account_suspended");

    let resume = format!("{path}/resume");
    let after = operations
        .post(&resume, &json!({ "version": 2 }))
        .await
        .ok();
    assert_eq!(
        (&after["state"], after.get("suspended")),
        (&json!("active"), None)
    );
    assert_eq!(
        house.people.of(lama).standing,
        Some(Standing::Active(Membership::Manager))
    );
    operations
        .post(&resume, &json!({ "version": 3 }))
        .await
        .refused(409, "corporate.account_active");
    house.t.run_pending_jobs().await;
    let rows = house.audited("corporate.suspend").await;
    assert_eq!(rows[0].2["reason"], "unpaid");
    assert_eq!(house.audited("corporate.resume").await.len(), 1);
}

#[tokio::test]
async fn a_suspension_holds_though_the_process_dies_before_identity_is_told() {
    let house = House::open().await;
    let operations = house.operations();
    let company = house.company(1).await;
    let path = format!("/v1/corporate-accounts/{}/suspend", company.account);
    let body = json!({ "version": 1, "reason": "misused" });
    house.people.fail_next();
    let key = Uuid::new_v4();
    let answer = operations.post_with_key(&path, &body, key).await;
    assert_eq!(answer.status, 503, "{}", answer.json);
    let lama = company.ids[0];
    assert_eq!(house.people.of(lama).standing, None, "not told yet");
    assert_eq!(
        house
            .count("select count(*) from corporate.accounts where state = 'suspended'")
            .await,
        1
    );
    house.t.run_pending_jobs().await;
    for user in &company.ids {
        let standing = house.people.of(*user).standing;
        assert!(matches!(standing, Some(Standing::Suspended(_))));
    }
    // Whoever repeats it is told what was done, and it is done once.
    let again = operations.post_with_key(&path, &body, key).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.ok()["version"], 2);
    let resume = path.replace("suspend", "resume");
    let version = json!({ "version": 2 });
    operations.post(&resume, &version).await.ok();
    // A job that comes late changes nothing.
    house.t.run_pending_jobs().await;
    let active = Standing::Active(Membership::Manager);
    assert_eq!(house.people.of(lama).standing, Some(active));
}

#[tokio::test]
async fn a_company_that_is_enrolled_again_stays_as_it_is() {
    let house = House::open().await;
    let first = house.corporate.enrol(crate::enrol(1)).await.unwrap();
    let again = house.corporate.enrol(crate::enrol(1)).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(house.people.count(), 3);
    let account: Value = house
        .operations()
        .get(&format!("/v1/corporate-accounts/{}", first.account))
        .await
        .ok();
    assert_eq!(
        (&account["members"], &account["branches"]),
        (&json!(3), &json!(2))
    );
}
