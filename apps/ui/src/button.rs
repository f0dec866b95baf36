use crate::Action;
use leptos::prelude::*;

/// One primary a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    Primary,
    #[default]
    Secondary,
    Soft,
    Ghost,
    Danger,
    /// The last step of something that cannot be undone.
    DangerSolid,
}

impl Kind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Soft => "soft",
            Self::Ghost => "ghost",
            Self::Danger => "danger",
            Self::DangerSolid => "danger solid",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Size {
    Small,
    #[default]
    Normal,
    /// 60 px, under the thumb.
    Big,
}

impl Size {
    const fn class(self) -> &'static str {
        match self {
            Self::Small => " sm",
            Self::Normal => "",
            Self::Big => " big",
        }
    }
}

/// Keeps its label beside a spinner while busy and ignores presses then. `disabled` keeps it in
/// reach of the keyboard (`aria-disabled`): say why beside it.
#[component]
pub fn Button(
    #[prop(optional)] kind: Kind,
    #[prop(optional)] size: Size,
    #[prop(optional)] block: bool,
    /// Only an icon inside; then `label` is needed.
    #[prop(optional)]
    icon: bool,
    #[prop(optional)] submit: bool,
    #[prop(optional, into)] class: String,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] on_press: Option<Action>,
    children: Children,
) -> impl IntoView {
    let class = format!(
        "btn {}{}{}{} {class}",
        kind.class(),
        size.class(),
        if block { " block" } else { "" },
        if icon { " icon" } else { "" },
    );
    let press = move |event: leptos::ev::MouseEvent| {
        if busy.get_untracked() || disabled.get_untracked() {
            event.prevent_default();
            event.stop_immediate_propagation();
        } else if let Some(action) = &on_press {
            action.run();
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=class.trim_end().to_owned()
            aria-label=label
            aria-busy=move || busy.get().then_some("true")
            aria-disabled=move || disabled.get().then_some("true")
            on:click=press
        >
            <span class="btn-in">{children()}</span>
        </button>
    }
}
