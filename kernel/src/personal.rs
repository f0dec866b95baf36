//! Personal data (PDPL): whose it is, what stands against destroying it, and what makes us keep it.

use crate::id::{TechnicianId, UserId, VendorId};
use serde::{Deserialize, Serialize};

/// Somebody whose data is asked for: the account, and what it stands for at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub user: UserId,
    pub technician: Option<TechnicianId>,
    pub vendor: Option<VendorId>,
}

/// Why an account can't be erased yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Obstacle {
    /// A visit is paid for and not yet over, or is disputed.
    OpenBooking,
    /// Money is reserved on a card, or is to be paid to somebody.
    MoneyHeld,
    /// Money is on its way back to a card.
    RefundPending,
    /// A technician, a vendor's owner or a member of staff: their work ends first.
    WorksHere,
}

impl Obstacle {
    pub const ALL: [Self; 4] = [
        Self::OpenBooking,
        Self::MoneyHeld,
        Self::RefundPending,
        Self::WorksHere,
    ];
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenBooking => "open_booking",
            Self::MoneyHeld => "money_held",
            Self::RefundPending => "refund_pending",
            Self::WorksHere => "works_here",
        }
    }
}

/// What makes us keep a record of somebody who asked to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Basis {
    /// Invoices and what they rest on: six years from the end of the tax period.
    TaxLaw,
    /// The ledger is append-only and has no names.
    Ledger,
    /// What was agreed to, asked for and answered.
    Proof,
    /// Who did what, in the audit log.
    Audit,
    /// It is somebody else's record as well, and no longer names the person.
    Others,
}
