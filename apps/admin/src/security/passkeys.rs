//! Passkeys: kept where their holder says, seen, named and removed here.

use super::FACTOR;
use crate::msg;
use client::api::post_once;
use client::{Key, cached, passkey, press};
use contract_identity::{
    AddPasskey, Passkey, PasskeyOptions, PasskeyRemoved, Passkeys, RenamePasskey,
};
use kernel::PasskeyId;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use ui::format::{date, relative};
use ui::{
    Button, Dialog, Field, Icon, Kind, Note, SkeletonRows, Sla, TroubleNote, elsewhere,
    field_error, toast,
};

const PATH: &str = "/v1/me/passkeys";

/// What is asked about a key: its name, or whether it goes.
#[derive(Clone, PartialEq)]
enum Ask {
    Rename(PasskeyId, String),
    Remove(PasskeyId, String),
}

#[component]
pub fn MyPasskeys() -> impl IntoView {
    let keys = cached::<Passkeys>(|| Some(PATH.to_owned()));
    let adding = RwSignal::new(false);
    let asked = RwSignal::new(None::<Ask>);
    view! {
        <section class="card stack" aria-labelledby="passkeys-heading">
            <div class="setting">
                <div class="grow">
                    <h3 id="passkeys-heading">{msg::keys_heading()}</h3>
                    <p class="meta">{msg::keys_what()}</p>
                </div>
                {passkey::available().then(|| view! {
                    <Button on_press=move || adding.set(true)><Icon name="fingerprint"/>{msg::passkey_add()}</Button>
                })}
            </div>
            {(!passkey::available()).then(|| view! { <p class="meta">{msg::passkeys_unable()}</p> })}
            <TroubleNote
                trouble=Signal::derive(move || keys.trouble().filter(|_| keys.get().is_none()))
                on_retry=move || keys.refresh()
            />
            {move || match keys.get() {
                Some(keys) if keys.items.is_empty() => {
                    view! { <p class="meta">{msg::passkeys_none()}</p> }.into_any()
                }
                Some(keys) => rows(&keys.items, asked),
                None if keys.trouble().is_some() => ().into_any(),
                None => view! { <SkeletonRows n=1/> }.into_any(),
            }}
        </section>
        <Dialog open=adding title=msg::passkey_add_title()>
            <Add close=Callback::new(move |()| adding.set(false))/>
        </Dialog>
        <About asked=asked/>
    }
}

fn changed() {
    client::invalidate(PATH);
    client::invalidate(FACTOR);
}

fn rows(keys: &[Passkey], asked: RwSignal<Option<Ask>>) -> AnyView {
    let now = client::use_now();
    let blocked = keys.iter().filter(|key| key.blocked).map(|key| {
        let words = msg::passkey_blocked_text(&key.name);
        view! { <Note sla=Sla::Risk icon="circle-alert">{words}</Note> }
    });
    let blocked = blocked.collect_view();
    let rows = keys
        .iter()
        .cloned()
        .map(|key| {
            let (id, name) = (key.id, key.name.clone());
            let ask = move |what: fn(PasskeyId, String) -> Ask| {
                let name = name.clone();
                move || asked.set(Some(what(id, name.clone())))
            };
            let used = move || match key.last_used_at {
                Some(at) => msg::passkey_used(relative(at, now.get())),
                None => msg::passkey_unused().to_owned(),
            };
            view! {
                <li class="row">
                    <span class="glyph plain"><Icon name="fingerprint"/></span>
                    <span class="grow">
                        <bdi class="t">{key.name.clone()}</bdi>
                        <span class="s">{used}</span>
                        <span class="micro">{move || msg::passkey_since(date(key.added_at, now.get()))}</span>
                    </span>
                    {key.blocked.then(|| view! {
                        <span class="pill" data-k="bad"><Icon name="ban"/>{msg::passkey_blocked()}</span>
                    })}
                    <span class="flex">
                        <Button kind=Kind::Ghost icon=true label=msg::passkey_rename(&key.name) on_press=ask(Ask::Rename)>
                            <Icon name="pencil"/>
                        </Button>
                        <Button kind=Kind::Ghost icon=true label=msg::passkey_remove(&key.name) on_press=ask(Ask::Remove)>
                            <Icon name="trash-2"/>
                        </Button>
                    </span>
                </li>
            }
        })
        .collect_view();
    view! { {blocked}<ul class="rows devices passkeys">{rows}</ul> }.into_any()
}

/// A name, and what is wrong with it.
fn named(name: RwSignal<String>, tried: RwSignal<bool>) -> Option<&'static str> {
    let empty = tried.get() && name.with(|name| name.trim().is_empty());
    empty.then(msg::passkey_name_missing)
}

