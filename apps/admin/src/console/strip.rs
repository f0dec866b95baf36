//! How all promises are doing, and the alarm that waits longest.

use crate::console::alarms::AlarmBar;
use crate::console::store::store;
use crate::msg;
use contract_bookings::DotState;
use leptos::prelude::*;
use ui::{Sla, SlaGlyph};

#[component]
pub fn Strip() -> impl IntoView {
    let store = store();
    let count = move |sla: Sla| {
        let chosen = move || {
            store
                .filter
                .with(|f| f.slas.iter().any(|word| word == sla.as_str()))
        };
        view! {
            <button type="button" class="slac" data-sla=sla.as_str() aria-pressed=move || chosen().to_string()
                on:click=move |_| store.filter.update(|f| f.toggle_sla(sla))>
                <SlaGlyph sla=sla/>
                <b class="num">{move || store.counts.with(|c| c.of(sla))}</b>
                <span>{sla.word()}</span>
            </button>
        }
    };
    // Once a second is more than enough for a figure.
    let on_shift = Memo::new(move |_| {
        client::use_now().get();
        store.with_board(|board| {
            board
                .dots
                .values()
                .filter(|d| d.state != DotState::Offline)
                .count()
        })
    });
    view! {
        <section class="strip-sla" aria-label=msg::strip()>
            {count(Sla::Breach)}
            {count(Sla::Risk)}
            {count(Sla::Watch)}
            {count(Sla::Safe)}
            {count(Sla::Paused)}
            <span class="sep"></span>
            <span class="kv"><span class="micro">{msg::unassigned()}</span><b class="num">{move || store.counts.with(|c| c.unassigned)}</b></span>
            <span class="kv wide-col"><span class="micro">{msg::on_shift()}</span><b class="num">{move || on_shift.get()}</b></span>
            <AlarmBar/>
        </section>
    }
}
