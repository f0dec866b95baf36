//! The list: newest first, by state, page by page.

use crate::console::timeline::booking_word;
use crate::paged::address;
use crate::{frame, msg};
use contract_bookings::{BookingLine, BookingState};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::{use_navigate, use_query_map};
use ui::format::when;
use ui::{Empty, SkeletonRows, TroubleNote, t};

const PAGE: &str = "50";
const LIST: &str = "/admin/bookings";

#[component]
pub fn List() -> impl IntoView {
    frame::set_title(msg::nav_bookings());
    let query = use_query_map();
    let go = use_navigate();
    let state = Memo::new(move |_| {
        query
            .with(|q| q.get("state"))
            .and_then(|word| word.parse::<BookingState>().ok())
    });
    let cursor = Memo::new(move |_| query.with(|q| q.get("cursor")));
    let page: client::Cached<kernel::Page<BookingLine>> = client::cached(move || {
        let (state, cursor) = (state.get().map(|s| s.as_str()), cursor.get());
        Some(address(
            "/v1/staff/bookings",
            &[
                ("limit", Some(PAGE)),
                ("state", state),
                ("cursor", cursor.as_deref()),
            ],
        ))
    });
    let here = move |cursor: Option<&str>| {
        let state = state.get().map(|s| s.as_str());
        address(LIST, &[("state", state), ("cursor", cursor)])
    };
    view! {
        <div class="page bookings">
            <div class="bookings-bar">
                <label class="flex">
                    <span class="meta">{msg::col_state()}</span>
                    <select class="input" on:change=move |event| {
                        let word = event_target_value(&event);
                        let state = (!word.is_empty()).then_some(word.as_str());
                        go(&address(LIST, &[("state", state)]), Default::default());
                    }>
                        <option value="" selected=move || state.get().is_none()>{msg::view_all()}</option>
                        {BookingState::ALL.iter().map(|s| view! {
                            <option value=s.as_str() selected=move || state.get() == Some(*s)>{booking_word(*s)}</option>
                        }).collect_view()}
                    </select>
                </label>
                <span class="meta ms-auto" role="status">
                    {move || page.get().map(|p| msg::bookings_shown(p.items.len() as i64))}
                </span>
            </div>
            <TroubleNote trouble=Signal::derive(move || page.trouble()) on_retry=Callback::new(move |()| page.refresh())/>
            {move || page.loading().then(|| view! { <SkeletonRows n=12/> })}
            {move || page.get().map(|page| {
                if page.items.is_empty() {
                    return view! { <Empty title=msg::bookings_none() text=msg::bookings_none_text()/> }.into_any();
                }
                let now = client::now();
                let rows = page.items.iter().cloned().map(|line| {
                    let href = format!("/admin/bookings/{}", line.id);
                    view! {
                        <tr>
                            <td><A href=href attr:class="link num">{line.reference.clone()}</A></td>
                            <td><super::StatePill state=line.state job=line.job_state/></td>
                            <td class="wrap">{t(&line.service_name)}</td>
                            <td class="muted">{t(&line.sector_name)}</td>
                            <td class="muted">{line.slot.map_or_else(|| msg::slot_now().to_owned(), |slot| when(slot, now))}</td>
                            <td class="n num">{line.total.to_string()}</td>
                            <td class="muted">{when(line.created_at, now)}</td>
                        </tr>
                    }
                }).collect_view();
                view! {
                    <div class="table-wrap card flush" tabindex="0" role="region" aria-label=msg::nav_bookings()>
                        <table class="table">
                            <thead><tr>
                                <th scope="col">{msg::col_reference()}</th>
                                <th scope="col">{msg::col_state()}</th>
                                <th scope="col">{msg::col_service()}</th>
                                <th scope="col">{msg::col_place()}</th>
                                <th scope="col">{msg::col_slot()}</th>
                                <th scope="col" class="n">{msg::amount_riyals()}</th>
                                <th scope="col">{msg::col_created()}</th>
                            </tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                }.into_any()
            })}
            <nav class="pager" aria-label=msg::pages()>
                {move || cursor.get().map(|_| view! { <A href=here(None) attr:class="btn secondary sm">{msg::first_page()}</A> })}
                {move || page.get().and_then(|p| p.next.clone()).map(|next| view! {
                    <A href=here(Some(&next)) attr:class="btn secondary sm">{msg::next_page()}</A>
                })}
            </nav>
        </div>
    }
}
