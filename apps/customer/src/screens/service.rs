//! One service: what is wanted, when, and what it costs and promises at this place.

use crate::draft::{Draft, draft};
use crate::msg;
use crate::parts::price;
use crate::parts::quote::{QuotePanel, quoting};
use crate::parts::slots::WhenPicker;
use crate::parts::words::{sar, sar_from};
use crate::place::{Chosen, chosen};
use crate::shell::{Screen, sign_in_path, use_title};
use client::cache::cached;
use client::session::session;
use contract_catalog::{CatalogTree, LineKind, PriceLine, Service};
use kernel::{Money, PLATFORM_FEE, Slug, Text};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map};
use ui::i18n::t;
use ui::{Amount, Icon, Skeleton, TroubleNote};

#[component]
pub fn ServiceScreen() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("service").unwrap_or_default()));
    let tree = cached::<CatalogTree>(|| Some("/v1/catalog".to_owned()));
    let service = Memo::new(move |_| {
        let tree = tree.get()?;
        slug.with(|slug| {
            tree.categories
                .iter()
                .flat_map(|category| category.services.iter().map(move |s| (category, s)))
                .find(|(_, service)| service.slug.as_str() == slug)
                .map(|(category, service)| (service.clone(), category.diagnosis_fee))
        })
    });
    let name = move || {
        service.with(|service| {
            service
                .as_ref()
                .map_or_else(|| msg::service_title().to_owned(), |(s, _)| t(&s.name))
        })
    };
    use_title(name);
    let back = Signal::derive(move || {
        service.with(|service| match service {
            Some((service, _)) => format!("/c/{}", service.category),
            None => "/".to_owned(),
        })
    });
    view! {
        <Screen class="page-checkout page-service" back=back>
            <main class="checkout">
                <div class="stack sm head">
                    <h1>{name}</h1>
                    <p class="muted">
                        {move || service.with(|s| s.as_ref().map(|(s, _)| t(&s.description)))}
                    </p>
                </div>
                {move || match service.get() {
                    Some((service, visit)) => {
                        view! { <Wanted service=service visit=visit /> }.into_any()
                    }
                    None if tree.loading() => view! { <Skeleton lines=6 /> }.into_any(),
                    None if tree.get().is_some() => {
                        view! {
                            <div class="state">
                                <h2>{msg::service_unknown()}</h2>
                                <a class="btn primary" href="/">
                                    {msg::not_found_home()}
                                </a>
                            </div>
                        }
                            .into_any()
                    }
                    None => {
                        view! {
                            <TroubleNote
                                trouble=Signal::derive(move || tree.trouble())
                                on_retry=move || tree.refresh()
                            />
                        }
                            .into_any()
                    }
                }}
            </main>
        </Screen>
    }
}

/// Options, quantity and hour; beside them the price.
#[component]
fn Wanted(service: Service, visit: Money) -> impl IntoView {
    let kept = draft()
        .get_untracked()
        .filter(|draft| draft.service == service.slug)
        .unwrap_or_else(|| Draft::new(service.slug.clone()));
    let options = RwSignal::new(kept.options.clone());
    let quantity = RwSignal::new(kept.quantity.clamp(1, service.max_quantity.max(1)));
    // A slot chosen yesterday may have passed.
    let slot = RwSignal::new(kept.slot.filter(|slot| *slot > client::clock::now()));
    let place = chosen();
    let wanted = Memo::new({
        let slug = service.slug.clone();
        move |_| Draft {
            service: slug.clone(),
            options: options.get(),
            quantity: quantity.get(),
            slot: slot.get(),
            quote: None,
        }
    });
    let quoting = quoting(
        Signal::derive(move || {
            session().get()?;
            let pin = place.with(|place| place.as_ref().map(|place| place.pin))?;
            Some(wanted.with(|wanted| wanted.ask(pin)))
        }),
        false,
    );
    Effect::new(move |_| {
        let quote = quoting.quote.with(|quote| quote.as_ref().map(|q| q.id));
        draft().set(Some(Draft {
            quote,
            ..wanted.get()
        }));
    });
    let here = format!("/s/{}", service.slug);
    let pin_path = format!("/pin?next={}", js_sys::encode_uri_component(&here));
    let sign_in = sign_in_path(&here);
    let navigate = use_navigate();
    let onward = move |_| {
        if let Some(quote) = quoting
            .quote
            .with_untracked(|quote| quote.as_ref().map(|q| q.id))
        {
            navigate(&format!("/checkout/{quote}"), NavigateOptions::default());
        }
    };
    let of = StoredValue::new(service.clone());
    let estimate = Memo::new(move |_| {
        of.with_value(|service| list_price(service, &options.get(), quantity.get(), visit))
    });
    let signed_in = move || session().get().is_some();
    let placed = move || place.with(Option::is_some);
    view! {
        <div class="stack lg">
            {(!service.options.is_empty())
                .then(|| view! { <Options service=service.clone() options=options /> })}
            {(service.max_quantity > 1)
                .then(|| view! { <Quantity quantity=quantity most=service.max_quantity /> })}
            <WhenPicker at=slot />
            <section class="stack sm">
                <h2>{msg::service_where()}</h2>
                <div class="card flush rows">
                    <div class="row">
                        <span class="glyph plain">
                            <Icon name="map-pin" />
                        </span>
                        <span class="grow">
                            <span class="t">
                                {move || {
                                    place
                                        .with(|p| p.as_ref().map(Chosen::title))
                                        .unwrap_or_else(|| msg::service_no_place().to_owned())
                                }}
                            </span>
                            <span class="s">
                                {move || place.with(|p| p.as_ref().map(|p| p.note.clone()))}
                            </span>
                        </span>
                        <a class="link tap" href=pin_path.clone()>
                            {move || if placed() { msg::edit() } else { msg::place_set() }}
                        </a>
                    </div>
                </div>
            </section>
        </div>
        <section class="stack sm price" aria-label=msg::price_title()>
            {move || {
                if signed_in() && placed() {
                    view! { <QuotePanel quoting=quoting /> }.into_any()
                } else {
                    let (lines, total) = estimate.get();
                    let vat = total.vat_inside(kernel::VAT_BASIS_POINTS);
                    view! {
                        <h2>{msg::price_list_title()}</h2>
                        <price::PriceReceipt lines=price::lines(&lines) total=total vat=vat />
                        <p class="micro">{msg::price_list_hint()}</p>
                    }
                        .into_any()
                }
            }}
        </section>
        <footer class="dock">
            {move || {
                if !placed() {
                    view! {
                        <a class="btn primary big block" href=pin_path.clone()>
                            {msg::service_set_place()}
                        </a>
                    }
                        .into_any()
                } else if !signed_in() {
                    view! {
                        <a class="btn primary big block" href=sign_in.clone()>
                            {msg::service_sign_in()}
                        </a>
                    }
                        .into_any()
                } else {
                    let onward = onward.clone();
                    view! {
                        <button
                            type="button"
                            class="btn primary big block"
                            aria-busy=move || quoting.busy.get().to_string()
                            disabled=move || quoting.quote.with(Option::is_none)
                            on:click=onward
                        >
                            <span>{msg::service_continue()}</span>
                            {move || {
                                quoting
                                    .quote
                                    .with(|q| q.as_ref().map(|q| q.total))
                                    .map(|total| view! { <Amount value=total /> })
                            }}
                        </button>
                    }
                        .into_any()
                }
            }}
        </footer>
    }
}

