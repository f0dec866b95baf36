//! What the customer pays, line by line, and where the money is.

use crate::msg;
use contract_bookings::{BookingView, MoneyState};
use contract_catalog::LineKind;
use kernel::Money;
use leptos::prelude::*;
use ui::format::clock24;
use ui::{Amount, Receipt, ReceiptLine, Skeleton, TroubleNote, t};

#[component]
pub fn Price(booking: client::Cached<BookingView>) -> impl IntoView {
    view! {
        <TroubleNote trouble=Signal::derive(move || booking.trouble()) on_retry=Callback::new(move |()| booking.refresh())/>
        {move || booking.loading().then(|| view! { <Skeleton lines=6/> })}
        {move || booking.get().map(|booking| view! { <Lines booking=(*booking).clone()/> })}
    }
}

#[component]
pub fn Lines(booking: BookingView) -> impl IntoView {
    let mut lines: Vec<ReceiptLine> = booking
        .lines
        .iter()
        .map(|line| ReceiptLine {
            label: t(&line.name),
            why: why(line.kind).map(str::to_owned),
            amount: line.amount,
        })
        .collect();
    if booking.materials.is_positive() {
        lines.push(ReceiptLine {
            label: msg::price_materials().to_owned(),
            why: Some(msg::price_materials_why().to_owned()),
            amount: booking.materials,
        });
    }
    let money = booking.money;
    let row = |name: &'static str, amount: Money| {
        (!amount.is_zero())
            .then(|| view! { <div><dt>{name}</dt><dd><Amount value=amount/></dd></div> })
    };
    let extras = booking
        .extras
        .iter()
        .map(|extra| {
            let state = match extra.state.as_str() {
                "approved" => msg::told_extra_approved(),
                "declined" => msg::told_extra_declined(),
                _ => msg::told_extra_asked(),
            };
            let names = extra
                .lines
                .iter()
                .map(|line| format!("{} × {}", line.quantity, line.name))
                .collect::<Vec<_>>()
                .join(msg::list_comma());
            view! {
                <li class="row">
                    <span class="grow"><span class="t">{names}</span><span class="s">{state}" · "<span class="num">{clock24(extra.requested_at)}</span></span></span>
                    <Amount value=extra.total/>
                </li>
            }
        })
        .collect_view();
    let some_extras = !booking.extras.is_empty();
    view! {
        <Receipt lines=lines total=booking.total + booking.materials vat=booking.vat/>
        <dl class="money-state mt">
            <div><dt>{msg::money_where()}</dt><dd><b>{money_word(money.state)}</b></dd></div>
            {row(msg::money_held(), money.held)}
            {row(msg::money_charged(), money.charged)}
            {row(msg::money_returned(), money.returned)}
            {row(msg::money_fee(), booking.fee)}
            {row(msg::money_remedy(), booking.remedy)}
        </dl>
        {some_extras.then(|| view! {
            <h3 class="mt">{msg::price_extras()}</h3>
            <ul class="rows">{extras}</ul>
        })}
    }
}

fn why(kind: LineKind) -> Option<&'static str> {
    Some(match kind {
        LineKind::PlatformFee => msg::line_platform_fee(),
        LineKind::Visit => msg::line_visit(),
        LineKind::Surcharge => msg::line_surcharge(),
        LineKind::Benefit => msg::line_benefit(),
        LineKind::Material => msg::price_materials_why(),
        LineKind::Service | LineKind::Option => return None,
    })
}

pub fn money_word(state: MoneyState) -> &'static str {
    match state {
        MoneyState::None => msg::money_none(),
        MoneyState::Held => msg::money_is_held(),
        MoneyState::Charged => msg::money_is_charged(),
        MoneyState::Returned => msg::money_is_returned(),
    }
}
