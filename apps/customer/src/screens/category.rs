//! The services of one category.

use crate::msg;
use crate::parts::words::{least, sar_from};
use crate::place::{Chosen, chosen};
use crate::screens::home::{category_of, within};
use crate::shell::{Screen, Tab, use_title};
use client::cache::cached;
use contract_bookings::Here;
use contract_catalog::CatalogTree;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use ui::i18n::t;
use ui::{Icon, Note, SkeletonRows, TroubleNote};

#[component]
pub fn CategoryScreen() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("category").unwrap_or_default()));
    let tree = cached::<CatalogTree>(|| Some("/v1/catalog".to_owned()));
    let place = chosen();
    let here = cached::<Here>(move || place.with(|p| p.as_ref().map(Chosen::here_path)));
    let category = Memo::new(move |_| slug.with(|slug| category_of(&tree.get(), slug)));
    let here = Memo::new(move |_| {
        here.get().and_then(|here| {
            slug.with(|slug| {
                here.categories
                    .iter()
                    .find(|c| c.category.as_str() == slug)
                    .cloned()
            })
        })
    });
    let name = move || {
        category.with(|category| {
            category
                .as_ref()
                .map_or_else(|| msg::category_title().to_owned(), |c| t(&c.name))
        })
    };
    use_title(name);
    let unknown = move || tree.get().is_some() && category.with(Option::is_none);
    view! {
        <Screen class="page-list" back=Signal::stored("/".to_owned()) tab=Tab::Home>
            <main class="list">
                <div class="stack sm">
                    <h1>{name}</h1>
                    <p class="muted">
                        {move || category.with(|c| c.as_ref().map(|c| t(&c.description)))}
                    </p>
                </div>
                {move || {
                    here.get()
                        .map(|here| match (here.served, here.arrive_within_minutes) {
                            (false, _) => {
                                view! { <Note icon="map-pin">{msg::category_not_served()}</Note> }
                                    .into_any()
                            }
                            (true, Some(minutes)) => {
                                view! {
                                    <div class="note brand">
                                        <Icon name="shield-check" />
                                        <span>
                                            {place
                                                .with(|p| p.as_ref().map(|p| t(&p.sector_name)))
                                                .map(|sector| {
                                                    msg::category_promise(within(minutes), sector)
                                                })}
                                        </span>
                                    </div>
                                }
                                    .into_any()
                            }
                            (true, None) => ().into_any(),
                        })
                }}
                <TroubleNote
                    trouble=Signal::derive(move || tree.trouble().filter(|_| tree.get().is_none()))
                    on_retry=move || tree.refresh()
                />
                {move || match category.get() {
                    Some(category) => {
                        let visit = category.diagnosis_fee;
                        view! {
                            <ul class="card flush rows">
                                {category
                                    .services
                                    .iter()
                                    .map(|service| {
                                        view! {
                                            <li>
                                                <a class="row" href=format!("/s/{}", service.slug)>
                                                    <span class="grow">
                                                        <span class="t">{t(&service.name)}</span>
                                                        <span class="s">{t(&service.description)}</span>
                                                    </span>
                                                    <span class="end micro">
                                                        {msg::price_from(sar_from(least(service, visit)))}
                                                    </span>
                                                    <Icon name="chevron-right" class="flip" />
                                                </a>
                                            </li>
                                        }
                                    })
                                    .collect_view()}
                            </ul>
                        }
                            .into_any()
                    }
                    None if tree.loading() => view! { <SkeletonRows n=5 /> }.into_any(),
                    None if unknown() => {
                        view! {
                            <div class="state">
                                <h2>{msg::category_unknown()}</h2>
                                <a class="btn primary" href="/">
                                    {msg::not_found_home()}
                                </a>
                            </div>
                        }
                            .into_any()
                    }
                    None => ().into_any(),
                }}
            </main>
        </Screen>
    }
}
