//! Zones, technicians and jobs on the map; a list says the same in words.

use crate::console::board::risk;
use crate::console::store::{Store, store};
use crate::console::{Pane, desk};
use crate::{msg, words};
use client::map::{Map, MapCircle, MapHit, MapJob, MapLabel, MapTechnician, MapView, Mark};
use contract_bookings::{DotState, TechnicianDot};
use contract_location::{GridAnswer, Zone};
use kernel::{GeoPoint, JobId, TechnicianId, Time};
use leptos::prelude::*;
use ui::format::clock24;
use ui::{Icon, Sla, SlaGlyph, t};
use wasm_bindgen::JsCast;

/// The middle of Riyadh, until the zones are known.
fn riyadh() -> GeoPoint {
    GeoPoint::new(24.7743, 46.6753).expect("a point on Earth")
}

pub const fn mark(sla: Sla) -> Mark {
    match sla {
        Sla::Safe => Mark::Safe,
        Sla::Watch => Mark::Watch,
        Sla::Risk => Mark::Risk,
        Sla::Breach => Mark::Breach,
        Sla::Paused => Mark::Paused,
    }
}

/// Gives the map the keyboard.
pub fn focus() {
    let canvas = document()
        .query_selector(".map-pane canvas, .map-pane [tabindex]")
        .ok()
        .flatten();
    if let Some(canvas) = canvas.and_then(|c| c.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = canvas.focus();
    }
}

#[component]
pub fn MapPane() -> impl IntoView {
    let store = store();
    let desk = desk();
    let map = Map::new();
    let now = client::use_now();
    let listed = RwSignal::new(false);
    let who = RwSignal::new(None::<TechnicianId>);
    // A press on the map chooses the job, but doesn't move the map away from under the pointer.
    let from_map = StoredValue::new(false);
    ground(map);
    follow(store, map, now);
    Effect::new(move |_| {
        let job = store.selected.get();
        map.select_job(job);
        who.set(None);
        let moved = from_map.try_update_value(std::mem::take).unwrap_or(false);
        if let Some(pin) = job.and_then(|job| pin_of(store, job)).filter(|_| !moved) {
            // Whoever leafs through the queue is not taken on a tour.
            set_timeout(
                move || {
                    if store.selected.try_get_untracked().flatten() == job {
                        map.fly_to(pin, None);
                    }
                },
                std::time::Duration::from_millis(400),
            );
        }
    });
    // The search, and who would come from where.
    Effect::new(move |_| {
        let pin = store.selected.get().and_then(|job| pin_of(store, job));
        let circles = match (pin, desk.radius.get()) {
            (Some(centre), Some(radius_m)) => vec![MapCircle {
                centre,
                radius_m: f64::from(radius_m),
            }],
            _ => Vec::new(),
        };
        map.set_circles(&circles);
    });
    Effect::new(move |_| {
        let job = store.selected.get();
        let pin = job.and_then(|job| pin_of(store, job));
        let assigned = job.and_then(|job| {
            store.with_board(|board| {
                board
                    .jobs
                    .get(&job)
                    .and_then(|j| j.technician.as_ref().map(|w| w.id))
            })
        });
        let from = desk.looking.get().or(assigned);
        let point =
            from.and_then(|id| store.with_board(|board| board.dots.get(&id).map(|dot| dot.point)));
        match (pin, point) {
            (Some(pin), Some(point)) => map.set_route(&[point, pin], from),
            _ => map.set_route(&[], None),
        }
    });
    let hit = Callback::new(move |hit: MapHit| match hit {
        MapHit::Job(job) => {
            from_map.set_value(true);
            desk.select(job);
            desk.focus_row.update(|n| *n += 1);
            // On a narrow screen the map stays: the job is one tab away.
            desk.pane.set(Pane::Map);
        }
        MapHit::Technician(technician) => {
            map.select(Some(hit));
            who.set(Some(technician));
        }
    });
    view! {
        <section class="pane map-pane" aria-label=msg::pane_map()>
            <MapView map=map label=msg::map_label() centre=riyadh() zoom=10.5 on_hit=hit/>
            <div class="map-tools">
                <button type="button" class="btn secondary sm" aria-pressed=move || listed.get().to_string()
                    on:click=move |_| listed.update(|l| *l = !*l)>
                    <Icon name="list"/>{msg::map_as_list()}
                </button>
            </div>
            {move || who.get().map(|technician| view! { <Who technician=technician close=Callback::new(move |()| {
                who.set(None);
                map.select_job(store.selected.get_untracked());
            })/> })}
            <Show when=move || listed.get()>
                <List/>
            </Show>
            <div class="map-float">
                <Legend/>
                <div class="zoomer">
                    <button type="button" class="btn icon sm" aria-label=msg::zoom_in() on:click=move |_| map.zoom_in()><Icon name="plus"/></button>
                    <button type="button" class="btn icon sm" aria-label=msg::zoom_out() on:click=move |_| map.zoom_out()><Icon name="minus"/></button>
                </div>
            </div>
        </section>
    }
}

