//! News as it happens: one stream of server-sent events for the page, read with `fetch` because it
//! needs the `Authorization` header. Broken off, it comes back by itself and resumes where it
//! stopped; what a resumed stream can't tell, [`Live::Reset`] says: then everything is old.

use crate::page::page;
use crate::sse::Parser;
use crate::{api, cache, clock, net, news, retry, session, web};
use kernel::access::Permission;
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

pub use contract_bookings::Live;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LiveState {
    /// On the way, or nobody is signed in who may hear it.
    Connecting,
    Live,
    /// What is shown may be old.
    Offline,
}

/// The server says hello every 15 s; silence for this long means the line is dead.
const SILENCE_MS: f64 = 40_000.0;
const LOOK_EVERY_MS: u32 = 5_000;
const CONNECT_LIMIT_MS: u32 = 15_000;
/// A stream that ended sooner did not work.
const SHORT_MS: f64 = 2_000.0;
/// Not all pages in the same moment, when a server stops.
const AT_ONCE_MS: f64 = 600.0;
/// In the paths of what news are about; the rest changes without a word.
const TOLD_OF: [&str; 4] = ["/bookings", "/jobs", "/alarms", "/notifications"];
/// Tries that may fail before the reader is told.
const QUIET_TRIES: u32 = 1;

type Listener = Rc<dyn Fn(&Live)>;

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    /// Not wanted yet, or nobody is signed in who may hear it.
    Idle,
    Connecting,
    Open,
    /// Until the next try.
    Waiting,
}

thread_local! {
    static READER: Cell<news::Reader> = const { Cell::new(news::for_customers) };
    static STATE: RefCell<Option<ArcRwSignal<LiveState>>> = const { RefCell::new(None) };
    static LISTENERS: RefCell<Vec<(u64, Listener)>> = const { RefCell::new(Vec::new()) };
    static NEXT_LISTENER: Cell<u64> = const { Cell::new(0) };
    static WANTED: Cell<bool> = const { Cell::new(false) };
    static PHASE: Cell<Phase> = const { Cell::new(Phase::Idle) };
    /// Each run of the stream has a number; an older run ends when it notices.
    static RUN: Cell<u64> = const { Cell::new(0) };
    static LAST_ID: RefCell<Option<String>> = const { RefCell::new(None) };
    /// A stream was open once for this session.
    static OPENED: Cell<bool> = const { Cell::new(false) };
    static HEARD_MS: Cell<f64> = const { Cell::new(0.0) };
    static ABORT: RefCell<Option<web_sys::AbortController>> = const { RefCell::new(None) };
}

fn signal() -> ArcRwSignal<LiveState> {
    STATE.with_borrow_mut(|state| {
        state
            .get_or_insert_with(|| ArcRwSignal::new(LiveState::Connecting))
            .clone()
    })
}

fn set(state: LiveState) {
    let signal = signal();
    if signal.get_untracked() != state {
        signal.set(state);
    }
}

pub(crate) fn start(reader: news::Reader) {
    READER.set(reader);
}

/// How the stream is. The first call opens it.
pub fn live() -> Signal<LiveState> {
    want();
    signal().into()
}

/// Calls `f` with everything new until the calling component leaves. The first call opens the
/// stream.
pub fn on_live(f: impl Fn(&Live) + 'static) {
    let id = NEXT_LISTENER.get();
    NEXT_LISTENER.set(id + 1);
    LISTENERS.with_borrow_mut(|listeners| listeners.push((id, Rc::new(f))));
    on_cleanup(move || {
        LISTENERS.with_borrow_mut(|listeners| listeners.retain(|(other, _)| *other != id));
    });
    want();
}

/// A snapshot stood at this event: nothing after it may be missed. For screens that read a whole
/// first and follow the changes.
pub fn follow_from(event: &str) {
    if LAST_ID.with_borrow(Option::is_none) {
        LAST_ID.set(Some(event.to_owned()));
        if PHASE.get() != Phase::Idle {
            run();
        }
    }
    want();
}

fn want() {
    if WANTED.replace(true) || !web::in_browser() {
        return;
    }
    web::listen_document("visibilitychange", |_| {
        if !web::hidden() {
            wake();
            look();
        }
    });
    keep_looking();
    run();
}

fn keep_looking() {
    web::after(LOOK_EVERY_MS, || {
        look();
        keep_looking();
    });
}

/// After sleep, or a line that died silently.
fn look() {
    let silent = web::page_ms() - HEARD_MS.get() > SILENCE_MS;
    if PHASE.get() == Phase::Open && silent {
        run();
    }
}

/// The network is back, or the reader is: no use in waiting longer.
pub(crate) fn wake() {
    if PHASE.get() == Phase::Waiting {
        run();
    }
}

/// Another person, or nobody, is signed in: the old stream is not theirs.
pub(crate) fn session_changed() {
    LAST_ID.set(None);
    OPENED.set(false);
    if WANTED.get() {
        run();
    }
}

/// Ends the run before, if any, and begins a new one.
fn run() {
    let number = RUN.get() + 1;
    RUN.set(number);
    if let Some(abort) = ABORT.take() {
        abort.abort();
    }
    // Whoever may not hear the news does not ask for them again and again.
    if session::may(stream_of_app().1) {
        PHASE.set(Phase::Connecting);
        web::spawn(keep_open(number));
    } else {
        PHASE.set(Phase::Idle);
        set(LiveState::Connecting);
    }
}

fn current(number: u64) -> bool {
    RUN.get() == number
}

