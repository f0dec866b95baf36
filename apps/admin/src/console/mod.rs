//! The live console: the queue, the map and one job, side by side.

pub mod alarms;
pub mod board;
pub mod cancel;
pub mod candidates;
pub mod filter;
pub mod filters;
pub mod job;
pub mod map;
pub mod people;
pub mod presence;
pub mod price;
pub mod queue;
pub mod sound;
pub mod store;
pub mod story;
pub mod strip;
pub mod timeline;

use crate::keys::{self, Action};
use crate::rights::may;
use crate::{frame, later, msg};
use kernel::access::Permission;
use kernel::{JobId, TechnicianId};
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use store::{Loaded, Store};
use ui::{Empty, Icon, SkeletonRows, TroubleNote};

/// Which pane a narrow screen shows, and which tab of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    Queue,
    Map,
    Job,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Candidates,
    Story,
    Price,
    People,
}

/// What the panes tell each other.
#[derive(Clone, Copy)]
pub struct Desk {
    pub store: Store,
    pub pane: RwSignal<Pane>,
    pub tab: RwSignal<Tab>,
    /// Counts up to ask the queue to bring the selected row into sight and take the focus.
    pub focus_row: RwSignal<u32>,
    /// Counts up to ask the job's pane to take the focus.
    pub focus_job: RwSignal<u32>,
    /// The candidate a number key asked for.
    pub armed: RwSignal<Option<u8>>,
    /// Whose way to the job the map shows: the candidate under the focus.
    pub looking: RwSignal<Option<TechnicianId>>,
    /// How far was searched for the job.
    pub radius: RwSignal<Option<u32>>,
    /// Counts up to open the filters.
    pub open_filters: RwSignal<u32>,
    /// Counts up to go to the search field.
    pub search: RwSignal<u32>,
}

impl Desk {
    pub fn select(self, job: JobId) {
        self.store.select(Some(job));
    }
    pub fn open(self) {
        self.pane.set(Pane::Job);
        self.focus_job.update(|n| *n += 1);
    }
    pub fn to_queue(self) {
        self.pane.set(Pane::Queue);
        self.focus_row.update(|n| *n += 1);
    }
    /// After a job was dealt with the next one has the focus (DESIGN §8).
    pub fn next_job(self) {
        if let Some(next) = self.store.step(1) {
            self.select(next);
        }
        self.to_queue();
    }
}

pub fn desk() -> Desk {
    expect_context::<Desk>()
}

#[component]
pub fn Console() -> impl IntoView {
    let Some(store) = use_context::<Store>() else {
        return view! { <Elsewhere/> }.into_any();
    };
    frame::set_title(msg::console_title());
    let desk = Desk {
        store,
        pane: RwSignal::new(Pane::Queue),
        tab: RwSignal::new(Tab::Candidates),
        focus_row: RwSignal::new(0),
        focus_job: RwSignal::new(0),
        armed: RwSignal::new(None),
        looking: RwSignal::new(None),
        radius: RwSignal::new(None),
        open_filters: RwSignal::new(0),
        search: RwSignal::new(0),
    };
    provide_context(desk);
    // A link to one job: from a booking's page, or from a colleague.
    let query = use_query_map();
    Effect::new(move |_| {
        let job = query
            .with(|q| q.get("job"))
            .and_then(|id| id.parse::<JobId>().ok());
        if let Some(job) = job
            && store.loaded.with(|loaded| *loaded == Loaded::Yes)
        {
            desk.select(job);
            desk.focus_row.update(|n| *n += 1);
        }
    });
    presence::follow(store);
    keys::listen(move |action| act(store, desk, action));
    let pane = move |which: Pane, name: &'static str, icon: &'static str| {
        view! {
            <button type="button" role="tab" aria-selected=move || (desk.pane.get() == which).to_string()
                on:click=move |_| desk.pane.set(which)>
                <Icon name=icon class="sm"/><span>{name}</span>
            </button>
        }
    };
    view! {
        <div class="console" data-pane=move || match desk.pane.get() {
            Pane::Queue => "queue",
            Pane::Map => "map",
            Pane::Job => "job",
        }>
            <strip::Strip/>
            <div class="tabs pane-tabs" role="tablist" aria-label=msg::panes()>
                {pane(Pane::Queue, msg::pane_queue(), "list-ordered")}
                {pane(Pane::Map, msg::pane_map(), "map")}
                {pane(Pane::Job, msg::pane_job(), "clipboard-list")}
            </div>
            {move || match store.loaded.get() {
                Loaded::Yes => view! { <queue::Queue/> }.into_any(),
                Loaded::No => view! {
                    <section class="pane queue" aria-busy="true" aria-label=msg::pane_queue()><SkeletonRows n=12/></section>
                }.into_any(),
                Loaded::Failed(trouble) => view! {
                    <section class="pane queue" aria-label=msg::pane_queue()>
                        <div class="pad">
                            <TroubleNote trouble=Signal::stored(Some(trouble)) on_retry=Callback::new(move |()| store.read())/>
                        </div>
                    </section>
                }.into_any(),
            }}
            {later::pane(later::Desk::Map, "map-pane", msg::pane_map())}
            {later::pane(later::Desk::Job, "story-pane", msg::pane_job())}
        </div>
    }
    .into_any()
}

/// The console is not for everybody: where there is another page, go there.
#[component]
fn Elsewhere() -> impl IntoView {
    if may(Permission::BookingsInspect) {
        let go = use_navigate();
        go(
            "/admin/bookings",
            leptos_router::NavigateOptions {
                replace: true,
                ..Default::default()
            },
        );
        return ().into_any();
    }
    frame::set_title(msg::console_title());
    view! { <Empty title=msg::console_not_yours() text=msg::console_not_yours_text()/> }.into_any()
}

fn act(store: Store, desk: Desk, action: Action) -> bool {
    let step = |by| {
        if let Some(job) = store.step(by) {
            desk.select(job);
            desk.focus_row.update(|n| *n += 1);
        }
        true
    };
    match action {
        Action::Next => step(1),
        Action::Previous => step(-1),
        Action::Open => {
            let some = store.selected.get_untracked().is_some();
            if some {
                desk.open();
            }
            some
        }
        Action::Back => {
            if desk.armed.get_untracked().is_some() {
                desk.armed.set(None);
                return true;
            }
            desk.to_queue();
            // The browser may still want it: to leave full screen, to close what floats.
            false
        }
        Action::Search => {
            desk.pane.set(Pane::Queue);
            desk.search.update(|n| *n += 1);
            true
        }
        Action::Filter => {
            desk.pane.set(Pane::Queue);
            desk.open_filters.update(|n| *n += 1);
            true
        }
        Action::Acknowledge => alarms::acknowledge_first(store),
        Action::GoQueue => {
            desk.to_queue();
            true
        }
        Action::GoMap => {
            desk.pane.set(Pane::Map);
            map::focus();
            true
        }
        Action::GoStory => {
            desk.tab.set(Tab::Story);
            desk.open();
            true
        }
        Action::Candidate(n) => {
            if store.selected.get_untracked().is_none() {
                return false;
            }
            desk.tab.set(Tab::Candidates);
            desk.pane.set(Pane::Job);
            // Again, where the same number was pressed before.
            desk.armed.set(None);
            desk.armed.set(Some(n));
            true
        }
        Action::Go | Action::Help | Action::Palette => false,
    }
}
