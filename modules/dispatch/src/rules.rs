//! How a candidate is judged: where the journey starts, when it would end, what speaks for and
//! against. Pure; `now` is an argument.

use crate::settings::DispatchSettings;
use contract_dispatch::{Component, DispatchRequest, Score, WhyNot};
use contract_location::{Position, Travel};
use contract_sla::Urgency;
use contract_vendors::TechnicianCard;
use jiff::SignedDuration;
use kernel::{GeoPoint, Time, hours, minutes, seconds};

/// A job somebody has and has not finished. `from..until` is the time they are taken, the
/// buffer after the work included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Commitment {
    pub pin: GeoPoint,
    pub from: Time,
    pub until: Time,
}

/// An earlier answer to the same job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Declined, or let the offer run out.
    Asked(Time),
    /// Had the job and gave it up, or lost it to another by a dispatcher's decision.
    Released,
}

/// What is known of a technician when a job is decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    pub card: TechnicianCard,
    pub position: Option<Position>,
    /// Unfinished, by start.
    pub commitments: Vec<Commitment>,
    /// Done or to be done on the day of the visit.
    pub jobs_that_day: u32,
    pub offer_open: bool,
    pub refusal: Option<Refusal>,
}

/// Who is looked at before whom: a later group only where the earlier has nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resort {
    First,
    /// On shift, somewhere.
    PositionUnknown,
    /// Has refused this job before.
    AskAgain,
}

/// Where the journey to a job would start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Start {
    pub from: GeoPoint,
    /// When they could set out.
    pub ready: Time,
    /// They come from another job: at least the buffer lies between.
    pub after_job: bool,
    pub position_known: bool,
    pub next: Option<Commitment>,
    pub resort: Resort,
    /// Speaks against an offer, not against a dispatcher's decision.
    pub bar: Option<WhyNot>,
}

/// A job in the technician's day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    pub eta: Time,
    pub from: Time,
    pub until: Time,
    pub travel: Travel,
    pub late: SignedDuration,
}

fn buffer(settings: &DispatchSettings) -> SignedDuration {
    minutes(settings.buffer_minutes)
}

fn fresh(position: Option<Position>) -> Option<GeoPoint> {
    position.filter(|p| p.fresh).map(|p| p.point)
}

/// Where this technician would come from, or why they can't come at all.
pub fn start(
    facts: &Facts,
    request: &DispatchRequest,
    now: Time,
    settings: &DispatchSettings,
) -> Result<Start, WhyNot> {
    let immediate = request.urgency == Urgency::Immediate;
    if immediate && !facts.card.on_shift {
        return Err(WhyNot::OffShift);
    }
    let visit_from = request.earliest.max(now);
    let previous = facts
        .commitments
        .iter()
        .rev()
        .find(|c| c.from <= visit_from)
        .copied();
    let next = facts
        .commitments
        .iter()
        .find(|c| c.from > visit_from)
        .copied();
    let here = fresh(facts.position);

    let (from, ready, after_job, position_known, resort) = if immediate {
        // Whoever has begun something and not finished it is busy, however late it is.
        if previous.is_some() {
            return Err(WhyNot::Busy);
        }
        match here {
            Some(point) => (point, now, false, true, Resort::First),
            None => (facts.card.home, now, false, false, Resort::PositionUnknown),
        }
    } else if let Some(previous) = previous.filter(|p| p.until > visit_from - hours(10)) {
        // A job that runs over ends now at the earliest.
        let done = (previous.until - buffer(settings)).max(now);
        (previous.pin, done, true, true, Resort::First)
    } else if visit_from.since(now) > minutes(settings.position_counts_minutes) {
        (facts.card.home, now, false, true, Resort::First)
    } else {
        match here {
            Some(point) => (point, now, false, true, Resort::First),
            None => (facts.card.home, now, false, false, Resort::First),
        }
    };
    let (bar, resort) = match facts.refusal {
        _ if facts.offer_open => (Some(WhyNot::OfferOpen), resort),
        Some(Refusal::Released) => (Some(WhyNot::ReleasedBefore), resort),
        Some(Refusal::Asked(at)) if now.since(at) < seconds(settings.ask_again_seconds) => {
            (Some(WhyNot::DeclinedBefore), resort)
        }
        Some(Refusal::Asked(_)) => (None, Resort::AskAgain),
        None => (None, resort),
    };
    Ok(Start {
        from,
        ready,
        after_job,
        position_known,
        next,
        resort,
        bar,
    })
}

/// When they would be there and until when they would be taken, or why it does not fit.
/// `onward` is the journey from this job to the next one.
pub fn visit(
    start: &Start,
    request: &DispatchRequest,
    travel: Travel,
    onward: Option<Travel>,
    now: Time,
    settings: &DispatchSettings,
) -> Result<Visit, WhyNot> {
    let gap = if start.after_job {
        buffer(settings)
    } else {
        SignedDuration::ZERO
    };
    let drive = seconds(travel.seconds.into());
    let eta = request.earliest.max(start.ready + drive.max(gap));
    let work_end = eta + minutes(request.duration_minutes.into());
    let until = work_end + buffer(settings);
    if let Some(next) = start.next {
        let there = work_end + seconds(onward.map_or(0, |t| t.seconds.into()));
        if until > next.from || there > next.from {
            return Err(WhyNot::Busy);
        }
    }
    let late = eta.since(request.arrive_by).max(SignedDuration::ZERO);
    if start.after_job && late > SignedDuration::ZERO {
        return Err(WhyNot::Busy);
    }
    let from = match request.urgency {
        Urgency::Immediate => now,
        Urgency::Scheduled => eta,
    };
    Ok(Visit {
        eta,
        from,
        until,
        travel,
        late,
    })
}

