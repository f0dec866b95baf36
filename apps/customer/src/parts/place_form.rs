//! What is said of a place besides its pin: the way in, and a name to keep it under.

use crate::msg;
use crate::place::{Chosen, chosen};
use crate::shell::{replace, sign_in_path};
use client::Key;
use client::press::press;
use client::session::session;
use contract_bookings::{Here, SavePlace, SavedPlace};
use kernel::GeoPoint;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use ui::TroubleNote;

/// Farther away it is another place, whose way in is another.
const SAME_DOOR_M: f64 = 150.0;

/// What the reader says of the place. It stays while the pin is moved about.
#[derive(Clone, Copy)]
pub struct Words {
    note: RwSignal<String>,
    keep: RwSignal<bool>,
    label: RwSignal<String>,
}

impl Words {
    /// The note of the place chosen before is offered as long as the pin is still at its door.
    pub fn new(pin: RwSignal<GeoPoint>) -> Self {
        let before = chosen().get_untracked();
        let note = RwSignal::new(before.as_ref().map(|b| b.note.clone()).unwrap_or_default());
        Effect::new(move |_| {
            let pin = pin.get();
            if let Some(before) = &before
                && before.pin.distance_m(pin) > SAME_DOOR_M
                && note.with_untracked(|note| *note == before.note)
            {
                note.set(String::new());
            }
        });
        Self {
            note,
            keep: RwSignal::new(false),
            label: RwSignal::new(msg::label_home().to_owned()),
        }
    }
}

/// The form that confirms the pin, and keeps the place if that is wanted.
#[component]
pub fn Confirm(
    pin: RwSignal<GeoPoint>,
    here: Here,
    words: Words,
    next: Memo<String>,
) -> impl IntoView {
    let place = chosen();
    let Words { note, keep, label } = words;
    let signed_in = move || session().get().is_some();
    let sector_name = StoredValue::new(here.place.sector_name);
    let navigate = use_navigate();
    let done = move |saved: Option<SavedPlace>| {
        place.set(Some(match saved {
            Some(saved) => Chosen::from(&saved),
            None => Chosen {
                label: String::new(),
                pin: pin.get_untracked(),
                sector_name: sector_name.get_value(),
                note: note.get_untracked().trim().to_owned(),
                saved: None,
            },
        }));
        navigate(&next.get_untracked(), replace());
    };
    let save = press(
        move |(), key: Key| async move {
            if !keep.get_untracked() {
                return Ok(None);
            }
            let command = SavePlace {
                label: label.get_untracked().trim().to_owned(),
                pin: pin.get_untracked(),
                note: note.get_untracked().trim().to_owned(),
            };
            let saved: SavedPlace = client::api::post("/v1/me/places", &command, key).await?;
            client::cache::invalidate("/v1/me/places");
            Ok(Some(saved))
        },
        done,
    );
    let labels = [msg::label_home(), msg::label_work(), msg::label_family()];
    view! {
        <form
            class="stack"
            on:submit=move |event| {
                event.prevent_default();
                save.go(());
            }
        >
            <div class="field">
                <label for="pin-note">
                    {msg::pin_note()} " " <span class="opt">{msg::optional()}</span>
                </label>
                <span class="input">
                    <input
                        id="pin-note"
                        maxlength="500"
                        autocomplete="address-line2"
                        placeholder=msg::pin_note_hint()
                        prop:value=note
                        on:input:target=move |event| note.set(event.target().value())
                    />
                </span>
            </div>
            {move || {
                if signed_in() {
                    view! {
                        <label class="check">
                            <input
                                type="checkbox"
                                prop:checked=keep
                                on:change:target=move |event| keep.set(event.target().checked())
                            />
                            <span>{msg::pin_keep()}</span>
                        </label>
                        <Show when=move || keep.get()>
                            <div class="chips" role="group" aria-label=msg::pin_label()>
                                {labels
                                    .map(|name| {
                                        view! {
                                            <button
                                                type="button"
                                                class="chip"
                                                aria-pressed=move || (label.get() == name).to_string()
                                                on:click=move |_| label.set(name.to_owned())
                                            >
                                                {name}
                                            </button>
                                        }
                                    })
                                    .collect_view()}
                            </div>
                            <div class="field">
                                <label for="pin-label">{msg::pin_label()}</label>
                                <span class="input">
                                    <input
                                        id="pin-label"
                                        maxlength="40"
                                        required
                                        prop:value=label
                                        on:input:target=move |event| {
                                            label.set(event.target().value());
                                        }
                                    />
                                </span>
                            </div>
                        </Show>
                    }
                        .into_any()
                } else {
                    view! {
                        <p class="micro">
                            <a class="link" href=sign_in_path("/pin")>
                                {msg::pin_sign_in_to_keep()}
                            </a>
                        </p>
                    }
                        .into_any()
                }
            }}
            <TroubleNote trouble=save.trouble() />
            <button
                type="submit"
                class="btn primary big block"
                aria-busy=move || save.busy().get().to_string()
            >
                {msg::pin_confirm()}
            </button>
        </form>
    }
}
