//! The shape of what comes, and what stands where nothing is.

use crate::icon::href;
use crate::msg;
use leptos::prelude::*;
use std::time::Duration;

/// Lines of text to come. Shown after 300 ms (by CSS), so that a quick answer does not flash.
#[component]
pub fn Skeleton(
    #[prop(default = 3)] lines: usize,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let lines = (0..lines)
        .map(|n| view! { <span class=format!("skel w{}", n % 3)></span> })
        .collect_view();
    view! {
        <div class=format!("skeleton stack {class}") aria-busy="true">
            <span class="vh" role="status">{msg::loading()}</span>
            {lines}
        </div>
    }
}

/// Rows to come.
#[component]
pub fn SkeletonRows(#[prop(default = 4)] n: usize) -> impl IntoView {
    let rows = (0..n)
        .map(|_| {
            view! {
                <div class="row">
                    <span class="skel round"></span>
                    <div class="grow stack sm"><span class="skel w1"></span><span class="skel w2"></span></div>
                </div>
            }
        })
        .collect_view();
    view! {
        <div class="skeleton rows" aria-busy="true">
            <span class="vh" role="status">{msg::loading()}</span>
            {rows}
        </div>
    }
}

/// Appears after 8 s of waiting: says what is taking long.
#[component]
pub fn Slow(#[prop(optional, into)] text: Option<String>) -> impl IntoView {
    let late = RwSignal::new(false);
    let timer = set_timeout_with_handle(
        move || {
            late.try_set(true);
        },
        Duration::from_secs(8),
    );
    if let Ok(timer) = timer {
        on_cleanup(move || timer.clear());
    }
    view! {
        <p class="micro center" role="status">
            {move || late.get().then(|| text.clone().unwrap_or_else(|| msg::taking_long().to_owned()))}
        </p>
    }
}

/// Nothing here yet, and what to do about it (the children, if any).
#[component]
pub fn Empty(
    #[prop(into)] title: String,
    #[prop(optional, into)] text: Option<String>,
    #[prop(optional, into)] class: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class=format!("state {class}")>
            <svg class="art" viewBox="0 0 120 76" aria-hidden="true"><use href=href("empty-house")/></svg>
            <h2>{title}</h2>
            {text.map(|text| view! { <p>{text}</p> })}
            {children.map(|children| children())}
        </div>
    }
}
