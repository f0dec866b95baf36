//! The customer's app: finds a service, books it for a place and an hour, pays, and follows the
//! visit to its receipt. Compiled to WebAssembly; what it knows of the world comes through
//! `client`, what it looks like through `ui`.

mod draft;
mod later;
mod parts;
mod place;
mod routes;
mod screens;
mod shell;
mod store;

/// The words of this app, made from `messages/*.ftl` by the build.
#[allow(clippy::single_char_add_str, reason = "made by the build")]
pub mod msg {
    include!(concat!(env!("OUT_DIR"), "/msg.rs"));
}

use leptos::prelude::*;
use wasm_bindgen::JsCast;

fn main() {
    console_error_panic_hook::set_once();
    client::start(client::news::for_customers);
    // The skeleton stays until the part that this address belongs to is here too.
    match later::of(&location().pathname().unwrap_or_default()) {
        Some(ready) => client::spawn(async {
            ready.await;
            mount();
        }),
        None => mount(),
    }
}

/// The first screen is built aside and then takes the place of the shell's skeleton in one step,
/// so that nothing flickers in between.
fn mount() {
    let document = document();
    let Some(app) = document.get_element_by_id("app") else {
        return;
    };
    let Ok(root) = document.create_element("div") else {
        return;
    };
    root.set_class_name("root");
    leptos::mount::mount_to(root.clone().unchecked_into(), routes::App).forget();
    app.replace_children_with_node_1(&root);
}
