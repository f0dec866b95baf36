//! Native `<dialog>`: the browser keeps the focus inside, closes on Escape and gives the focus
//! back to what opened it. The content exists only while it is open.

use crate::{Icon, fresh_id, msg};
use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use wasm_bindgen::JsCast;

/// A question in the middle of the screen.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: TextProp,
    #[prop(optional, into)] class: String,
    /// A question that must be answered by its buttons has no cross.
    #[prop(optional)]
    no_close: bool,
    children: ChildrenFn,
) -> impl IntoView {
    overlay(open, title, format!("dialog {class}"), !no_close, children)
}

/// A sheet from the lower edge on phones, from the side on wide screens.
#[component]
pub fn Sheet(
    open: RwSignal<bool>,
    #[prop(into)] title: TextProp,
    #[prop(optional, into)] class: String,
    children: ChildrenFn,
) -> impl IntoView {
    overlay(open, title, format!("sheet-host {class}"), true, children)
}

fn overlay(
    open: RwSignal<bool>,
    title: TextProp,
    class: String,
    cross: bool,
    children: ChildrenFn,
) -> AnyView {
    let dialog = NodeRef::<html::Dialog>::new();
    let title_id = fresh_id("title");
    show_while(dialog, open);
    let inside = {
        let title_id = title_id.clone();
        move || {
            let (title, title_id, children) = (title.clone(), title_id.clone(), children.clone());
            open.get().then(move || {
                view! {
                    <div class="overlay-in">
                        <header class="overlay-head">
                            <h2 id=title_id>{move || title.get().to_string()}</h2>
                            {cross.then(|| view! {
                                <button type="button" class="btn ghost icon sm" aria-label=msg::close()
                                    on:click=move |_| open.set(false)>
                                    <Icon name="x"/>
                                </button>
                            })}
                        </header>
                        {children()}
                    </div>
                }
                .into_any()
            })
        }
    };
    view! {
        <dialog
            class=class.trim_end().to_owned()
            aria-labelledby=title_id
            node_ref=dialog
            on:close=move |_| open.set(false)
            on:click=move |event| if on_backdrop(&event) { open.set(false) }
        >
            {inside}
        </dialog>
    }
    .into_any()
}

/// Opens and closes the native element with the signal.
pub(crate) fn show_while(dialog: NodeRef<html::Dialog>, open: RwSignal<bool>) {
    Effect::new(move |_| {
        let open = open.get();
        let Some(dialog) = dialog.get() else { return };
        if open && !dialog.open() {
            // Refused only when the element is not in the page, where nobody sees it.
            let _ = dialog.show_modal();
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
}

/// A press beside the box. The dialog's content fills it, so only the backdrop's presses have the
/// dialog itself as target; one that began inside and ended outside is none.
pub(crate) fn on_backdrop(event: &MouseEvent) -> bool {
    let Some(element) = event
        .target()
        .and_then(|t| t.dyn_into::<web_sys::HtmlDialogElement>().ok())
    else {
        return false;
    };
    let area = element.get_bounding_client_rect();
    let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
    // A press by keyboard has no place.
    event.detail() > 0
        && !((area.left()..=area.right()).contains(&x) && (area.top()..=area.bottom()).contains(&y))
}
