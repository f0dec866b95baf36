//! The bodies of dispatch's public requests: what a technician's app and the console see.

use crate::Assignment;
use contract_sla::Urgency;
use kernel::{BookingId, JobId, OfferId, Slug, TechnicianId, Text, Time, UserId, VendorId};
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$vdoc])* $variant),* }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }
        impl std::str::FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text { $($text => Ok(Self::$variant),)* _ => Err(UnknownWord) }
            }
        }
    };
}

#[derive(Debug, thiserror::Error)]
#[error("no such word")]
pub struct UnknownWord;

words! {
    /// How far a request has come.
    RequestState {
        /// In a matching window or between two.
        Waiting = "waiting",
        Offered = "offered",
        Assigned = "assigned",
        Done = "done",
        Withdrawn = "withdrawn",
    }
}

words! {
    OfferState {
        Open = "open",
        Accepted = "accepted",
        Declined = "declined",
        Expired = "expired",
        Withdrawn = "withdrawn",
    }
}

words! {
    /// Why a candidate was not chosen.
    WhyNot {
        OffShift = "off_shift",
        /// Has a job at that time, or could not reach the next one.
        Busy = "busy",
        /// Is looking at another offer.
        OfferOpen = "offer_open",
        /// No fresh position.
        NoPosition = "no_position",
        /// Enough others are nearer.
        OutsideRadius = "outside_radius",
        /// Declined this job, or let its offer run out.
        DeclinedBefore = "declined_before",
        /// Had this job and will not do it.
        ReleasedBefore = "released_before",
        /// Could only come after the promised arrival.
        TooLate = "too_late",
        /// Better for everyone on another job of the same window.
        MatchedElsewhere = "matched_elsewhere",
        /// Could have taken it; somebody else was better.
        RankedLower = "ranked_lower",
    }
}

/// One reason for or against a candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Component {
    /// `arrival`, `travel`, `skill_fit`, `quality`, `workload`, `fairness`, `coverage`,
    /// `preferred`, `vendor_tier`, `position`.
    pub name: String,
    /// 1 is best; below 0 counts against.
    pub value: f64,
    /// Points, set by the operator.
    pub weight: i64,
    /// `value × weight`, rounded.
    pub contribution: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Score {
    pub components: Vec<Component>,
    /// Sum of the contributions; higher is better.
    pub total: i64,
}

impl Score {
    /// The score for people to read, 0 to 100: the share of the points that could be had. A wish of
    /// the customer's and a missing position add and take, but are nothing that everybody could
    /// have. What decides is [`Score::total`].
    pub fn out_of_100(&self) -> i64 {
        let whole: i64 = self
            .components
            .iter()
            .filter(|c| c.name != "preferred" && c.name != "position")
            .map(|c| c.weight.max(0))
            .sum();
        (self.total.saturating_mul(100) / whole.max(1)).clamp(0, 100)
    }
}

/// A candidate as judged: best first, then those who could not be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CandidateView {
    pub technician: TechnicianId,
    pub vendor: VendorId,
    pub name: Text,
    /// Absent where no journey was estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub travel_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// Absent for whoever was chosen, and in a ranking for whoever could be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<WhyNot>,
}

/// Who could be asked at this moment, and who not and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RankingView {
    pub job: JobId,
    pub at: Time,
    /// How far the search was widened.
    pub radius_m: u32,
    pub candidates: Vec<CandidateView>,
}

/// One round of matching.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DecisionView {
    pub round: u32,
    pub at: Time,
    /// How many jobs were matched together.
    pub matched: u32,
    pub radius_m: u32,
    pub chosen: Option<TechnicianId>,
    pub candidates: Vec<CandidateView>,
}

