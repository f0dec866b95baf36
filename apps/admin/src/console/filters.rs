//! Which jobs are in the queue: kept views at hand, the rest behind a button.

use crate::console::desk;
use crate::console::filter::{Filter, toggle};
use crate::console::store::store;
use crate::keys::{self, Action};
use crate::{msg, words};
use contract_bookings::JobState;
use kernel::Slug;
use leptos::prelude::*;
use ui::{Icon, JobPill, Kbd, Sla, SlaGlyph};

/// The states an open job can be in.
const OPEN: [JobState; 8] = [
    JobState::Queued,
    JobState::Offered,
    JobState::Assigned,
    JobState::EnRoute,
    JobState::Arrived,
    JobState::InProgress,
    JobState::AwaitingApproval,
    JobState::Finished,
];

/// Two views come with the house, the others are one's own.
#[component]
pub fn Views() -> impl IntoView {
    let store = store();
    let current = Memo::new(move |_| store.filter.with(Filter::without_text));
    let chip = move |name: String, filter: Filter, own: bool| {
        let chosen = {
            let filter = filter.clone();
            Memo::new(move |_| current.with(|now| *now == filter))
        };
        let gone = name.clone();
        view! {
            <span class="view-chip">
                <button type="button" class="chip" aria-pressed=move || chosen.get().to_string()
                    on:click={
                        let filter = filter.clone();
                        move |_| {
                            let filter = filter.clone();
                            store.filter.update(|now| *now = Filter { text: now.text.clone(), ..filter });
                        }
                    }>{name.clone()}</button>
                {own.then(|| view! {
                    <button type="button" class="drop" aria-label=msg::view_drop(name.clone())
                        on:click=move |_| store.drop_view(&gone)><Icon name="x" class="xs"/></button>
                })}
            </span>
        }
    };
    view! {
        <div class="chips views" role="group" aria-label=msg::views()>
            {chip(msg::view_all().to_owned(), Filter::default(), false)}
            {chip(msg::view_needs().to_owned(), Filter::needs_somebody(), false)}
            {chip(msg::view_unassigned().to_owned(), Filter::without_technician(), false)}
            <For each=move || store.views.get() key=|view| (view.name.clone(), serde_json::to_string(&view.filter).unwrap_or_default()) let:view>
                {chip(view.name, view.filter, true)}
            </For>
        </div>
    }
}

#[component]
pub fn FilterButton() -> impl IntoView {
    let store = store();
    let desk = desk();
    let bound = keys::bindings();
    let panel: NodeRef<leptos::html::Div> = NodeRef::new();
    Effect::new(move |before: Option<u32>| {
        let turn = desk.open_filters.get();
        if before.is_some_and(|before| before != turn)
            && let Some(panel) = panel.get_untracked()
        {
            let _ = panel.toggle_popover();
        }
        turn
    });
    let narrows = Memo::new(move |_| store.filter.with(Filter::narrows));
    view! {
        <button type="button" class="chip" popovertarget="filters" aria-haspopup="dialog">
            <Icon name="list-filter"/>
            <span class="vh">{msg::filter()}</span>
            {move || (narrows.get() > 0).then(|| view! { <b class="count">{narrows.get()}</b> })}
            {move || bound.with(|b| b.on.then(|| b.of(Action::Filter)).flatten()).map(|key| view! { <Kbd>{keys::cap(key)}</Kbd> })}
        </button>
        <div id="filters" class="float filters" popover="auto" role="dialog" aria-label=msg::filter() node_ref=panel>
            <Panel/>
        </div>
    }
}

