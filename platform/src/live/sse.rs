//! One connection: server-sent events (HTML Living Standard §9.2). Each event is one JSON value;
//! the last of those that came together carries the place to resume from, so that a connection
//! that breaks between them misses none.

use super::{Follower, Joined, Mark, Said, Seat, Source};
use crate::http::Pass;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use kernel::{Anchor, Time};
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::{Interval, MissedTickBehavior};

/// Real time between two heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// What a client waits before it connects again, in milliseconds.
const RETRY_MS: u32 = 1_000;

/// What a connection says, in the words of its reader.
pub trait Words<N>: Send + 'static {
    type Word: Serialize + Send;
    /// The platform's time; first, as heartbeat, and when the clock was moved.
    fn hello(&self, now: Time, speed: f64) -> Self::Word;
    /// Some events are lost.
    fn reset(&self) -> Self::Word;
    /// News as this reader may hear it; none where it is not for them.
    fn of(&self, news: &[N]) -> Vec<Self::Word>;
}

/// Answers with the stream. It ends when the process stops, when the token runs out and when the
/// session ends.
/// `first` is said after the greeting and what was missed.
pub fn events<S: Source, W: Words<S::News>>(
    follower: &Arc<Follower<S>>,
    joined: Joined<S::News>,
    words: W,
    first: Vec<W::Word>,
    seat: Seat,
    pass: Pass,
) -> Response {
    let mut connection = Connection {
        follower: follower.clone(),
        said: joined.said,
        at: joined.at,
        words,
        clock: follower.clock(),
        beat: tokio::time::interval(HEARTBEAT),
        pass,
        out: format!("retry: {RETRY_MS}\n\n"),
        _seat: seat,
    };
    connection
        .beat
        .set_missed_tick_behavior(MissedTickBehavior::Delay);
    connection.beat.reset();
    connection.clock.mark_unchanged();
    connection.greet(joined.missed.as_deref(), first);
    let body = stream::unfold(Some(connection), |connection| async move {
        let mut connection = connection?;
        while connection.out.is_empty() {
            if !connection.wait().await {
                return None;
            }
        }
        let chunk = Bytes::from(std::mem::take(&mut connection.out));
        Some((Ok::<_, Infallible>(chunk), Some(connection)))
    });
    let mut response = Body::from_stream(body).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

struct Connection<S: Source, W> {
    follower: Arc<Follower<S>>,
    said: broadcast::Receiver<Arc<Said<S::News>>>,
    /// Everything up to here was told.
    at: Mark,
    words: W,
    clock: watch::Receiver<Anchor>,
    beat: Interval,
    pass: Pass,
    /// To be sent.
    out: String,
    _seat: Seat,
}

impl<S: Source, W: Words<S::News>> Connection<S, W> {
    /// Waits for something to say; false when it is over.
    async fn wait(&mut self) -> bool {
        let clock = self.follower.platform().clock.clone();
        if clock.now() >= self.pass.until {
            return false;
        }
        let rest = clock.real_wait(self.pass.until);
        let expiry = async {
            match rest {
                Some(rest) => tokio::time::sleep(rest).await,
                None => std::future::pending().await,
            }
        };
        let closing = self.follower.platform().closing.clone();
        let tokens = self.follower.platform().tokens.clone();
        tokio::select! {
            biased;
            () = closing.cancelled() => return false,
            () = expiry => return false,
            () = tokens.when_ended(self.pass.session) => return false,
            said = self.said.recv() => match said {
                Ok(said) => self.hear(&said),
                // Too slow: rather than keep what was not read, start over.
                Err(RecvError::Lagged(_)) => self.lost(),
                Err(RecvError::Closed) => return false,
            },
            changed = self.clock.changed() => {
                if changed.is_err() {
                    return false;
                }
                self.clock.mark_unchanged();
                self.hello(None);
            }
            _ = self.beat.tick() => self.hello(Some(self.at)),
        }
        true
    }

    /// The last event of the greeting carries the place.
    fn greet(&mut self, missed: Option<&[S::News]>, first: Vec<W::Word>) {
        let clock = &self.follower.platform().clock;
        let mut words = vec![self.words.hello(clock.now(), clock.anchor().speed)];
        match missed {
            Some(missed) => words.extend(self.words.of(missed)),
            None => words.push(self.words.reset()),
        }
        words.extend(first);
        self.events(&words, Some(self.at));
    }

    fn hear(&mut self, said: &Said<S::News>) {
        match said {
            Said::News { items, at } => {
                self.at = *at;
                self.tell(items, Some(*at));
            }
            Said::Passing(items) => self.tell(items, None),
            Said::Lost { at } => {
                self.at = *at;
                let reset = self.words.reset();
                self.event(&reset, Some(*at));
            }
        }
    }

    fn lost(&mut self) {
        let reset = self.words.reset();
        self.event(&reset, None);
    }

    fn hello(&mut self, at: Option<Mark>) {
        let clock = &self.follower.platform().clock;
        let hello = self.words.hello(clock.now(), clock.anchor().speed);
        self.event(&hello, at);
    }

    fn tell(&mut self, news: &[S::News], at: Option<Mark>) {
        let words = self.words.of(news);
        self.events(&words, at);
    }

    fn events(&mut self, words: &[W::Word], at: Option<Mark>) {
        let last = words.len().saturating_sub(1);
        for (index, word) in words.iter().enumerate() {
            self.event(word, at.filter(|_| index == last));
        }
    }

    fn event(&mut self, word: &W::Word, at: Option<Mark>) {
        let Ok(json) = serde_json::to_string(word) else {
            tracing::error!(stream = S::NAME, "an event can't be written");
            return;
        };
        if let Some(at) = at {
            self.out.push_str(&format!("id: {at}\n"));
        }
        // JSON as serde writes it has no line breaks.
        self.out.push_str("data: ");
        self.out.push_str(&json);
        self.out.push_str("\n\n");
    }
}
