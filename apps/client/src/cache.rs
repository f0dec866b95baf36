//! One cache of answers, by path. A screen that comes back shows at once what it showed before
//! and asks again behind it. A path is asked for once at a time, however many want it.

use crate::trouble::{Trouble, TroubleKind};
use crate::{api, page::page, web};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

type Value = Arc<dyn Any + Send + Sync>;

/// Components that appear together ask once.
const FRESH_MS: f64 = 2_000.0;
/// Answers nobody looks at that are kept for going back.
const KEPT: usize = 150;

/// How one type of answer is handled; everything else works without knowing the type.
#[derive(Clone, Copy)]
struct Kind {
    decode: fn(&str) -> Option<Value>,
    same: fn(&Value, &Value) -> bool,
}

fn kind<T: DeserializeOwned + PartialEq + Send + Sync + 'static>() -> Kind {
    Kind {
        decode: |text| Some(Arc::new(serde_json::from_str::<T>(text).ok()?)),
        same: |a, b| match (a.downcast_ref::<T>(), b.downcast_ref::<T>()) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
    }
}

struct Entry {
    path: String,
    kind: Mutex<Kind>,
    value: ArcRwSignal<Option<Value>>,
    trouble: ArcRwSignal<Option<Trouble>>,
    lookers: AtomicU32,
    state: Mutex<State>,
}

/// Where an entry is in its life.
#[derive(Debug, Clone, Copy, PartialEq)]
struct State {
    /// A request is under way.
    busy: bool,
    /// What is here is known to be old (or nothing is here).
    stale: bool,
    /// The request under way began before the news that made this stale: ask once more after it.
    again: bool,
    /// When the last answer came, by the page's counter.
    answered_ms: f64,
    /// When somebody last looked.
    looked_ms: f64,
}

/// What to do next with an entry.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Next {
    Nothing,
    Ask,
}

impl State {
    const NEW: Self = Self {
        busy: false,
        stale: true,
        again: false,
        answered_ms: f64::NEG_INFINITY,
        looked_ms: 0.0,
    };
    fn ask(&mut self) -> Next {
        if self.busy {
            return Next::Nothing;
        }
        (self.busy, self.again) = (true, false);
        Next::Ask
    }
    /// Somebody begins to look.
    fn looked(&mut self, now_ms: f64) -> Next {
        self.looked_ms = now_ms;
        if self.stale || now_ms - self.answered_ms > FRESH_MS {
            self.ask()
        } else {
            Next::Nothing
        }
    }
    /// It has become old.
    fn invalidated(&mut self, looked_at: bool) -> Next {
        self.stale = true;
        if self.busy {
            self.again = true;
            Next::Nothing
        } else if looked_at {
            self.ask()
        } else {
            Next::Nothing
        }
    }
    /// A newer value came by another way: the answer under way may be older.
    fn put(&mut self, now_ms: f64) {
        self.stale = false;
        self.answered_ms = now_ms;
        self.again = self.busy;
    }
    /// An answer came. Whether it may be shown, and what next.
    fn answered(&mut self, ok: bool, looked_at: bool, now_ms: f64) -> (bool, Next) {
        self.busy = false;
        if self.again {
            self.stale = true;
            self.again = false;
            // Shown only when there is nothing newer: after `put` there is.
            let next = if looked_at { self.ask() } else { Next::Nothing };
            return (false, next);
        }
        if ok {
            self.stale = false;
            self.answered_ms = now_ms;
        }
        (true, Next::Nothing)
    }
}

thread_local! {
    static ENTRIES: RefCell<HashMap<String, Arc<Entry>>> = RefCell::default();
}

impl Entry {
    fn of(path: String, kind: Kind) -> Arc<Self> {
        ENTRIES.with_borrow_mut(|entries| {
            if let Some(entry) = entries.get(&path) {
                return entry.clone();
            }
            let entry = Arc::new(Self {
                path: path.clone(),
                kind: Mutex::new(kind),
                value: ArcRwSignal::new(None),
                trouble: ArcRwSignal::new(None),
                lookers: AtomicU32::new(0),
                state: Mutex::new(State::NEW),
            });
            make_room(entries);
            entries.insert(path, entry.clone());
            entry
        })
    }

