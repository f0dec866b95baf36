//! One's account: name, language, theme, saved places and cards, this app on this phone.

use crate::msg;
use crate::parts::legal::TextLinks;
use crate::parts::pay::brand_label;
use crate::place::chosen;
use crate::screens::data::ToMyData;
use crate::shell::{Screen, Tab, sign_in_path, use_title};
use client::Key;
use client::cache::cached;
use client::prefs::{self, Theme};
use client::press::press;
use client::session::{self, session};
use contract_bookings::SavedPlaces;
use contract_identity::{ChangeProfile, Profile};
use contract_settlement::SavedCards;
use kernel::Lang;
use leptos::prelude::*;
use ui::i18n::{lang, t};
use ui::{Devices, Field, Icon, SkeletonRows, TroubleNote};

#[component]
pub fn Account() -> impl IntoView {
    use_title(|| msg::account_title().to_owned());
    let signed_in = move || session().get().is_some();
    view! {
        <Screen class="page-list page-account" tab=Tab::Account>
            <main class="list">
                <h1>{msg::account_title()}</h1>
                {move || {
                    if signed_in() {
                        view! { <Me /> }.into_any()
                    } else {
                        view! {
                            <div class="card stack">
                                <p>{msg::account_signed_out()}</p>
                                <a class="btn primary block" href=sign_in_path("/account")>
                                    {msg::sign_in_action()}
                                </a>
                            </div>
                        }
                            .into_any()
                    }
                }}
                <Look />
                <Show when=signed_in>
                    <Places />
                    <Cards />
                    <SignedInDevices />
                    <ToMyData />
                </Show>
                <ThisApp />
            </main>
        </Screen>
    }
}

#[component]
fn Me() -> impl IntoView {
    let me = cached::<Profile>(|| Some("/v1/me".to_owned()));
    let editing = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let save = press(
        |name: String, key: Key| async move {
            let change = ChangeProfile {
                name: Some(name),
                lang: None,
            };
            client::api::patch::<_, Profile>("/v1/me", &change, key).await
        },
        move |profile: Profile| {
            session::set_name(&profile.name);
            client::cache::put("/v1/me", profile);
            editing.set(false);
        },
    );
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = name.get_untracked().trim().to_owned();
        if typed.is_empty() {
            error.set(Some(msg::name_missing().to_owned()));
        } else {
            error.set(None);
            save.go(typed);
        }
    };
    let edit = move |_| {
        name.set(me.get().map(|me| me.name.clone()).unwrap_or_default());
        editing.set(true);
    };
    view! {
        <section class="card stack">
            {move || match me.get() {
                Some(me) => {
                    let phone = me.phone.as_ref().map(|phone| ui::format::phone(phone.e164()));
                    let name = if me.name.is_empty() {
                        msg::account_no_name().to_owned()
                    } else {
                        me.name.clone()
                    };
                    view! {
                        <div class="flex between">
                            <div class="grow">
                                <b class="t">{name}</b>
                                <p class="meta num fit">{phone}</p>
                            </div>
                            <Show when=move || !editing.get()>
                                <button type="button" class="link tap" on:click=edit>
                                    {msg::edit()}
                                </button>
                            </Show>
                        </div>
                    }
                        .into_any()
                }
                None => view! { <SkeletonRows n=1 /> }.into_any(),
            }}
            <TroubleNote
                trouble=Signal::derive(move || me.trouble().filter(|_| me.get().is_none()))
                on_retry=move || me.refresh()
            />
            <Show when=move || editing.get()>
                <form class="stack sm" novalidate on:submit=submit>
                    <Field label=msg::name_label() error=error let:field>
                        <span class="input">
                            <input
                                id=field.id
                                autocomplete="name"
                                maxlength="80"
                                dir="auto"
                                prop:value=name
                                on:input:target=move |event| name.set(event.target().value())
                            />
                        </span>
                    </Field>
                    <TroubleNote trouble=save.trouble() />
                    <div class="btn-row">
                        <button
                            type="button"
                            class="btn secondary"
                            on:click=move |_| editing.set(false)
                        >
                            {msg::account_keep_name()}
                        </button>
                        <button
                            type="submit"
                            class="btn primary"
                            aria-busy=move || save.busy().get().to_string()
                        >
                            {msg::name_save()}
                        </button>
                    </div>
                </form>
            </Show>
        </section>
    }
}

/// Language and theme.
#[component]
fn Look() -> impl IntoView {
    let theme = prefs::theme();
    let themes = [
        (Theme::Auto, msg::theme_auto()),
        (Theme::Light, msg::theme_light()),
        (Theme::Dark, msg::theme_dark()),
    ];
    let languages = [(Lang::Ar, "العربية", "ar"), (Lang::En, "English", "en")];
    view! {
        <section class="stack sm">
            <h2>{msg::account_look()}</h2>
            <fieldset class="bare stack sm">
                <legend class="label">{msg::account_language()}</legend>
                <div class="seg">
                    {languages
                        .map(|(language, name, code)| {
                            view! {
                                <label lang=code>
                                    <input
                                        type="radio"
                                        name="language"
                                        prop:checked=lang() == language
                                        on:change=move |_| choose_language(language)
                                    />
                                    <span>{name}</span>
                                </label>
                            }
                        })
                        .collect_view()}
                </div>
            </fieldset>
            <fieldset class="bare stack sm">
                <legend class="label">{msg::account_theme()}</legend>
                <div class="seg">
                    {themes
                        .map(|(choice, name)| {
                            view! {
                                <label>
                                    <input
                                        type="radio"
                                        name="theme"
                                        prop:checked=move || theme.get() == choice
                                        on:change=move |_| prefs::set_theme(choice)
                                    />
                                    <span>{name}</span>
                                </label>
                            }
                        })
                        .collect_view()}
                </div>
            </fieldset>
        </section>
    }
}

