//! What one has asked for, and what became of it.

use super::{look_again, on_day, take_back};
use crate::msg;
use client::Key;
use client::cache::Cached;
use client::press::{Press, press};
use contract_privacy::{PrivacyRequest, PrivacyRequests, RequestKind};
use kernel::PrivacyRequestId;
use leptos::prelude::*;
use ui::{Icon, RequestPill, SkeletonRows, TroubleNote, request_words, toast};

#[component]
pub fn MyRequests(requests: Cached<PrivacyRequests>) -> impl IntoView {
    let back = press(
        |id: PrivacyRequestId, key: Key| take_back(id, key),
        |_| {
            look_again();
            toast(msg::request_back_done());
        },
    );
    view! {
        <section class="stack sm">
            <h2>{msg::requests_title()}</h2>
            {move || match requests.get() {
                Some(requests) if requests.items.is_empty() => {
                    view! { <p class="meta">{msg::requests_none()}</p> }.into_any()
                }
                Some(requests) => {
                    let rows = requests
                        .items
                        .iter()
                        .cloned()
                        .map(|request| view! { <Line request=request back=back /> })
                        .collect_view();
                    view! { <ul class="card flush rows">{rows}</ul> }.into_any()
                }
                None if requests.trouble().is_some() => ().into_any(),
                None => {
                    view! {
                        <div class="card flush">
                            <SkeletonRows n=2 />
                        </div>
                    }
                        .into_any()
                }
            }}
            <TroubleNote trouble=back.trouble() />
        </section>
    }
}

fn icon(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Export => "download",
        RequestKind::Erasure => "trash-2",
        RequestKind::Correction => "pencil",
    }
}

#[component]
fn Line(request: PrivacyRequest, back: Press<PrivacyRequestId>) -> impl IntoView {
    let id = request.id;
    let open = request.state.is_open();
    // A copy is never waited for so long; an erasure is kept from its own card.
    let due = open && request.kind != RequestKind::Export;
    let can_go_back = request.kind == RequestKind::Correction && request.state.can_be_cancelled();
    view! {
        <li class="row start wrap">
            <span class="glyph plain">
                <Icon name=icon(request.kind) />
            </span>
            <span class="grow">
                <span class="t">{request_words(request.kind)}</span>
                <span class="s">{msg::request_received(on_day(request.received_at))}</span>
                {due.then(|| {
                    view! { <span class="s">{msg::request_due(on_day(request.due_at))}</span> }
                })}
                {request
                    .ended_at
                    .map(|at| view! { <span class="s">{msg::request_ended(on_day(at))}</span> })}
                {request.text.map(|text| said(msg::request_text(), text))}
                {request.extended_for.map(|why| said(msg::request_extended(), why))}
                {request.answer.map(|answer| said(msg::request_answer(), answer))}
                {can_go_back
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="link tap"
                                aria-busy=move || back.busy().get().to_string()
                                on:click=move |_| back.go(id)
                            >
                                {msg::request_back()}
                            </button>
                        }
                    })}
            </span>
            <RequestPill state=request.state />
        </li>
    }
}

/// Somebody's own words: in their direction, with the lines they made.
fn said(by: &'static str, words: String) -> AnyView {
    view! {
        <span class="said">
            <span class="micro">{by}</span>
            <span class="quote" dir="auto">
                {words}
            </span>
        </span>
    }
    .into_any()
}
