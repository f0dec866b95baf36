//! One job: its promise, and in four tabs who could do it, what happened, the money and the people.

use crate::console::board::risk;
use crate::console::cancel::CancelButton;
use crate::console::candidates::Candidates;
use crate::console::people::People;
use crate::console::price::Price;
use crate::console::store::{Line, store};
use crate::console::story::Story;
use crate::console::{Tab, desk, presence};
use crate::{msg, words};
use contract_bookings::BookingView;
use contract_dispatch::JobStory;
use contract_sla::{ClockState, ClockView};
use kernel::JobId;
use leptos::html::Section;
use leptos::prelude::*;
use leptos_router::components::A;
use ui::format::{clock24, left};
use ui::{ClockRing, Icon, JobPill, Sla, SlaGlyph, sla_of, t};

/// The records of the job on the screen. They are read again when the job has news.
#[derive(Clone, Copy)]
pub struct Records {
    pub booking: client::Cached<BookingView>,
    pub dispatch: client::Cached<JobStory>,
}

#[component]
pub fn JobPane() -> impl IntoView {
    let store = store();
    let desk = desk();
    let pane: NodeRef<Section> = NodeRef::new();
    Effect::new(move |before: Option<u32>| {
        let turn = desk.focus_job.get();
        if before.is_some_and(|before| before != turn)
            && let Some(pane) = pane.get_untracked()
        {
            let _ = pane.focus();
        }
        turn
    });
    view! {
        <section class="pane story-pane" aria-label=msg::pane_job() node_ref=pane tabindex="-1">
            {move || {
                let line = store.selected.get().and_then(|job| Some((job, store.line(job)?)));
                match line {
                    Some((job, line)) => view! { <Job job=job line=line/> }.into_any(),
                    None => view! {
                        <div class="state">
                            <Icon name="mouse-pointer-click" class="xl"/>
                            <h2>{msg::job_none()}</h2>
                            <p>{msg::job_none_text()}</p>
                        </div>
                    }.into_any(),
                }
            }}
        </section>
    }
}

#[component]
fn Job(job: JobId, line: Line) -> impl IntoView {
    let store = store();
    let desk = desk();
    let first = line.get_untracked();
    let line = RwSignal::from(line);
    let booking = first.booking;
    let booking_path = format!("/v1/staff/bookings/{booking}");
    let rested = rested(client::cache::peek::<BookingView>(&booking_path).is_some());
    let records = Records {
        booking: client::cached(move || rested.get().then(|| booking_path.clone())),
        dispatch: client::cached(move || rested.get().then(|| format!("/v1/dispatch/jobs/{job}"))),
    };
    provide_context(records);
    // News of this job: what is shown of it is read again.
    Effect::new(move |before: Option<u32>| {
        let turn = store.touched.get();
        if before.is_some_and(|before| before != turn) {
            records.booking.refresh();
            records.dispatch.refresh();
        }
        turn
    });
    desk.armed.set(None);
    let state = Memo::new(move |_| line.with(|l| l.state));
    // Going to the tab one is at builds nothing anew: a reason half written stays.
    let shown = Memo::new(move |_| desk.tab.get());
    let escalated = Memo::new(move |_| line.with(|l| l.escalated && super::board::waits(l.state)));
    let tab = move |which: Tab, name: &'static str| {
        view! {
            <button type="button" role="tab" id=tab_id(which) aria-controls="job-panel"
                aria-selected=move || (desk.tab.get() == which).to_string()
                tabindex=move || if desk.tab.get() == which { "0" } else { "-1" }
                on:click=move |_| desk.tab.set(which)
                on:keydown=move |event| step_tab(desk, &event)>
                {name}
            </button>
        }
    };
    view! {
        <div class="jobhead">
            <div class="flex between start">
                <div class="grow">
                    <h2 class="clip">{t(&first.service_name)}</h2>
                    <p class="meta">
                        {t(&first.sector_name)}
                        <span class="dot-sep"></span>
                        <A href=format!("/admin/bookings/{booking}") attr:class="link num">{first.reference.clone()}</A>
                    </p>
                </div>
                <JobPill state=state/>
            </div>
            <Promise line=line/>
            {move || presence::others(store, job).map(|names| view! {
                <p class="also micro" role="status"><Icon name="eye" class="xs"/>{msg::also_here(names)}</p>
            })}
        </div>
        <div class="job-tabs">
            <div class="tabs" role="tablist" aria-label=msg::pane_job()>
                {tab(Tab::Candidates, msg::tab_candidates())}
                {tab(Tab::Story, msg::tab_story())}
                {tab(Tab::Price, msg::tab_price())}
                {tab(Tab::People, msg::tab_people())}
            </div>
            <CancelButton booking=records.booking after=Callback::new(move |()| desk.next_job())/>
        </div>
        {move || escalated.get().then(|| view! { <Escalated records=records/> })}
        {move || (!is_open(state.get())).then(|| view! {
            <div class="note slim">{msg::job_over()}</div>
        })}
        <div class="tab-panel" id="job-panel" role="tabpanel" aria-labelledby=move || tab_id(desk.tab.get())>
            {move || match shown.get() {
                Tab::Candidates => view! { <Candidates job=job line=line/> }.into_any(),
                Tab::Story => view! { <div class="scroll pad" tabindex="0"><Clocks line=line/><Story records=records job=Some(job)/></div> }.into_any(),
                Tab::Price => view! { <div class="scroll pad" tabindex="0"><Price booking=records.booking/></div> }.into_any(),
                Tab::People => view! { <div class="scroll pad" tabindex="0"><People job=job/></div> }.into_any(),
            }}
        </div>
    }
}