/// An offer as its technician sees it. The exact pin and the pay are not part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OfferView {
    pub id: OfferId,
    pub job: JobId,
    pub service_name: Text,
    pub category: Slug,
    pub sector: Slug,
    pub sector_name: Text,
    pub urgency: Urgency,
    pub earliest: Time,
    pub duration_minutes: u32,
    pub eta: Time,
    /// Rounded to 100 m.
    pub distance_m: u32,
    pub travel_minutes: u32,
    pub offered_at: Time,
    pub expires_at: Time,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DeclineOffer {
    /// At most 200 characters.
    pub reason: String,
}

/// What became of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OfferAnswer {
    pub offer: OfferId,
    pub job: JobId,
    pub state: OfferState,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AssignByHand {
    pub technician: TechnicianId,
    /// Required; kept with the assignment and in the audit log. At most 500 characters.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct TechnicianRef {
    pub id: TechnicianId,
    pub name: Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Escalation {
    pub at: Time,
    /// `no_candidates`, `refusals`, `respond_warning`.
    pub reason: String,
}

/// A job on the live console.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct QueueItem {
    pub job: JobId,
    pub booking: BookingId,
    pub service_name: Text,
    pub category: Slug,
    pub sector: Slug,
    pub sector_name: Text,
    pub zone: Slug,
    pub urgency: Urgency,
    pub state: RequestState,
    pub round: u32,
    pub refusals: u32,
    pub requested_at: Time,
    pub earliest: Time,
    pub respond_by: Time,
    pub arrive_by: Time,
    pub escalation: Option<Escalation>,
    /// Who has the job, or is looking at its offer.
    pub technician: Option<TechnicianRef>,
}

/// An offer in the story of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OfferRecord {
    pub id: OfferId,
    pub technician: TechnicianRef,
    pub round: u32,
    pub state: OfferState,
    pub offered_at: Time,
    pub expires_at: Time,
    pub closed_at: Option<Time>,
    pub reason: Option<String>,
}

/// An assignment in the story of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AssignmentRecord {
    pub technician: TechnicianRef,
    pub assigned_at: Time,
    pub eta: Time,
    pub busy_from: Time,
    pub busy_until: Time,
    pub by: Option<UserId>,
    pub reason: Option<String>,
    pub closed_at: Option<Time>,
    /// `completed`, `reassigned`, `requeued`, `withdrawn`.
    pub outcome: Option<String>,
    pub note: Option<String>,
}

/// Everything dispatch knows of a job: why this one, why not that one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct JobStory {
    pub item: QueueItem,
    pub assignment: Option<Assignment>,
    pub decision: Option<DecisionView>,
    /// Oldest first.
    pub offers: Vec<OfferRecord>,
    /// Oldest first.
    pub assignments: Vec<AssignmentRecord>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(values: &[(&str, f64, i64)]) -> Score {
        let components: Vec<_> = values
            .iter()
            .map(|&(name, value, weight)| Component {
                name: name.to_owned(),
                value,
                weight,
                contribution: (value * weight as f64) as i64,
            })
            .collect();
        let total = components.iter().map(|c| c.contribution).sum();
        Score { components, total }
    }

    #[test]
    fn a_score_is_read_as_a_share_of_what_could_be_had() {
        for (values, shown) in [
            (
                &[("arrival", 1.0, 10_000), ("quality", 1.0, 2_000)][..],
                100,
            ),
            (&[("arrival", 0.9, 10_000), ("quality", 0.5, 2_000)][..], 83),
            // A wish is on top, and not missed where nobody has one.
            (
                &[("arrival", 0.5, 10_000), ("preferred", 0.0, 1_500)][..],
                50,
            ),
            (
                &[("arrival", 0.5, 10_000), ("preferred", 1.0, 1_500)][..],
                65,
            ),
            (
                &[("arrival", 1.0, 10_000), ("preferred", 1.0, 1_500)][..],
                100,
            ),
            (
                &[("arrival", 0.5, 10_000), ("position", -1.0, 3_000)][..],
                20,
            ),
            // Late by more than the promise is long.
            (&[("arrival", -2.0, 10_000)][..], 0),
            (&[][..], 0),
        ] {
            assert_eq!(score(values).out_of_100(), shown, "{values:?}");
        }
    }
}
