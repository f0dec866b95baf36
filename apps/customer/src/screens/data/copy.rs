//! A copy of everything: asked for, gathered, fetched.

use super::{REQUESTS, look_again, newest, on};
use crate::msg;
use client::Key;
use client::cache::Cached;
use client::press::press;
use contract_privacy::{
    Archive, ArchiveLink, AskPrivacy, PrivacyRequest, PrivacyRequests, RequestKind,
};
use kernel::{PrivacyRequestId, Time};
use leptos::prelude::*;
use ui::{Icon, SkeletonRows, TroubleNote};

#[derive(Clone, Copy, PartialEq)]
enum Copy {
    /// None was asked for, or it is gone.
    None,
    Gathering,
    /// Too large for the platform: people answer.
    ByHand,
    Ready(PrivacyRequestId, Archive),
}

impl Copy {
    fn of(requests: &PrivacyRequests, now: Time) -> Self {
        let Some(request) = newest(requests, RequestKind::Export) else {
            return Self::None;
        };
        match request.archive {
            Some(archive) if archive.until > now => Self::Ready(request.id, archive),
            _ if !request.state.is_open() => Self::None,
            _ if request.too_large => Self::ByHand,
            _ => Self::Gathering,
        }
    }
}

#[component]
pub fn MyCopy(requests: Cached<PrivacyRequests>) -> impl IntoView {
    let copy = Memo::new(move |_| Some(Copy::of(&*requests.get()?, client::clock::now())));
    let ask = press(
        |(), key: Key| async move {
            client::api::post::<_, PrivacyRequest>(REQUESTS, &AskPrivacy::Export {}, key).await
        },
        |_| look_again(),
    );
    let fetch = press(
        |id: PrivacyRequestId, _| async move {
            client::get::<ArchiveLink>(&format!("{REQUESTS}/{id}/archive")).await
        },
        // A file to keep: the page stays.
        |link: ArchiveLink| {
            let _ = window().location().assign(&link.url);
        },
    );
    let asking = move |class: &'static str, words: &'static str| {
        view! {
            <button
                type="button"
                class=class
                aria-busy=move || ask.busy().get().to_string()
                on:click=move |_| ask.go(())
            >
                {words}
            </button>
        }
    };
    view! {
        <section class="stack sm">
            <h2>{msg::copy_title()}</h2>
            <p class="meta">{msg::copy_text()}</p>
            <div role="status">
                {move || match copy.get() {
                    Some(Copy::Gathering) => gathering(msg::copy_gathering_text()),
                    Some(Copy::ByHand) => gathering(msg::copy_by_hand()),
                    Some(Copy::Ready(_, archive)) => ready(archive),
                    Some(Copy::None) | None => ().into_any(),
                }}
            </div>
            {move || match copy.get() {
                Some(Copy::None) => asking("btn secondary block", msg::copy_ask()).into_any(),
                Some(Copy::Ready(id, _)) => {
                    view! {
                        <button
                            type="button"
                            class="btn primary block"
                            aria-busy=move || fetch.busy().get().to_string()
                            on:click=move |_| fetch.go(id)
                        >
                            <Icon name="download" />
                            <span>{msg::copy_download()}</span>
                        </button>
                        {asking("btn ghost block", msg::copy_newer())}
                    }
                        .into_any()
                }
                Some(Copy::Gathering | Copy::ByHand) => ().into_any(),
                None if requests.trouble().is_some() => ().into_any(),
                None => view! { <SkeletonRows n=1 /> }.into_any(),
            }}
            <TroubleNote trouble=ask.trouble() on_retry=move || ask.go(()) />
            <TroubleNote trouble=fetch.trouble() />
        </section>
    }
}

fn gathering(text: &'static str) -> AnyView {
    view! {
        <div class="card flush">
            <div class="row">
                <span class="glyph plain">
                    <Icon name="hourglass" />
                </span>
                <span class="grow">
                    <span class="t">{msg::copy_gathering()}</span>
                    <span class="s">{text}</span>
                </span>
            </div>
        </div>
    }
    .into_any()
}

fn ready(archive: Archive) -> AnyView {
    view! {
        <div class="card flush">
            <div class="row">
                <span class="glyph">
                    <Icon name="file-check" />
                </span>
                <span class="grow">
                    <span class="t">{msg::copy_ready(ui::format::bytes(archive.bytes))}</span>
                    <span class="s">{msg::copy_until(on(archive.until))}</span>
                </span>
            </div>
        </div>
    }
    .into_any()
}
