//! One's own account, kept safe: where it is open, its password, its second factor.

mod app;
mod kept;
mod passkeys;
mod password;

use crate::{frame, msg};
use app::AuthenticatorApp;
use contract_identity::SecondFactor;
use kept::KeptCodes;
use leptos::prelude::*;
use leptos_router::components::A;
use passkeys::MyPasskeys;
use password::ChangePassword;
use ui::{Devices, Icon, Skeleton, TroubleNote};

/// What one's own second factor is.
pub const FACTOR: &str = "/v1/me/second-factor";

#[component]
pub fn Security() -> impl IntoView {
    frame::set_title(msg::security_title());
    view! {
        <div class="page narrow stack lg">
            <div>
                <A href="/admin/profile" attr:class="link back">
                    <Icon name="arrow-left" class="sm flip"/>{msg::nav_profile()}
                </A>
            </div>
            <section class="stack" aria-labelledby="devices-heading">
                <div>
                    <h2 id="devices-heading">{msg::devices_title()}</h2>
                    <p class="meta">{msg::devices_text()}</p>
                </div>
                <Devices/>
            </section>
            <SecondFactors/>
            <ChangePassword/>
        </div>
    }
}

/// The app and the codes for the day it is lost: both change together.
#[component]
fn SecondFactors() -> impl IntoView {
    let factor = client::cached::<SecondFactor>(|| Some(FACTOR.to_owned()));
    // New codes, while they are shown: here and nowhere else.
    let codes = RwSignal::new(None::<Vec<String>>);
    let known = Memo::new(move |_| factor.get().map(|f| (*f).clone()));
    view! {
        <section class="stack" aria-labelledby="factor-heading">
            <div>
                <h2 id="factor-heading">{msg::factor_title()}</h2>
                <p class="meta">{msg::factor_text()}</p>
            </div>
            <TroubleNote
                trouble=Signal::derive(move || factor.trouble().filter(|_| factor.get().is_none()))
                on_retry=move || factor.refresh()
            />
            {move || if known.with(Option::is_some) {
                view! {
                    <AuthenticatorApp factor=known codes=codes/>
                    <MyPasskeys/>
                    <KeptCodes factor=known codes=codes/>
                }
                .into_any()
            } else if factor.loading() {
                view! { <div class="card"><Skeleton lines=3/></div><div class="card"><Skeleton lines=3/></div> }.into_any()
            } else {
                ().into_any()
            }}
        </section>
    }
}
