//! Taking a secret along.

use crate::msg;
use client::handy;
use leptos::prelude::*;
use leptos::task::spawn_local;
use ui::{Button, Icon, Size, toast};

#[component]
pub fn CopyButton(text: String, #[prop(optional)] size: Size) -> impl IntoView {
    let copy = move || {
        let text = text.clone();
        spawn_local(async move {
            toast(if handy::copy(&text).await {
                msg::copied()
            } else {
                msg::not_copied()
            });
        });
    };
    view! { <Button size=size on_press=copy><Icon name="copy"/>{msg::copy()}</Button> }
}
