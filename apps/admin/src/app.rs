//! The pages and who may see them.

use crate::console::store::Store;
use crate::later::Desk;
use crate::rights::may;
use crate::{console, frame, keys, later, msg, profile, sign_in};
use kernel::access::Permission;
use leptos::prelude::*;
use leptos_router::components::{Outlet, ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::hooks::{use_location, use_navigate};
use leptos_router::path;
use ui::{Empty, Toaster, UpdateBar};

#[component]
pub fn App() -> impl IntoView {
    keys::provide();
    profile::provide_density();
    view! {
        <Router>
            <UpdateBar/>
            <Routes fallback=Lost>
                <Route path=path!("/admin/sign-in") view=sign_in::SignIn/>
                <ParentRoute path=path!("/admin") view=SignedIn>
                    <Route path=path!("") view=console::Console/>
                    <Route path=path!("bookings") view=|| later::page(Desk::Bookings)/>
                    <Route path=path!("bookings/:id") view=|| later::page(Desk::Booking)/>
                    <Route path=path!("staff") view=|| later::page(Desk::Staff)/>
                    <Route path=path!("staff/:id") view=|| later::page(Desk::Member)/>
                    <Route path=path!("privacy/:id?") view=|| later::page(Desk::Privacy)/>
                    <Route path=path!("profile") view=|| later::page(Desk::Profile)/>
                    <Route path=path!("profile/security") view=|| later::page(Desk::Security)/>
                    <Route path=path!("gallery") view=|| later::page(Desk::Gallery)/>
                </ParentRoute>
            </Routes>
        </Router>
        <Toaster/>
    }
}

/// Whoever is not signed in is sent to the door, and comes back to where they wanted to go.
#[component]
fn SignedIn() -> impl IntoView {
    let inside = Memo::new(|_| client::session().with(Option::is_some));
    let location = use_location();
    move || {
        if inside.get() {
            view! { <Inside/> }.into_any()
        } else {
            let mut wanted = location.pathname.get_untracked();
            // A link from a colleague names a job.
            let query = location.search.get_untracked();
            if !query.is_empty() {
                wanted = format!("{wanted}?{query}");
            }
            let door = if wanted == "/admin" || wanted == "/admin/" {
                "/admin/sign-in".to_owned()
            } else {
                let wanted = js_sys::encode_uri_component(&wanted);
                format!("/admin/sign-in?next={wanted}")
            };
            view! { <Redirect path=door/> }.into_any()
        }
    }
}

#[component]
fn Inside() -> impl IntoView {
    // The board is followed on every page, so that coming back to the console is instant.
    if may(Permission::DispatchRead) {
        provide_context(Store::start());
    }
    view! { <frame::Frame><Outlet/></frame::Frame> }
}

#[component]
fn Lost() -> impl IntoView {
    let go = use_navigate();
    view! {
        <main class="alone">
            <Empty title=msg::lost_title() text=msg::lost_text()>
                <button class="btn secondary" on:click=move |_| go("/admin/", Default::default())>
                    {msg::lost_back()}
                </button>
            </Empty>
        </main>
    }
}
