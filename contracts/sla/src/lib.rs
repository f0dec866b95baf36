//! What the SLA module promises: a promise for a booking before it is made, clocks that count
//! open time only, and an event when one warns or is breached.

use async_trait::async_trait;
use kernel::{AlarmId, BookingId, ClockId, Event, JobId, Money, Outcome, Slug, Time, UserId};
use serde::{Deserialize, Serialize};

kernel::faults! {
    pub enum SlaFault {
        NoPolicy => NotFound, "sla.no_policy",
            ar "لا توجد سياسة خدمة لهذا الطلب.",
            en "No service-level policy covers this request.";
        UnknownCalendar => NotFound, "sla.unknown_calendar",
            ar "لا يوجد تقويم بهذا الاسم.",
            en "There is no calendar of that name.";
        UnknownAlarm => NotFound, "sla.unknown_alarm",
            ar "لا يوجد تنبيه بهذا الرقم.",
            en "There is no alarm with this id.";
        AlreadyAcknowledged => Conflict, "sla.already_acknowledged",
            ar "سبق أن استلم زميل هذا التنبيه.",
            en "A colleague has already acknowledged this alarm.";
        BadSnooze { max_minutes: u32 } => BadRequest, "sla.bad_snooze", field "minutes",
            ar "يمكن تأجيل التنبيه من دقيقة إلى {max_minutes} دقيقة.",
            en "An alarm can be put off for 1 to {max_minutes} minutes.";
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Urgency {
    Immediate,
    Scheduled,
}
impl Urgency {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Scheduled => "scheduled",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum ClockKind {
    /// Assigned by.
    Respond,
    Arrive,
    Complete,
}
impl ClockKind {
    pub const ALL: [Self; 3] = [Self::Respond, Self::Arrive, Self::Complete];
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Respond => "respond",
            Self::Arrive => "arrive",
            Self::Complete => "complete",
        }
    }
}
impl std::str::FromStr for ClockKind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(())
    }
}

/// What a policy is chosen by: the most specific match wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseQuery {
    pub category: Slug,
    pub zone: Slug,
    pub urgency: Urgency,
    /// Customer tier, where the customer has one.
    pub tier: Option<Slug>,
    /// When the clocks would start.
    pub at: Time,
    /// Start of the booked slot; the arrive and complete clocks of a scheduled visit count from it.
    pub slot: Option<Time>,
}

/// What we promise, as moments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Promise {
    pub policy: Slug,
    pub respond_by: Time,
    pub arrive_by: Time,
    pub complete_by: Time,
    /// What comes back to the customer if the arrival is late, percent of the service price.
    pub remedy_percent: u8,
}

/// Starts the clocks of one visit. Idempotent on `job`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartClocks {
    pub job: JobId,
    pub booking: BookingId,
    pub query: PromiseQuery,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum ClockState {
    Running,
    Paused,
    /// Stopped before its deadline.
    Met,
    Breached,
    Cancelled,
}

/// A clock as a screen shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ClockView {
    pub id: ClockId,
    pub kind: ClockKind,
    pub state: ClockState,
    pub started_at: Time,
    pub deadline: Time,
    /// Why it stands still, where it does.
    pub paused_for: Option<String>,
    /// Since when. The deadline is as it was then: what was left stays left.
    pub paused_at: Option<Time>,
    pub stopped_at: Option<Time>,
    /// Stopped late or still running late.
    pub breached: bool,
}

/// What the clock did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClockCommand {
    /// The thing was done; met or, past the deadline, breached.
    Stop {
        kind: ClockKind,
    },
    /// Waiting on somebody; the running clocks of the job stand still.
    Pause {
        reason: PauseReason,
    },
    Resume,
    /// The visit will not happen.
    Cancel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    Customer,
    Approval,
    Parts,
}
impl PauseReason {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Approval => "approval",
            Self::Parts => "parts",
        }
    }
}

