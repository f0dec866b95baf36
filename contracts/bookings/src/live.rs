//! What the streams `GET /v1/live` and `GET /v1/staff/live` say, one JSON value an event. The
//! event's `id` is where to resume from (`Last-Event-ID`); heartbeats have none.

use crate::BookingState;
use crate::console::{JobLine, Presence, TechnicianDot};
use contract_sla::Alarm;
use kernel::{BookingId, JobId, Time};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Live {
    /// First, every 15 s of real time, and when the platform's clock was moved. `speed`: platform
    /// seconds a real second; 0 stands.
    Hello { now: Time, speed: f64 },
    /// To a customer: something about this booking of theirs is new; read it again. `state`
    /// is as of the news.
    Booking {
        booking: BookingId,
        state: BookingState,
    },
    /// To staff: the job as it is now, new or changed.
    Job(JobLine),
    /// The job is over, or left the reader's zones.
    JobGone { job: JobId },
    /// An alarm was raised, taken, put off or is over: see its `state`.
    Alarm(Alarm),
    /// Technicians who moved or whose state changed since the last of these.
    Positions { at: Time, dots: Vec<TechnicianDot> },
    /// Who looks at a job has changed.
    Presence(Presence),
    /// Events may have been missed: read everything again.
    Reset,
    /// To a customer: there is a new message in the inbox.
    Notification,
}
