//! What this browser remembers for its user: views, density, keys, the last reason. None of it is
//! about customers.

use serde::Serialize;
use serde::de::DeserializeOwned;

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// None where nothing was kept, or where it can't be read.
pub fn load<T: DeserializeOwned>(key: &str) -> Option<T> {
    let text = storage()?.get_item(&full(key)).ok().flatten()?;
    serde_json::from_str(&text).ok()
}

/// A browser that keeps nothing (private, or full) is no trouble: the page works without.
pub fn save<T: Serialize>(key: &str, value: &T) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(value)) {
        let _ = storage.set_item(&full(key), &text);
    }
}

fn full(key: &str) -> String {
    format!("khidma.admin.{key}")
}
