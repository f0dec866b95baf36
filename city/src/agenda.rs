//! What happens next: events by time, and at one time in the order they were planned.

use kernel::{ExtraCostId, JobId, Time};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A step of somebody's day. Customers, technicians and bookings are told by their numbers here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A new customer opens the app.
    Arrival,
    /// A visitor who could not sign in tries again.
    SignIn {
        visitor: u64,
    },
    Pay {
        booking: usize,
    },
    /// Back from reading the bank's message.
    Challenge {
        booking: usize,
        url: String,
    },
    Cancel {
        booking: usize,
    },
    /// The customer looks whether anything has come of it.
    Look {
        booking: usize,
    },
    ConfirmArrival {
        booking: usize,
    },
    DecideExtra {
        booking: usize,
        extra: ExtraCostId,
    },
    ExtraChallenge {
        booking: usize,
        url: String,
    },
    Accept {
        booking: usize,
    },
    /// The technician looks at the telephone.
    Answer {
        technician: usize,
        job: JobId,
    },
    Depart {
        technician: usize,
        job: JobId,
    },
    Arrive {
        technician: usize,
        job: JobId,
    },
    Start {
        technician: usize,
        job: JobId,
    },
    AskExtra {
        technician: usize,
        job: JobId,
    },
    Finish {
        technician: usize,
        job: JobId,
    },
    Shift {
        technician: usize,
    },
    /// Everybody's telephone reports its position.
    Positions,
    /// Offers reach the technicians' telephones.
    Offers,
    /// The dispatcher looks at what has escalated.
    Dispatcher,
    Progress,
}

struct Entry {
    at: Time,
    sequence: u64,
    step: Step,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.sequence == other.sequence
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.sequence).cmp(&(other.at, other.sequence))
    }
}

#[derive(Default)]
pub(crate) struct Agenda {
    heap: BinaryHeap<Reverse<Entry>>,
    planned: u64,
}

impl Agenda {
    pub(crate) fn plan(&mut self, at: Time, step: Step) {
        self.planned += 1;
        self.heap.push(Reverse(Entry {
            at,
            sequence: self.planned,
            step,
        }));
    }
    pub(crate) fn next(&mut self) -> Option<(Time, Step)> {
        let Reverse(entry) = self.heap.pop()?;
        Some((entry.at, entry.step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_time_then_in_the_order_planned() {
        let mut agenda = Agenda::default();
        let at = |s: i64| Time::from_millis(s * 1000);
        agenda.plan(at(5), Step::Pay { booking: 1 });
        agenda.plan(at(3), Step::Positions);
        agenda.plan(at(5), Step::Pay { booking: 2 });
        agenda.plan(at(3), Step::Offers);
        agenda.plan(at(4), Step::Arrival);
        let order: Vec<_> = std::iter::from_fn(|| agenda.next()).collect();
        assert_eq!(
            order,
            [
                (at(3), Step::Positions),
                (at(3), Step::Offers),
                (at(4), Step::Arrival),
                (at(5), Step::Pay { booking: 1 }),
                (at(5), Step::Pay { booking: 2 }),
            ]
        );
    }
}
