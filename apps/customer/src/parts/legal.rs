//! The terms and the privacy notice: pages of their own, in the language of the app.

use crate::msg;
use contract_privacy::Purpose;
use leptos::prelude::*;
use ui::{Icon, lang};

/// Where a text is read; offers have none.
pub fn page_of(purpose: Purpose) -> Option<String> {
    let page = match purpose {
        Purpose::Terms => "terms",
        Purpose::PrivacyNotice => "notice",
        Purpose::Marketing => return None,
    };
    Some(format!("/legal/{page}?lang={}", lang().as_str()))
}

pub fn name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Terms => msg::consent_terms(),
        Purpose::PrivacyNotice => msg::consent_notice(),
        Purpose::Marketing => msg::consent_marketing(),
    }
}

/// `2026-11`, which beside Arabic letters would be read from its end.
pub fn version(version: &str) -> String {
    format!("\u{2066}{version}\u{2069}")
}

pub fn icon(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Terms => "file-text",
        Purpose::PrivacyNotice => "shield-check",
        Purpose::Marketing => "message-circle",
    }
}

/// A text as a row that opens it beside the app: nothing begun here is lost.
#[component]
pub fn TextRow(
    purpose: Purpose,
    #[prop(into)] about: String,
    /// On a line of its own.
    #[prop(optional, into)]
    more: Option<String>,
) -> impl IntoView {
    view! {
        <a class="row" href=page_of(purpose) target="_blank" rel="noopener">
            <span class="glyph plain">
                <Icon name=icon(purpose) />
            </span>
            <span class="grow">
                <span class="t">{name(purpose)}</span>
                <span class="s">{about}</span>
                {more.map(|more| view! { <span class="s">{more}</span> })}
                <span class="vh">{msg::opens_beside()}</span>
            </span>
            <Icon name="external-link" class="sm flip" />
        </a>
    }
}

/// Both, where there is only room for a line.
#[component]
pub fn TextLinks() -> impl IntoView {
    let links = [Purpose::Terms, Purpose::PrivacyNotice].map(|purpose| {
        view! {
            <a class="link tap" href=page_of(purpose) target="_blank" rel="noopener">
                {name(purpose)}
                <span class="vh">{msg::opens_beside()}</span>
            </a>
        }
    });
    view! { <p class="text-links">{links.into_iter().collect_view()}</p> }
}
