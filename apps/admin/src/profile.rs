//! One's own choices: language, theme, density, keys; and the way out.

use crate::gallery::{LangSwitch, ThemeSwitch};
use crate::keys::{self, Action, Bindings};
use crate::{frame, keep, msg, words};
use leptos::ev;
use leptos::prelude::*;
use leptos_router::components::A;
use ui::{Icon, Kbd};

/// Compact (for eight hours at a desk) or comfortable.
#[derive(Clone, Copy)]
struct Density(RwSignal<bool>);

/// Sets the density of the page, and holds it.
pub fn provide_density() {
    let compact = RwSignal::new(keep::load::<bool>("compact").unwrap_or(true));
    provide_context(Density(compact));
    Effect::new(move |before: Option<bool>| {
        let compact = compact.get();
        if before.is_some() {
            keep::save("compact", &compact);
        }
        if let Some(body) = document().body() {
            let _ = body.set_attribute(
                "data-density",
                if compact { "compact" } else { "comfortable" },
            );
        }
        compact
    });
}

#[component]
pub fn Profile() -> impl IntoView {
    frame::set_title(msg::nav_profile());
    let session = client::session().get_untracked();
    let Density(compact) = expect_context::<Density>();
    let user = session.as_ref().map(|s| s.user.clone());
    let zones = session.and_then(|s| s.scope.zones);
    view! {
        <div class="page narrow stack lg">
            <section class="card">
                <div class="flex">
                    <span class="avatar" aria-hidden="true">{user.as_ref().map(|u| words::initials(&u.name))}</span>
                    <div class="grow">
                        <h2>{user.as_ref().map(|u| u.name.clone())}</h2>
                        <p class="meta">{user.map(|u| words::roles(&u.roles))}</p>
                    </div>
                    <button type="button" class="btn secondary" on:click=|_| client::session::sign_out()>
                        <Icon name="log-out" class="flip"/>{msg::sign_out()}
                    </button>
                </div>
                {zones.map(|zones| {
                    let names = words::zone_names(zones);
                    view! { <p class="meta mt-s">{msg::scope_title()}": " {move || names.get()}</p> }
                })}
            </section>
            <A href="/admin/profile/security" attr:class="card row">
                <span class="glyph"><Icon name="shield-check"/></span>
                <span class="grow">
                    <span class="t">{msg::security_title()}</span>
                    <span class="s">{msg::security_sub()}</span>
                </span>
                <Icon name="chevron-right" class="flip"/>
            </A>
            <section class="card stack">
                <div class="setting">
                    <h2>{msg::profile_language()}</h2>
                    <LangSwitch/>
                </div>
                <div class="setting">
                    <h2>{msg::profile_theme()}</h2>
                    <ThemeSwitch/>
                </div>
                <div class="setting">
                    <h2>{msg::profile_density()}</h2>
                    <div class="seg" role="group" aria-label=msg::profile_density()>
                        <button type="button" aria-pressed=move || compact.get().to_string() on:click=move |_| compact.set(true)>{msg::density_compact()}</button>
                        <button type="button" aria-pressed=move || (!compact.get()).to_string() on:click=move |_| compact.set(false)>{msg::density_comfortable()}</button>
                    </div>
                </div>
            </section>
            <Keys/>
        </div>
    }
}

/// Each single key, to be changed by pressing another one.
#[component]
fn Keys() -> impl IntoView {
    let bound = keys::bindings();
    let waiting = RwSignal::new(None::<Action>);
    let handle = window_event_listener(ev::keydown, move |event| {
        let Some(action) = waiting.get_untracked() else {
            return;
        };
        if matches!(event.key().as_str(), "Shift" | "Control" | "Alt" | "Meta") {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        waiting.set(None);
        // Digits arm candidates; anything that is no letter or sign (Escape, Tab) changes nothing.
        if let Some(key) = keys::letter(&event).filter(|key| !key.is_ascii_digit()) {
            bound.update(|b| b.set(action, key));
        }
    });
    on_cleanup(move || handle.remove());
    let actions = Bindings::default().keys;
    let rows = actions
        .into_iter()
        .map(|(action, _)| {
            let pressed = move || waiting.get() == Some(action);
            view! {
                <li class="setting">
                    <span>{keys::name(action)}</span>
                    <button type="button" class="btn secondary sm" aria-pressed=move || pressed().to_string()
                        aria-label=move || msg::keys_change(keys::name(action), bound.with(|b| b.of(action)).map(keys::cap).unwrap_or_default())
                        on:click=move |_| waiting.update(|w| *w = if *w == Some(action) { None } else { Some(action) })>
                        {move || if pressed() {
                            msg::keys_press().into_any()
                        } else {
                            view! { <Kbd>{bound.with(|b| b.of(action)).map(keys::cap)}</Kbd> }.into_any()
                        }}
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="card stack">
            <label class="setting">
                <span class="grow"><b class="block">{msg::keys_title()}</b><span class="micro">{msg::keys_on_hint()}</span></span>
                <input type="checkbox" class="switch" role="switch" prop:checked=move || bound.with(|b| b.on)
                    on:change=move |event| bound.update(|b| b.on = event_target_checked(&event))/>
            </label>
            <ul class="stack sm" inert=move || !bound.with(|b| b.on)>{rows}</ul>
            <div>
                <button type="button" class="btn ghost sm" on:click=move |_| bound.set(Bindings::default())>{msg::keys_reset()}</button>
            </div>
        </section>
    }
}
