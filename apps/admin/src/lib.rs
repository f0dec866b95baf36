//! The admin console: a live queue by risk, a map, and one job with all that is known of it.
//!
//! What decides (order, filters, what an event changes) is in [`board`] and [`filter`], without a
//! browser; [`store`] makes it signals; the rest draws.

mod app;
mod bookings;
mod console;
mod frame;
mod gallery;
mod keep;
mod keys;
mod palette;
mod profile;
mod rights;
mod sign_in;
mod words;

pub use console::{board, filter};

/// The words of this app, from `messages/`.
#[allow(clippy::all)]
pub mod msg {
    include!(concat!(env!("OUT_DIR"), "/msg.rs"));
}

/// Puts the app into the page.
pub fn start() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