#[component]
fn Add(close: Callback<()>) -> impl IntoView {
    let (name, tried) = (RwSignal::new(String::new()), RwSignal::new(false));
    let add = press(
        |name: String, key: Key| async move {
            let asked: PasskeyOptions = post_once("/v1/me/passkeys/options", &()).await?;
            let body = AddPasskey {
                challenge: asked.challenge,
                name,
                credential: passkey::make(&asked.options).await?,
            };
            client::post::<_, Passkey>(PATH, &body, key).await
        },
        move |_| {
            changed();
            close.run(());
            toast(msg::passkey_added());
        },
    );
    let of_name = field_error(add.trouble(), "name");
    let error = Signal::derive(move || {
        let missing = named(name, tried).map(str::to_owned);
        missing.or_else(|| of_name.get())
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let name = name.get_untracked().trim().to_owned();
        if !name.is_empty() {
            add.go(name);
        }
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <p class="muted">{msg::passkey_add_text()}</p>
            <TroubleNote trouble=elsewhere(add.trouble(), &["name"])/>
            <Field label=msg::passkey_name() hint=msg::passkey_name_hint() error=error let:id>
                <input id=id class="input" dir="auto" maxlength="80" autocomplete="off" bind:value=name/>
            </Field>
            <div class="btn-row">
                <Button on_press=move || close.run(())>{msg::step_up_not_now()}</Button>
                <Button kind=Kind::Primary submit=true busy=add.busy()>{msg::passkey_add_do()}</Button>
            </div>
        </form>
    }
}

/// One dialog for each question; it closes when there is none.
#[component]
fn About(asked: RwSignal<Option<Ask>>) -> impl IntoView {
    let (renaming, removing) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move |_| {
        let (rename, remove) = asked.with(|ask| {
            (
                matches!(ask, Some(Ask::Rename(..))),
                matches!(ask, Some(Ask::Remove(..))),
            )
        });
        renaming.set(rename);
        removing.set(remove);
    });
    Effect::new(move |before: Option<bool>| {
        let open = renaming.get() || removing.get();
        if before == Some(true) && !open {
            asked.set(None);
        }
        open
    });
    let close = Callback::new(move |()| asked.set(None));
    let title = move || match asked.get() {
        Some(Ask::Remove(_, name)) => msg::passkey_remove_title(name),
        _ => String::new(),
    };
    view! {
        <Dialog open=renaming title=msg::passkey_rename_title()>
            {move || match asked.get() {
                Some(Ask::Rename(id, name)) => view! { <Rename id=id name=name close=close/> }.into_any(),
                _ => ().into_any(),
            }}
        </Dialog>
        <Dialog open=removing title=title>
            {move || match asked.get() {
                Some(Ask::Remove(id, _)) => view! { <Remove id=id close=close/> }.into_any(),
                _ => ().into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn Rename(id: PasskeyId, name: String, close: Callback<()>) -> impl IntoView {
    let (name, tried) = (RwSignal::new(name), RwSignal::new(false));
    let rename = press(
        move |name: String, key: Key| async move {
            let body = RenamePasskey { name };
            client::api::patch::<_, Passkey>(&format!("{PATH}/{id}"), &body, key).await
        },
        move |_| {
            changed();
            close.run(());
            toast(msg::passkey_renamed());
        },
    );
    let of_name = field_error(rename.trouble(), "name");
    let error = Signal::derive(move || {
        let missing = named(name, tried).map(str::to_owned);
        missing.or_else(|| of_name.get())
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let name = name.get_untracked().trim().to_owned();
        if !name.is_empty() {
            rename.go(name);
        }
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <TroubleNote trouble=elsewhere(rename.trouble(), &["name"])/>
            <Field label=msg::passkey_name() error=error let:id>
                <input id=id class="input" dir="auto" maxlength="80" autocomplete="off" bind:value=name/>
            </Field>
            <div class="btn-row">
                <Button on_press=move || close.run(())>{msg::step_up_not_now()}</Button>
                <Button kind=Kind::Primary submit=true busy=rename.busy()>{msg::passkey_rename_do()}</Button>
            </div>
        </form>
    }
}

#[component]
fn Remove(id: PasskeyId, close: Callback<()>) -> impl IntoView {
    let remove = press(
        move |(), key: Key| async move {
            client::delete::<PasskeyRemoved>(&format!("{PATH}/{id}"), key).await
        },
        move |_| {
            changed();
            close.run(());
            toast(msg::passkey_removed());
        },
    );
    view! {
        <p class="muted">{msg::passkey_remove_text()}</p>
        <TroubleNote trouble=remove.trouble()/>
        <div class="btn-row">
            <Button on_press=move || close.run(())>{msg::passkey_remove_not()}</Button>
            <Button kind=Kind::Danger busy=remove.busy() on_press=move || remove.go(())>{msg::passkey_remove_do()}</Button>
        </div>
    }
}
