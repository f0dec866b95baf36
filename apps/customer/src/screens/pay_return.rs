//! Back from the bank's page: ask how it ended, then go on to the visit; or try another card.

use crate::msg;
use crate::parts::pay::{PayForm, payment};
use crate::screens::checkout::pay;
use crate::shell::{Screen, replace, require_sign_in, use_title};
use client::cache::cached;
use client::press::press;
use client::{Key, TroubleKind};
use contract_bookings::{BookingState, BookingView, PaymentView};
use contract_settlement::HoldStatus;
use kernel::BookingId;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_params_map};
use ui::{Note, Skeleton, TroubleNote};

#[component]
pub fn PayReturn() -> impl IntoView {
    use_title(|| msg::return_title().to_owned());
    let signed_in = require_sign_in();
    let params = use_params_map();
    let booking = Memo::new(move |_| {
        params.with(|params| {
            params
                .get("booking")
                .and_then(|id| id.parse::<BookingId>().ok())
        })
    });
    let waiting = RwSignal::new(false);
    let navigate = use_navigate();
    let onward = {
        let navigate = navigate.clone();
        move || {
            if let Some(booking) = booking.get_untracked() {
                client::cache::invalidate("/v1/bookings");
                client::cache::invalidate("/v1/me/cards");
                navigate(&format!("/b/{booking}"), replace());
            }
        }
    };
    let ask = press(
        |booking: BookingId, key: Key| async move {
            let path = format!("/v1/bookings/{booking}/payment/return");
            client::api::post::<_, PaymentView>(&path, &(), key).await
        },
        {
            let onward = onward.clone();
            move |payment: PaymentView| {
                let unanswered = matches!(
                    payment.hold.status,
                    HoldStatus::Challenge | HoldStatus::Pending
                );
                waiting.set(unanswered);
                if !unanswered || payment.booking.state != BookingState::AwaitingPayment {
                    onward();
                }
            }
        },
    );
    Effect::new(move |asked: Option<bool>| {
        if let (true, Some(booking), false) =
            (signed_in.get(), booking.get(), asked.unwrap_or(false))
        {
            ask.go(booking);
            return true;
        }
        asked.unwrap_or(false)
    });
    let trouble = ask.trouble();
    let declined = Signal::derive(move || {
        trouble.with(|t| {
            t.as_ref().is_some_and(|t| {
                t.kind == TroubleKind::Refused && t.code == "settlement.card_declined"
            })
        })
    });
    // An extra cost's hold comes back here too; another card for it is chosen beside the visit.
    let view = cached::<BookingView>(move || {
        let booking = booking.get()?;
        declined.get().then(|| format!("/v1/bookings/{booking}"))
    });
    let unpaid = move || {
        view.get()
            .is_some_and(|view| view.state == BookingState::AwaitingPayment)
    };
    let again = move || {
        if let Some(booking) = booking.get_untracked() {
            ask.go(booking);
        }
    };
    let other = Signal::derive(move || trouble.get().filter(|_| !declined.get()));
    let second = payment(
        move |with, key| async move {
            let booking = booking.get_untracked().unwrap_or_else(BookingId::new);
            pay(booking, with, key).await
        },
        onward,
    );
    view! {
        <Screen
            class="page-plain"
            back=Signal::derive(move || {
                booking.get().map_or_else(|| "/bookings".to_owned(), |b| format!("/b/{b}"))
            })
        >
            <main class="lone stack lg">
                <h1>
                    {move || {
                        if declined.get() {
                            msg::return_declined_title()
                        } else if waiting.get() {
                            msg::return_waiting_title()
                        } else {
                            msg::return_title()
                        }
                    }}
                </h1>
                <Show when=move || ask.busy().get()>
                    <Skeleton lines=4 />
                </Show>
                <Show when=move || waiting.get() && !ask.busy().get()>
                    <Note icon="timer">{msg::return_waiting_text()}</Note>
                    <button type="button" class="btn primary block" on:click=move |_| again()>
                        {msg::return_ask_again()}
                    </button>
                </Show>
                <TroubleNote trouble=other on_retry=again />
                <Show when=move || declined.get()>
                    <div role="alert">
                        <Note sla=ui::Sla::Risk icon="credit-card">
                            {move || trouble.get().map(|t| t.detail)}
                        </Note>
                    </div>
                    <Show when=unpaid>
                        <PayForm id="pay" payment=second />
                        <button
                            type="submit"
                            form="pay"
                            class="btn primary big block"
                            aria-busy=move || second.busy().get().to_string()
                        >
                            {msg::pay_again()}
                        </button>
                    </Show>
                    <a
                        class="btn secondary block"
                        href=move || booking.get().map(|b| format!("/b/{b}"))
                    >
                        {msg::return_to_booking()}
                    </a>
                </Show>
            </main>
        </Screen>
    }
}