async fn keep_open(number: u64) {
    let mut failures = 0;
    while current(number) {
        PHASE.set(Phase::Connecting);
        let end = stream(number).await;
        if !current(number) {
            return;
        }
        let wait = match end {
            End::SignedOut => {
                PHASE.set(Phase::Idle);
                set(LiveState::Connecting);
                return;
            }
            End::WasOpen => {
                failures = 0;
                retry::backoff_ms(0, AT_ONCE_MS, AT_ONCE_MS, web::random())
            }
            End::Failed => {
                failures += 1;
                let quiet = failures <= QUIET_TRIES && net::device_online();
                set(if quiet {
                    LiveState::Connecting
                } else {
                    LiveState::Offline
                });
                retry::backoff_ms(failures - 1, 1_000.0, 30_000.0, web::random())
            }
        };
        PHASE.set(Phase::Waiting);
        web::sleep(wait).await;
    }
}

enum End {
    /// It worked for a while; it ends with each access token, so that is nothing to tell.
    WasOpen,
    Failed,
    SignedOut,
}

fn stream_of_app() -> (&'static str, Permission) {
    if page().is_admin() {
        ("/v1/staff/live", Permission::DispatchRead)
    } else {
        ("/v1/live", Permission::BookingsRead)
    }
}

async fn stream(number: u64) -> End {
    let token = match session::access_token().await {
        Ok(Some(token)) => token,
        Ok(None) => return End::SignedOut,
        Err(trouble) if trouble.kind == api::TroubleKind::SignedOut => return End::SignedOut,
        Err(_) => return End::Failed,
    };
    if !current(number) {
        return End::Failed;
    }
    let abort = web_sys::AbortController::new().ok();
    ABORT.set(abort.clone());
    let timer = web::after(CONNECT_LIMIT_MS, {
        let abort = abort.clone();
        move || {
            if let Some(abort) = abort {
                abort.abort();
            }
        }
    });
    let response = connect(&token, abort.as_ref()).await;
    web::stop_timer(timer);
    let Ok(response) = response else {
        // A newer run breaks this one off on purpose.
        if current(number) {
            net::lost();
        }
        return End::Failed;
    };
    net::reached();
    match response.status() {
        200 => {}
        401 => {
            return match session::renew(&token).await {
                Err(trouble) if trouble.kind == api::TroubleKind::SignedOut => End::SignedOut,
                _ => End::Failed,
            };
        }
        _ => return End::Failed,
    }
    let Some(reader) = response.body().and_then(|b| {
        b.get_reader()
            .dyn_into::<web_sys::ReadableStreamDefaultReader>()
            .ok()
    }) else {
        return End::Failed;
    };
    PHASE.set(Phase::Open);
    HEARD_MS.set(web::page_ms());
    // Without an id to resume from, what happened before is not known: since the stream that broke
    // off, or since the first screen was read.
    let again = OPENED.replace(true);
    if LAST_ID.with_borrow(Option::is_none) {
        if again {
            tell(&Live::Reset);
        } else {
            cache::invalidate_mentioning(&TOLD_OF);
        }
    }
    set(LiveState::Live);
    let began = web::page_ms();
    read(number, &reader).await;
    if web::page_ms() - began < SHORT_MS {
        End::Failed
    } else {
        End::WasOpen
    }
}

async fn connect(
    token: &str,
    abort: Option<&web_sys::AbortController>,
) -> Result<web_sys::Response, JsValue> {
    let headers = web_sys::Headers::new()?;
    headers.set("Accept", "text/event-stream")?;
    headers.set("Accept-Language", page().lang.as_str())?;
    headers.set("Authorization", &format!("Bearer {token}"))?;
    if let Some(id) = LAST_ID.with_borrow(Clone::clone) {
        headers.set("Last-Event-ID", &id)?;
    }
    let init = web_sys::RequestInit::new();
    init.set_method("GET");
    init.set_cache(web_sys::RequestCache::NoStore);
    init.set_headers(headers.unchecked_ref());
    init.set_signal(abort.map(web_sys::AbortController::signal).as_ref());
    api::fetch(stream_of_app().0, &init).await
}

/// Until the stream ends, for whatever reason.
async fn read(number: u64, reader: &web_sys::ReadableStreamDefaultReader) {
    let mut parser = Parser::default();
    while let Ok(piece) = JsFuture::from(reader.read()).await {
        if !current(number) {
            break;
        }
        let Some(bytes) = web::get(&piece, "value") else {
            break;
        };
        HEARD_MS.set(web::page_ms());
        let bytes = js_sys::Uint8Array::unchecked_from_js(bytes).to_vec();
        for event in parser.push(&bytes) {
            match READER.get()(&event.data) {
                Ok(news) => tell(&news),
                // A newer server's news: an older app can only read again.
                Err(error) => web::warn(&format!("news could not be read: {error}")),
            }
        }
        if let Some(id) = parser.last_id() {
            LAST_ID.set(Some(id.to_owned()));
        }
    }
}

fn tell(news: &Live) {
    match news {
        Live::Hello { now, speed } => clock::re_anchor(*now, *speed),
        Live::Reset => cache::invalidate(""),
        Live::Booking { booking, .. } => {
            cache::invalidate_about("/v1/bookings", &booking.to_string())
        }
        Live::Job(line) => {
            cache::invalidate_mentioning(&[&line.job.to_string(), &line.booking.to_string()]);
        }
        Live::JobGone { job } => cache::invalidate_mentioning(&[&job.to_string()]),
        Live::Alarm(_) => cache::invalidate("/v1/alarms"),
        Live::Notification => cache::invalidate("/v1/notifications"),
        Live::Positions { .. } | Live::Presence(_) => {}
    }
    // A listener may come or go while one is called.
    let listeners: Vec<Listener> =
        LISTENERS.with_borrow(|l| l.iter().map(|(_, f)| f.clone()).collect());
    for listener in listeners {
        listener(news);
    }
}
