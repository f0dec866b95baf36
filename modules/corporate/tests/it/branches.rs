//! Branches: a manager of the account has all of its own, a manager of a branch the one.

use crate::{House, names};
use serde_json::{Value, json};

fn named(en: &str) -> Value {
    json!({ "name": { "ar": format!("فرع {en}"), "en": en } })
}

#[tokio::test]
async fn a_manager_adds_renames_closes_and_reopens_branches() {
    let house = House::open().await;
    let company = house.company(1).await;
    let path = "/v1/company/branches";
    let added = company.lama.post(path, &named("Qurtubah")).await;
    assert_eq!(added.status, 201);
    let added = added.ok();
    // Whether it is written in capitals does not make it another.
    company
        .lama
        .post(path, &named("QURTUBAH"))
        .await
        .refused(409, "corporate.branch_name_taken");
    company
        .lama
        .post(path, &json!({ "name": { "ar": "", "en": "x" } }))
        .await
        .refused(422, "corporate.bad_arabic_name");
    let all = company.lama.get(path).await.ok();
    assert_eq!(names(&all), ["Olaya", "Al Malqa", "Qurtubah"]);
    let page = company.lama.get(&format!("{path}?limit=2")).await.ok();
    let next = page["next"].as_str().unwrap();
    let rest = company
        .lama
        .get(&format!("{path}?limit=2&cursor={next}"))
        .await;
    assert_eq!(names(&rest.ok()), ["Qurtubah"]);

    let one = format!("{path}/{}", added["id"].as_str().unwrap());
    let mut rename = named("Granada");
    rename["version"] = json!(1);
    let renamed = company.lama.put(&one, &rename).await.ok();
    assert_eq!(
        (&renamed["name"]["en"], &renamed["version"]),
        (&json!("Granada"), &json!(2))
    );
    company
        .huda
        .put(&one, &rename)
        .await
        .refused(409, "corporate.changed");
    let mut taken = named("Olaya");
    taken["version"] = json!(2);
    company
        .lama
        .put(&one, &taken)
        .await
        .refused(409, "corporate.branch_name_taken");

    let close = format!("{one}/close");
    let closed = company
        .lama
        .post(&close, &json!({ "version": 2 }))
        .await
        .ok();
    assert_eq!(closed["state"], "closed");
    company
        .lama
        .post(&close, &json!({ "version": 3 }))
        .await
        .refused(409, "corporate.branch_closed");
    let open = company.lama.get(&format!("{path}?state=open")).await.ok();
    assert_eq!(names(&open), ["Olaya", "Al Malqa"]);
    let invite = json!({ "name": "Reem", "email": "reem@company1.example",
        "role": "branch_manager", "branch": added["id"] });
    company
        .lama
        .post("/v1/company/members", &invite)
        .await
        .refused(409, "corporate.branch_closed");
    let reopen = format!("{one}/reopen");
    company
        .lama
        .post(&reopen, &json!({ "version": 3 }))
        .await
        .ok();
    company
        .lama
        .post(&reopen, &json!({ "version": 4 }))
        .await
        .refused(409, "corporate.branch_open");
    // Somebody acts for the first branch.
    let used = format!("{path}/{}/close", company.branches[0]);
    let refused = company.lama.post(&used, &json!({ "version": 1 })).await;
    let refused = refused.refused(409, "corporate.branch_in_use");
    assert_eq!(refused["data"]["managers"], 1);
    for (action, times) in [
        ("corporate.add_branch", 1),
        ("corporate.change_branch", 1),
        ("corporate.close_branch", 1),
        ("corporate.reopen_branch", 1),
    ] {
        let rows = house.audited(action).await;
        assert_eq!(rows.len(), times, "{action}");
        assert_eq!(rows[0].2["account"], company.account.to_string());
    }
}

#[tokio::test]
async fn nobody_reaches_another_branch_or_another_company() {
    let house = House::open().await;
    let (ours, theirs) = (house.company(1).await, house.company(2).await);
    // One branch, and the name of the company.
    let seen = ours.badr.get("/v1/company/branches").await.ok();
    assert_eq!(names(&seen), ["Olaya"]);
    assert_eq!(seen["items"][0]["id"], ours.branches[0].to_string());
    let company = ours.badr.get("/v1/company").await.ok();
    assert_eq!(company["name"]["en"], "Company 1");
    assert!(company.get("unified_number").is_none());
    let whole = ours.lama.get("/v1/company").await.ok();
    assert_eq!(whole["unified_number"], "7000000001");

    let path = |branch| format!("/v1/company/branches/{branch}");
    ours.badr.get(&path(ours.branches[0])).await.ok();
    for (who, branch) in [
        (&ours.badr, ours.branches[1]),
        (&ours.badr, theirs.branches[0]),
        (&ours.lama, theirs.branches[0]),
    ] {
        who.get(&path(branch))
            .await
            .refused(404, "corporate.unknown_branch");
    }
    let mut rename = named("Mine");
    rename["version"] = json!(1);
    let version = json!({ "version": 1 });
    let foreign = path(theirs.branches[1]);
    ours.lama
        .put(&foreign, &rename)
        .await
        .refused(404, "corporate.unknown_branch");
    for step in ["close", "reopen"] {
        ours.lama
            .post(&format!("{foreign}/{step}"), &version)
            .await
            .refused(404, "corporate.unknown_branch");
    }
    // A branch's manager changes nothing.
    ours.badr
        .put(&path(ours.branches[0]), &rename)
        .await
        .refused(403, "http.forbidden");
    ours.badr
        .get("/v1/company/members")
        .await
        .refused(403, "http.forbidden");
    let untouched = theirs.lama.get("/v1/company/branches").await.ok();
    assert_eq!(names(&untouched), ["Olaya", "Al Malqa"]);
    assert_eq!(untouched["items"][1]["version"], 1);
}
