use crate::Sla;
use leptos::prelude::*;

/// The name of an icon, fixed or changing.
#[derive(Clone)]
pub enum IconName {
    Fixed(&'static str),
    Named(String),
    Changing(Signal<&'static str>),
}
impl From<&'static str> for IconName {
    fn from(name: &'static str) -> Self {
        Self::Fixed(name)
    }
}
impl From<String> for IconName {
    fn from(name: String) -> Self {
        Self::Named(name)
    }
}
impl From<Signal<&'static str>> for IconName {
    fn from(name: Signal<&'static str>) -> Self {
        Self::Changing(name)
    }
}

/// Where an icon is, in the page's sprite.
pub(crate) fn href(name: &str) -> String {
    format!("{}#{name}", client::page().assets.icons)
}

/// An icon of the sprite: decoration, hidden from screen readers; the word stands beside it.
/// Classes: `xs sm lg xl` for size, `flip` for what mirrors in right-to-left.
#[component]
pub fn Icon(#[prop(into)] name: IconName, #[prop(optional, into)] class: String) -> impl IntoView {
    let class = if class.is_empty() {
        "i".to_owned()
    } else {
        format!("i {class}")
    };
    match name {
        IconName::Changing(name) => view! {
            <svg class=class aria-hidden="true"><use href=move || href(name.get())/></svg>
        }
        .into_any(),
        IconName::Fixed(name) => fixed(class, name),
        IconName::Named(name) => fixed(class, &name),
    }
}

fn fixed(class: String, name: &str) -> AnyView {
    view! { <svg class=class aria-hidden="true"><use href=href(name)/></svg> }.into_any()
}

/// The shape of a promise's state, without words: put the word beside it, or a hidden one.
#[component]
pub fn SlaGlyph(
    #[prop(into)] sla: Signal<Sla>,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let class = format!("sla {class}");
    view! {
        <svg class=class data-sla=move || sla.get().as_str() aria-hidden="true">
            <use href=move || href(sla.get().icon())/>
        </svg>
    }
}
