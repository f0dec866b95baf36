//! Small things this browser remembers: the chosen place, the visit being put together. Storage
//! may be full or forbidden; then they are forgotten with the page.

use leptos::prelude::window;
use serde::Serialize;
use serde::de::DeserializeOwned;
use web_sys::Storage;

/// How long a thing is remembered.
#[derive(Clone, Copy)]
pub enum Keep {
    /// Until the reader clears it.
    Always,
    /// As long as this tab is open.
    Tab,
}

fn storage(keep: Keep) -> Option<Storage> {
    match keep {
        Keep::Always => window().local_storage(),
        Keep::Tab => window().session_storage(),
    }
    .ok()
    .flatten()
}

pub fn read<T: DeserializeOwned>(keep: Keep, name: &str) -> Option<T> {
    let text = storage(keep)?.get_item(name).ok().flatten()?;
    serde_json::from_str(&text).ok()
}

/// `None` forgets it.
pub fn write<T: Serialize>(keep: Keep, name: &str, value: Option<&T>) {
    let Some(storage) = storage(keep) else { return };
    // A full or forbidden store only means that it is not remembered.
    let _ = match value.and_then(|value| serde_json::to_string(value).ok()) {
        Some(text) => storage.set_item(name, &text),
        None => storage.remove_item(name),
    };
}
