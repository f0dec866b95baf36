//! Paying vendors: one officer prepares a batch, another releases it, the gateway pays, and what
//! the bank sends back is payable again.
//!
//! `prepared → released → completed`, or `prepared → cancelled`. A payout is `released` until the
//! gateway has taken it, then `sent`, then `paid` or `returned`; a paid one may still be returned.

mod cancel;
mod prepare;
mod read;
mod release;
mod send;

pub(crate) use cancel::*;
pub(crate) use prepare::*;
pub(crate) use read::*;
pub(crate) use release::*;

pub use read::{BatchSummary, BatchView, PayoutView};

use serde::{Deserialize, Serialize};

/// Stored as its own word.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum BatchState {
    Prepared,
    Released,
    /// Every payout has ended.
    Completed,
    Cancelled,
}

/// Stored as its own word.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PayoutState {
    Prepared,
    Cancelled,
    /// Out of the vendor's payable balance, not yet taken by the gateway.
    Released,
    /// The gateway has it.
    Sent,
    Paid,
    /// Refused or sent back: payable again.
    Returned,
}
