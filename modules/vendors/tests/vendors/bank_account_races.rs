//! Whoever comes at the same time: two different reviewers, one end, and settlement told once.

use crate::bank_account::{ASK, Bank, DESK, OWN, new_iban, reviewer, step, withdraw};
use kernel::hours;
use platform::testing::TestAnswer;
use serde_json::{Value, json};
use uuid::Uuid;

/// How many of the answers succeeded, and the codes of the others, sorted.
fn tally<const N: usize>(answers: [TestAnswer; N]) -> (usize, Vec<String>) {
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status.is_success());
    let mut codes: Vec<String> = lost.iter().map(|a| a.code().to_owned()).collect();
    codes.sort();
    (won.len(), codes)
}

async fn approvals(bank: &Bank, id: &str) -> usize {
    let seen = bank.first.get(&format!("{DESK}/{id}")).await.ok();
    seen["approved"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_reviewers_at_once_two_approve() {
    let bank = Bank::open().await;
    let id = bank.asked().await;
    let path = step(&id, "approve");
    let others = [reviewer(&bank.town), reviewer(&bank.town)];
    let (a, b, c, d) = tokio::join!(
        bank.first.post(&path, &()),
        bank.second.post(&path, &()),
        others[0].post(&path, &()),
        others[1].post(&path, &())
    );
    let (won, lost) = tally([a, b, c, d]);
    assert_eq!(
        (won, lost),
        (2, vec!["vendors.change_approved".to_owned(); 2])
    );
    assert_eq!(approvals(&bank, &id).await, 2);
    assert_eq!(bank.state(&id).await, "approved");
    bank.town.t.clock.advance(hours(24));
    bank.town.t.run_pending_jobs().await;
    assert_eq!(
        bank.town.settlement.payees().len(),
        2,
        "the enrolment, and this"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_reviewer_from_two_screens_approves_once() {
    let bank = Bank::open().await;
    let id = bank.asked().await;
    let path = step(&id, "approve");
    let (a, b, c) = tokio::join!(
        bank.first.post(&path, &()),
        bank.first.post(&path, &()),
        bank.first.post(&path, &())
    );
    let (won, lost) = tally([a, b, c]);
    assert_eq!(
        (won, lost),
        (1, vec!["vendors.same_reviewer".to_owned(); 2])
    );
    assert_eq!(bank.state(&id).await, "approved_once");

    // A double click with one key is told the same twice.
    let key = Uuid::new_v4();
    let (a, b) = tokio::join!(
        bank.second.post_with_key(&path, &(), key),
        bank.second.post_with_key(&path, &(), key)
    );
    let (a, b) = (a.ok(), b.ok());
    assert_eq!((&a, &a["approvals"]), (&b, &json!(2)));
    assert_eq!(approvals(&bank, &id).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_second_approval_beside_a_stop_leaves_one_end() {
    let reason = json!({ "reason": "Another name on the bank's paper." });
    for by_reviewer in [false, true] {
        let bank = Bank::open().await;
        for number in 0..6 {
            let body = json!({ "iban": new_iban(100 + number) });
            let id = bank.owner.post(ASK, &body).await.ok()["id"].clone();
            let id = id.as_str().unwrap();
            let (approve, reject, back) = (step(id, "approve"), step(id, "reject"), withdraw(id));
            bank.first.post(&approve, &()).await.ok();
            let stop = async {
                if by_reviewer {
                    bank.first.post(&reject, &reason).await
                } else {
                    bank.owner.post(&back, &()).await
                }
            };
            let (approved, stopped) = tokio::join!(bank.second.post(&approve, &()), stop);
            // Before or after the approval: a stop counts.
            stopped.ok();
            if !approved.status.is_success() {
                approved.refused(409, "vendors.change_ended");
            }
            let end = if by_reviewer { "rejected" } else { "withdrawn" };
            assert_eq!(bank.state(id).await, end);
            bank.town.t.clock.advance(hours(25));
            bank.town.t.run_pending_jobs().await;
            assert_eq!(
                (bank.in_use(), bank.state(id).await),
                (bank.old.clone(), json!(end))
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn withdrawn_in_its_last_moment_it_is_in_effect_or_it_is_not() {
    let bank = Bank::open().await;
    let mut expected = bank.old.clone();
    for number in 0..8 {
        let iban = new_iban(200 + number);
        let asked = bank.owner.post(ASK, &json!({ "iban": iban })).await.ok();
        let id = asked["id"].as_str().unwrap().to_owned();
        for who in [&bank.first, &bank.second] {
            who.post(&step(&id, "approve"), &()).await.ok();
        }
        bank.town.t.run_pending_jobs().await;
        bank.town.t.clock.advance(hours(24));
        let (worker, other) = (bank.town.t.worker(), bank.town.t.worker());
        let back = withdraw(&id);
        let (ran, also, stopped) = tokio::join!(
            worker.run_pending(),
            other.run_pending(),
            bank.owner.post(&back, &())
        );
        for report in [ran.unwrap(), also.unwrap()] {
            assert!(report.failed.is_empty(), "{:?}", report.failed);
        }
        bank.town.t.run_pending_jobs().await;
        if stopped.status.is_success() {
            assert_eq!(bank.state(&id).await, "withdrawn");
        } else {
            stopped.refused(409, "vendors.change_ended");
            assert_eq!(bank.state(&id).await, "in_effect");
            expected = iban;
        }
        assert_eq!(bank.in_use(), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_wishes_at_once_one_is_under_way() {
    let bank = Bank::open().await;
    let (one, two) = (
        json!({ "iban": new_iban(1) }),
        json!({ "iban": new_iban(2) }),
    );
    let (a, b) = tokio::join!(bank.owner.post(ASK, &one), bank.owner.post(ASK, &two));
    let (won, lost) = tally([a, b]);
    assert_eq!(
        (won, lost),
        (1, vec!["vendors.change_under_way".to_owned()])
    );
    let account = bank.owner.get(OWN).await.ok();
    bank.owner
        .post(&withdraw(account["change"]["id"].as_str().unwrap()), &())
        .await
        .ok();
    // A double click asks once.
    let key = Uuid::new_v4();
    let (a, b) = tokio::join!(
        bank.owner.post_with_key(ASK, &one, key),
        bank.owner.post_with_key(ASK, &one, key)
    );
    let (a, b) = (a.ok(), b.ok());
    assert_eq!((&a, &a["state"]), (&b, &json!("asked")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_job_in_two_hands_tells_one_account() {
    let bank = Bank::open().await;
    let id = bank.approved().await;
    bank.town.t.run_pending_jobs().await;
    // As the hourly watch may add it beside one that is still running.
    sqlx::query(
        "insert into platform.jobs (id, name, payload, run_at, max_attempts, created_at)
         select gen_random_uuid(), name, payload, run_at, max_attempts, created_at
         from platform.jobs where name = 'vendors.take_over_bank_account'",
    )
    .execute(&bank.town.t.platform.db)
    .await
    .unwrap();
    bank.town.t.clock.advance(hours(24));
    let (one, other) = (bank.town.t.worker(), bank.town.t.worker());
    let (a, b) = tokio::join!(one.run_pending(), other.run_pending());
    for report in [a.unwrap(), b.unwrap()] {
        assert!(report.failed.is_empty(), "{:?}", report.failed);
    }
    bank.town.t.run_pending_jobs().await;
    assert_eq!(
        (bank.in_use(), bank.state(&id).await),
        (new_iban(1), json!("in_effect"))
    );
    let since = bank.owner.get(OWN).await.ok()["since"].clone();
    assert_eq!(since, "2026-12-07T06:00:00Z");
    let told = bank.town.post.to(bank.owner_user);
    assert_eq!(
        told.iter()
            .filter(|t| *t == "bank_account_in_effect")
            .count(),
        1
    );
    let rows: i64 = sqlx::query_scalar(
        "select count(*) from platform.audit where action = 'bank_accounts.take_over'",
    )
    .fetch_one(&bank.town.t.platform.db)
    .await
    .unwrap();
    assert_eq!(rows, 1);
    assert_eq!(bank.owner.get(OWN).await.ok()["change"], Value::Null);
}
