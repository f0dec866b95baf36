//! Every component in every state; in development only.

use crate::{frame, msg};
use client::prefs::{self, Theme};
use kernel::Lang;
use leptos::prelude::*;
use ui::Empty;

/// Not in the apps that are made small, and nowhere but in development.
pub fn shown() -> bool {
    cfg!(feature = "gallery") && client::page().is_development()
}

#[component]
pub fn Gallery() -> impl IntoView {
    frame::set_title(msg::nav_gallery());
    if !shown() {
        return view! { <Empty title=msg::lost_title() text=msg::gallery_only_development()/> }
            .into_any();
    }
    view! {
        <div class="page gallery-page">
            <div class="gallery-bar">
                <LangSwitch/>
                <ThemeSwitch/>
            </div>
            <ui::gallery::Gallery/>
        </div>
    }
    .into_any()
}

/// Arabic or English; the page is loaded again.
#[component]
pub fn LangSwitch() -> impl IntoView {
    let pressed = |lang: Lang| (ui::lang() == lang).to_string();
    view! {
        <div class="seg" role="group" aria-label=msg::profile_language()>
            <button type="button" lang="ar" aria-pressed=pressed(Lang::Ar) on:click=|_| prefs::set_lang(Lang::Ar)>"العربية"</button>
            <button type="button" lang="en" aria-pressed=pressed(Lang::En) on:click=|_| prefs::set_lang(Lang::En)>"English"</button>
        </div>
    }
}

#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let theme = prefs::theme();
    let choice = move |which: Theme, name: &'static str| {
        view! {
            <button type="button" aria-pressed=move || (theme.get() == which).to_string() on:click=move |_| theme.set(which)>
                {name}
            </button>
        }
    };
    view! {
        <div class="seg" role="group" aria-label=msg::profile_theme()>
            {choice(Theme::Auto, msg::theme_auto())}
            {choice(Theme::Light, msg::theme_light())}
            {choice(Theme::Dark, msg::theme_dark())}
        </div>
    }
}