fn pin_of(store: Store, job: JobId) -> Option<GeoPoint> {
    store.with_board(|board| board.jobs.get(&job).map(|job| job.pin))
}

/// The zones and the names of districts; the whole city is in sight at first.
fn ground(map: Map) {
    let grid: client::Cached<GridAnswer> = client::cached(|| Some("/v1/zones/grid".to_owned()));
    let names = words::Names::load();
    Effect::new(move |_| {
        if let Some(grid) = grid.get() {
            map.set_zones(&grid.micro_zones);
        }
    });
    Effect::new(move |fitted: Option<bool>| {
        let Some(answer) = names.zones() else {
            return false;
        };
        let mut labels = Vec::new();
        let mut all = Vec::new();
        for zone in &answer.zones {
            let centres: Vec<GeoPoint> = zone.sectors.iter().map(|s| s.centre).collect();
            all.extend_from_slice(&centres);
            labels.extend(zone.sectors.iter().map(|sector| MapLabel {
                text: t(&sector.name),
                point: sector.centre,
                major: false,
            }));
            labels.extend(middle(zone, &centres));
        }
        map.set_labels(&labels);
        if fitted != Some(true) {
            map.fit(&all);
        }
        true
    });
}

fn middle(zone: &Zone, centres: &[GeoPoint]) -> Option<MapLabel> {
    let n = centres.len() as f64;
    let lat = centres.iter().map(|p| p.lat()).sum::<f64>() / n;
    let lon = centres.iter().map(|p| p.lon()).sum::<f64>() / n;
    Some(MapLabel {
        text: t(&zone.name),
        point: GeoPoint::new(lat, lon).ok()?,
        major: true,
    })
}

/// Positions and jobs go to the map at most once a second, and only when something moved.
fn follow(store: Store, map: Map, now: Signal<Time>) {
    let sent = StoredValue::new(Vec::<MapJob>::new());
    Effect::new(move |_| {
        let now = now.get();
        let news = store.take_map_news();
        if news.everything || !news.dots.is_empty() {
            let technicians = store.with_board(|board| {
                board
                    .dots
                    .values()
                    .filter(|dot| dot.state != DotState::Offline)
                    .map(technician)
                    .collect::<Vec<_>>()
            });
            map.set_technicians(&technicians);
        }
        let mut jobs = store.with_board(|board| {
            board
                .jobs
                .values()
                .map(|line| MapJob {
                    id: line.job,
                    point: line.pin,
                    mark: mark(risk(line, now).sla),
                })
                .collect::<Vec<_>>()
        });
        jobs.sort_unstable_by_key(|job| job.id);
        if news.everything || sent.with_value(|sent| *sent != jobs) {
            map.set_jobs(&jobs);
            sent.set_value(jobs);
        }
    });
}

fn technician(dot: &TechnicianDot) -> MapTechnician {
    MapTechnician {
        id: dot.technician,
        point: dot.point,
        heading_deg: dot.heading_deg,
        busy: dot.state == DotState::Busy,
        fresh: dot.fresh,
    }
}

