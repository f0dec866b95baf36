//! Whether the server can be reached.

use crate::{cache, live, retry, web};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};

thread_local! {
    static ONLINE: RefCell<Option<ArcRwSignal<bool>>> = const { RefCell::new(None) };
    static PROBES: Cell<u32> = const { Cell::new(0) };
    static TIMER: Cell<Option<i32>> = const { Cell::new(None) };
}

fn signal() -> ArcRwSignal<bool> {
    ONLINE.with_borrow_mut(|online| {
        online
            .get_or_insert_with(|| ArcRwSignal::new(device_online()))
            .clone()
    })
}

/// What the device believes: a no is to be trusted, a yes is not.
pub(crate) fn device_online() -> bool {
    web::window().is_none_or(|w| w.navigator().on_line())
}

/// False while the device has no network, or our server did not answer lately.
pub fn online() -> Signal<bool> {
    signal().into()
}

pub(crate) fn start() {
    signal();
    web::listen_window("online", |_| probe());
    web::listen_window("offline", |_| set(false));
}

fn set(online: bool) {
    let signal = signal();
    if signal.get_untracked() != online {
        signal.set(online);
        if online {
            cache::revalidate_all();
            live::wake();
        }
    }
}

/// An answer came, whatever it was.
pub(crate) fn reached() {
    PROBES.set(0);
    web::stop_timer(TIMER.take());
    set(true);
}

/// A request got no answer.
pub(crate) fn lost() {
    set(false);
    if TIMER.get().is_none() && device_online() {
        let wait = retry::backoff_ms(PROBES.get(), 2_000.0, 15_000.0, web::random());
        PROBES.set(PROBES.get() + 1);
        TIMER.set(web::after(wait, || {
            TIMER.set(None);
            probe();
        }));
    }
}

fn probe() {
    web::spawn(async {
        if crate::api::ping().await {
            reached();
        } else {
            lost();
        }
    });
}
