//! Streams of news over a real Redis: nothing is lost while it can be known, and what can't be
//! known is said.
#![allow(clippy::unwrap_used)]

use async_trait::async_trait;
use axum::response::Response;
use bytes::Bytes;
use http_body_util::BodyExt;
use kernel::{SessionId, Time, UserId, hours};
use platform::http::Pass;
use platform::live::{Follower, Source, Words, events};
use platform::testing::TestPlatform;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Notes and news are numbers; a number below zero is nobody's.
#[derive(Default)]
struct Numbers {
    /// So many questions fail first.
    failures: AtomicU32,
}

#[async_trait]
impl Source for Numbers {
    const NAME: &'static str = "live:numbers";
    const KEPT: usize = 100;
    type Note = i64;
    type News = i64;

    async fn news(&self, notes: Vec<i64>) -> anyhow::Result<Vec<i64>> {
        let left = self.failures.load(Ordering::Relaxed);
        if left > 0 {
            self.failures.store(left - 1, Ordering::Relaxed);
            anyhow::bail!("not now");
        }
        Ok(notes)
    }
}

struct Plain;

impl Words<i64> for Plain {
    type Word = Value;
    fn hello(&self, now: Time, speed: f64) -> Value {
        json!({ "hello": now, "speed": speed })
    }
    fn reset(&self) -> Value {
        json!("reset")
    }
    fn of(&self, news: &[i64]) -> Vec<Value> {
        let own = news.iter().filter(|n| **n >= 0);
        own.map(|n| json!(n)).collect()
    }
}

async fn house() -> (TestPlatform, Arc<Follower<Numbers>>) {
    let t = TestPlatform::start(&[]).await;
    let follower = Follower::new(t.platform.clone(), Numbers::default());
    (t, follower)
}

/// A connection, read event by event.
struct Reader {
    body: axum::body::Body,
    text: String,
    last_id: Option<String>,
}

async fn open(follower: &Arc<Follower<Numbers>>, after: Option<&str>) -> Reader {
    open_until(follower, after, Time::from_millis(i64::MAX)).await
}

async fn open_until(follower: &Arc<Follower<Numbers>>, after: Option<&str>, until: Time) -> Reader {
    let seat = follower.seat(UserId::new()).unwrap();
    let joined = follower.join(after, |_| true).await.unwrap();
    let pass = Pass {
        session: SessionId::new(),
        until,
    };
    let response: Response = events(follower, joined, Plain, vec![], seat, pass);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    Reader {
        body: response.into_body(),
        text: String::new(),
        last_id: None,
    }
}

impl Reader {
    /// The next event; none when the stream has ended.
    async fn event(&mut self) -> Option<Value> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                if let Some(id) = event.lines().find_map(|line| line.strip_prefix("id: ")) {
                    self.last_id = Some(id.to_owned());
                }
                if let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) {
                    return Some(serde_json::from_str(data).unwrap());
                }
            }
            let frame = tokio::time::timeout(Duration::from_secs(30), self.body.frame());
            let bytes: Bytes = frame
                .await
                .expect("an event")?
                .unwrap()
                .into_data()
                .unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The next that is no greeting.
    async fn next(&mut self) -> Option<Value> {
        loop {
            let event = self.event().await?;
            if event.get("hello").is_none() {
                return Some(event);
            }
        }
    }

    async fn numbers(&mut self, count: usize) -> Vec<i64> {
        let mut numbers = Vec::new();
        while numbers.len() < count {
            numbers.push(self.next().await.unwrap().as_i64().unwrap());
        }
        numbers
    }
}

