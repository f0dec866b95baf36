//! The first screen: where, what is running, what can be done there and how soon.

use crate::parts::headline::{Promise, headline};
use crate::parts::place_sheet::PlaceSelector;
use crate::parts::search::Found;
use crate::parts::words::{least, sar_from};
use crate::place::chosen;
use crate::shell::{BottomNav, Brand, Tab, TopNav, use_title};
use crate::{msg, place};
use client::cache::cached;
use client::session::session;
use contract_bookings::{BookingLine, BookingState, Here, HereCategory, TrackView};
use contract_catalog::{CatalogTree, Category};
use kernel::Page;
use leptos::prelude::*;
use std::sync::Arc;
use ui::i18n::t;
use ui::{BookingPill, Icon, Skeleton, TroubleNote};

#[component]
pub fn Home() -> impl IntoView {
    use_title(|| msg::home_title().to_owned());
    let typed = RwSignal::new(String::new());
    let searching = Memo::new(move |_| typed.with(|text| !text.trim().is_empty()));
    view! {
        <div class="app page-home">
            <header class="appbar">
                <Brand />
                <PlaceSelector />
                <TopNav current=Tab::Home />
            </header>
            <main class="home">
                <h1 class="vh">{msg::home_title()}</h1>
                <Running />
                <div class="stack search-block">
                    <label class="input search big-search">
                        <Icon name="search" />
                        <input
                            type="search"
                            enterkeyhint="search"
                            placeholder=msg::search_hint()
                            aria-label=msg::search_label()
                            prop:value=typed
                            on:input:target=move |event| typed.set(event.target().value())
                        />
                    </label>
                    <Show when=move || searching.get()>
                        <Found typed=typed />
                    </Show>
                </div>
                <Show when=move || !searching.get()>
                    <Categories />
                </Show>
                <aside class="stack side" aria-label=msg::promise_title()>
                    <OurPromise />
                    <Again />
                </aside>
            </main>
            <BottomNav current=Tab::Home />
        </div>
    }
}

/// What is under way, where something is.
#[component]
fn Running() -> impl IntoView {
    let bookings =
        cached::<Page<BookingLine>>(|| session().get().map(|_| "/v1/bookings?limit=10".to_owned()));
    let open = Memo::new(move |_| -> Vec<BookingLine> {
        bookings
            .get()
            .map(|page| {
                page.items
                    .iter()
                    .filter(|line| line.state.is_open())
                    .cloned()
                    .collect()
            })
            .unwrap_or_default()
    });
    let first = Memo::new(move |_| open.with(|open| open.first().cloned()));
    let others = Memo::new(move |_| open.with(|open| open.len().saturating_sub(1)));
    view! {
        {move || first.get().map(|line| view! { <RunningCard line=line /> })}
        <Show when=move || others.get() != 0>
            <a class="row card more-open" href="/bookings">
                <span class="grow t">{move || msg::home_other_open(others.get() as i64)}</span>
                <Icon name="chevron-right" class="flip" />
            </a>
        </Show>
    }
}

#[component]
fn RunningCard(line: BookingLine) -> impl IntoView {
    let id = line.id;
    let slot = line.slot;
    let (state, job) = (line.state, line.job_state);
    let tree = cached::<CatalogTree>(|| Some("/v1/catalog".to_owned()));
    let category = line.category.clone();
    let icon = move || {
        // Read anew when the catalog has come.
        tree.get();
        icon_of(category.as_str())
    };
    let track = cached::<TrackView>(move || Some(format!("/v1/bookings/{id}/track")));
    let now = client::clock::use_now();
    view! {
        <a href=format!("/b/{id}") class="card deep live">
            <span class="flex between">
                <span class="flex meta">
                    {move || view! { <Icon name=icon() class="sm" /> }}
                    <span>{t(&line.service_name)}</span>
                </span>
                <span class="micro num">{line.reference}</span>
            </span>
            {move || match track.get() {
                Some(track) => {
                    view! {
                        <h2>{headline(&track, slot, now.get_untracked())}</h2>
                        <Promise track=(*track).clone() booked_for=slot />
                    }
                        .into_any()
                }
                None => view! { <BookingPill state=state job=job /> }.into_any(),
            }}
        </a>
    }
}

/// What can be done here, how soon and from which price.
#[component]
fn Categories() -> impl IntoView {
    let place = chosen();
    let tree = cached::<CatalogTree>(|| Some("/v1/catalog".to_owned()));
    let here = cached::<Here>(move || place.with(|p| p.as_ref().map(place::Chosen::here_path)));
    let of = move |category: &Category| -> Option<HereCategory> {
        here.get().and_then(|here| {
            here.categories
                .iter()
                .find(|c| c.category == category.slug)
                .cloned()
        })
    };
    view! {
        <section class="stack">
            <div class="sec">
                <h2>{msg::home_question()}</h2>
                <span class="micro">
                    {move || match place.get() {
                        Some(place) => msg::home_promises_for(t(&place.sector_name)),
                        None => msg::home_promises_no_place().to_owned(),
                    }}
                </span>
            </div>
            <TroubleNote
                trouble=Signal::derive(move || tree.trouble().filter(|_| tree.get().is_none()))
                on_retry=move || tree.refresh()
            />
            <div class="svc-grid" aria-busy=move || tree.loading().to_string()>
                {move || match tree.get() {
                    Some(tree) => {
                        tree.categories
                            .iter()
                            .map(|category| {
                                view! { <Tile category=category.clone() here=of(category) /> }
                            })
                            .collect_view()
                            .into_any()
                    }
                    None if tree.loading() => {
                        (0..6)
                            .map(|_| {
                                view! {
                                    <div class="svc card">
                                        <Skeleton lines=3 />
                                    </div>
                                }
                            })
                            .collect_view()
                            .into_any()
                    }
                    None => ().into_any(),
                }}
            </div>
        </section>
    }
}

