//! Bank accounts in the database: sealed, each in its own row, and under the key that counts.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use contract_settlement::{Payee, Payees as _, SettlementFault};
use kernel::access::Role;
use kernel::{VendorId, days, minutes};
use platform::testing::actor;
use platform::{Platform, Sealer};
use serde_json::json;
use settlement::{Settlement, SettlementSettings};
use sqlx::{AssertSqlSafe, Executor};

const BATCHES: &str = "/v1/payouts/batches";

async fn stored(w: &World, table: &str) -> Vec<String> {
    let sql = format!("select iban from settlement.{table} order by iban");
    sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_all(&w.t.platform.db)
        .await
        .unwrap()
}

async fn execute(w: &World, sql: &'static str) {
    w.t.platform.db.execute(sql).await.unwrap();
}

/// Prepared by one officer, released by another: the batch as it ends.
async fn paid_out(w: &World) -> serde_json::Value {
    let batch = w
        .http
        .as_actor(&officer())
        .post(BATCHES, &json!({}))
        .await
        .ok();
    let path = format!("{BATCHES}/{}", batch["summary"]["id"].as_str().unwrap());
    let release = format!("{path}/release");
    w.http
        .as_actor(&officer())
        .just_proven()
        .post(&release, &json!({}))
        .await
        .ok();
    w.run().await;
    w.http.as_actor(&actor(Role::Auditor)).get(&path).await.ok()
}

#[tokio::test]
async fn an_account_is_nowhere_in_the_database_and_still_paid() {
    let w = World::start().await;
    let b = booking();
    w.settled(&b).await;
    w.payee(b.vendor, IBAN).await;
    w.clock().advance(days(45) + minutes(15));
    w.run().await;
    let batch = paid_out(&w).await;
    assert_eq!(batch["payouts"][0]["iban"], "SA•• •••• 7519");
    assert_eq!(batch["payouts"][0]["state"], "sent");
    for table in ["payees", "payouts"] {
        let accounts = stored(&w, table).await;
        assert_eq!(accounts.len(), 1);
        assert!(accounts[0].starts_with("sealed:1:test:"), "{table}");
    }
    // Not in the log of staff's actions, nor in a job or a first answer.
    for table in ["platform.audit", "platform.idempotency", "platform.jobs"] {
        let sql = format!("select count(*) from {table} t where t::text like '%60801016%'");
        let found: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&w.t.platform.db)
            .await
            .unwrap();
        assert_eq!(found, 0, "{table}");
    }
}

#[tokio::test]
async fn plain_and_old_accounts_come_under_the_new_key() {
    let w = World::start().await;
    let b = booking();
    w.settled(&b).await;
    w.payee(b.vendor, IBAN).await;
    w.payee(VendorId::new(), RETURNING_IBAN).await;
    // As a version that did not seal has left it.
    execute(
        &w,
        "update settlement.payees set iban = 'SA0380000000608010167519'",
    )
    .await;
    w.clock().advance(days(45) + minutes(15));
    w.run().await;
    let batch = paid_out(&w).await;
    assert_eq!(batch["payouts"][0]["iban"], "SA•• •••• 7519");

    assert_eq!(
        w.settlement.reseal().await.unwrap(),
        2,
        "the payout was sealed"
    );
    assert_eq!(w.settlement.reseal().await.unwrap(), 0, "once is enough");
    for account in stored(&w, "payees").await {
        assert!(account.starts_with("sealed:1:test:"), "{account}");
    }

    let (old, new) = (
        "00112233445566778899aabbccddeeff".repeat(2),
        "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    );
    let new = format!("{new}{}", &old[..32]);
    let test: String = (0..32).map(|byte| format!("{byte:02x}")).collect();
    let both = Sealer::new("next", [("test", test.as_str()), ("next", new.as_str())]).unwrap();
    let platform = Platform {
        seal: both,
        ..w.t.platform.clone()
    };
    let settings = SettlementSettings::default();
    let rotated = Settlement::new(platform, w.gateway.clone(), settings);
    assert_eq!(rotated.reseal().await.unwrap(), 3);
    for table in ["payees", "payouts"] {
        for account in stored(&w, table).await {
            assert!(account.starts_with("sealed:1:next:"), "{table}");
        }
    }
    // Whoever has the old key alone reads nothing, and says which key is missing.
    let refused = w.settlement.reseal().await.unwrap_err().to_string();
    assert!(refused.contains("sealed under next"), "{refused}");
}

#[tokio::test]
async fn accounts_that_change_places_pay_nobody() {
    let w = World::start().await;
    let b = booking();
    w.settled(&b).await;
    w.payee(b.vendor, IBAN).await;
    w.payee(VendorId::new(), RETURNING_IBAN).await;
    w.clock().advance(days(45) + minutes(15));
    w.run().await;
    // Somebody with the database gives the vendor another vendor's account.
    execute(
        &w,
        "update settlement.payees a set iban = b.iban from settlement.payees b where a.vendor <> b.vendor",
    )
    .await;
    w.http
        .as_actor(&officer())
        .post(BATCHES, &json!({}))
        .await
        .refused(500, "http.internal");
    assert_eq!(stored(&w, "payouts").await.len(), 0);
    assert_eq!(w.balance(&b.payable()).await, -17000);
}

#[tokio::test]
async fn the_newest_account_counts_and_a_prepared_payout_keeps_its_own() {
    let w = World::start().await;
    let b = booking();
    w.settled(&b).await;
    w.payee(b.vendor, IBAN).await;
    w.clock().advance(days(45) + minutes(15));
    w.run().await;
    let officer = w.http.as_actor(&officer());
    let batch = officer.post(BATCHES, &json!({})).await.ok();
    assert_eq!(batch["payouts"][0]["iban"], "SA•• •••• 7519");

    w.payee(b.vendor, RETURNING_IBAN).await;
    let told = w.settlement.payee(b.vendor).await.unwrap();
    assert_eq!(
        (told.iban.as_str(), told.as_of),
        (RETURNING_IBAN, w.t.now())
    );
    // Again, and then one from before that arrives late.
    w.settlement.set_payee(told.clone()).await.unwrap();
    let late = Payee {
        iban: IBAN.into(),
        as_of: told.as_of - minutes(1),
        ..told.clone()
    };
    w.settlement.set_payee(late).await.unwrap();
    assert_eq!(w.settlement.payee(b.vendor).await.unwrap(), told);
    let nobody = w.settlement.payee(VendorId::new()).await.unwrap_err();
    assert_eq!(nobody.refused(), Some(&SettlementFault::UnknownPayee));

    let id = batch["summary"]["id"].as_str().unwrap();
    let batch = officer.get(&format!("{BATCHES}/{id}")).await.ok();
    assert_eq!(batch["payouts"][0]["iban"], "SA•• •••• 7519");
    officer
        .post(&format!("{BATCHES}/{id}/cancel"), &json!({}))
        .await
        .ok();
    let batch = officer.post(BATCHES, &json!({})).await.ok();
    assert_eq!(batch["payouts"][0]["iban"], "SA•• •••• 0000");
}
