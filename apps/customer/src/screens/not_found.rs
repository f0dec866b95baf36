//! An address that leads nowhere.

use crate::msg;
use crate::shell::{Screen, Tab, use_title};
use leptos::prelude::*;
use ui::Empty;

#[component]
pub fn NotFound() -> impl IntoView {
    use_title(|| msg::not_found_title().to_owned());
    view! {
        <Screen class="page-plain" tab=Tab::Home>
            <main class="lone">
                <h1 class="vh">{msg::not_found_title()}</h1>
                <Empty title=msg::not_found_title() text=msg::not_found_text()>
                    <a class="btn primary" href="/">
                        {msg::not_found_home()}
                    </a>
                </Empty>
            </main>
        </Screen>
    }
}
