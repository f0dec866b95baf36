//! Khidma's design system (shared/design, in Rust): words, numbers, the promise's rule and the
//! components, one way of doing each. Native elements first; every component works by keyboard
//! and screen reader, in both directions and both themes. `gallery` shows all of them.

pub mod format;
pub mod gallery;
pub mod i18n;
pub mod sla;

/// The design system's own words; apps may use them too.
pub mod msg {
    include!(concat!(env!("OUT_DIR"), "/msg.rs"));
}

mod action;
mod button;
mod devices;
mod field;
mod icon;
mod later;
mod loading;
mod money;
mod notes;
mod overlay;
mod palette;
mod pills;
mod progress;
mod promise;
mod qr;
mod rating;
mod secret;
mod step_up;
mod story;
mod tabs;
mod toast;

pub use action::Action;
pub use button::{Button, Kind, Size};
pub use devices::{DeviceRows, Devices};
pub use field::{CodeInput, Field, FieldId, PhoneInput};
pub use i18n::{lang, plural, t};
pub use icon::{Icon, IconName, SlaGlyph};
pub use later::{Missing, later};
pub use loading::{Empty, Skeleton, SkeletonRows, Slow};
pub use money::{Amount, Receipt, ReceiptLine};
pub use notes::{FieldTrouble, Note, OfflineBar, TroubleNote, UpdateBar, elsewhere, field_error};
pub use overlay::{Dialog, Sheet};
pub use palette::{Palette, PaletteItem};
pub use pills::{BookingPill, JobPill, RequestPill, booking_words, job_words, request_words};
pub use progress::{Bar, Steps};
pub use promise::{ClockRing, PromiseLine, SlaTag};
pub use qr::Qr;
pub use rating::{StarPicker, Stars};
pub use secret::{PasswordInput, Proof, ProofInput};
pub use sla::{Sla, sla_of, sla_with};
pub use step_up::StepUpDialog;
pub use story::{StepKind, Story, StoryStep};
pub use tabs::{Kbd, Seg, Tab, Tabs, focus};
pub use toast::{Toaster, toast, toast_with};

/// The page's title: `title · خدمة`.
pub fn set_title(title: &str) {
    if let Some(document) = browser().and_then(|w| w.document()) {
        document.set_title(title);
    }
}

/// The window; there is none outside a browser.
pub(crate) fn browser() -> Option<web_sys::Window> {
    if cfg!(target_arch = "wasm32") {
        web_sys::window()
    } else {
        None
    }
}

/// An id no other element of the page has.
pub fn fresh_id(prefix: &str) -> String {
    thread_local! {
        static NEXT: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
    }
    let n = NEXT.get();
    NEXT.set(n + 1);
    format!("{prefix}-{n}")
}
