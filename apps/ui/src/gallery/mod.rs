//! Every component in all its states, in the reader's language and theme, with a day's worth of
//! believable data. A page of its own in development, and a browser test.

mod controls;
mod foundations;
mod overlays;
mod promises;
mod things;

use crate::i18n::is_ar;
use kernel::{Time, minutes, seconds};
use leptos::prelude::*;

/// A sample's words in both languages.
pub(crate) fn s(ar: &'static str, en: &'static str) -> &'static str {
    if is_ar() { ar } else { en }
}

/// The samples' hour: Thursday 3 December 2026, 4:02 PM in Riyadh. It stands, so that a picture of
/// the page is always the same.
pub(crate) fn now() -> Time {
    Time::from_millis(1_796_302_920_000)
}
pub(crate) fn standing() -> Signal<Time> {
    Signal::stored(now())
}
pub(crate) fn before(m: i64) -> Time {
    now() - minutes(m)
}
pub(crate) fn after_s(s: i64) -> Time {
    now() + seconds(s)
}

/// A part of the page with its heading; `id` is its address.
#[component]
pub(crate) fn Spec(
    id: &'static str,
    title: &'static str,
    #[prop(optional)] wide: bool,
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-heading");
    let named_by = heading.clone();
    view! {
        <section class="spec" class:wide=wide id=id aria-labelledby=named_by>
            <h2 id=heading>{title}</h2>
            {children()}
        </section>
    }
}

/// The whole gallery. Mount `Toaster` beside it.
#[component]
pub fn Gallery() -> impl IntoView {
    view! {
        <div class="gallery">
            {foundations::view()}
            {controls::view()}
            {promises::view()}
            {things::view()}
            {overlays::view()}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_hour_is_what_it_says() {
        assert_eq!(now().to_string(), "2026-12-03T13:02:00Z");
    }
}