fn state_word(dot: &TechnicianDot) -> &'static str {
    match dot.state {
        DotState::Free => msg::dot_free(),
        DotState::Busy => msg::dot_busy(),
        DotState::Offline => msg::dot_offline(),
    }
}

#[component]
fn Legend() -> impl IntoView {
    view! {
        <ul class="map-key" aria-label=msg::legend()>
            <li><i class="dot-key"></i>{msg::dot_free()}</li>
            <li><i class="dot-key busy"></i>{msg::dot_busy()}</li>
            <li><i class="dot-key stale"></i>{msg::dot_stale()}</li>
            <li data-sla="risk"><SlaGlyph sla=Sla::Risk/>{msg::legend_job()}</li>
            <li><i class="ringkey"></i>{msg::legend_radius()}</li>
        </ul>
    }
}

/// A technician pressed on the map.
#[component]
fn Who(technician: TechnicianId, close: Callback<()>) -> impl IntoView {
    let store = store();
    let desk = desk();
    let now = client::use_now();
    let dot = Memo::new(move |_| {
        now.get();
        store.with_board(|board| board.dots.get(&technician).cloned())
    });
    move || {
        dot.get().map(|dot| {
            let job = dot.job.and_then(|job| {
                store.with_board(|board| board.jobs.get(&job).map(|j| (job, t(&j.service_name), j.reference.clone())))
            });
            view! {
                <div class="who card" role="status">
                    <div class="flex">
                        <b class="grow clip">{t(&dot.name)}</b>
                        <button type="button" class="btn ghost icon sm" aria-label=msg::close() on:click=move |_| close.run(())><Icon name="x"/></button>
                    </div>
                    <p class="meta">
                        {state_word(&dot)}
                        <span class="dot-sep">{if dot.fresh { msg::seen_at(clock24(dot.at)) } else { msg::seen_last(clock24(dot.at)) }}</span>
                    </p>
                    {job.map(|(job, service, reference)| view! {
                        <button type="button" class="link" on:click=move |_| desk.select(job)>{service}" "<span class="num">{reference}</span></button>
                    })}
                </div>
            }
        })
    }
}

/// What the map shows, in words: renewed every ten seconds while it is open.
#[component]
fn List() -> impl IntoView {
    let store = store();
    let desk = desk();
    let now = client::use_now();
    let turn = Memo::new(move |_| now.get().as_seconds() / 10);
    let dots = Memo::new(move |_| {
        turn.get();
        let mut dots: Vec<TechnicianDot> = store.with_board(|board| {
            board
                .dots
                .values()
                .filter(|d| d.state != DotState::Offline)
                .cloned()
                .collect()
        });
        dots.sort_by_cached_key(|dot| (t(&dot.name), dot.technician));
        dots
    });
    view! {
        <div class="map-list">
            <div class="table-wrap" tabindex="0" role="region" aria-label=msg::map_list()>
                <table class="table">
                    <thead><tr>
                        <th scope="col">{msg::col_technician()}</th><th scope="col">{msg::col_state()}</th>
                        <th scope="col">{msg::col_seen()}</th><th scope="col">{msg::col_job()}</th>
                    </tr></thead>
                    <tbody>
                        <For each=move || dots.get() key=|dot| (dot.technician, dot.at, dot.state, dot.job) let:dot>
                            <tr>
                                <td>{t(&dot.name)}</td>
                                <td>{state_word(&dot)}</td>
                                <td><span class="num">{clock24(dot.at)}</span>{(!dot.fresh).then(|| view! { <span class="micro">" "{msg::dot_stale()}</span> })}</td>
                                <td>{dot.job.and_then(|job| {
                                    let reference = store.with_board(|board| board.jobs.get(&job).map(|j| j.reference.clone()))?;
                                    Some(view! { <button type="button" class="link num" on:click=move |_| desk.select(job)>{reference}</button> })
                                })}</td>
                            </tr>
                        </For>
                    </tbody>
                </table>
                <Show when=move || dots.with(Vec::is_empty)>
                    <p class="pad meta">{msg::map_list_none()}</p>
                </Show>
            </div>
        </div>
    }
}
