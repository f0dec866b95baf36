//! The map of one visit: the customer's pin, the technician while a visit is under way, and
//! nothing else. The words beside it say the same.

use crate::msg;
use crate::parts::ground;
use crate::parts::headline::technician;
use client::cache::Cached;
use client::map::{Map, MapTechnician, MapView};
use contract_bookings::{BookingView, TrackView};
use kernel::{GeoPoint, seconds};
use leptos::prelude::*;
use ui::format::clock12;

const STREET: f64 = 14.0;

#[component]
pub fn TrackMap(booking: Cached<BookingView>, track: Cached<TrackView>) -> impl IntoView {
    let pin = Memo::new(move |_| booking.get().map(|booking| booking.pin));
    move || {
        pin.get()
            .map(|pin| view! { <Picture pin=pin track=track /> })
    }
}

#[component]
fn Picture(pin: GeoPoint, track: Cached<TrackView>) -> impl IntoView {
    let map = Map::new();
    let position = Memo::new(move |_| track.get().and_then(|track| track.position));
    // Where the technician came from, for the arrow.
    let before = StoredValue::new(None::<GeoPoint>);
    let framed = StoredValue::new(false);
    map.set_pin(Some(pin));
    ground::draw(map);
    Effect::new(move |_| {
        let Some(at) = position.get() else {
            map.set_technicians(&[]);
            map.set_route(&[], None);
            return;
        };
        let from = before
            .get_value()
            .filter(|from| from.distance_m(at.point) > 5.0);
        map.set_technicians(&[MapTechnician {
            id: at.technician,
            point: at.point,
            heading_deg: from.map(|from| bearing(from, at.point)),
            busy: false,
            fresh: at.fresh,
        }]);
        map.set_route(&[at.point, pin], Some(at.technician));
        if from.is_some() || before.get_value().is_none() {
            before.set_value(Some(at.point));
        }
        // Once, then the picture is the reader's to move.
        if !framed.get_value() {
            framed.set_value(true);
            map.fit(&[at.point, pin]);
        }
    });
    let now = client::clock::use_now();
    let stale = Memo::new(move |_| {
        let at = position.get()?.at;
        (now.get() > at + seconds(60)).then_some(at)
    });
    view! {
        <MapView
            map=map
            label=msg::map_label_track()
            centre=pin
            zoom=STREET
            class="fill"
        />
        {move || {
            stale
                .get()
                .map(|at| {
                    let name = track
                        .get()
                        .map_or_else(|| msg::the_technician().to_owned(), |t| technician(&t));
                    view! { <p class="map-stale">{msg::map_stale(name, clock12(at))}</p> }
                })
        }}
    }
}

/// Degrees from north, clockwise; exact enough between two near points.
fn bearing(from: GeoPoint, to: GeoPoint) -> u16 {
    let north = to.lat() - from.lat();
    let east = (to.lon() - from.lon()) * from.lat().to_radians().cos();
    (east.atan2(north).to_degrees().rem_euclid(360.0)) as u16 % 360
}
