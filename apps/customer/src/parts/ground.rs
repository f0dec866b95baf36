//! What lies under every map of ours: the ground we serve and the districts' names.

use client::cache::cached;
use client::map::{Map, MapLabel};
use contract_location::{OutlineAnswer, Sector, ZonesAnswer};
use leptos::prelude::*;
use ui::i18n::t;

/// Draws them on `map` as they come; what the zones are is told back.
pub fn draw(map: Map) -> client::Cached<ZonesAnswer> {
    let zones = cached::<ZonesAnswer>(|| Some("/v1/zones".to_owned()));
    let outline = cached::<OutlineAnswer>(|| Some("/v1/zones/outline".to_owned()));
    Effect::new(move |_| {
        if let Some(outline) = outline.get() {
            map.set_outlines(&outline.zones);
        }
    });
    Effect::new(move |_| {
        if let Some(zones) = zones.get() {
            map.set_labels(&labels(&zones));
        }
    });
    zones
}

pub fn sectors(zones: Option<&ZonesAnswer>) -> Vec<Sector> {
    zones
        .map(|zones| zones.zones.iter().flat_map(|z| z.sectors.clone()).collect())
        .unwrap_or_default()
}

fn labels(zones: &ZonesAnswer) -> Vec<MapLabel> {
    sectors(Some(zones))
        .into_iter()
        .map(|sector| MapLabel {
            text: t(&sector.name),
            point: sector.centre,
            major: false,
        })
        .collect()
}
