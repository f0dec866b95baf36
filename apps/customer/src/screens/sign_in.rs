//! Signing in: a phone number, the code sent to it, and a name the first time.

use crate::msg;
use crate::parts::another_code::AnotherCode;
use crate::parts::legal::TextLinks;
use crate::screens::begin::begin_path;
use crate::shell::{Screen, replace, safe_next, sign_in_path, use_title};
use client::agreement::{Agreement, Standing};
use client::press::press;
use client::session::{self, Session, session};
use client::{Key, TroubleKind};
use contract_identity::{ChangeProfile, CodeSent, Profile};
use kernel::Phone;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use ui::{CodeInput, Field, PhoneInput, TroubleNote};

#[derive(Clone, PartialEq)]
enum Step {
    Phone,
    Code(CodeSent),
    Name,
}

#[component]
pub fn SignInScreen() -> impl IntoView {
    let query = use_query_map();
    let next = Memo::new(move |_| query.with(|query| safe_next(query.get("next"))));
    let step = RwSignal::new(match session().get_untracked() {
        Some(session) if !session.is_named() => Step::Name,
        _ => Step::Phone,
    });
    let phone = RwSignal::new(String::new());
    let navigate = use_navigate();
    let onward = move || navigate(&next.get_untracked(), replace());
    let signed_in = Memo::new(move |_| session().with(Option::is_some));
    // Now, or already, such as in another tab: what comes next follows from what is agreed to.
    {
        let (onward, navigate) = (onward.clone(), use_navigate());
        let Agreement { consents, standing } = expect_context();
        Effect::new(move |_| {
            if !signed_in.get() {
                return;
            }
            let named = || session().with_untracked(|s| s.as_ref().is_some_and(Session::is_named));
            match standing.get() {
                Standing::Open if named() => onward(),
                Standing::Open => step.set(Step::Name),
                Standing::Unknown if consents.trouble().is_none() => {}
                // Asked there, or told why it is not known; and then back to here.
                _ => {
                    let here = sign_in_path(&next.get_untracked());
                    navigate(&begin_path(&here), replace());
                }
            }
        });
    }
    let title = move || match step.get() {
        Step::Phone => msg::sign_in_title(),
        Step::Code(_) => msg::code_title_sign_in(),
        Step::Name => msg::name_title(),
    };
    use_title(move || title().to_owned());
    view! {
        <Screen class="page-plain page-sign-in" back=Signal::stored("/".to_owned())>
            <main class="lone stack lg">
                <h1>{title}</h1>
                {move || {
                    let onward = onward.clone();
                    match step.get() {
                        Step::Phone => view! { <AskPhone phone=phone step=step /> }.into_any(),
                        Step::Code(sent) => {
                            view! { <AskCode phone=phone sent=sent step=step signed_in=signed_in /> }
                                .into_any()
                        }
                        Step::Name => view! { <AskName onward=onward /> }.into_any(),
                    }
                }}
            </main>
        </Screen>
    }
}

#[component]
fn AskPhone(phone: RwSignal<String>, step: RwSignal<Step>) -> impl IntoView {
    let typed = RwSignal::new(phone.get_untracked());
    let error = RwSignal::new(None::<String>);
    let send = press(
        |phone: String, _: Key| async move { session::ask_code(&phone).await },
        move |sent| step.set(Step::Code(sent)),
    );
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        match Phone::parse(&typed.get_untracked()) {
            Ok(number) => {
                error.set(None);
                phone.set(number.e164().to_owned());
                send.go(number.e164().to_owned());
            }
            Err(_) => error.set(Some(msg::phone_wrong().to_owned())),
        }
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <p class="muted">{msg::sign_in_text()}</p>
            <Field label=msg::phone_label() error=error let:field>
                <PhoneInput value=typed id=field.id autofocus=true />
            </Field>
            <TroubleNote trouble=send.trouble() />
            <button
                type="submit"
                class="btn primary big block"
                aria-busy=move || send.busy().get().to_string()
            >
                {msg::phone_send()}
            </button>
            <p class="micro">{msg::sign_in_terms()}</p>
            <TextLinks />
        </form>
    }
}

#[component]
fn AskCode(
    phone: RwSignal<String>,
    sent: CodeSent,
    step: RwSignal<Step>,
    signed_in: Memo<bool>,
) -> impl IntoView {
    let code = RwSignal::new(String::new());
    let challenge = sent.challenge;
    let check = press(
        move |code: String, _: Key| async move { session::sign_in(challenge, &code).await },
        |_| {},
    );
    // A wrong code is typed again from the start.
    Effect::new(move |_| {
        let refused = check
            .trouble()
            .with(|t| t.as_ref().is_some_and(|t| t.kind == TroubleKind::Refused));
        if refused {
            code.set(String::new());
        }
    });
    let again = press(
        move |(), _: Key| async move { session::ask_code(&phone.get_untracked()).await },
        move |sent| step.set(Step::Code(sent)),
    );
    view! {
        <form
            class="stack"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                check.go(code.get_untracked());
            }
        >
            <p class="muted">
                {msg::code_sent_to()} " "
                <span class="num">{move || ui::format::phone(&phone.get())}</span> " "
                <button type="button" class="link tap" on:click=move |_| step.set(Step::Phone)>
                    {msg::edit()}
                </button>
            </p>
            <CodeInput length=6 value=code autofocus=true on_full=move |code: String| check.go(code) />
            <TroubleNote trouble=check.trouble() />
            <button
                type="submit"
                class="btn primary big block"
                aria-busy=move || (check.busy().get() || signed_in.get()).to_string()
            >
                {msg::code_check()}
            </button>
            <AnotherCode resend_after_s=sent.resend_after_s again=again />
        </form>
    }
}

#[component]
fn AskName(onward: impl Fn() + Clone + 'static) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    let skip = onward.clone();
    let save = press(
        |name: String, key: Key| async move {
            let change = ChangeProfile {
                name: Some(name),
                lang: None,
            };
            client::api::patch::<_, Profile>("/v1/me", &change, key).await
        },
        move |profile: Profile| {
            session::set_name(&profile.name);
            client::cache::put("/v1/me", profile);
            onward();
        },
    );
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = name.get_untracked().trim().to_owned();
        if typed.is_empty() {
            error.set(Some(msg::name_missing().to_owned()));
        } else {
            error.set(None);
            save.go(typed);
        }
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <p class="muted">{msg::name_text()}</p>
            <Field label=msg::name_label() error=error let:field>
                <span class="input">
                    <input
                        id=field.id
                        autocomplete="name"
                        maxlength="80"
                        dir="auto"
                        prop:value=name
                        on:input:target=move |event| name.set(event.target().value())
                    />
                </span>
            </Field>
            <TroubleNote trouble=save.trouble() />
            <button
                type="submit"
                class="btn primary big block"
                aria-busy=move || save.busy().get().to_string()
            >
                {msg::name_save()}
            </button>
            <button type="button" class="btn ghost block" on:click=move |_| skip()>
                {msg::name_later()}
            </button>
        </form>
    }
}
