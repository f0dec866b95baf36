//! The one reader of a stream in this process, and those who hear it.

use super::{Mark, Source};
use crate::Platform;
use crate::http::Problem;
use kernel::{Anchor, Code, Text, UserId};
use redis::aio::ConnectionManager;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, watch};

/// How long the reader waits for notes before it looks whether the stream is still the same.
const WAIT: Duration = Duration::from_secs(1);
/// Notes read at a time.
const AT_ONCE: usize = 512;
/// How many batches a slow connection may be behind before it is told to start over.
const BACKLOG: usize = 256;
/// A stream nobody adds to is forgotten.
const LIVES: Duration = Duration::from_secs(24 * 3600);
/// How often the reader looks whether the platform's clock was moved.
const CLOCK_LOOK: Duration = Duration::from_millis(200);
/// Before something that failed is tried again.
const PAUSE: Duration = Duration::from_millis(500);
/// Connections of one person: tabs, mostly.
const MOST_OF_ONE: usize = 8;
const MOST_OF_ALL: usize = 10_000;
/// How long joining waits for the reader's first look at the stream.
const PATIENCE: Duration = Duration::from_secs(2);

/// What connections hear.
#[derive(Debug)]
pub enum Said<N> {
    /// Up to this place in the stream.
    News { items: Vec<N>, at: Mark },
    /// Not from the stream: nothing to resume from.
    Passing(Vec<N>),
    /// The stream was lost or outran the reader; it goes on from here.
    Lost { at: Mark },
}

/// A connection as it begins.
pub struct Joined<N> {
    pub said: broadcast::Receiver<Arc<Said<N>>>,
    /// What was missed; `None`: that is not known any more.
    pub missed: Option<Vec<N>>,
    /// Everything up to here is in `missed`; what is said next comes after it.
    pub at: Mark,
}

struct State {
    at: Option<Mark>,
}

