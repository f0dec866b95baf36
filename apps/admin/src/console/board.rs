//! What the console knows, and what each event changes. No browser here.

use contract_bookings::{ConsoleView, JobLine, JobState, Live, PersonRef, TechnicianDot};
use contract_sla::{Alarm, AlarmSeverity, AlarmState, ClockKind, ClockState};
use kernel::{AlarmId, JobId, TechnicianId, Time};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use ui::{Sla, sla_with};

/// How a job's promise is doing: its most pressing clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Risk {
    pub sla: Sla,
    /// None: no clock runs.
    pub clock: Option<ClockKind>,
    /// To the deadline; below zero it is late.
    pub left_ms: i64,
}

impl Risk {
    const NONE: Self = Self {
        sla: Sla::Safe,
        clock: None,
        left_ms: i64::MAX,
    };
    /// Smaller is more pressing.
    pub fn rank(&self) -> (u8, i64) {
        (sla_rank(self.sla, self.clock.is_some()), self.left_ms)
    }
    /// What the row shows changes with these only.
    pub fn shown(&self) -> (Sla, Option<ClockKind>, i64) {
        (self.sla, self.clock, self.left_ms.div_euclid(1000))
    }
}

/// A calm or paused clock waits in line by its time; a job without one comes last.
fn sla_rank(sla: Sla, runs: bool) -> u8 {
    match sla {
        Sla::Breach => 0,
        Sla::Risk => 1,
        Sla::Watch => 2,
        _ if runs => 3,
        _ => 4,
    }
}

/// The most pressing clock of a job. An estimate later than the promised arrival is a risk even
/// while the clock is young (DESIGN §4).
pub fn risk(line: &JobLine, now: Time) -> Risk {
    let mut worst = Risk::NONE;
    for clock in &line.clocks {
        let runs = clock.stopped_at.is_none()
            && matches!(
                clock.state,
                ClockState::Running | ClockState::Paused | ClockState::Breached
            );
        if !runs {
            continue;
        }
        let eta = line.eta.filter(|_| clock.kind == ClockKind::Arrive);
        let (sla, left_ms) = sla_with(clock, now, eta);
        let this = Risk {
            sla,
            clock: Some(clock.kind),
            left_ms,
        };
        if this.rank() < worst.rank() {
            worst = this;
        }
    }
    worst
}

/// How many jobs are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub breach: usize,
    pub risk: usize,
    pub watch: usize,
    pub safe: usize,
    pub paused: usize,
    /// Waiting for a technician.
    pub unassigned: usize,
    pub all: usize,
}

impl Counts {
    pub fn of(&self, sla: Sla) -> usize {
        match sla {
            Sla::Breach => self.breach,
            Sla::Risk => self.risk,
            Sla::Watch => self.watch,
            Sla::Safe => self.safe,
            Sla::Paused => self.paused,
        }
    }
    fn add(&mut self, line: &JobLine, risk: Risk) {
        self.all += 1;
        self.unassigned += usize::from(waits(line.state));
        match risk.sla {
            Sla::Breach => self.breach += 1,
            Sla::Risk => self.risk += 1,
            Sla::Watch => self.watch += 1,
            Sla::Safe => self.safe += 1,
            Sla::Paused => self.paused += 1,
        }
    }
}

/// Nobody has taken it yet.
pub fn waits(state: JobState) -> bool {
    matches!(state, JobState::Queued | JobState::Offered)
}

/// What an event touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched {
    Nothing,
    Job(JobId),
    Gone(JobId),
    Alarms,
    Dots,
    Presence(JobId),
    /// Events were missed: the snapshot must be read again.
    Everything,
}

/// Everything the console shows, as last heard.
#[derive(Debug, Clone, Default)]
pub struct Board {
    pub jobs: HashMap<JobId, Arc<JobLine>>,
    pub dots: HashMap<TechnicianId, TechnicianDot>,
    /// Open and snoozed ones, and those a colleague has taken since.
    pub alarms: BTreeMap<AlarmId, Alarm>,
    pub presence: HashMap<JobId, Vec<PersonRef>>,
}

