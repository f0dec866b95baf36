//! The bodies of the staff's live console: open jobs, technicians on the map, who looks at what,
//! and the people around a job.

use crate::JobState;
use contract_dispatch::TechnicianRef;
use contract_sla::{Alarm, ClockView, Urgency};
use kernel::{BookingId, GeoPoint, JobId, Slug, TechnicianId, Text, Time, UserId, VendorId};
use serde::{Deserialize, Serialize};

/// Everything a console shows at first, inside the reader's zones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ConsoleView {
    pub at: Time,
    /// Where the stream stood before this was read: follow it from here with `Last-Event-ID`.
    pub event: String,
    /// Open jobs, oldest first; at most 2,000.
    pub jobs: Vec<JobLine>,
    /// Technicians who are on shift or were seen today.
    pub technicians: Vec<TechnicianDot>,
    /// Open and snoozed alarms, newest first; at most 500.
    pub alarms: Vec<Alarm>,
    /// Jobs somebody is looking at.
    pub presence: Vec<Presence>,
}

/// A job in the console's queue and on its map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct JobLine {
    pub job: JobId,
    pub booking: BookingId,
    /// `BK-10001`, for people.
    pub reference: String,
    pub service_name: Text,
    pub category: Slug,
    pub sector: Slug,
    pub sector_name: Text,
    pub zone: Slug,
    pub pin: GeoPoint,
    pub state: JobState,
    pub urgency: Urgency,
    /// Who has the job, or is looking at its offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician: Option<TechnicianRef>,
    pub clocks: Vec<ClockView>,
    /// Nobody has taken it: a dispatcher must look.
    pub escalated: bool,
    /// Expected arrival, an estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<Time>,
    pub created_at: Time,
}

/// What a technician is doing, as the map shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum DotState {
    /// On shift, without a job.
    Free,
    /// Has a job.
    Busy,
    /// Off shift and without a job.
    Offline,
}

/// A technician on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct TechnicianDot {
    pub technician: TechnicianId,
    pub name: Text,
    pub point: GeoPoint,
    /// Degrees from north, clockwise, 0 to 359; absent while nothing was measured on the move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading_deg: Option<u16>,
    /// When the point was measured.
    pub at: Time,
    /// False past the freshness limit: the point is history then.
    pub fresh: bool,
    pub state: DotState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobId>,
}

/// A member of staff, as colleagues see them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct PersonRef {
    pub user: UserId,
    pub name: String,
}

/// Who looks at a job now; nobody, when `people` is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Presence {
    pub job: JobId,
    /// By name.
    pub people: Vec<PersonRef>,
}

/// Tells which job one looks at; repeat it every 20 s, it is forgotten after 45 s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SetPresence {
    /// None: one looks at no job any more.
    #[serde(default)]
    pub job: Option<JobId>,
}

/// The people around a job, for whoever must call one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct JobPeople {
    pub job: JobId,
    pub customer: JobCustomer,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<JobVendor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician: Option<JobTechnician>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct JobCustomer {
    pub id: UserId,
    /// Empty until the customer has given one, and once the account is erased.
    pub name: String,
    /// The account is no more; what is kept has no name.
    #[serde(default)]
    pub erased: bool,
    /// Grouped for reading, `+966 50 123 4567`. Absent seven days after the visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Of an erased account: of this booking.
    pub since: Time,
    /// How many bookings they have made, this one among them.
    pub bookings: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct JobVendor {
    pub id: VendorId,
    pub name: Text,
    pub tier: Slug,
    pub active: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct JobTechnician {
    pub id: TechnicianId,
    pub name: Text,
    /// Grouped for reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    pub on_shift: bool,
}
