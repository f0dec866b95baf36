//! The end of the account is asked for: since when it is certain, and the way back until then.

use super::obstacles::Obstacles;
use super::{look_again, on, open_of, take_back};
use crate::msg;
use client::Key;
use client::cache::Cached;
use client::press::press;
use contract_privacy::{PrivacyRequest, PrivacyRequests, RequestKind, RequestState};
use kernel::PrivacyRequestId;
use leptos::prelude::*;
use ui::{Icon, TroubleNote, toast};

/// Nothing, while nobody asked.
#[component]
pub fn Leaving(requests: Cached<PrivacyRequests>) -> impl IntoView {
    let leaving = open_of(requests, RequestKind::Erasure);
    move || {
        leaving
            .get()
            .map(|request| view! { <Card request=request /> })
    }
}

#[component]
fn Card(request: PrivacyRequest) -> impl IntoView {
    let id = request.id;
    let keep = press(
        |id: PrivacyRequestId, key: Key| take_back(id, key),
        |_| {
            look_again();
            toast(msg::leaving_kept());
        },
    );
    let words = match (request.state, request.begins_at) {
        (RequestState::Running, _) => msg::leaving_running().to_owned(),
        (RequestState::Blocked, _) | (_, None) => msg::leaving_blocked().to_owned(),
        (_, Some(at)) => msg::leaving_text(on(at)),
    };
    let obstacles = request.obstacles.clone();
    view! {
        <section class="card stack" aria-labelledby="leaving">
            <div class="flex start">
                <Icon name="hourglass" />
                <div class="grow stack sm">
                    <h2 id="leaving">{msg::leaving_title()}</h2>
                    <p>{words}</p>
                </div>
            </div>
            {(!obstacles.is_empty()).then(|| view! { <Obstacles of=obstacles /> })}
            <TroubleNote trouble=keep.trouble() on_retry=move || keep.go(id) />
            {request
                .state
                .can_be_cancelled()
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="btn primary block"
                            aria-busy=move || keep.busy().get().to_string()
                            on:click=move |_| keep.go(id)
                        >
                            {msg::delete_keep()}
                        </button>
                    }
                })}
        </section>
    }
}
