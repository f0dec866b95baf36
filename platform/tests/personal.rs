//! What the ground keeps about somebody: told to them, and what nobody needs deleted.
#![allow(clippy::unwrap_used)]

use kernel::access::{Actor, Role, may};
use kernel::{Basis, Outcome, Subject, UserId};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use platform::personal::{Copied, Kept, PersonalRecords, Table};
use platform::testing::{TestPlatform, actor};
use platform::{Platform, Tx, audit};
use serde_json::{Value, json};
use uuid::Uuid;

kernel::faults! {
    pub enum NoFault {
        Never => Conflict, "test.never", ar "أبدًا.", en "Never.";
    }
}

fn subject(user: UserId) -> Subject {
    Subject {
        user,
        technician: None,
        vendor: None,
    }
}

async fn note(t: &TestPlatform, by: &Actor, record: &str) {
    let mut tx = t.platform.db.begin().await.unwrap();
    audit::record(
        &mut tx,
        t.now(),
        by,
        "uploads.view",
        record,
        json!({ "other": "data" }),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn echo(
    axum::extract::State(p): axum::extract::State<Platform>,
    permit: Permit<may::ProfileRead>,
    idem: Idempotency,
    Body(said): Body<Value>,
) -> Result<Reply<Value>, Problem> {
    let answer = said.clone();
    idem.once(
        &p,
        &permit.actor,
        &said,
        async |tx: Tx| -> Outcome<(Tx, Value), NoFault> { Ok((tx, answer)) },
    )
    .await
}

#[tokio::test]
async fn a_copy_is_what_one_did_oneself_in_order() {
    let t = TestPlatform::start(&[]).await;
    let (me, other) = (actor(Role::Moderator), actor(Role::Moderator));
    note(&t, &me, "upl_1").await;
    note(&t, &other, "upl_2").await;
    note(&t, &me, "upl_3").await;
    let copied = t.platform.copy(subject(me.user)).await.unwrap();
    let row = |record: &str| json!({ "at": "2026-12-06T06:00:00Z", "action": "uploads.view", "record": record, "address": null });
    let audit = Table {
        name: "audit".into(),
        rows: vec![row("upl_1"), row("upl_3")],
    };
    assert_eq!(copied.tables, [audit]);
    let nobody = subject(UserId::new());
    assert_eq!(t.platform.copy(nobody).await.unwrap(), Copied::default());
    assert!(t.platform.obstacles(nobody).await.unwrap().is_empty());
}

#[tokio::test]
async fn answers_to_an_erased_persons_requests_are_gone_and_the_log_stays() {
    let t = TestPlatform::start(&[]).await;
    let router = axum::Router::new()
        .route("/echo", axum::routing::post(echo))
        .with_state(t.platform.clone());
    let http = t.http(router);
    let (me, other) = (actor(Role::Customer), actor(Role::Customer));
    let key = Uuid::new_v4();
    for who in [&me, &other] {
        let home = json!({ "address": "8228 King Fahd Road" });
        http.as_actor(who)
            .post_with_key("/echo", &home, key)
            .await
            .ok();
    }
    note(&t, &me, "upl_1").await;
    let kept = vec![Kept {
        what: "audit".into(),
        rows: 1,
        basis: Basis::Audit,
    }];
    for _ in 0..2 {
        let erased = t.platform.erase(subject(me.user), t.now()).await.unwrap();
        assert_eq!(erased, kept);
    }
    let left: Vec<Uuid> = sqlx::query_scalar("select actor from platform.idempotency")
        .fetch_all(&t.platform.db)
        .await
        .unwrap();
    assert_eq!(left, [other.user.uuid()]);
    let verdict = audit::verify(&t.platform.db, None).await.unwrap();
    assert_eq!((verdict.links, verdict.faults), (1, vec![]));
    let erased = t
        .platform
        .erase(subject(other.user), t.now())
        .await
        .unwrap();
    assert_eq!(erased, []);
}
