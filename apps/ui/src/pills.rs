//! A state as icon and word; its hue says who must act.

use crate::{Icon, msg};
use contract_bookings::{BookingState, JobState};
use contract_privacy::{RequestKind, RequestState};
use leptos::prelude::*;

struct Pill {
    /// `data-k`: wait, move, work, you, done, bad.
    hue: &'static str,
    icon: &'static str,
    /// The icon mirrors in right-to-left.
    flips: bool,
    words: &'static str,
}

const fn pill(hue: &'static str, icon: &'static str, words: &'static str) -> Pill {
    Pill {
        hue,
        icon,
        flips: false,
        words,
    }
}

impl Pill {
    const fn flipped(mut self) -> Self {
        self.flips = true;
        self
    }
    fn view(self) -> impl IntoView {
        view! {
            <span class="pill" data-k=self.hue>
                <Icon name=self.icon class=if self.flips { "flip" } else { "" }/>
                <span>{self.words}</span>
            </span>
        }
    }
}

fn job_pill(state: JobState) -> Pill {
    match state {
        JobState::Queued => pill("wait", "circle-dashed", msg::job_queued()),
        JobState::Offered => pill("wait", "send", msg::job_offered()).flipped(),
        JobState::Assigned => pill("move", "badge-check", msg::job_assigned()),
        JobState::EnRoute => pill("move", "navigation", msg::job_en_route()).flipped(),
        JobState::Arrived => pill("move", "map-pin", msg::job_arrived()),
        JobState::InProgress => pill("work", "wrench", msg::job_in_progress()),
        JobState::AwaitingApproval => pill("you", "hourglass", msg::job_awaiting_approval()),
        JobState::Finished => pill("you", "clipboard-check", msg::job_finished()),
        JobState::Closed => pill("done", "circle-check", msg::job_closed()),
        JobState::Failed => pill("bad", "ban", msg::job_failed()),
        JobState::Cancelled => pill("done", "x", msg::job_cancelled()),
    }
}

/// The operator's word for a job's state.
pub fn job_words(state: JobState) -> &'static str {
    job_pill(state).words
}

fn booking_pill(state: BookingState, job: Option<JobState>) -> Pill {
    match (state, job) {
        (BookingState::AwaitingPayment, _) => {
            pill("you", "credit-card", msg::booking_awaiting_payment())
        }
        (BookingState::Confirmed | BookingState::InService, Some(job)) => match job {
            JobState::Queued | JobState::Offered => {
                pill("wait", "search", msg::booking_looking()).flipped()
            }
            JobState::Assigned => pill("move", "badge-check", msg::booking_assigned()),
            JobState::EnRoute => pill("move", "navigation", msg::booking_en_route()).flipped(),
            JobState::Arrived => pill("move", "map-pin", msg::booking_arrived()),
            JobState::InProgress => pill("work", "wrench", msg::booking_working()),
            JobState::AwaitingApproval => {
                pill("you", "hourglass", msg::booking_awaiting_approval())
            }
            JobState::Finished | JobState::Closed => {
                pill("you", "clipboard-check", msg::booking_awaiting_acceptance())
            }
            JobState::Failed => pill("bad", "ban", msg::booking_failed()),
            JobState::Cancelled => pill("done", "x", msg::booking_cancelled()),
        },
        (BookingState::Confirmed, None) => pill("move", "calendar-days", msg::booking_confirmed()),
        (BookingState::InService, None) => pill("work", "wrench", msg::booking_working()),
        (BookingState::AwaitingAcceptance, _) => {
            pill("you", "clipboard-check", msg::booking_awaiting_acceptance())
        }
        (BookingState::Accepted | BookingState::Settled, _) => {
            pill("done", "circle-check", msg::booking_done())
        }
        (BookingState::Cancelled, _) => pill("done", "x", msg::booking_cancelled()),
        // A job was there: the money was held and nobody came. None: it was never paid.
        (BookingState::Expired, Some(_)) => pill("bad", "ban", msg::booking_expired()),
        (BookingState::Expired, None) => pill("done", "x", msg::booking_unpaid()),
        (BookingState::Disputed, _) => pill("bad", "scale", msg::booking_disputed()),
    }
}

/// The customer's word for where a booking is; `job` is the state of its visit, if there is one.
pub fn booking_words(state: BookingState, job: Option<JobState>) -> &'static str {
    booking_pill(state, job).words
}

fn request_pill(state: RequestState) -> Pill {
    match state {
        RequestState::Received => pill("wait", "clock", msg::request_received()),
        RequestState::Blocked => pill("you", "pause", msg::request_blocked()),
        RequestState::Running => pill("move", "hourglass", msg::request_running()),
        RequestState::Done => pill("done", "circle-check", msg::request_done()),
        RequestState::Refused => pill("bad", "ban", msg::request_refused()),
        RequestState::Cancelled => pill("done", "x", msg::request_cancelled()),
    }
}

/// What a request about one's data is for.
pub fn request_words(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Export => msg::request_export(),
        RequestKind::Erasure => msg::request_erasure(),
        RequestKind::Correction => msg::request_correction(),
    }
}

/// A job's state in the operator's words.
#[component]
pub fn JobPill(#[prop(into)] state: Signal<JobState>) -> impl IntoView {
    move || job_pill(state.get()).view()
}

/// A booking's state in the customer's plainer words.
#[component]
pub fn BookingPill(
    #[prop(into)] state: Signal<BookingState>,
    #[prop(optional, into)] job: Signal<Option<JobState>>,
) -> impl IntoView {
    move || booking_pill(state.get(), job.get()).view()
}

/// Where a request about one's data stands.
#[component]
pub fn RequestPill(state: RequestState) -> impl IntoView {
    request_pill(state).view()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::with_lang;
    use kernel::Lang;

    #[test]
    fn every_state_has_a_word_of_its_own() {
        for lang in [Lang::Ar, Lang::En] {
            with_lang(lang, || {
                let words: std::collections::HashSet<_> =
                    JobState::ALL.iter().map(|s| job_words(*s)).collect();
                assert_eq!(words.len(), JobState::ALL.len());
                let words: std::collections::HashSet<_> = RequestState::ALL
                    .iter()
                    .map(|s| request_pill(*s).words)
                    .chain(RequestKind::ALL.iter().map(|k| request_words(*k)))
                    .collect();
                assert_eq!(
                    words.len(),
                    RequestState::ALL.len() + RequestKind::ALL.len()
                );
            });
        }
    }

    #[test]
    fn customers_are_not_told_of_queues() {
        with_lang(Lang::En, || {
            for job in [JobState::Queued, JobState::Offered] {
                assert_eq!(
                    booking_words(BookingState::Confirmed, Some(job)),
                    "Looking for your technician"
                );
            }
            assert_eq!(
                booking_words(BookingState::Expired, None),
                "Ended, not paid"
            );
            assert_eq!(
                booking_words(BookingState::AwaitingAcceptance, Some(JobState::Finished)),
                booking_words(BookingState::InService, Some(JobState::Finished)),
            );
        });
    }
}
