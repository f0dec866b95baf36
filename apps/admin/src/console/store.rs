//! The board as signals: one a job, so that an event redraws one row; the order of the queue is
//! worked out once a second.

use crate::console::board::{Board, Counts, Touched, is_open, sounds};
use crate::console::filter::{Filter, View, keep_view};
use crate::keep;
use client::Trouble;
use contract_bookings::{ConsoleView, JobLine, Live, PersonRef, TechnicianDot};
use contract_sla::Alarm;
use kernel::{AlarmId, JobId, Time};
use leptos::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How far the first picture is.
#[derive(Debug, Clone, PartialEq)]
pub enum Loaded {
    No,
    Yes,
    Failed(Trouble),
}

/// One signal a job. It outlives the job by as long as a row shows it.
pub type Line = ArcRwSignal<Arc<JobLine>>;

/// What changed on the map since it was last drawn.
#[derive(Debug, Clone, Default)]
pub struct MapNews {
    pub dots: Vec<TechnicianDot>,
    pub jobs: bool,
    pub everything: bool,
}

#[derive(Clone, Copy)]
pub struct Store {
    board: StoredValue<Board>,
    lines: StoredValue<HashMap<JobId, Line>>,
    /// The queue: the jobs that pass the filter, most pressing first.
    pub order: RwSignal<Arc<Vec<JobId>>>,
    /// An order that waits until the queue may move.
    pub pending: RwSignal<Option<Arc<Vec<JobId>>>>,
    pub counts: RwSignal<Counts>,
    pub filter: RwSignal<Filter>,
    pub views: RwSignal<Vec<View>>,
    pub selected: RwSignal<Option<JobId>>,
    /// Waiting ones, gravest first.
    pub alarms: RwSignal<Arc<Vec<Alarm>>>,
    pub presence: RwSignal<HashMap<JobId, Vec<PersonRef>>>,
    pub loaded: RwSignal<Loaded>,
    /// Counts up with every event about the selected job.
    pub touched: RwSignal<u32>,
    map_news: StoredValue<MapNews>,
    /// Counts up when the map has something to draw.
    pub map_tick: RwSignal<u32>,
    /// Alarms that were heard or announced already.
    told: StoredValue<HashSet<AlarmId>>,
    /// Newly raised: announced once, then forgotten.
    pub announce: RwSignal<Option<Alarm>>,
    asked: StoredValue<u32>,
}

impl Store {
    /// Starts following. To be called once a signed-in page.
    pub fn start() -> Self {
        let store = Self {
            board: StoredValue::new(Board::default()),
            lines: StoredValue::new(HashMap::new()),
            order: RwSignal::new(Arc::default()),
            pending: RwSignal::new(None),
            counts: RwSignal::new(Counts::default()),
            filter: RwSignal::new(keep::load("filter").unwrap_or_default()),
            views: RwSignal::new(keep::load("views").unwrap_or_default()),
            selected: RwSignal::new(None),
            alarms: RwSignal::new(Arc::default()),
            presence: RwSignal::new(HashMap::new()),
            loaded: RwSignal::new(Loaded::No),
            touched: RwSignal::new(0),
            map_news: StoredValue::new(MapNews::default()),
            map_tick: RwSignal::new(0),
            told: StoredValue::new(HashSet::new()),
            announce: RwSignal::new(None),
            asked: StoredValue::new(0),
        };
        client::on_live(move |event| store.hear(event));
        let now = client::use_now();
        Effect::new(move |_| {
            let now = now.get();
            store.reorder(now);
        });
        // A filter acts at once, wherever the pointer is: it was asked for.
        Effect::new(move |before: Option<()>| {
            let filter = store.filter.get();
            if before.is_some() {
                keep::save("filter", &filter.without_text());
            }
            let (order, counts) = store.sorted(client::now());
            store.counts.maybe_set(counts);
            store.pending.set(None);
            store.set_order(Arc::new(order));
        });
        store.read();
        store
    }

