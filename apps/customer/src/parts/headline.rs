//! What is happening with a booking, in the customer's words, and the promise that runs.

use crate::msg;
use crate::parts::words::{first_name, window};
use contract_bookings::{BookingState, JobState, TrackView};
use contract_sla::{ClockKind, ClockState, ClockView};
use kernel::Time;
use leptos::prelude::*;
use ui::format::clock12;
use ui::i18n::t;
use ui::{Icon, PromiseLine};

/// The technician's given name, or the word for one.
pub fn technician(track: &TrackView) -> String {
    track
        .technician
        .as_ref()
        .map(|technician| first_name(&t(&technician.name)).to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| msg::the_technician().to_owned())
}

/// One line that says where things stand.
pub fn headline(track: &TrackView, slot: Option<Time>, now: Time) -> String {
    let name = technician(track);
    match track.state {
        BookingState::AwaitingPayment => msg::head_awaiting_payment().to_owned(),
        BookingState::Confirmed => match (track.job_state, slot) {
            (Some(JobState::EnRoute), _) => match track.eta {
                Some(eta) => msg::head_en_route(name, clock12(eta)),
                None => msg::head_en_route_no_eta(name),
            },
            (Some(JobState::Arrived), _) => msg::head_arrived(name),
            (Some(JobState::Assigned), Some(slot)) => {
                msg::head_assigned_slot(name, window(slot, now))
            }
            (Some(JobState::Assigned), None) => match track.eta {
                Some(eta) => msg::head_assigned(name, clock12(eta)),
                None => msg::head_assigned_no_eta(name),
            },
            (_, Some(slot)) => msg::head_scheduled(window(slot, now)),
            (_, None) => msg::head_looking().to_owned(),
        },
        BookingState::InService => match track.job_state {
            Some(JobState::AwaitingApproval) => msg::head_approval(name),
            _ => msg::head_working(name),
        },
        BookingState::AwaitingAcceptance => msg::head_acceptance().to_owned(),
        BookingState::Accepted | BookingState::Settled => msg::head_done().to_owned(),
        BookingState::Cancelled => msg::head_cancelled().to_owned(),
        BookingState::Expired => msg::head_expired().to_owned(),
        BookingState::Disputed => msg::head_disputed().to_owned(),
    }
}

/// The promise the customer waits for: the arrival, then the end of the work.
pub fn promise_clock(track: &TrackView) -> Option<&ClockView> {
    let of = |kind| track.clocks.iter().find(move |clock| clock.kind == kind);
    let arrive = of(ClockKind::Arrive);
    match arrive {
        Some(clock) if clock.stopped_at.is_none() => arrive,
        _ => of(ClockKind::Complete).or(arrive),
    }
}

/// The promise line with its two ends said in words; nothing where no promise runs.
#[component]
pub fn Promise(track: TrackView, booked_for: Option<Time>) -> impl IntoView {
    let Some(clock) = promise_clock(&track).cloned() else {
        return ().into_any();
    };
    if clock.state == ClockState::Cancelled {
        return ().into_any();
    }
    let eta = track.eta.filter(|_| clock.kind == ClockKind::Arrive);
    let start = clock.started_at;
    let deadline = clock.deadline;
    let paused = clock.state == ClockState::Paused;
    let from = match booked_for {
        Some(slot) => msg::line_slot(clock12(slot)),
        None => msg::line_booked(clock12(start)),
    };
    let to = match clock.kind {
        ClockKind::Complete => msg::line_done_by(clock12(deadline)),
        ClockKind::Respond | ClockKind::Arrive => msg::line_promised(clock12(deadline)),
    };
    view! {
        <PromiseLine start=start deadline=deadline eta=eta done=clock.stopped_at />
        <span class="promise-ends">
            <span>{from}</span>
            <b class="promised flex">
                <Icon name="shield-check" class="xs" />
                <span>{to}</span>
            </b>
        </span>
        {paused
            .then(|| {
                view! {
                    <p class="micro flex">
                        <Icon name="pause" class="xs" />
                        <span>{msg::line_paused()}</span>
                    </p>
                }
            })}
    }
    .into_any()
}
