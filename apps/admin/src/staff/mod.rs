//! Accounts of staff: who they are, what they may do, and the ways in and out.

mod choose;
mod invite;
mod link;
mod list;
mod member;
mod stop;

pub use list::StaffList;
pub use member::MemberPage;

use crate::{msg, words};
use contract_identity::{StaffMember, StaffState};
use kernel::Slug;
use leptos::prelude::*;
use ui::Icon;

const STAFF: &str = "/v1/staff";

fn path_of(id: kernel::UserId) -> String {
    format!("{STAFF}/{id}")
}

/// What a command answered is what the page shows; lists are read again.
fn took(member: StaffMember) {
    let path = path_of(member.id);
    client::put(&path, member);
    client::invalidate("/v1/staff?");
}

#[component]
fn StatePill(state: StaffState) -> impl IntoView {
    let (kind, icon, word) = match state {
        StaffState::Invited => ("wait", "hourglass", msg::staff_invited()),
        StaffState::Active => ("move", "check", msg::staff_active()),
        StaffState::Disabled => ("bad", "ban", msg::staff_disabled()),
    };
    view! { <span class="pill" data-k=kind><Icon name=icon/>{word}</span> }
}

/// Tracked. `Everywhere`, or the zones by their names.
fn zone_words(names: words::Names, zones: Option<&[Slug]>) -> String {
    match zones {
        None => msg::zones_all().to_owned(),
        Some(zones) => {
            let zones: Vec<String> = zones.iter().map(|slug| names.zone(slug)).collect();
            words::list(zones.iter().map(String::as_str))
        }
    }
}
