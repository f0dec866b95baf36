//! What comes later than the door, the frame and the queue: they are in the first download, all else
//! is one part that is fetched while the queue is read.

#![allow(unsafe_code, reason = "the macro's own way of naming a part")]

use crate::bookings::{List, Page};
use crate::console::job::JobPane;
use crate::console::map::MapPane;
use crate::gallery::Gallery;
use crate::privacy::Privacy;
use crate::profile::Profile;
use crate::security::Security;
use crate::staff::{MemberPage, StaffList};
use crate::step_up::StepUp;
use leptos::prelude::*;
use leptos::wasm_split::wasm_split;
use std::pin::Pin;
use ui::Missing;

#[derive(Clone, Copy)]
pub enum Desk {
    Map,
    Job,
    Bookings,
    Booking,
    Staff,
    Member,
    Privacy,
    Profile,
    Security,
    StepUp,
    Gallery,
}

#[wasm_split(desk, wasm_split_path = ::leptos::wasm_split, fallible, preload(desk_ready))]
fn desk_view(what: Desk) -> Result<AnyView, Missing> {
    Ok(match what {
        Desk::Map => view! { <MapPane/> }.into_any(),
        Desk::Job => view! { <JobPane/> }.into_any(),
        Desk::Bookings => view! { <List/> }.into_any(),
        Desk::Booking => view! { <Page/> }.into_any(),
        Desk::Staff => view! { <StaffList/> }.into_any(),
        Desk::Member => view! { <MemberPage/> }.into_any(),
        Desk::Privacy => view! { <Privacy/> }.into_any(),
        Desk::Profile => view! { <Profile/> }.into_any(),
        Desk::Security => view! { <Security/> }.into_any(),
        Desk::StepUp => view! { <StepUp/> }.into_any(),
        Desk::Gallery => view! { <Gallery/> }.into_any(),
    })
}

/// A page in the frame.
pub fn page(what: Desk) -> AnyView {
    ui::later(
        desk_ready,
        move || desk_view(what),
        |inside| view! { <div class="page">{inside}</div> }.into_any(),
    )
}

/// A pane of the console.
pub fn pane(what: Desk, class: &'static str, name: &'static str) -> AnyView {
    ui::later(
        desk_ready,
        move || desk_view(what),
        move |inside| {
            view! {
                <section class=format!("pane {class}") aria-label=name>
                    <div class="pad">{inside}</div>
                </section>
            }
            .into_any()
        },
    )
}

/// The question that any page's command may lead to. Until it is here, commands that need it are
/// refused in words.
pub fn step_up() -> AnyView {
    ui::later(desk_ready, || desk_view(Desk::StepUp), |_| ().into_any())
}

/// For an address whose page comes later: done when it is here, or will not come for now.
pub fn of(path: &str) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
    let page = path.strip_prefix("/admin/")?.split('/').next()?;
    // Without the part the page itself says so.
    matches!(
        page,
        "bookings" | "staff" | "privacy" | "profile" | "gallery"
    )
    .then(|| Box::pin(async { drop(desk_ready().await) }) as _)
}