/// The page changes its language at once; the messages we send follow.
fn choose_language(language: Lang) {
    leptos::task::spawn_local(async move {
        if session().get_untracked().is_some() {
            let change = ChangeProfile {
                name: None,
                lang: Some(language),
            };
            // The page's own language does not wait for it.
            let _ = client::api::patch::<_, Profile>("/v1/me", &change, Key::new()).await;
        }
        prefs::set_lang(language);
    });
}

#[component]
fn Places() -> impl IntoView {
    let places = cached::<SavedPlaces>(|| Some("/v1/me/places".to_owned()));
    let remove = press(
        |id: kernel::SavedPlaceId, key: Key| async move {
            client::api::delete::<serde_json::Value>(&format!("/v1/me/places/{id}"), key)
                .await
                .map(|_| id)
        },
        |id| {
            client::cache::invalidate("/v1/me/places");
            chosen().update(|chosen| {
                if let Some(chosen) = chosen.as_mut().filter(|chosen| chosen.saved == Some(id)) {
                    chosen.saved = None;
                }
            });
        },
    );
    view! {
        <section class="stack sm">
            <h2>{msg::account_places()}</h2>
            {move || match places.get() {
                Some(places) if places.items.is_empty() => {
                    view! { <p class="meta">{msg::account_no_places()}</p> }.into_any()
                }
                Some(places) => {
                    let rows = places
                        .items
                        .iter()
                        .map(|place| {
                            let id = place.id;
                            let label = if place.label.is_empty() {
                                t(&place.sector_name)
                            } else {
                                place.label.clone()
                            };
                            view! {
                                <div class="row">
                                    <span class="glyph plain">
                                        <Icon name="map-pin" />
                                    </span>
                                    <span class="grow">
                                        <span class="t">{label.clone()}</span>
                                        <span class="s">{t(&place.sector_name)}</span>
                                    </span>
                                    <button
                                        type="button"
                                        class="btn ghost icon"
                                        aria-label=msg::remove_it(label)
                                        on:click=move |_| remove.go(id)
                                    >
                                        <Icon name="trash-2" />
                                    </button>
                                </div>
                            }
                        })
                        .collect_view();
                    view! { <div class="card flush rows">{rows}</div> }.into_any()
                }
                None => view! { <SkeletonRows n=2 /> }.into_any(),
            }}
            <TroubleNote trouble=remove.trouble() />
            <a class="btn secondary block" href="/pin?next=%2Faccount">
                <Icon name="plus" />
                <span>{msg::account_add_place()}</span>
            </a>
        </section>
    }
}

#[component]
fn Cards() -> impl IntoView {
    let cards = cached::<SavedCards>(|| Some("/v1/me/cards".to_owned()));
    let remove = press(
        |id: kernel::CardId, key: Key| async move {
            client::api::delete::<serde_json::Value>(&format!("/v1/me/cards/{id}"), key).await
        },
        |_| client::cache::invalidate("/v1/me/cards"),
    );
    view! {
        <section class="stack sm">
            <h2>{msg::account_cards()}</h2>
            {move || match cards.get() {
                Some(cards) if cards.items.is_empty() => {
                    view! { <p class="meta">{msg::account_no_cards()}</p> }.into_any()
                }
                Some(cards) => {
                    let rows = cards
                        .items
                        .iter()
                        .map(|card| {
                            let id = card.id;
                            let brand = brand_label(&card.brand);
                            let name = msg::card_ending(&brand, &card.last4);
                            view! {
                                <div class="row">
                                    <span class="card-logo">{brand.clone()}</span>
                                    <span class="grow">
                                        <span class="t">{msg::card_of(brand)}</span>
                                        <span class="s num">{format!("•••• {}", card.last4)}</span>
                                    </span>
                                    <button
                                        type="button"
                                        class="btn ghost icon"
                                        aria-label=msg::remove_it(name)
                                        on:click=move |_| remove.go(id)
                                    >
                                        <Icon name="trash-2" />
                                    </button>
                                </div>
                            }
                        })
                        .collect_view();
                    view! { <div class="card flush rows">{rows}</div> }.into_any()
                }
                None => view! { <SkeletonRows n=1 /> }.into_any(),
            }}
            <TroubleNote trouble=remove.trouble() />
        </section>
    }
}

/// Where else the account is open.
#[component]
fn SignedInDevices() -> impl IntoView {
    view! {
        <section class="stack sm">
            <h2>{msg::account_devices()}</h2>
            <p class="meta">{msg::account_devices_text()}</p>
            <Devices />
        </section>
    }
}

/// The app itself: a newer version, leaving, which version this is.
#[component]
fn ThisApp() -> impl IntoView {
    let signed_in = move || session().get().is_some();
    let ready = client::pwa::update_ready();
    let (place, draft) = (chosen(), crate::draft::draft());
    let leave = move |_| {
        place.set(None);
        draft.set(None);
        session::sign_out();
    };
    view! {
        <section class="stack sm">
            <h2>{msg::account_app()}</h2>
            <p class="meta">{msg::account_install()}</p>
            <Show when=move || ready.get()>
                <button
                    type="button"
                    class="btn soft block"
                    on:click=move |_| client::pwa::apply_update()
                >
                    {msg::account_update()}
                </button>
            </Show>
            <p class="micro">
                {msg::account_version()} " "
                <span class="num">{client::page().version.clone()}</span>
            </p>
            <TextLinks />
            <Show when=signed_in>
                <button type="button" class="btn secondary block" on:click=leave>
                    <Icon name="log-out" class="flip" />
                    <span>{msg::sign_out()}</span>
                </button>
            </Show>
        </section>
    }
}
