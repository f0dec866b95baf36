//! What stands around every page: the dark rail, the bar above, the palette and the list of keys.

use crate::console::store::Store;
use crate::keys::{self, Action};
use crate::palette::Palette;
use crate::rights::may;
use crate::{msg, words};
use client::LiveState;
use kernel::Time;
use kernel::access::Permission;
use leptos::prelude::*;
use leptos_router::components::A;
use ui::format::{clock24, clock24_seconds};
use ui::{Dialog, Icon, Kbd};

/// What any page can open.
#[derive(Clone, Copy)]
pub struct Overlays {
    pub palette: RwSignal<bool>,
    pub help: RwSignal<bool>,
}

/// The title of the page, said by the page.
#[derive(Clone, Copy)]
pub struct Title(pub RwSignal<String>);

pub fn set_title(title: impl Into<String>) {
    let title = title.into();
    ui::set_title(&title);
    expect_context::<Title>().0.set(title);
}

#[component]
pub fn Frame(children: Children) -> impl IntoView {
    let overlays = Overlays {
        palette: RwSignal::new(false),
        help: RwSignal::new(false),
    };
    provide_context(overlays);
    let title = RwSignal::new(String::new());
    provide_context(Title(title));
    keys::listen(move |action| match action {
        Action::Palette => {
            overlays.palette.update(|open| *open = !*open);
            true
        }
        Action::Help => {
            overlays.help.set(true);
            true
        }
        _ => false,
    });
    view! {
        <a class="skip" href="#main">{msg::skip()}</a>
        <div class="desk">
            <Rail/>
            <header class="deskbar">
                <h1>{move || title.get()}</h1>
                <Scope/>
                <button class="input search cmd" type="button" aria-haspopup="dialog" aria-keyshortcuts="Control+K"
                    on:click=move |_| overlays.palette.set(true)>
                    <Icon name="search"/>
                    <span class="grow clip">{msg::command_field()}</span>
                    <Kbd>"Ctrl K"</Kbd>
                </button>
                {may(Permission::DispatchRead).then(|| view! { <Connection/> })}
                <Me/>
            </header>
            <main id="main" class="desk-main" tabindex="-1">{children()}</main>
        </div>
        <Palette open=overlays.palette/>
        <KeyList open=overlays.help/>
        {crate::later::step_up()}
    }
}

#[component]
fn Rail() -> impl IntoView {
    let place = |href: &'static str, icon: &'static str, name: &'static str, exact: bool| {
        view! {
            <A href=href exact=exact><Icon name=icon/><span>{name}</span></A>
        }
    };
    view! {
        <nav class="rail" aria-label=msg::rail()>
            <A href="/admin/" exact=true attr:class="mk" attr:aria-label=msg::brand()><Icon name="logo"/></A>
            {may(Permission::DispatchRead).then(|| place("/admin/", "gauge", msg::nav_console(), true))}
            {may(Permission::BookingsInspect).then(|| place("/admin/bookings", "clipboard-check", msg::nav_bookings(), false))}
            {may(Permission::StaffRead).then(|| place("/admin/staff", "users", msg::nav_staff(), false))}
            {may(Permission::PrivacyRead).then(|| place("/admin/privacy", "lock", msg::nav_privacy(), false))}
            {crate::gallery::shown().then(|| place("/admin/gallery", "layout-grid", msg::nav_gallery(), false))}
            {place("/admin/profile", "settings", msg::nav_profile(), false)}
        </nav>
    }
}

/// The zones one's work is limited to, where it is.
#[component]
fn Scope() -> impl IntoView {
    let zones =
        client::session().with_untracked(|s| s.as_ref().and_then(|s| s.scope.zones.clone()));
    zones.map(|zones| {
        let names = words::zone_names(zones);
        view! {
            <span class="scope micro" title=msg::scope_title()>
                <Icon name="map-pin" class="xs"/>
                <span class="vh">{msg::scope_title()}</span>
                <span class="clip">{move || names.get()}</span>
            </span>
        }
    })
}

/// Whether what is on the screen is now; if not, since when not.
#[component]
fn Connection() -> impl IntoView {
    let now = client::use_now();
    let state = client::live();
    let lost = RwSignal::new(None::<Time>);
    Effect::new(move |_| match state.get() {
        LiveState::Live => lost.set(None),
        LiveState::Connecting | LiveState::Offline => {
            if lost.get_untracked().is_none() {
                lost.set(Some(client::now()));
            }
        }
    });
    let words = move || match (state.get(), lost.get()) {
        (LiveState::Live, _) | (_, None) => msg::live().to_owned(),
        (LiveState::Connecting, Some(since)) => msg::live_connecting(clock24(since)),
        (LiveState::Offline, Some(since)) => msg::live_offline(clock24(since)),
    };
    view! {
        <span class="live-dot micro" data-state=move || match state.get() {
            LiveState::Live => "live",
            LiveState::Connecting => "connecting",
            LiveState::Offline => "offline",
        }>
            <i></i>
            <span role="status">{words}</span>
            <span class="num" role="timer" aria-live="off">{move || clock24_seconds(now.get())}</span>
        </span>
    }
}

#[component]
fn Me() -> impl IntoView {
    let name = Memo::new(|_| {
        client::session().with(|s| s.as_ref().map(|s| s.user.name.clone()).unwrap_or_default())
    });
    view! {
        <A href="/admin/profile" attr:class="avatar sm">
            <span class="vh">{move || msg::me(name.get())}</span>
            <span aria-hidden="true">{move || words::initials(&name.get())}</span>
        </A>
    }
}

#[component]
fn KeyList(open: RwSignal<bool>) -> impl IntoView {
    let bound = keys::bindings();
    let row = |key: String, what: &'static str| {
        view! { <div><dt><Kbd>{key}</Kbd></dt><dd>{what}</dd></div> }
    };
    let of = move |action: Action| {
        bound
            .with(|b| b.of(action))
            .map(keys::cap)
            .unwrap_or_default()
    };
    let console = use_context::<Store>().is_some();
    view! {
        <Dialog open=open title=msg::keys_title()>
            <dl class="keys">
                {row("Ctrl K".to_owned(), keys::name(Action::Palette))}
                {move || bound.with(|b| b.on).then(|| row(of(Action::Help), keys::name(Action::Help)))}
                {console.then(|| view! {
                    {row("↑ ↓".to_owned(), msg::key_arrows())}
                    {row("Enter".to_owned(), keys::name(Action::Open))}
                    {row("Esc".to_owned(), keys::name(Action::Back))}
                    {move || bound.with(|b| b.on).then(|| {
                        let go = of(Action::Go);
                        view! {
                            {row(of(Action::Next), keys::name(Action::Next))}
                            {row(of(Action::Previous), keys::name(Action::Previous))}
                            {row(of(Action::Search), keys::name(Action::Search))}
                            {row(of(Action::Filter), keys::name(Action::Filter))}
                            {row(of(Action::Acknowledge), keys::name(Action::Acknowledge))}
                            {row(format!("{go} Q"), keys::name(Action::GoQueue))}
                            {row(format!("{go} M"), keys::name(Action::GoMap))}
                            {row(format!("{go} S"), keys::name(Action::GoStory))}
                            {row("1–9".to_owned(), keys::name(Action::Candidate(1)))}
                        }
                    })}
                })}
            </dl>
            <p class="micro">{move || if bound.with(|b| b.on) { msg::keys_note() } else { msg::keys_off_note() }}</p>
        </Dialog>
    }
}