/// What the list says, for readers we can't ask a price for yet: no surcharge, no promise.
fn list_price(
    service: &Service,
    options: &[Slug],
    quantity: u32,
    visit: Money,
) -> (Vec<PriceLine>, Money) {
    let line = |kind, name: Text, amount| PriceLine { kind, name, amount };
    let mut lines = vec![line(
        LineKind::Service,
        service.name.clone(),
        service.base.times(quantity),
    )];
    for option in &service.options {
        if options.contains(&option.slug) {
            let amount = option.price.times(quantity);
            lines.push(line(LineKind::Option, option.name.clone(), amount));
        }
    }
    let both = |text: &str| Text::new(text, text);
    lines.push(line(LineKind::Visit, both(msg::line_visit()), visit));
    lines.push(line(
        LineKind::PlatformFee,
        both(msg::line_platform_fee()),
        PLATFORM_FEE,
    ));
    lines.retain(|line| !line.amount.is_zero());
    let total = lines.iter().map(|line| line.amount).sum();
    (lines, total)
}

#[component]
fn Options(service: Service, options: RwSignal<Vec<Slug>>) -> impl IntoView {
    view! {
        <fieldset class="bare stack sm">
            <legend class="h2">{msg::service_options()}</legend>
            <div class="card flush rows">
                {service
                    .options
                    .into_iter()
                    .map(|option| {
                        let slug = option.slug.clone();
                        let of = option.slug.clone();
                        let minutes = i64::from(option.extra_minutes);
                        view! {
                            <label class="row option">
                                <span class="check">
                                    <input
                                        type="checkbox"
                                        prop:checked=move || options.with(|o| o.contains(&of))
                                        on:change:target=move |event| {
                                            let on = event.target().checked();
                                            options
                                                .update(|all| {
                                                    all.retain(|o| *o != slug);
                                                    if on {
                                                        all.push(slug.clone());
                                                    }
                                                });
                                        }
                                    />
                                </span>
                                <span class="grow">
                                    <span class="t">{t(&option.name)}</span>
                                    {(minutes > 0)
                                        .then(|| {
                                            view! {
                                                <span class="s">{msg::option_minutes(minutes)}</span>
                                            }
                                        })}
                                </span>
                                <span class="end">{msg::option_price(sar_from(option.price))}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
}

#[component]
fn Quantity(quantity: RwSignal<u32>, most: u32) -> impl IntoView {
    let step = move |by: i32| {
        quantity.update(|n| *n = n.saturating_add_signed(by).clamp(1, most));
    };
    view! {
        <div class="flex between" role="group" aria-labelledby="quantity">
            <h2 id="quantity">{msg::service_quantity()}</h2>
            <div class="stepper">
                <button
                    type="button"
                    class="btn secondary icon"
                    aria-label=msg::quantity_less()
                    disabled=move || quantity.get() <= 1
                    on:click=move |_| step(-1)
                >
                    <Icon name="minus" />
                </button>
                <output class="b num" aria-live="polite">
                    {move || quantity.get()}
                </output>
                <button
                    type="button"
                    class="btn secondary icon"
                    aria-label=msg::quantity_more()
                    disabled=move || { quantity.get() >= most }
                    on:click=move |_| step(1)
                >
                    <Icon name="plus" />
                </button>
            </div>
        </div>
    }
}

/// The sentence about a price that ended and what it is now.
pub fn renewed(old: kernel::Time, total: Money) -> String {
    msg::quote_renewed(ui::format::clock12(old), sar(total))
}
