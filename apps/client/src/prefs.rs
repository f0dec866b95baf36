//! Choices of the reader, kept in cookies so that the server's shell has them before any script.

use crate::{page::page, web};
use kernel::Lang;
use leptos::prelude::*;
use std::cell::{OnceCell, RefCell};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    /// As the device has it.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
    fn from_name(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }
}

thread_local! {
    static THEME: RefCell<Option<ArcRwSignal<Theme>>> = const { RefCell::new(None) };
    static WATCHED: OnceCell<Owner> = const { OnceCell::new() };
}

fn html() -> Option<web_sys::Element> {
    web::document()?.document_element()
}

fn signal() -> ArcRwSignal<Theme> {
    THEME.with_borrow_mut(|theme| {
        theme
            .get_or_insert_with(|| {
                let name = html().and_then(|e| e.get_attribute("data-theme"));
                ArcRwSignal::new(name.map_or(Theme::Auto, |n| Theme::from_name(&n)))
            })
            .clone()
    })
}

pub(crate) fn start() {
    signal();
}

/// The theme: setting it shows at once and holds for later visits.
pub fn theme() -> RwSignal<Theme> {
    let theme = signal();
    WATCHED.with(|watched| {
        watched.get_or_init(|| {
            let theme = theme.clone();
            let owner = Owner::new();
            owner.with(|| {
                Effect::new(move |before: Option<Theme>| {
                    let theme = theme.get();
                    if before.is_some_and(|before| before != theme) {
                        apply(theme);
                    }
                    theme
                });
            });
            // For the life of the page.
            owner
        });
    });
    theme.into()
}

pub fn set_theme(theme: Theme) {
    apply(theme);
    signal().set(theme);
}

fn apply(theme: Theme) {
    web::set_cookie("theme", theme.as_str());
    if let Some(html) = html() {
        let _ = match theme {
            Theme::Auto => html.remove_attribute("data-theme"),
            chosen => html.set_attribute("data-theme", chosen.as_str()),
        };
    }
}

/// Whether colours are dark now, by choice or by the device.
pub fn is_dark() -> bool {
    match signal().get_untracked() {
        Theme::Light => false,
        Theme::Dark => true,
        Theme::Auto => web::window()
            .and_then(|w| w.match_media("(prefers-color-scheme: dark)").ok().flatten())
            .is_some_and(|m| m.matches()),
    }
}

/// Loads the page again in the other language.
pub fn set_lang(lang: Lang) {
    if lang == page().lang {
        return;
    }
    web::set_cookie("lang", lang.as_str());
    if let Some(window) = web::window() {
        let _ = window.location().reload();
    }
}
