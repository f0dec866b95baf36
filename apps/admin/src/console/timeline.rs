//! What was said of a job, by whoever said it, in one order of time. No browser here.

use crate::{msg, words};
use contract_bookings::{BookingState, BookingView, ExtraView, JobState, StoryLine};
use contract_dispatch::{CandidateView, JobStory, OfferState, WhyNot};
use contract_settlement::EntryView;
use contract_sla::{Alarm, AlarmState};
use kernel::{Time, UserId};
use std::collections::HashMap;
use ui::format::{clock24, distance};
use ui::{job_words, t};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Warn,
    /// About money.
    Money,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub at: Time,
    /// Orders what happened in the same millisecond: cause before effect.
    pub rank: u8,
    pub title: String,
    pub sub: Option<String>,
    /// Who did it, where a person did.
    pub by: Option<String>,
    pub tone: Tone,
}

fn told(at: Time, rank: u8, title: impl Into<String>) -> Told {
    Told {
        at,
        rank,
        title: title.into(),
        sub: None,
        by: None,
        tone: Tone::Plain,
    }
}

/// All of it, oldest first.
pub fn merge(
    booking: Option<&BookingView>,
    dispatch: Option<&JobStory>,
    alarms: &[Alarm],
    entries: &[EntryView],
    people: &HashMap<UserId, String>,
) -> Vec<Told> {
    let mut all = Vec::new();
    if let Some(booking) = booking {
        all.extend(
            booking
                .story
                .iter()
                .filter_map(|line| of_story(line, booking)),
        );
    }
    if let Some(dispatch) = dispatch {
        of_dispatch(dispatch, people, &mut all);
    }
    for alarm in alarms {
        of_alarm(alarm, people, &mut all);
    }
    for entry in entries {
        all.push(Told {
            sub: Some(entry.memo.clone()).filter(|memo| !memo.is_empty()),
            tone: Tone::Money,
            ..told(entry.at, 5, words::entry(&entry.kind))
        });
    }
    all.sort_by_key(|told| (told.at, told.rank));
    all
}

fn of_story(line: &StoryLine, booking: &BookingView) -> Option<Told> {
    let becomes = line.becomes.as_deref().unwrap_or_default();
    let detail = |key: &str| {
        line.details
            .get(key)
            .and_then(|v| v.as_str())
            .map(str::to_owned)
    };
    Some(match line.what.as_str() {
        "booking" => {
            let state: BookingState = becomes.parse().ok()?;
            Told {
                sub: detail("reason"),
                ..told(line.at, 1, msg::told_booking(booking_word(state)))
            }
        }
        "job" => {
            let state: JobState = becomes.parse().ok()?;
            Told {
                sub: detail("reason"),
                tone: if matches!(state, JobState::Failed | JobState::Cancelled) {
                    Tone::Warn
                } else {
                    Tone::Plain
                },
                ..told(line.at, 2, msg::told_job(job_words(state)))
            }
        }
        "payment" => Told {
            tone: Tone::Money,
            ..told(line.at, 1, msg::told_payment())
        },
        "payment_declined" => Told {
            sub: detail("response_code"),
            tone: Tone::Warn,
            ..told(line.at, 1, msg::told_payment_declined())
        },
        "escalated" => Told {
            sub: detail("reason").map(|reason| words::escalation(&reason).to_owned()),
            tone: Tone::Warn,
            ..told(line.at, 3, msg::escalated())
        },
        "breached" => Told {
            sub: clock_of(line),
            tone: Tone::Warn,
            ..told(line.at, 3, msg::told_breached())
        },
        "slipping" => Told {
            sub: clock_of(line),
            tone: Tone::Warn,
            ..told(line.at, 3, msg::told_slipping())
        },
        "given_back" => Told {
            sub: detail("reason"),
            tone: Tone::Warn,
            ..told(line.at, 3, msg::told_given_back())
        },
        "extra_cost" => {
            let title = match becomes {
                "approved" => msg::told_extra_approved(),
                "declined" => msg::told_extra_declined(),
                _ => msg::told_extra_asked(),
            };
            Told {
                sub: extra_of(line, &booking.extras)
                    .map(|e| format!("{} {}", e.total, msg::riyals())),
                tone: Tone::Money,
                ..told(line.at, 4, title)
            }
        }
        other => told(line.at, 6, other.replace('_', " ")),
    })
}

fn clock_of(line: &StoryLine) -> Option<String> {
    let kind = line
        .details
        .get("kind")
        .or(line.details.get("clock"))?
        .as_str()?;
    Some(words::clock(kind.parse().ok()?).to_owned())
}

fn extra_of<'a>(line: &StoryLine, extras: &'a [ExtraView]) -> Option<&'a ExtraView> {
    let id = line.details.get("id")?.as_str()?;
    extras.iter().find(|extra| extra.id.to_string() == id)
}

