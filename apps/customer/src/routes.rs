//! Which address shows which screen.

use crate::later::{Book, Mine};
use crate::screens::begin::{AskedFirst, BeginScreen};
use crate::screens::category::CategoryScreen;
use crate::screens::home::Home;
use crate::screens::not_found::NotFound;
use crate::screens::sign_in::SignInScreen;
use crate::{draft, later, place};
use contract_bookings::Live;
use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;
use ui::{OfflineBar, Toaster, UpdateBar};

#[component]
pub fn App() -> impl IntoView {
    place::provide();
    draft::provide();
    provide_context(client::agreement::follow());
    client::live::on_live(heed);
    view! {
        <OfflineBar />
        <UpdateBar />
        <Router>
            <AskedFirst />
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view=Home />
                <Route path=path!("/c/:category") view=CategoryScreen />
                <Route path=path!("/s/:service") view=|| later::book(Book::Service) />
                <Route path=path!("/pin") view=|| later::book(Book::Pin) />
                <Route path=path!("/checkout/:quote") view=|| later::book(Book::Checkout) />
                <Route path=path!("/pay/return/:booking") view=|| later::book(Book::PayReturn) />
                <Route path=path!("/b/:booking") view=|| later::mine(Mine::Track) />
                <Route path=path!("/b/:booking/receipt") view=|| later::mine(Mine::Receipt) />
                <Route path=path!("/bookings") view=|| later::mine(Mine::Bookings) />
                <Route path=path!("/account") view=|| later::mine(Mine::Account) />
                <Route path=path!("/account/data") view=|| later::mine(Mine::Data) />
                <Route path=path!("/account/data/delete") view=|| later::mine(Mine::Delete) />
                <Route path=path!("/sign-in") view=SignInScreen />
                <Route path=path!("/begin") view=BeginScreen />
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
