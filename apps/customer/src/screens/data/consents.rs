//! What one agreed to, when, and in which version of the words. Offers may be declined at any time;
//! without the terms and the notice there is no account.

use super::on_day;
use crate::msg;
use crate::parts::legal::{TextRow, icon, name, version};
use client::Key;
use client::agreement::CONSENTS;
use client::cache::cached;
use client::press::press;
use contract_privacy::{ChangeConsent, ChangeConsents, Consent, Consents, Purpose};
use leptos::prelude::*;
use ui::{Icon, SkeletonRows, TroubleNote, toast};

#[component]
pub fn MyConsents() -> impl IntoView {
    let consents = cached::<Consents>(|| Some(CONSENTS.to_owned()));
    let rows = move |consents: &Consents| {
        let rows = consents
            .items
            .iter()
            .cloned()
            .map(|consent| {
                if consent.purpose.can_be_withdrawn() {
                    view! { <Switched consent=consent /> }.into_any()
                } else {
                    view! { <TextRow purpose=consent.purpose about=story(&consent) /> }.into_any()
                }
            })
            .collect_view();
        view! { <div class="card flush rows">{rows}</div> }.into_any()
    };
    view! {
        <section class="stack sm">
            <h2>{msg::consents_title()}</h2>
            {move || match consents.get() {
                Some(consents) => rows(&consents),
                None if consents.trouble().is_some() => ().into_any(),
                None => {
                    view! {
                        <div class="card flush">
                            <SkeletonRows n=3 />
                        </div>
                    }
                        .into_any()
                }
            }}
            <TroubleNote
                trouble=Signal::derive(move || {
                    consents.trouble().filter(|_| consents.get().is_none())
                })
                on_retry=move || consents.refresh()
            />
        </section>
    }
}

/// When it was given or taken back, and in which version.
fn story(consent: &Consent) -> String {
    let version = version(consent.version.as_ref().unwrap_or(&consent.current_version));
    match (consent.purpose, consent.given, consent.at) {
        (Purpose::PrivacyNotice, true, Some(at)) => msg::consent_told(on_day(at), version),
        (_, true, Some(at)) => msg::consent_agreed(on_day(at), version),
        (_, false, Some(at)) => msg::consent_stopped(on_day(at)),
        (Purpose::Marketing, _, None) => msg::consent_never().to_owned(),
        (_, _, None) => msg::consent_not_answered().to_owned(),
    }
}

#[component]
fn Switched(consent: Consent) -> impl IntoView {
    let (purpose, given) = (consent.purpose, consent.given);
    let (title, about) = (ui::fresh_id("consent"), ui::fresh_id("consent"));
    let on = RwSignal::new(given);
    let version = consent.current_version.clone();
    let change = press(
        move |given: bool, key: Key| {
            let item = ChangeConsent {
                purpose,
                given,
                version: version.clone(),
            };
            async move {
                let body = ChangeConsents { items: vec![item] };
                client::api::put::<_, Consents>(CONSENTS, &body, key).await
            }
        },
        |consents: Consents| {
            let on = consents
                .items
                .iter()
                .any(|c| c.purpose.can_be_withdrawn() && c.given);
            client::cache::put(CONSENTS, consents);
            toast(if on {
                msg::consent_on()
            } else {
                msg::consent_off()
            });
        },
    );
    let refused = change.trouble();
    // What the server did not take is shown as it is.
    Effect::new(move |_| {
        if refused.with(Option::is_some) {
            on.set(given);
            client::cache::invalidate(CONSENTS);
        }
    });
    view! {
        <div>
            <label class="row">
                <span class="glyph plain">
                    <Icon name=icon(purpose) />
                </span>
                <span class="grow">
                    <span class="t" id=title.clone()>
                        {name(purpose)}
                    </span>
                    <span class="s" id=about.clone()>
                        {story(&consent)}
                        " · "
                        {msg::consent_marketing_text()}
                    </span>
                </span>
                <input
                    type="checkbox"
                    class="switch"
                    role="switch"
                    aria-labelledby=title
                    aria-describedby=about
                    aria-busy=move || change.busy().get().to_string()
                    prop:checked=move || on.get()
                    on:change:target=move |event| {
                        on.set(event.target().checked());
                        change.go(on.get_untracked());
                    }
                />
            </label>
            <TroubleNote trouble=refused />
        </div>
    }
}
