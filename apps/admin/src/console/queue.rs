//! The queue by risk. Only the rows in sight are drawn; the order changes at most once a second,
//! and never under the pointer or the focus.

use crate::console::board::risk;
use crate::console::filter::{anchored, in_sight};
use crate::console::store::{Line, Store, store};
use crate::console::{desk, filters, presence};
use crate::{msg, words};
use contract_bookings::JobLine;
use kernel::JobId;
use leptos::html::{Div, Input, Tbody};
use leptos::prelude::*;
use std::sync::Arc;
use ui::format::left;
use ui::{Empty, Icon, JobPill, SlaGlyph, t};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// As long as somebody moves or scrolls here, nothing moves by itself.
const STILL_MS: f64 = 1200.0;

#[derive(Clone, Copy)]
struct Scroller {
    wrap: NodeRef<Div>,
    body: NodeRef<Tbody>,
    top: RwSignal<f64>,
    height: RwSignal<f64>,
    row: RwSignal<f64>,
    hovered: StoredValue<Option<JobId>>,
    focused: StoredValue<Option<JobId>>,
    moved_at: StoredValue<f64>,
    /// The queue waits because somebody is at it.
    held: RwSignal<bool>,
}

#[component]
pub fn Queue() -> impl IntoView {
    let store = store();
    let desk = desk();
    let scroller = Scroller {
        wrap: NodeRef::new(),
        body: NodeRef::new(),
        top: RwSignal::new(0.0),
        height: RwSignal::new(700.0),
        row: RwSignal::new(35.0),
        hovered: StoredValue::new(None),
        focused: StoredValue::new(None),
        moved_at: StoredValue::new(0.0),
        held: RwSignal::new(false),
    };
    measure(scroller);
    let now = client::use_now();
    Effect::new(move |_| {
        now.track();
        store.pending.track();
        settle(store, scroller);
    });
    glide(store, scroller);
    Effect::new(move |before: Option<u32>| {
        let turn = desk.focus_row.get();
        if before.is_some_and(|before| before != turn) {
            show_selected(store, scroller);
        }
        turn
    });
    let search: NodeRef<Input> = NodeRef::new();
    Effect::new(move |before: Option<u32>| {
        let turn = desk.search.get();
        if before.is_some_and(|before| before != turn)
            && let Some(field) = search.get_untracked()
        {
            let _ = field.focus();
            field.select();
        }
        turn
    });
    let rows = Memo::new(move |_| store.order.with(|order| order.len()));
    let shown = Memo::new(move |_| {
        in_sight(
            scroller.top.get(),
            scroller.height.get(),
            scroller.row.get(),
            rows.get(),
        )
    });
    let slice = move || {
        let (first, last) = shown.get();
        store.order.with(|order| {
            order
                .get(first..last.min(order.len()))
                .unwrap_or_default()
                .to_vec()
        })
    };
    let gap = move |rows: usize| format!("{}px", rows as f64 * scroller.row.get());
    let touch = move || scroller.moved_at.set_value(now_ms());
    view! {
        <section class="pane queue" aria-label=msg::pane_queue()>
            <div class="pane-head">
                <h2>{msg::queue_title()}</h2>
                <span class="count">{move || rows.get()}</span>
                <label class="input search queue-search ms-auto">
                    <Icon name="search" class="sm"/>
                    <span class="vh">{msg::queue_search()}</span>
                    <input node_ref=search type="search" placeholder=msg::queue_search() autocomplete="off"
                        prop:value=move || store.filter.with(|f| f.text.clone())
                        on:input=move |event| {
                            let text = event_target_value(&event);
                            store.filter.update(|f| f.text = text);
                        }
                        on:keydown=move |event| match event.key().as_str() {
                            "Escape" => {
                                store.filter.update(|f| f.text.clear());
                                desk.to_queue();
                                event.prevent_default();
                            }
                            "Enter" | "ArrowDown" => {
                                if let Some(first) = store.order.with_untracked(|o| o.first().copied()) {
                                    desk.select(first);
                                    desk.to_queue();
                                }
                                event.prevent_default();
                            }
                            _ => {}
                        }/>
                </label>
                <filters::FilterButton/>
            </div>
            <filters::Views/>
            <Show when=move || scroller.held.get()>
                <button type="button" class="held" on:click=move |_| {
                    scroller.held.set(false);
                    store.settle();
                }>
                    <Icon name="refresh-cw" class="xs"/>{msg::queue_held()}
                </button>
            </Show>
            <div class="table-wrap" node_ref=scroller.wrap
                on:scroll=move |_| if let Some(wrap) = scroller.wrap.get_untracked() {
                    scroller.top.set(f64::from(wrap.scroll_top()));
                }
                on:wheel=move |_| touch()
                on:pointermove=move |event| {
                    touch();
                    scroller.hovered.set_value(row_of(event.target()));
                }
                on:pointerleave=move |_| {
                    scroller.hovered.set_value(None);
                    scroller.moved_at.set_value(0.0);
                }
                on:focusin=move |event| {
                    touch();
                    scroller.focused.set_value(row_of(event.target()));
                }
                on:focusout=move |_| scroller.focused.set_value(None)>
                <table class="table" role="grid" aria-label=msg::queue_title() aria-rowcount={move || rows.get() + 1}>
                    <colgroup><col class="c-left"/><col class="c-clock"/><col class="c-service"/><col class="c-place"/><col class="c-state"/><col class="c-who wide-col"/><col class="c-ref wide-col"/></colgroup>
                    <thead>
                        <tr aria-rowindex="1">
                            <th scope="col" aria-sort="ascending">{msg::col_left()}</th>
                            <th scope="col">{msg::col_clock()}</th>
                            <th scope="col">{msg::col_service()}</th>
                            <th scope="col" class="ds">{msg::col_place()}</th>
                            <th scope="col">{msg::col_state()}</th>
                            <th scope="col" class="wide-col">{msg::col_technician()}</th>
                            <th scope="col" class="wide-col">{msg::col_reference()}</th>
                        </tr>
                    </thead>
                    <tbody node_ref=scroller.body>
                        <tr class="gap" aria-hidden="true"><td style:block-size=move || gap(shown.get().0)></td></tr>
                        <ForEnumerate each=slice key=|job| *job children=move |index, job| {
                            let place = Signal::derive(move || shown.get().0 + index.get());
                            store.line(job).map(|line| view! { <Row line=line place=place/> })
                        }/>
                        <tr class="gap" aria-hidden="true"><td style:block-size=move || gap(rows.get().saturating_sub(shown.get().1))></td></tr>
                    </tbody>
                </table>
                <Show when=move || rows.get() == 0>
                    <Nothing/>
                </Show>
            </div>
        </section>
    }
}

