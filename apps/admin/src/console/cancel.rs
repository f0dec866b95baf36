//! Cancelling for a customer: the fee is said first, a reason is needed, and it asks again.

use crate::msg;
use crate::rights::may;
use client::press;
use contract_bookings::{BookingState, BookingView, Cancel, CancellationFee};
use kernel::BookingId;
use kernel::access::Permission;
use leptos::prelude::*;
use ui::{Amount, Dialog, FieldTrouble, Icon, Skeleton, TroubleNote, toast};

fn can_cancel(state: BookingState) -> bool {
    matches!(
        state,
        BookingState::AwaitingPayment | BookingState::Confirmed
    )
}

#[component]
pub fn CancelButton(booking: client::Cached<BookingView>, after: Callback<()>) -> impl IntoView {
    let open = RwSignal::new(false);
    let shown = Memo::new(move |_| {
        may(Permission::BookingsManage)
            .then(|| booking.get())
            .flatten()
            .filter(|b| can_cancel(b.state))
            .map(|b| (b.id, b.reference.clone()))
    });
    view! {
        <Show when=move || shown.get().is_some()>
            <button type="button" class="btn ghost sm cancel-open" aria-haspopup="dialog" on:click=move |_| open.set(true)>
                <Icon name="ban"/>{msg::cancel()}
            </button>
        </Show>
        <Dialog open=open title=msg::cancel_title()>
            {move || open.get().then(|| shown.get()).flatten().map(|(id, reference)| view! {
                <Ask booking=id reference=reference open=open after=after/>
            })}
        </Dialog>
    }
}

#[component]
fn Ask(
    booking: BookingId,
    reference: String,
    open: RwSignal<bool>,
    after: Callback<()>,
) -> impl IntoView {
    let fee: client::Cached<CancellationFee> =
        client::cached(move || Some(format!("/v1/staff/bookings/{booking}/cancellation")));
    // Never from before: a technician may have set out since.
    fee.refresh();
    let reason = RwSignal::new(String::new());
    let missing = RwSignal::new(false);
    let cancel = press(
        move |reason: String, key| async move {
            let path = format!("/v1/staff/bookings/{booking}/cancel");
            client::api::post::<_, BookingView>(&path, &Cancel { reason }, key).await
        },
        move |view: BookingView| {
            let reference = view.reference.clone();
            client::put(&format!("/v1/staff/bookings/{booking}"), view);
            client::invalidate("/v1/staff/bookings?");
            open.set(false);
            toast(msg::cancelled(reference));
            after.run(());
        },
    );
    let go = move |_| {
        let reason = reason.get_untracked().trim().to_owned();
        if reason.is_empty() {
            missing.set(true);
            return;
        }
        cancel.go(reason);
    };
    let allowed = move || fee.get().is_some_and(|f| f.allowed);
    view! {
        <p><span class="num">{reference}</span></p>
        <TroubleNote trouble=Signal::derive(move || fee.trouble()) on_retry=Callback::new(move |()| fee.refresh())/>
        {move || fee.loading().then(|| view! { <Skeleton lines=2/> })}
        {move || fee.get().map(|fee| if fee.allowed {
            view! {
                <dl class="money-state">
                    <div><dt>{msg::cancel_fee()}</dt><dd><Amount value=fee.fee/></dd></div>
                    <div><dt>{msg::cancel_returned()}</dt><dd><Amount value=fee.returned/></dd></div>
                </dl>
            }.into_any()
        } else {
            view! { <p class="meta">{msg::cancel_too_late()}</p> }.into_any()
        })}
        <div class="field mt" class:bad=move || missing.get()>
            <label for="cancel-reason">{msg::cancel_reason()}</label>
            <textarea id="cancel-reason" class="input" maxlength="500" rows="2" aria-describedby="cancel-reason-msg"
                aria-invalid=move || missing.get().to_string()
                prop:value=move || reason.get()
                on:input=move |event| {
                    reason.set(event_target_value(&event));
                    missing.set(false);
                }></textarea>
            <p class="msg" id="cancel-reason-msg" role="alert">{move || missing.get().then(msg::cancel_reason_missing)}</p>
        </div>
        <FieldTrouble trouble=cancel.trouble()/>
        <p class="micro">{msg::cancel_final()}</p>
        <div class="btn-row">
            <button type="button" class="btn secondary" on:click=move |_| open.set(false)>{msg::cancel_keep()}</button>
            <button type="button" class="btn danger solid" disabled=move || !allowed() aria-busy=move || cancel.busy().get().to_string() on:click=go>
                {msg::cancel_do()}
            </button>
        </div>
    }
}
