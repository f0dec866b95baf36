//! The operator's words for what the server says in codes.

use crate::msg;
use contract_catalog::CatalogTree;
use contract_dispatch::{OfferState, WhyNot};
use contract_location::ZonesAnswer;
use contract_sla::{AlarmSeverity, ClockKind};
use kernel::Slug;
use kernel::access::Role;
use leptos::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;
use ui::{Sla, t};

pub fn clock(kind: ClockKind) -> &'static str {
    match kind {
        ClockKind::Respond => msg::clock_respond(),
        ClockKind::Arrive => msg::clock_arrive(),
        ClockKind::Complete => msg::clock_complete(),
    }
}

/// Why the clocks stand still.
pub fn paused_for(reason: &str) -> &'static str {
    match reason {
        "customer" => msg::paused_customer(),
        "approval" => msg::paused_approval(),
        "parts" => msg::paused_parts(),
        _ => msg::sla_paused(),
    }
}

pub fn severity(severity: AlarmSeverity) -> Sla {
    match severity {
        AlarmSeverity::Breach => Sla::Breach,
        AlarmSeverity::Predicted | AlarmSeverity::Warn80 => Sla::Risk,
        AlarmSeverity::Warn50 => Sla::Watch,
    }
}

pub fn why_not(why: WhyNot) -> &'static str {
    match why {
        WhyNot::OffShift => msg::why_off_shift(),
        WhyNot::Busy => msg::why_busy(),
        WhyNot::OfferOpen => msg::why_offer_open(),
        WhyNot::NoPosition => msg::why_no_position(),
        WhyNot::OutsideRadius => msg::why_outside_radius(),
        WhyNot::DeclinedBefore => msg::why_declined_before(),
        WhyNot::ReleasedBefore => msg::why_released_before(),
        WhyNot::TooLate => msg::why_too_late(),
        WhyNot::MatchedElsewhere => msg::why_matched_elsewhere(),
        WhyNot::RankedLower => msg::why_ranked_lower(),
    }
}

/// A part of a score, short enough for its bar.
pub fn component(name: &str) -> Option<&'static str> {
    Some(match name {
        "arrival" => msg::score_arrival(),
        "travel" => msg::score_travel(),
        "skill_fit" => msg::score_skill(),
        "quality" => msg::score_quality(),
        "workload" => msg::score_workload(),
        "fairness" => msg::score_fairness(),
        "coverage" => msg::score_coverage(),
        "preferred" => msg::score_preferred(),
        "vendor_tier" => msg::score_tier(),
        "position" => msg::score_position(),
        _ => return None,
    })
}

pub fn offer(state: OfferState) -> &'static str {
    match state {
        OfferState::Open => msg::offer_open(),
        OfferState::Accepted => msg::offer_accepted(),
        OfferState::Declined => msg::offer_declined(),
        OfferState::Expired => msg::offer_expired(),
        OfferState::Withdrawn => msg::offer_withdrawn(),
    }
}

pub fn escalation(reason: &str) -> &'static str {
    match reason {
        "no_candidates" => msg::escalated_no_candidates(),
        "refusals" => msg::escalated_refusals(),
        "respond_warning" => msg::escalated_respond_warning(),
        _ => msg::escalated(),
    }
}

/// What a job assignment ended in.
pub fn outcome(outcome: &str) -> &'static str {
    match outcome {
        "completed" => msg::outcome_completed(),
        "reassigned" => msg::outcome_reassigned(),
        "requeued" => msg::outcome_requeued(),
        _ => msg::outcome_withdrawn(),
    }
}

/// An entry of the journal.
pub fn entry(kind: &str) -> String {
    match kind {
        "capture" => msg::entry_capture().to_owned(),
        "split" => msg::entry_split().to_owned(),
        "gateway_fee" => msg::entry_gateway_fee().to_owned(),
        "cancellation_fee" => msg::entry_cancellation_fee().to_owned(),
        "sla_credit" => msg::entry_credit().to_owned(),
        "penalty" => msg::entry_penalty().to_owned(),
        "vendor_release" => msg::entry_vendor_release().to_owned(),
        other => other.replace('_', " "),
    }
}

pub fn role(role: Role) -> &'static str {
    match role {
        Role::Dispatcher => msg::role_dispatcher(),
        Role::KycReviewer => msg::role_kyc_reviewer(),
        Role::Moderator => msg::role_moderator(),
        Role::FinanceOfficer => msg::role_finance_officer(),
        Role::OperationsManager => msg::role_operations_manager(),
        Role::Administrator => msg::role_administrator(),
        Role::Auditor => msg::role_auditor(),
        Role::Customer
        | Role::VendorOwner
        | Role::Technician
        | Role::CorporateManager
        | Role::BranchManager => msg::role_other(),
    }
}

pub fn roles(roles: &[Role]) -> String {
    list(roles.iter().map(|r| role(*r)))
}

/// `أ، ب، ج` or `a, b, c`.
pub fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(msg::list_comma())
}

/// The first letters of the first and last name, kept apart in Arabic so that they don't join.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|w| w.chars().next());
    let last = words
        .next_back()
        .map(|w| w.strip_prefix("ال").unwrap_or(w))
        .and_then(|w| w.chars().next());
    match (first, last) {
        (Some(a), Some(b)) if a.is_ascii() => format!("{a}{b}").to_uppercase(),
        (Some(a), Some(b)) => format!("{a} {b}"),
        (Some(a), None) => a.to_uppercase().to_string(),
        _ => String::new(),
    }
}

/// Zones and categories by their names; their slugs until those are there.
#[derive(Clone, Copy)]
pub struct Names {
    zones: client::Cached<ZonesAnswer>,
    tree: client::Cached<CatalogTree>,
}

impl Names {
    pub fn load() -> Self {
        Self {
            zones: client::cached(|| Some("/v1/zones".to_owned())),
            tree: client::cached(|| Some("/v1/catalog".to_owned())),
        }
    }
    /// Tracked.
    pub fn zone(&self, slug: &Slug) -> String {
        let found = self.zones.get().and_then(|answer| {
            answer
                .zones
                .iter()
                .find(|zone| zone.slug == *slug)
                .map(|zone| t(&zone.name))
        });
        found.unwrap_or_else(|| slug.to_string())
    }
    /// Tracked.
    pub fn category(&self, slug: &Slug) -> String {
        let found = self.tree.get().and_then(|tree| {
            tree.categories
                .iter()
                .find(|c| c.slug == *slug)
                .map(|c| t(&c.name))
        });
        found.unwrap_or_else(|| slug.to_string())
    }
    pub fn zones(&self) -> Option<Arc<ZonesAnswer>> {
        self.zones.get()
    }
}

pub fn zone_names(zones: Vec<Slug>) -> Signal<String> {
    let names = Names::load();
    Signal::derive(move || {
        let words: Vec<String> = zones.iter().map(|slug| names.zone(slug)).collect();
        list(words.iter().map(String::as_str))
    })
}

/// Who did something, where only an id is known: oneself, a colleague seen here, or a colleague.
pub fn person(id: kernel::UserId, seen: &HashMap<kernel::UserId, String>) -> String {
    if crate::rights::me() == Some(id) {
        return msg::person_you().to_owned();
    }
    seen.get(&id)
        .cloned()
        .unwrap_or_else(|| msg::person_colleague().to_owned())
}
