//! The promise on screen. A ticking clock is silent to screen readers; a separate status speaks
//! when the state changes and at 15, 5 and 1 minutes (DESIGN §8).

use crate::sla::{clock_words, mark_passed, running, share_left, sla_of, sla_with};
use crate::{Sla, SlaGlyph, format, msg};
use contract_sla::{ClockState, ClockView};
use kernel::Time;
use leptos::prelude::*;

/// What a clock shows: the time left, or the word where none was promised any more.
fn shown(clock: &ClockView, sla: Sla, left_ms: i64) -> String {
    match clock.state {
        ClockState::Cancelled => msg::clock_cancelled().to_owned(),
        _ if sla == Sla::Breach => format::left(left_ms.min(-1)),
        _ => format::left(left_ms),
    }
}

/// The time left in one line, with shape and hidden word. `eta`: an estimate that may put it at
/// risk early.
#[component]
pub fn SlaTag(
    #[prop(into)] clock: Signal<ClockView>,
    #[prop(optional, into)] now: Option<Signal<Time>>,
    #[prop(optional, into)] eta: Signal<Option<Time>>,
) -> impl IntoView {
    let now = now.unwrap_or_else(client::use_now);
    let state = Memo::new(move |_| clock.with(|c| sla_with(c, now.get(), eta.get()).0));
    let left = move || clock.with(|c| shown(c, state.get(), sla_of(c, now.get()).1));
    view! {
        <span class="sla-tag" data-sla=move || state.get().as_str()>
            <SlaGlyph sla=state/>
            <span class="vh">{move || state.get().word()}" "</span>
            <span class="num" role="timer" aria-live="off">{left}</span>
        </span>
    }
}

/// The ring that drains clockwise in both languages, with time and meaning. Classes: `hero mini`.
/// `mini` shows no line of words, only says it.
#[component]
pub fn ClockRing(
    #[prop(into)] clock: Signal<ClockView>,
    #[prop(optional, into)] now: Option<Signal<Time>>,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let now = now.unwrap_or_else(client::use_now);
    let mini = class.contains("mini");
    let state = Memo::new(move |_| clock.with(|c| sla_of(c, now.get()).0));
    let time = move || clock.with(|c| shown(c, state.get(), sla_of(c, now.get()).1));
    // To a hundredth: below what can be seen, and the attribute changes less often.
    let left = move || format!("{:.2}", clock.with(|c| share_left(c, now.get())));
    let words = move || clock.with(|c| clock_words(c, state.get()));
    view! {
        <div class=format!("clock {class}") data-sla=move || state.get().as_str()>
            <span class="ring" aria-hidden="true">
                <svg viewBox="0 0 48 48">
                    <circle class="track" cx="24" cy="24" r="21"/>
                    <circle class="left" cx="24" cy="24" r="21" pathLength="100" style:--left=left/>
                </svg>
                <SlaGlyph sla=state/>
            </span>
            <div>
                <span class="time" role="timer" aria-live="off">{time}</span>
                <span class=if mini { "vh" } else { "what" }>{words}</span>
            </div>
            <Spoken clock=clock now=now/>
        </div>
    }
}

/// The polite voice of a clock.
#[component]
fn Spoken(clock: Signal<ClockView>, now: Signal<Time>) -> impl IntoView {
    let said = RwSignal::new(String::new());
    Effect::new(move |before: Option<(Sla, i64)>| {
        let (sla, left) = clock.with(|c| sla_of(c, now.get()));
        if let Some((sla_before, left_before)) = before {
            if sla_before != sla {
                said.set(clock.with_untracked(|c| clock_words(c, sla)).to_owned());
            } else if sla != Sla::Paused
                && let Some(minutes) = mark_passed(left_before, left)
            {
                said.set(msg::time_left(minutes));
            }
        }
        (sla, left)
    });
    view! { <span class="vh" role="status" aria-live="polite">{move || said.get()}</span> }
}

/// Where the marks of a promise line stand, 0 to 1 from its start, in reading direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Marks {
    pub now: f64,
    pub eta: f64,
    pub due: f64,
    pub sla: Sla,
    /// Something lies beyond the promise.
    pub late: bool,
    pub has_eta: bool,
}

/// The line ends a little after what lies furthest, so that the promise is never its edge.
pub(crate) fn marks(
    start: Time,
    deadline: Time,
    now: Time,
    eta: Option<Time>,
    done: Option<Time>,
) -> Marks {
    let ms = |t: Time| (t.as_millis() - start.as_millis()).max(0) as f64;
    let reached = done.unwrap_or(now);
    let eta = if done.is_some() { None } else { eta };
    // An estimate already behind us is now.
    let expected = eta.map_or(reached, |eta| eta.max(reached));
    let whole = ms(deadline).max(ms(expected)).max(1.0) / 0.86;
    let (mut sla, _) = running(start, deadline, reached);
    if done.is_some() {
        sla = if reached > deadline {
            Sla::Breach
        } else {
            Sla::Safe
        };
    } else if expected > deadline && sla < Sla::Risk {
        sla = Sla::Risk;
    }
    Marks {
        now: ms(reached) / whole,
        eta: ms(expected) / whole,
        due: ms(deadline) / whole,
        sla,
        late: expected > deadline,
        has_eta: eta.is_some(),
    }
}

