//! Recovery codes: how many are left, and new ones, which are shown once.

use super::FACTOR;
use crate::copy::CopyButton;
use crate::msg;
use client::api::post_once;
use client::{handy, press};
use contract_identity::{RecoveryCodes, SecondFactor};
use leptos::prelude::*;
use ui::{Button, Dialog, Icon, Kind, Note, Sla, TroubleNote};

/// So few left are worth a word.
const FEW: u32 = 3;
const FILE: &str = "khidma-recovery-codes.txt";

#[component]
pub fn KeptCodes(
    factor: Memo<Option<SecondFactor>>,
    codes: RwSignal<Option<Vec<String>>>,
) -> impl IntoView {
    let asking = RwSignal::new(false);
    let renew = press(
        |(), _| post_once::<_, RecoveryCodes>("/v1/me/recovery-codes", &()),
        move |made| {
            client::invalidate(FACTOR);
            asking.set(false);
            codes.set(Some(made.codes));
        },
    );
    let has_app = move || factor.with(|f| f.as_ref().is_some_and(|f| f.has_app));
    let left = move || factor.with(|f| f.as_ref().map_or(0, |f| f.recovery_codes_left));
    let few = move || has_app() && left() <= FEW && codes.with(Option::is_none);
    view! {
        <section class="card stack" aria-labelledby="kept-heading">
            <div class="setting">
                <div class="grow">
                    <h3 id="kept-heading">{msg::kept_title()}</h3>
                    <p class="meta">{move || msg::kept_left(i64::from(left()))}</p>
                </div>
                <Show when=move || has_app() && codes.with(Option::is_none)>
                    <Button on_press=move || asking.set(true)>
                        <Icon name="key-round"/>{msg::kept_renew()}
                    </Button>
                </Show>
            </div>
            <Show when=few>
                <Note sla=Sla::Watch icon="circle-alert">{msg::kept_few()}</Note>
            </Show>
            {move || codes.get().map(|made| shown_once(made, codes))}
            <Dialog open=asking title=msg::kept_renew_title()>
                <p class="muted">{msg::kept_renew_text()}</p>
                <TroubleNote trouble=renew.trouble() on_retry=move || renew.go(())/>
                <div class="btn-row">
                    <Button on_press=move || asking.set(false)>{msg::kept_renew_not()}</Button>
                    <Button kind=Kind::Primary busy=renew.busy() on_press=move || renew.go(())>
                        {msg::kept_renew_do()}
                    </Button>
                </div>
            </Dialog>
        </section>
    }
}

fn shown_once(made: Vec<String>, codes: RwSignal<Option<Vec<String>>>) -> AnyView {
    let text = made.join("\n");
    let file = format!("{}\n\n{text}\n", msg::kept_file_head());
    let rows = made
        .into_iter()
        .map(|code| view! { <li><code class="ltr">{code}</code></li> })
        .collect_view();
    request_animation_frame(|| ui::focus("kept-new"));
    view! {
        <div class="stack">
            <h4 id="kept-new" tabindex="-1">{msg::kept_new()}</h4>
            <Note icon="info">{msg::kept_once()}</Note>
            <ol class="kept">{rows}</ol>
            <div class="btn-row">
                <CopyButton text=text/>
                <Button on_press=move || handy::save(FILE, &file)><Icon name="download"/>{msg::save_file()}</Button>
                <Button kind=Kind::Primary on_press=move || codes.set(None)>{msg::kept_done()}</Button>
            </div>
        </div>
    }
    .into_any()
}
