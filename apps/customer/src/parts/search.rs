//! Search as it is typed, in both languages at once.

use crate::msg;
use crate::parts::words::{least, sar_from};
use client::cache::cached;
use contract_catalog::{CatalogTree, SearchAnswer, Service};
use leptos::prelude::*;
use std::time::Duration;
use ui::i18n::t;
use ui::{Skeleton, TroubleNote};

/// The services that match what was typed, in either language.
#[component]
pub fn Found(typed: RwSignal<String>) -> impl IntoView {
    let asked = RwSignal::new(typed.get_untracked());
    let timer = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |ran: Option<()>| {
        let text = typed.get();
        if ran.is_none() {
            return;
        }
        if let Some(earlier) = timer.get_value() {
            earlier.clear();
        }
        let handle =
            set_timeout_with_handle(move || asked.set(text.clone()), Duration::from_millis(160));
        timer.set_value(handle.ok());
    });
    on_cleanup(move || {
        if let Some(waiting) = timer.try_get_value().flatten() {
            waiting.clear();
        }
    });
    let answer = cached::<SearchAnswer>(move || {
        let text = asked.get();
        let text = text.trim();
        (!text.is_empty()).then(|| {
            format!(
                "/v1/catalog/search?q={}&lang={}",
                js_sys::encode_uri_component(text),
                ui::i18n::lang().as_str()
            )
        })
    });
    view! {
        <p class="vh" role="status">
            {move || answer.get().map(|answer| msg::search_found(answer.items.len() as i64))}
        </p>
        {move || match answer.get() {
            Some(answer) if answer.items.is_empty() => {
                view! {
                    <div class="state">
                        <h2>{msg::search_none_title()}</h2>
                        <p>{msg::search_none_text()}</p>
                    </div>
                }
                    .into_any()
            }
            Some(answer) => {
                view! {
                    <div class="card flush rows">
                        {answer
                            .items
                            .iter()
                            .map(|service| {
                                view! {
                                    <a class="row" href=format!("/s/{}", service.slug)>
                                        <span class="grow">
                                            <span class="t">{t(&service.name)}</span>
                                            <span class="s clip">{t(&service.description)}</span>
                                        </span>
                                        <span class="end micro">
                                            {least_of(service).map(|from| msg::price_from(sar_from(from)))}
                                        </span>
                                    </a>
                                }
                            })
                            .collect_view()}
                    </div>
                }
                    .into_any()
            }
            None => {
                view! {
                    <Skeleton lines=3 />
                    <TroubleNote
                        trouble=Signal::derive(move || answer.trouble())
                        on_retry=move || answer.refresh()
                    />
                }
                    .into_any()
            }
        }}
    }
}

/// What a service costs at least, where the catalog is here to tell the visit's fee.
fn least_of(service: &Service) -> Option<kernel::Money> {
    let tree = client::cache::peek::<CatalogTree>("/v1/catalog")?;
    let category = tree
        .categories
        .iter()
        .find(|category| category.slug == service.category)?;
    Some(least(service, category.diagnosis_fee))
}