    fn step<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.state.lock().unwrap_or_else(|e| e.into_inner()))
    }

    fn looked_at(&self) -> bool {
        self.lookers.load(Relaxed) > 0
    }

    fn show(&self, value: Value) {
        let kind = *self.kind.lock().unwrap_or_else(|e| e.into_inner());
        let same = self
            .value
            .with_untracked(|old| old.as_ref().is_some_and(|old| (kind.same)(old, &value)));
        if !same {
            self.value.set(Some(value));
        }
        if self.trouble.with_untracked(Option::is_some) {
            self.trouble.set(None);
        }
    }

    fn then(self: &Arc<Self>, next: Next) {
        if next == Next::Ask {
            let entry = self.clone();
            web::spawn(async move { entry.ask().await });
        }
    }

    async fn ask(self: Arc<Self>) {
        let result = api::get_text(&self.path).await.and_then(|text| {
            let kind = *self.kind.lock().unwrap_or_else(|e| e.into_inner());
            (kind.decode)(&text).ok_or_else(|| {
                web::warn(&format!("an answer could not be read: {}", self.path));
                Trouble::nonsense(page().lang)
            })
        });
        let looked_at = self.looked_at();
        let (show, next) = self.step(|s| s.answered(result.is_ok(), looked_at, web::page_ms()));
        match result {
            Ok(value) if show || self.value.with_untracked(Option::is_none) => self.show(value),
            Ok(_) => {}
            Err(trouble) => {
                // What is not one's own any more must not stay on the screen.
                if trouble.kind == TroubleKind::Refused {
                    self.value.set(None);
                }
                self.trouble.set(Some(trouble));
            }
        }
        self.then(next);
    }
}

/// Drops what nobody has looked at for longest.
fn make_room(entries: &mut HashMap<String, Arc<Entry>>) {
    if entries.len() < KEPT {
        return;
    }
    let mut idle: Vec<(f64, String)> = entries
        .values()
        .filter(|e| !e.looked_at())
        .map(|e| (e.step(|s| s.looked_ms), e.path.clone()))
        .collect();
    idle.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (_, path) in idle.into_iter().take(KEPT / 3) {
        entries.remove(&path);
    }
}

fn each(mut f: impl FnMut(&Arc<Entry>)) {
    let entries: Vec<_> = ENTRIES.with_borrow(|entries| entries.values().cloned().collect());
    for entry in &entries {
        f(entry);
    }
}

/// What begins with `prefix` is old: whoever looks at it gets it anew, the rest when it is looked
/// at again.
pub fn invalidate(prefix: &str) {
    invalidate_where(|path| path.starts_with(prefix));
}

/// What has one of these, such as a record's id, in its path is old.
pub(crate) fn invalidate_mentioning(words: &[&str]) {
    invalidate_where(|path| words.iter().any(|word| path.contains(word)));
}

/// The record `id` under `collection`, and the lists of that collection; not its other records.
pub(crate) fn invalidate_about(collection: &str, id: &str) {
    invalidate_where(|path| path.contains(id) || is_list(path, collection));
}

fn is_list(path: &str, collection: &str) -> bool {
    path.strip_prefix(collection)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
}

fn invalidate_where(which: impl Fn(&str) -> bool) {
    each(|entry| {
        if which(&entry.path) {
            let looked_at = entry.looked_at();
            entry.then(entry.step(|s| s.invalidated(looked_at)));
        }
    });
}

/// A newer value of `path`, such as the answer of a command.
pub fn put<T: DeserializeOwned + PartialEq + Send + Sync + 'static>(path: &str, value: T) {
    let entry = Entry::of(path.to_owned(), kind::<T>());
    entry.step(|s| s.put(web::page_ms()));
    entry.show(Arc::new(value));
}

/// The value of `path` as it is here, if it is.
pub fn peek<T: Send + Sync + 'static>(path: &str) -> Option<Arc<T>> {
    let entry = ENTRIES.with_borrow(|entries| entries.get(path).cloned())?;
    entry.value.get_untracked()?.downcast().ok()
}

/// The network is back, or somebody has signed in.
pub(crate) fn revalidate_all() {
    invalidate("");
}

/// Another person, or nobody, is signed in now.
pub(crate) fn forget_all() {
    each(|entry| {
        entry.value.set(None);
        entry.trouble.set(None);
        let looked_at = entry.looked_at();
        entry.then(entry.step(|s| s.invalidated(looked_at)));
    });
    ENTRIES.with_borrow_mut(|entries| entries.retain(|_, e| e.looked_at()));
}

