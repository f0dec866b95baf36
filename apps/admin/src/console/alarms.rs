//! Delay alarms: said once when raised, one at hand in the strip, all of them in a list.

use crate::console::board::sounds;
use crate::console::store::{Store, store};
use crate::console::{desk, sound};
use crate::keys::{self, Action};
use crate::rights::may;
use crate::{msg, words};
use client::{Press, press};
use contract_sla::{Alarm, AlarmSeverity};
use kernel::access::Permission;
use kernel::{AlarmId, Time};
use leptos::prelude::*;
use serde_json::json;
use ui::format::{clock24, left};
use ui::{Icon, Kbd, SlaGlyph, toast};

/// What the alarm is about: `العليا: تأخّر 6 دقائق عن الوصول`.
fn sentence(store: Store, alarm: &Alarm, now: Time) -> String {
    let place = store.with_board(|board| {
        board
            .jobs
            .get(&alarm.job)
            .map(|job| ui::t(&job.sector_name))
    });
    let place = place.unwrap_or_else(|| alarm.zone.to_string());
    let minutes = now.since(alarm.deadline).as_millis() as i64 / 60_000;
    let clock = words::clock(alarm.kind);
    match alarm.severity {
        AlarmSeverity::Breach => msg::alarm_breach(place, clock, minutes.max(0)),
        AlarmSeverity::Predicted => msg::alarm_predicted(
            place,
            clock,
            alarm
                .expected_at
                .map_or(0, |at| at.since(alarm.deadline).as_millis() as i64 / 60_000)
                .max(1),
        ),
        AlarmSeverity::Warn80 | AlarmSeverity::Warn50 => {
            msg::alarm_warning(place, clock, clock24(alarm.deadline))
        }
    }
}

/// Takes the alarm of the selected job, or the gravest.
pub fn acknowledge_first(store: Store) -> bool {
    if !may(Permission::AlarmsAcknowledge) {
        return false;
    }
    let selected = store.selected.get_untracked();
    let first = store.alarms.with_untracked(|alarms| {
        alarms
            .iter()
            .find(|a| Some(a.job) == selected)
            .or(alarms.first())
            .map(|a| a.id)
    });
    let Some(id) = first else {
        return false;
    };
    leptos::task::spawn_local(async move {
        match take(id, client::Key::new()).await {
            Ok(alarm) => took(store, alarm),
            Err(trouble) => toast(trouble.detail),
        }
    });
    true
}

async fn take(id: AlarmId, key: client::Key) -> Result<Alarm, client::Trouble> {
    client::api::post(&format!("/v1/alarms/{id}/acknowledge"), &json!({}), key).await
}

fn took(store: Store, alarm: Alarm) {
    store.took_alarm(alarm);
    toast(msg::alarm_taken());
}

/// A button's operation: takes the alarm.
fn taking(store: Store) -> Press<AlarmId> {
    press(
        move |id: AlarmId, key| async move { take(id, key).await },
        move |alarm: Alarm| took(store, alarm),
    )
}

/// Puts the alarm off for some minutes.
fn snoozing(store: Store) -> Press<(AlarmId, u32)> {
    press(
        |(id, minutes): (AlarmId, u32), key| async move {
            let path = format!("/v1/alarms/{id}/snooze");
            client::api::post::<_, Alarm>(&path, &json!({ "minutes": minutes }), key).await
        },
        move |alarm: Alarm| {
            let until = alarm.snoozed_until.map(clock24).unwrap_or_default();
            store.took_alarm(alarm);
            toast(msg::alarm_snoozed(until));
        },
    )
}

