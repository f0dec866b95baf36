//! The customer's side and the vendor's: who to call.

use crate::{msg, words};
use contract_bookings::JobPeople;
use kernel::JobId;
use leptos::prelude::*;
use ui::format::date;
use ui::{Icon, Skeleton, TroubleNote, t};

#[component]
pub fn People(job: JobId) -> impl IntoView {
    let people: client::Cached<JobPeople> =
        client::cached(move || Some(format!("/v1/staff/jobs/{job}/people")));
    view! {
        <TroubleNote trouble=Signal::derive(move || people.trouble()) on_retry=Callback::new(move |()| people.refresh())/>
        {move || people.loading().then(|| view! { <Skeleton lines=4/> })}
        {move || people.get().map(|people| view! { <Sides people=(*people).clone()/> })}
    }
}

#[component]
fn Sides(people: JobPeople) -> impl IntoView {
    let customer = people.customer;
    let nameless = customer.erased || customer.name.trim().is_empty();
    let name = if customer.erased {
        msg::erased_account().to_owned()
    } else if nameless {
        msg::no_name().to_owned()
    } else {
        customer.name
    };
    let bookings = msg::customer_bookings(i64::from(customer.bookings));
    view! {
        <h3>{msg::customer_side()}</h3>
        <div class="person">
            <span class="avatar" aria-hidden="true">{if nameless { view! { <Icon name="user-round"/> }.into_any() } else { words::initials(&name).into_any() }}</span>
            <div class="person-text">
                <b>{name}</b>
                <p class="meta">
                    {if customer.erased {
                        bookings.into_any()
                    } else {
                        view! { {msg::customer_since(date(customer.since, client::now()))}<span class="dot-sep">{bookings}</span> }.into_any()
                    }}
                </p>
            </div>
            <Call phone=customer.phone/>
        </div>
        <h3 class="mt">{msg::vendor_side()}</h3>
        {match (people.technician, people.vendor) {
            (None, None) => view! { <p class="meta">{msg::vendor_none()}</p> }.into_any(),
            (technician, vendor) => view! {
                {technician.map(|technician| {
                    let name = t(&technician.name);
                    view! {
                        <div class="person">
                            <span class="avatar" aria-hidden="true">{words::initials(&name)}</span>
                            <div class="person-text">
                                <b>{name}</b>
                                <p class="meta">{if technician.on_shift { msg::on_shift_now() } else { msg::why_off_shift() }}</p>
                            </div>
                            <Call phone=technician.phone/>
                        </div>
                    }
                })}
                {vendor.map(|vendor| view! {
                    <div class="person">
                        <span class="avatar" aria-hidden="true"><Icon name="store"/></span>
                        <div class="person-text">
                            <b>{t(&vendor.name)}</b>
                            <p class="meta">{msg::vendor_tier(tier(vendor.tier.as_str()))}{(!vendor.active).then(|| view! { <span class="dot-sep">{msg::vendor_paused()}</span> })}</p>
                        </div>
                    </div>
                })}
            }.into_any(),
        }}
    }
}

fn tier(slug: &str) -> String {
    match slug {
        "basic" => msg::tier_basic().to_owned(),
        "growth" => msg::tier_growth().to_owned(),
        "premium" => msg::tier_premium().to_owned(),
        other => other.to_owned(),
    }
}

#[component]
fn Call(phone: Option<String>) -> impl IntoView {
    phone.map(|phone| {
        let href = format!("tel:{}", phone.replace(' ', ""));
        view! {
            <a class="btn secondary sm" href=href>
                <Icon name="phone"/><span class="num">{phone}</span>
            </a>
        }
    })
}
