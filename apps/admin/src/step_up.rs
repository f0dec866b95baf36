//! "Prove it is you": asked when the server wants a fresh second factor, in one dialog for the whole
//! console. What waited for it then goes on by itself.

use crate::msg;
use crate::security::FACTOR;
use client::{passkey, press, step_up};
use contract_identity::SecondFactor;
use leptos::prelude::*;
use ui::{
    Button, Field, Icon, Kind, Proof, ProofInput, StepUpDialog, TroubleNote, elsewhere, field_error,
};

#[component]
pub fn StepUp() -> impl IntoView {
    view! {
        <StepUpDialog title=msg::step_up_title() question=|close| view! { <Question close=close/> }.into_any()/>
    }
}

#[component]
fn Question(close: Callback<()>) -> impl IntoView {
    let proof = Proof::new();
    let tried = RwSignal::new(false);
    let factor = client::cached::<SecondFactor>(|| Some(FACTOR.to_owned()));
    let has_key = move || passkey::available() && factor.get().is_some_and(|f| f.passkeys > 0);
    // None: with a passkey.
    let prove = press(
        |code: Option<String>, _| async move {
            match code {
                Some(code) => step_up::prove(&code).await,
                None => step_up::prove_with_passkey().await,
            }
        },
        |()| {},
    );
    let refused = prove.trouble();
    // A code counts once: the next try needs the next one.
    Effect::new(move |_| {
        if refused.with(Option::is_some) {
            tried.set(false);
            proof.code.set(String::new());
        }
    });
    let send = move || {
        tried.set(true);
        if untrack(|| proof.is_whole()) {
            prove.go(Some(proof.typed()));
        }
    };
    let of_code = field_error(refused, "code");
    let error = Signal::derive(move || {
        if tried.get() && !proof.is_whole() {
            Some(proof.short().to_owned())
        } else {
            of_code.get()
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <p class="muted">{msg::step_up_text()}</p>
            <TroubleNote trouble=elsewhere(refused, &["code"])/>
            <Field label=move || proof.label() hint=move || proof.hint() error=error let:field>
                <ProofInput field=field proof=proof autofocus=true on_full=Callback::new(move |_| send())/>
            </Field>
            <Show when=has_key>
                <Button busy=prove.busy() on_press=move || prove.go(None)>
                    <Icon name="fingerprint"/>{msg::sign_in_passkey()}
                </Button>
            </Show>
            <div class="btn-row">
                <Button on_press=move || close.run(())>{msg::step_up_not_now()}</Button>
                <Button kind=Kind::Primary submit=true busy=prove.busy()>{msg::step_up_do()}</Button>
            </div>
        </form>
    }
}
