//! What the database itself refuses, and what officers read.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use kernel::access::Role;
use platform::testing::actor;
use serde_json::json;
use uuid::Uuid;

async fn refused(w: &World, sql: &'static str) -> String {
    let answer = sqlx::query(sql).execute(&w.t.platform.db).await;
    answer.unwrap_err().to_string()
}

#[tokio::test]
async fn the_database_refuses_to_change_the_past() {
    let w = World::start().await;
    w.settled(&booking()).await;
    for sql in [
        "update settlement.postings set amount_halalas = amount_halalas + 1",
        "delete from settlement.postings",
        "truncate settlement.postings",
        "update settlement.journal_entries set memo = ''",
        "delete from settlement.journal_entries",
        "truncate settlement.journal_entries cascade",
    ] {
        assert!(refused(&w, sql).await.contains("append-only"), "{sql}");
    }
    w.the_books_balance().await;
}

#[tokio::test]
async fn the_database_refuses_what_does_not_sum_to_zero() {
    let w = World::start().await;
    w.settled(&booking()).await;
    let entry = |lines: &'static [i64]| {
        let db = w.t.platform.db.clone();
        async move {
            let mut tx = db.begin().await?;
            let id = Uuid::now_v7();
            sqlx::query("insert into settlement.journal_entries (id, kind, key, digest, memo, at) values ($1, 'x', $2, '', '', now())")
                .bind(id)
                .bind(id.to_string())
                .execute(&mut *tx)
                .await?;
            for (line, amount) in lines.iter().enumerate() {
                sqlx::query("insert into settlement.postings (entry, line, account, amount_halalas) values ($1, $2, 'platform:commission', $3)")
                    .bind(id)
                    .bind(line as i16)
                    .bind(amount)
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await
        }
    };
    for lines in [&[100, -99][..], &[], &[5]] {
        let error = entry(lines).await.unwrap_err().to_string();
        assert!(error.contains("not balanced"), "{lines:?}: {error}");
    }
    entry(&[100, -60, -40]).await.unwrap();
    // A line added to an old entry is seen too.
    let late = refused(
        &w,
        "insert into settlement.postings (entry, line, account, amount_halalas)
         select id, 9, 'platform:commission', 1 from settlement.journal_entries limit 1",
    )
    .await;
    assert!(late.contains("not balanced"), "{late}");
}

#[tokio::test]
async fn a_batch_with_one_officer_is_refused_by_the_database_too() {
    let w = World::start().await;
    let error = refused(
        &w,
        "insert into settlement.payout_batches (id, state, prepared_by, prepared_at, released_by, released_at)
         select u, 'released', u, now(), u, now() from gen_random_uuid() u",
    )
    .await;
    assert!(error.contains("payout_batches_two_officers"), "{error}");
}

#[tokio::test]
async fn officers_read_the_books() {
    let w = World::start().await;
    let b = booking();
    w.settled(&b).await;
    w.settled(&booking()).await;
    let auditor = w.http.as_actor(&actor(Role::Auditor));
    let books = auditor.get("/v1/ledger/trial-balance").await.ok();
    assert_eq!(books["imbalance"], 0);
    assert_eq!(books["drifting"], json!([]));
    assert_eq!(books["debits"], books["credits"]);
    let line = |name: &str| {
        let lines = books["lines"].as_array().unwrap();
        let line = lines.iter().find(|line| line["name"] == name);
        line.unwrap_or_else(|| panic!("{name} in {lines:?}"))
            .clone()
    };
    assert_eq!(line("vendor:*:held")["accounts"], 2);
    assert_eq!(line("vendor:*:held")["balance"], -34000);
    assert_eq!(line("platform:commission")["balance"], -10434);

    let entries = auditor
        .get(&format!("/v1/ledger/entries?booking={}", b.id))
        .await
        .ok();
    let kinds: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["kind"])
        .collect();
    assert_eq!(kinds, ["capture", "gateway_fee", "split"]);
    for entry in entries.as_array().unwrap() {
        let postings = entry["postings"].as_array().unwrap();
        let sum: i64 = postings.iter().map(|p| p["amount"].as_i64().unwrap()).sum();
        assert_eq!(sum, 0);
    }

    let path = "/v1/ledger/accounts/gateway:moyasar:clearing/postings?limit=3";
    let page = auditor.get(path).await.ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 3);
    let next = page["next"].as_str().unwrap();
    let last = auditor.get(&format!("{path}&cursor={next}")).await.ok();
    assert_eq!(last["items"].as_array().unwrap().len(), 1);
    assert!(last.get("next").is_none());
    assert_ne!(last["items"][0], page["items"][0]);
    let nowhere = "/v1/ledger/accounts/platform:nothing/postings";
    auditor
        .get(nowhere)
        .await
        .refused(404, "settlement.unknown_account");

    let accounts = auditor
        .get("/v1/ledger/accounts?prefix=platform:&limit=2")
        .await
        .ok();
    assert_eq!(accounts["items"][0]["name"], "platform:commission");
    let next = accounts["next"].as_str().unwrap();
    let path = format!("/v1/ledger/accounts?prefix=platform:&limit=2&cursor={next}");
    let accounts = auditor.get(&path).await.ok();
    assert_eq!(accounts["items"].as_array().unwrap().len(), 1);

    for role in [Role::Administrator, Role::Customer, Role::Dispatcher] {
        let http = w.http.as_actor(&actor(role));
        let answer = http.get("/v1/ledger/trial-balance").await;
        answer.refused(403, "http.forbidden");
    }
}

#[tokio::test]
async fn a_balance_that_drifts_from_its_postings_is_found() {
    let w = World::start().await;
    w.settled(&booking()).await;
    w.the_books_balance().await;
    sqlx::query("update settlement.balances set balance_halalas = balance_halalas + 1 where account = 'platform:commission'")
        .execute(&w.t.platform.db)
        .await
        .unwrap();
    let books = w.settlement.trial_balance().await.unwrap();
    assert_eq!(books.drifting, ["platform:commission"]);
    assert!(!books.imbalance.is_zero());
    assert!(!books.is_sound());
}