fn of_dispatch(story: &JobStory, people: &HashMap<UserId, String>, all: &mut Vec<Told>) {
    for offer in &story.offers {
        all.push(Told {
            sub: Some(msg::told_offer_until(
                clock24(offer.expires_at),
                i64::from(offer.round),
            )),
            ..told(
                offer.offered_at,
                3,
                msg::told_offer(t(&offer.technician.name)),
            )
        });
        if let Some(at) = offer
            .closed_at
            .filter(|_| offer.state != OfferState::Accepted)
        {
            all.push(Told {
                sub: offer.reason.clone(),
                tone: if offer.state == OfferState::Withdrawn {
                    Tone::Plain
                } else {
                    Tone::Warn
                },
                ..told(
                    at,
                    3,
                    msg::told_offer_closed(t(&offer.technician.name), words::offer(offer.state)),
                )
            });
        }
    }
    for assignment in &story.assignments {
        all.push(Told {
            sub: Some(match &assignment.reason {
                Some(reason) => format!("{} · {}", msg::eta(clock24(assignment.eta)), reason),
                None => msg::eta(clock24(assignment.eta)),
            }),
            by: assignment.by.map(|by| words::person(by, people)),
            ..told(
                assignment.assigned_at,
                4,
                msg::told_assigned(t(&assignment.technician.name)),
            )
        });
        if let (Some(at), Some(outcome)) = (assignment.closed_at, &assignment.outcome) {
            all.push(Told {
                sub: assignment.note.clone(),
                ..told(
                    at,
                    3,
                    msg::told_released(t(&assignment.technician.name), words::outcome(outcome)),
                )
            });
        }
    }
    if let Some(decision) = &story.decision {
        let asked = decision.candidates.len() as i64;
        all.push(Told {
            sub: Some(msg::told_round_sub(
                asked,
                distance(decision.radius_m),
                i64::from(decision.matched),
            )),
            ..told(decision.at, 2, msg::told_round(decision.round))
        });
    }
}

fn of_alarm(alarm: &Alarm, people: &HashMap<UserId, String>, all: &mut Vec<Told>) {
    use contract_sla::AlarmSeverity::{Breach, Predicted, Warn50, Warn80};
    let title = match alarm.severity {
        Breach => msg::told_alarm_breach(),
        Predicted => msg::told_alarm_predicted(),
        Warn80 | Warn50 => msg::told_alarm_warning(),
    };
    all.push(Told {
        sub: Some(format!(
            "{} · {}",
            words::clock(alarm.kind),
            clock24(alarm.deadline)
        )),
        tone: Tone::Warn,
        ..told(alarm.raised_at, 4, title)
    });
    if let Some(at) = alarm.acknowledged_at {
        all.push(Told {
            by: alarm.acknowledged_by.map(|by| words::person(by, people)),
            ..told(at, 4, msg::told_alarm_taken())
        });
    }
    if let (AlarmState::Snoozed, Some(until)) = (alarm.state, alarm.snoozed_until) {
        all.push(told(alarm.raised_at, 5, msg::alarm_snoozed(clock24(until))));
    }
}

/// What speaks for a candidate, and what against, besides the bars.
pub fn reasons(candidate: &CandidateView, promise: Option<Time>) -> Vec<(bool, String)> {
    let mut all = Vec::new();
    if let Some(eta) = candidate.eta {
        all.push(match promise {
            None => (true, msg::arrives(clock24(eta))),
            Some(promise) => {
                let minutes = promise.since(eta).as_millis() as i64 / 60_000;
                if eta <= promise {
                    (minutes >= 5, msg::arrives_before(clock24(eta), minutes))
                } else {
                    (false, msg::arrives_after(clock24(eta), (-minutes).max(1)))
                }
            }
        });
    }
    if let (Some(metres), Some(seconds)) = (candidate.distance_m, candidate.travel_seconds) {
        let minutes = i64::from(seconds).div_euclid(60).max(1);
        all.push((minutes <= 20, msg::drives(distance(metres), minutes)));
    }
    let value = |name: &str| {
        let components = &candidate.score.as_ref()?.components;
        components.iter().find(|c| c.name == name).map(|c| c.value)
    };
    if value("preferred").is_some_and(|v| v > 0.0) {
        all.push((true, msg::why_preferred().to_owned()));
    }
    if value("position").is_some_and(|v| v < 0.0) && candidate.why_not != Some(WhyNot::NoPosition) {
        all.push((false, msg::why_position_old().to_owned()));
    }
    if value("coverage").is_some_and(|v| v < 0.3) {
        all.push((false, msg::why_coverage().to_owned()));
    }
    if value("workload").is_some_and(|v| v < 0.5) {
        all.push((false, msg::why_workload().to_owned()));
    }
    all
}

pub fn booking_word(state: BookingState) -> &'static str {
    match state {
        BookingState::AwaitingPayment => msg::booking_awaiting_payment(),
        BookingState::Confirmed => msg::booking_confirmed(),
        BookingState::InService => msg::booking_in_service(),
        BookingState::AwaitingAcceptance => msg::booking_awaiting_acceptance(),
        BookingState::Accepted => msg::booking_accepted(),
        BookingState::Settled => msg::booking_settled(),
        BookingState::Cancelled => msg::booking_cancelled(),
        BookingState::Expired => msg::booking_expired(),
        BookingState::Disputed => msg::booking_disputed(),
    }
}
