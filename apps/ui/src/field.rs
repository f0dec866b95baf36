//! Fields: a label above, help below, the mistake in words. Both digit scripts are taken and made
//! Latin.

use crate::{Icon, browser, format, fresh_id, msg};
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use wasm_bindgen::JsCast;

/// What a field's input needs: put `id=id` on it, the rest is tied by [`Field`]. The parts are
/// there for inputs that are replaced while the field stays.
#[derive(Clone)]
pub struct FieldId {
    pub id: String,
    pub described_by: Signal<Option<String>>,
    pub invalid: Signal<Option<&'static str>>,
}
impl From<FieldId> for String {
    fn from(field: FieldId) -> Self {
        field.id
    }
}
impl std::fmt::Display for FieldId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.id)
    }
}
impl leptos::tachys::html::attribute::IntoAttributeValue for FieldId {
    type Output = String;
    fn into_attribute_value(self) -> String {
        self.id
    }
}

/// A label, an input (the children get its id), help and the mistake. The mistake is tied to the
/// input and said when it appears.
#[component]
pub fn Field<F, V>(
    #[prop(into)] label: TextProp,
    #[prop(optional, into)] hint: Option<TextProp>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    /// Says "optional" beside the label.
    #[prop(optional)]
    optional: bool,
    #[prop(optional, into)] class: String,
    children: F,
) -> impl IntoView
where
    F: FnOnce(FieldId) -> V,
    V: IntoView + 'static,
{
    let id = fresh_id("field");
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let has_hint = hint.is_some();
    let described_by = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        Signal::derive(move || match (has_hint, error.with(Option::is_some)) {
            (true, true) => Some(format!("{error_id} {hint_id}")),
            (true, false) => Some(hint_id.clone()),
            (false, true) => Some(error_id.clone()),
            (false, false) => None,
        })
    };
    let invalid = Signal::derive(move || error.with(Option::is_some).then_some("true"));
    tie(id.clone(), described_by, invalid);
    let input = children(FieldId {
        id: id.clone(),
        described_by,
        invalid,
    })
    .into_any();
    frame(FieldFrame {
        id,
        hint_id,
        error_id,
        label,
        hint,
        error,
        optional,
        class,
        input,
    })
}

struct FieldFrame {
    id: String,
    hint_id: String,
    error_id: String,
    label: TextProp,
    hint: Option<TextProp>,
    error: Signal<Option<String>>,
    optional: bool,
    class: String,
    input: AnyView,
}

/// Not generic, so that it is compiled once.
fn frame(f: FieldFrame) -> AnyView {
    let (label, hint, error) = (f.label, f.hint, f.error);
    view! {
        <div class=format!("field {}", f.class) class:bad=move || error.with(Option::is_some)>
            <label for=f.id>
                {move || label.get().to_string()}
                {f.optional.then(|| view! { " "<span class="opt">"("{msg::optional()}")"</span> })}
            </label>
            {f.input}
            <span class="msg" id=f.error_id aria-live="polite">
                {move || error.get().map(|words| view! {
                    <Icon name="circle-alert"/><span>{words}</span>
                })}
            </span>
            {hint.map(|hint| view! {
                <span class="hint" id=f.hint_id>{move || hint.get().to_string()}</span>
            })}
        </div>
    }
    .into_any()
}

/// Keeps the input's ARIA attributes true.
fn tie(id: String, described_by: Signal<Option<String>>, invalid: Signal<Option<&'static str>>) {
    Effect::new(move |_| {
        let (described_by, invalid) = (described_by.get(), invalid.get());
        let Some(input) = browser()
            .and_then(|w| w.document())
            .and_then(|d| d.get_element_by_id(&id))
        else {
            return;
        };
        set(&input, "aria-describedby", described_by.as_deref());
        set(&input, "aria-invalid", invalid);
    });
}

fn set(element: &web_sys::Element, name: &str, value: Option<&str>) {
    // Only refuses names that are no names.
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

/// A Saudi mobile number, its country written in front. `value` is what was typed in Latin digits
/// (with or without the leading zero or the country); read it with `kernel::Phone::parse`.
#[component]
pub fn PhoneInput(
    value: RwSignal<String>,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional)] autofocus: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let leave = move |_| {
        // Grouped when left, not while typing: the caret would jump.
        if let Ok(phone) = kernel::Phone::parse(&value.get_untracked()) {
            let grouped = format::phone(phone.e164());
            value.set(grouped.trim_start_matches("+966 ").to_owned());
        }
    };
    view! {
        <span class="input phone">
            <span class="affix" aria-hidden="true">"+966"</span>
            <input
                id=id
                type="tel"
                inputmode="tel"
                autocomplete="tel"
                dir="ltr"
                maxlength="24"
                autofocus=autofocus
                disabled=move || disabled.get()
                prop:value=move || value.get()
                on:input:target=move |event| value.set(format::latin_digits(&event.target().value()))
                on:blur=leave
            />
        </span>
    }
}

/// A one-time code. One input under as many boxes, so that pasting, auto-fill and a screen
/// reader have one thing to deal with. `on_full` is called with the whole code.
#[component]
pub fn CodeInput(
    #[prop(default = 6)] length: usize,
    value: RwSignal<String>,
    #[prop(optional, into)] on_full: Option<Callback<String>>,
    #[prop(optional, into)] id: Option<String>,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional)] autofocus: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let take = move |typed: &str| {
        let code: String = format::digits(typed).chars().take(length).collect();
        let full = code.len() == length && code != value.get_untracked();
        value.set(code.clone());
        if full && let Some(on_full) = on_full {
            on_full.run(code);
        }
    };
    let to_end = move |event: &web_sys::Event| {
        if let Some(input) = event
            .target()
            .and_then(|t| t.dyn_into::<web_sys::HtmlInputElement>().ok())
        {
            let end = input.value().len() as u32;
            // Refused only by inputs that hold no text.
            let _ = input.set_selection_range(end, end);
        }
    };
    let boxes = (0..length)
        .map(|index| {
            let digit = move || value.with(|v| v.chars().nth(index));
            view! {
                <i
                    class:full=move || digit().is_some()
                    class:at=move || {
                        let typed = value.with(String::len);
                        typed == index || (typed >= length && index + 1 == length)
                    }
                >
                    {digit}
                </i>
            }
        })
        .collect_view();
    // A label of the field around it names the input; alone it says what it is.
    let label = label.or_else(|| id.is_none().then(|| msg::code_label(length as i64)));
    view! {
        <span class="otp one">
            <input
                id=id
                type="text"
                inputmode="numeric"
                autocomplete="one-time-code"
                dir="ltr"
                aria-label=label
                autofocus=autofocus
                disabled=move || disabled.get()
                prop:value=move || value.get()
                on:input:target=move |event| {
                    let input = event.target();
                    take(&input.value());
                    // What was refused must not stay in the input when the signal did not change.
                    input.set_value(&value.get_untracked());
                }
                on:click=move |event| to_end(&event)
            />
            <span class="boxes" aria-hidden="true">{boxes}</span>
        </span>
    }
}
