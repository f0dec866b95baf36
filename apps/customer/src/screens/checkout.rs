//! The last look before booking: what, where, when, how much; then the card.

use crate::draft::draft;
use crate::msg;
use crate::parts::pay::{Paid, PayForm, PayWith, payment};
use crate::parts::quote::{QuotePanel, Quoting, quoting};
use crate::parts::words::{promised_arrival, sar};
use crate::place::chosen;
use crate::shell::{Screen, replace, require_sign_in, use_title};
use client::cache::cached;
use client::{Key, Trouble};
use contract_bookings::{BookingView, CreateBooking, Pay, PaymentView, QuoteView};
use kernel::{BookingId, QuoteId};
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};
use ui::i18n::t;
use ui::{Amount, Icon, Note, Skeleton, Steps, TroubleNote};

#[component]
pub fn Checkout() -> impl IntoView {
    use_title(|| msg::checkout_title().to_owned());
    let signed_in = require_sign_in();
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| {
            params
                .get("quote")
                .and_then(|id| id.parse::<QuoteId>().ok())
        })
    });
    let given = cached::<QuoteView>(move || {
        let id = id.get()?;
        signed_in.get().then(|| format!("/v1/quotes/{id}"))
    });
    let back = Signal::derive(move || {
        given
            .get()
            .map_or_else(|| "/".to_owned(), |quote| format!("/s/{}", quote.service))
    });
    view! {
        <Screen class="page-checkout" back=back bar=Signal::stored(msg::checkout_title().to_owned())>
            <main class="checkout">
                <div class="stack sm head">
                    <h1 class="vh">{msg::checkout_title()}</h1>
                    <Steps n=2 of=2 />
                </div>
                {move || match given.get() {
                    Some(quote) => view! { <Review given=(*quote).clone() /> }.into_any(),
                    None if given.loading() => view! { <Skeleton lines=8 /> }.into_any(),
                    None => {
                        view! {
                            <TroubleNote
                                trouble=Signal::derive(move || given.trouble())
                                on_retry=move || given.refresh()
                            />
                        }
                            .into_any()
                    }
                }}
            </main>
        </Screen>
    }
}

#[component]
fn Review(given: QuoteView) -> impl IntoView {
    let place = chosen();
    let kept = draft()
        .get_untracked()
        .filter(|d| d.service == given.service);
    // Only the draft knows the options; without it an ended price is asked for on its own screen.
    let can_renew = kept.as_ref().is_some_and(|d| d.quote == Some(given.id));
    let wanted = kept.filter(|_| can_renew).map(|d| d.ask(given.place.point));
    let quoting = quoting(Signal::stored(wanted), true);
    let first = given.clone();
    quoting.quote.set(Some(given.clone()));
    // Once booked, the price stands: it must not be asked for again.
    let booked = RwSignal::new(None::<BookingId>);
    let create_key = StoredValue::new((given.id, Key::new()));
    let navigate = use_navigate();
    let note_for = move || place.get_untracked().map(|p| p.note).unwrap_or_default();
    let run = move |with: PayWith, key: Key| async move {
        let note = note_for();
        let booking = match booked.get_untracked() {
            Some(booking) => booking,
            None => {
                let booking = book(quoting, note, create_key).await?;
                booked.set(Some(booking));
                quoting.used.set(true);
                booking
            }
        };
        pay(booking, with, key).await
    };
    let held = move || {
        if let Some(booking) = booked.get_untracked() {
            client::cache::invalidate("/v1/bookings");
            client::cache::invalidate("/v1/me/cards");
            draft().set(None);
            navigate(&format!("/b/{booking}"), replace());
        }
    };
    let payment = payment(run, held);
    let edit = format!("/s/{}", first.service);
    let pin = format!("/pin?next={}", js_sys::encode_uri_component(&edit));
    let clock = client::clock::use_now();
    let stale = Memo::new(move |_| {
        let ends = quoting.quote.with(|q| q.as_ref().map(|q| q.expires_at));
        !can_renew && booked.get().is_none() && ends.is_some_and(|end| end <= clock.get())
    });
    let now = client::clock::now();
    let when = promised_arrival(&first.promise, first.slot, now);
    let note = move || place.with(|p| p.as_ref().map(|p| p.note.clone()));
    view! {
        <div class="stack lg">
            <section class="card flush rows" aria-label=msg::checkout_what()>
                <div class="row">
                    <span class="glyph">
                        <Icon name="wrench" />
                    </span>
                    <span class="grow">
                        <span class="t">
                            {if first.quantity > 1 {
                                msg::times(t(&first.service_name), first.quantity)
                            } else {
                                t(&first.service_name)
                            }}
                        </span>
                        <span class="s">{when}</span>
                    </span>
                    <a class="link tap" href=edit.clone()>
                        {msg::edit()}
                    </a>
                </div>
                <div class="row">
                    <span class="glyph plain">
                        <Icon name="map-pin" />
                    </span>
                    <span class="grow">
                        <span class="t">{t(&first.place.sector_name)}</span>
                        <span class="s">{note}</span>
                    </span>
                    <a class="link tap" href=pin>
                        {msg::edit()}
                    </a>
                </div>
            </section>
            <section class="stack sm">
                <h2>{msg::pay_method()}</h2>
                <PayForm id="pay" payment=payment />
            </section>
        </div>
        <section class="stack sm price" aria-label=msg::price_title()>
            <QuotePanel quoting=quoting />
            <div class="note">
                <Icon name="info" />
                <span>
                    <b>{msg::checkout_held_title()}</b>
                    " "
                    {msg::checkout_held_text()}
                </span>
            </div>
            <Show when=move || stale.get()>
                <Note sla=ui::Sla::Watch icon="timer">
                    {msg::quote_ended()}
                </Note>
            </Show>
        </section>
        <footer class="dock">
            {move || {
                if stale.get() {
                    view! {
                        <a class="btn primary big block" href=edit.clone()>
                            {msg::quote_again()}
                        </a>
                    }
                        .into_any()
                } else {
                    view! {
                        <button
                            type="submit"
                            form="pay"
                            class="btn primary big block"
                            aria-busy=move || payment.busy().get().to_string()
                            disabled=move || quoting.quote.with(Option::is_none)
                        >
                            <span>{msg::checkout_book()}</span>
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

/// Makes the booking, once for a quote however often it is tried.
async fn book(
    quoting: Quoting,
    address_note: String,
    key: StoredValue<(QuoteId, Key)>,
) -> Result<BookingId, Trouble> {
    let quote = quoting.quote.get_untracked().map(|quote| quote.id);
    let quote = quote.unwrap_or_else(|| key.with_value(|(quote, _)| *quote));
    if key.with_value(|(of, _)| *of != quote) {
        key.set_value((quote, Key::new()));
    }
    let command = CreateBooking {
        quote,
        address_note,
        preferred_technician: None,
    };
    let key = key.with_value(|(_, key)| *key);
    let booking: BookingView = client::api::post("/v1/bookings", &command, key).await?;
    Ok(booking.id)
}

/// Places the hold of a booking that waits for its payment.
pub async fn pay(booking: BookingId, with: PayWith, key: Key) -> Result<Paid, Trouble> {
    let command = Pay {
        card_token: with.card_token,
        card: with.card,
        save: with.save,
    };
    let path = format!("/v1/bookings/{booking}/payment");
    let answer: PaymentView = client::api::post(&path, &command, key).await?;
    Ok(Paid::of(answer.challenge_url))
}

/// The amount on the button that pays for a booking made before.
pub fn hold_words(booking: &BookingView) -> String {
    msg::pay_hold(sar(booking.total))
}
