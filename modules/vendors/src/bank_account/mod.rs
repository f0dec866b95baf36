//! A vendor's bank account changes (DOMAIN §6): the owner asks with a fresh proof, two reviewers approve,
//! some hours pass in which it can be stopped, then settlement is told.
//!
//! Invariants:
//! - Nothing is told to settlement that two reviewers, neither of them the asker, have not approved: the
//!   database counts them.
//! - One change is under way for a vendor. Every step locks its row, so steps come one after the other.
//! - Settlement is told only from `taking_effect`, which is committed first and which nothing stops: what
//!   was withdrawn or rejected never takes effect, whenever a process dies.
//! - Until then payouts are prepared for the account in use.
//! - The new IBAN is sealed, in no log, message, job or remembered answer; it is read in full by reviewers
//!   while it is under way, each time on record.

pub(crate) mod ask;
mod reseal;
pub(crate) mod review;
pub(crate) mod rows;
mod rules;
pub(crate) mod take_over;
pub(crate) mod tell;

use contract_vendors::BankAccountChange;
use kernel::BankAccountChangeId;
use platform::seal::Place;
use serde_json::{Value, json};

pub(crate) fn place(change: BankAccountChangeId) -> Place {
    Place {
        column: "vendors.bank_account_changes.iban",
        row: change.uuid(),
    }
}

/// What the audit log says of a step: four digits each.
fn facts(row: &rows::Row, change: &BankAccountChange) -> Value {
    json!({ "vendor": row.vendor, "from": change.from, "to": change.to, "state": change.state })
}
