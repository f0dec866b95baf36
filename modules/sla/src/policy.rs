//! Which policy covers a request, and what it promises.

use crate::calendar::{Calendar, Counting};
use contract_sla::{ClockKind, Promise, PromiseQuery, Urgency};
use kernel::{Money, Slug, Time, minutes};

/// A visit of a booked slot has somebody assigned this long before it, when there is the time.
pub const ASSIGNED_BEFORE_SLOT_MS: i64 = 30 * 60_000;

/// Targets for what it matches; an absent field matches everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub slug: Slug,
    pub tier: Option<Slug>,
    pub category: Option<Slug>,
    pub zone: Option<Slug>,
    pub urgency: Option<Urgency>,
    pub respond_ms: i64,
    pub arrive_ms: i64,
    pub complete_ms: i64,
    /// In percent of each target, 1 to 99.
    pub warn_percents: Vec<u8>,
    /// Credited to the customer when the arrival is late.
    pub remedy_percent: u8,
    /// Charged to the vendor when the arrival is late.
    pub vendor_penalty: Money,
    pub calendar: Slug,
}

fn fits<T: PartialEq>(wanted: &Option<T>, is: Option<&T>) -> bool {
    wanted.as_ref().is_none_or(|wanted| Some(wanted) == is)
}

impl Policy {
    fn covers(&self, query: &PromiseQuery) -> bool {
        fits(&self.tier, query.tier.as_ref())
            && fits(&self.category, Some(&query.category))
            && fits(&self.zone, Some(&query.zone))
            && fits(&self.urgency, Some(&query.urgency))
    }
    /// Compared field by field, in this order.
    fn specificity(&self) -> [bool; 4] {
        [
            self.tier.is_some(),
            self.category.is_some(),
            self.zone.is_some(),
            self.urgency.is_some(),
        ]
    }
    pub fn target_ms(&self, kind: ClockKind) -> i64 {
        match kind {
            ClockKind::Respond => self.respond_ms,
            ClockKind::Arrive => self.arrive_ms,
            ClockKind::Complete => self.complete_ms,
        }
    }
    /// What a breach of this clock costs. Only a late arrival is paid for: one late visit must
    /// not be paid for three times.
    pub fn remedy(&self, kind: ClockKind) -> (u8, Money) {
        match kind {
            ClockKind::Arrive => (self.remedy_percent, self.vendor_penalty),
            ClockKind::Respond | ClockKind::Complete => (0, Money::ZERO),
        }
    }
}

/// The most specific policy that covers `query`. Two equally specific ones can't both cover it
/// (the database keeps their fields distinct).
pub fn select<'a>(policies: &'a [Policy], query: &PromiseQuery) -> Option<&'a Policy> {
    policies
        .iter()
        .filter(|policy| policy.covers(query))
        .max_by(|a, b| {
            a.specificity()
                .cmp(&b.specificity())
                .then_with(|| b.slug.cmp(&a.slug))
        })
}

/// How one clock of a visit will run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    pub kind: ClockKind,
    pub started_at: Time,
    pub target_ms: i64,
    /// Counts every hour rather than the policy's calendar.
    pub around_the_clock: bool,
    pub deadline: Time,
}

/// The three clocks of a visit. `None`: the calendar does not hold so much open time.
///
/// Immediate: all count from `query.at`. Scheduled: `arrive` and `complete` count from the slot;
/// `respond` counts from `query.at`, but where that would end less than half an hour before the
/// slot it runs by the wall clock to that moment (to the slot itself, if the half hour is gone),
/// so that a night before the slot is not a promise kept by being closed.
pub fn courses(policy: &Policy, calendar: &Calendar, query: &PromiseQuery) -> Option<[Course; 3]> {
    let slot = match query.urgency {
        Urgency::Scheduled => query.slot,
        Urgency::Immediate => None,
    };
    let counting = Counting::Open(calendar);
    let counted = |kind: ClockKind, started_at: Time| {
        let target_ms = policy.target_ms(kind);
        Some(Course {
            kind,
            started_at,
            target_ms,
            around_the_clock: false,
            deadline: counting.deadline(started_at, target_ms, &[])?,
        })
    };
    let visit_start = slot.unwrap_or(query.at);
    let mut respond = counted(ClockKind::Respond, query.at)?;
    if let Some(limit) = slot.and_then(|slot| latest_assignment(slot, query.at))
        && respond.deadline > limit
    {
        respond = Course {
            around_the_clock: true,
            target_ms: limit.as_millis() - query.at.as_millis(),
            deadline: limit,
            ..respond
        };
    }
    Some([
        respond,
        counted(ClockKind::Arrive, visit_start)?,
        counted(ClockKind::Complete, visit_start)?,
    ])
}

/// The moment by which a slot needs somebody. `None`: the slot has begun.
fn latest_assignment(slot: Time, at: Time) -> Option<Time> {
    let before = slot - kernel::millis(ASSIGNED_BEFORE_SLOT_MS);
    if before > at {
        Some(before)
    } else {
        (slot > at).then_some(slot)
    }
}

/// The courses in the customer's words.
pub fn promise(policy: &Policy, [respond, arrive, complete]: &[Course; 3]) -> Promise {
    Promise {
        policy: policy.slug.clone(),
        respond_by: respond.deadline,
        arrive_by: arrive.deadline,
        complete_by: complete.deadline,
        remedy_percent: policy.remedy_percent,
    }
}

/// A late expectation is said again when it grew by more than this.
pub fn worth_saying_again(said: Option<Time>, expected: Time) -> bool {
    said.is_none_or(|said| expected > said + minutes(10))
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