/// Elapsed, expected, and the promise itself; beyond it, hatching. One a card at most. What it shows
/// is said in words; put the times beneath it.
#[component]
pub fn PromiseLine(
    #[prop(into)] start: Signal<Time>,
    #[prop(into)] deadline: Signal<Time>,
    #[prop(optional, into)] eta: Signal<Option<Time>>,
    #[prop(optional, into)] done: Signal<Option<Time>>,
    #[prop(optional, into)] now: Option<Signal<Time>>,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let now = now.unwrap_or_else(client::use_now);
    let marks = Memo::new(move |_| {
        marks(
            start.get(),
            deadline.get(),
            now.get(),
            eta.get(),
            done.get(),
        )
    });
    let at = |part: fn(&Marks) -> f64| move || format!("{:.4}", marks.with(part));
    let label = move || {
        words(
            deadline.get(),
            eta.get(),
            done.get(),
            marks.with(|m| m.sla == Sla::Breach),
        )
    };
    view! {
        <div
            class=format!("promise {class}")
            class:late=move || marks.with(|m| m.late)
            data-sla=move || marks.with(|m| m.sla.as_str())
            role="img"
            aria-label=label
            style:--now=at(|m| m.now)
            style:--eta=at(|m| m.eta)
            style:--due=at(|m| m.due)
        >
            <i class="now"></i>
            <i class="exp"></i>
            <i class="eta" class:none=move || marks.with(|m| !m.has_eta)></i>
            <i class="due"></i>
        </div>
    }
}

fn words(deadline: Time, eta: Option<Time>, done: Option<Time>, late: bool) -> String {
    let clock = format::clock;
    match (done, eta) {
        (Some(done), _) if done > deadline => msg::promise_missed(clock(done), clock(deadline)),
        (Some(done), _) => msg::promise_kept(clock(done), clock(deadline)),
        (None, Some(eta)) => {
            let minutes = (eta.as_millis() - deadline.as_millis()) / 60_000;
            if eta > deadline {
                msg::promise_late(minutes, clock(eta))
            } else {
                msg::promise_early(-minutes, clock(eta))
            }
        }
        (None, None) if late => msg::promise_passed(clock(deadline)),
        (None, None) => msg::promise_until(clock(deadline)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::with_lang;
    use kernel::{Lang, minutes};

    fn start() -> Time {
        "2026-12-03T12:35:00Z".parse().unwrap()
    }
    fn after(m: i64) -> Time {
        start() + minutes(m)
    }

    #[test]
    fn the_promise_line_keeps_its_marks_in_order() {
        for (now, eta, done, sla, late) in [
            (10, Some(46), None, Sla::Safe, false),
            (40, Some(55), None, Sla::Watch, false),
            (30, Some(70), None, Sla::Risk, true),
            (65, None, None, Sla::Breach, true),
            (300, None, Some(50), Sla::Safe, false),
            (300, None, Some(66), Sla::Breach, true),
            // An estimate in the past does not go backwards.
            (30, Some(20), None, Sla::Watch, false),
        ] {
            let m = marks(
                start(),
                after(60),
                after(now),
                eta.map(after),
                done.map(after),
            );
            assert_eq!((m.sla, m.late), (sla, late), "{now} {eta:?} {done:?}");
            assert!(0.0 <= m.now && m.now <= m.eta && m.eta <= 1.0, "{m:?}");
            assert!(m.due > 0.0 && m.due < 0.9, "{m:?}");
            assert_eq!(m.eta > m.due, late, "{m:?}");
        }
    }

    #[test]
    fn the_line_is_said_in_words() {
        with_lang(Lang::En, || {
            assert_eq!(
                words(after(60), Some(after(46)), None, false),
                "Expected 4:21 PM, 14 minutes before the promise"
            );
            assert_eq!(
                words(after(60), Some(after(61)), None, false),
                "Expected 4:36 PM, 1 minute after the promise"
            );
        });
        with_lang(Lang::Ar, || {
            assert_eq!(
                words(after(60), Some(after(58)), None, false),
                "الوصول المتوقّع 4:33 م، قبل الوعد بدقيقتين"
            );
            assert_eq!(words(after(60), None, None, false), "الموعد الموعود 4:35 م");
        });
    }
}
