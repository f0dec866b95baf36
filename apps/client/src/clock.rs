//! Platform time. It runs by an anchor (a moment, and the page's own counter at that moment), not
//! by the device's clock, which may be wrong; live news renew the anchor.

use crate::{page::page, web};
use kernel::Time;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};

/// `platform = platform_ms + (page − page_ms) × speed`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Line {
    platform_ms: f64,
    page_ms: f64,
    speed: f64,
}

impl Line {
    fn at(&self, page_ms: f64) -> Time {
        Time::from_millis((self.platform_ms + (page_ms - self.page_ms) * self.speed) as i64)
    }
}

/// What the last fresh shell said and when it came, by the device's clock: a shell from the
/// offline store says the same again, and is then carried on from here.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Heard {
    shell_ms: i64,
    wall_ms: f64,
}

/// Platform time at `wall_ms` for a shell that says `shell_ms`, and what to remember.
fn first_anchor(shell_ms: i64, speed: f64, wall_ms: f64, heard: Option<Heard>) -> (f64, Heard) {
    match heard {
        Some(heard) if heard.shell_ms == shell_ms && wall_ms >= heard.wall_ms => {
            (shell_ms as f64 + (wall_ms - heard.wall_ms) * speed, heard)
        }
        _ => (shell_ms as f64, Heard { shell_ms, wall_ms }),
    }
}

thread_local! {
    static LINE: Cell<Option<Line>> = const { Cell::new(None) };
    static TICK: RefCell<Option<ArcRwSignal<Time>>> = const { RefCell::new(None) };
    static TIMER: Cell<Option<i32>> = const { Cell::new(None) };
}

const STORE: &str = "khidma.clock";

/// When the shell's first byte came, by the page's counter.
fn answered_ms() -> f64 {
    web::window()
        .and_then(|w| w.performance())
        .and_then(|p| {
            let entries = web::call(&p, "getEntriesByType", &["navigation".into()]).ok()?;
            web::get(&js_sys::Array::from(&entries).get(0), "responseStart")?.as_f64()
        })
        .filter(|ms| *ms > 0.0)
        .unwrap_or(0.0)
}

pub(crate) fn start() {
    let anchor = page().clock;
    let answered = answered_ms();
    let wall_answered = web::wall_ms().unwrap_or_default() - (web::page_ms() - answered);
    let heard = web::stored(STORE).and_then(|json| serde_json::from_str(&json).ok());
    let (platform_ms, heard) =
        first_anchor(anchor.now.as_millis(), anchor.speed, wall_answered, heard);
    if let Ok(json) = serde_json::to_string(&heard) {
        web::store(STORE, Some(&json));
    }
    LINE.set(Some(Line {
        platform_ms,
        page_ms: answered,
        speed: anchor.speed,
    }));
    web::listen_document("visibilitychange", |_| tick());
}

/// The server has said what time it is.
pub(crate) fn re_anchor(now: Time, speed: f64) {
    LINE.set(Some(Line {
        platform_ms: now.as_millis() as f64,
        page_ms: web::page_ms(),
        speed,
    }));
    show(now);
}

/// Platform time now.
pub fn now() -> Time {
    match LINE.get() {
        Some(line) => line.at(web::page_ms()),
        None => page().clock.now,
    }
}

/// Platform seconds a real second; 0 stands still.
pub fn speed() -> f64 {
    LINE.get().map_or(page().clock.speed, |line| line.speed)
}

fn show(now: Time) {
    TICK.with_borrow(|signal| {
        if let Some(signal) = signal {
            signal.set(now);
        }
    });
}

fn tick() {
    web::stop_timer(TIMER.take());
    if TICK.with_borrow(Option::is_none) || web::hidden() {
        return;
    }
    let now = now();
    show(now);
    // On the platform's full second where it runs at the usual speed: all clocks turn together.
    let wait = if speed() == 1.0 {
        1_000 - now.as_millis().rem_euclid(1_000) as u32
    } else {
        1_000
    };
    TIMER.set(web::after(wait.max(50), tick));
}

/// Platform time, renewed about every second by one timer for the whole page. Stands still while
/// nobody can see the page.
pub fn use_now() -> Signal<Time> {
    let (signal, new) = TICK.with_borrow_mut(|tick| match tick {
        Some(signal) => (signal.clone(), false),
        None => (tick.insert(ArcRwSignal::new(now())).clone(), true),
    });
    if new && web::in_browser() {
        tick();
    }
    signal.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_runs_at_its_speed_and_may_stand() {
        let line = Line {
            platform_ms: 1_000_000.0,
            page_ms: 500.0,
            speed: 60.0,
        };
        assert_eq!(line.at(500.0).as_millis(), 1_000_000);
        assert_eq!(line.at(1_500.0).as_millis(), 1_060_000);
        let standing = Line { speed: 0.0, ..line };
        assert_eq!(standing.at(9_999.0).as_millis(), 1_000_000);
    }

    #[test]
    fn a_shell_from_the_offline_store_is_carried_on() {
        let (at, heard) = first_anchor(70_000, 2.0, 1_000.0, None);
        assert_eq!(at, 70_000.0);
        let (at, again) = first_anchor(70_000, 2.0, 6_000.0, Some(heard));
        assert_eq!((at, again), (80_000.0, heard), "5 s at double speed");
        let (at, fresh) = first_anchor(90_000, 2.0, 7_000.0, Some(heard));
        assert_eq!((at, fresh.wall_ms), (90_000.0, 7_000.0));
        let (at, _) = first_anchor(70_000, 2.0, 10.0, Some(heard));
        assert_eq!(
            at, 70_000.0,
            "a device clock that was put back is not believed"
        );
    }
}