/// Whether an arrival is so late that it is no answer.
pub fn too_late(visit: &Visit, request: &DispatchRequest, settings: &DispatchSettings) -> bool {
    let allowed = match request.urgency {
        Urgency::Immediate => minutes(settings.late_minutes),
        Urgency::Scheduled => SignedDuration::ZERO,
    };
    visit.late > allowed
}

/// How much the job's sector needs cover and how much the one they would leave does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coverage {
    pub at_pin: f64,
    pub left_behind: f64,
}

/// Everything that speaks for and against a candidate who could come.
pub fn score(
    facts: &Facts,
    start: &Start,
    visit: &Visit,
    coverage: Coverage,
    request: &DispatchRequest,
    now: Time,
    settings: &DispatchSettings,
) -> Score {
    let weights = &settings.weights;
    let slack = millis_of(request.arrive_by.since(request.earliest.max(now))).max(60_000.0);
    let arrival = if visit.late > SignedDuration::ZERO {
        -1.0 - (millis_of(visit.late) / slack).min(1.0)
    } else {
        (millis_of(request.arrive_by.since(visit.eta)) / slack).clamp(0.0, 1.0)
    };
    let tier = settings
        .tiers
        .get(&facts.card.vendor_tier)
        .copied()
        .unwrap_or(0.0);
    let preferred = request.preferred == Some(facts.card.id);
    let components: Vec<_> = [
        ("arrival", arrival, weights.arrival),
        (
            "travel",
            1.0 - (f64::from(visit.travel.seconds) / 3_600.0).min(1.0),
            weights.travel,
        ),
        (
            "skill_fit",
            facts.card.skill_fit.clamp(0.0, 1.0),
            weights.skill_fit,
        ),
        (
            "quality",
            facts.card.quality.clamp(0.0, 1.0),
            weights.quality,
        ),
        (
            "workload",
            1.0 - (facts.commitments.len() as f64 / 4.0).min(1.0),
            weights.workload,
        ),
        (
            "fairness",
            1.0 - (f64::from(facts.jobs_that_day) / 8.0).min(1.0),
            weights.fairness,
        ),
        (
            "coverage",
            (0.5 + (coverage.at_pin - coverage.left_behind) / 2.0).clamp(0.0, 1.0),
            weights.coverage,
        ),
        (
            "preferred",
            if preferred { 1.0 } else { 0.0 },
            weights.preferred,
        ),
        ("vendor_tier", tier.clamp(0.0, 1.0), weights.vendor_tier),
        (
            "position",
            if start.position_known { 0.0 } else { -1.0 },
            weights.position,
        ),
    ]
    .into_iter()
    .map(|(name, value, weight)| {
        // Four decimals are what the console shows and what counts, so that the two agree.
        let value = (value * 10_000.0).round() / 10_000.0;
        Component {
            name: name.to_owned(),
            value,
            weight,
            contribution: (value * weight as f64).round() as i64,
        }
    })
    .collect();
    let total = components.iter().map(|c| c.contribution).sum();
    Score { components, total }
}

fn millis_of(duration: SignedDuration) -> f64 {
    duration.as_millis() as f64
}

/// The smallest ring that holds enough of those who could take the job; the widest where none
/// does. `distances_m` belong to candidates without anything against them.
pub fn radius(distances_m: &[u32], settings: &DispatchSettings) -> u32 {
    let enough = |ring: &&u32| {
        distances_m.iter().filter(|d| *d <= *ring).count() >= settings.enough_candidates.max(1)
    };
    settings
        .rings_m
        .iter()
        .find(enough)
        .or(settings.rings_m.last())
        .copied()
        .unwrap_or(u32::MAX)
}

/// When a job is matched: an immediate one with whatever else comes in its window, unless its
/// respond time is nearly gone; a scheduled one at once.
pub fn window_at(request: &DispatchRequest, now: Time, settings: &DispatchSettings) -> Time {
    let rush = request.respond_by.since(now) <= seconds(settings.rush_seconds);
    match request.urgency {
        Urgency::Immediate if !rush => now + kernel::millis(settings.window_ms),
        _ => now,
    }
}

/// Until when an offer may be answered. A scheduled one leaves room for two more inside the
/// respond time.
pub fn offer_until(request: &DispatchRequest, now: Time, settings: &DispatchSettings) -> Time {
    let shortest = settings.offer_immediate_seconds.max(1);
    let lasting = match request.urgency {
        Urgency::Immediate => shortest,
        Urgency::Scheduled => {
            let third = request.respond_by.since(now).as_secs() / 3;
            third.min(settings.offer_scheduled_seconds).max(shortest)
        }
    };
    now + seconds(lasting)
}

/// What it costs to leave a job out of a matching: more than any score, so that as many jobs as
/// can be are matched; and more the longer it has waited and the nearer its respond deadline.
pub fn leave_cost(request: &DispatchRequest, now: Time) -> i64 {
    const BASE: i64 = 1_000_000_000;
    let left = request.respond_by.since(now).as_secs().clamp(0, 86_400);
    BASE + (86_400 - left)
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
