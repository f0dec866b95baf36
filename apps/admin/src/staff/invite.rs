//! Somebody new: who they are and what they may do; then their link, once.

use super::STAFF;
use super::choose::{Choose, Chosen};
use super::link::{Once, OnceLink};
use crate::msg;
use client::api::post_once;
use client::press;
use contract_identity::{EnrolmentIssued, InviteStaff};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use ui::{Button, Field, Icon, Kind, Sheet, TroubleNote, elsewhere, field_error, toast};

#[component]
pub fn Invite(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Sheet open=open title=msg::staff_invite_title()>
            <Form close=Callback::new(move |()| open.set(false))/>
        </Sheet>
    }
}

#[component]
fn Form(close: Callback<()>) -> impl IntoView {
    let (name, email) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let chosen = Chosen::of(&[], None);
    let tried = RwSignal::new(false);
    let once = RwSignal::new(None::<Once>);
    let invite = press(
        |body: InviteStaff, _| async move { post_once::<_, EnrolmentIssued>(STAFF, &body).await },
        move |issued: EnrolmentIssued| {
            client::invalidate("/v1/staff?");
            once.set(Some(Once {
                link: issued.link,
                until: issued.expires_at,
            }));
        },
    );
    let refused = invite.trouble();
    let here = move |value: RwSignal<String>, missing: &'static str, field: &'static str| {
        let refused = field_error(refused, field);
        Signal::derive(move || {
            let empty = tried.get() && value.with(|v| v.trim().is_empty());
            empty.then(|| missing.to_owned()).or_else(|| refused.get())
        })
    };
    let none = move || tried.get() && chosen.roles.with(Vec::is_empty);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let body = InviteStaff {
            name: name.get_untracked().trim().to_owned(),
            email: email.get_untracked().trim().to_owned(),
            roles: chosen.roles.get_untracked(),
            zones: chosen.limited_to(),
            lang: Some(ui::lang()),
        };
        if !(body.name.is_empty() || body.email.is_empty() || body.roles.is_empty()) {
            invite.go(body);
        }
    };
    let finish = Callback::new(move |()| {
        close.run(());
        toast(msg::staff_invited_toast());
    });
    move || {
        match once.get() {
        Some(once) => view! { <OnceLink once=once done=finish/> }.into_any(),
        None => view! {
            <form class="stack" novalidate on:submit=submit>
                <p class="meta">{msg::staff_invite_text()}</p>
                <TroubleNote trouble=elsewhere(refused, &["name", "email", "roles", "zones"])/>
                <Field label=msg::col_name() error=here(name, msg::staff_name_missing(), "name") let:id>
                    <input id=id class="input" dir="auto" autocomplete="off" maxlength="80" bind:value=name/>
                </Field>
                <Field label=msg::sign_in_email() error=here(email, msg::staff_email_missing(), "email") let:id>
                    <input id=id class="input ltr" dir="ltr" type="email" inputmode="email" autocomplete="off"
                        autocapitalize="none" spellcheck="false" bind:value=email/>
                </Field>
                <Choose chosen=chosen trouble=refused/>
                <Show when=none>
                    <p class="field-trouble" role="alert"><Icon name="circle-alert" class="sm"/><span>{msg::roles_missing()}</span></p>
                </Show>
                <div class="btn-row">
                    <Button on_press=move || close.run(())>{msg::step_up_not_now()}</Button>
                    <Button kind=Kind::Primary submit=true busy=invite.busy()>{msg::staff_invite_do()}</Button>
                </div>
            </form>
        }
        .into_any(),
    }
    }
}
