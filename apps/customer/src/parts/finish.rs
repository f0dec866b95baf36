//! The end of the work: the code for the technician, and accepting in the app instead.

use crate::msg;
use client::Key;
use client::press::press;
use contract_bookings::BookingView;
use kernel::BookingId;
use leptos::prelude::*;
use ui::{Icon, TroubleNote};

/// Four digits, large enough to be read aloud across a room.
#[component]
pub fn CodeCard(code: String) -> impl IntoView {
    let spoken = code.chars().map(String::from).collect::<Vec<_>>().join(" ");
    view! {
        <section class="code-card" aria-label=msg::code_title()>
            <div>
                <b>{msg::code_title()}</b>
                <p class="meta">{msg::code_text()}</p>
            </div>
            <span class="code num" role="img" aria-label=msg::code_spoken(spoken)>
                {code.chars().map(|digit| view! { <i>{digit}</i> }).collect_view()}
            </span>
        </section>
    }
}

#[component]
pub fn AcceptWork(booking: BookingId) -> impl IntoView {
    let accept = press(
        move |(), key: Key| async move {
            let path = format!("/v1/bookings/{booking}/accept");
            client::api::post::<_, BookingView>(&path, &(), key).await
        },
        move |view: BookingView| {
            client::cache::put(&format!("/v1/bookings/{booking}"), view);
            client::cache::invalidate("/v1/bookings");
        },
    );
    view! {
        <section class="stack sm">
            <button
                type="button"
                class="btn primary big block"
                aria-busy=move || accept.busy().get().to_string()
                on:click=move |_| accept.go(())
            >
                <Icon name="check" />
                <span>{msg::accept_work()}</span>
            </button>
            <p class="micro center">{msg::accept_hint()}</p>
            <TroubleNote trouble=accept.trouble() on_retry=move || accept.go(()) />
        </section>
    }
}

/// Asked when the technician's phone may not know where it is.
#[component]
pub fn ConfirmArrival(booking: BookingId, name: String) -> impl IntoView {
    let confirm = press(
        move |(), key: Key| async move {
            let path = format!("/v1/bookings/{booking}/confirm-arrival");
            client::api::post::<_, contract_bookings::JobView>(&path, &(), key).await
        },
        move |_| client::cache::invalidate("/v1/bookings"),
    );
    view! {
        <section class="card stack sm">
            <b>{msg::arrival_question(name)}</b>
            <p class="meta">{msg::arrival_text()}</p>
            <button
                type="button"
                class="btn soft block"
                aria-busy=move || confirm.busy().get().to_string()
                on:click=move |_| confirm.go(())
            >
                {msg::arrival_confirm()}
            </button>
            <TroubleNote trouble=confirm.trouble() on_retry=move || confirm.go(()) />
        </section>
    }
}
