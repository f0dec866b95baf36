//! One's own data: what one agreed to, a copy of everything, a correction, the end of the account,
//! and what has become of each request.

mod consents;
mod copy;
mod correction;
mod delete;
mod history;
mod leaving;
mod obstacles;

pub use delete::DeleteAccount;

use crate::msg;
use crate::parts::step_up::StepUp;
use crate::shell::{Screen, require_sign_in, use_title};
use client::cache::{Cached, cached};
use client::{Key, Trouble};
use consents::MyConsents;
use contract_privacy::{PrivacyRequest, PrivacyRequests, RequestKind};
use copy::MyCopy;
use correction::Correct;
use history::MyRequests;
use kernel::{PrivacyRequestId, Time};
use leaving::Leaving;
use leptos::prelude::*;
use std::time::Duration;
use ui::format::{clock12, date};
use ui::{Icon, TroubleNote};

const HOME: &str = "/account/data";
const DELETE: &str = "/account/data/delete";
const REQUESTS: &str = "/v1/me/privacy-requests";

/// A copy is gathered in seconds, or in minutes where there is much of it.
const POLL: Duration = Duration::from_secs(4);

/// From the account's screen to here.
#[component]
pub fn ToMyData() -> impl IntoView {
    view! {
        <div class="card flush">
            <a class="row" href=HOME>
                <span class="glyph plain">
                    <Icon name="shield-check" />
                </span>
                <span class="grow">
                    <span class="t">{msg::data_title()}</span>
                    <span class="s">{msg::data_sub()}</span>
                </span>
                <Icon name="chevron-right" class="flip" />
            </a>
        </div>
    }
}

#[component]
pub fn YourData() -> impl IntoView {
    use_title(|| msg::data_title().to_owned());
    let requests = my_requests();
    look_while_gathering(requests);
    view! {
        <Screen class="page-list page-data" back=Signal::stored("/account".to_owned())>
            <main class="list">
                <div class="stack sm">
                    <h1>{msg::data_title()}</h1>
                    <p class="muted">{msg::data_intro()}</p>
                </div>
                <Leaving requests=requests />
                <MyConsents />
                <MyCopy requests=requests />
                <Correct requests=requests />
                <ToDelete requests=requests />
                <MyRequests requests=requests />
                <NotRead requests=requests />
            </main>
            <StepUp />
        </Screen>
    }
}

/// One's own requests, for whoever is signed in; others are sent to the door.
fn my_requests() -> Cached<PrivacyRequests> {
    let signed_in = require_sign_in();
    cached(move || signed_in.get().then(|| REQUESTS.to_owned()))
}

/// The newest of a kind.
fn newest(requests: &PrivacyRequests, kind: RequestKind) -> Option<&PrivacyRequest> {
    requests.items.iter().find(|request| request.kind == kind)
}

/// The newest of a kind, while it is open.
fn open_of(requests: Cached<PrivacyRequests>, kind: RequestKind) -> Memo<Option<PrivacyRequest>> {
    Memo::new(move |_| {
        let requests = requests.get()?;
        newest(&requests, kind)
            .filter(|request| request.state.is_open())
            .cloned()
    })
}

/// No news tells of a copy that is ready.
fn look_while_gathering(requests: Cached<PrivacyRequests>) {
    let gathering = open_of(requests, RequestKind::Export);
    let ask = move || {
        if gathering.with_untracked(Option::is_some) && !document().hidden() {
            requests.refresh();
        }
    };
    if let Ok(timer) = set_interval_with_handle(ask, POLL) {
        on_cleanup(move || timer.clear());
    }
}

/// Nothing is known of the requests, and why.
#[component]
fn NotRead(requests: Cached<PrivacyRequests>) -> impl IntoView {
    view! {
        <TroubleNote
            trouble=Signal::derive(move || {
                requests.trouble().filter(|_| requests.get().is_none())
            })
            on_retry=move || requests.refresh()
        />
    }
}

/// The end of the account has a page of its own.
#[component]
fn ToDelete(requests: Cached<PrivacyRequests>) -> impl IntoView {
    let leaving = open_of(requests, RequestKind::Erasure);
    view! {
        <Show when=move || leaving.with(Option::is_none)>
            <section class="stack sm">
                <h2>{msg::delete_title()}</h2>
                <p class="meta">{msg::delete_text()}</p>
                <a class="btn secondary block" href=DELETE>
                    {msg::delete_open()}
                </a>
            </section>
        </Show>
    }
}

/// Takes a request back.
async fn take_back(id: PrivacyRequestId, key: Key) -> Result<PrivacyRequest, Trouble> {
    client::api::post(&format!("{REQUESTS}/{id}/cancel"), &(), key).await
}

/// What was asked for changes the list.
fn look_again() {
    client::cache::invalidate(REQUESTS);
}

/// `Thursday 3 December, 4:35 PM`, in the middle of a sentence.
fn on(time: Time) -> String {
    msg::day_and_time(on_day(time), clock12(time))
}

fn on_day(time: Time) -> String {
    date(time, client::clock::now())
}
