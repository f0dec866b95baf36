//! What every screen stands in: bar, main part, navigation; its title, and where the focus goes.

use crate::msg;
use client::session::session;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use std::cell::Cell;
use ui::Icon;
use wasm_bindgen::JsCast;

thread_local! {
    /// The very first screen keeps the browser's own focus; later ones move it to their heading.
    static NAVIGATED: Cell<bool> = const { Cell::new(false) };
}

/// Names the page, and moves the focus to its heading when it was reached from another one.
pub fn use_title(title: impl Fn() -> String + 'static) {
    Effect::new(move |_| document().set_title(&msg::page_title(title())));
    if NAVIGATED.replace(true) {
        Effect::new(move |ran: Option<()>| {
            if ran.is_none() {
                request_animation_frame(focus_heading);
            }
        });
    }
}

fn focus_heading() {
    let heading = document().query_selector("main h1, form h1").ok().flatten();
    if let Some(heading) = heading.and_then(|h| h.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = heading.set_attribute("tabindex", "-1");
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = heading.focus_with_options(&options);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Home,
    Bookings,
    Account,
}

const TABS: [(Tab, &str, &str); 3] = [
    (Tab::Home, "/", "house"),
    (Tab::Bookings, "/bookings", "clipboard-check"),
    (Tab::Account, "/account", "user-round"),
];

fn tab_name(tab: Tab) -> &'static str {
    match tab {
        Tab::Home => msg::nav_home(),
        Tab::Bookings => msg::nav_bookings(),
        Tab::Account => msg::nav_account(),
    }
}

/// The phone's navigation, at the thumb.
#[component]
pub fn BottomNav(current: Tab) -> impl IntoView {
    let links = TABS.map(|(tab, href, icon)| {
        view! {
            <a href=href aria-current=(tab == current).then_some("page")>
                <Icon name=icon />
                <span>{tab_name(tab)}</span>
            </a>
        }
    });
    view! {
        <nav class="bottom-nav" aria-label=msg::nav_label()>
            {links.into_iter().collect_view()}
        </nav>
    }
}

/// The same on a wide screen, in the bar.
#[component]
pub fn TopNav(#[prop(into)] current: Option<Tab>) -> impl IntoView {
    let links = TABS.map(|(tab, href, _)| {
        view! {
            <a href=href aria-current=(Some(tab) == current).then_some("page")>
                {tab_name(tab)}
            </a>
        }
    });
    view! {
        <nav class="top-nav" aria-label=msg::nav_label()>
            {links.into_iter().collect_view()}
        </nav>
    }
}

#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <a class="brand-mark" href="/" aria-label=msg::brand_home()>
            <Mark />
            <span class="wide-only">{msg::brand()}</span>
        </a>
    }
}

#[component]
fn Mark() -> impl IntoView {
    view! {
        <svg aria-hidden="true">
            <use href=format!("{}#logo", client::page().assets.icons) />
        </svg>
    }
}

/// One screen of the app with the common bar: the way back, a title for sighted readers, the
/// navigation on wide screens.
#[component]
pub fn Screen(
    /// Scopes the layout: `page-…`.
    class: &'static str,
    /// Where "back" leads; none on the three main screens.
    #[prop(optional, into)]
    back: Option<Signal<String>>,
    /// The small title beside "back".
    #[prop(optional, into)]
    bar: Option<Signal<String>>,
    #[prop(optional, into)] tab: Option<Tab>,
    /// Nowhere to go but on.
    #[prop(optional)]
    alone: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <div class=format!("app {class}")>
            <header class="appbar">
                {match back {
                    Some(back) => {
                        view! {
                            <BackLink to=back />
                            <b class="bar-title clip">{move || bar.map(|bar| bar.get())}</b>
                        }
                            .into_any()
                    }
                    None if alone => {
                        view! {
                            <span class="brand-mark">
                                <Mark />
                                <span>{msg::brand()}</span>
                            </span>
                        }
                            .into_any()
                    }
                    None => view! { <Brand /> }.into_any(),
                }}
                {(!alone).then(|| view! { <TopNav current=tab /> })}
            </header>
            {children()}
            {tab.map(|current| view! { <BottomNav current=current /> })}
        </div>
    }
}

/// The way up. Its place never depends on how one came here.
#[component]
pub fn BackLink(
    #[prop(into)] to: Signal<String>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let class = if class.is_empty() {
        "btn ghost icon"
    } else {
        class
    };
    view! {
        <a class=class href=move || to.get() aria-label=msg::back()>
            <Icon name="arrow-left" class="flip" />
        </a>
    }
}

/// Where to sign in, and to come back to this very screen afterwards.
pub fn sign_in_path(next: &str) -> String {
    format!("/sign-in?next={}", js_sys::encode_uri_component(next))
}

/// Sends a reader who is not signed in to sign in first. True while they may stay.
pub fn require_sign_in() -> Signal<bool> {
    let signed_in = Signal::derive(move || session().get().is_some());
    let location = use_location();
    let navigate = use_navigate();
    Effect::new(move |_| {
        if !signed_in.get() {
            let here = format!(
                "{}{}",
                location.pathname.get_untracked(),
                location.search.get_untracked()
            );
            navigate(&sign_in_path(&here), replace());
        }
    });
    signed_in
}

/// Navigation that leaves no step behind to come back to.
pub fn replace() -> NavigateOptions {
    NavigateOptions {
        replace: true,
        ..Default::default()
    }
}

/// A path of this app from a `next=` parameter; anything that could lead elsewhere is dropped.
pub fn safe_next(next: Option<String>) -> String {
    next.filter(|path| path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'))
        .unwrap_or_else(|| "/".to_owned())
}