/// Nothing in the queue: because all is well, or because of the filter.
#[component]
fn Nothing() -> impl IntoView {
    let store = store();
    move || {
        let counts = store.counts.get();
        if counts.all == 0 {
            view! { <Empty title=msg::queue_empty() text=msg::queue_empty_text()/> }.into_any()
        } else {
            view! {
                <Empty title=msg::queue_none() text=msg::queue_none_text(counts.safe as i64)>
                    <button type="button" class="btn secondary" on:click=move |_| store.filter.set(Default::default())>
                        {msg::filter_clear()}
                    </button>
                </Empty>
            }
            .into_any()
        }
    }
}

/// One job. Only its clock is touched each second, and only while it is in sight.
#[component]
fn Row(line: Line, place: Signal<usize>) -> impl IntoView {
    let store = store();
    let desk = desk();
    let now = client::use_now();
    let first = line.get_untracked();
    let job = first.job;
    let line = RwSignal::from(line);
    let risk = Memo::new(move |_| {
        let now = now.get();
        line.with(|line| risk(line, now).shown())
    });
    let sla = Memo::new(move |_| risk.get().0);
    let selected = Memo::new(move |_| store.selected.get() == Some(job));
    // Roving: the selected row, or the first where none is.
    let index = move || {
        let none = store.selected.get().is_none();
        if selected.get() || (none && place.get() == 0) {
            "0"
        } else {
            "-1"
        }
    };
    let shown = Memo::new(move |_| line.with(Shown::of));
    view! {
        <tr data-job=job.to_string() data-sla=move || sla.get().as_str() aria-selected=move || selected.get().to_string()
            aria-rowindex={move || place.get() + 2} tabindex=index
            on:click=move |_| {
                desk.select(job);
                desk.pane.set(super::Pane::Job);
            }>
            <td class="rem">
                <SlaGlyph sla=sla/>
                <b class="num">{move || risk.get().1.map(|_| left(risk.get().2 * 1000))}</b>
                <span class="vh">{move || sla.get().word()}</span>
            </td>
            <td class="micro">{move || risk.get().1.map(words::clock)}</td>
            <td class="sv">
                {move || shown.with(|s| s.escalated).then(|| view! {
                    <Icon name="hand" class="xs c-risk"/><span class="vh">{msg::escalated()}</span>
                })}
                {move || presence::others(store, job).map(|names| view! {
                    <i class="here" aria-hidden="true"></i><span class="vh">{msg::also_here(names)}</span>
                })}
                {move || shown.with(|s| s.service.clone())}
            </td>
            <td class="muted ds">{move || shown.with(|s| s.place.clone())}</td>
            <td><JobPill state=Signal::derive(move || shown.with(|s| s.state))/></td>
            <td class="muted wide-col">{move || shown.with(|s| s.technician.clone())}</td>
            <td class="micro num wide-col">{first.reference.clone()}</td>
        </tr>
    }
}

