//! Fields for what only their owner knows.

use crate::{CodeInput, FieldId, format, msg};
use leptos::prelude::*;

/// A password, which its writer may look at.
#[component]
pub fn PasswordInput(
    #[prop(into)] id: String,
    value: RwSignal<String>,
    /// `current-password` or `new-password`, for whoever keeps passwords.
    autocomplete: &'static str,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    view! {
        <span class="input">
            <input
                id=id
                type=move || if shown.get() { "text" } else { "password" }
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                dir="ltr"
                required
                bind:value=value
            />
            <button
                type="button"
                class="link"
                aria-pressed=move || shown.get().to_string()
                on:click=move |_| shown.update(|shown| *shown = !*shown)
            >
                {move || if shown.get() { msg::password_hide() } else { msg::password_show() }}
            </button>
        </span>
    }
}

/// What proves it is oneself: the app's six digits, or one of the codes that were kept for the day
/// the phone is lost.
#[derive(Clone, Copy)]
pub struct Proof {
    pub code: RwSignal<String>,
    /// Whether a kept code is being typed.
    pub kept: RwSignal<bool>,
}

/// Letters and digits of a kept code, without what is written between them.
const KEPT_LENGTH: usize = 16;

impl Proof {
    #[allow(clippy::new_without_default, reason = "it makes signals")]
    pub fn new() -> Self {
        Self {
            code: RwSignal::new(String::new()),
            kept: RwSignal::new(false),
        }
    }
    /// As the server takes it.
    pub fn typed(self) -> String {
        let code = self.code.get_untracked();
        if self.kept.get_untracked() {
            code.trim().to_owned()
        } else {
            format::digits(&code)
        }
    }
    /// Tracked. Whether it has the form of what is asked for.
    pub fn is_whole(self) -> bool {
        self.code.with(|code| is_whole(code, self.kept.get()))
    }
    /// Why it does not, in words.
    pub fn short(self) -> &'static str {
        if self.kept.get() {
            msg::kept_code_short()
        } else {
            msg::app_code_short()
        }
    }
    pub fn label(self) -> &'static str {
        if self.kept.get() {
            msg::kept_code()
        } else {
            msg::app_code()
        }
    }
    pub fn hint(self) -> &'static str {
        if self.kept.get() {
            msg::kept_code_hint()
        } else {
            msg::app_code_hint()
        }
    }
}

fn is_whole(code: &str, kept: bool) -> bool {
    if kept {
        let letters = code.chars().filter(char::is_ascii_alphanumeric);
        letters.count() == KEPT_LENGTH
    } else {
        format::digits(code).len() == 6
    }
}

/// Goes inside a [`crate::Field`] with the proof's label and hint.
#[component]
pub fn ProofInput(
    field: FieldId,
    proof: Proof,
    #[prop(optional)] autofocus: bool,
    #[prop(optional, into)] on_full: Option<Callback<String>>,
) -> impl IntoView {
    let swap = move |_| {
        proof.code.set(String::new());
        proof.kept.update(|kept| *kept = !*kept);
    };
    let id = field.id.clone();
    if autofocus {
        // The dialog around it is shown by then.
        let id = id.clone();
        request_animation_frame(move || crate::focus(&id));
    }
    let (described_by, invalid) = (field.described_by, field.invalid);
    view! {
        {move || if proof.kept.get() {
            view! {
                <input
                    id=id.clone()
                    class="input ltr"
                    dir="ltr"
                    autocomplete="off"
                    autocapitalize="characters"
                    spellcheck="false"
                    maxlength="40"
                    aria-describedby=move || described_by.get()
                    aria-invalid=move || invalid.get()
                    bind:value=proof.code
                />
            }
            .into_any()
        } else {
            view! { <CodeInput id=id.clone() length=6 value=proof.code on_full=on_full.unwrap_or_else(|| Callback::new(|_| {}))/> }
                .into_any()
        }}
        <button type="button" class="link as-line" on:click=swap>
            {move || if proof.kept.get() { msg::use_app_code() } else { msg::use_kept_code() }}
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_whole_in_either_form() {
        for (code, kept, whole) in [
            ("123456", false, true),
            ("١٢٣٤٥٦", false, true),
            ("12345", false, false),
            ("7Q2M-7Q2M-7Q2M-7Q2M", true, true),
            ("7q2m 7q2m7q2m 7q2m", true, true),
            ("7Q2M-7Q2M-7Q2M", true, false),
            ("123456", true, false),
        ] {
            assert_eq!(is_whole(code, kept), whole, "{code}");
        }
    }
}
