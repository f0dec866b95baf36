//! Over how many connections is something asked, and which only stay open. Bytes tell nothing of it:
//! who answers the pings of HTTP/2 sends some for ever.

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// The requests of one connection.
#[derive(Clone)]
pub(super) struct Requests(Arc<watch::Sender<Standing>>);

#[derive(Debug, Clone, Copy)]
struct Standing {
    under_way: usize,
    /// When the last one ended.
    since: Instant,
}

impl Requests {
    pub(super) fn new() -> Self {
        let standing = Standing {
            under_way: 0,
            since: Instant::now(),
        };
        Self(Arc::new(watch::Sender::new(standing)))
    }

    /// One more, until what is returned is dropped.
    pub(super) fn begin(&self) -> UnderWay {
        self.0.send_modify(|standing| standing.under_way += 1);
        UnderWay(self.clone())
    }

    /// Ends when none was under way for so long, counted from now at the earliest. How long that is
    /// is asked again after each `look`.
    pub(super) async fn none_for(&self, patience: impl Fn() -> Duration, look: Duration) {
        let begun = Instant::now();
        let mut changes = self.0.subscribe();
        loop {
            let standing = *changes.borrow_and_update();
            if standing.under_way > 0 {
                // The other end is ours: it does not go away.
                let _ = changes.changed().await;
                continue;
            }
            let now = Instant::now();
            let until = standing.since.max(begun) + patience();
            if now >= until {
                return;
            }
            tokio::select! {
                _ = changes.changed() => {}
                () = sleep_until(until.min(now + look)) => {}
            }
        }
    }
}

/// A request whose answer has not gone out yet.
pub(super) struct UnderWay(Requests);

impl UnderWay {
    /// `body`, until whose end the request is under way.
    pub(super) fn until_sent(self, body: Body) -> Answer {
        Answer {
            body,
            _under_way: self,
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.send_modify(|standing| {
            standing.under_way -= 1;
            standing.since = Instant::now();
        });
    }
}

pub(super) struct Answer {
    body: Body,
    _under_way: UnderWay,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
