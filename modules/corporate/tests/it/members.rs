//! Members: invited, made something else, helped and removed by their own managers; the first manager, and
//! the last, by an operations manager.

use crate::{House, names};
use contract_identity::{Membership, Standing};
use corporate::Corporate;
use kernel::access::Role;
use kernel::{Subject, UserId, seconds};
use platform::personal::PersonalRecords;
use platform::testing::actor;
use serde_json::{Value, json};

fn id(of: &Value) -> UserId {
    of["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_first_manager_is_invited_by_operations_and_invites_others() {
    let house = House::open().await;
    let operations = house.operations();
    let opened = operations
        .post(
            "/v1/corporate-accounts",
            &crate::company_of("Almada", "7012345678"),
        )
        .await
        .ok();
    let path = format!(
        "/v1/corporate-accounts/{}/managers",
        opened["id"].as_str().unwrap()
    );
    let invite = json!({ "name": "Lama", "email": "lama@company.example" });
    let not_fresh = house.http.as_actor(&actor(Role::OperationsManager));
    not_fresh
        .post(&path, &invite)
        .await
        .refused(403, "http.second_factor");
    house.people.staff("staff@khidma.example");
    let taken = json!({ "name": "Lama", "email": "staff@khidma.example" });
    operations
        .post(&path, &taken)
        .await
        .refused(409, "identity.email_taken");
    let issued = operations.post(&path, &invite).await;
    assert_eq!(issued.status, 201);
    let issued = issued.ok();
    assert_eq!(issued["member"]["state"], "invited");
    assert_eq!(issued["member"]["role"], "corporate_manager");
    let lama = id(&issued["member"]);
    let known = house.people.of(lama);
    assert_eq!(known.standing, Some(Standing::Active(Membership::Manager)));
    // The answer was lost: another link, and nobody new.
    let again = operations.post(&path, &invite).await.ok();
    assert_eq!(id(&again["member"]), lama);
    assert_ne!(again["token"], issued["token"]);
    assert_eq!(house.people.count(), 2);
    house.people.enrolled(lama);
    operations
        .post(&path, &invite)
        .await
        .refused(409, "identity.email_taken");

    house.t.clock.advance(seconds(30));
    let lama = house.manager(lama, opened["id"].as_str().unwrap().parse().unwrap());
    let branch = lama
        .post(
            "/v1/company/branches",
            &json!({ "name": { "ar": "العليا", "en": "Olaya" } }),
        )
        .await
        .ok();
    let path = "/v1/company/members";
    let person = json!({ "name": "Badr", "email": "badr@company.example" });
    let with = |role: &str, branch: Value| {
        let mut body = person.clone();
        body["role"] = json!(role);
        body["branch"] = branch;
        body
    };
    let unknown = json!(kernel::BranchId::new().to_string());
    for (body, status, code) in [
        (
            with("branch_manager", Value::Null),
            422,
            "corporate.branch_wanted",
        ),
        (
            with("corporate_manager", branch["id"].clone()),
            422,
            "corporate.branch_not_wanted",
        ),
        (
            with("branch_manager", unknown),
            404,
            "corporate.unknown_branch",
        ),
    ] {
        lama.post(path, &body).await.refused(status, code);
    }
    assert_eq!(house.people.count(), 2, "nobody got an account for nothing");
    let issued = lama
        .post(path, &with("branch_manager", branch["id"].clone()))
        .await
        .ok();
    assert_eq!(issued["member"]["branch"], branch["id"]);
    let page = lama.get(path).await.ok();
    assert_eq!(names(&page), ["Lama", "Badr"]);
    let rows = house.audited("corporate.invite").await;
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2].2["branch"], branch["id"]);
    house.t.run_pending_jobs().await;
}

#[tokio::test]
async fn a_member_is_made_something_else_and_removed_and_may_come_back() {
    let house = House::open().await;
    let company = house.company(1).await;
    let (lama, huda, badr) = (company.ids[0], company.ids[1], company.ids[2]);
    let path = format!("/v1/company/members/{badr}");
    let change = |version: i64, role: &str, branch: Value| json!({ "version": version, "role": role, "branch": branch });
    let second = json!(company.branches[1].to_string());
    let role = format!("{path}/role");
    let moved = company
        .lama
        .put(&role, &change(1, "branch_manager", second.clone()))
        .await
        .ok();
    assert_eq!((&moved["branch"], &moved["version"]), (&second, &json!(2)));
    let standing = Standing::Active(Membership::OfBranch(company.branches[1]));
    assert_eq!(house.people.of(badr).standing, Some(standing));
    company
        .huda
        .put(&role, &change(1, "corporate_manager", Value::Null))
        .await
        .refused(409, "corporate.changed");
    // Nobody changes themselves.
    let own = format!("/v1/company/members/{lama}");
    for (step, body) in [
        ("role", change(1, "branch_manager", second.clone())),
        ("remove", json!({ "version": 1 })),
        ("link", json!({})),
    ] {
        let answer = match step {
            "role" => company.lama.put(&format!("{own}/role"), &body).await,
            step => company.lama.post(&format!("{own}/{step}"), &body).await,
        };
        answer.refused(403, "corporate.own_membership");
    }

    let remove = format!("{path}/remove");
    let gone = company.lama.post(&remove, &json!({ "version": 2 })).await;
    assert_eq!(gone.ok()["id"], badr.to_string());
    assert_eq!(house.people.of(badr).standing, Some(Standing::Removed));
    company
        .lama
        .get(&path)
        .await
        .refused(404, "corporate.unknown_member");
    company
        .lama
        .post(&remove, &json!({ "version": 3 }))
        .await
        .refused(404, "corporate.unknown_member");
    let page = company.lama.get("/v1/company/members").await.ok();
    assert_eq!(names(&page), ["Lama", "Huda"]);
    let back = json!({ "name": "Badr", "email": "badr@company1.example",
        "role": "corporate_manager" });
    let issued = company.lama.post("/v1/company/members", &back).await.ok();
    assert_eq!(id(&issued["member"]), badr);
    assert_eq!(
        house.people.of(badr).standing,
        Some(Standing::Active(Membership::Manager))
    );
    for (action, record) in [
        ("corporate.change_role", badr),
        ("corporate.remove", badr),
        ("corporate.invite", badr),
    ] {
        assert_eq!(house.audited(action).await[0].0, record.to_string());
    }
    let untouched = house.people.of(huda);
    assert_eq!(untouched.standing, None);
    house.t.run_pending_jobs().await;
}

