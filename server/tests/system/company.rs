//! A company from its account to its branches, over the whole system: each of its people reaches their
//! own, and what is taken away is gone with the next request.

use crate::net::Load;
use crate::person::{Person, Proofs};
use crate::story::id;
use crate::world::World;
use identity::totp_now;
use kernel::{minutes, seconds};
use platform::testing::TestAnswer;
use reqwest::Method;
use serde_json::{Value, json};
use server::seed::DEMO_PASSWORD;

async fn with_token(w: &World, token: &str, path: &str) -> TestAnswer {
    w.net
        .call(Method::GET, path, Some(token), None, &Load::None)
        .await
}

/// Uses the link: what they sign in with.
async fn set_up(w: &World, issued: &Value) -> Proofs {
    let token = &issued["token"];
    let open = w
        .net
        .post_open("/v1/auth/enrolments", json!({ "token": token }));
    let begun = open.await.ok();
    let proofs = Proofs {
        email: begun["email"].as_str().unwrap().to_owned(),
        password: DEMO_PASSWORD.to_owned(),
        totp_secret: begun["secret"].as_str().unwrap().to_owned(),
    };
    let code = totp_now(&proofs.totp_secret, w.now()).unwrap();
    let body = json!({ "token": token, "password": proofs.password, "code": code });
    w.net
        .post_open("/v1/auth/enrolments/finish", body)
        .await
        .ok();
    // The code was used.
    w.leap(seconds(60)).await;
    proofs
}

async fn try_in(w: &World, proofs: &Proofs) -> TestAnswer {
    let code = totp_now(&proofs.totp_secret, w.now()).unwrap();
    let body = json!({ "email": proofs.email, "password": proofs.password, "code": code });
    w.net.post_open("/v1/auth/staff/sessions", body).await
}

async fn branches(person: &Person) -> Vec<String> {
    let page = person.get("/v1/company/branches").await.ok();
    page["items"].as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn a_company_has_an_account_managers_and_branches_and_each_reaches_their_own() {
    let w = World::start().await;
    let operations = w.staff("operations@khidma.example").await;
    let company =
        json!({ "name": { "ar": "شركة الواحة", "en": "Alwaha" }, "unified_number": "7009876543" });
    let opened = operations
        .post("/v1/corporate-accounts", company)
        .await
        .ok();
    let account = format!("/v1/corporate-accounts/{}", id(&opened));
    let invite = json!({ "name": "Hala", "email": "hala@alwaha.example" });
    let issued = operations
        .post(&format!("{account}/managers"), invite)
        .await;
    let issued = issued.ok();
    let hala_id = id(&issued["member"]);
    let proofs = set_up(&w, &issued).await;
    let hala = w.with_password(proofs.clone()).await;
    let me = hala.get("/v1/me").await.ok();
    assert_eq!(me["roles"], json!(["corporate_manager"]));

    // What gives rights wants a fresh second factor.
    let olaya = json!({ "name": { "ar": "العليا", "en": "Olaya" } });
    let branch = id(&hala.post("/v1/company/branches", olaya).await.ok());
    let qurtubah = json!({ "name": { "ar": "قرطبة", "en": "Qurtubah" } });
    let second = id(&hala.post("/v1/company/branches", qurtubah).await.ok());
    w.leap(minutes(6)).await;
    let invite = json!({ "name": "Saad", "email": "saad@alwaha.example",
        "role": "branch_manager", "branch": branch });
    hala.post("/v1/company/members", invite.clone())
        .await
        .refused(403, "http.second_factor");
    hala.step_up().await;
    let issued = hala.post("/v1/company/members", invite).await.ok();
    let saad_id = id(&issued["member"]);
    let saad_proofs = set_up(&w, &issued).await;
    let saad = w.with_password(saad_proofs.clone()).await;
    assert_eq!(branches(&saad).await, std::slice::from_ref(&branch));
    assert_eq!(branches(&hala).await, [branch.clone(), second.clone()]);
    let path = |branch: &str| format!("/v1/company/branches/{branch}");
    saad.get(&path(&second))
        .await
        .refused(404, "corporate.unknown_branch");

    // The other company's manager sees neither, and staff's administrator nobody.
    let other = w.staff("manager@company.example").await;
    assert_eq!(branches(&other).await.len(), 2);
    other
        .get(&path(&branch))
        .await
        .refused(404, "corporate.unknown_branch");
    other
        .get(&format!("/v1/company/members/{saad_id}"))
        .await
        .refused(404, "corporate.unknown_member");
    let admin = w.staff("admin@khidma.example").await;
    admin
        .get(&format!("/v1/staff/{saad_id}"))
        .await
        .refused(404, "identity.unknown_user");

    // Whoever is removed is out with the next request.
    let token = saad.token().await;
    with_token(&w, &token, "/v1/company").await.ok();
    let version = json!({ "version": 1 });
    let remove = format!("/v1/company/members/{saad_id}/remove");
    hala.post(&remove, version).await.ok();
    with_token(&w, &token, "/v1/company")
        .await
        .refused(401, "http.session_ended");
    w.leap(seconds(60)).await;
    try_in(&w, &saad_proofs)
        .await
        .refused(401, "identity.wrong_credentials");

    // And so is everybody of a company that is suspended, until it is resumed.
    let token = hala.token().await;
    let body = json!({ "version": 1, "reason": "unpaid" });
    operations
        .post(&format!("{account}/suspend"), body)
        .await
        .ok();
    with_token(&w, &token, "/v1/company")
        .await
        .refused(401, "http.session_ended");
    try_in(&w, &proofs)
        .await
        .refused(401, "identity.wrong_credentials");
    assert_eq!(branches(&other).await.len(), 2, "no other company");
    w.leap(minutes(20)).await;
    let resume = format!("{account}/resume");
    operations
        .post(&resume, json!({ "version": 2 }))
        .await
        .refused(403, "http.second_factor");
    operations.step_up().await;
    operations.post(&resume, json!({ "version": 2 })).await.ok();
    assert_eq!(branches(&w.with_password(proofs).await).await.len(), 2);

    let auditor = w.staff("auditor@khidma.example").await;
    for (action, record) in [
        ("corporate.open", &id(&opened)),
        ("corporate.invite", &saad_id),
        ("corporate.remove", &saad_id),
        ("corporate.suspend", &id(&opened)),
    ] {
        let log = auditor
            .get(&format!("/v1/audit?action={action}"))
            .await
            .ok();
        assert_eq!(log["items"][0]["record"], **record, "{action}");
    }
    let members = auditor.get(&format!("{account}/members")).await.ok();
    assert_eq!(id(&members["items"][0]), hala_id);
    w.finish().await;
}
