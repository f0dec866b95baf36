//! A link that is shown once, to be handed to the person it is for.

use crate::copy::CopyButton;
use crate::msg;
use kernel::Time;
use leptos::prelude::*;
use ui::format::when;
use ui::{Button, Field, Kind, Note};

#[derive(Debug, Clone, PartialEq)]
pub struct Once {
    pub link: String,
    pub until: Time,
}

#[component]
pub fn OnceLink(once: Once, #[prop(into)] done: Callback<()>) -> impl IntoView {
    let text = once.link.clone();
    request_animation_frame(|| ui::focus("once-link"));
    view! {
        <div class="stack once" id="once-link" tabindex="-1">
            <Note icon="key-round">{msg::link_once(when(once.until, client::now()))}</Note>
            <Field label=msg::link_label() let:id>
                <input id=id class="input ltr" dir="ltr" readonly value=once.link on:focus:target=|event| event.target().select()/>
            </Field>
            <div class="btn-row">
                <CopyButton text=text/>
                <Button kind=Kind::Primary on_press=move || done.run(())>{msg::link_done()}</Button>
            </div>
        </div>
    }
}
