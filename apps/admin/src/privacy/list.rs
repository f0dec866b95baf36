//! The queue: the answer that is due first comes first; and those that have ended, the last first.

use super::{Due, LIST, REQUESTS, words};
use crate::msg;
use crate::paged::address;
use contract_privacy::PrivacyRequestLine;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::{use_navigate, use_query_map};
use ui::format::{date, when};
use ui::{Empty, RequestPill, SkeletonRows, Tab, Tabs, TroubleNote, request_words};

const PAGE: &str = "50";
const PANEL: &str = "privacy-requests";
const OPEN: &str = "open";
const ENDED: &str = "ended";

#[component]
pub fn List() -> impl IntoView {
    let query = use_query_map();
    let go = use_navigate();
    let tray = Memo::new(move |_| {
        let word = query.with(|q| q.get("state"));
        if word.as_deref() == Some(ENDED) {
            ENDED
        } else {
            OPEN
        }
    });
    let cursor = Memo::new(move |_| query.with(|q| q.get("cursor")));
    let page: client::Cached<kernel::Page<PrivacyRequestLine>> = client::cached(move || {
        let cursor = cursor.get();
        Some(address(
            REQUESTS,
            &[
                ("state", Some(tray.get())),
                ("limit", Some(PAGE)),
                ("cursor", cursor.as_deref()),
            ],
        ))
    });
    // The address says which tab is shown; a tab that is chosen changes the address.
    let chosen = RwSignal::new(tray.get_untracked());
    Effect::new(move |_| chosen.set(tray.get()));
    Effect::new(move |_| {
        let chosen = chosen.get();
        if chosen != tray.get_untracked() {
            go(
                &address(LIST, &[("state", Some(chosen))]),
                Default::default(),
            );
        }
    });
    let here = move |cursor: Option<&str>| {
        address(LIST, &[("state", Some(tray.get())), ("cursor", cursor)])
    };
    let tabs = vec![
        Tab::new(OPEN, msg::privacy_open()),
        Tab::new(ENDED, msg::privacy_ended()),
    ];
    view! {
        <div class="page">
            <Tabs items=Signal::stored(tabs) value=chosen label=msg::privacy_lists() panel=PANEL/>
            <div id=PANEL role="tabpanel" class="stack" aria-label=msg::nav_privacy()>
                <TroubleNote trouble=Signal::derive(move || page.trouble()) on_retry=move || page.refresh()/>
                {move || page.loading().then(|| view! { <SkeletonRows n=9/> })}
                {move || page.get().map(|page| table(&page.items, tray.get() == ENDED))}
            </div>
            <nav class="pager" aria-label=msg::pages()>
                {move || cursor.get().map(|_| view! { <A href=here(None) attr:class="btn secondary sm">{msg::first_page()}</A> })}
                {move || page.get().and_then(|p| p.next.clone()).map(|next| view! {
                    <A href=here(Some(&next)) attr:class="btn secondary sm">{msg::next_page()}</A>
                })}
            </nav>
        </div>
    }
}

fn table(items: &[PrivacyRequestLine], ended: bool) -> AnyView {
    if items.is_empty() {
        let (title, text) = if ended {
            (msg::privacy_none_ended(), msg::privacy_none_ended_text())
        } else {
            (msg::privacy_none_open(), msg::privacy_none_open_text())
        };
        return view! { <Empty title=title text=text/> }.into_any();
    }
    let now = client::now();
    let rows = items
        .iter()
        .cloned()
        .map(|line| {
            let href = format!("{LIST}/{}", line.id);
            view! {
                <tr>
                    <td><Due urgency=line.urgency due_at=line.due_at ended=ended/></td>
                    <td>
                        <A href=href attr:class="link">{request_words(line.kind)}</A>
                        <span class="micro block">{msg::privacy_received(when(line.received_at, now))}</span>
                    </td>
                    <td>
                        <RequestPill state=line.state/>
                        {line.extended.then(|| view! { <span class="micro block">{msg::privacy_extended()}</span> })}
                    </td>
                    <td class="wrap muted">
                        {words::obstacles(&line.obstacles)}
                        {line.too_large.then(msg::privacy_too_large)}
                    </td>
                    <td class="muted">{match line.ended_at {
                        Some(at) => when(at, now),
                        None => date(line.due_at, now),
                    }}</td>
                </tr>
            }
        })
        .collect_view();
    let last = if ended {
        msg::col_ended()
    } else {
        msg::col_due()
    };
    view! {
        <div class="table-wrap card flush" tabindex="0" role="region" aria-label=msg::nav_privacy()>
            <table class="table">
                <thead><tr>
                    <th scope="col">{msg::col_time_left()}</th>
                    <th scope="col">{msg::col_request()}</th>
                    <th scope="col">{msg::col_state()}</th>
                    <th scope="col">{msg::col_waits_for()}</th>
                    <th scope="col">{last}</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
