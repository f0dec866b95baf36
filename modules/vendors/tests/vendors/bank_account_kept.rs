//! What is kept of a change: sealed, refused by the database where two reviewers are missing, listed page
//! by page, in the owner's copy, and gone when it has served.

use crate::bank_account::{ASK, Bank, DESK, new_iban, step, withdraw};
use crate::fakes::company;
use crate::owner;
use contract_vendors::Vendors as _;
use kernel::{Basis, Subject, days, hours};
use platform::personal::{Kept, PersonalRecords};
use platform::{Platform, Sealer};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use vendors::{VendorSettings, Vendors};

async fn execute(bank: &Bank, sql: &str) -> Result<u64, String> {
    sqlx::query(AssertSqlSafe(sql.to_owned()))
        .execute(&bank.town.t.platform.db)
        .await
        .map(|done| done.rows_affected())
        .map_err(|error| error.to_string())
}

async fn stored(bank: &Bank) -> Vec<Option<String>> {
    sqlx::query_scalar("select iban from vendors.bank_account_changes order by asked_at, id")
        .fetch_all(&bank.town.t.platform.db)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_database_itself_wants_two_reviewers() {
    let bank = Bank::open().await;
    bank.asked().await;
    let approve = "update vendors.bank_account_changes
                   set state = 'approved', approved_at = asked_at, effective_at = asked_at";
    for (sql, why) in [
        (approve, "two reviewers"),
        (
            "insert into vendors.bank_account_approvals
             select id, asked_by, asked_by, gen_random_uuid(), asked_at from vendors.bank_account_changes",
            "bank_account_approvals_not_own",
        ),
        (
            "insert into vendors.bank_account_approvals
             select id, gen_random_uuid(), asked_by, gen_random_uuid(), asked_at
             from vendors.bank_account_changes",
            "bank_account_approvals_change",
        ),
        (
            "insert into vendors.bank_account_changes
             select gen_random_uuid(), vendor, 'asked', iban, ends_with, replaces, null, asked_by, asked_at
             from vendors.bank_account_changes",
            "bank_account_changes_one_under_way",
        ),
        (
            "insert into vendors.bank_account_changes
                 (id, vendor, state, iban, ends_with, replaces, asked_by, asked_at, approved_at, effective_at)
             select gen_random_uuid(), vendor, 'approved', iban, ends_with, replaces, asked_by, asked_at,
                    asked_at, asked_at from vendors.bank_account_changes",
            "begins as asked",
        ),
        (
            "update vendors.bank_account_changes set asked_by = gen_random_uuid()",
            "what was asked for stays",
        ),
        (
            "update vendors.bank_account_changes set iban = 'SA0380000000608010167519'",
            "bank_account_changes_iban",
        ),
    ] {
        let refused = execute(&bank, sql).await.unwrap_err();
        assert!(refused.contains(why), "{sql}: {refused}");
    }
    let one = "insert into vendors.bank_account_approvals
               select id, asked_by, '00000000-0000-4000-8000-000000000001', gen_random_uuid(), asked_at
               from vendors.bank_account_changes";
    execute(&bank, one).await.unwrap();
    let twice = execute(&bank, one).await.unwrap_err();
    assert!(twice.contains("bank_account_approvals_pkey"), "{twice}");
    let early = execute(&bank, approve).await.unwrap_err();
    assert!(early.contains("two reviewers"), "one is not two: {early}");
    for sql in [
        "delete from vendors.bank_account_approvals",
        "update vendors.bank_account_approvals set reviewer = gen_random_uuid()",
        "truncate vendors.bank_account_approvals",
    ] {
        let refused = execute(&bank, sql).await.unwrap_err();
        assert!(
            refused.contains("stays as it was given"),
            "{sql}: {refused}"
        );
    }
    let other = one.replace("000000000001", "000000000002");
    execute(&bank, &other).await.unwrap();
    assert_eq!(execute(&bank, approve).await, Ok(1));
}

#[tokio::test]
async fn an_end_stays_an_end() {
    let bank = Bank::open().await;
    let id = bank.asked().await;
    bank.owner.post(&withdraw(&id), &()).await.ok();
    let sql =
        "update vendors.bank_account_changes set state = 'asked', ended_at = null, ended_by = null";
    let refused = execute(&bank, sql).await.unwrap_err();
    assert!(refused.contains("stays so"), "{refused}");
}

#[tokio::test]
async fn the_number_is_nowhere_and_comes_under_the_new_key() {
    let bank = Bank::open().await;
    let id = bank.approved().await;
    let new = new_iban(1);
    bank.first.get(&format!("{DESK}/{id}")).await.ok();
    let everywhere = |table: &'static str| {
        let sql = format!(
            "select count(*) from {table} t where t::text like '%{}%'",
            &new[8..]
        );
        let db = bank.town.t.platform.db.clone();
        async move {
            let found: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_one(&db)
                .await
                .unwrap();
            assert_eq!(found, 0, "{table}");
        }
    };
    for table in [
        "vendors.bank_account_changes",
        "vendors.bank_account_approvals",
        "platform.audit",
        "platform.idempotency",
        "platform.jobs",
    ] {
        everywhere(table).await;
    }
    let sealed = stored(&bank).await.remove(0).unwrap();
    assert!(sealed.starts_with("sealed:1:test:"), "{sealed}");

    let town = &bank.town;
    assert_eq!(town.vendors.reseal().await.unwrap(), 0);
    let old: String = (0..32).map(|byte| format!("{byte:02x}")).collect();
    let key: String = (0..32).map(|byte| format!("{:02x}", 255 - byte)).collect();
    let keys = [("test", old.as_str()), ("new", key.as_str())];
    let rotated = Vendors::new(
        Platform {
            seal: Sealer::new("new", keys).unwrap(),
            ..town.t.platform.clone()
        },
        town.identity.clone(),
        town.settlement.clone(),
        town.post.clone(),
        VendorSettings::default(),
    );
    assert_eq!(rotated.reseal().await.unwrap(), 1);
    assert_eq!(rotated.reseal().await.unwrap(), 0, "once is enough");
    let sealed = stored(&bank).await.remove(0).unwrap();
    assert!(sealed.starts_with("sealed:1:new:"), "{sealed}");
    let copied = rotated.copy(subject(&bank)).await.unwrap();
    assert_eq!(copied.tables[1].rows[0]["iban"], json!(new));
}

