//! Short news of what just worked. Errors that need an answer stand where they belong instead.

use crate::{Action, Icon, msg};
use leptos::prelude::*;
use std::time::Duration;

#[derive(Clone)]
struct Item {
    id: u32,
    text: String,
    action: Option<(String, Action)>,
}

/// Long enough to read twice.
const STAYS: Duration = Duration::from_secs(6);
/// Undo stands for the ten seconds the console promises.
const STAYS_WITH_ACTION: Duration = Duration::from_secs(10);
const MOST: usize = 3;

thread_local! {
    static ITEMS: std::cell::OnceCell<ArcRwSignal<Vec<Item>>> = const { std::cell::OnceCell::new() };
    static NEXT: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

fn items() -> ArcRwSignal<Vec<Item>> {
    ITEMS.with(|items| items.get_or_init(|| ArcRwSignal::new(Vec::new())).clone())
}

/// Says something for a few seconds.
pub fn toast(text: impl Into<String>) {
    add(text.into(), None, STAYS);
}

/// With something to press, such as undo.
pub fn toast_with(text: impl Into<String>, label: impl Into<String>, action: impl Into<Action>) {
    add(
        text.into(),
        Some((label.into(), action.into())),
        STAYS_WITH_ACTION,
    );
}

fn add(text: String, action: Option<(String, Action)>, stays: Duration) {
    let id = NEXT.get();
    NEXT.set(id + 1);
    items().update(|items| {
        // The same news again takes the place of the old.
        items.retain(|item| item.text != text);
        items.push(Item { id, text, action });
        let over = items.len().saturating_sub(MOST);
        items.drain(..over);
    });
    set_timeout(move || dismiss(id), stays);
}

fn dismiss(id: u32) {
    let items = items();
    if items.with_untracked(|items| items.iter().any(|item| item.id == id)) {
        items.update(|items| items.retain(|item| item.id != id));
    }
}

/// Where toasts appear; once an app.
#[component]
pub fn Toaster() -> impl IntoView {
    let items = items();
    view! {
        <div class="toaster" role="status" aria-live="polite">
            <For each=move || items.get() key=|item| item.id let:item>
                <div class="toast">
                    <Icon name="circle-check"/>
                    <span>{item.text}</span>
                    {item.action.map(|(label, action)| view! {
                        <button type="button" on:click=move |_| { action.run(); dismiss(item.id) }>{label}</button>
                    })}
                    <button type="button" class="bare" aria-label=msg::dismiss() on:click=move |_| dismiss(item.id)>
                        <Icon name="x" class="sm"/>
                    </button>
                </div>
            </For>
        </div>
    }
}
