//! One's bookings: what is open, then what is over, a page at a time.

use crate::msg;
use crate::parts::words::window;
use crate::shell::{Screen, Tab, sign_in_path, use_title};
use client::api;
use client::cache::cached;
use client::press::press;
use client::session::session;
use contract_bookings::BookingLine;
use kernel::Page;
use leptos::prelude::*;
use ui::format::{clock12, day};
use ui::i18n::t;
use ui::{Amount, BookingPill, Empty, SkeletonRows, TroubleNote};

const FIRST: &str = "/v1/bookings?limit=20";

#[component]
pub fn Bookings() -> impl IntoView {
    use_title(|| msg::bookings_title().to_owned());
    let signed_in = move || session().get().is_some();
    view! {
        <Screen class="page-list" tab=Tab::Bookings>
            <main class="list">
                <h1>{msg::bookings_title()}</h1>
                {move || {
                    if signed_in() {
                        view! { <Listing /> }.into_any()
                    } else {
                        view! {
                            <Empty
                                title=msg::bookings_signed_out_title()
                                text=msg::bookings_signed_out_text()
                            >
                                <a class="btn primary" href=sign_in_path("/bookings")>
                                    {msg::sign_in_action()}
                                </a>
                            </Empty>
                        }
                            .into_any()
                    }
                }}
            </main>
        </Screen>
    }
}

#[component]
fn Listing() -> impl IntoView {
    let first = cached::<Page<BookingLine>>(|| Some(FIRST.to_owned()));
    let more = RwSignal::new(Vec::<BookingLine>::new());
    // `None` until a further page has come: then the first page's own end counts.
    let end = RwSignal::new(None::<Option<String>>);
    let next = Memo::new(move |_| match end.get() {
        Some(end) => end,
        None => first.get().and_then(|page| page.next.clone()),
    });
    let turn = press(
        |cursor: String, _| async move {
            let cursor = js_sys::encode_uri_component(&cursor);
            api::get::<Page<BookingLine>>(&format!("{FIRST}&cursor={cursor}")).await
        },
        move |page: Page<BookingLine>| {
            more.update(|all| all.extend(page.items));
            end.set(Some(page.next));
        },
    );
    let lines = Memo::new(move |_| -> Vec<BookingLine> {
        let mut all: Vec<BookingLine> = first
            .get()
            .map(|page| page.items.clone())
            .unwrap_or_default();
        // A new booking moves the pages: what came twice is shown once.
        more.with(|more| {
            for line in more {
                if !all.iter().any(|other| other.id == line.id) {
                    all.push(line.clone());
                }
            }
        });
        all
    });
    let part = move |open: bool| -> Vec<BookingLine> {
        lines.with(|lines| {
            lines
                .iter()
                .filter(|line| line.state.is_open() == open)
                .cloned()
                .collect()
        })
    };
    view! {
        <TroubleNote
            trouble=Signal::derive(move || first.trouble().filter(|_| first.get().is_none()))
            on_retry=move || first.refresh()
        />
        {move || {
            if first.loading() {
                view! { <SkeletonRows n=4 /> }.into_any()
            } else if first.get().is_some() && lines.with(Vec::is_empty) {
                view! {
                    <Empty title=msg::bookings_empty_title() text=msg::bookings_empty_text()>
                        <a class="btn primary" href="/">
                            {msg::bookings_empty_action()}
                        </a>
                    </Empty>
                }
                    .into_any()
            } else {
                view! {
                    <Part title=msg::bookings_open() lines=part(true) />
                    <Part title=msg::bookings_past() lines=part(false) />
                }
                    .into_any()
            }
        }}
        {move || {
            next.get()
                .map(|cursor| {
                    view! {
                        <button
                            type="button"
                            class="btn secondary block"
                            aria-busy=move || turn.busy().get().to_string()
                            on:click=move |_| turn.go(cursor.clone())
                        >
                            {msg::bookings_more()}
                        </button>
                    }
                })
        }}
        <TroubleNote trouble=turn.trouble() />
    }
}

#[component]
fn Part(title: &'static str, lines: Vec<BookingLine>) -> impl IntoView {
    if lines.is_empty() {
        return ().into_any();
    }
    let now = client::clock::now();
    view! {
        <section class="stack sm">
            <h2>{title}</h2>
            <ul class="card flush rows">
                {lines
                    .into_iter()
                    .map(|line| {
                        let when = match line.slot {
                            Some(slot) => window(slot, now),
                            None => {
                                msg::day_and_time(day(line.created_at, now), clock12(line.created_at))
                            }
                        };
                        view! {
                            <li>
                                <a class="row booking-row" href=format!("/b/{}", line.id)>
                                    <span class="grow">
                                        <span class="t">{t(&line.service_name)}</span>
                                        <span class="s">{t(&line.sector_name)}</span>
                                        <span class="s">{when}</span>
                                    </span>
                                    <span class="end">
                                        <BookingPill state=line.state job=line.job_state />
                                        <Amount value=line.total />
                                    </span>
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </section>
    }
    .into_any()
}