/// What a row says apart from its clock.
#[derive(Clone, PartialEq)]
struct Shown {
    service: String,
    place: String,
    technician: Option<String>,
    state: contract_bookings::JobState,
    escalated: bool,
}

impl Shown {
    fn of(line: &Arc<JobLine>) -> Self {
        Self {
            service: t(&line.service_name),
            place: t(&line.sector_name),
            technician: line.technician.as_ref().map(|who| t(&who.name)),
            state: line.state,
            escalated: line.escalated && super::board::waits(line.state),
        }
    }
}

fn now_ms() -> f64 {
    js_sys::Date::now()
}

fn row_of(target: Option<web_sys::EventTarget>) -> Option<JobId> {
    let element: web_sys::Element = target?.dyn_into().ok()?;
    element
        .closest("tr[data-job]")
        .ok()??
        .get_attribute("data-job")?
        .parse()
        .ok()
}

/// Takes the waiting order if nobody is at the queue, or if the row they are at can stay where it
/// is on the screen.
fn settle(store: Store, scroller: Scroller) {
    let Some(new) = store.pending.get_untracked() else {
        scroller.held.set(false);
        return;
    };
    let old = store.order.get_untracked();
    if now_ms() - scroller.moved_at.get_value() < STILL_MS {
        scroller.held.set(!old.is_empty());
        return;
    }
    let place = |order: &[JobId], job: JobId| order.iter().position(|known| *known == job);
    // A job that is over holds nothing: the queue would stand still under whoever looked at it last.
    let there = |job: &JobId| place(&new, *job).is_some();
    let anchor = scroller
        .hovered
        .get_value()
        .filter(there)
        .or(scroller.focused.get_value().filter(there));
    let scroll = match anchor.and_then(|job| Some((job, place(&old, job)?))) {
        None => None,
        Some((job, from)) => {
            let kept = place(&new, job).and_then(|to| {
                anchored(
                    scroller.top.get_untracked(),
                    scroller.height.get_untracked(),
                    scroller.row.get_untracked(),
                    new.len(),
                    from,
                    to,
                )
            });
            if kept.is_none() {
                scroller.held.set(true);
                return;
            }
            kept
        }
    };
    scroller.held.set(false);
    store.settle();
    if let Some(top) = scroll
        && let Some(wrap) = scroller.wrap.get_untracked()
    {
        // Before the next picture: the rows are there by then.
        request_animation_frame(move || wrap.set_scroll_top(top.round() as i32));
    }
}

/// Rows that change place glide there.
fn glide(store: Store, scroller: Scroller) {
    Effect::new(move |before: Option<Arc<Vec<JobId>>>| {
        let order = store.order.get();
        if let Some(before) =
            before.filter(|before| !Arc::ptr_eq(before, &order) && !before.is_empty())
        {
            let now = order.clone();
            request_animation_frame(move || move_rows(scroller, &before, &now));
        }
        order
    });
}

