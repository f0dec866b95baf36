//! What somebody was told is theirs to read, and goes with their account.

use crate::{House, code, notice, phone};
use contract_notify::{Contact, Notify as _, Recipient};
use gateway_sms::GatewayError;
use kernel::{Lang, Subject, UserId, days, minutes};
use platform::personal::{Copied, PersonalRecords, Table};
use serde_json::{Value, json};

fn subject(user: UserId) -> Subject {
    Subject {
        user,
        technician: None,
        vendor: None,
    }
}

async fn copy(house: &House, user: UserId) -> Copied {
    house.notify.copy(subject(user)).await.unwrap()
}

async fn erase(house: &House, user: UserId) {
    let kept = house.notify.erase(subject(user), house.t.now()).await;
    assert_eq!(kept.unwrap(), []);
}

fn rows<'a>(copied: &'a Copied, name: &str) -> &'a [Value] {
    let table: Option<&Table> = copied.tables.iter().find(|table| table.name == name);
    table.map_or(&[], |table| &table.rows)
}

async fn tell(house: &House, key: &str, user: UserId, template: &str, params: &[(&str, &str)]) {
    let notice = notice(key, Recipient::User(user), template, params);
    house.notify.send(notice).await.unwrap();
}

/// A contact with another phone than everybody's.
async fn stranger(house: &House) -> UserId {
    let contact = Contact {
        user: UserId::new(),
        phone: Some(kernel::Phone::parse("0507654321").unwrap()),
        lang: Lang::En,
        as_of: house.t.now(),
    };
    house.notify.set_contact(contact.clone()).await.unwrap();
    contact.user
}

#[tokio::test]
async fn a_copy_has_the_contact_and_every_message_but_no_code() {
    let house = House::open().await;
    let user = house.customer(Lang::En).await;
    let other = stranger(&house).await;
    house.notify.send(code("k")).await.unwrap();
    tell(&house, "a", user, "finish_code", &[("code", "4821")]).await;
    tell(&house, "b", other, "hold_failed", &[]).await;
    house.t.clock.advance(minutes(1));
    tell(&house, "c", user, "hold_failed", &[]).await;

    let copied = copy(&house, user).await;
    assert_eq!(
        rows(&copied, "contact"),
        [
            json!({ "phone": "+966501234567", "language": "en", "known_since": "2026-12-06T06:00:00Z" })
        ]
    );
    let messages = rows(&copied, "messages");
    let told: Vec<_> = messages
        .iter()
        .map(|m| {
            (
                m["template"].as_str().unwrap(),
                m["channel"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told[0], ("otp_code", "sms"));
    assert_eq!(told.iter().filter(|t| t.0 == "finish_code").count(), 2);
    let last = messages.last().unwrap();
    assert_eq!(last["title"], "The bank declined the hold");
    assert!(last["body"].as_str().unwrap().starts_with("The bank"));
    assert_eq!(last["created_at"], "2026-12-06T06:01:00Z");
    let text = serde_json::to_string(&copied).unwrap();
    for absent in ["4821", "042137", "0507654321"] {
        assert!(!text.contains(absent), "{absent}");
    }
    assert_eq!(copy(&house, UserId::new()).await, Copied::default());
    let none = house.notify.obstacles(subject(user)).await.unwrap();
    assert!(none.is_empty());
}

#[tokio::test]
async fn an_erased_persons_messages_are_gone_and_others_stay() {
    let house = House::open().await;
    let user = house.customer(Lang::En).await;
    let other = stranger(&house).await;
    house.notify.send(code("k")).await.unwrap();
    tell(&house, "a", user, "hold_failed", &[]).await;
    tell(&house, "b", other, "hold_failed", &[]).await;
    house.t.run_pending_jobs().await;
    // One that waits to be sent again, and a code for whoever has the phone now.
    house.answer(Err(GatewayError::TimedOut));
    tell(
        &house,
        "c",
        user,
        "technician_arrived",
        &[("name", "Fahad")],
    )
    .await;
    house.t.run_pending_jobs().await;
    house.answer(Err(GatewayError::TimedOut));
    house.notify.send(code("l")).await.unwrap();
    house.t.run_pending_jobs().await;
    let asked = house.asked().len();

    erase(&house, user).await;
    erase(&house, user).await;
    let left = house
        .column("select jsonb_agg(distinct key order by key) from notify.messages")
        .await;
    assert_eq!(left, json!(["b", "l"]));
    assert_eq!(copy(&house, user).await, Copied::default());
    let phones = house
        .column("select jsonb_agg(phone order by phone) from notify.contacts")
        .await;
    assert_eq!(phones, json!(["+966507654321", null]));
    assert!(!copy(&house, other).await.tables.is_empty());

    // What was queued for them is not sent and no failure; the code is.
    house.t.clock.advance(minutes(1));
    house.t.run_pending_jobs().await;
    let sent = house.asked()[asked..].to_vec();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].1.contains("042137"));
}

#[tokio::test]
async fn nothing_that_comes_late_brings_them_back_and_nothing_fails() {
    let house = House::open().await;
    let user = house.customer(Lang::En).await;
    erase(&house, user).await;
    // Neither from before the erasure nor, however wrong, from after it.
    for as_of in [house.t.now() - minutes(1), house.t.now() + minutes(1)] {
        let contact = Contact {
            user,
            phone: Some(phone()),
            lang: Lang::En,
            as_of,
        };
        house.notify.set_contact(contact).await.unwrap();
    }
    tell(
        &house,
        "a",
        user,
        "technician_arrived",
        &[("name", "Fahad")],
    )
    .await;
    house.t.run_pending_jobs().await;
    assert!(house.asked().is_empty());
    assert!(house.messages().await.is_empty());
    assert_eq!(copy(&house, user).await, Copied::default());

    // Somebody whose contact never came, and somebody else with the phone.
    let unknown = UserId::new();
    erase(&house, unknown).await;
    tell(&house, "b", unknown, "hold_failed", &[]).await;
    assert!(house.messages().await.is_empty());
    let anew = house.customer(Lang::En).await;
    tell(&house, "c", anew, "hold_failed", &[]).await;
    assert_eq!(rows(&copy(&house, anew).await, "messages").len(), 2);

    // After half a year not even the erasure is known.
    house.t.clock.advance(days(182));
    house.t.run_pending_jobs().await;
    let users = house
        .column("select jsonb_agg(user_id) from notify.contacts")
        .await;
    assert_eq!(users, json!([anew.uuid()]));
}

/// Whoever is first, nothing for the erased person is left.
#[tokio::test]
async fn messages_sent_at_the_same_moment_leave_nothing() {
    let house = House::open().await;
    let user = house.customer(Lang::En).await;
    let told = (0..20).map(|n| {
        let notice = notice(&n.to_string(), Recipient::User(user), "hold_failed", &[]);
        house.notify.send(notice)
    });
    let (told, ()) = tokio::join!(futures::future::join_all(told), erase(&house, user));
    assert!(told.into_iter().all(|sent| sent.is_ok()));
    assert!(house.messages().await.is_empty());
    house.t.run_pending_jobs().await;
    assert!(house.asked().is_empty());
}
