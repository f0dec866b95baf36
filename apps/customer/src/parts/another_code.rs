//! Another code by text message, once the last one has had time to come.

use crate::msg;
use client::press::Press;
use kernel::Time;
use leptos::prelude::*;
use ui::TroubleNote;

/// `resend_after_s` counts from now: where the code was just asked for.
#[component]
pub fn AnotherCode(resend_after_s: u32, again: Press<()>) -> impl IntoView {
    let resend_at = client::clock::now() + kernel::seconds(i64::from(resend_after_s));
    let now = client::clock::use_now();
    let wait = Memo::new(move |_| seconds_left(resend_at, now.get()));
    view! {
        {move || match wait.get() {
            0 => {
                view! {
                    <button
                        type="button"
                        class="btn ghost block"
                        aria-busy=move || again.busy().get().to_string()
                        on:click=move |_| again.go(())
                    >
                        {msg::code_again()}
                    </button>
                }
                    .into_any()
            }
            seconds => {
                view! {
                    <p class="micro center" role="timer" aria-live="off">
                        {msg::code_again_in(seconds)}
                    </p>
                }
                    .into_any()
            }
        }}
        <TroubleNote trouble=again.trouble() />
    }
}

fn seconds_left(until: Time, now: Time) -> i64 {
    (until.since(now).as_millis().max(0) as i64 + 999) / 1000
}
