//! News for people who watch: a stream in Redis that every process can add to, one reader a
//! process, and server-sent events to each connection.
//!
//! What is added is a *note*: which thing changed, not how. The reader turns notes into *news* by
//! asking for the truth of that moment, once for all connections and for many notes together; so
//! nobody is ever told something older than what they know. Losing the stream costs a `Reset`:
//! whoever watches reads everything again.

mod follower;
mod mark;
mod sse;

pub use follower::{Follower, Joined, Said, Seat};
pub use mark::Mark;
pub use sse::{Words, events};

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

/// One stream and what its notes mean.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// The key after the deployment's prefix.
    const NAME: &'static str;
    /// About how many notes are kept.
    const KEPT: usize;
    /// Which thing changed.
    type Note: Serialize + DeserializeOwned + Send + Sync;
    /// How it is now.
    type News: Send + Sync + 'static;

    /// The truth about all of these, by as few questions as it takes. An error is tried again.
    async fn news(&self, notes: Vec<Self::Note>) -> anyhow::Result<Vec<Self::News>>;
}
