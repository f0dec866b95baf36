//! An extra cost: what for, how much, the photographed receipt, and the customer's decision.

use crate::msg;
use crate::parts::pay::{Paid, PayForm, PayWith, payment};
use crate::parts::price;
use crate::parts::words::sar;
use client::cache::cached;
use client::press::press;
use client::{Key, Trouble};
use contract_bookings::{ApproveExtra, ExtraPayment, ExtraView, UploadLink};
use kernel::{ExtraCostId, Money, VAT_BASIS_POINTS};
use leptos::prelude::*;
use ui::{Icon, Sheet, Skeleton, TroubleNote};

/// The card that asks, and the sheet behind it.
#[component]
pub fn PendingExtra(extra: ExtraView, name: String) -> impl IntoView {
    let open = RwSignal::new(false);
    let total = extra.total;
    let of = StoredValue::new(extra);
    view! {
        <section class="card stack ask-extra" aria-label=msg::extra_title()>
            <div class="flex start">
                <span class="glyph">
                    <Icon name="receipt" />
                </span>
                <span class="grow">
                    <b>{msg::extra_asks(name, sar(total))}</b>
                    <p class="meta">{msg::extra_clock_stands()}</p>
                </span>
            </div>
            <button type="button" class="btn primary block" on:click=move |_| open.set(true)>
                {msg::extra_review()}
            </button>
        </section>
        <Sheet open=open title=msg::extra_title()>
            <Decide extra=of.get_value() close=move || open.set(false) />
        </Sheet>
    }
}

#[component]
fn Decide(extra: ExtraView, close: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let id = extra.id;
    let total = extra.total;
    let booking = extra.booking;
    let upload = extra.receipt;
    let photo = cached::<UploadLink>(move || Some(format!("/v1/uploads/{upload}")));
    let news = move || {
        client::cache::invalidate(&format!("/v1/bookings/{booking}"));
        close();
    };
    let paying = payment(
        move |with: PayWith, key: Key| approve(id, with, key),
        move || {
            news();
            ui::toast(msg::extra_approved_toast().to_owned());
        },
    );
    let decline = press(
        move |(), key: Key| async move {
            let path = format!("/v1/extra-costs/{id}/decline");
            client::api::post::<_, ExtraView>(&path, &(), key).await
        },
        move |_| {
            news();
            ui::toast(msg::extra_declined_toast().to_owned());
        },
    );
    view! {
        <div class="stack">
            <price::PriceReceipt
                lines=price::extra_lines(&extra.lines)
                total=total
                vat=vat_inside(total)
            />
            <figure class="receipt-photo">
                {move || match photo.get() {
                    Some(link) => {
                        view! {
                            <a href=link.url.clone() target="_blank" rel="noopener">
                                <img src=link.url.clone() alt=msg::extra_photo_alt() loading="lazy" />
                            </a>
                        }
                            .into_any()
                    }
                    None => view! { <Skeleton lines=4 /> }.into_any(),
                }}
                <figcaption class="micro">{msg::extra_photo()}</figcaption>
            </figure>
            <TroubleNote
                trouble=Signal::derive(move || photo.trouble())
                on_retry=move || photo.refresh()
            />
            <h3>{msg::pay_method()}</h3>
            <PayForm id="pay-extra" payment=paying />
            <div class="note">
                <Icon name="info" />
                <span>{msg::extra_held()}</span>
            </div>
            <div class="btn-row wide-first">
                <button
                    type="button"
                    class="btn secondary"
                    aria-busy=move || decline.busy().get().to_string()
                    on:click=move |_| decline.go(())
                >
                    {msg::extra_decline()}
                </button>
                <button
                    type="submit"
                    form="pay-extra"
                    class="btn primary"
                    aria-busy=move || paying.busy().get().to_string()
                >
                    {msg::extra_approve(sar(total))}
                </button>
            </div>
            <p class="micro">{msg::extra_decline_hint()}</p>
            <TroubleNote trouble=decline.trouble() on_retry=move || decline.go(()) />
        </div>
    }
}

async fn approve(id: ExtraCostId, with: PayWith, key: Key) -> Result<Paid, Trouble> {
    let command = ApproveExtra {
        card_token: with.card_token,
        card: with.card,
        save: with.save,
    };
    let path = format!("/v1/extra-costs/{id}/approve");
    let answer: ExtraPayment = client::api::post(&path, &command, key).await?;
    Ok(Paid::of(answer.challenge_url))
}

fn vat_inside(amount: Money) -> Money {
    amount.vat_inside(VAT_BASIS_POINTS)
}