#[tokio::test]
async fn news_comes_in_order_and_a_broken_connection_misses_none() {
    let (_t, follower) = house().await;
    let mut first = open(&follower, None).await;
    assert!(first.event().await.unwrap()["hello"].is_string());
    let start = first.last_id.clone().expect("a place from the beginning");
    follower.note(&[1, 2]).await.unwrap();
    follower.note(&[-3, 4]).await.unwrap();
    assert_eq!(first.numbers(3).await, [1, 2, 4]);
    let seen = first.last_id.clone().unwrap();
    drop(first);

    follower.note(&[5, -6, 7]).await.unwrap();
    let mut again = open(&follower, Some(&seen)).await;
    follower.note(&[8]).await.unwrap();
    assert_eq!(again.numbers(3).await, [5, 7, 8]);
    // From the very beginning, too; and twice the same.
    for _ in 0..2 {
        let mut late = open(&follower, Some(&start)).await;
        assert_eq!(late.numbers(6).await, [1, 2, 4, 5, 7, 8]);
    }
    // Another process, which has read nothing yet.
    let other = Follower::new(follower.platform().clone(), Numbers::default());
    let mut there = open(&other, Some(&seen)).await;
    follower.note(&[9]).await.unwrap();
    assert_eq!(there.numbers(4).await, [5, 7, 8, 9]);
}

#[tokio::test]
async fn what_is_not_known_any_more_is_said() {
    let (t, follower) = house().await;
    let mut reader = open(&follower, None).await;
    follower.note(&[1]).await.unwrap();
    assert_eq!(reader.numbers(1).await, [1]);
    let seen = reader.last_id.clone().unwrap();

    // Flushed while somebody listens.
    let key = t.platform.redis.key("live:numbers");
    let _: () = redis::cmd("DEL")
        .arg(&key)
        .query_async(&mut t.platform.redis.conn())
        .await
        .unwrap();
    assert_eq!(reader.next().await.unwrap(), "reset");
    follower.note(&[2]).await.unwrap();
    assert_eq!(reader.numbers(1).await, [2]);
    // And for who comes back with a place of before.
    let mut back = open(&follower, Some(&seen)).await;
    assert_eq!(back.next().await.unwrap(), "reset");
    follower.note(&[3]).await.unwrap();
    assert_eq!(back.numbers(1).await, [3]);
    for nonsense in ["x", "1-1", "99999999999999-0"] {
        let mut reader = open(&follower, Some(nonsense)).await;
        assert_eq!(reader.next().await.unwrap(), "reset", "{nonsense}");
    }
}

#[tokio::test]
async fn who_reads_too_slowly_starts_over() {
    let (_t, follower) = house().await;
    let mut slow = open(&follower, None).await;
    let mut quick = open(&follower, None).await;
    // One note at a time: each a batch of its own.
    for n in 0..300 {
        follower.note(&[n]).await.unwrap();
        assert_eq!(quick.numbers(1).await, [n]);
    }
    assert_eq!(slow.next().await.unwrap(), "reset");
    assert_eq!(slow.next().await.unwrap(), json!(44), "256 are kept");
}

#[tokio::test]
async fn a_question_that_fails_is_asked_again() {
    let (_t, follower) = house().await;
    let mut reader = open(&follower, None).await;
    follower.source().failures.store(2, Ordering::Relaxed);
    follower.note(&[1, 2]).await.unwrap();
    follower.note(&[3]).await.unwrap();
    assert_eq!(reader.numbers(3).await, [1, 2, 3]);
}

#[tokio::test]
async fn a_connection_hears_of_the_clock_and_ends_with_its_token_and_with_the_process() {
    let (t, follower) = house().await;
    let until = t.now() + hours(2);
    let mut short = open_until(&follower, None, until).await;
    let mut long = open(&follower, None).await;
    let hello = short.event().await.unwrap();
    assert_eq!(hello["hello"], json!(t.now()));
    t.clock.advance(hours(1));
    assert_eq!(short.event().await.unwrap()["hello"], json!(t.now()));
    t.clock.advance(hours(1));
    // A last greeting may come first.
    while short.event().await.is_some() {}
    follower.note(&[1]).await.unwrap();
    assert_eq!(long.numbers(1).await, [1]);
    t.platform.closing.cancel();
    assert_eq!(long.next().await, None);
}

#[tokio::test]
async fn one_person_has_so_many_connections_and_no_more() {
    let (_t, follower) = house().await;
    let user = UserId::new();
    let mut seats: Vec<_> = (0..8).map(|_| follower.seat(user).unwrap()).collect();
    assert_eq!(follower.seat(user).unwrap_err().status, 429);
    follower.seat(UserId::new()).unwrap();
    seats.pop();
    follower.seat(user).unwrap();
}
