//! The story of a visit in the customer's words: what matters to them, not every transition.

use crate::msg;
use crate::parts::headline::technician;
use crate::parts::words::sar;
use contract_bookings::{BookingState, BookingView, JobState, StoryLine, TrackView};
use kernel::{Money, Time};
use ui::{StepKind, StoryStep};

fn step(
    title: impl Into<String>,
    at: Option<Time>,
    sub: Option<String>,
    kind: StepKind,
) -> StoryStep {
    StoryStep {
        title: title.into(),
        at,
        sub,
        kind,
    }
}

/// What happened, what happens now, and what is still to come.
pub fn story(booking: &BookingView, track: Option<&TrackView>) -> Vec<StoryStep> {
    let mut steps: Vec<StoryStep> = booking
        .story
        .iter()
        .filter_map(|line| told(booking, track, line))
        .collect();
    // The same news twice, such as an assignment handed on, is told once: as it was last.
    steps.dedup_by(|later, earlier| {
        let same = later.title == earlier.title;
        if same {
            earlier.at = later.at;
        }
        same
    });
    if booking.state.is_open() {
        if let Some(last) = steps.iter_mut().rfind(|step| step.kind == StepKind::Done) {
            last.kind = StepKind::Current;
        }
        steps.extend(to_come(booking));
    }
    steps
}

fn told(booking: &BookingView, track: Option<&TrackView>, line: &StoryLine) -> Option<StoryStep> {
    let name = || track.map_or_else(|| msg::the_technician().to_owned(), technician);
    let at = Some(line.at);
    let done = |title: String, sub: Option<String>| Some(step(title, at, sub, StepKind::Done));
    let warn = |title: String, sub: Option<String>| Some(step(title, at, sub, StepKind::Warn));
    match (line.what.as_str(), line.becomes.as_deref()) {
        ("booking", Some(state)) => match state.parse::<BookingState>().ok()? {
            BookingState::AwaitingPayment => None,
            BookingState::Confirmed => done(
                msg::story_confirmed().to_owned(),
                Some(msg::story_confirmed_sub(sar(booking.total))),
            ),
            BookingState::InService => None,
            BookingState::AwaitingAcceptance => done(msg::story_finished(name()), None),
            BookingState::Accepted => done(
                msg::story_accepted().to_owned(),
                Some(msg::story_accepted_sub().to_owned()),
            ),
            BookingState::Settled => done(
                msg::story_settled().to_owned(),
                Some(msg::story_settled_sub(sar(collected(booking)))),
            ),
            BookingState::Cancelled => done(
                msg::story_cancelled().to_owned(),
                Some(if booking.fee.is_zero() {
                    msg::story_cancelled_free().to_owned()
                } else {
                    msg::story_cancelled_fee(sar(booking.fee))
                }),
            ),
            BookingState::Expired => warn(
                msg::story_expired().to_owned(),
                Some(msg::story_expired_sub().to_owned()),
            ),
            BookingState::Disputed => warn(msg::story_disputed().to_owned(), None),
        },
        ("job", Some(state)) => match state.parse::<JobState>().ok()? {
            JobState::Assigned => done(msg::story_assigned(name()), None),
            JobState::EnRoute => done(msg::story_en_route(name()), None),
            JobState::Arrived => done(msg::story_arrived(name()), None),
            JobState::InProgress if line.was.as_deref() == Some("arrived") => {
                done(msg::story_started(name()), None)
            }
            JobState::Failed => warn(msg::story_failed().to_owned(), None),
            _ => None,
        },
        ("extra_cost", Some("approved")) => done(msg::story_extra_approved().to_owned(), None),
        ("extra_cost", Some("declined")) => done(msg::story_extra_declined().to_owned(), None),
        ("payment_declined", _) => warn(
            msg::story_card_declined().to_owned(),
            Some(msg::story_card_declined_sub().to_owned()),
        ),
        ("given_back", _) => warn(
            msg::story_given_back().to_owned(),
            Some(msg::story_given_back_sub().to_owned()),
        ),
        ("escalated", _) => warn(
            msg::story_escalated().to_owned(),
            Some(msg::story_escalated_sub().to_owned()),
        ),
        ("slipping", _) if clock_is(line, "arrive") => {
            let minutes = line
                .details
                .get("late_minutes")
                .and_then(serde_json::Value::as_i64)
                .unwrap_or(0);
            warn(msg::story_slipping(minutes.max(1)), None)
        }
        ("breached", _) if clock_is(line, "arrive") => warn(
            msg::story_late(name()),
            booking
                .remedy
                .is_positive()
                .then(|| msg::story_remedy(sar(booking.remedy))),
        ),
        _ => None,
    }
}

fn clock_is(line: &StoryLine, kind: &str) -> bool {
    line.details
        .get("clock")
        .and_then(serde_json::Value::as_str)
        == Some(kind)
}

/// What the card was or will be charged in the end.
pub fn collected(booking: &BookingView) -> Money {
    match booking.state {
        BookingState::Cancelled | BookingState::Expired => booking.fee,
        _ => booking.total + booking.materials - booking.remedy,
    }
}

fn to_come(booking: &BookingView) -> Vec<StoryStep> {
    use JobState as J;
    let todo = |title: &str| step(title, None, None, StepKind::Todo);
    let stage = match (booking.state, booking.job_state) {
        (BookingState::AwaitingPayment, _) => 0,
        (BookingState::AwaitingAcceptance, _) => 4,
        (_, Some(J::InProgress | J::AwaitingApproval | J::Finished)) => 4,
        (_, Some(J::Arrived)) => 3,
        (_, Some(J::Assigned | J::EnRoute)) => 2,
        _ => 1,
    };
    let all = [
        msg::todo_payment(),
        msg::todo_technician(),
        msg::todo_arrival(),
        msg::todo_work(),
        msg::todo_acceptance(),
    ];
    all.into_iter().skip(stage).map(todo).collect()
}
