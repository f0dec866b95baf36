//! The door: email, password, and the authenticator app's code, a recovery code or a passkey.

use crate::msg;
use client::{Trouble, prefs};
use kernel::Lang;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use ui::{Button, Field, Icon, Kind, PasswordInput, Proof, ProofInput, TroubleNote};

#[component]
pub fn SignIn() -> impl IntoView {
    ui::set_title(msg::sign_in_title());
    let email = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let proof = Proof::new();
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<Trouble>);
    let tried = RwSignal::new(false);
    let by_key = RwSignal::new(false);
    let go = use_navigate();
    let query = use_query_map();
    let inside = move || {
        // Only a path of this app: never another site.
        let next = query.with_untracked(|q| q.get("next")).unwrap_or_default();
        let next = if next.starts_with("/admin/") {
            next
        } else {
            "/admin/".to_owned()
        };
        let options = NavigateOptions {
            replace: true,
            ..NavigateOptions::default()
        };
        go(&next, options);
    };
    if client::session().with_untracked(Option::is_some) {
        inside();
    }
    let missing = move |value: RwSignal<String>, word: &'static str| {
        Signal::derive(move || {
            (tried.get() && value.with(|v| v.trim().is_empty())).then(|| word.to_owned())
        })
    };
    let short = Signal::derive(move || {
        (tried.get() && !by_key.get() && !proof.is_whole()).then(|| proof.short().to_owned())
    });
    let send = move |with_key: bool| {
        tried.set(true);
        by_key.set(with_key);
        let incomplete = email.with_untracked(|v| v.trim().is_empty())
            || password.with_untracked(String::is_empty)
            || (!with_key && !untrack(|| proof.is_whole()));
        if busy.get_untracked() || incomplete {
            return;
        }
        busy.set(true);
        trouble.set(None);
        let inside = inside.clone();
        leptos::task::spawn_local(async move {
            let (email, password) = (email.get_untracked(), password.get_untracked());
            let email = email.trim();
            let answer = if with_key {
                client::session::sign_in_with_passkey(email, &password).await
            } else {
                client::session::sign_in_staff(email, &password, &proof.typed()).await
            };
            busy.set(false);
            match answer {
                Ok(_) => inside(),
                Err(refused) => {
                    // A code can be used once: the next try needs the next one.
                    proof.code.set(String::new());
                    tried.set(false);
                    trouble.set(Some(refused));
                }
            }
        });
    };
    let submit = {
        let send = send.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            send(false);
        }
    };
    let other = match ui::lang() {
        Lang::Ar => Lang::En,
        Lang::En => Lang::Ar,
    };
    view! {
        <main class="door" data-density="comfortable">
            <form class="door-card" on:submit=submit novalidate>
                <span class="brand-mark"><Icon name="logo"/>{msg::brand()}</span>
                <div>
                    <h1>{msg::sign_in_title()}</h1>
                    <p class="meta">{msg::sign_in_hint()}</p>
                </div>
                <TroubleNote trouble=trouble/>
                <Field label=msg::sign_in_email() error=missing(email, msg::sign_in_email_missing()) let:id>
                    <input id=id class="input ltr" type="email" autocomplete="username" dir="ltr" inputmode="email"
                        autocapitalize="none" spellcheck="false" required bind:value=email/>
                </Field>
                <Field label=msg::sign_in_password() error=missing(password, msg::sign_in_password_missing()) let:id>
                    <PasswordInput id=id value=password autocomplete="current-password"/>
                </Field>
                <Field label=move || proof.label() hint=move || proof.hint() error=short let:field>
                    <ProofInput field=field proof=proof/>
                </Field>
                <Button kind=Kind::Primary submit=true busy=busy block=true>{msg::sign_in()}</Button>
                {client::passkey::available().then(|| view! {
                    <Button busy=busy block=true on_press=move || send(true)>{msg::sign_in_passkey()}</Button>
                })}
                <p class="micro door-foot">
                    {msg::sign_in_help()}
                    <button type="button" class="link" lang=other.as_str() on:click=move |_| prefs::set_lang(other)>
                        {msg::other_language()}
                    </button>
                </p>
            </form>
        </main>
    }
}
