//! Which address shows which screen.

use crate::screens::account::Account;
use crate::screens::bookings::Bookings;
use crate::screens::category::CategoryScreen;
use crate::screens::checkout::Checkout;
use crate::screens::home::Home;
use crate::screens::not_found::NotFound;
use crate::screens::pay_return::PayReturn;
use crate::screens::pin::Pin;
use crate::screens::receipt::ReceiptScreen;
use crate::screens::service::ServiceScreen;
use crate::screens::sign_in::SignInScreen;
use crate::screens::track::Track;
use crate::{draft, place};
use contract_bookings::Live;
use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;
use ui::{OfflineBar, Toaster, UpdateBar};

#[component]
pub fn App() -> impl IntoView {
    place::provide();
    draft::provide();
    client::live::on_live(heed);
    view! {
        <OfflineBar />
        <UpdateBar />
        <Router>
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view=Home />
                <Route path=path!("/c/:category") view=CategoryScreen />
                <Route path=path!("/s/:service") view=ServiceScreen />
                <Route path=path!("/pin") view=Pin />
                <Route path=path!("/checkout/:quote") view=Checkout />
                <Route path=path!("/pay/return/:booking") view=PayReturn />
                <Route path=path!("/b/:booking") view=Track />
                <Route path=path!("/b/:booking/receipt") view=ReceiptScreen />
                <Route path=path!("/bookings") view=Bookings />
                <Route path=path!("/account") view=Account />
                <Route path=path!("/sign-in") view=SignInScreen />
            </FlatRoutes>
        </Router>
        <Toaster />
    }
}

/// News from the server only says what to read again.
fn heed(news: &Live) {
    match news {
        Live::Booking { booking, .. } => {
            client::cache::invalidate(&format!("/v1/bookings/{booking}"));
            client::cache::invalidate("/v1/bookings?");
        }
        Live::Reset => client::cache::invalidate("/v1/"),
        _ => {}
    }
}