    /// Reads everything again: at first, and when events may have been missed.
    pub fn read(self) {
        let turn = self.asked.try_update_value(|n| {
            *n += 1;
            *n
        });
        leptos::task::spawn_local(async move {
            let answer = client::get::<ConsoleView>("/v1/staff/console").await;
            if turn != self.asked.try_get_value() {
                return;
            }
            match answer {
                Ok(view) => self.replace(view),
                // What is on the screen stays, with its age said by the connection's state.
                Err(trouble) => self.loaded.update(|loaded| {
                    if *loaded != Loaded::Yes {
                        *loaded = Loaded::Failed(trouble);
                    }
                }),
            }
        });
    }

    fn replace(self, view: ConsoleView) {
        client::live::follow_from(&view.event);
        let board = Board::new(view);
        self.lines.update_value(|lines| {
            for (job, line) in lines.iter() {
                if let Some(new) = board.jobs.get(job)
                    && line.with_untracked(|old| old != new)
                {
                    line.set(new.clone());
                }
            }
        });
        self.presence.set(board.presence.clone());
        let first = self.loaded.with_untracked(|loaded| *loaded != Loaded::Yes);
        if first {
            // What waited before the page was opened is no news.
            let known = board.alarms.keys().copied().collect();
            self.told.set_value(known);
        }
        self.board.set_value(board);
        self.loaded.set(Loaded::Yes);
        self.map_news.update_value(|news| news.everything = true);
        self.map_tick.update(|n| *n += 1);
        self.touched.update(|n| *n += 1);
        self.set_alarms();
        let now = client::now();
        self.reorder(now);
        self.settle();
    }

    fn hear(self, event: &Live) {
        let Some(touched) = self.board.try_update_value(|board| board.apply(event)) else {
            return;
        };
        match touched {
            Touched::Nothing => {}
            Touched::Everything => self.read(),
            Touched::Job(job) => {
                let new = self.board.with_value(|board| board.jobs.get(&job).cloned());
                if let (Some(line), Some(new)) =
                    (self.lines.with_value(|lines| lines.get(&job).cloned()), new)
                {
                    line.set(new);
                }
                self.redraw_jobs();
                self.tell_selected(job);
            }
            Touched::Gone(job) => {
                self.redraw_jobs();
                self.tell_selected(job);
            }
            Touched::Alarms => {
                self.set_alarms();
                if let Live::Alarm(alarm) = event {
                    self.raise(alarm);
                    self.tell_selected(alarm.job);
                }
            }
            Touched::Dots => {
                if let Live::Positions { dots, .. } = event {
                    self.map_news
                        .update_value(|news| news.dots.extend_from_slice(dots));
                    self.map_tick.update(|n| *n += 1);
                }
            }
            Touched::Presence(job) => {
                let people = self
                    .board
                    .with_value(|board| board.presence.get(&job).cloned());
                self.presence.update(|presence| match people {
                    Some(people) => {
                        presence.insert(job, people);
                    }
                    None => {
                        presence.remove(&job);
                    }
                });
            }
        }
    }

    fn redraw_jobs(self) {
        self.map_news.update_value(|news| news.jobs = true);
        self.map_tick.update(|n| *n += 1);
    }

    fn tell_selected(self, job: JobId) {
        if self.selected.get_untracked() == Some(job) {
            self.touched.update(|n| *n += 1);
        }
    }

    /// A new alarm is announced once, however often it is heard of.
    fn raise(self, alarm: &Alarm) {
        if !is_open(alarm, client::now()) {
            return;
        }
        let new = self.told.try_update_value(|told| told.insert(alarm.id)) == Some(true);
        if new {
            self.announce.set(Some(alarm.clone()));
        }
    }

    fn set_alarms(self) {
        let alarms = self
            .board
            .with_value(|board| board.waiting_alarms(client::now()));
        self.alarms.maybe_update(|known| {
            let changed = **known != alarms;
            if changed {
                *known = Arc::new(alarms);
            }
            changed
        });
    }

    /// Whether a breach waits that nobody has taken.
    pub fn breach_waits(self) -> bool {
        self.alarms.with(|alarms| alarms.iter().any(sounds))
    }

