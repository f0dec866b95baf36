//! The few things of the browser that several parts need. All of them answer `None` (or do
//! nothing) outside a browser, so that pure parts can be tested on the host.

use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;

pub fn in_browser() -> bool {
    cfg!(target_arch = "wasm32")
}

pub fn window() -> Option<web_sys::Window> {
    if in_browser() {
        web_sys::window()
    } else {
        None
    }
}

pub fn document() -> Option<web_sys::Document> {
    window()?.document()
}

/// The device's own time, milliseconds since 1970.
pub fn wall_ms() -> Option<f64> {
    in_browser().then(js_sys::Date::now)
}

/// Milliseconds since the page began; never runs back.
pub fn page_ms() -> f64 {
    window()
        .and_then(|w| w.performance())
        .map_or(0.0, |p| p.now())
}

/// 0 to 1.
pub fn random() -> f64 {
    if in_browser() {
        js_sys::Math::random()
    } else {
        0.5
    }
}

/// Absent where the person has forbidden it.
pub fn storage() -> Option<web_sys::Storage> {
    window()?.local_storage().ok().flatten()
}

pub fn stored(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

pub fn store(key: &str, value: Option<&str>) {
    if let Some(storage) = storage() {
        // A full or forbidden storage costs the next visit a sign-in, not this one its work.
        let _ = match value {
            Some(value) => storage.set_item(key, value),
            None => storage.remove_item(key),
        };
    }
}

/// For the life of the page.
pub fn listen(target: &web_sys::EventTarget, event: &str, f: impl FnMut(web_sys::Event) + 'static) {
    let closure = Closure::<dyn FnMut(web_sys::Event)>::new(f);
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}

pub fn listen_window(event: &str, f: impl FnMut(web_sys::Event) + 'static) {
    if let Some(window) = window() {
        listen(&window, event, f);
    }
}

pub fn listen_document(event: &str, f: impl FnMut(web_sys::Event) + 'static) {
    if let Some(document) = document() {
        listen(&document, event, f);
    }
}

pub fn hidden() -> bool {
    document().is_some_and(|d| d.visibility_state() == web_sys::VisibilityState::Hidden)
}

/// Calls `f` once after `ms`. The number stops it: [`stop_timer`].
pub fn after(ms: u32, f: impl FnOnce() + 'static) -> Option<i32> {
    let f = Closure::once_into_js(f);
    window()?
        .set_timeout_with_callback_and_timeout_and_arguments_0(
            f.unchecked_ref(),
            i32::try_from(ms).unwrap_or(i32::MAX),
        )
        .ok()
}

pub fn stop_timer(id: Option<i32>) {
    if let (Some(window), Some(id)) = (window(), id) {
        window.clear_timeout_with_handle(id);
    }
}

pub async fn sleep(ms: u32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = window() {
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(
                &resolve,
                i32::try_from(ms).unwrap_or(i32::MAX),
            );
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// Starts work that outlives whoever asked for it; also before anything is mounted.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(work);
}

/// `object[name]`, when it is there.
pub fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(object, &name.into())
        .ok()
        .filter(|v| !v.is_undefined() && !v.is_null())
}

/// `object.name(...)`.
pub fn call(object: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let function: js_sys::Function = js_sys::Reflect::get(object, &name.into())?.dyn_into()?;
    function.apply(object, &arguments.iter().collect())
}

/// Remembers a choice for a year, for the server's shell to see.
pub fn set_cookie(name: &str, value: &str) {
    let Some(document) = document() else { return };
    let secure = window()
        .and_then(|w| w.location().protocol().ok())
        .is_some_and(|p| p == "https:");
    let cookie = format!(
        "{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax{}",
        if secure { "; Secure" } else { "" }
    );
    if let Some(document) = document.dyn_ref::<web_sys::HtmlDocument>() {
        let _ = document.set_cookie(&cookie);
    }
}

/// For whoever looks at the console; never personal data.
pub fn warn(text: &str) {
    if in_browser() {
        let _ = get(&js_sys::global(), "console").map(|c| call(&c, "warn", &[text.into()]));
    }
}