/// Follows one stream for all connections of this process.
pub struct Follower<S: Source> {
    source: S,
    p: Platform,
    key: String,
    state: Mutex<State>,
    lane: broadcast::Sender<Arc<Said<S::News>>>,
    started: AtomicBool,
    ready: watch::Sender<bool>,
    clock: watch::Sender<Anchor>,
    seats: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl<S: Source> Follower<S> {
    pub fn new(p: Platform, source: S) -> Arc<Self> {
        Arc::new(Self {
            key: p.redis.key(S::NAME),
            source,
            state: Mutex::new(State { at: None }),
            lane: broadcast::channel(BACKLOG).0,
            started: AtomicBool::new(false),
            ready: watch::channel(false).0,
            clock: watch::channel(p.clock.anchor()).0,
            seats: Arc::default(),
            p,
        })
    }

    pub fn platform(&self) -> &Platform {
        &self.p
    }

    pub fn source(&self) -> &S {
        &self.source
    }

    /// Adds notes to the stream, in order.
    pub async fn note(&self, notes: &[S::Note]) -> anyhow::Result<()> {
        if notes.is_empty() {
            return Ok(());
        }
        let mut pipe = redis::pipe();
        for note in notes {
            pipe.cmd("XADD")
                .arg(&self.key)
                .arg(&["MAXLEN", "~"])
                .arg(S::KEPT)
                .arg(&["*", "n"])
                .arg(serde_json::to_string(note)?)
                .ignore();
        }
        pipe.expire(&self.key, LIVES.as_secs() as i64).ignore();
        pipe.query_async::<()>(&mut self.p.redis.conn()).await?;
        Ok(())
    }

    /// The same for callers whose own work must not fail for it.
    pub async fn try_note(&self, notes: &[S::Note]) {
        if let Err(e) = self.note(notes).await {
            tracing::warn!(stream = S::NAME, cause = %format!("{e:#}"), "a live note was lost");
        }
    }

    /// Says something to the connections of this process only.
    pub fn pass(&self, items: Vec<S::News>) {
        if !items.is_empty() {
            // Nobody listening is no error.
            let _ = self.lane.send(Arc::new(Said::Passing(items)));
        }
    }

    /// Whether anybody listens in this process.
    pub fn heard(&self) -> bool {
        self.lane.receiver_count() > 0
    }

    /// Changes of the platform's clock.
    pub fn clock(&self) -> watch::Receiver<Anchor> {
        self.clock.subscribe()
    }

    /// The place up to which this process has read. What happens later is said later.
    pub async fn mark(self: &Arc<Self>) -> Result<Mark, Problem> {
        self.start();
        let mut ready = self.ready.subscribe();
        let waited = tokio::time::timeout(PATIENCE, ready.wait_for(|ready| *ready)).await;
        match (waited, self.state().at) {
            (Ok(Ok(_)), Some(at)) => Ok(at),
            _ => Err(Problem::unavailable()),
        }
    }

    /// Listens from now on, and tells what was missed since `after`. Of that only notes that
    /// `wanted` are asked about.
    pub async fn join(
        self: &Arc<Self>,
        after: Option<&str>,
        wanted: impl Fn(&S::Note) -> bool + Send,
    ) -> Result<Joined<S::News>, Problem> {
        self.mark().await?;
        // In one step: no news falls between the two.
        let (said, at) = {
            let state = self.state();
            (self.lane.subscribe(), state.at)
        };
        let at = at.ok_or_else(Problem::unavailable)?;
        let missed = match after {
            None => Some(Vec::new()),
            Some(after) => match after.parse() {
                Ok(after) => self.missed(after, at, wanted).await.map_err(|e| {
                    tracing::warn!(stream = S::NAME, cause = %format!("{e:#}"), "what was missed can't be told");
                    Problem::unavailable()
                })?,
                Err(_) => None,
            },
        };
        Ok(Joined { said, missed, at })
    }

    async fn missed(
        &self,
        after: Mark,
        at: Mark,
        wanted: impl Fn(&S::Note) -> bool,
    ) -> anyhow::Result<Option<Vec<S::News>>> {
        let (known, entries): (Entries, Entries) = redis::pipe()
            .atomic()
            .cmd("XRANGE")
            .arg(&self.key)
            .arg(after.to_string())
            .arg(after.to_string())
            .cmd("XRANGE")
            .arg(&self.key)
            .arg(format!("({after}"))
            .arg(at.to_string())
            .query_async(&mut self.p.redis.conn())
            .await?;
        if known.is_empty() {
            return Ok(None);
        }
        let notes: Vec<S::Note> = notes::<S>(&entries).filter(wanted).collect();
        if notes.is_empty() {
            return Ok(Some(Vec::new()));
        }
        Ok(Some(self.source.news(notes).await?))
    }

    /// A place for one more connection of this person.
    pub fn seat(&self, user: UserId) -> Result<Seat, Problem> {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = seats.values().sum();
        let own = seats.entry(user).or_insert(0);
        if *own >= MOST_OF_ONE || all >= MOST_OF_ALL {
            return Err(Problem::new(
                Code::TooManyRequests,
                "live.too_many",
                Text::new(
                    "فتحت صفحات كثيرة. أغلق بعضها.",
                    "Too many pages are open. Close some of them.",
                ),
            ));
        }
        *own += 1;
        metrics::gauge!("khidma_live_connections", "stream" => S::NAME).increment(1.0);
        Ok(Seat {
            user,
            seats: self.seats.clone(),
            stream: S::NAME,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reader begins with the first who asks and goes on until the process stops.
    fn start(self: &Arc<Self>) {
        if self.started.swap(true, Ordering::AcqRel) {
            return;
        }
        let me = self.clone();
        tokio::spawn(async move {
            let closing = me.p.closing.clone();
            tokio::select! {
                () = closing.cancelled() => {}
                () = me.read() => {}
                () = me.watch_clock() => {}
            }
        });
    }

    async fn watch_clock(&self) {
        loop {
            tokio::time::sleep(CLOCK_LOOK).await;
            let anchor = self.p.clock.anchor();
            self.clock.send_if_modified(|known| {
                let moved = *known != anchor;
                *known = anchor;
                moved
            });
        }
    }

    async fn read(&self) {
        let mut conn = None;
        // What was said before may not be all there was: everybody starts over.
        let mut lost = false;
        loop {
            let turn = match &mut conn {
                Some(conn) if lost => self.start_over(conn).await.map(|()| Turn::Told),
                Some(conn) => self.turn(conn).await,
                None => match self.p.redis.dedicated() {
                    Ok(opened) => {
                        conn = Some(opened);
                        continue;
                    }
                    Err(e) => Err(e.into()),
                },
            };
            match turn {
                Ok(Turn::Told) => lost = false,
                Ok(Turn::Lost) => lost = true,
                Ok(Turn::Again(e)) => {
                    tracing::warn!(stream = S::NAME, cause = %format!("{e:#}"), "what notes mean can't be told yet");
                    tokio::time::sleep(PAUSE).await;
                }
                Err(e) => {
                    tracing::warn!(stream = S::NAME, cause = %format!("{e:#}"), "the live stream can't be followed");
                    // Notes may have been lost with it.
                    lost = true;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Goes on from the present end of the stream.
    async fn start_over(&self, conn: &mut ConnectionManager) -> anyhow::Result<()> {
        let at = self.tail(conn).await?;
        let mut state = self.state();
        if state.at.replace(at).is_some() {
            tracing::warn!(stream = S::NAME, "the live stream was lost; all start over");
            let _ = self.lane.send(Arc::new(Said::Lost { at }));
        }
        self.ready.send_replace(true);
        Ok(())
    }

    /// Waits for notes and says what they mean.
    async fn turn(&self, conn: &mut ConnectionManager) -> anyhow::Result<Turn> {
        let Some(at) = self.state().at else {
            return Ok(Turn::Lost);
        };
        let _: redis::Value = redis::cmd("XREAD")
            .arg(&["COUNT", "1", "BLOCK"])
            .arg(WAIT.as_millis() as u64)
            .arg("STREAMS")
            .arg(&self.key)
            .arg(at.to_string())
            .query_async(conn)
            .await?;
        let (known, entries): (Entries, Entries) = redis::pipe()
            .atomic()
            .cmd("XRANGE")
            .arg(&self.key)
            .arg(at.to_string())
            .arg(at.to_string())
            .cmd("XRANGE")
            .arg(&self.key)
            .arg(format!("({at}"))
            .arg("+")
            .arg("COUNT")
            .arg(AT_ONCE)
            .query_async(conn)
            .await?;
        if known.is_empty() {
            // Flushed, expired, or cut off while we were away.
            return Ok(Turn::Lost);
        }
        let Some(at) = entries.last().and_then(|(id, _)| id.parse().ok()) else {
            return Ok(Turn::Told);
        };
        {
            let mut state = self.state();
            // Whoever joins from here on begins after these.
            if self.lane.receiver_count() == 0 {
                state.at = Some(at);
                return Ok(Turn::Told);
            }
        }
        let items = match self.source.news(notes::<S>(&entries).collect()).await {
            Ok(items) => items,
            Err(e) => return Ok(Turn::Again(e)),
        };
        let mut state = self.state();
        state.at = Some(at);
        let _ = self.lane.send(Arc::new(Said::News { items, at }));
        Ok(Turn::Told)
    }

    /// The stream's last place; an empty stream gets a first entry, so that it has one.
    async fn tail(&self, conn: &mut ConnectionManager) -> anyhow::Result<Mark> {
        let last: Entries = redis::cmd("XREVRANGE")
            .arg(&self.key)
            .arg(&["+", "-", "COUNT", "1"])
            .query_async(conn)
            .await?;
        let id = match last.into_iter().next() {
            Some((id, _)) => id,
            None => {
                let (id,): (String,) = redis::pipe()
                    .cmd("XADD")
                    .arg(&self.key)
                    .arg(&["*", "open", ""])
                    .expire(&self.key, LIVES.as_secs() as i64)
                    .ignore()
                    .query_async(conn)
                    .await?;
                id
            }
        };
        Ok(id.parse()?)
    }
}

/// How one look at the stream ended.
enum Turn {
    Told,
    Lost,
    /// The truth could not be asked for; the same notes once more.
    Again(anyhow::Error),
}

type Entries = Vec<(String, Vec<(String, String)>)>;

/// An entry that doesn't read is of another version: whoever wrote it is being replaced.
fn notes<S: Source>(entries: &Entries) -> impl Iterator<Item = S::Note> {
    entries
        .iter()
        .flat_map(|(_, fields)| fields)
        .filter(|(name, _)| name == "n")
        .filter_map(|(_, note)| serde_json::from_str(note).ok())
}

/// Given back when the connection ends.
#[derive(Debug)]
pub struct Seat {
    user: UserId,
    seats: Arc<Mutex<HashMap<UserId, usize>>>,
    stream: &'static str,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = seats.get_mut(&self.user) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                seats.remove(&self.user);
            }
        }
        metrics::gauge!("khidma_live_connections", "stream" => self.stream).decrement(1.0);
    }
}