    fn sorted(self, now: Time) -> (Vec<JobId>, Counts) {
        self.filter.with_untracked(|filter| {
            self.board
                .with_value(|board| board.order(|line, risk| filter.passes(line, risk), now))
        })
    }

    /// Once a second: counts at once, the order when the queue allows it.
    fn reorder(self, now: Time) {
        if self.loaded.with_untracked(|loaded| *loaded != Loaded::Yes) {
            return;
        }
        let (order, counts) = self.sorted(now);
        self.counts.maybe_set(counts);
        // Snoozed alarms come back by the clock alone.
        self.set_alarms();
        let same = self.order.with_untracked(|known| **known == order);
        let pending = (!same).then(|| Arc::new(order));
        self.pending.maybe_set(pending);
    }

    /// The queue takes the order that waits.
    pub fn settle(self) {
        if let Some(order) = self.pending.get_untracked() {
            self.pending.set(None);
            self.set_order(order);
        }
    }

    fn set_order(self, order: Arc<Vec<JobId>>) {
        let shown: HashSet<JobId> = order.iter().copied().collect();
        let selected = self.selected.get_untracked();
        self.lines.update_value(|lines| {
            lines.retain(|job, _| shown.contains(job) || Some(*job) == selected)
        });
        self.order.set(order);
    }

    /// The job as last heard, to be tracked; none for a job that was never here.
    pub fn line(self, job: JobId) -> Option<Line> {
        self.lines
            .try_update_value(|lines| {
                if let Some(line) = lines.get(&job) {
                    return Some(line.clone());
                }
                let now = self
                    .board
                    .with_value(|board| board.jobs.get(&job).cloned())?;
                let line = ArcRwSignal::new(now);
                lines.insert(job, line.clone());
                Some(line)
            })
            .flatten()
    }

    /// Whether the job is still open. Not tracked.
    pub fn is_open(self, job: JobId) -> bool {
        self.board.with_value(|board| board.jobs.contains_key(&job))
    }

    /// For the map, the palette and lists made once. Not tracked.
    pub fn with_board<T>(self, read: impl FnOnce(&Board) -> T) -> T {
        self.board.with_value(read)
    }

    pub fn take_map_news(self) -> MapNews {
        self.map_news
            .try_update_value(std::mem::take)
            .unwrap_or_default()
    }

    pub fn select(self, job: Option<JobId>) {
        if let Some(job) = job {
            self.line(job);
        }
        self.selected.maybe_set(job);
    }

    /// The row below or above the selected one.
    pub fn step(self, by: isize) -> Option<JobId> {
        let order = self.order.get_untracked();
        let selected = self.selected.get_untracked();
        let at = selected.and_then(|job| order.iter().position(|known| *known == job));
        let next = match at {
            Some(at) => at
                .saturating_add_signed(by)
                .min(order.len().saturating_sub(1)),
            None => 0,
        };
        order.get(next).copied()
    }

    /// An alarm as the server just answered, before the stream tells.
    pub fn took_alarm(self, alarm: Alarm) {
        self.hear(&Live::Alarm(alarm));
    }

    pub fn save_view(self, name: String) {
        let filter = self.filter.with_untracked(Filter::without_text);
        self.views
            .update(|views| keep_view(views, View { name, filter }));
        self.views
            .with_untracked(|views| keep::save("views", views));
    }

    pub fn drop_view(self, name: &str) {
        self.views
            .update(|views| views.retain(|view| view.name != name));
        self.views
            .with_untracked(|views| keep::save("views", views));
    }
}

/// Setting a signal only where the value is another one.
trait Maybe<T> {
    fn maybe_set(&self, value: T);
}
impl<T: PartialEq + Send + Sync + 'static> Maybe<T> for RwSignal<T> {
    fn maybe_set(&self, value: T) {
        self.maybe_update(|known| {
            let changed = *known != value;
            if changed {
                *known = value;
            }
            changed
        });
    }
}

pub fn store() -> Store {
    expect_context::<Store>()
}
