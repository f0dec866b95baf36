//! Before one begins: the terms and the privacy notice, agreed to with open eyes. Whoever is new is
//! asked on the way in, whoever agreed to an earlier text when they open the app.

use crate::msg;
use crate::parts::legal::{TextRow, icon, name, version};
use crate::shell::{Screen, replace, safe_next, use_title};
use client::Key;
use client::agreement::{Agreement, CONSENTS, Standing};
use client::press::{Press, press};
use client::session::{self, session};
use contract_privacy::{ChangeConsent, ChangeConsents, Consent, Consents, Outstanding, Purpose};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use ui::{Icon, SkeletonRows, TroubleNote};

const HERE: &str = "/begin";

/// Where whoever has to agree is asked, to go on to `next` afterwards.
pub fn begin_path(next: &str) -> String {
    format!("{HERE}?next={}", js_sys::encode_uri_component(next))
}

/// Leads whoever has still to agree to where they are asked, whatever address they open. The door
/// sees to it itself.
#[component]
pub fn AskedFirst() -> impl IntoView {
    let standing = expect_context::<Agreement>().standing;
    let location = use_location();
    let navigate = use_navigate();
    Effect::new(move |_| {
        let path = location.pathname.get();
        if standing.get() == Standing::Open || matches!(path.as_str(), HERE | "/sign-in") {
            return;
        }
        let here = format!("{path}{}", location.search.get_untracked());
        navigate(&begin_path(&here), replace());
    });
}

#[component]
pub fn BeginScreen() -> impl IntoView {
    let Agreement { consents, standing } = expect_context();
    let query = use_query_map();
    let navigate = use_navigate();
    let next = safe_next(query.with_untracked(|query| query.get("next")));
    let mut gone = false;
    Effect::new(move |_| {
        let onward = match standing.get() {
            _ if session().with(Option::is_none) => "/",
            Standing::Open => &next,
            _ => return,
        };
        if !std::mem::replace(&mut gone, true) {
            navigate(onward, replace());
        }
    });
    let asked = Memo::new(move |_| {
        let consents = consents.get()?;
        let outstanding = consents.outstanding();
        (!outstanding.texts.is_empty()).then_some(outstanding)
    });
    let offers = Memo::new(move |_| {
        let consents = consents.get()?;
        let offers = consents
            .items
            .iter()
            .find(|c| c.purpose == Purpose::Marketing);
        offers.cloned()
    });
    let changed = Memo::new(move |_| asked.with(|a| a.as_ref().is_some_and(|a| a.changed)));
    let title = move || match changed.get() {
        true => msg::begin_changed_title(),
        false => msg::begin_title(),
    };
    use_title(move || title().to_owned());
    let agree = press(
        |items: Vec<ChangeConsent>, key: Key| async move {
            client::api::put::<_, Consents>(CONSENTS, &ChangeConsents { items }, key).await
        },
        |consents: Consents| client::cache::put(CONSENTS, consents),
    );
    let refused = agree.trouble();
    // The texts have changed just now: the new ones are asked for.
    Effect::new(move |_| {
        if refused.with(|t| t.as_ref().is_some_and(|t| t.is("privacy.other_version"))) {
            client::cache::invalidate(CONSENTS);
        }
    });
    let unknown = Signal::derive(move || consents.trouble().filter(|_| consents.get().is_none()));
    view! {
        <Screen class="page-plain page-begin" alone=true>
            <main class="lone stack lg">
                <h1>{title}</h1>
                {move || match asked.get() {
                    Some(asked) => {
                        view! { <Question asked=asked offers=offers.get_untracked() agree=agree /> }
                            .into_any()
                    }
                    None if unknown.with(Option::is_some) => ().into_any(),
                    None => {
                        view! {
                            <div class="card flush">
                                <SkeletonRows n=2 />
                            </div>
                        }
                            .into_any()
                    }
                }}
                <TroubleNote trouble=unknown on_retry=move || consents.refresh() />
                <button
                    type="button"
                    class="btn ghost block"
                    on:click=move |_| session::sign_out()
                >
                    <Icon name="log-out" class="flip" />
                    <span>{msg::sign_out()}</span>
                </button>
            </main>
        </Screen>
    }
}

