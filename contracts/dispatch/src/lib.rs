//! What dispatch promises: a job that waits is offered to the technician who can keep the
//! promise, cascades, and reaches a dispatcher rather than waiting for ever. One technician a
//! job, one job at a time, under any race.

mod api;

pub use api::*;

use async_trait::async_trait;
use contract_sla::Urgency;
use kernel::{
    BookingId, Event, GeoPoint, JobId, OfferId, Outcome, Slug, TechnicianId, Text, Time, UserId,
    VendorId,
};
use serde::{Deserialize, Serialize};

kernel::faults! {
    pub enum DispatchFault {
        UnknownOffer => NotFound, "dispatch.unknown_offer",
            ar "لا يوجد عرض بهذا الرقم.",
            en "There is no offer with this id.";
        /// Somebody else was first.
        OfferTaken => Conflict, "dispatch.offer_taken",
            ar "سبقك فنّي آخر. العرض التالي يصلك أولًا بأول.",
            en "Another technician was first. The next offer will come to you as usual.";
        OfferExpired => Conflict, "dispatch.offer_expired",
            ar "انتهى وقت هذا العرض.",
            en "This offer has run out.";
        /// Withdrawn: the customer cancelled, or a dispatcher assigned somebody.
        OfferWithdrawn => Conflict, "dispatch.offer_withdrawn",
            ar "سُحب هذا العرض.",
            en "This offer was withdrawn.";
        TechnicianBusy => Conflict, "dispatch.technician_busy",
            ar "لدى الفنّي عمل آخر في هذا الوقت.",
            en "The technician has another job at that time.";
        UnknownJob => NotFound, "dispatch.unknown_job",
            ar "لا يوجد عمل بهذا الرقم.",
            en "There is no job with this id.";
        AlreadyAssigned => Conflict, "dispatch.already_assigned",
            ar "أُسند هذا العمل من قبل.",
            en "This job is already assigned.";
        /// The visit is over or was withdrawn.
        JobClosed => Conflict, "dispatch.job_closed",
            ar "انتهى هذا العمل أو أُلغي.",
            en "This job is finished or was cancelled.";
        NotEligible { reason: String } => BadRequest, "dispatch.not_eligible", field "technician",
            ar "لا يصلح هذا الفنّي لهذا العمل: {reason}.",
            en "This technician can't take this job: {reason}.";
        ReasonMissing => BadRequest, "dispatch.reason_missing", field "reason",
            ar "اكتب سبب الإسناد اليدوي.",
            en "Give the reason for assigning by hand.";
    }
}

/// Asks for a technician. Idempotent on `job`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DispatchRequest {
    pub job: JobId,
    pub booking: BookingId,
    pub service_name: Text,
    pub category: Slug,
    pub skills: Vec<Slug>,
    pub pin: GeoPoint,
    pub sector: Slug,
    pub sector_name: Text,
    pub zone: Slug,
    pub urgency: Urgency,
    /// When the work may begin: now, or the slot.
    pub earliest: Time,
    pub duration_minutes: u32,
    pub respond_by: Time,
    pub arrive_by: Time,
    pub preferred: Option<TechnicianId>,
}

/// Who has the job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Assignment {
    pub job: JobId,
    pub technician: TechnicianId,
    pub vendor: VendorId,
    pub assigned_at: Time,
    /// When they were expected when they took it.
    pub eta: Time,
    /// Set when a dispatcher decided.
    pub by: Option<UserId>,
}

/// How an open job stands with dispatch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub job: JobId,
    /// Who has the job, or is looking at its offer.
    pub technician: Option<TechnicianId>,
    /// Nobody has it, and a dispatcher must look.
    pub escalated: bool,
}

#[async_trait]
pub trait Dispatch: Send + Sync {
    async fn request(&self, request: DispatchRequest) -> Outcome<(), DispatchFault>;
    /// The job will not be done: open offers are withdrawn, the technician is free. Repeatable,
    /// and heeded even where it overtakes the request.
    async fn withdraw(&self, job: JobId, at: Time) -> Outcome<(), DispatchFault>;
    /// The visit is over; the technician is free. Repeatable.
    async fn complete(&self, job: JobId, at: Time) -> Outcome<(), DispatchFault>;
    /// The assigned technician will not do it: offer it to others, never to the same one. `at` is
    /// when they gave it up, the same in a repeat: whoever took the job after that keeps it.
    async fn requeue(&self, job: JobId, reason: String, at: Time) -> Outcome<(), DispatchFault>;
    async fn assignment(&self, job: JobId) -> Outcome<Option<Assignment>, DispatchFault>;
    /// Of the open jobs among these, sorted by job.
    async fn standings(&self, jobs: Vec<JobId>) -> Outcome<Vec<Standing>, DispatchFault>;
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobOffered {
    pub job: JobId,
    pub booking: BookingId,
    pub offer: OfferId,
    pub technician: TechnicianId,
    pub expires_at: Time,
}
impl Event for JobOffered {
    const NAME: &'static str = "dispatch.job_offered";
}

/// The offer was declined or ran out, and no other is open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobRequeued {
    pub job: JobId,
    pub booking: BookingId,
}
impl Event for JobRequeued {
    const NAME: &'static str = "dispatch.job_requeued";
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobAssigned {
    pub booking: BookingId,
    pub assignment: Assignment,
}
impl Event for JobAssigned {
    const NAME: &'static str = "dispatch.job_assigned";
}

/// A technician who had the job no longer has it: reassigned, requeued or withdrawn.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TechnicianReleased {
    pub job: JobId,
    pub booking: BookingId,
    pub technician: TechnicianId,
    /// `reassigned`, `requeued`, `withdrawn`.
    pub outcome: String,
    pub at: Time,
}
impl Event for TechnicianReleased {
    const NAME: &'static str = "dispatch.technician_released";
}

/// Nobody has taken it; a dispatcher must look.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct JobEscalated {
    pub job: JobId,
    pub booking: BookingId,
    /// `no_candidates`, `refusals`, `respond_warning`.
    pub reason: String,
}
impl Event for JobEscalated {
    const NAME: &'static str = "dispatch.job_escalated";
}
