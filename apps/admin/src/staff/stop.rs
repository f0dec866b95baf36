//! An account that nobody signs in to, and its return.

use super::{path_of, took};
use crate::msg;
use client::{Key, press};
use contract_identity::{DisableStaff, EnableStaff, StaffMember};
use leptos::prelude::*;
use std::sync::Arc;
use ui::{Button, Dialog, Field, Icon, Kind, TroubleNote, elsewhere, field_error, toast};

#[component]
pub fn Disable(member: Arc<StaffMember>) -> impl IntoView {
    let (id, version) = (member.id, member.version);
    let (open, tried) = (RwSignal::new(false), RwSignal::new(false));
    let reason = RwSignal::new(String::new());
    let disable = press(
        move |reason: String, key: Key| async move {
            let body = DisableStaff { version, reason };
            client::post::<_, StaffMember>(&format!("{}/disable", path_of(id)), &body, key).await
        },
        move |member| {
            open.set(false);
            took(member);
            toast(msg::staff_disabled_toast());
        },
    );
    let of_reason = field_error(disable.trouble(), "reason");
    let error = Signal::derive(move || {
        let empty = tried.get() && reason.with(|r| r.trim().is_empty());
        empty
            .then(|| msg::disable_reason_missing().to_owned())
            .or_else(|| of_reason.get())
    });
    let go = move || {
        tried.set(true);
        let reason = reason.get_untracked().trim().to_owned();
        if !reason.is_empty() {
            disable.go(reason);
        }
    };
    view! {
        <section class="card setting">
            <span class="grow">{msg::disable_text()}</span>
            <Button kind=Kind::Danger on_press=move || open.set(true)><Icon name="ban"/>{msg::disable()}</Button>
        </section>
        <Dialog open=open title=msg::disable_title()>
            <p class="muted">{msg::disable_what()}</p>
            <TroubleNote trouble=elsewhere(disable.trouble(), &["reason"])/>
            <Field label=msg::disable_reason() hint=msg::disable_reason_hint() error=error let:id>
                <textarea id=id class="input" rows="2" maxlength="500" dir="auto" bind:value=reason></textarea>
            </Field>
            <div class="btn-row">
                <Button on_press=move || open.set(false)>{msg::disable_keep()}</Button>
                <Button kind=Kind::DangerSolid busy=disable.busy() on_press=go>{msg::disable()}</Button>
            </div>
        </Dialog>
    }
}

#[component]
pub fn Enable(member: Arc<StaffMember>) -> impl IntoView {
    let (id, version) = (member.id, member.version);
    let enable = press(
        move |(), key: Key| async move {
            let body = EnableStaff { version };
            client::post::<_, StaffMember>(&format!("{}/enable", path_of(id)), &body, key).await
        },
        |member| {
            took(member);
            toast(msg::staff_enabled_toast());
        },
    );
    view! {
        <section class="card stack">
            <div class="setting">
                <span class="grow">{msg::enable_text()}</span>
                <Button kind=Kind::Primary busy=enable.busy() on_press=move || enable.go(())>{msg::enable()}</Button>
            </div>
            <TroubleNote trouble=enable.trouble()/>
        </section>
    }
}
