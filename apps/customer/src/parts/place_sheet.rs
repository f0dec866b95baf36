//! The bar's place selector and the sheet with saved places behind it.

use crate::place::{Chosen, chosen};
use crate::{msg, shell};
use client::cache::cached;
use client::session::session;
use contract_bookings::{SavedPlace, SavedPlaces};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use ui::{Icon, Sheet, SkeletonRows};

#[component]
pub fn PlaceSelector() -> impl IntoView {
    let open = RwSignal::new(false);
    let place = chosen();
    view! {
        <button class="place" type="button" aria-haspopup="dialog" on:click=move |_| open.set(true)>
            <span class="micro">{msg::place_service_at()}</span>
            <b class="flex">
                <span class="clip">
                    {move || {
                        place
                            .with(|place| place.as_ref().map(Chosen::title))
                            .unwrap_or_else(|| msg::place_choose().to_owned())
                    }}
                </span>
                <Icon name="chevron-down" class="sm" />
            </b>
        </button>
        <Sheet open=open title=msg::place_sheet_title()>
            <PlaceList done=move || open.set(false) />
        </Sheet>
    }
}

#[component]
fn PlaceList(done: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let place = chosen();
    let location = use_location();
    let here = move || {
        let path = format!("{}{}", location.pathname.get(), location.search.get());
        format!("/pin?next={}", js_sys::encode_uri_component(&path))
    };
    let signed_in = move || session().get().is_some();
    let saved = cached::<SavedPlaces>(move || signed_in().then(|| "/v1/me/places".to_owned()));
    let row = move |saved: &SavedPlace| {
        let option = Chosen::from(saved);
        let id = saved.id;
        let title = option.title();
        let note = saved.note.clone();
        let current = move || place.with(|place| place.as_ref().and_then(|p| p.saved) == Some(id));
        view! {
            <button
                class="row"
                type="button"
                aria-pressed=move || current().to_string()
                on:click=move |_| {
                    place.set(Some(option.clone()));
                    done();
                }
            >
                <span class="glyph" class:plain=move || !current()>
                    <Icon name="map-pin" />
                </span>
                <span class="grow">
                    <span class="t">{title}</span>
                    {(!note.is_empty()).then(|| view! { <span class="s">{note}</span> })}
                </span>
                <Show when=current>
                    <Icon name="check" class="c-ok" />
                </Show>
            </button>
        }
    };
    view! {
        <div class="stack">
            {move || match saved.get() {
                Some(places) if !places.items.is_empty() => {
                    view! {
                        <div class="card flush rows">{places.items.iter().map(row).collect_view()}</div>
                    }
                        .into_any()
                }
                None if saved.loading() => view! { <SkeletonRows n=2 /> }.into_any(),
                _ => ().into_any(),
            }}
            <a class="btn secondary block" href=here on:click=move |_| done()>
                <Icon name="map-pin" />
                <span>{msg::place_on_map()}</span>
            </a>
            <Show when=move || !signed_in()>
                <a class="btn ghost block" href=move || shell::sign_in_path("/")>
                    {msg::place_sign_in()}
                </a>
            </Show>
        </div>
    }
}
