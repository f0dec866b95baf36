//! What went wrong or is worth knowing, where it belongs.

use crate::{Action, Button, Icon, IconName, Kind, Size, Sla, SlaGlyph, msg};
use client::{Trouble, TroubleKind};
use leptos::prelude::*;

/// A note in place. With `sla` it takes that state's tint; `icon` replaces the state's shape.
/// `alert`: said at once when it appears.
#[component]
pub fn Note(
    #[prop(optional, into)] sla: Option<Sla>,
    #[prop(optional, into)] icon: Option<IconName>,
    #[prop(optional)] alert: bool,
    #[prop(optional, into)] class: String,
    children: Children,
) -> impl IntoView {
    let shape = match (icon, sla) {
        (Some(icon), _) => Some(view! { <Icon name=icon/> }.into_any()),
        (None, Some(sla)) => Some(view! { <SlaGlyph sla=sla/> }.into_any()),
        (None, None) => None,
    };
    view! {
        <div
            class=format!("note {class}")
            data-sla=sla.map(Sla::as_str)
            role=alert.then_some("alert")
        >
            {shape}
            <div class="note-in">{children()}</div>
        </div>
    }
}

/// The state that tints a trouble: waiting for the network is no failure.
fn tint(kind: TroubleKind) -> (Sla, &'static str) {
    match kind {
        TroubleKind::Offline => (Sla::Watch, "wifi-off"),
        TroubleKind::Timeout => (Sla::Watch, "hourglass"),
        TroubleKind::SignedOut => (Sla::Paused, "log-out"),
        TroubleKind::Refused => (Sla::Risk, "circle-alert"),
        TroubleKind::Broken => (Sla::Breach, "circle-alert"),
    }
}

/// Why something gave nothing: what happened, what it means, what to do, and for our own faults the
/// number that support can look up. Offers to try again where that may help.
#[component]
pub fn TroubleNote(
    #[prop(into)] trouble: Signal<Option<Trouble>>,
    #[prop(optional, into)] on_retry: Option<Action>,
) -> impl IntoView {
    move || {
        trouble.get().map(|trouble| {
            let (sla, icon) = tint(trouble.kind);
            let retry = on_retry
                .clone()
                .filter(|_| trouble.can_retry())
                .map(|action| {
                    view! {
                        <Button kind=Kind::Secondary size=Size::Small on_press=move || action.run()>
                            {msg::try_again()}
                        </Button>
                    }
                });
            let support = (trouble.kind == TroubleKind::Broken)
                .then_some(trouble.request_id)
                .flatten()
                .map(|id| view! { " "<span class="micro">{msg::for_support(id)}</span> });
            view! {
                <Note sla=sla icon=icon alert=true class="trouble">
                    <span>{trouble.detail}{support}</span>
                    {retry}
                </Note>
            }
            .into_any()
        })
    }
}

/// A trouble in one small line under what caused it; with `field`, only that field's part.
#[component]
pub fn FieldTrouble(
    #[prop(into)] trouble: Signal<Option<Trouble>>,
    #[prop(optional, into)] field: Option<String>,
) -> impl IntoView {
    let words = move || {
        trouble.with(|trouble| {
            let trouble = trouble.as_ref()?;
            match &field {
                Some(field) => trouble.of_field(field).map(str::to_owned),
                None => Some(trouble.detail.clone()),
            }
        })
    };
    view! {
        <span class="field-trouble" role="status">
            {move || words().map(|words| view! { <Icon name="circle-alert" class="sm"/><span>{words}</span> })}
        </span>
    }
}

/// The words of one refused field, for a `Field`'s `error`.
pub fn field_error(
    trouble: impl Into<Signal<Option<Trouble>>>,
    field: &'static str,
) -> Signal<Option<String>> {
    let trouble = trouble.into();
    Signal::derive(move || {
        trouble.with(|trouble| trouble.as_ref()?.of_field(field).map(str::to_owned))
    })
}

/// The trouble, unless its words stand at one of these fields already.
pub fn elsewhere(
    trouble: impl Into<Signal<Option<Trouble>>>,
    fields: &'static [&'static str],
) -> Signal<Option<Trouble>> {
    let trouble = trouble.into();
    Signal::derive(move || {
        trouble
            .get()
            .filter(|trouble| fields.iter().all(|field| trouble.of_field(field).is_none()))
    })
}

/// Stands over the screen while the server can't be reached.
#[component]
pub fn OfflineBar() -> impl IntoView {
    let online = client::online();
    view! {
        <div role="status">
            {move || (!online.get()).then(|| view! {
                <div class="offline"><Icon name="wifi-off"/><span>{msg::offline_bar()}</span></div>
            })}
        </div>
    }
}

/// Offers a newer version; never reloads by itself.
#[component]
pub fn UpdateBar() -> impl IntoView {
    let ready = client::pwa::update_ready();
    view! {
        <div role="status">
            {move || ready.get().then(|| view! {
                <div class="offline update">
                    <Icon name="refresh-cw"/><span>{msg::update_ready()}</span>
                    <button type="button" class="link" on:click=|_| client::pwa::apply_update()>
                        {msg::update_now()}
                    </button>
                </div>
            })}
        </div>
    }
}
