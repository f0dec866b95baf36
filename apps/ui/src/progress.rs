use crate::msg;
use leptos::prelude::*;

/// Where a reader is in a short sequence: `n` of `of`, from 1.
#[component]
pub fn Steps(#[prop(into)] n: Signal<usize>, of: usize) -> impl IntoView {
    let items = (1..=of)
        .map(|step| {
            view! {
                <li
                    class:done=move || step < n.get()
                    aria-current=move || (step == n.get()).then_some("step")
                ></li>
            }
        })
        .collect_view();
    view! {
        <ol class="steps" aria-label=move || msg::step_of(n.get(), of)>{items}</ol>
    }
}

/// A share from 0 to 1, with its name for screen readers.
#[component]
pub fn Bar(
    #[prop(into)] value: Signal<f64>,
    #[prop(into)] label: String,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let share = move || value.get().clamp(0.0, 1.0);
    view! {
        <div
            class=format!("bar {class}")
            role="progressbar"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || format!("{:.0}", share() * 100.0)
        >
            <i style:--v=move || format!("{:.3}", share())></i>
        </div>
    }
}
