//! A vendor is paid to another account, over the whole system: a code to the owner's phone, two
//! reviewers, a day in which everybody was told, and then the next payout.

use crate::story::{Stage, Technician, id};
use crate::world::{Member, World, pin};
use kernel::{days, hours, minutes};
use serde_json::{Value, json};

const OWN: &str = "/v1/vendor/bank-account";
const ASK: &str = "/v1/vendor/bank-account/changes";
const DESK: &str = "/v1/bank-account-changes";
/// As a thief or an owner types it.
const NEW: &str = "SA03 8000 0000 6080 1016 7519";

/// A visit whose share has left the quality hold.
async fn payable(w: &World, member: &Member) {
    let technician = Technician::on_shift(w, member, pin()).await;
    let customer = w.customer().await;
    w.bring(&customer, &technician, Stage::Settled).await;
    w.leap(days(45) + minutes(30)).await;
}

/// The last four digits of the account in the only payout of a new batch.
async fn prepared(w: &World) -> (String, String) {
    let officer = w.staff("finance.a@khidma.example").await;
    let batch = officer.post("/v1/payouts/batches", Value::Null).await.ok();
    let payout = batch["payouts"][0]["iban"].as_str().unwrap();
    let last_four = payout.rsplit(' ').next().unwrap();
    (id(&batch["summary"]), last_four.to_owned())
}

async fn release(w: &World, batch: &str) -> Value {
    let officer = w.staff("finance.b@khidma.example").await;
    let path = format!("/v1/payouts/batches/{batch}");
    officer
        .post(&format!("{path}/release"), Value::Null)
        .await
        .ok();
    w.settle().await;
    officer.get(&path).await.ok()["payouts"][0].clone()
}

