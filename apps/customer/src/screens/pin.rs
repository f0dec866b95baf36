//! Setting the pin: the map moves under it, districts are found by name, and a place we don't
//! serve is told at once, with the nearest that we do.

use crate::msg;
use crate::parts::ground::{self, sectors};
use crate::parts::place_form::{Confirm, Words};
use crate::parts::words::sar_from;
use crate::place::{chosen, here_path};
use crate::screens::home::within;
use crate::shell::{BackLink, safe_next, use_title};
use client::Trouble;
use client::cache::cached;
use client::map::{Map, MapView};
use client::session::session;
use contract_bookings::Here;
use contract_location::{AddressAnswer, Sector, ZonesAnswer};
use kernel::{GeoPoint, fold};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use ui::format::distance;
use ui::i18n::t;
use ui::{Icon, Note, Skeleton, TroubleNote};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

const NEAR: f64 = 14.2;
const CITY: f64 = 11.0;
/// Districts offered for what was typed.
const OFFERED: usize = 6;

/// The middle of Riyadh, where nobody has chosen yet.
fn riyadh() -> GeoPoint {
    GeoPoint::new(24.7136, 46.6753).unwrap_or_else(|_| unreachable!("a point in Riyadh"))
}

#[component]
pub fn Pin() -> impl IntoView {
    use_title(|| msg::pin_title().to_owned());
    let query = use_query_map();
    let next = Memo::new(move |_| query.with(|query| safe_next(query.get("next"))));
    let place = chosen();
    let first = place.get_untracked().map(|place| place.pin);
    let start = first.unwrap_or_else(riyadh);
    let pin = RwSignal::new(start);
    let map = Map::new();
    let zones = ground::draw(map);
    let here = cached::<Here>(move || Some(here_path(pin.get())));
    let locating = RwSignal::new(false);
    let go = move |point: GeoPoint| {
        pin.set(point);
        map.fly_to(point, Some(NEAR));
    };
    view! {
        <main class="app mapapp page-pin">
            <div class="map-pane">
                <MapView
                    map=map
                    label=msg::map_label_pin()
                    centre=start
                    zoom=if first.is_some() { NEAR } else { CITY }
                    picker=true
                    class="fill"
                    on_move_end=Callback::new(move |point| pin.set(point))
                />
                <div class="map-top">
                    <BackLink to=next class="btn secondary icon round" />
                    <Districts zones=Signal::derive(move || sectors(zones.get().as_deref())) go=go />
                </div>
                <div class="map-bottom">
                    <div class="map-key">
                        <span>
                            <i class="swatch"></i>
                            <span>{msg::pin_served()}</span>
                        </span>
                    </div>
                    <Locate go=go busy=locating />
                </div>
            </div>
            <div class="sheet stack">
                <Answer pin=pin locating=locating here=here zones=zones go=go next=next />
            </div>
        </main>
    }
}