fn subject(bank: &Bank) -> Subject {
    Subject {
        user: bank.owner_user,
        technician: None,
        vendor: None,
    }
}

#[tokio::test]
async fn an_owner_has_a_copy_and_the_number_goes_after_ninety_days() {
    let bank = Bank::open().await;
    let (id, t) = (bank.approved().await, &bank.town.t);
    let copied = bank.town.vendors.copy(subject(&bank)).await.unwrap();
    assert_eq!(copied.tables[1].name, "bank_account_changes");
    let row = &copied.tables[1].rows[0];
    let wanted = (json!(id), json!(new_iban(1)), json!("approved"));
    assert_eq!(
        (&row["id"], &row["iban"], &row["state"]),
        (&wanted.0, &wanted.1, &wanted.2)
    );
    assert!(
        !row.to_string().contains("reviewer"),
        "who reviewed is somebody else's"
    );
    let kept = bank
        .town
        .vendors
        .erase(subject(&bank), t.now())
        .await
        .unwrap();
    assert!(kept.contains(&Kept::some("bank_account_changes", 1, Basis::Proof).unwrap()));

    t.clock.advance(hours(24));
    t.run_pending_jobs().await;
    let second = bank
        .owner
        .post(ASK, &json!({ "iban": bank.old }))
        .await
        .ok();
    t.clock.advance(days(90) - hours(1));
    t.run_pending_jobs().await;
    assert_eq!(stored(&bank).await.iter().flatten().count(), 2);
    t.clock.advance(hours(2));
    t.run_pending_jobs().await;
    let ibans = stored(&bank).await;
    assert!(
        ibans[0].is_none() && ibans[1].is_some(),
        "what is under way stays"
    );
    let seen = bank.first.get(&format!("{DESK}/{id}")).await.ok();
    assert_eq!(
        (&seen["state"], &seen["to"]),
        (&json!("in_effect"), &json!("SA•• •••• 0001"))
    );
    assert_eq!(
        seen["approved"].as_array().unwrap().len(),
        2,
        "the fact stays"
    );
    let copied = bank.town.vendors.copy(subject(&bank)).await.unwrap();
    assert_eq!(copied.tables[1].rows[0]["iban"], Value::Null);
    let path = step(second["id"].as_str().unwrap(), "approve");
    bank.first.post(&path, &()).await.ok();
}

#[tokio::test]
async fn what_waits_is_listed_oldest_first_page_by_page() {
    let bank = Bank::open().await;
    let mut asked = vec![bank.asked().await];
    for number in 2..=5 {
        let vendor = bank
            .town
            .vendors
            .enrol_vendor(company(number))
            .await
            .unwrap();
        let http = bank.town.http.as_actor(&owner(vendor)).just_proven();
        bank.town
            .t
            .clock
            .advance(kernel::minutes(i64::from(number == 4)));
        let body = json!({ "iban": new_iban(number) });
        let change = http.post(ASK, &body).await.ok();
        asked.push(change["id"].as_str().unwrap().to_owned());
    }
    let listed = |tray: &'static str| {
        let first = bank.first.clone();
        async move {
            let (mut ids, mut next) = (Vec::new(), String::new());
            loop {
                let page = first
                    .get(&format!("{DESK}?limit=2&state={tray}{next}"))
                    .await
                    .ok();
                let items = page["items"].as_array().unwrap();
                assert!(items.len() <= 2);
                ids.extend(
                    items
                        .iter()
                        .map(|line| line["id"].as_str().unwrap().to_owned()),
                );
                match page["next"].as_str() {
                    Some(cursor) => next = format!("&cursor={cursor}"),
                    None => return ids,
                }
            }
        }
    };
    assert_eq!(listed("waiting").await, asked);
    let reason = json!({ "reason": "Somebody else's account." });
    for id in &asked[1..4] {
        bank.first.post(&step(id, "reject"), &reason).await.ok();
        bank.town.t.clock.advance(kernel::minutes(1));
    }
    assert_eq!(
        listed("waiting").await,
        [asked[0].clone(), asked[4].clone()]
    );
    let mut ended = asked[1..4].to_vec();
    ended.reverse();
    assert_eq!(listed("ended").await, ended);
    assert_eq!(listed("approved").await, Vec::<String>::new());
    bank.first
        .get(&format!("{DESK}?cursor=nonsense"))
        .await
        .refused(422, "http.bad_cursor");
}
