use crate::{Icon, format, fresh_id, msg};
use leptos::prelude::*;

/// A rating as a figure beside one star.
#[component]
pub fn Stars(value: f32, #[prop(optional, into)] class: String) -> impl IntoView {
    let figure = format::stars(value);
    view! {
        <span class=format!("rate {class}")>
            <Icon name="star"/>
            <span class="vh">{msg::rating_of(&figure)}</span>
            <span class="num" aria-hidden="true">{figure}</span>
        </span>
    }
}

/// Five stars to choose from: radio buttons underneath, so arrows and numbers of a screen reader
/// work as everywhere.
#[component]
pub fn StarPicker(
    value: RwSignal<Option<u8>>,
    #[prop(optional, into)] label: Option<String>,
) -> impl IntoView {
    let name = fresh_id("stars");
    let stars = (1..=5_u8)
        .map(|n| {
            view! {
                <label>
                    <input
                        type="radio"
                        class="vh"
                        name=name.clone()
                        value=n.to_string()
                        aria-label=msg::stars_of(i64::from(n))
                        prop:checked=move || value.get() == Some(n)
                        on:change=move |_| value.set(Some(n))
                    />
                    <svg class="i" class:off=move || value.get().is_none_or(|v| v < n) aria-hidden="true">
                        <use href=crate::icon::href("star")/>
                    </svg>
                </label>
            }
        })
        .collect_view();
    view! {
        <div class="stars pick" role="radiogroup" aria-label=label.unwrap_or_else(|| msg::rating().to_owned())>
            {stars}
        </div>
    }
}