/// Made anew where other texts are asked for: nobody has agreed to those yet.
#[component]
fn Question(
    asked: Outstanding,
    offers: Option<Consent>,
    agree: Press<Vec<ChangeConsent>>,
) -> impl IntoView {
    let (sure, tried, wanted) = (
        RwSignal::new(false),
        RwSignal::new(false),
        RwSignal::new(false),
    );
    let (tick, why) = (ui::fresh_id("agree"), ui::fresh_id("agree"));
    let missing = move || tried.get() && !sure.get();
    // Asked once, and not again with every new text: the switch is under "Your data".
    let offers = offers.filter(|_| !asked.changed);
    let intro = match asked.changed {
        true => msg::begin_changed_text(),
        false => msg::begin_text(),
    };
    let rows = asked
        .texts
        .iter()
        .map(|text| {
            let version = msg::begin_version(version(&text.current_version));
            view! { <TextRow purpose=text.purpose about=about(text.purpose) more=version /> }
        })
        .collect_view();
    let words = agreement(&asked.texts);
    let submit = {
        let (tick, offers) = (tick.clone(), offers.clone());
        move |event: web_sys::SubmitEvent| {
            event.prevent_default();
            tried.set(true);
            if !sure.get_untracked() {
                ui::focus(&tick);
                return;
            }
            let offers = offers.iter().filter(|_| wanted.get_untracked());
            agree.go(asked.texts.iter().chain(offers).map(given).collect());
        }
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <p class="muted">{intro}</p>
            <div class="card flush rows">{rows}</div>
            <div>
                <label class="check">
                    <input
                        id=tick
                        type="checkbox"
                        prop:checked=sure
                        aria-invalid=move || missing().then_some("true")
                        aria-describedby=why.clone()
                        on:change:target=move |event| sure.set(event.target().checked())
                    />
                    <span>{words}</span>
                </label>
                <span class="field-trouble" id=why role="status">
                    {move || {
                        missing()
                            .then(|| {
                                view! {
                                    <Icon name="circle-alert" class="sm" />
                                    <span>{msg::begin_agree_missing()}</span>
                                }
                            })
                    }}
                </span>
            </div>
            {offers.map(|_| view! { <Offers wanted=wanted /> })}
            <TroubleNote trouble=agree.trouble() />
            <button
                type="submit"
                class="btn primary big block"
                aria-busy=move || agree.busy().get().to_string()
            >
                {msg::begin_do()}
            </button>
        </form>
    }
}

/// Off until somebody wants it.
#[component]
fn Offers(wanted: RwSignal<bool>) -> impl IntoView {
    let (title, about) = (ui::fresh_id("offers"), ui::fresh_id("offers"));
    view! {
        <div class="card flush">
            <label class="row">
                <span class="glyph plain">
                    <Icon name=icon(Purpose::Marketing) />
                </span>
                <span class="grow">
                    <span class="t" id=title.clone()>
                        {name(Purpose::Marketing)}
                    </span>
                    <span class="s" id=about.clone()>
                        {msg::begin_offers_text()}
                    </span>
                </span>
                <input
                    type="checkbox"
                    class="switch"
                    role="switch"
                    aria-labelledby=title
                    aria-describedby=about
                    prop:checked=wanted
                    on:change:target=move |event| wanted.set(event.target().checked())
                />
            </label>
        </div>
    }
}

/// What is in a text.
fn about(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Terms => msg::begin_terms(),
        Purpose::PrivacyNotice => msg::begin_notice(),
        Purpose::Marketing => "",
    }
}

/// What one says by ticking.
fn agreement(texts: &[Consent]) -> &'static str {
    let asks = |purpose| texts.iter().any(|text| text.purpose == purpose);
    match (asks(Purpose::Terms), asks(Purpose::PrivacyNotice)) {
        (true, false) => msg::begin_agree_terms(),
        (false, true) => msg::begin_agree_notice(),
        _ => msg::begin_agree_both(),
    }
}

/// To the very version that was shown.
fn given(text: &Consent) -> ChangeConsent {
    ChangeConsent {
        purpose: text.purpose,
        given: true,
        version: text.current_version.clone(),
    }
}