fn move_rows(scroller: Scroller, before: &[JobId], now: &[JobId]) {
    let still = window()
        .match_media("(prefers-reduced-motion: reduce)")
        .ok()
        .flatten();
    if still.is_some_and(|m| m.matches()) {
        return;
    }
    let Some(body) = scroller.body.get_untracked() else {
        return;
    };
    let row = scroller.row.get_untracked();
    let rows = body.children();
    for n in 0..rows.length() {
        let Some(element) = rows.item(n) else {
            continue;
        };
        let Some(job) = element
            .get_attribute("data-job")
            .and_then(|id| id.parse::<JobId>().ok())
        else {
            continue;
        };
        let place = |order: &[JobId]| order.iter().position(|known| *known == job);
        let (Some(from), Some(to)) = (place(before), place(now)) else {
            continue;
        };
        let by = (from as f64 - to as f64) * row;
        if by == 0.0 || by.abs() > 40.0 * row {
            continue;
        }
        // [{transform: …, easing: …}, {transform: "none"}]
        let frame = |transform: &str| {
            let frame = js_sys::Object::new();
            let easing = "cubic-bezier(.2, 0, 0, 1)";
            let _ = js_sys::Reflect::set(&frame, &"transform".into(), &transform.into());
            let _ = js_sys::Reflect::set(&frame, &"easing".into(), &easing.into());
            frame
        };
        let frames = js_sys::Array::of2(&frame(&format!("translateY({by}px)")), &frame("none"));
        // The binding of `animate` is not stable yet.
        let _ = js_sys::Reflect::get(&element, &"animate".into())
            .and_then(|f| f.dyn_into::<js_sys::Function>())
            .and_then(|animate| animate.call2(&element, &frames, &260.0.into()));
    }
}

/// The height of the window and of a row, as they are drawn.
fn measure(scroller: Scroller) {
    let observer = StoredValue::new_local(None::<web_sys::ResizeObserver>);
    Effect::new(move |_| {
        let Some(wrap) = scroller.wrap.get() else {
            return;
        };
        let look: Closure<dyn FnMut(JsValue)> = Closure::new(move |_| {
            let Some(wrap) = scroller.wrap.get_untracked() else {
                return;
            };
            let height = f64::from(wrap.client_height());
            if height > 0.0 && height != scroller.height.get_untracked() {
                scroller.height.set(height);
            }
            let row = wrap.query_selector("tr[data-job]").ok().flatten();
            if let Some(row) = row {
                let row = row.get_bounding_client_rect().height();
                if row > 10.0 && (row - scroller.row.get_untracked()).abs() > 0.2 {
                    scroller.row.set(row);
                }
            }
        });
        if let Ok(watch) = web_sys::ResizeObserver::new(look.as_ref().unchecked_ref()) {
            watch.observe(&wrap);
            // The body grows with the first rows: then one can be measured.
            if let Some(body) = scroller.body.get_untracked() {
                watch.observe(&body);
            }
            observer.set_value(Some(watch));
        }
        look.forget();
    });
    on_cleanup(move || {
        if let Some(Some(watch)) = observer.try_update_value(Option::take) {
            watch.disconnect();
        }
    });
}

/// Brings the selected row into sight and gives it the focus.
fn show_selected(store: Store, scroller: Scroller) {
    let Some(wrap) = scroller.wrap.get_untracked() else {
        return;
    };
    let order = store.order.get_untracked();
    let job = store.selected.get_untracked().or(order.first().copied());
    let Some((job, at)) =
        job.and_then(|job| Some((job, order.iter().position(|known| *known == job)?)))
    else {
        let _ = wrap.focus();
        return;
    };
    let row = scroller.row.get_untracked();
    let (top, height) = (
        f64::from(wrap.scroll_top()),
        scroller.height.get_untracked(),
    );
    // The head of the table stands over the first row.
    let head = row;
    let wanted = at as f64 * row;
    if wanted < top {
        wrap.set_scroll_top(wanted as i32);
    } else if wanted + row + head > top + height {
        wrap.set_scroll_top((wanted + row + head - height).ceil() as i32);
    }
    scroller.top.set(f64::from(wrap.scroll_top()));
    request_animation_frame(move || {
        let row = wrap
            .query_selector(&format!("tr[data-job=\"{job}\"]"))
            .ok()
            .flatten();
        if let Some(row) = row.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = row.focus_with_options(&options);
        }
    });
}
