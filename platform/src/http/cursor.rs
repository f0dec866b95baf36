//! Opaque page cursors: the sort key of the last row, as base64 of its JSON.

use super::Problem;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Cursor, Text};
use serde::{Serialize, de::DeserializeOwned};

pub fn encode<T: Serialize>(key: &T) -> Cursor {
    // A key of ids and times always serialises; an empty cursor would only start over.
    Cursor(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default()))
}

pub fn decode<T: DeserializeOwned>(cursor: &str) -> Result<T, Problem> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| {
            Problem::bad_request(
                "http.bad_cursor",
                Text::new(
                    "مؤشّر الصفحة غير صحيح. ابدأ من أول القائمة.",
                    "The page cursor is not valid. Start from the beginning of the list.",
                ),
            )
            .field("cursor")
        })
}
