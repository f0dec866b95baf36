//! What somebody takes along from the page: into the clipboard, or as a file.

use crate::web;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// False where the browser does not allow it.
pub async fn copy(text: &str) -> bool {
    let Some(clipboard) = web::window().and_then(|w| web::get(&w.navigator(), "clipboard")) else {
        return false;
    };
    let Ok(written) = web::call(&clipboard, "writeText", &[text.into()]) else {
        return false;
    };
    JsFuture::from(js_sys::Promise::resolve(&written))
        .await
        .is_ok()
}

/// Offers the text as a file of that name.
pub fn save(name: &str, text: &str) {
    // Refused only by browsers that know no files.
    let _ = try_save(name, text);
}

fn try_save(name: &str, text: &str) -> Result<(), JsValue> {
    let document = web::document().ok_or(JsValue::NULL)?;
    let blob = web_sys::Blob::new_with_str_sequence(&js_sys::Array::of1(&text.into()))?;
    let url = web_sys::Url::create_object_url_with_blob(&blob)?;
    let link: web_sys::HtmlElement = document.create_element("a")?.unchecked_into();
    link.set_attribute("href", &url)?;
    link.set_attribute("download", name)?;
    link.click();
    web_sys::Url::revoke_object_url(&url)
}