#[tokio::test]
async fn a_new_account_takes_a_fresh_proof_two_reviewers_and_a_day() {
    let w = World::start().await;
    let member = w.plumbers().await.remove(0);
    payable(&w, &member).await;
    let owner = w.phone(&member.owner_phone).await;
    let old = owner.get(OWN).await.ok()["iban"].clone();
    let old = old.as_str().unwrap().rsplit(' ').next().unwrap().to_owned();
    let body = json!({ "iban": NEW, "reason": "Another bank" });

    // A session that was left open is not enough; a code to the phone is.
    w.leap(minutes(6)).await;
    let before = w.rows().await;
    owner
        .post(ASK, body.clone())
        .await
        .refused(403, "http.second_factor");
    assert_eq!(w.rows().await, before);
    owner.step_up().await;
    let asked = owner.post(ASK, body.clone()).await.ok();
    let change = id(&asked);
    assert_eq!(asked["to"], "SA•• •••• 7519");
    w.settle().await;
    let sms = w.net.messages(&member.owner_phone).await[0]["body"].clone();
    assert!(
        sms.as_str()
            .unwrap()
            .contains("new bank account was asked for")
            || sms.as_str().unwrap().contains("طُلب تغيير"),
        "{sms}"
    );

    // Another vendor's owner meets nothing there.
    let elsewhere = w.plumbers().await;
    let elsewhere = elsewhere.iter().find(|m| m.vendor.id != member.vendor.id);
    let stranger = w.phone(&elsewhere.unwrap().owner_phone).await;
    stranger
        .post(&format!("{ASK}/{change}/withdraw"), Value::Null)
        .await
        .refused(404, "vendors.unknown_change");
    assert_eq!(stranger.get(OWN).await.ok()["change"], Value::Null);

    // Meanwhile payouts go on to the account that was proven.
    let (batch, last_four) = prepared(&w).await;
    assert_eq!(last_four, old);

    let first = w.staff("reviewer@khidma.example").await;
    let waiting = first.get(DESK).await.ok();
    assert_eq!(waiting["items"][0]["id"], json!(change));
    let path = format!("{DESK}/{change}");
    let seen = first.get(&path).await.ok();
    assert_eq!(seen["iban"], NEW.replace(' ', ""));
    let approve = format!("{path}/approve");
    w.leap(minutes(6)).await;
    first
        .post(&approve, Value::Null)
        .await
        .refused(403, "http.second_factor");
    first.step_up().await;
    first.post(&approve, Value::Null).await.ok();
    first
        .post(&approve, Value::Null)
        .await
        .refused(403, "vendors.same_reviewer");
    let second = w.staff("reviewer.b@khidma.example").await;
    let approved = second.post(&approve, Value::Null).await.ok();
    assert_eq!(approved["state"], "approved");

    let auditor = w.staff("auditor@khidma.example").await;
    let seen = auditor.get(&path).await.ok();
    assert_eq!(
        (&seen["iban"], &seen["to"]),
        (&Value::Null, &json!("SA•• •••• 7519"))
    );
    assert_eq!(seen["approved"][0]["name"], "سارة الدوسري");
    let log = auditor
        .get(&format!("/v1/audit?record={change}"))
        .await
        .ok();
    let actions: Vec<_> = log["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["action"])
        .collect();
    assert!(
        actions.contains(&&json!("bank_accounts.look")),
        "{actions:?}"
    );
    assert!(!log.to_string().contains("60801016"));

    w.leap(hours(24)).await;
    let account = owner.get(OWN).await.ok();
    assert_eq!(
        (&account["iban"], &account["change"]),
        (&json!("SA•• •••• 7519"), &Value::Null)
    );
    let notes = owner.get("/v1/notifications").await.ok();
    let told: Vec<_> = notes["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| &note["template"])
        .collect();
    for template in [
        "bank_account_asked",
        "bank_account_approved",
        "bank_account_in_effect",
    ] {
        assert!(told.contains(&&json!(template)), "{template}: {told:?}");
    }
    assert!(!notes.to_string().contains("60801016"));
    assert_eq!(second.get(&path).await.ok()["state"], "in_effect");

    // What was prepared before keeps its account; what is prepared after goes to the new one.
    let paid = release(&w, &batch).await;
    assert_eq!(paid["iban"], format!("SA•• •••• {old}"));
    payable(&w, &member).await;
    let (batch, last_four) = prepared(&w).await;
    assert_eq!(last_four, "7519");
    let paid = release(&w, &batch).await;
    assert_eq!(
        (&paid["iban"], &paid["state"]),
        (&json!("SA•• •••• 7519"), &json!("paid"))
    );

    owner.step_up().await;
    owner
        .post(ASK, body)
        .await
        .refused(409, "vendors.same_iban");
    w.finish().await;
}

#[tokio::test]
async fn whoever_is_robbed_of_their_phone_stops_it_and_a_reviewer_does_too() {
    let w = World::start().await;
    let member = w.plumbers().await.remove(0);
    let owner = w.phone(&member.owner_phone).await;
    let old = owner.get(OWN).await.ok()["iban"].clone();
    for stopped_by_reviewer in [false, true] {
        owner.step_up().await;
        let change = id(&owner.post(ASK, json!({ "iban": NEW })).await.ok());
        let path = format!("{DESK}/{change}");
        for reviewer in ["reviewer@khidma.example", "reviewer.b@khidma.example"] {
            let reviewer = w.staff(reviewer).await;
            let approve = format!("{path}/approve");
            reviewer.post(&approve, Value::Null).await.ok();
        }
        w.leap(hours(23)).await;
        if stopped_by_reviewer {
            let reason =
                json!({ "reason": "The owner says on the telephone that they asked for nothing." });
            let reviewer = w.staff("reviewer@khidma.example").await;
            let reject = format!("{path}/reject");
            reviewer.post(&reject, reason).await.ok();
        } else {
            let again = w.phone(&member.owner_phone).await;
            again
                .post(&format!("{ASK}/{change}/withdraw"), Value::Null)
                .await
                .ok();
        }
        w.leap(hours(2)).await;
        assert_eq!(owner.get(OWN).await.ok()["iban"], old);
    }
    w.settle().await;
    let notes = owner.get("/v1/notifications").await.ok();
    assert_eq!(notes["items"][0]["template"], "bank_account_rejected");
    w.finish().await;
}
