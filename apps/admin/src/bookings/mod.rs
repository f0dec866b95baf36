//! All bookings inside one's scope, and one of them with all that is known of it.

mod list;
mod page;

pub use list::List;
pub use page::Page;

use crate::console::timeline::booking_word;
use contract_bookings::{BookingState, JobState};
use leptos::prelude::*;
use ui::{Icon, JobPill};

/// The state in the operator's words: while a visit is under way, the visit's.
#[component]
fn StatePill(state: BookingState, job: Option<JobState>) -> impl IntoView {
    let (hue, icon) = match (state, job) {
        (BookingState::Confirmed | BookingState::InService, Some(job)) => {
            return view! { <JobPill state=job/> }.into_any();
        }
        (BookingState::AwaitingPayment, _) => ("you", "credit-card"),
        (BookingState::Confirmed | BookingState::InService, None) => ("wait", "circle-dashed"),
        (BookingState::AwaitingAcceptance, _) => ("you", "hourglass"),
        (BookingState::Accepted | BookingState::Settled, _) => ("done", "circle-check"),
        (BookingState::Cancelled | BookingState::Expired, _) => ("done", "x"),
        (BookingState::Disputed, _) => ("bad", "circle-alert"),
    };
    view! {
        <span class="pill" data-k=hue><Icon name=icon/><span>{booking_word(state)}</span></span>
    }
    .into_any()
}
