use crate::{House, notice};
use contract_notify::{Notify as _, Recipient};
use kernel::access::{Actor, Role};
use kernel::{Lang, days, minutes};
use platform::testing::{TestHttp, actor};
use serde_json::Value;
use uuid::Uuid;

/// A customer with a contact, and their client.
async fn customer(house: &House) -> (TestHttp, Recipient) {
    let who = Actor {
        user: house.customer(Lang::En).await,
        ..actor(Role::Customer)
    };
    (house.http.as_actor(&who), Recipient::User(who.user))
}

fn titles(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["body"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn one_pages_through_ones_own_messages_newest_first() {
    let house = House::open().await;
    let (me, to) = customer(&house).await;
    let (other, _) = customer(&house).await;
    for n in 1..=5 {
        let slip = notice(
            &format!("s{n}"),
            to.clone(),
            "technician_arrived",
            &[("name", &format!("N{n}"))],
        );
        house.notify.send(slip).await.unwrap();
        house.t.clock.advance(minutes(1));
    }
    let mut seen = Vec::new();
    let mut path = "/v1/notifications?limit=2".to_owned();
    loop {
        let page = me.get(&path).await.ok();
        assert!(page["items"].as_array().unwrap().len() <= 2);
        seen.extend(titles(&page));
        match page.get("next").and_then(Value::as_str) {
            Some(next) => path = format!("/v1/notifications?limit=2&cursor={next}"),
            None => break,
        }
    }
    let names: Vec<_> = seen
        .iter()
        .map(|body| body.split(' ').next().unwrap())
        .collect();
    assert_eq!(names, ["N5", "N4", "N3", "N2", "N1"]);
    assert!(titles(&other.get("/v1/notifications").await.ok()).is_empty());
    me.get("/v1/notifications?cursor=x")
        .await
        .refused(422, "http.bad_cursor");
    house
        .http
        .get("/v1/notifications")
        .await
        .refused(401, "http.unauthenticated");
}

#[tokio::test]
async fn a_message_is_read_once_and_by_its_owner_only() {
    let house = House::open().await;
    let (me, to) = customer(&house).await;
    let (other, _) = customer(&house).await;
    house
        .notify
        .send(notice("k", to, "hold_failed", &[]))
        .await
        .unwrap();
    let item = me.get("/v1/notifications").await.ok()["items"][0].clone();
    assert_eq!(item["template"], "hold_failed");
    assert_eq!(item["title"], "The bank declined the hold");
    assert!(item.get("read_at").is_none());
    let path = format!("/v1/notifications/{}/read", item["id"].as_str().unwrap());

    other
        .post(&path, &())
        .await
        .refused(404, "notify.unknown_message");
    let first = me.post(&path, &()).await.ok();
    assert_eq!(first["read_at"], "2026-12-06T06:00:00Z");
    house.t.clock.advance(minutes(1));
    assert_eq!(me.post(&path, &()).await.ok(), first);
    let item = me.get("/v1/notifications").await.ok()["items"][0].clone();
    assert_eq!(item["read_at"], first["read_at"]);

    let key = Uuid::new_v4();
    me.post_with_key(&path, &(), key).await.ok();
    assert_eq!(
        me.post_with_key(&path, &(), key).await.headers["idempotency-replayed"],
        "true"
    );
}

#[tokio::test]
async fn a_code_in_the_app_is_gone_after_a_day_and_every_message_after_half_a_year() {
    let house = House::open().await;
    let (me, to) = customer(&house).await;
    house
        .notify
        .send(notice("k", to.clone(), "finish_code", &[("code", "4821")]))
        .await
        .unwrap();
    house
        .notify
        .send(notice("l", to, "hold_failed", &[]))
        .await
        .unwrap();
    house.t.run_pending_jobs().await;
    assert_eq!(house.asked().len(), 2);
    let sms: Option<String> =
        sqlx::query_scalar("select body from notify.messages where key = 'k' and channel = 'sms'")
            .fetch_one(&house.t.platform.db)
            .await
            .unwrap();
    assert_eq!(sms, None);
    assert!(titles(&me.get("/v1/notifications").await.ok())[1].contains("4821"));

    // The first sweep after a whole day is the one of the second night.
    house.t.clock.advance(days(2));
    house.t.run_pending_jobs().await;
    let bodies = titles(&me.get("/v1/notifications").await.ok());
    assert_eq!((bodies.len(), bodies[1].as_str()), (2, ""));
    assert!(bodies[0].starts_with("The bank declined"));

    house.t.clock.advance(days(180));
    house.t.run_pending_jobs().await;
    assert!(house.messages().await.is_empty());
}