/// True once the job has been looked at for a moment: nothing is asked about jobs that are only
/// leafed through. `known`: what is at hand already is shown at once.
pub fn rested(known: bool) -> RwSignal<bool> {
    let rested = RwSignal::new(known);
    if !known {
        set_timeout(
            move || {
                rested.try_set(true);
            },
            std::time::Duration::from_millis(180),
        );
    }
    rested
}

fn is_open(state: contract_bookings::JobState) -> bool {
    use contract_bookings::JobState::{Cancelled, Closed, Failed};
    !matches!(state, Closed | Failed | Cancelled)
}

fn tab_id(tab: Tab) -> &'static str {
    match tab {
        Tab::Candidates => "tab-candidates",
        Tab::Story => "tab-story",
        Tab::Price => "tab-price",
        Tab::People => "tab-people",
    }
}

/// Arrows go along the tabs, with the direction of reading.
fn step_tab(desk: super::Desk, event: &web_sys::KeyboardEvent) {
    const TABS: [Tab; 4] = [Tab::Candidates, Tab::Story, Tab::Price, Tab::People];
    let forward = match event.key().as_str() {
        "ArrowLeft" => ui::lang() == kernel::Lang::Ar,
        "ArrowRight" => ui::lang() == kernel::Lang::En,
        _ => return,
    };
    let at = TABS
        .iter()
        .position(|tab| *tab == desk.tab.get_untracked())
        .unwrap_or(0);
    let next = TABS[(at + if forward { 1 } else { TABS.len() - 1 }) % TABS.len()];
    desk.tab.set(next);
    event.prevent_default();
    if let Some(tab) = document().get_element_by_id(tab_id(next)) {
        use wasm_bindgen::JsCast;
        if let Some(tab) = tab.dyn_ref::<web_sys::HtmlElement>() {
            let _ = tab.focus();
        }
    }
}

/// The clock that presses most, in words.
#[component]
fn Promise(line: RwSignal<std::sync::Arc<contract_bookings::JobLine>>) -> impl IntoView {
    let now = client::use_now();
    // The ring itself runs; here only which clock it is.
    let pressing = Memo::new(move |_| {
        let now = now.get();
        line.with(|line| {
            let risk = risk(line, now);
            let clock = line
                .clocks
                .iter()
                .find(|c| Some(c.kind) == risk.clock && c.stopped_at.is_none());
            clock.map(|clock| (clock.clone(), risk.sla))
        })
    });
    move || {
        pressing.get().map(|(clock, sla)| {
            let eta = line.with(|l| l.eta).filter(|_| clock.kind == contract_sla::ClockKind::Arrive);
            let due = clock24(clock.deadline);
            let what = match (&clock.paused_for, sla) {
                (Some(reason), Sla::Paused) => words::paused_for(reason).to_owned(),
                (_, Sla::Breach) => msg::was_due(words::clock(clock.kind), due),
                _ => msg::due(words::clock(clock.kind), due),
            };
            view! {
                <div class="flex between promise-row">
                    <ClockRing clock=Signal::stored(clock)/>
                    <div class="promise-side">
                        <span class="sla-tag" data-sla=sla.as_str()><SlaGlyph sla=sla/>{sla.word()}</span>
                        <span class="micro">{what}</span>
                        {eta.map(|eta| view! { <span class="micro">{msg::eta(clock24(eta))}</span> })}
                    </div>
                </div>
            }
        })
    }
}

/// All three clocks of the visit.
#[component]
fn Clocks(line: RwSignal<std::sync::Arc<contract_bookings::JobLine>>) -> impl IntoView {
    let now = client::use_now();
    let clocks = Memo::new(move |_| line.with(|l| l.clocks.clone()));
    move || {
        let rows = clocks
            .get()
            .into_iter()
            .map(|clock| {
                view! {
                    <li class="flex between">
                        <span>{words::clock(clock.kind)}</span>
                        <span class="meta">{how(&clock)}</span>
                        {match clock.stopped_at {
                            Some(_) => ().into_any(),
                            None => {
                                let counts = clock.state != ClockState::Cancelled;
                                counts.then(|| view! {
                                    <b class="num">{move || left(sla_of(&clock, now.get()).1)}</b>
                                }).into_any()
                            }
                        }}
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="clocks rows">{rows}</ul> }
    }
}

fn how(clock: &ClockView) -> String {
    match (clock.state, clock.stopped_at) {
        (ClockState::Cancelled, _) => msg::clock_cancelled().to_owned(),
        (_, Some(at)) if clock.breached => msg::clock_late(clock24(at), clock24(clock.deadline)),
        (_, Some(at)) => msg::clock_met(clock24(at), clock24(clock.deadline)),
        (ClockState::Paused, None) => {
            words::paused_for(clock.paused_for.as_deref().unwrap_or_default()).to_owned()
        }
        (_, None) => msg::clock_by(clock24(clock.deadline)),
    }
}

/// Why the job is the dispatcher's.
#[component]
fn Escalated(records: Records) -> impl IntoView {
    move || {
        let story = records.dispatch.get();
        let item = story.as_ref().map(|s| &s.item);
        let escalation = item.and_then(|i| i.escalation.clone());
        let refusals = item.map_or(0, |i| i.refusals);
        view! {
            <div class="note slim" data-sla="risk">
                <Icon name="hand"/>
                <span>
                    <b>{match &escalation {
                        Some(escalation) => msg::escalated_at(clock24(escalation.at)),
                        None => msg::escalated().to_owned(),
                    }}</b>
                    " "
                    {escalation.map(|e| words::escalation(&e.reason))}
                    {(refusals > 0).then(|| format!(" {}", msg::refusals(i64::from(refusals))))}
                </span>
            </div>
        }
    }
}
