//! The vocabulary of Khidma: typed ids, money, time, places, words in two languages,
//! who may do what, and how a refusal is said. No I/O; compiles to WebAssembly, so that
//! the apps and the server mean the same thing by the same word.

pub mod access;
mod event;
mod fault;
mod geo;
mod id;
mod money;
mod page;
mod personal;
mod phone;
mod slug;
mod text;
mod time;

pub use event::Event;
pub use fault::{Code, Failure, Fault, FieldError, Incident, Lift, Outcome};
pub use geo::GeoPoint;
pub use id::*;
pub use money::{Money, PLATFORM_FEE, VAT_BASIS_POINTS};
pub use page::{Cursor, Page};
pub use personal::{Basis, Obstacle, Subject};
pub use phone::Phone;
pub use slug::Slug;
pub use text::{Lang, Text, fold};
pub use time::{Anchor, Clock, RIYADH, Time, days, hours, millis, minutes, seconds};

#[doc(hidden)]
pub mod reexport {
    pub use serde;
    pub use thiserror;
    #[cfg(feature = "server")]
    pub use utoipa;
}