#[component]
fn Panel() -> impl IntoView {
    let store = store();
    let names = words::Names::load();
    // Only what there is to choose among the open jobs, and what is chosen already.
    let known = Memo::new(move |_| {
        store.counts.with(|counts| counts.all);
        let (mut zones, mut categories) = store.with_board(|board| {
            let zones: Vec<Slug> = board.jobs.values().map(|j| j.zone.clone()).collect();
            let categories: Vec<Slug> = board.jobs.values().map(|j| j.category.clone()).collect();
            (zones, categories)
        });
        store.filter.with(|f| {
            zones.extend_from_slice(&f.zones);
            categories.extend_from_slice(&f.categories);
        });
        for slugs in [&mut zones, &mut categories] {
            slugs.sort();
            slugs.dedup();
        }
        (zones, categories)
    });
    let name = RwSignal::new(String::new());
    let save = move || {
        let wanted = name.get_untracked().trim().to_owned();
        if !wanted.is_empty() {
            store.save_view(wanted);
            name.set(String::new());
        }
    };
    view! {
        <div class="stack pad">
            <Group title=msg::col_state()>
                {OPEN.map(|state| view! {
                    <Choice chosen=Signal::derive(move || store.filter.with(|f| f.states.contains(&state)))
                        flip=move || store.filter.update(|f| toggle(&mut f.states, state))>
                        <JobPill state=state/>
                    </Choice>
                })}
            </Group>
            <Group title=msg::filter_sla()>
                {[Sla::Breach, Sla::Risk, Sla::Watch, Sla::Safe, Sla::Paused].map(|sla| view! {
                    <Choice chosen=Signal::derive(move || store.filter.with(|f| f.slas.iter().any(|w| w == sla.as_str())))
                        flip=move || store.filter.update(|f| f.toggle_sla(sla))>
                        <span class="flex" data-sla=sla.as_str()><SlaGlyph sla=sla/>{sla.word()}</span>
                    </Choice>
                })}
                <Choice chosen=Signal::derive(move || store.filter.with(|f| f.unassigned))
                    flip=move || store.filter.update(|f| f.unassigned = !f.unassigned)>
                    {msg::view_unassigned()}
                </Choice>
            </Group>
            <Group title=msg::filter_zone()>
                <For each=move || known.get().0 key=|slug| slug.clone() let:slug>
                    <Choice chosen={let slug = slug.clone(); Signal::derive(move || store.filter.with(|f| f.zones.contains(&slug)))}
                        flip={let slug = slug.clone(); move || store.filter.update(|f| toggle(&mut f.zones, slug.clone()))}>
                        {move || names.zone(&slug)}
                    </Choice>
                </For>
            </Group>
            <Group title=msg::filter_category()>
                <For each=move || known.get().1 key=|slug| slug.clone() let:slug>
                    <Choice chosen={let slug = slug.clone(); Signal::derive(move || store.filter.with(|f| f.categories.contains(&slug)))}
                        flip={let slug = slug.clone(); move || store.filter.update(|f| toggle(&mut f.categories, slug.clone()))}>
                        {move || names.category(&slug)}
                    </Choice>
                </For>
            </Group>
            <form class="flex save-view" on:submit=move |event| {
                event.prevent_default();
                save();
            }>
                <label class="grow">
                    <span class="vh">{msg::view_name()}</span>
                    <input class="input" type="text" maxlength="30" placeholder=msg::view_name() bind:value=name/>
                </label>
                <button type="submit" class="btn secondary sm">{msg::view_save()}</button>
                <button type="button" class="btn ghost sm" on:click=move |_| store.filter.set(Filter::default())>{msg::filter_clear()}</button>
            </form>
        </div>
    }
}

#[component]
fn Group(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <fieldset class="group">
            <legend class="micro">{title}</legend>
            <div class="chips">{children()}</div>
        </fieldset>
    }
}

#[component]
fn Choice(
    #[prop(into)] chosen: Signal<bool>,
    flip: impl Fn() + 'static,
    children: Children,
) -> impl IntoView {
    view! {
        <label class="chip">
            <input type="checkbox" prop:checked=move || chosen.get() on:change=move |_| flip()/>
            {children()}
        </label>
    }
}
