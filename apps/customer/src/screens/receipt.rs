//! The receipt of a booking: every amount with its reason, the VAT, and the QR code the tax
//! authority asks for.

use crate::msg;
use crate::parts::pay::brand_label;
use crate::parts::price;
use crate::shell::{Screen, require_sign_in, use_title};
use client::cache::cached;
use contract_bookings::{MoneyState, Receipt};
use kernel::{BookingId, Money};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use ui::format::{clock12, day, hijri};
use ui::i18n::t;
use ui::{Icon, Qr, ReceiptLine, Skeleton, TroubleNote};

#[component]
pub fn ReceiptScreen() -> impl IntoView {
    use_title(|| msg::receipt_title().to_owned());
    let signed_in = require_sign_in();
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| {
            params
                .get("booking")
                .and_then(|id| id.parse::<BookingId>().ok())
        })
    });
    let receipt = cached::<Receipt>(move || {
        let id = id.get()?;
        signed_in
            .get()
            .then(|| format!("/v1/bookings/{id}/receipt"))
    });
    let back = Signal::derive(move || {
        id.get()
            .map_or_else(|| "/bookings".to_owned(), |id| format!("/b/{id}"))
    });
    view! {
        <Screen class="page-plain page-receipt" back=back>
            <main class="lone stack">
                <h1>{msg::receipt_title()}</h1>
                {move || match receipt.get() {
                    Some(receipt) => view! { <Paper receipt=(*receipt).clone() /> }.into_any(),
                    None if receipt.loading() => view! { <Skeleton lines=10 /> }.into_any(),
                    None => ().into_any(),
                }}
                <TroubleNote
                    trouble=Signal::derive(move || receipt.trouble())
                    on_retry=move || receipt.refresh()
                />
            </main>
        </Screen>
    }
}

#[component]
fn Paper(receipt: Receipt) -> impl IntoView {
    let now = client::clock::now();
    let issued = receipt.issued_at;
    let mut lines = price::lines(&receipt.lines);
    lines.extend(price::extra_lines(&receipt.materials));
    let mut deduct = |label: &str, why: &str, amount: Money| {
        if !amount.is_zero() {
            lines.push(ReceiptLine {
                label: label.to_owned(),
                why: Some(why.to_owned()),
                amount,
            });
        }
    };
    deduct(
        msg::receipt_remedy(),
        msg::receipt_remedy_why(),
        -receipt.remedy,
    );
    let card = receipt
        .card
        .as_ref()
        .map(|card| msg::card_ending(brand_label(&card.brand), card.last4.clone()));
    let status = match receipt.status {
        MoneyState::None => msg::receipt_nothing(),
        MoneyState::Held => msg::receipt_held(),
        MoneyState::Charged => msg::receipt_charged(),
        MoneyState::Returned => msg::receipt_returned(),
    };
    view! {
        <div class="receipt-head stack sm">
            <div class="flex between start">
                <div>
                    <b>{t(&receipt.seller_name)}</b>
                    <p class="micro">
                        {msg::receipt_vat_number()} " "
                        <span class="num">{receipt.vat_number.clone()}</span>
                    </p>
                </div>
                <span class="num b">{receipt.reference.clone()}</span>
            </div>
            <p class="meta">
                {t(&receipt.service_name)} <br /> {day(issued, now)} ", " {clock12(issued)} <br />
                <span class="micro">{hijri(issued)}</span>
            </p>
        </div>
        <price::PriceReceipt lines=lines total=receipt.total vat=receipt.vat />
        <p class="meta flex">
            <Icon name="credit-card" class="sm" />
            <span>
                <b>{status}</b>
                {card.map(|card| format!(" · {card}"))}
            </span>
        </p>
        {receipt
            .qr
            .clone()
            .map(|qr| {
                view! {
                    <figure class="qr-figure">
                        <Qr text=qr />
                        <figcaption class="micro">{msg::receipt_qr()}</figcaption>
                    </figure>
                }
            })}
        <button
            type="button"
            class="btn secondary block no-print"
            on:click=move |_| {
                let _ = window().print();
            }
        >
            <Icon name="printer" />
            <span>{msg::receipt_print()}</span>
        </button>
    }
}
