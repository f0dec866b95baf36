//! "Prove it is you", for whoever signs in with a telephone: a code by text message, as at the door.
//! What waited for it then goes on by itself.

use crate::msg;
use crate::parts::another_code::AnotherCode;
use client::press::{Press, press};
use client::step_up;
use contract_identity::CodeSent;
use leptos::prelude::*;
use ui::{CodeInput, Field, StepUpDialog, TroubleNote, elsewhere, field_error};

/// Stands in every screen whose commands may lead to the question.
#[component]
pub fn StepUp() -> impl IntoView {
    view! {
        <StepUpDialog
            title=msg::prove_title()
            question=|close| view! { <Question close=close /> }.into_any()
        />
    }
}

#[component]
fn Question(close: Callback<()>) -> impl IntoView {
    let sent = RwSignal::new(None::<CodeSent>);
    let ask = press(
        |(), _| step_up::ask_code(),
        move |answer| sent.set(Some(answer)),
    );
    move || match sent.get() {
        None => view! { <First ask=ask close=close /> }.into_any(),
        Some(sent) => view! { <Code sent=sent ask=ask close=close /> }.into_any(),
    }
}

/// No message is sent, and paid for, before somebody wants it.
#[component]
fn First(ask: Press<()>, close: Callback<()>) -> impl IntoView {
    view! {
        <div class="stack">
            <p class="muted">{msg::prove_text()}</p>
            <TroubleNote trouble=ask.trouble() />
            <div class="btn-row">
                <NotNow close=close />
                <button
                    type="button"
                    class="btn primary"
                    autofocus=true
                    aria-busy=move || ask.busy().get().to_string()
                    on:click=move |_| ask.go(())
                >
                    {msg::phone_send()}
                </button>
            </div>
        </div>
    }
}

#[component]
fn Code(sent: CodeSent, ask: Press<()>, close: Callback<()>) -> impl IntoView {
    let code = RwSignal::new(String::new());
    let challenge = sent.challenge;
    let prove = press(
        move |code: String, _| async move { step_up::prove_by_phone(challenge, &code).await },
        |()| {},
    );
    let refused = prove.trouble();
    // A wrong code is typed again from the start.
    Effect::new(move |_| {
        if refused.with(Option::is_some) {
            code.set(String::new());
        }
    });
    view! {
        <form
            class="stack"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                prove.go(code.get_untracked());
            }
        >
            <p class="muted" role="status">
                {msg::prove_sent()}
            </p>
            <TroubleNote trouble=elsewhere(refused, &["code"]) />
            <Field
                label=ui::msg::code_label(6)
                error=field_error(refused, "code")
                let:field
            >
                {
                    let id = field.id.clone();
                    request_animation_frame(move || ui::focus(&id));
                }
                <CodeInput
                    id=field.id
                    length=6
                    value=code
                    on_full=move |code: String| prove.go(code)
                />
            </Field>
            <div class="btn-row">
                <NotNow close=close />
                <button
                    type="submit"
                    class="btn primary"
                    aria-busy=move || prove.busy().get().to_string()
                >
                    {msg::prove_do()}
                </button>
            </div>
            <AnotherCode resend_after_s=sent.resend_after_s again=ask />
        </form>
    }
}

#[component]
fn NotNow(close: Callback<()>) -> impl IntoView {
    view! {
        <button type="button" class="btn secondary" on:click=move |_| close.run(())>
            {msg::prove_not_now()}
        </button>
    }
}