#[tokio::test]
async fn who_lost_everything_gets_a_link_from_a_manager_and_the_last_one_from_operations() {
    let house = House::open().await;
    let company = house.company(1).await;
    let stranger = house.company(2).await;
    let (lama, badr) = (company.ids[0], company.ids[2]);
    let issued = company
        .lama
        .post(&format!("/v1/company/members/{badr}/link"), &json!({}))
        .await;
    assert_eq!(issued.status, 201);
    assert_eq!(issued.ok()["member"]["state"], "invited");
    assert_eq!(house.people.of(badr).links, 1);
    let operations = house.operations();
    let path = |account, user| format!("/v1/corporate-accounts/{account}/managers/{user}/link");
    operations
        .post(&path(company.account, lama), &json!({}))
        .await
        .ok();
    for (account, user) in [
        // The others are their own managers' to help.
        (company.account, badr),
        (stranger.account, lama),
        (company.account, UserId::new()),
    ] {
        operations
            .post(&path(account, user), &json!({}))
            .await
            .refused(404, "corporate.unknown_member");
    }
    assert_eq!(house.audited("corporate.link").await.len(), 2);
    // What was proved before the link counts for nothing: the token of before is worth nothing here.
    let before = kernel::access::Actor {
        user: lama,
        scope: kernel::access::Scope {
            account: Some(company.account),
            ..Default::default()
        },
        second_factor_at: Some(house.t.now() - seconds(1)),
        ..actor(Role::CorporateManager)
    };
    let body = json!({ "name": { "ar": "ب", "en": "B" } });
    house
        .http
        .as_actor(&before)
        .post("/v1/company/branches", &body)
        .await
        .refused(403, "corporate.no_longer_manager");
    house.t.clock.advance(seconds(1));
    company.lama.post("/v1/company/branches", &body).await.ok();
    house.t.run_pending_jobs().await;
}

#[tokio::test]
async fn another_companys_members_do_not_exist() {
    let house = House::open().await;
    let (ours, theirs) = (house.company(1).await, house.company(2).await);
    for user in &theirs.ids {
        let path = format!("/v1/company/members/{user}");
        let body = json!({ "version": 1, "role": "corporate_manager" });
        let answers = [
            ours.lama.get(&path).await,
            ours.lama.put(&format!("{path}/role"), &body).await,
            ours.lama
                .post(&format!("{path}/remove"), &json!({ "version": 1 }))
                .await,
            ours.lama.post(&format!("{path}/link"), &json!({})).await,
        ];
        for answer in answers {
            answer.refused(404, "corporate.unknown_member");
        }
        let known = house.people.of(*user);
        assert_eq!((known.standing, known.links), (None, 0));
    }
    // Nor can they be made one's own.
    let invite = json!({ "name": "Lama", "email": "lama@company2.example",
        "role": "corporate_manager" });
    ours.lama
        .post("/v1/company/members", &invite)
        .await
        .refused(409, "identity.email_taken");
    // Another company's branch is no place for one's own.
    let path = format!("/v1/company/members/{}/role", ours.ids[2]);
    let foreign = json!({ "version": 1, "role": "branch_manager", "branch": theirs.branches[0] });
    ours.lama
        .put(&path, &foreign)
        .await
        .refused(404, "corporate.unknown_branch");
}

#[tokio::test]
async fn a_member_finds_their_membership_in_a_copy_of_their_data() {
    let house = House::open().await;
    let company = house.company(1).await;
    let subject = Subject {
        user: company.ids[2],
        technician: None,
        vendor: None,
    };
    let corporate: &Corporate = &house.corporate;
    let copied = corporate.copy(subject).await.unwrap();
    assert_eq!(copied.tables.len(), 1);
    let row = &copied.tables[0].rows[0];
    assert_eq!(copied.tables[0].name, "membership");
    assert_eq!(row["branch"], company.branches[0].to_string());
    assert_eq!(row["company"]["en"], "Company 1");
    let kept = corporate.erase(subject, house.t.now()).await.unwrap();
    assert_eq!((kept.len(), kept[0].rows), (1, 1));
    let nobody = Subject {
        user: UserId::new(),
        ..subject
    };
    assert_eq!(corporate.copy(nobody).await.unwrap().tables, []);
    assert_eq!(corporate.erase(nobody, house.t.now()).await.unwrap(), []);
}