#[component]
fn Tile(category: Category, here: Option<HereCategory>) -> impl IntoView {
    let from = here.as_ref().map(|here| here.from).or_else(|| {
        category
            .services
            .iter()
            .map(|service| least(service, category.diagnosis_fee))
            .min()
    });
    let served = here.as_ref().is_none_or(|here| here.served);
    let minutes = here.and_then(|here| here.arrive_within_minutes);
    view! {
        <a href=format!("/c/{}", category.slug) class="svc card" class:off=!served>
            <Icon name=category.icon.clone() class="lg" />
            <b>{t(&category.name)}</b>
            {if !served {
                view! { <span class="meta">{msg::not_served_yet()}</span> }.into_any()
            } else if let Some(minutes) = minutes {
                view! {
                    <span class="meta flex">
                        <Icon name="timer" class="xs" />
                        <span>{within(minutes)}</span>
                    </span>
                }
                    .into_any()
            } else {
                ().into_any()
            }}
            {from
                .filter(|_| served)
                .map(|from| view! { <span class="micro">{msg::price_from(sar_from(from))}</span> })}
        </a>
    }
}

/// `Within 60 min`, `Within 4 hours`.
pub fn within(minutes: u32) -> String {
    if minutes > 120 && minutes.is_multiple_of(60) {
        msg::within_hours(i64::from(minutes / 60))
    } else {
        msg::within_minutes(i64::from(minutes))
    }
}

/// The icon of a category, once the catalog is here.
fn icon_of(category: &str) -> String {
    client::cache::peek::<CatalogTree>("/v1/catalog")
        .and_then(|tree| {
            tree.categories
                .iter()
                .find(|c| c.slug.as_str() == category)
                .map(|c| c.icon.clone())
        })
        .unwrap_or_else(|| "wrench".to_owned())
}

/// What went well before, one press from being booked again.
#[component]
fn Again() -> impl IntoView {
    let bookings =
        cached::<Page<BookingLine>>(|| session().get().map(|_| "/v1/bookings?limit=10".to_owned()));
    let past = Memo::new(move |_| {
        let mut past: Vec<BookingLine> = Vec::new();
        for line in bookings.get().iter().flat_map(|page| &page.items) {
            let done = matches!(line.state, BookingState::Accepted | BookingState::Settled);
            if done && past.len() < 3 && !past.iter().any(|p| p.service == line.service) {
                past.push(line.clone());
            }
        }
        past
    });
    let now = client::clock::now();
    let row = move |line: BookingLine| {
        view! {
            <a class="row" href=format!("/s/{}", line.service)>
                <span class="glyph plain">
                    <Icon name=icon_of(line.category.as_str()) />
                </span>
                <span class="grow">
                    <span class="t">{t(&line.service_name)}</span>
                    <span class="s">{ui::format::day(line.created_at, now)}</span>
                </span>
                <Icon name="chevron-right" class="flip" />
            </a>
        }
    };
    move || {
        let past = past.get();
        (!past.is_empty()).then(|| {
            view! {
                <section class="stack sm">
                    <h2>{msg::home_again()}</h2>
                    <div class="card flush rows">{past.into_iter().map(row).collect_view()}</div>
                </section>
            }
        })
    }
}

#[component]
fn OurPromise() -> impl IntoView {
    let points = [
        (
            "shield-check",
            msg::promise_time_title(),
            msg::promise_time_text(),
        ),
        (
            "lock",
            msg::promise_money_title(),
            msg::promise_money_text(),
        ),
        (
            "receipt",
            msg::promise_extra_title(),
            msg::promise_extra_text(),
        ),
    ];
    view! {
        <section class="stack sm">
            <h2>{msg::promise_title()}</h2>
            <div class="card flush rows">
                {points
                    .into_iter()
                    .map(|(icon, title, text)| {
                        view! {
                            <div class="row start">
                                <span class="glyph plain">
                                    <Icon name=icon />
                                </span>
                                <span class="grow">
                                    <span class="t">{title}</span>
                                    <span class="s">{text}</span>
                                </span>
                            </div>
                        }
                    })
                    .collect_view()}
            </div>
        </section>
    }
}

/// The category with this slug, once the catalog is here.
pub fn category_of(tree: &Option<Arc<CatalogTree>>, slug: &str) -> Option<Category> {
    tree.as_ref()?
        .categories
        .iter()
        .find(|category| category.slug.as_str() == slug)
        .cloned()
}
