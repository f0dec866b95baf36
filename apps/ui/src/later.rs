//! Parts of an app that are loaded when they are first wanted, so that the first page need not wait
//! for screens that nobody has opened yet.

use crate::{Button, Kind, Note, Size, Sla, msg};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// The part did not come: there is no network, or a newer build has taken its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing;

impl From<SplitLoaderError> for Missing {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Coming,
    Here,
    Missing,
}

/// What `view` of a part shows. Where the part is at hand already it is shown at once; until it is,
/// `around` holds the outline of what comes, or the word that it did not and a way to try again.
pub fn later<Ready, View>(
    ready: fn() -> Ready,
    view: impl Fn() -> View + Send + 'static,
    around: impl Fn(AnyView) -> AnyView + Send + 'static,
) -> AnyView
where
    Ready: Future<Output = Result<(), SplitLoaderError>> + 'static,
    View: Future<Output = Result<AnyView, Missing>>,
{
    if let Some(view) = at_once(&view) {
        return view;
    }
    let part = RwSignal::new(Part::Coming);
    let load = move || {
        part.set(Part::Coming);
        spawn_local(async move {
            let came = match ready().await {
                Ok(()) => Part::Here,
                Err(_) => Part::Missing,
            };
            // The reader may have gone on meanwhile.
            part.try_set(came);
        });
    };
    load();
    (move || match part.get() {
        Part::Coming => around(view! { <crate::Skeleton lines=6/> }.into_any()),
        Part::Here => at_once(&view).unwrap_or_else(|| around(missing(load))),
        Part::Missing => around(missing(load)),
    })
    .into_any()
}

/// The view, if that needs no waiting: made right here, it belongs to whatever is being drawn.
fn at_once<View>(view: &impl Fn() -> View) -> Option<AnyView>
where
    View: Future<Output = Result<AnyView, Missing>>,
{
    match pin!(view()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(view) => view.ok(),
        Poll::Pending => None,
    }
}

fn missing(again: impl Fn() + Copy + Send + Sync + 'static) -> AnyView {
    view! {
        <Note sla=Sla::Watch icon="wifi-off" alert=true class="trouble">
            <span>{msg::part_missing()}</span>
            <Button kind=Kind::Secondary size=Size::Small on_press=move || again()>
                {msg::try_again()}
            </Button>
        </Note>
    }
    .into_any()
}