/// Finds a district by the beginning of one of its words, in either language.
#[component]
fn Districts(
    #[prop(into)] zones: Signal<Vec<Sector>>,
    go: impl Fn(GeoPoint) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let asked = fold(&typed.get());
        if asked.is_empty() {
            return Vec::new();
        }
        let fits = |sector: &Sector| {
            [&sector.name.ar, &sector.name.en].into_iter().any(|name| {
                let name = fold(name);
                name.starts_with(&asked)
                    || name.split(' ').any(|word| {
                        word.starts_with(&asked)
                            || word
                                .strip_prefix("ال")
                                .is_some_and(|word| word.starts_with(&asked))
                    })
            })
        };
        zones.with(|zones| {
            zones
                .iter()
                .filter(|sector| sector.status == "active" && fits(sector))
                .take(OFFERED)
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let choose = move |sector: &Sector| {
        typed.set(String::new());
        go(sector.centre);
    };
    view! {
        <form
            class="district-search"
            role="search"
            on:submit=move |event| {
                event.prevent_default();
                if let Some(first) = found.with_untracked(|found| found.first().cloned()) {
                    choose(&first);
                }
            }
        >
            <label class="input">
                <Icon name="search" />
                <input
                    type="search"
                    enterkeyhint="search"
                    autocomplete="off"
                    placeholder=msg::pin_search_hint()
                    aria-label=msg::pin_search()
                    prop:value=typed
                    on:input:target=move |event| typed.set(event.target().value())
                />
            </label>
            <div class="menu found" hidden=move || found.with(Vec::is_empty)>
                {move || {
                    found
                        .get()
                        .into_iter()
                        .map(|sector| {
                            let name = t(&sector.name);
                            view! {
                                <button
                                    type="button"
                                    class="row"
                                    on:click=move |_| choose(&sector)
                                >
                                    <Icon name="map-pin" class="sm" />
                                    <span class="grow">{name}</span>
                                </button>
                            }
                        })
                        .collect_view()
                }}
            </div>
            <p class="vh" role="status">
                {move || {
                    typed
                        .with(|typed| !typed.is_empty())
                        .then(|| msg::search_found(found.with(Vec::len) as i64))
                }}
            </p>
        </form>
    }
}

/// The device's own position, asked for only when this is pressed.
#[component]
fn Locate(
    go: impl Fn(GeoPoint) + Copy + Send + Sync + 'static,
    busy: RwSignal<bool>,
) -> impl IntoView {
    let refused = move || {
        busy.set(false);
        ui::toast(msg::pin_no_location().to_owned());
    };
    let locate = move |_| {
        let Ok(geolocation) = window().navigator().geolocation() else {
            return refused();
        };
        busy.set(true);
        let found = Closure::once_into_js(move |position: web_sys::Position| {
            busy.set(false);
            let at = position.coords();
            if let Ok(point) = GeoPoint::new(at.latitude(), at.longitude()) {
                go(point);
            }
        });
        let not_found = Closure::once_into_js(move |_: wasm_bindgen::JsValue| refused());
        let options = web_sys::PositionOptions::new();
        options.set_enable_high_accuracy(true);
        options.set_timeout(10_000);
        let asked = geolocation.get_current_position_with_error_callback_and_options(
            found.unchecked_ref(),
            Some(not_found.unchecked_ref()),
            &options,
        );
        if asked.is_err() {
            refused();
        }
    };
    view! {
        <button
            type="button"
            class="btn secondary icon round"
            aria-label=msg::pin_locate()
            aria-busy=move || busy.get().to_string()
            on:click=locate
        >
            <Icon name="locate" />
        </button>
    }
}

/// What is said of the pin, and the form that confirms it; not while the device looks for its place,
/// or a quick finger would confirm the one before.
#[component]
fn Answer(
    pin: RwSignal<GeoPoint>,
    locating: RwSignal<bool>,
    here: client::Cached<Here>,
    zones: client::Cached<ZonesAnswer>,
    go: impl Fn(GeoPoint) + Copy + Send + Sync + 'static,
    next: Memo<String>,
) -> impl IntoView {
    let outside = Memo::new(move |_| {
        here.trouble()
            .filter(|t| t.code == "location.outside_zones")
    });
    let other = Signal::derive(move || here.trouble().filter(|_| outside.get().is_none()));
    let sector = Memo::new(move |_| here.get().map(|here| here.place.sector_name.clone()));
    let address = cached::<AddressAnswer>(move || {
        let pin = pin.get();
        sector.get()?;
        session().get().map(|_| {
            format!(
                "/v1/places/address?lat={:.5}&lon={:.5}",
                pin.lat(),
                pin.lon()
            )
        })
    });
    let words = Words::new(pin);
    let title = move || match (outside.get(), sector.get()) {
        (Some(_), _) => msg::pin_outside_title().to_owned(),
        (None, Some(sector)) => msg::pin_district(t(&sector)),
        (None, None) => msg::pin_title().to_owned(),
    };
    view! {
        <div>
            <h1 aria-live="polite">{title}</h1>
            <p class="meta">
                {move || {
                    address
                        .get()
                        .and_then(|answer| answer.address.as_ref().map(|a| a.line.clone()))
                }}
            </p>
        </div>
        <TroubleNote trouble=other on_retry=move || here.refresh() />
        {move || match (outside.get(), here.get()) {
            _ if locating.get() => view! { <Skeleton lines=3 /> }.into_any(),
            (Some(trouble), _) => {
                view! { <Outside trouble=trouble zones=zones go=go /> }.into_any()
            }
            (None, Some(here)) => {
                view! {
                    <Promised here=(*here).clone() />
                    <Confirm pin=pin here=(*here).clone() words=words next=next />
                }
                    .into_any()
            }
            (None, None) if here.loading() => view! { <Skeleton lines=3 /> }.into_any(),
            (None, None) => ().into_any(),
        }}
    }
}

/// The kind refusal, with a way out.
#[component]
fn Outside(
    trouble: Trouble,
    zones: client::Cached<ZonesAnswer>,
    go: impl Fn(GeoPoint) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let nearest = trouble
        .data
        .get("nearest")
        .and_then(serde_json::Value::as_str)
        .map(str::to_owned);
    let away = trouble
        .data
        .get("distance_m")
        .and_then(serde_json::Value::as_u64)
        .map(|metres| msg::pin_away(distance(metres as u32)));
    let sector = Memo::new(move |_| {
        let slug = nearest.as_deref()?;
        sectors(zones.get().as_deref())
            .into_iter()
            .find(|sector| sector.slug.as_str() == slug)
    });
    view! {
        <Note icon="map-pin">{trouble.detail} " " {away}</Note>
        {move || {
            sector
                .get()
                .map(|sector| {
                    let name = t(&sector.name);
                    view! {
                        <button
                            type="button"
                            class="btn primary block"
                            on:click=move |_| go(sector.centre)
                        >
                            {msg::pin_go_to(name)}
                        </button>
                    }
                })
        }}
    }
}

/// The shortest promise here, as a reason to go on.
#[component]
fn Promised(here: Here) -> impl IntoView {
    let best = here
        .categories
        .iter()
        .filter(|category| category.served)
        .filter_map(|category| Some((category.arrive_within_minutes?, category.from)))
        .min_by_key(|(minutes, _)| *minutes);
    best.map(|(minutes, from)| {
        view! {
            <div class="note brand">
                <Icon name="shield-check" />
                <span>{msg::pin_promise(within(minutes), sar_from(from))}</span>
            </div>
        }
    })
}
