//! The end of the account: what happens, what stands against it, and the question.

use super::leaving::Leaving;
use super::obstacles::Obstacles;
use super::{HOME, NotRead, look_again, my_requests, open_of};
use crate::msg;
use crate::parts::step_up::StepUp;
use crate::shell::{Screen, replace, use_title};
use client::Key;
use client::cache::Cached;
use client::press::press;
use contract_privacy::{PrivacyRequest, PrivacyRequests, RequestKind};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use ui::{Dialog, Icon, Skeleton, TroubleNote, toast};

const ERASURE: &str = "/v1/me/erasure";

#[component]
pub fn DeleteAccount() -> impl IntoView {
    use_title(|| msg::delete_title().to_owned());
    let requests = my_requests();
    let leaving = open_of(requests, RequestKind::Erasure);
    view! {
        <Screen class="page-list page-data" back=Signal::stored(HOME.to_owned())>
            <main class="list">
                <h1>{msg::delete_title()}</h1>
                <Leaving requests=requests />
                {move || match requests.get() {
                    Some(requests) => whole(requests.grace_days),
                    None if requests.trouble().is_some() => ().into_any(),
                    None => view! { <Skeleton lines=8 /> }.into_any(),
                }}
                <NotRead requests=requests />
                <Show when=move || requests.get().is_some() && leaving.with(Option::is_none)>
                    <Against requests=requests />
                    <Ask requests=requests />
                </Show>
            </main>
            <StepUp />
        </Screen>
    }
}

/// What happens, in the order in which it does.
fn whole(grace_days: u32) -> AnyView {
    let grace = msg::delete_grace_title(i64::from(grace_days));
    let steps = [
        ("undo-2", grace, msg::delete_grace_text()),
        (
            "trash-2",
            msg::delete_gone_title().to_owned(),
            msg::delete_gone_text(),
        ),
        (
            "scale",
            msg::delete_stays_title().to_owned(),
            msg::delete_stays_text(),
        ),
        (
            "phone",
            msg::delete_phone_title().to_owned(),
            msg::delete_phone_text(),
        ),
    ];
    let rows = steps
        .into_iter()
        .map(|(icon, title, text)| {
            view! {
                <li class="row start">
                    <span class="glyph plain">
                        <Icon name=icon />
                    </span>
                    <span class="grow">
                        <span class="t">{title}</span>
                        <span class="s">{text}</span>
                    </span>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="card flush rows">{rows}</ol> }.into_any()
}

#[component]
fn Against(requests: Cached<PrivacyRequests>) -> impl IntoView {
    let against = Memo::new(move |_| {
        requests
            .get()
            .map(|requests| requests.obstacles.clone())
            .unwrap_or_default()
    });
    view! {
        <section class="stack sm" aria-labelledby="against">
            <h2 id="against">{msg::against_title()}</h2>
            {move || match against.get() {
                none if none.is_empty() => {
                    view! {
                        <p class="meta flex">
                            <Icon name="circle-check" class="sm" />
                            <span>{msg::against_none()}</span>
                        </p>
                    }
                        .into_any()
                }
                some => {
                    view! {
                        <Obstacles of=some />
                        <p class="meta">{msg::against_text()}</p>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}

#[component]
fn Ask(requests: Cached<PrivacyRequests>) -> impl IntoView {
    let open = RwSignal::new(false);
    let grace_days = Memo::new(move |_| requests.get().map_or(0, |requests| requests.grace_days));
    view! {
        <div class="stack sm">
            <button type="button" class="btn danger block" on:click=move |_| open.set(true)>
                {msg::delete_ask()}
            </button>
            <a class="btn ghost block" href=HOME>
                {msg::delete_keep()}
            </a>
        </div>
        <Dialog open=open title=msg::delete_question()>
            <Question grace_days=grace_days close=Callback::new(move |()| open.set(false)) />
        </Dialog>
    }
}

#[component]
fn Question(grace_days: Memo<u32>, close: Callback<()>) -> impl IntoView {
    let sure = RwSignal::new(false);
    let tried = RwSignal::new(false);
    let navigate = use_navigate();
    let ask = press(
        |(), key: Key| async move { client::api::post::<_, PrivacyRequest>(ERASURE, &(), key).await },
        move |_| {
            close.run(());
            look_again();
            toast(msg::delete_asked());
            navigate(HOME, replace());
        },
    );
    let missing = move || tried.get() && !sure.get();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if sure.get_untracked() {
            ask.go(());
        }
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <p>{move || msg::delete_when(i64::from(grace_days.get()))}</p>
            <div>
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=sure
                        aria-invalid=move || missing().then_some("true")
                        aria-describedby="not-sure"
                        on:change:target=move |event| sure.set(event.target().checked())
                    />
                    <span>{msg::delete_sure()}</span>
                </label>
                <span class="field-trouble" id="not-sure" role="status">
                    {move || {
                        missing()
                            .then(|| {
                                view! {
                                    <Icon name="circle-alert" class="sm" />
                                    <span>{msg::delete_sure_missing()}</span>
                                }
                            })
                    }}
                </span>
            </div>
            <TroubleNote trouble=ask.trouble() />
            <div class="btn-row">
                <button type="button" class="btn secondary" on:click=move |_| close.run(())>
                    {msg::delete_keep()}
                </button>
                <button
                    type="submit"
                    class="btn danger solid"
                    aria-busy=move || ask.busy().get().to_string()
                >
                    {msg::delete_do()}
                </button>
            </div>
        </form>
    }
}