impl Board {
    pub fn new(view: ConsoleView) -> Self {
        Self {
            jobs: view
                .jobs
                .into_iter()
                .map(|job| (job.job, Arc::new(job)))
                .collect(),
            dots: view
                .technicians
                .into_iter()
                .map(|dot| (dot.technician, dot))
                .collect(),
            alarms: view
                .alarms
                .into_iter()
                .map(|alarm| (alarm.id, alarm))
                .collect(),
            presence: view
                .presence
                .into_iter()
                .map(|p| (p.job, p.people))
                .collect(),
        }
    }

    pub fn apply(&mut self, event: &Live) -> Touched {
        match event {
            Live::Job(line) => {
                if self
                    .jobs
                    .get(&line.job)
                    .is_some_and(|known| **known == *line)
                {
                    return Touched::Nothing;
                }
                self.jobs.insert(line.job, Arc::new(line.clone()));
                Touched::Job(line.job)
            }
            Live::JobGone { job } => {
                self.presence.remove(job);
                match self.jobs.remove(job) {
                    Some(_) => Touched::Gone(*job),
                    None => Touched::Nothing,
                }
            }
            Live::Alarm(alarm) => {
                let changed = match alarm.state {
                    AlarmState::Resolved | AlarmState::Acknowledged => {
                        self.alarms.remove(&alarm.id).is_some()
                    }
                    AlarmState::Open | AlarmState::Snoozed => {
                        self.alarms.insert(alarm.id, alarm.clone()).as_ref() != Some(alarm)
                    }
                };
                if changed {
                    Touched::Alarms
                } else {
                    Touched::Nothing
                }
            }
            Live::Positions { dots, .. } => {
                for dot in dots {
                    self.dots.insert(dot.technician, dot.clone());
                }
                Touched::Dots
            }
            Live::Presence(presence) => {
                if presence.people.is_empty() {
                    self.presence.remove(&presence.job);
                } else {
                    self.presence.insert(presence.job, presence.people.clone());
                }
                Touched::Presence(presence.job)
            }
            Live::Reset => Touched::Everything,
            Live::Hello { .. } | Live::Booking { .. } | Live::Notification => Touched::Nothing,
        }
    }

    /// The jobs that pass, most pressing first, and how all jobs are doing.
    pub fn order(
        &self,
        passes: impl Fn(&JobLine, Risk) -> bool,
        now: Time,
    ) -> (Vec<JobId>, Counts) {
        let mut counts = Counts::default();
        let mut rows = Vec::with_capacity(self.jobs.len());
        for line in self.jobs.values() {
            let risk = risk(line, now);
            counts.add(line, risk);
            if passes(line, risk) {
                rows.push((risk.rank(), line.job));
            }
        }
        rows.sort_unstable();
        (rows.into_iter().map(|(_, job)| job).collect(), counts)
    }

    /// Alarms that wait for somebody, gravest first, then oldest.
    pub fn waiting_alarms(&self, now: Time) -> Vec<Alarm> {
        let mut alarms: Vec<Alarm> = self
            .alarms
            .values()
            .filter(|alarm| is_open(alarm, now))
            .cloned()
            .collect();
        alarms
            .sort_by(|a, b| (b.severity, a.raised_at, a.id).cmp(&(a.severity, b.raised_at, b.id)));
        alarms
    }
}

/// Open, or its snooze is over.
pub fn is_open(alarm: &Alarm, now: Time) -> bool {
    match alarm.state {
        AlarmState::Open => true,
        AlarmState::Snoozed => alarm.snoozed_until.is_none_or(|until| until <= now),
        AlarmState::Acknowledged | AlarmState::Resolved => false,
    }
}

/// Only a breach nobody has taken is heard.
pub fn sounds(alarm: &Alarm) -> bool {
    alarm.severity == AlarmSeverity::Breach
}

#[cfg(test)]
pub(crate) mod tests;
