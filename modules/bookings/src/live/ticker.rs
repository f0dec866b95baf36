//! What is looked at every two seconds of real time, while somebody listens: where technicians are
//! and who looks at which job. Nothing of it is kept: whoever joins is told all of it.

use super::staff::{Staff, StaffNews};
use crate::console::dots::{Known, Moved};
use crate::console::{lines, presence};
use contract_bookings::{PersonRef, Presence};
use kernel::{JobId, Slug, Time};
use platform::live::Follower;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::MissedTickBehavior;

const EVERY: Duration = Duration::from_secs(2);
/// Names and shifts are asked for again every so many rounds.
const CARDS_EVERY: u64 = 8;
/// Jobs whose onlookers are remembered after they left.
const MOST_LEFT: usize = 500;

pub(crate) struct Ticker {
    staff: Arc<Follower<Staff>>,
    started: AtomicBool,
    shown: Mutex<Shown>,
}

/// What the connections of this process were told.
#[derive(Default)]
struct Shown {
    dots: Vec<Moved>,
    presence: BTreeMap<JobId, (Slug, Vec<PersonRef>)>,
}

impl Ticker {
    pub(crate) fn new(staff: &Arc<Follower<Staff>>) -> Arc<Self> {
        Arc::new(Self {
            staff: staff.clone(),
            started: AtomicBool::new(false),
            shown: Mutex::default(),
        })
    }

    /// Begins with the first listener.
    pub(crate) fn start(self: &Arc<Self>) {
        if self.started.swap(true, Ordering::AcqRel) {
            return;
        }
        let me = self.clone();
        tokio::spawn(async move {
            let closing = me.staff.platform().closing.clone();
            tokio::select! {
                () = closing.cancelled() => {}
                () = me.run() => {}
            }
        });
    }

    /// For a connection that begins.
    pub(crate) fn all(&self) -> Vec<StaffNews> {
        let shown = self.shown();
        let mut all = vec![StaffNews::Positions {
            at: self.staff.platform().now(),
            moved: shown.dots.clone(),
        }];
        all.extend(
            shown
                .presence
                .iter()
                .map(|(job, (zone, people))| StaffNews::Presence {
                    zone: zone.clone(),
                    presence: Presence {
                        job: *job,
                        people: people.clone(),
                    },
                }),
        );
        all
    }

    async fn run(&self) {
        let mut rounds = tokio::time::interval(EVERY);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut known = Known::default();
        let mut round = 0_u64;
        loop {
            rounds.tick().await;
            if !self.staff.heard() {
                if round > 0 {
                    (round, known) = (0, Known::default());
                    *self.shown() = Shown::default();
                }
                continue;
            }
            if let Err(e) = self
                .look(&mut known, round.is_multiple_of(CARDS_EVERY))
                .await
            {
                tracing::warn!(cause = %format!("{e:#}"), "positions and presence can't be told");
            }
            round += 1;
        }
    }

    async fn look(&self, known: &mut Known, all_cards: bool) -> anyhow::Result<()> {
        let Staff { db, below } = self.staff.source();
        let now = self.staff.platform().now();
        let moved = known.learn(db, below, now, all_cards).await?;
        self.tell_dots(known, moved, now);
        self.look_who_is_there().await
    }

    fn tell_dots(&self, known: &Known, moved: Vec<Moved>, at: Time) {
        if moved.is_empty() {
            return;
        }
        // First what joins will be told, then the news: nobody falls between the two.
        self.shown().dots = known
            .said()
            .map(|placed| Moved {
                now: placed.clone(),
                before: None,
            })
            .collect();
        self.staff.pass(vec![StaffNews::Positions { at, moved }]);
    }

    async fn look_who_is_there(&self) -> anyhow::Result<()> {
        let Staff { db, below } = self.staff.source();
        let there = presence::read(&self.staff.platform().redis).await?;
        let new: Vec<JobId> = {
            let shown = self.shown();
            let known = |job: &&JobId| !shown.presence.contains_key(job);
            there.keys().filter(known).copied().collect()
        };
        let mut zones: BTreeMap<JobId, Slug> = if new.is_empty() {
            BTreeMap::new()
        } else {
            lines::zones_of(db, &new).await?.into_iter().collect()
        };
        let mut named: BTreeMap<JobId, Vec<PersonRef>> = presence::named(&*below.identity, &there)
            .await?
            .into_iter()
            .map(|presence| (presence.job, presence.people))
            .collect();
        let mut news = Vec::new();
        let mut shown = self.shown();
        for (job, (zone, people)) in &mut shown.presence {
            let present = named.remove(job).unwrap_or_default();
            if *people != present {
                *people = present;
                news.push(told(*job, zone, people));
            }
        }
        for (job, people) in named {
            if let Some(zone) = zones.remove(&job) {
                news.push(told(job, &zone, &people));
                shown.presence.insert(job, (zone, people));
            }
        }
        if shown.presence.len() > MOST_LEFT {
            shown.presence.retain(|_, (_, people)| !people.is_empty());
        }
        drop(shown);
        self.staff.pass(news);
        Ok(())
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn told(job: JobId, zone: &Slug, people: &[PersonRef]) -> StaffNews {
    StaffNews::Presence {
        zone: zone.clone(),
        presence: Presence {
            job,
            people: people.to_vec(),
        },
    }
}
