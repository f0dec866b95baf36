use kernel::Slug;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an operator may set. Times are platform time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DispatchSettings {
    /// How long an immediate job waits for others to be matched with.
    pub window_ms: i64,
    /// An immediate job with less than this until `respond_by` does not wait for others.
    pub rush_seconds: i64,
    /// Most jobs matched at once; the rest follow at once in a window of their own.
    pub window_jobs: u32,
    pub offer_immediate_seconds: i64,
    /// At most; a third of the time until `respond_by` where that is less.
    pub offer_scheduled_seconds: i64,
    /// Search radii, nearest first; the last is the widest there is.
    pub rings_m: Vec<u32>,
    /// The search is not widened further once this many could take the job.
    pub enough_candidates: usize,
    /// Most journeys estimated for one job, nearest first.
    pub journeys: usize,
    /// Between the end of one job and the next: leaving, parking, tea.
    pub buffer_minutes: i64,
    /// A visit that starts within this time is reached from where the technician is, a later one
    /// from where the day starts.
    pub position_counts_minutes: i64,
    /// How late an immediate arrival may be predicted and still be better than nobody.
    pub late_minutes: i64,
    /// A technician who refused is asked again, where nobody else is left, after this time.
    pub ask_again_seconds: i64,
    pub refusals_before_escalation: i32,
    /// How often a job without candidates is tried again.
    pub retry_seconds: i64,
    /// The same while candidates exist but look at other offers, or have yet to say where they
    /// are.
    pub contended_retry_seconds: i64,
    /// A respond clock's warning of at least this share escalates.
    pub escalate_at_percent: u8,
    pub weights: Weights,
    /// A vendor tier's standing, 0 to 1; a tier not named here counts 0.
    pub tiers: BTreeMap<Slug, f64>,
}

impl Default for DispatchSettings {
    fn default() -> Self {
        let tier = |name: &str, value| Slug::parse(name).ok().map(|slug| (slug, value));
        Self {
            window_ms: 2_000,
            rush_seconds: 60,
            window_jobs: 200,
            offer_immediate_seconds: 45,
            offer_scheduled_seconds: 600,
            rings_m: vec![3_000, 6_000, 12_000, 25_000, 50_000],
            enough_candidates: 8,
            journeys: 64,
            buffer_minutes: 15,
            position_counts_minutes: 120,
            late_minutes: 60,
            ask_again_seconds: 300,
            refusals_before_escalation: 3,
            retry_seconds: 60,
            contended_retry_seconds: 10,
            escalate_at_percent: 80,
            weights: Weights::default(),
            tiers: [tier("growth", 0.5), tier("premium", 1.0)]
                .into_iter()
                .flatten()
                .collect(),
        }
    }
}

/// Points a component can bring. An arrival in time outweighs all others together; an operator
/// who wants otherwise says so here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    pub arrival: i64,
    pub travel: i64,
    pub skill_fit: i64,
    pub quality: i64,
    pub workload: i64,
    pub fairness: i64,
    pub coverage: i64,
    pub preferred: i64,
    pub vendor_tier: i64,
    /// Counts against whoever's position is not known.
    pub position: i64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            arrival: 10_000,
            travel: 1_500,
            skill_fit: 1_500,
            quality: 2_000,
            workload: 1_000,
            fairness: 1_000,
            coverage: 500,
            preferred: 1_500,
            vendor_tier: 500,
            position: 3_000,
        }
    }
}

impl Weights {
    /// No score is higher.
    pub fn best(&self) -> i64 {
        [
            self.arrival,
            self.travel,
            self.skill_fit,
            self.quality,
            self.workload,
            self.fairness,
            self.coverage,
            self.preferred,
            self.vendor_tier,
        ]
        .into_iter()
        .map(|weight| weight.max(0))
        .sum()
    }
}
