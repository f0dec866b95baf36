//! The service worker: keeps the app's shell for when there is no network, and tells when a newer
//! version waits.

use crate::{page::page, web};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

thread_local! {
    static UPDATE: RefCell<Option<ArcRwSignal<bool>>> = const { RefCell::new(None) };
    static WAITING: RefCell<Option<web_sys::ServiceWorker>> = const { RefCell::new(None) };
    /// What a change of worker means: that we asked for it, and whether to load the page again.
    static ASKED: Cell<Option<Asked>> = const { Cell::new(None) };
}

#[derive(Clone, Copy, PartialEq)]
enum Asked {
    ToReload,
    /// The page is of the new worker's version already.
    Silently,
}

/// A long-lived tab asks for a newer version this often.
const ASK_EVERY_MS: u32 = 30 * 60 * 1000;

fn signal() -> ArcRwSignal<bool> {
    UPDATE.with_borrow_mut(|update| {
        update
            .get_or_insert_with(|| ArcRwSignal::new(false))
            .clone()
    })
}

/// A newer version is here and waits for [`apply_update`].
pub fn update_ready() -> Signal<bool> {
    signal().into()
}

/// Loads the page again in the newer version.
pub fn apply_update() {
    match WAITING.take() {
        Some(worker) => {
            ASKED.set(Some(Asked::ToReload));
            tell(&worker, "skipWaiting");
        }
        None => reload(),
    }
}

fn tell(worker: &web_sys::ServiceWorker, what: &str) {
    let message = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&message, &"type".into(), &what.into());
    let _ = worker.post_message(&message);
}

fn reload() {
    if let Some(window) = web::window() {
        let _ = window.location().reload();
    }
}

fn container() -> Option<web_sys::ServiceWorkerContainer> {
    let window = web::window()?;
    // Absent on an insecure address.
    web::get(&window.navigator(), "serviceWorker")?
        .dyn_into()
        .ok()
}

/// This app's worker and what it looks after.
fn paths() -> (&'static str, &'static str) {
    if page().is_admin() {
        ("/admin/sw.js", "/admin/")
    } else {
        ("/sw.js", "/")
    }
}

/// The customer's worker also answers for the console until the console has one of its own: that
/// one's coming is no update.
fn ours_controls(container: &web_sys::ServiceWorkerContainer) -> bool {
    let (script, _) = paths();
    container
        .controller()
        .and_then(|worker| web_sys::Url::new(&worker.script_url()).ok())
        .is_some_and(|url| url.pathname() == script)
}

pub(crate) fn start() {
    let Some(container) = container() else { return };
    let first = !ours_controls(&container);
    web::listen(&container, "controllerchange", move |_| {
        match ASKED.take() {
            Some(Asked::ToReload) => reload(),
            Some(Asked::Silently) => {}
            // The first worker ever takes over a fresh page; later ones were let in by another tab,
            // and this one is of the version before.
            None if first => {}
            None => signal().set(true),
        }
    });
    web::listen(&container, "message", |event| {
        let data = web::get(&event, "data");
        let word = |name| web::get(data.as_ref()?, name)?.as_string();
        if word("type").as_deref() == Some("version") {
            decide(word("version"));
        }
    });
    let _ = web::call(&container, "startMessages", &[] as &[JsValue]);
    web::spawn(async move {
        let (script, scope) = paths();
        let options = js_sys::Object::new();
        let _ = js_sys::Reflect::set(&options, &"scope".into(), &scope.into());
        // By hand: the binding would need one more type for the options.
        let registering = web::call(&container, "register", &[script.into(), options.into()]);
        let Ok(promise) = registering.and_then(|p| p.dyn_into::<js_sys::Promise>()) else {
            return;
        };
        // Refused (private window, no file in development): the app works without.
        let Ok(registration) = JsFuture::from(promise).await else {
            return;
        };
        if let Ok(registration) = registration.dyn_into() {
            watch(registration);
        }
    });
}

fn watch(registration: web_sys::ServiceWorkerRegistration) {
    if let Some(worker) = registration.waiting() {
        ready(worker);
    }
    web::listen(&registration.clone(), "updatefound", {
        let registration = registration.clone();
        move |_| {
            if let Some(worker) = registration.installing() {
                let this = worker.clone();
                web::listen(&worker, "statechange", move |_| {
                    if this.state() == web_sys::ServiceWorkerState::Installed {
                        ready(this.clone());
                    }
                });
            }
        }
    });
    ask_again(registration);
}

fn ready(worker: web_sys::ServiceWorker) {
    // Without a controller this is the first visit, not an update.
    if container().is_some_and(|c| ours_controls(&c)) {
        tell(&worker, "version");
        WAITING.set(Some(worker));
    }
}

/// The worker that waits has said its version.
fn decide(version: Option<String>) {
    if version.as_ref() != Some(&page().version) {
        signal().set(true);
    } else if let Some(worker) = WAITING.take() {
        ASKED.set(Some(Asked::Silently));
        tell(&worker, "skipWaiting");
    }
}

fn ask_again(registration: web_sys::ServiceWorkerRegistration) {
    web::after(ASK_EVERY_MS, move || {
        if !web::hidden() {
            let _ = web::call(&registration, "update", &[] as &[JsValue]);
        }
        ask_again(registration);
    });
}
