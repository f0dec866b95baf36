//! Another authenticator app in place of the one in use.

use super::FACTOR;
use crate::copy::CopyButton;
use crate::msg;
use client::api::post_once;
use client::{Press, press};
use contract_identity::{ConfirmSecondFactor, RecoveryCodes, SecondFactor, SecondFactorOffer};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use ui::{
    Button, CodeInput, Field, Icon, Kind, Qr, Size, TroubleNote, elsewhere, field_error, toast,
};

#[component]
pub fn AuthenticatorApp(
    factor: Memo<Option<SecondFactor>>,
    codes: RwSignal<Option<Vec<String>>>,
) -> impl IntoView {
    let offer = RwSignal::new(None::<SecondFactorOffer>);
    let ask = press(
        |(), _| post_once::<_, SecondFactorOffer>(FACTOR, &()),
        move |made| offer.set(Some(made)),
    );
    let confirm = press(
        |code: String, _| async move {
            let body = ConfirmSecondFactor { code };
            post_once::<_, RecoveryCodes>("/v1/me/second-factor/confirm", &body).await
        },
        move |made: RecoveryCodes| {
            client::invalidate(FACTOR);
            offer.set(None);
            codes.set(Some(made.codes));
            toast(msg::app_changed());
        },
    );
    let has_app = move || factor.with(|f| f.as_ref().is_some_and(|f| f.has_app));
    view! {
        <section class="card stack" aria-labelledby="app-heading">
            <div class="setting">
                <div class="grow">
                    <h3 id="app-heading">{msg::app_title()}</h3>
                    <p class="meta">{move || if has_app() { msg::app_in_use() } else { msg::app_none() }}</p>
                </div>
                <Show when=move || has_app() && offer.with(Option::is_none)>
                    <Button busy=ask.busy() on_press=move || ask.go(())>
                        <Icon name="smartphone"/>{msg::app_another()}
                    </Button>
                </Show>
            </div>
            <TroubleNote trouble=ask.trouble() on_retry=move || ask.go(())/>
            {move || offer.get().map(|made| enrolment(&made, confirm, offer))}
        </section>
    }
}

fn enrolment(
    made: &SecondFactorOffer,
    confirm: Press<String>,
    offer: RwSignal<Option<SecondFactorOffer>>,
) -> AnyView {
    let code = RwSignal::new(String::new());
    let tried = RwSignal::new(false);
    let of_code = field_error(confirm.trouble(), "code");
    let error = Signal::derive(move || {
        let short = tried.get() && code.with(String::len) != 6;
        short
            .then(|| ui::msg::app_code_short().to_owned())
            .or_else(|| of_code.get())
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let typed = code.get_untracked();
        if typed.len() == 6 {
            confirm.go(typed);
        }
    };
    request_animation_frame(|| ui::focus("enrol-heading"));
    view! {
        <form class="enrol stack" novalidate on:submit=submit>
            <h4 id="enrol-heading" tabindex="-1">{msg::enrol_title()}</h4>
            <div class="enrol-scan">
                <Qr text=made.uri.clone() label=msg::enrol_qr()/>
                <div class="stack sm">
                    <p>{msg::enrol_scan()}</p>
                    <p class="meta">{msg::enrol_type()}</p>
                    <code class="secret ltr">{in_fours(&made.secret)}</code>
                    <div>
                        <CopyButton text=made.secret.clone() size=Size::Small/>
                    </div>
                </div>
            </div>
            <TroubleNote trouble=elsewhere(confirm.trouble(), &["code"])/>
            <Field label=msg::enrol_code() hint=msg::enrol_code_hint() error=error let:id>
                <CodeInput id=id length=6 value=code on_full=Callback::new(move |typed| confirm.go(typed))/>
            </Field>
            <div class="btn-row">
                <Button on_press=move || offer.set(None)>{msg::enrol_keep_old()}</Button>
                <Button kind=Kind::Primary submit=true busy=confirm.busy()>{msg::enrol_do()}</Button>
            </div>
        </form>
    }
    .into_any()
}

/// `ABCD EFGH …`: four letters at a time are read and typed without losing one's place.
fn in_fours(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}
