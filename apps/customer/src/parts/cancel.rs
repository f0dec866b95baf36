//! Cancelling, with its cost in riyals shown before the question is answered.

use crate::msg;
use crate::parts::words::sar;
use client::Key;
use client::cache::cached;
use client::press::press;
use contract_bookings::{BookingView, Cancel, CancellationFee};
use kernel::BookingId;
use leptos::prelude::*;
use ui::{Dialog, Skeleton, TroubleNote};

#[component]
pub fn CancelBooking(
    booking: BookingId,
    /// Whether an amount is held already.
    #[prop(into)]
    held: Signal<bool>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <button type="button" class="btn ghost sm" on:click=move |_| open.set(true)>
            {msg::cancel_open()}
        </button>
        <Dialog open=open title=msg::cancel_title()>
            <Question booking=booking held=held close=move || open.set(false) />
        </Dialog>
    }
}

#[component]
fn Question(
    booking: BookingId,
    held: Signal<bool>,
    close: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let cost =
        cached::<CancellationFee>(move || Some(format!("/v1/bookings/{booking}/cancellation")));
    let cancel = press(
        move |(), key: Key| async move {
            let command = Cancel {
                reason: String::new(),
            };
            let path = format!("/v1/bookings/{booking}/cancel");
            client::api::post::<_, BookingView>(&path, &command, key).await
        },
        move |view: BookingView| {
            client::cache::put(&format!("/v1/bookings/{booking}"), view);
            client::cache::invalidate("/v1/bookings");
            close();
            ui::toast(msg::cancel_done().to_owned());
        },
    );
    let allowed = move || cost.get().is_some_and(|cost| cost.allowed);
    let words = move |cost: &CancellationFee| {
        if !cost.allowed {
            msg::cancel_not_now().to_owned()
        } else if !held.get() {
            msg::cancel_nothing_held().to_owned()
        } else if cost.fee.is_zero() {
            msg::cancel_free(sar(cost.returned))
        } else {
            msg::cancel_fee(sar(cost.fee), sar(cost.returned))
        }
    };
    view! {
        {move || match cost.get() {
            Some(cost) => view! { <p>{words(&cost)}</p> }.into_any(),
            None => view! { <Skeleton lines=2 /> }.into_any(),
        }}
        <TroubleNote
            trouble=Signal::derive(move || cancel.trouble().get().or_else(|| cost.trouble()))
            on_retry=move || cost.refresh()
        />
        <div class="btn-row">
            <button type="button" class="btn secondary" on:click=move |_| close()>
                {msg::cancel_keep()}
            </button>
            <Show when=allowed>
                <button
                    type="button"
                    class="btn danger solid"
                    aria-busy=move || cancel.busy().get().to_string()
                    on:click=move |_| cancel.go(())
                >
                    {msg::cancel_do()}
                </button>
            </Show>
        </div>
    }
}
