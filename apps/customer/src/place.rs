//! Where the work is to be done: the place everything on screen is told for.

use crate::store::{self, Keep};
use contract_bookings::SavedPlace;
use kernel::{GeoPoint, SavedPlaceId, Text};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

const NAME: &str = "khidma.place";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// The reader's own word for it (Home); empty where it has none.
    #[serde(default)]
    pub label: String,
    pub pin: GeoPoint,
    pub sector_name: Text,
    /// For the technician: floor, flat, gate.
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub saved: Option<SavedPlaceId>,
}

impl Chosen {
    /// `Home, Al Malqa`, or the district alone.
    pub fn title(&self) -> String {
        let sector = ui::i18n::t(&self.sector_name);
        if self.label.is_empty() {
            sector
        } else {
            crate::msg::place_title(&self.label, sector)
        }
    }

    /// What is served there, from which price and how soon.
    pub fn here_path(&self) -> String {
        here_path(self.pin)
    }
}

impl From<&SavedPlace> for Chosen {
    fn from(place: &SavedPlace) -> Self {
        Self {
            label: place.label.clone(),
            pin: place.pin,
            sector_name: place.sector_name.clone(),
            note: place.note.clone(),
            saved: Some(place.id),
        }
    }
}

/// Five decimals are about a metre; the same pin always gives the same path.
pub fn here_path(pin: GeoPoint) -> String {
    format!("/v1/here?lat={:.5}&lon={:.5}", pin.lat(), pin.lon())
}

#[derive(Clone, Copy)]
pub struct PlaceStore(RwSignal<Option<Chosen>>);

/// Called once, at the root.
pub fn provide() {
    let chosen = RwSignal::new(store::read::<Chosen>(Keep::Always, NAME));
    Effect::new(move |_| store::write(Keep::Always, NAME, chosen.get().as_ref()));
    provide_context(PlaceStore(chosen));
}

pub fn chosen() -> RwSignal<Option<Chosen>> {
    expect_context::<PlaceStore>().0
}
