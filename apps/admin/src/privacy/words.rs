//! The operator's words for what the server says in codes.

use crate::msg;
use contract_privacy::Urgency;
use kernel::{Basis, Obstacle};

pub fn urgency(urgency: Urgency, ended: bool) -> &'static str {
    match (urgency, ended) {
        (Urgency::Overdue, true) => msg::urgency_was_late(),
        (_, true) => msg::urgency_was_in_time(),
        (Urgency::Calm, _) => msg::urgency_calm(),
        (Urgency::Half, _) => msg::urgency_half(),
        (Urgency::Late, _) => msg::urgency_late(),
        (Urgency::Overdue, _) => msg::urgency_overdue(),
    }
}

pub fn obstacle(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::OpenBooking => msg::against_booking(),
        Obstacle::MoneyHeld => msg::against_money(),
        Obstacle::RefundPending => msg::against_refund(),
        Obstacle::WorksHere => msg::against_work(),
    }
}

pub fn obstacles(obstacles: &[Obstacle]) -> String {
    crate::words::list(obstacles.iter().map(|o| obstacle(*o)))
}

pub fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::TaxLaw => msg::basis_tax(),
        Basis::Ledger => msg::basis_ledger(),
        Basis::Proof => msg::basis_proof(),
        Basis::Audit => msg::basis_audit(),
        Basis::Others => msg::basis_others(),
    }
}

/// A part of the platform.
pub fn holder(name: &str) -> String {
    let word = match name {
        "identity" => msg::holder_identity(),
        "bookings" => msg::holder_bookings(),
        "settlement" => msg::holder_settlement(),
        "notify" => msg::holder_notify(),
        "location" => msg::holder_location(),
        "dispatch" => msg::holder_dispatch(),
        "vendors" => msg::holder_vendors(),
        "privacy" => msg::nav_privacy(),
        "platform" => msg::holder_platform(),
        other => return plain(other),
    };
    word.to_owned()
}

/// Records of one kind.
pub fn records(name: &str) -> String {
    let word = match name {
        "account" => msg::kept_account(),
        "audit" => msg::kept_audit(),
        "assignments" => msg::kept_assignments(),
        "bookings" => msg::kept_bookings(),
        "consents" => msg::kept_consents(),
        "extra_costs" => msg::kept_extras(),
        "holds" => msg::kept_holds(),
        "offers" => msg::kept_offers(),
        "photos" => msg::kept_photos(),
        "quotes" => msg::kept_quotes(),
        "ratings" => msg::kept_ratings(),
        "requests" => msg::kept_requests(),
        "story" => msg::kept_story(),
        "technician" => msg::kept_technician(),
        "vendor" => msg::kept_vendor(),
        "visits" => msg::kept_visits(),
        "wallet" => msg::kept_wallet(),
        other => return plain(other),
    };
    word.to_owned()
}

/// What is newer than this page has no word here yet.
fn plain(code: &str) -> String {
    code.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Lang;
    use std::collections::HashSet;
    use ui::i18n::with_lang;

    #[test]
    fn each_has_a_word_of_its_own() {
        let urgencies = [
            Urgency::Calm,
            Urgency::Half,
            Urgency::Late,
            Urgency::Overdue,
        ];
        for lang in [Lang::Ar, Lang::En] {
            with_lang(lang, || {
                let against: HashSet<_> = Obstacle::ALL.map(obstacle).into();
                assert_eq!(against.len(), Obstacle::ALL.len());
                let open: HashSet<_> = urgencies.map(|u| urgency(u, false)).into();
                assert_eq!(open.len(), urgencies.len());
                let ended: HashSet<_> = urgencies.map(|u| urgency(u, true)).into();
                assert_eq!(ended.len(), 2, "in time, or not");
            });
        }
    }

    #[test]
    fn what_has_no_word_yet_is_still_named() {
        assert_eq!(holder("dispute_desk"), "dispute desk");
        assert_eq!(
            with_lang(Lang::En, || records("bookings")),
            "Bookings and invoices"
        );
    }
}
