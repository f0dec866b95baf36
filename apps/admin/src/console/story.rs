//! The whole story of a booking: every transition, offer, assignment, alarm and posting.

use crate::console::job::Records;
use crate::console::presence;
use crate::console::store::Store;
use crate::console::timeline::{Tone, merge};
use crate::msg;
use crate::rights::may;
use contract_bookings::BookingState;
use contract_settlement::EntryView;
use contract_sla::Alarm;
use kernel::JobId;
use kernel::access::Permission;
use leptos::prelude::*;
use ui::format::{clock24, day};
use ui::{Skeleton, TroubleNote};

#[component]
pub fn Story(records: Records, job: Option<JobId>) -> impl IntoView {
    let store = use_context::<Store>();
    // Postings are for those who may read the books.
    let entries: client::Cached<Vec<EntryView>> = {
        let reads = may(Permission::LedgerRead);
        client::cached(move || {
            let booking = records.booking.get().filter(|_| reads)?;
            Some(format!("/v1/ledger/entries?booking={}", booking.id))
        })
    };
    let all = Memo::new(move |_| {
        let alarms: Vec<Alarm> = match (store, job) {
            (Some(store), Some(job)) => {
                store.touched.track();
                store.with_board(|board| {
                    board
                        .alarms
                        .values()
                        .filter(|a| a.job == job)
                        .cloned()
                        .collect()
                })
            }
            _ => Vec::new(),
        };
        let people = store.map(presence::seen).unwrap_or_default();
        let booking = records.booking.get();
        let dispatch = records.dispatch.get();
        let entries = entries.get();
        merge(
            booking.as_deref(),
            dispatch.as_deref(),
            &alarms,
            entries.as_deref().map_or(&[], Vec::as_slice),
            &people,
        )
    });
    let over = Memo::new(move |_| {
        records.booking.get().is_none_or(|b| {
            matches!(
                b.state,
                BookingState::Accepted
                    | BookingState::Settled
                    | BookingState::Cancelled
                    | BookingState::Expired
            )
        })
    });
    view! {
        <TroubleNote trouble=Signal::derive(move || records.booking.trouble()) on_retry=Callback::new(move |()| records.booking.refresh())/>
        {move || records.booking.loading().then(|| view! { <Skeleton lines=6/> })}
        <ol class="story">
            {move || {
                let now = client::now();
                let all = all.get();
                let last = all.len().saturating_sub(1);
                let mut before = String::new();
                all.into_iter().enumerate().map(|(n, told)| {
                    let this_day = day(told.at, now);
                    let new_day = this_day != before;
                    before.clone_from(&this_day);
                    view! {
                        {new_day.then(|| view! { <li class="story-day micro">{this_day}</li> })}
                        <li class:warn=told.tone == Tone::Warn class:money-step=told.tone == Tone::Money
                            aria-current=(n == last && !over.get()).then_some("step")>
                            <span class="t">{told.title}</span>
                            <time class="num" datetime=told.at.to_string()>{clock24(told.at)}</time>
                            {told.sub.map(|sub| view! { <span class="s">{sub}</span> })}
                            {told.by.map(|by| view! { <span class="s">{msg::told_by(by)}</span> })}
                        </li>
                    }
                }).collect_view()
            }}
        </ol>
        {may(Permission::LedgerRead).then(|| view! { <Postings entries=entries/> })}
    }
}

/// The postings of the journal, debit and credit.
#[component]
fn Postings(entries: client::Cached<Vec<EntryView>>) -> impl IntoView {
    move || {
        entries.get().filter(|e| !e.is_empty()).map(|entries| {
            let rows = entries
                .iter()
                .flat_map(|entry| entry.postings.iter())
                .map(|posting| {
                    view! {
                        <tr>
                            <td class="ltr">{short(&posting.account)}</td>
                            <td class="n num">{posting.amount.to_string()}</td>
                        </tr>
                    }
                })
                .collect_view();
            view! {
                <h3 class="mt">{msg::postings()}</h3>
                <div class="table-wrap" tabindex="0" role="region" aria-label=msg::postings()>
                    <table class="table">
                        <thead><tr><th scope="col">{msg::account()}</th><th scope="col" class="n">{msg::amount_riyals()}</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            }
        })
    }
}

/// `vendor:vnd_0193…:held` is too long to read: `vendor:…4f2a:held`.
fn short(account: &str) -> String {
    account
        .split(':')
        .map(|part| match part.split_once('_') {
            Some((_, id)) if id.len() == 32 => format!("…{}", &id[28..]),
            _ => part.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(":")
}
