//! Choosing one of a few.

use crate::{browser, fresh_id};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// A tab: its value, its name, and how much is behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tab {
    pub id: &'static str,
    pub label: String,
    pub count: Option<usize>,
}

impl Tab {
    pub fn new(id: &'static str, label: impl Into<String>) -> Self {
        Self {
            id,
            label: label.into(),
            count: None,
        }
    }
    pub fn counted(mut self, count: usize) -> Self {
        self.count = Some(count);
        self
    }
}

/// Tabs over one panel. Arrows move in reading direction, Home and End to the ends. Give the panel
/// `id=panel role="tabpanel"` and a name.
#[component]
pub fn Tabs(
    #[prop(into)] items: Signal<Vec<Tab>>,
    value: RwSignal<&'static str>,
    #[prop(into)] label: String,
    /// The id of the panel.
    #[prop(optional, into)]
    panel: Option<String>,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let group = fresh_id("tabs");
    let tab_id = {
        let group = group.clone();
        move |id: &str| format!("{group}-{id}")
    };
    let move_by = {
        let tab_id = tab_id.clone();
        move |event: &KeyboardEvent| {
            let rtl = crate::i18n::is_ar();
            let ids: Vec<&'static str> = items.with_untracked(|t| t.iter().map(|t| t.id).collect());
            let at = ids
                .iter()
                .position(|id| *id == value.get_untracked())
                .unwrap_or(0);
            let last = ids.len().saturating_sub(1);
            let next = match (event.key().as_str(), rtl) {
                ("ArrowRight", false) | ("ArrowLeft", true) => (at + 1) % (last + 1),
                ("ArrowLeft", false) | ("ArrowRight", true) => at.checked_sub(1).unwrap_or(last),
                ("Home", _) => 0,
                ("End", _) => last,
                _ => return,
            };
            event.prevent_default();
            if let Some(id) = ids.get(next) {
                value.set(id);
                focus(&tab_id(id));
            }
        }
    };
    let buttons = move || {
        items
            .get()
            .into_iter()
            .map(|tab| {
                let id = tab.id;
                let selected = move || value.get() == id;
                view! {
                    <button
                        type="button"
                        role="tab"
                        id=tab_id(id)
                        aria-selected=move || selected().to_string()
                        aria-controls=panel.clone()
                        tabindex=move || if selected() { "0" } else { "-1" }
                        on:click=move |_| value.set(id)
                    >
                        <span>{tab.label}</span>
                        {tab.count.map(|n| view! { <span class="count">{n}</span> })}
                    </button>
                }
            })
            .collect_view()
    };
    view! {
        <div class=format!("tabs {class}") role="tablist" aria-label=label on:keydown=move |event| move_by(&event)>
            {buttons}
        </div>
    }
}

/// Two or three choices side by side: radio buttons.
#[component]
pub fn Seg(
    items: Vec<(&'static str, String)>,
    value: RwSignal<&'static str>,
    #[prop(into)] label: String,
) -> impl IntoView {
    let name = fresh_id("seg");
    let items = items
        .into_iter()
        .map(|(id, words)| {
            view! {
                <label>
                    <input
                        type="radio"
                        name=name.clone()
                        value=id
                        prop:checked=move || value.get() == id
                        on:change=move |_| value.set(id)
                    />
                    <span>{words}</span>
                </label>
            }
        })
        .collect_view();
    view! { <div class="seg" role="radiogroup" aria-label=label>{items}</div> }
}

/// A key of the keyboard; never mirrored.
#[component]
pub fn Kbd(children: Children) -> impl IntoView {
    view! { <kbd>{children()}</kbd> }
}

/// Gives the focus to an element of the page.
pub fn focus(id: &str) {
    if let Some(element) = browser()
        .and_then(|w| w.document())
        .and_then(|d| d.get_element_by_id(id))
        .and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok())
    {
        // Refused only by elements that take no focus.
        let _ = element.focus();
    }
}
