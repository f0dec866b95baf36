//! What is kept about people: every column of the database has been looked at, and nothing of an
//! erased customer is found anywhere.

use crate::net::{FRICTIONLESS, Load};
use crate::story::{Order, Stage, Technician, id, leak_repair};
use crate::template;
use crate::world::{World, pin};
use contract_identity::Identity as _;
use kernel::{Basis, GeoPoint, UserId, days, minutes};
use platform::personal::PersonalRecords;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use stores::testing::TestStores;
use uuid::Uuid;

const COLUMNS: &str = include_str!("personal_columns.txt");

/// Column → what it says, what becomes of it.
fn reviewed() -> BTreeMap<&'static str, (&'static str, &'static str)> {
    let mut columns = BTreeMap::new();
    let lines = COLUMNS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in lines {
        let [column, says, becomes] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("personal_columns.txt: three words a line, not {line:?}")
        };
        let twice = columns.insert(column, (says, becomes));
        assert_eq!(twice, None, "personal_columns.txt: {column} has two lines");
    }
    columns
}

fn is_basis(word: &str) -> bool {
    serde_json::from_value::<Basis>(json!(word)).is_ok()
}

#[tokio::test]
async fn every_column_has_been_looked_at_for_what_it_says_about_people() {
    let url = template::copy(TestStores::get()).await;
    let db = platform::db::connect(&url, 1).await.unwrap();
    let present: BTreeSet<String> = sqlx::query_scalar(
        "select format('%s.%s.%s', table_schema, table_name, column_name) from information_schema.columns
         where table_schema not in ('pg_catalog', 'information_schema') and table_name <> '_migrations'",
    )
    .fetch_all(&db)
    .await
    .unwrap()
    .into_iter()
    .collect();
    let reviewed = reviewed();
    let new = present
        .iter()
        .filter(|column| !reviewed.contains_key(column.as_str()));
    let mut faults: Vec<String> = new
        .map(|column| {
            format!(
                "{column} is new: say in server/tests/system/personal_columns.txt what it tells about \
                 people and what an erasure does to it. Where it tells something, its module's \
                 `PersonalRecords` copies and erases it, and docs/PRIVACY.md has it"
            )
        })
        .collect();
    for (column, (says, becomes)) in reviewed {
        if !present.contains(column) {
            faults.push(format!(
                "{column} is gone: take its line out of server/tests/system/personal_columns.txt, and \
                 look whether docs/PRIVACY.md still speaks of it"
            ));
        }
        let known = match becomes {
            "erased" | "blurred" | "expires" | "works" => true,
            "none" => says == "plain",
            kept => kept.strip_prefix("kept:").is_some_and(is_basis),
        };
        if !known || !["personal", "pseudonym", "plain"].contains(&says) {
            faults.push(format!("{column}: `{says} {becomes}` is no decision"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Everybody who answers for a schema.
fn holders(w: &World) -> Vec<Arc<dyn PersonalRecords>> {
    let m = w.modules();
    vec![
        m.identity.clone(),
        m.bookings.clone(),
        m.settlement.clone(),
        m.vendors.clone(),
        m.corporate.clone(),
        m.dispatch.clone(),
        w.app.location.clone().unwrap(),
        m.notify.clone(),
        Arc::new(w.app.platform.clone()),
    ]
}

/// The tables with a row that has `word` in it.
async fn tables_with(w: &World, word: &str) -> BTreeSet<String> {
    let searches: Vec<String> = w
        .rows()
        .await
        .into_keys()
        .map(|table| {
            format!(
                "select '{table}' where exists (select from {table} t where strpos(row_to_json(t)::text, $1) > 0)"
            )
        })
        .collect();
    sqlx::query_scalar(AssertSqlSafe(searches.join(" union all ")))
        .bind(word)
        .fetch_all(&w.app.platform.db)
        .await
        .unwrap()
        .into_iter()
        .collect()
}

#[tokio::test]
async fn nothing_of_an_erased_customer_is_found_anywhere() {
    let w = World::start().await;
    let plumbers = w.plumbers().await;
    let technician = Technician::on_shift(&w, &plumbers[0], pin()).await;
    let (phone, name) = ("+966501987654", "Hessa Alqunaibit");
    let (note, comment) = ("Lantern gate 4417", "Patient with grandmother Thurayya");
    let home = GeoPoint::new(24.8121357, 46.6071593).unwrap();
    let customer = w.phone(phone).await;
    let me = customer.get("/v1/me").await.ok();
    let me: UserId = id(&me).parse().unwrap();
    let card = w.net.card_token(FRICTIONLESS).await;

    let named = Load::Json(json!({ "name": name }));
    let key = Some(Uuid::new_v4());
    customer
        .send(Method::PATCH, "/v1/me", key, named)
        .await
        .ok();
    let place = json!({ "label": "Grandmother's", "pin": home, "note": note });
    customer.post("/v1/me/places", place).await.ok();
    customer.post("/v1/quotes", leak_repair(home)).await.ok();
    let quote = customer.post("/v1/quotes", leak_repair(home)).await.ok();
    let command = json!({ "quote": quote["id"], "address_note": note });
    let booking = id(&customer.post("/v1/bookings", command).await.ok());
    let path = format!("/v1/bookings/{booking}/payment");
    let pay = json!({ "card_token": card, "save": true });
    let paid = customer.post(&path, pay).await.ok();
    w.settle().await;
    let order = Order {
        job: paid["booking"]["job"].as_str().unwrap().to_owned(),
        booking,
    };
    w.go_on(&customer, &technician, &order, Stage::Settled)
        .await;
    let rating = json!({ "stars": 4, "comment": comment });
    let path = format!("/v1/bookings/{}/rating", order.booking);
    customer.put(&path, rating).await.ok();
    w.settle().await;

    let words = [
        &phone[1..],
        name,
        note,
        comment,
        "Grandmother's",
        "24.8121357",
        "46.6071593",
        &card,
        "last4\":\"5430",
    ];
    for word in words {
        // What is not found now says nothing by not being found later.
        assert!(!tables_with(&w, word).await.is_empty(), "{word}");
    }

    // Asked at the front door, with a code of a moment ago.
    w.leap(days(25)).await;
    let customer = w.phone(phone).await;
    let mine = customer.get("/v1/me/privacy-requests").await.ok();
    assert_eq!(mine["obstacles"], json!([]));
    let asked = id(&customer.post("/v1/me/erasure", json!({})).await.ok());
    w.leap(days(7)).await;
    w.leap(minutes(15)).await;
    let staff = w.staff("admin@khidma.example").await;
    let path = format!("/v1/privacy/requests/{asked}");
    let seen = staff.get(&path).await.ok();
    assert_eq!(seen["request"]["state"], "done", "{seen}");
    let steps = seen["steps"].as_array().unwrap();
    let done: BTreeSet<_> = steps
        .iter()
        .map(|s| s["holder"].as_str().unwrap())
        .collect();
    let holders = holders(&w);
    let all = holders
        .iter()
        .map(|holder| holder.holder())
        .chain(["privacy"]);
    assert_eq!(done, all.collect());

    for word in words {
        let left = tables_with(&w, word).await;
        assert!(left.is_empty(), "{word} is still in {left:?}");
    }
    let subject = w.modules().identity.subject(me).await.unwrap();
    for holder in &holders {
        holder.erase(subject, w.now()).await.unwrap();
    }
    w.settle().await;
    for holder in &holders {
        let copied = holder.copy(subject).await.unwrap();
        let text = serde_json::to_string(&copied).unwrap();
        let found = words.iter().find(|word| text.contains(**word));
        assert_eq!(found, None, "{}: {text}", holder.holder());
    }

    // Work goes on around what stays.
    let staff = w.staff("auditor@khidma.example").await;
    let page = staff
        .get(&format!("/v1/staff/bookings/{}", order.booking))
        .await
        .ok();
    assert_eq!(
        (&page["state"], &page["address_note"], &page["pin"]),
        (
            &json!("settled"),
            &json!(""),
            &json!({ "lat": 24.81, "lon": 46.61 })
        )
    );
    let people = staff
        .get(&format!("/v1/staff/jobs/{}/people", order.job))
        .await
        .ok();
    assert_ne!(people["customer"]["id"], Value::Null);
    let jobs = technician
        .person
        .get("/v1/technician/jobs?all=true")
        .await
        .ok();
    assert_eq!(jobs["items"][0]["address_note"], "");

    // The phone is free, and knows nothing of before.
    let anew = w.phone(phone).await;
    let profile = anew.get("/v1/me").await.ok();
    assert_ne!(id(&profile), me.to_string());
    assert_eq!(anew.get("/v1/me/places").await.ok()["items"], json!([]));
    w.finish().await;
}
