//! An address that leads nowhere.

use crate::msg;
use crate::shell::{Screen, Tab, use_title};
use leptos::prelude::*;
use ui::Icon;

#[component]
pub fn NotFound() -> impl IntoView {
    use_title(|| msg::not_found_title().to_owned());
    view! {
        <Screen class="page-plain" tab=Tab::Home>
            <main class="plain">
                <div class="state">
                    <span class="art">
                        <Icon name="logo" class="xl" />
                    </span>
                    <h1>{msg::not_found_title()}</h1>
                    <p>{msg::not_found_text()}</p>
                    <a class="btn primary" href="/">
                        {msg::not_found_home()}
                    </a>
                </div>
            </main>
        </Screen>
    }
}