#[derive(Clone)]
struct Shared(Arc<Entry>);
impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What a screen sees of one path; made by [`cached`].
pub struct Cached<T> {
    entry: Memo<Option<Shared>>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Cached<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Cached<T> {}

impl<T: Send + Sync + 'static> Cached<T> {
    fn entry(&self) -> Option<Arc<Entry>> {
        self.entry.try_get().flatten().map(|shared| shared.0)
    }
    /// Tracked. What is here, old or new; none before the first answer.
    pub fn get(&self) -> Option<Arc<T>> {
        self.entry()?.value.get()?.downcast().ok()
    }
    /// Tracked. Why the last try gave nothing; an older value may still be here.
    pub fn trouble(&self) -> Option<Trouble> {
        self.entry()?.trouble.get()
    }
    /// Tracked. Wanted, and nothing to show yet, not even trouble.
    pub fn loading(&self) -> bool {
        self.entry()
            .is_some_and(|e| e.value.with(Option::is_none) && e.trouble.with(Option::is_none))
    }
    /// Tracked. Nothing is wanted yet.
    pub fn idle(&self) -> bool {
        self.entry().is_none()
    }
    /// Asks again.
    pub fn refresh(&self) {
        if let Some(Some(shared)) = self.entry.try_get_untracked() {
            let entry = shared.0;
            entry.trouble.set(None);
            entry.then(entry.step(|s| s.invalidated(true)));
        }
    }
}

/// Follows `path` (which may depend on signals): what is in the cache at once, then the server's
/// newest answer. None: not wanted yet.
pub fn cached<T: DeserializeOwned + PartialEq + Send + Sync + 'static>(
    path: impl Fn() -> Option<String> + Send + Sync + 'static,
) -> Cached<T> {
    let entry = Memo::new(move |_| path().map(|path| Shared(Entry::of(path, kind::<T>()))));
    follow(entry);
    Cached {
        entry,
        of: PhantomData,
    }
}

/// Counts who looks, and asks when somebody begins to.
fn follow(entry: Memo<Option<Shared>>) {
    Effect::new(move |_| {
        let Some(Shared(entry)) = entry.get() else {
            return;
        };
        entry.lookers.fetch_add(1, Relaxed);
        entry.then(entry.step(|s| s.looked(web::page_ms())));
        let looked_at = AtomicBool::new(true);
        on_cleanup(move || {
            if looked_at.swap(false, Relaxed) {
                entry.lookers.fetch_sub(1, Relaxed);
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asked_once_then_fresh_for_a_moment() {
        let mut s = State::NEW;
        assert_eq!(s.looked(0.0), Next::Ask);
        assert_eq!(s.looked(1.0), Next::Nothing, "under way");
        assert_eq!(s.answered(true, true, 100.0), (true, Next::Nothing));
        assert_eq!(s.looked(200.0), Next::Nothing, "fresh");
        assert_eq!(s.looked(100.0 + FRESH_MS + 1.0), Next::Ask, "revalidated");
    }

    #[test]
    fn news_during_a_request_ask_once_more() {
        let mut s = State::NEW;
        s.looked(0.0);
        assert_eq!(s.invalidated(true), Next::Nothing);
        assert_eq!(s.invalidated(true), Next::Nothing);
        assert_eq!(s.answered(true, true, 9.0), (false, Next::Ask));
        assert_eq!(s.answered(true, true, 19.0), (true, Next::Nothing));
        assert!(!s.stale);
    }

    #[test]
    fn a_command_s_answer_is_not_overwritten_by_an_older_read() {
        let mut s = State::NEW;
        s.looked(0.0);
        s.put(5.0);
        let (show, next) = s.answered(true, true, 9.0);
        assert_eq!((show, next), (false, Next::Ask));
    }

    #[test]
    fn what_nobody_looks_at_waits() {
        let mut s = State::NEW;
        s.looked(0.0);
        s.answered(true, true, 1.0);
        assert_eq!(s.invalidated(false), Next::Nothing);
        assert_eq!(s.looked(2.0), Next::Ask, "old, though recent");
        assert_eq!(s.answered(false, true, 3.0), (true, Next::Nothing));
        assert!(s.stale, "trouble leaves it old");
        assert_eq!(s.looked(4.0), Next::Ask);
    }

    #[test]
    fn values_are_typed_and_compared() {
        put("/v1/x", 7_u32);
        assert_eq!(peek::<u32>("/v1/x").as_deref(), Some(&7));
        assert_eq!(peek::<String>("/v1/x"), None);
        let same = kind::<u32>().same;
        let (a, b): (Value, Value) = (Arc::new(7_u32), Arc::new(8_u32));
        assert!(same(&a, &a.clone()) && !same(&a, &b));
        let decode = kind::<Vec<u32>>().decode;
        assert!(decode("[1,2]").is_some() && decode("{}").is_none());
    }

    #[test]
    fn a_list_is_not_another_record() {
        assert!(is_list("/v1/bookings", "/v1/bookings"));
        assert!(is_list("/v1/bookings?limit=20", "/v1/bookings"));
        assert!(!is_list("/v1/bookings/bkg_1", "/v1/bookings"));
    }

    #[test]
    fn old_answers_make_room() {
        for n in 0..400 {
            put(&format!("/v1/old/{n}"), n);
        }
        ENTRIES.with_borrow(|e| assert!(e.len() <= KEPT, "{}", e.len()));
    }
}
