//! Choosing when: now, or a two-hour window of one of the coming days.

use crate::msg;
use contract_bookings::slots;
use kernel::Time;
use leptos::prelude::*;
use ui::Icon;
use ui::format::{day, hijri};

/// Days offered at once; the server takes up to 30.
const DAYS: usize = 14;

#[component]
pub fn WhenPicker(at: RwSignal<Option<Time>>) -> impl IntoView {
    let slot = at;
    let now = client::clock::use_now();
    let today = client::clock::now();
    let days: Vec<_> = slots::days(today)
        .into_iter()
        .filter(|date| !slots::starts(*date, today).is_empty())
        .take(DAYS)
        .collect();
    let first = days.first().copied();
    let of_slot = slot
        .get_untracked()
        .map(|slot| slot.in_riyadh().date())
        .filter(|date| days.contains(date));
    let chosen_day = RwSignal::new(of_slot.or(first));
    let scheduled = RwSignal::new(slot.get_untracked().is_some());
    let starts = Memo::new(move |_| match chosen_day.get() {
        Some(date) => slots::starts(date, now.get()),
        None => Vec::new(),
    });
    let to_schedule = move |_| {
        scheduled.set(true);
        if slot.get_untracked().is_none() {
            slot.set(starts.with_untracked(|starts| starts.first().copied()));
        }
    };
    let to_now = move |_| {
        scheduled.set(false);
        slot.set(None);
    };
    let choose_day = move |date| {
        chosen_day.set(Some(date));
        slot.set(starts.with_untracked(|starts| starts.first().copied()));
    };
    view! {
        <fieldset class="bare stack sm">
            <legend class="h2">{msg::when_title()}</legend>
            <div class="seg">
                <label>
                    <input
                        type="radio"
                        name="when"
                        prop:checked=move || !scheduled.get()
                        on:change=to_now
                    />
                    <Icon name="zap" class="sm" />
                    <span>{msg::when_now()}</span>
                </label>
                <label>
                    <input
                        type="radio"
                        name="when"
                        prop:checked=move || scheduled.get()
                        on:change=to_schedule
                    />
                    <Icon name="calendar-days" class="sm" />
                    <span>{msg::when_slot()}</span>
                </label>
            </div>
        </fieldset>
        <Show when=move || scheduled.get()>
            <fieldset class="bare stack sm">
                <legend class="label">{msg::when_day()}</legend>
                <div class="chips scroll days">
                    {days
                        .iter()
                        .map(|date| {
                            let date = *date;
                            let label = slots::starts(date, today)
                                .first()
                                .map(|start| day(*start, today));
                            view! {
                                <label class="chip">
                                    <input
                                        type="radio"
                                        name="day"
                                        prop:checked=move || chosen_day.get() == Some(date)
                                        on:change=move |_| choose_day(date)
                                    />
                                    {label}
                                </label>
                            }
                        })
                        .collect_view()}
                </div>
            </fieldset>
            <fieldset class="bare stack sm">
                <legend class="label">{msg::when_hour()}</legend>
                <div class="chips hours">
                    {move || {
                        starts
                            .get()
                            .into_iter()
                            .map(|start| {
                                view! {
                                    <label class="chip">
                                        <input
                                            type="radio"
                                            name="hour"
                                            prop:checked=move || slot.get() == Some(start)
                                            on:change=move |_| slot.set(Some(start))
                                        />
                                        {ui::format::slot(start, start + slots::WINDOW)}
                                    </label>
                                }
                            })
                            .collect_view()
                    }}
                </div>
                <p class="micro">{move || slot.get().map(hijri)}</p>
            </fieldset>
        </Show>
    }
}
