//! The audit log: nothing in it changes, tampering in each way is found, writers keep one chain.
#![allow(clippy::unwrap_used)]

use kernel::access::{Actor, Role};
use kernel::{minutes, seconds};
use platform::audit::{self, ChainFault, Change, Head};
use platform::testing::{TestPlatform, actor};
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor, PgPool};

async fn write(t: &TestPlatform, by: &Actor, action: &str, record: &str) {
    let mut tx = t.platform.db.begin().await.unwrap();
    let change = Change::between(&"prepared", &json!({ "state": "released", "by": by.user }));
    let details = json!({ "note": "ملاحظة", "amount_halalas": 125.5, "nested": { "b": 1, "a": [null, true] } });
    audit::changed(&mut tx, t.now(), by, action, record, change, details)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Five rows, one of them without digests.
async fn five(t: &TestPlatform) -> Actor {
    let by = actor(Role::FinanceOfficer);
    for record in ["a", "b", "c", "d"] {
        write(t, &by, "payouts.release", record).await;
    }
    let mut conn = t.platform.db.acquire().await.unwrap();
    audit::record(&mut conn, t.now(), &by, "uploads.view", "e", json!({}))
        .await
        .unwrap();
    by
}

async fn faults(db: &PgPool) -> Vec<ChainFault> {
    audit::verify(db, None).await.unwrap().faults
}

/// What only the owner of the database can do: with every trigger off.
async fn tamper(db: &PgPool, sql: &'static str) {
    let tables = ["audit", "audit_chain", "audit_head"];
    let switch = |to: &str| {
        let each = tables.map(|table| format!("alter table platform.{table} {to} trigger user;"));
        each.concat()
    };
    let sql = format!("{} {sql}; {}", switch("disable"), switch("enable"));
    db.execute(AssertSqlSafe(sql)).await.unwrap();
}

#[tokio::test]
async fn the_log_is_append_only() {
    let t = TestPlatform::start(&[]).await;
    five(&t).await;
    for sql in [
        "update platform.audit set details = '{}'",
        "delete from platform.audit",
        "truncate platform.audit",
        "update platform.audit_chain set hash = sha256('x')",
        "delete from platform.audit_chain",
        "truncate platform.audit_chain",
        "delete from platform.audit_head",
        "truncate platform.audit_head",
    ] {
        let refused = t.platform.db.execute(sql).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(faults(&t.platform.db).await, []);
}

#[tokio::test]
async fn what_is_written_verifies_and_what_was_rolled_back_leaves_no_gap() {
    let t = TestPlatform::start(&[]).await;
    let empty = audit::verify(&t.platform.db, None).await.unwrap();
    assert_eq!((empty.links, empty.faults.len()), (0, 0));
    five(&t).await;
    let mut tx = t.platform.db.begin().await.unwrap();
    audit::record(
        &mut tx,
        t.now(),
        &actor(Role::Dispatcher),
        "x",
        "y",
        json!({}),
    )
    .await
    .unwrap();
    tx.rollback().await.unwrap();
    write(&t, &actor(Role::Dispatcher), "dispatch.assign", "f").await;
    let verdict = audit::verify(&t.platform.db, Some(empty.head))
        .await
        .unwrap();
    assert_eq!((verdict.links, verdict.faults), (6, vec![]));
    assert_eq!(verdict.head.position, 6);
}

#[tokio::test]
async fn each_way_of_tampering_is_found_and_says_where() {
    type Found = Vec<ChainFault>;
    let cases: [(&'static str, Found); 9] = [
        (
            "update platform.audit set details = details || '{\"amount_halalas\": 1}' where seq = 3",
            vec![ChainFault::Altered { row: 3, position: 3 }],
        ),
        (
            "update platform.audit set actor = gen_random_uuid() where seq = 1",
            vec![ChainFault::Altered { row: 1, position: 1 }],
        ),
        (
            "update platform.audit set after_digest = before_digest where seq = 2",
            vec![ChainFault::Altered { row: 2, position: 2 }],
        ),
        (
            "update platform.audit set at = at - interval '1 day' where seq = 5",
            vec![ChainFault::Altered { row: 5, position: 5 }],
        ),
        (
            "delete from platform.audit where seq = 4",
            vec![ChainFault::RowMissing { row: 4, position: 4 }],
        ),
        (
            "delete from platform.audit where seq in (2, 3);
             delete from platform.audit_chain where seq in (2, 3)",
            vec![ChainFault::LinksMissing { from: 2, until: 3 }],
        ),
        (
            "delete from platform.audit where seq = 5; delete from platform.audit_chain where seq = 5",
            vec![ChainFault::WrongEnd { head: 5, last: 4 }],
        ),
        (
            "insert into platform.audit (at, actor, session, action, record, details)
             select at, actor, session, 'payouts.cancel', record, details from platform.audit where seq = 1",
            vec![ChainFault::Unlinked { row: 6 }],
        ),
        // Two rows change places.
        (
            "update platform.audit set record = case seq when 1 then 'b' else 'a' end where seq in (1, 2)",
            vec![
                ChainFault::Altered { row: 1, position: 1 },
                ChainFault::Altered { row: 2, position: 2 },
            ],
        ),
    ];
    for (sql, found) in cases {
        let t = TestPlatform::start(&[]).await;
        five(&t).await;
        tamper(&t.platform.db, sql).await;
        assert_eq!(faults(&t.platform.db).await, found, "{sql}");
    }
}

#[tokio::test]
async fn a_chain_written_anew_is_found_by_a_head_that_was_kept() {
    let t = TestPlatform::start(&[]).await;
    five(&t).await;
    let kept = audit::verify(&t.platform.db, None).await.unwrap().head;
    write(&t, &actor(Role::Dispatcher), "dispatch.assign", "f").await;
    let good = audit::verify(&t.platform.db, Some(kept)).await.unwrap();
    assert_eq!(good.faults, []);
    let other = Head {
        hash: [7; 32],
        ..kept
    };
    let verdict = audit::verify(&t.platform.db, Some(other)).await.unwrap();
    assert_eq!(verdict.faults, [ChainFault::NotExpected { position: 5 }]);

    // A row is altered, and everything after it is linked again with the database's own function.
    tamper(
        &t.platform.db,
        "update platform.audit set record = 'nothing' where seq = 2;
         delete from platform.audit_chain;
         update platform.audit_head set position = 0, hash = decode(repeat('00', 32), 'hex');
         do $$ declare a platform.audit; begin
             for a in select * from platform.audit order by seq loop
                 perform platform.audit_append(a);
             end loop;
         end $$",
    )
    .await;
    assert_eq!(faults(&t.platform.db).await, []);
    let verdict = audit::verify(&t.platform.db, Some(kept)).await.unwrap();
    assert_eq!(verdict.faults, [ChainFault::NotExpected { position: 5 }]);
}

#[tokio::test]
async fn many_writers_keep_one_chain_and_none_waits_in_a_circle() {
    let t = TestPlatform::start(&[]).await;
    t.platform
        .db
        .execute("create table rows (id int primary key, n int not null); insert into rows values (1, 0), (2, 0)")
        .await
        .unwrap();
    // Each writes to the log first and takes a row's lock after: with the head locked at once, two
    // of them would wait for each other.
    let writer = |number: i32| {
        let (db, now) = (t.platform.db.clone(), t.now());
        async move {
            for _ in 0..10 {
                let mut tx = db.begin().await.unwrap();
                let by = actor(Role::FinanceOfficer);
                if number % 2 == 0 {
                    audit::record(&mut tx, now, &by, "x", "y", json!({ "n": number }))
                        .await
                        .unwrap();
                }
                sqlx::query("update rows set n = n + 1 where id = 1")
                    .execute(&mut *tx)
                    .await
                    .unwrap();
                audit::record(&mut tx, now, &by, "x", "z", json!({ "n": number }))
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
        }
    };
    futures::future::join_all((0..8).map(writer)).await;
    let verdict = audit::verify(&t.platform.db, None).await.unwrap();
    assert_eq!((verdict.links, verdict.faults), (120, vec![]));
}

#[tokio::test]
async fn the_auditor_searches() {
    let t = TestPlatform::start(&[]).await;
    let first = five(&t).await;
    t.clock.advance(minutes(10));
    let second = actor(Role::Dispatcher);
    write(&t, &second, "dispatch.assign", "a").await;
    let (router, openapi) = audit::router(t.platform.clone()).split_for_parts();
    let security =
        &serde_json::to_value(&openapi).unwrap()["paths"]["/v1/audit"]["get"]["security"];
    assert_eq!(*security, json!([{ "bearer": ["audit:read"] }]));
    let http = t.http(router);
    http.get("/v1/audit")
        .await
        .refused(401, "http.unauthenticated");
    for role in [Role::Administrator, Role::FinanceOfficer, Role::Customer] {
        let http = http.as_actor(&actor(role));
        http.get("/v1/audit").await.refused(403, "http.forbidden");
    }
    let http = http.as_actor(&actor(Role::Auditor));
    let start = t.now() - minutes(10);
    for (filter, records) in [
        (String::new(), "a e d c b a"),
        (format!("actor={}", first.user), "e d c b a"),
        (format!("actor={}", second.user), "a"),
        ("record=a".into(), "a a"),
        ("action=uploads.view".into(), "e"),
        ("action=payouts.release&record=c".into(), "c"),
        (format!("from={}", start + seconds(1)), "a"),
        (format!("until={}", start + seconds(1)), "e d c b a"),
        (format!("from={start}&until={start}"), ""),
        ("record=nothing".into(), ""),
    ] {
        let page = http.get(&format!("/v1/audit?{filter}")).await.ok();
        let found: Vec<&str> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["record"].as_str().unwrap())
            .collect();
        assert_eq!(found.join(" "), records, "{filter}");
        assert_eq!(page["next"], json!(null));
    }
    let page = http.get("/v1/audit?limit=4").await.ok();
    let next = page["next"].as_str().unwrap();
    let rest = http
        .get(&format!("/v1/audit?limit=4&cursor={next}"))
        .await
        .ok();
    assert_eq!(rest["items"].as_array().unwrap().len(), 2);
    let entry = &rest["items"][1];
    assert_eq!(entry["row"], 1);
    assert_eq!(entry["actor"], first.user.to_string());
    for digest in ["before_digest", "after_digest", "hash"] {
        assert_eq!(entry[digest].as_str().unwrap().len(), 64, "{digest}");
    }
    http.get("/v1/audit?cursor=x")
        .await
        .refused(422, "http.bad_cursor");
    http.get("/v1/audit?actor=x")
        .await
        .refused(422, "http.bad_field");
}
