//! One request: whose it is, what it says, what an erasure has done, and the answer.

use super::answer::Answers;
use super::{Due, LIST, path_of, words};
use crate::msg;
use contract_privacy::{ErasureStep, PrivacyRequestDetail, RequestKind};
use kernel::PrivacyRequestId;
use leptos::prelude::*;
use leptos_router::components::A;
use ui::format::when;
use ui::{Icon, Note, RequestPill, Skeleton, Sla, TroubleNote, request_words};

#[component]
pub fn Page(
    /// None, where the address names no request.
    request: Option<PrivacyRequestId>,
) -> impl IntoView {
    let detail = client::cached::<PrivacyRequestDetail>(move || request.map(path_of));
    let known = Memo::new(move |_| detail.get().map(|detail| (*detail).clone()));
    view! {
        <div class="page narrow stack lg">
            <div>
                <A href=LIST attr:class="link back">
                    <Icon name="arrow-left" class="sm flip"/>{msg::nav_privacy()}
                </A>
            </div>
            <Show when=move || request.is_none()>
                <Note sla=Sla::Watch icon="circle-alert">{msg::lost_text()}</Note>
            </Show>
            <TroubleNote
                trouble=Signal::derive(move || detail.trouble().filter(|_| detail.get().is_none()))
                on_retry=move || detail.refresh()
            />
            {move || detail.loading().then(|| view! { <div class="card"><Skeleton lines=6/></div> })}
            {move || known.get().map(whole)}
        </div>
    }
}

fn whole(detail: PrivacyRequestDetail) -> AnyView {
    let request = detail.request.clone();
    let erasure = request.kind == RequestKind::Erasure;
    let against = request.obstacles.clone();
    view! {
        {head(&detail)}
        {(!against.is_empty()).then(|| view! {
            <Note sla=Sla::Watch icon="pause">
                <b>{msg::col_waits_for()}</b>": "{words::obstacles(&against)}
            </Note>
        })}
        {request.too_large.then(|| view! {
            <Note sla=Sla::Watch icon="circle-alert">{msg::privacy_too_large()}</Note>
        })}
        {request.text.map(|text| said(msg::privacy_text(), text))}
        {request.extended_for.map(|why| said(msg::privacy_reason(), why))}
        {request.answer.map(|answer| said(msg::privacy_answer(), answer))}
        <Answers detail=detail.clone()/>
        {erasure.then(|| steps(&detail.steps))}
    }
    .into_any()
}

fn head(detail: &PrivacyRequestDetail) -> AnyView {
    let request = &detail.request;
    let now = client::now();
    let fact = |what: &'static str, value: String| {
        view! { <div><dt>{what}</dt><dd><bdi>{value}</bdi></dd></div> }
    };
    let ended = !request.state.is_open();
    let who = detail
        .name
        .clone()
        .unwrap_or_else(|| msg::privacy_erased().to_owned());
    let who = if who.is_empty() {
        msg::no_name().to_owned()
    } else {
        who
    };
    view! {
        <section class="card stack">
            <div class="flex wrap start">
                <div class="grow"><h2>{request_words(request.kind)}</h2></div>
                <RequestPill state=request.state/>
            </div>
            <div><Due urgency=detail.urgency due_at=request.due_at ended=ended/></div>
            <dl class="facts-list stack sm">
                {fact(msg::privacy_who(), who)}
                {detail.phone_end.clone().map(|end| view! {
                    <div><dt>{msg::privacy_phone()}</dt><dd class="num">{end}</dd></div>
                })}
                {fact(msg::col_received(), when(request.received_at, now))}
                {fact(msg::col_due(), when(request.due_at, now))}
                {request.begins_at.filter(|_| !ended).map(|at| fact(msg::privacy_begins(), when(at, now)))}
                {request.ended_at.map(|at| fact(msg::col_ended(), when(at, now)))}
            </dl>
        </section>
    }
    .into_any()
}

/// Somebody's own words, in their direction and with the lines they made.
fn said(by: &'static str, words: String) -> AnyView {
    view! {
        <section class="card stack sm" aria-label=by>
            <h3>{by}</h3>
            <p class="quote" dir="auto">{words}</p>
        </section>
    }
    .into_any()
}

fn steps(steps: &[ErasureStep]) -> AnyView {
    let now = client::now();
    let rows = steps
        .iter()
        .cloned()
        .map(|step| {
            let kept = step
                .kept
                .into_iter()
                .map(|kept| {
                    let what =
                        msg::privacy_kept(words::records(&kept.what), ui::i18n::count(kept.rows as i64));
                    view! { <li class="s"><b>{what}</b>": "{words::basis(kept.basis)}</li> }
                })
                .collect::<Vec<_>>();
            let nothing = kept.is_empty();
            view! {
                <li class="row start">
                    <span class="glyph plain"><Icon name="check"/></span>
                    <div class="grow">
                        <span class="t">{words::holder(&step.holder)}</span>
                        <span class="micro">{when(step.done_at, now)}</span>
                        {nothing.then(|| view! { <span class="s">{msg::privacy_kept_nothing()}</span> })}
                        {(!nothing).then(|| view! { <ul>{kept}</ul> })}
                    </div>
                </li>
            }
        })
        .collect::<Vec<_>>();
    let none = rows.is_empty();
    view! {
        <section class="stack" aria-labelledby="erasure-steps">
            <h2 id="erasure-steps">{msg::privacy_steps()}</h2>
            {if none {
                view! { <p class="meta">{msg::privacy_steps_none()}</p> }.into_any()
            } else {
                view! { <ol class="card flush rows">{rows}</ol> }.into_any()
            }}
        </section>
    }
    .into_any()
}