/// In the strip: the first alarm with its button, and the way to the others.
#[component]
pub fn AlarmBar() -> impl IntoView {
    let store = store();
    let desk = desk();
    let now = client::use_now();
    let sound_on = RwSignal::new(sound::is_on());
    let first = Memo::new(move |_| store.alarms.with(|alarms| alarms.first().cloned()));
    let more = Memo::new(move |_| store.alarms.with(|alarms| alarms.len()));
    let said = RwSignal::new(String::new());
    Effect::new(move |_| {
        let Some(alarm) = store.announce.get() else {
            return;
        };
        said.set(sentence(store, &alarm, client::now()));
        if sounds(&alarm) && sound_on.get_untracked() {
            sound::tone();
        }
    });
    let taking = taking(store);
    let bound = keys::bindings();
    view! {
        <div class="vh" role="alert">{move || said.get()}</div>
        {move || first.get().map(|alarm| {
            let sla = words::severity(alarm.severity);
            let id = alarm.id;
            let job = alarm.job;
            let text = Memo::new(move |_| sentence(store, &alarm, now.get()));
            view! {
                <span class="alarm" data-sla=sla.as_str()>
                    <SlaGlyph sla=sla/>
                    <button type="button" class="clip as-text" on:click=move |_| {
                        desk.select(job);
                        desk.open();
                    }>{move || text.get()}</button>
                    {may(Permission::AlarmsAcknowledge).then(|| view! {
                        <button type="button" class="btn sm secondary" aria-busy=move || taking.busy().get().to_string()
                            on:click=move |_| taking.go(id)>
                            {msg::acknowledge()}
                            {move || bound.with(|b| b.on.then(|| b.of(Action::Acknowledge)).flatten()).map(|key| view! { <Kbd>{keys::cap(key)}</Kbd> })}
                        </button>
                    })}
                </span>
            }
        })}
        <button type="button" class="btn sm ghost feed-open" popovertarget="alarms" aria-haspopup="dialog">
            <Icon name=Signal::derive(move || if sound_on.get() { "bell-ring" } else { "bell" })/>
            <span class="vh">{msg::alarms()}</span>
            <b class="count" class:hot=move || store.breach_waits()>{move || more.get()}</b>
        </button>
        <div id="alarms" class="float feed" popover="auto" role="dialog" aria-label=msg::alarms()>
            <div class="pane-head">
                <h2>{msg::alarms()}</h2>
                <label class="flex ms-auto meta">
                    {msg::sound()}
                    <input type="checkbox" class="switch" role="switch" prop:checked=move || sound_on.get()
                        on:change=move |_| sound::switch(sound_on)/>
                </label>
            </div>
            <Feed taking=taking/>
        </div>
    }
}

/// The gravest are shown at first: one hour of a busy city brings hundreds.
const AT_FIRST: usize = 30;

#[component]
fn Feed(taking: Press<AlarmId>) -> impl IntoView {
    let store = store();
    let snoozing = snoozing(store);
    let whole = RwSignal::new(false);
    let shown = move || if whole.get() { usize::MAX } else { AT_FIRST };
    let more = Memo::new(move |_| store.alarms.with(|all| all.len().saturating_sub(shown())));
    view! {
        <Show when=move || store.alarms.with(|a| !a.is_empty())
            fallback=|| view! { <p class="pad meta">{msg::alarms_none()}</p> }>
            <ul class="rows scroll">
                <For each={move || store.alarms.with(|all| all.iter().take(shown()).cloned().collect::<Vec<_>>())} key=|alarm| (alarm.id, alarm.severity as u8, alarm.level as u8) let:alarm>
                    <Item alarm=alarm taking=taking snoozing=snoozing/>
                </For>
            </ul>
            <Show when=move || { more.get() > 0 }>
                <button type="button" class="btn ghost sm block" on:click=move |_| whole.set(true)>
                    {move || msg::alarms_more(more.get() as i64)}
                </button>
            </Show>
        </Show>
        <ui::FieldTrouble trouble=snoozing.trouble()/>
        <ui::FieldTrouble trouble=taking.trouble()/>
    }
}

#[component]
fn Item(alarm: Alarm, taking: Press<AlarmId>, snoozing: Press<(AlarmId, u32)>) -> impl IntoView {
    let store = store();
    let desk = desk();
    let now = client::use_now();
    let sla = words::severity(alarm.severity);
    let (id, job) = (alarm.id, alarm.job);
    let raised = alarm.raised_at;
    let deadline = alarm.deadline;
    let text = Memo::new(move |_| sentence(store, &alarm, now.get()));
    let reference = store.with_board(|board| board.jobs.get(&job).map(|j| j.reference.clone()));
    let handles = may(Permission::AlarmsAcknowledge);
    view! {
        <li class="alarm-item" data-sla=sla.as_str()>
            <SlaGlyph sla=sla/>
            <div class="grow">
                <button type="button" class="as-text t" on:click=move |_| {
                    desk.select(job);
                    desk.open();
                }>{move || text.get()}</button>
                <p class="micro">
                    <span class="num">{reference}</span>
                    <span class="dot-sep">{msg::alarm_raised(clock24(raised))}</span>
                    <span class="dot-sep"></span><span class="num">{move || left(deadline.since(now.get()).as_millis() as i64)}</span>
                </p>
            </div>
            {handles.then(|| view! {
                <span class="flex">
                    {[5_u32, 15].map(|minutes| view! {
                        <button type="button" class="btn ghost sm" aria-label=msg::snooze_for(i64::from(minutes))
                            on:click=move |_| snoozing.go((id, minutes))>
                            <Icon name="alarm-clock" class="xs"/>
                            <span class="num">{minutes}</span>
                        </button>
                    })}
                    <button type="button" class="btn secondary sm" on:click=move |_| taking.go(id)>{msg::acknowledge()}</button>
                </span>
            })}
        </li>
    }
}