#[async_trait]
pub trait Sla: Send + Sync {
    async fn promise(&self, query: PromiseQuery) -> Outcome<Promise, SlaFault>;
    /// Repeating it returns the first promise.
    async fn start(&self, start: StartClocks) -> Outcome<Promise, SlaFault>;
    /// Repeating a command changes nothing. A job without clocks is no error.
    async fn command(&self, job: JobId, command: ClockCommand, at: Time) -> Outcome<(), SlaFault>;
    async fn clocks(&self, jobs: Vec<JobId>) -> Outcome<Vec<(JobId, ClockView)>, SlaFault>;
    /// Tells the expected moment of an arrival; later than the deadline raises an alarm early.
    async fn predict(
        &self,
        job: JobId,
        kind: ClockKind,
        expected: Time,
        at: Time,
    ) -> Outcome<(), SlaFault>;
    /// Open and snoozed alarms of these zones (all, where none are named), newest first.
    async fn open_alarms(
        &self,
        zones: Option<Vec<Slug>>,
        most: u32,
    ) -> Outcome<Vec<Alarm>, SlaFault>;
    /// The alarms of these ids, whatever their state, oldest first.
    async fn alarms(&self, ids: Vec<AlarmId>) -> Outcome<Vec<Alarm>, SlaFault>;
    /// Whether a calendar is open; for prices that depend on working hours.
    async fn is_open(&self, calendar: Slug, at: Time) -> Outcome<bool, SlaFault>;
}

/// A running clock passed one of its warning fractions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClockWarned {
    pub clock: ClockId,
    pub job: JobId,
    pub booking: BookingId,
    pub kind: ClockKind,
    pub percent: u8,
    pub deadline: Time,
}
impl Event for ClockWarned {
    const NAME: &'static str = "sla.clock_warned";
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClockBreached {
    pub clock: ClockId,
    pub job: JobId,
    pub booking: BookingId,
    pub kind: ClockKind,
    pub deadline: Time,
    pub remedy_percent: u8,
    pub vendor_penalty: Money,
}
impl Event for ClockBreached {
    const NAME: &'static str = "sla.clock_breached";
}

/// The expected moment is later than the deadline, told before the deadline.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BreachPredicted {
    pub alarm: AlarmId,
    pub job: JobId,
    pub booking: BookingId,
    pub kind: ClockKind,
    pub expected: Time,
    pub deadline: Time,
    pub remedy_percent: u8,
}
impl Event for BreachPredicted {
    const NAME: &'static str = "sla.breach_predicted";
}

/// How grave an alarm is, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum AlarmSeverity {
    /// An early warning mark (below 80 % of the target).
    Warn50,
    /// A late warning mark.
    Warn80,
    /// The expected moment is later than the deadline.
    Predicted,
    Breach,
}
impl AlarmSeverity {
    pub const ALL: [Self; 4] = [Self::Warn50, Self::Warn80, Self::Predicted, Self::Breach];
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warn50 => "warn50",
            Self::Warn80 => "warn80",
            Self::Predicted => "predicted",
            Self::Breach => "breach",
        }
    }
}
impl std::str::FromStr for AlarmSeverity {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or(())
    }
}

/// Who an alarm waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum AlarmLevel {
    Dispatcher,
    OperationsManager,
}
impl AlarmLevel {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dispatcher => "dispatcher",
            Self::OperationsManager => "operations_manager",
        }
    }
}
impl std::str::FromStr for AlarmLevel {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Dispatcher, Self::OperationsManager]
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum AlarmState {
    /// Waits for somebody now.
    Open,
    /// Put off; open again when its time is up.
    Snoozed,
    /// A colleague has it.
    Acknowledged,
    /// The clock stopped, or a graver alarm took its place.
    Resolved,
}
impl AlarmState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed => "snoozed",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

/// A delay alarm exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Alarm {
    pub id: AlarmId,
    pub clock: ClockId,
    pub job: JobId,
    pub booking: BookingId,
    pub kind: ClockKind,
    pub category: Slug,
    pub zone: Slug,
    pub severity: AlarmSeverity,
    pub level: AlarmLevel,
    pub state: AlarmState,
    /// When it was or will be late, as the deadline stood when the alarm was raised.
    pub deadline: Time,
    /// The expected moment; on predictions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_at: Option<Time>,
    pub raised_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<Time>,
}

/// An alarm was raised, or reached the next level.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AlarmRaised {
    pub alarm: AlarmId,
    pub job: JobId,
    pub booking: BookingId,
    pub kind: ClockKind,
    pub zone: Slug,
    pub severity: AlarmSeverity,
    pub level: AlarmLevel,
}
impl Event for AlarmRaised {
    const NAME: &'static str = "sla.alarm_raised";
}

/// Alarms of a job were raised, taken, put off, passed on or are over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AlarmsChanged {
    pub job: JobId,
    pub booking: BookingId,
    pub alarms: Vec<AlarmId>,
}
impl Event for AlarmsChanged {
    const NAME: &'static str = "sla.alarms_changed";
}
