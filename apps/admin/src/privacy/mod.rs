//! Requests about personal data: what waits for an answer and how long still, and what was answered.

mod answer;
mod list;
mod page;
mod words;

use crate::rights::may;
use crate::{frame, msg};
use contract_privacy::{PrivacyRequestDetail, Urgency};
use kernel::access::Permission;
use kernel::{PrivacyRequestId, Time};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use list::List;
use page::Page;
use ui::{Empty, Sla, SlaGlyph};

const REQUESTS: &str = "/v1/privacy/requests";
const LIST: &str = "/admin/privacy";

/// The list, or one of them where the address names it.
#[component]
pub fn Privacy() -> impl IntoView {
    frame::set_title(msg::nav_privacy());
    if !may(Permission::PrivacyRead) {
        return view! { <div class="page"><Empty title=msg::privacy_not_yours() text=msg::console_not_yours_text()/></div> }
            .into_any();
    }
    let params = use_params_map();
    let named = Memo::new(move |_| params.with(|p| p.get("id")));
    (move || match named.get() {
        Some(id) => {
            let request = id.parse::<PrivacyRequestId>().ok();
            view! { <Page request=request/> }.into_any()
        }
        None => view! { <List/> }.into_any(),
    })
    .into_any()
}

fn path_of(id: PrivacyRequestId) -> String {
    format!("{REQUESTS}/{id}")
}

/// What a command answered is what the page shows; lists are read again.
fn took(detail: PrivacyRequestDetail) {
    let path = path_of(detail.request.id);
    client::put(&path, detail);
    client::invalidate(&format!("{REQUESTS}?"));
}

const fn sla(urgency: Urgency) -> Sla {
    match urgency {
        Urgency::Calm => Sla::Safe,
        Urgency::Half => Sla::Watch,
        Urgency::Late => Sla::Risk,
        Urgency::Overdue => Sla::Breach,
    }
}

/// The time left of an open request, or whether one that ended was in time: shape, word and tint.
#[component]
fn Due(urgency: Urgency, due_at: Time, ended: bool) -> impl IntoView {
    let sla = sla(urgency);
    let word = words::urgency(urgency, ended);
    if ended {
        return view! { <span class="sla-tag" data-sla=sla.as_str()><SlaGlyph sla=sla/>{word}</span> }
            .into_any();
    }
    let now = client::use_now();
    let left = move || ui::format::left(due_at.as_millis() - now.get().as_millis());
    view! {
        <span class="sla-tag" data-sla=sla.as_str()>
            <SlaGlyph sla=sla/>
            <span class="num" role="timer" aria-live="off">{left}</span>
        </span>
        <span class="micro block">{word}</span>
    }
    .into_any()
}
