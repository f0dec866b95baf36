//! The admin console: a live queue by risk, a map, and one job with all that is known of it.
//!
//! What decides (order, filters, what an event changes) is in [`board`] and [`filter`], without a
//! browser; [`store`] makes it signals; the rest draws.

mod app;
mod bookings;
mod console;
mod copy;
mod frame;
mod gallery;
mod keep;
mod keys;
mod later;
mod paged;
mod palette;
mod privacy;
mod profile;
mod rights;
mod security;
mod sign_in;
mod staff;
mod step_up;
mod words;

pub use console::{board, filter};

use wasm_bindgen::JsCast;

/// The words of this app, from `messages/`.
#[allow(clippy::all)]
pub mod msg {
    include!(concat!(env!("OUT_DIR"), "/msg.rs"));
}

/// Puts the app into the page.
pub fn start() {
    console_error_panic_hook::set_once();
    client::start(client::news::for_staff);
    // The skeleton stays until the part that this address belongs to is here too.
    let path = leptos::prelude::location().pathname();
    match later::of(&path.unwrap_or_default()) {
        Some(ready) => client::spawn(async {
            ready.await;
            mount();
        }),
        None => mount(),
    }
}

/// Built aside, the app takes the place of the shell's skeleton in one step, so that nothing flickers
/// in between.
fn mount() {
    let document = leptos::prelude::document();
    let Some(place) = document.get_element_by_id("app") else {
        return;
    };
    let Ok(root) = document.create_element("div") else {
        return;
    };
    root.set_class_name("root");
    leptos::mount::mount_to(root.clone().unchecked_into(), app::App).forget();
    place.replace_children_with_node_1(&root);
}
