//! A new password. The rules stand there before anything is typed.

use crate::msg;
use client::api::post_once;
use client::press;
use contract_identity::{ChangePassword as Change, PasswordChanged};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use ui::{Button, Field, Kind, PasswordInput, TroubleNote, elsewhere, field_error, toast};

/// The server's rule; it also refuses what everybody tries first.
const SHORTEST: usize = 12;

#[component]
pub fn ChangePassword() -> impl IntoView {
    let current = RwSignal::new(String::new());
    let new = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    let change = press(
        |(current_password, password): (String, String), _| async move {
            let body = Change {
                current_password,
                password,
            };
            post_once::<_, PasswordChanged>("/v1/me/password", &body).await
        },
        move |changed: PasswordChanged| {
            client::invalidate("/v1/me/sessions");
            tried.set(false);
            current.set(String::new());
            new.set(String::new());
            toast(msg::password_changed(i64::from(changed.sessions_ended)));
        },
    );
    let here = move |field: &'static str,
                     wrong: fn(&str) -> Option<&'static str>,
                     value: RwSignal<String>| {
        let refused = field_error(change.trouble(), field);
        Signal::derive(move || {
            let wrong = value.with(|value| wrong(value)).filter(|_| tried.get());
            wrong.map(str::to_owned).or_else(|| refused.get())
        })
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let (current, new) = (current.get_untracked(), new.get_untracked());
        if missing(&current).is_none() && short(&new).is_none() {
            change.go((current, new));
        }
    };
    view! {
        <section class="stack" aria-labelledby="password-heading">
            <div>
                <h2 id="password-heading">{msg::password_title()}</h2>
                <p class="meta">{msg::password_text()}</p>
            </div>
            <form class="card stack" novalidate on:submit=submit>
                <TroubleNote trouble=elsewhere(change.trouble(), &["current_password", "password"])/>
                <Field label=msg::password_current() error=here("current_password", missing, current) let:id>
                    <PasswordInput id=id value=current autocomplete="current-password"/>
                </Field>
                <Field label=msg::password_new() hint=msg::password_rules() error=here("password", short, new) let:id>
                    <PasswordInput id=id value=new autocomplete="new-password"/>
                </Field>
                <div>
                    <Button kind=Kind::Primary submit=true busy=change.busy()>{msg::password_do()}</Button>
                </div>
            </form>
        </section>
    }
}

fn missing(password: &str) -> Option<&'static str> {
    password.is_empty().then(msg::password_current_missing)
}

fn short(password: &str) -> Option<&'static str> {
    (password.chars().count() < SHORTEST).then(msg::password_short)
}
