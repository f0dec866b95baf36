//! Something is wrong that the app itself does not change: staff put it right.

use super::{REQUESTS, look_again, on_day, open_of};
use crate::msg;
use client::Key;
use client::cache::Cached;
use client::press::press;
use contract_privacy::{AskPrivacy, PrivacyRequest, PrivacyRequests, RequestKind};
use leptos::prelude::*;
use ui::{Dialog, Field, TroubleNote, elsewhere, field_error, toast};

/// Characters, as the server counts them.
const LONGEST: &str = "1000";

#[component]
pub fn Correct(requests: Cached<PrivacyRequests>) -> impl IntoView {
    let open = RwSignal::new(false);
    let waiting = open_of(requests, RequestKind::Correction);
    view! {
        <section class="stack sm">
            <h2>{msg::correction_title()}</h2>
            {move || match waiting.get() {
                Some(request) => {
                    view! {
                        <p class="meta">{msg::correction_waits(on_day(request.due_at))}</p>
                    }
                        .into_any()
                }
                None => {
                    view! {
                        <p class="meta">{msg::correction_text()}</p>
                        <button
                            type="button"
                            class="btn secondary block"
                            on:click=move |_| open.set(true)
                        >
                            {msg::correction_open()}
                        </button>
                    }
                        .into_any()
                }
            }}
            <Dialog open=open title=msg::correction_dialog()>
                <Form close=Callback::new(move |()| open.set(false)) />
            </Dialog>
        </section>
    }
}

#[component]
fn Form(close: Callback<()>) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    let send = press(
        |text: String, key: Key| async move {
            let body = AskPrivacy::Correction { text };
            client::api::post::<_, PrivacyRequest>(REQUESTS, &body, key).await
        },
        move |_| {
            close.run(());
            look_again();
            toast(msg::correction_sent());
        },
    );
    let refused = field_error(send.trouble(), "text");
    let error = Signal::derive(move || {
        let empty = tried.get() && text.with(|text| text.trim().is_empty());
        empty
            .then(|| msg::correction_missing().to_owned())
            .or_else(|| refused.get())
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let text = text.get_untracked().trim().to_owned();
        if !text.is_empty() {
            send.go(text);
        }
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <TroubleNote trouble=elsewhere(send.trouble(), &["text"]) />
            <Field
                label=msg::correction_field()
                hint=msg::correction_hint()
                error=error
                let:field
            >
                <textarea
                    id=field.id
                    class="input"
                    rows="4"
                    maxlength=LONGEST
                    dir="auto"
                    bind:value=text
                ></textarea>
            </Field>
            <div class="btn-row">
                <button type="button" class="btn secondary" on:click=move |_| close.run(())>
                    {msg::correction_keep()}
                </button>
                <button
                    type="submit"
                    class="btn primary"
                    aria-busy=move || send.busy().get().to_string()
                >
                    {msg::correction_send()}
                </button>
            </div>
        </form>
    }
}
