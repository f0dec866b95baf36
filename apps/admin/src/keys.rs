//! Keyboard: single letters act only while no field has focus, whatever script the keyboard types
//! in; all but the arrows can be changed or switched off in the profile.

use crate::keep;
use crate::msg;
use leptos::ev;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsCast;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Next,
    Previous,
    Open,
    Back,
    Search,
    Filter,
    Acknowledge,
    /// `G`, then one of the three below.
    Go,
    GoQueue,
    GoMap,
    GoStory,
    /// 1 to 9.
    Candidate(u8),
    Help,
    Palette,
}

/// Which single keys do what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bindings {
    pub on: bool,
    pub keys: Vec<(Action, char)>,
}

impl Default for Bindings {
    fn default() -> Self {
        Self {
            on: true,
            keys: vec![
                (Action::Next, 'j'),
                (Action::Previous, 'k'),
                (Action::Search, '/'),
                (Action::Filter, 'f'),
                (Action::Acknowledge, 'a'),
                (Action::Go, 'g'),
                (Action::Help, '?'),
            ],
        }
    }
}

impl Bindings {
    pub fn of(&self, action: Action) -> Option<char> {
        self.keys
            .iter()
            .find(|(a, _)| *a == action)
            .map(|(_, key)| *key)
    }
    /// Gives the action another key. One that is taken changes places with it.
    pub fn set(&mut self, action: Action, key: char) {
        let before = self.of(action);
        for (other, bound) in &mut self.keys {
            if *other == action {
                *bound = key;
            } else if *bound == key
                && let Some(before) = before
            {
                *bound = before;
            }
        }
    }
    fn action(&self, key: char) -> Option<Action> {
        self.keys
            .iter()
            .find(|(_, bound)| *bound == key)
            .map(|(action, _)| *action)
    }
}

/// The bindings of this browser; one signal for the whole page.
#[derive(Clone, Copy)]
pub struct Keyboard(pub RwSignal<Bindings>);

pub fn provide() {
    let bindings = RwSignal::new(keep::load::<Bindings>("keys").unwrap_or_default());
    provide_context(Keyboard(bindings));
    Effect::new(move |before: Option<()>| {
        let now = bindings.get();
        if before.is_some() {
            keep::save("keys", &now);
        }
    });
}

pub fn bindings() -> RwSignal<Bindings> {
    expect_context::<Keyboard>().0
}

/// What a binding is called in the list of keys.
pub fn name(action: Action) -> &'static str {
    match action {
        Action::Next => msg::key_next(),
        Action::Previous => msg::key_previous(),
        Action::Open => msg::key_open(),
        Action::Back => msg::key_back(),
        Action::Search => msg::key_search(),
        Action::Filter => msg::key_filter(),
        Action::Acknowledge => msg::key_acknowledge(),
        Action::Go => msg::key_go(),
        Action::GoQueue => msg::key_go_queue(),
        Action::GoMap => msg::key_go_map(),
        Action::GoStory => msg::key_go_story(),
        Action::Candidate(_) => msg::key_candidate(),
        Action::Help => msg::key_help(),
        Action::Palette => msg::key_palette(),
    }
}

/// As it stands on the cap of the key.
pub fn cap(key: char) -> String {
    key.to_uppercase().to_string()
}

/// The letter or sign of a key, also where the keyboard types Arabic.
pub fn letter(event: &web_sys::KeyboardEvent) -> Option<char> {
    let key = event.key();
    let mut chars = key.chars();
    if let (Some(c), None) = (chars.next(), chars.next())
        && c.is_ascii_graphic()
    {
        return Some(c.to_ascii_lowercase());
    }
    let code = event.code();
    match code.as_str() {
        "Slash" if event.shift_key() => Some('?'),
        "Slash" => Some('/'),
        _ => {
            let last = code
                .strip_prefix("Key")
                .or_else(|| code.strip_prefix("Digit"))?;
            last.chars().next().map(|c| c.to_ascii_lowercase())
        }
    }
}

/// Whether the person is typing.
fn in_field(event: &web_sys::KeyboardEvent) -> bool {
    let Some(element) = event
        .target()
        .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
    else {
        return false;
    };
    match element.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => !matches!(
            element.get_attribute("type").as_deref(),
            Some("checkbox" | "radio" | "button" | "submit")
        ),
        _ => false,
    }
}

/// Whether Enter means the focused control itself.
fn on_control(event: &web_sys::KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
        .and_then(|e| {
            e.closest("a, button, input, select, textarea, summary, [role=option]")
                .ok()
                .flatten()
        })
        .is_some()
}

fn dialog_is_open() -> bool {
    document()
        .query_selector("dialog[open]")
        .ok()
        .flatten()
        .is_some()
}

/// Calls `act` for the keys pressed while this view is there. It answers whether it used the key.
pub fn listen(act: impl Fn(Action) -> bool + 'static) {
    let bound = bindings();
    let after_go = StoredValue::new(None::<f64>);
    let handle = window_event_listener(ev::keydown, move |event| {
        if event.is_composing() || event.default_prevented() {
            return;
        }
        let Some(action) = read(&event, bound, after_go) else {
            return;
        };
        if act(action) {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

fn read(
    event: &web_sys::KeyboardEvent,
    bound: RwSignal<Bindings>,
    after_go: StoredValue<Option<f64>>,
) -> Option<Action> {
    let command = event.ctrl_key() || event.meta_key();
    if command && !event.alt_key() && letter(event) == Some('k') {
        return Some(Action::Palette);
    }
    if command || event.alt_key() || dialog_is_open() {
        return None;
    }
    if event.key() == "Escape" {
        return Some(Action::Back);
    }
    if in_field(event) {
        return None;
    }
    match event.key().as_str() {
        "ArrowDown" => return Some(Action::Next),
        "ArrowUp" => return Some(Action::Previous),
        "Enter" if !on_control(event) => return Some(Action::Open),
        _ => {}
    }
    bound.with_untracked(|b| {
        if !b.on {
            return None;
        }
        let letter = letter(event)?;
        // Two keys in a row within a second and a half.
        let went = after_go.try_update_value(Option::take).flatten();
        if went.is_some_and(|at| event.time_stamp() - at < 1500.0) {
            return match letter {
                'q' => Some(Action::GoQueue),
                'm' => Some(Action::GoMap),
                's' => Some(Action::GoStory),
                _ => None,
            };
        }
        if let Some(digit) = letter.to_digit(10).filter(|d| *d > 0) {
            return Some(Action::Candidate(digit as u8));
        }
        let action = b.action(letter);
        if action == Some(Action::Go) {
            after_go.set_value(Some(event.time_stamp()));
            return None;
        }
        action
    })
}
