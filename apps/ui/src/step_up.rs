//! The dialog around "prove it is you". What is asked in it is for each app to say: staff have an
//! authenticator, customers a telephone.

use crate::Dialog;
use client::step_up;
use leptos::prelude::*;
use leptos::text_prop::TextProp;

/// Open while a request waits for the proof. `question` is told how to close it without one.
#[component]
pub fn StepUpDialog(
    #[prop(into)] title: TextProp,
    question: fn(Callback<()>) -> AnyView,
) -> impl IntoView {
    let asked = step_up::asked();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(asked.get()));
    // Closed by whatever means: by then a proof has been taken, or there is none.
    Effect::new(move |before: Option<bool>| {
        let open = open.get();
        if before == Some(true) && !open {
            step_up::cancel();
        }
        open
    });
    view! {
        <Dialog open=open title=title>
            {question(Callback::new(move |()| open.set(false)))}
        </Dialog>
    }
}
