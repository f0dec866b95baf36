//! The HTTP edge: who asks, in which language, with which right; one shape for every refusal;
//! and the first answer again for a repeated request.

mod caller;
pub mod cursor;
mod edge;
mod extract;
mod idempotency;
mod permit;
mod problem;
mod reply;

pub use caller::{Caller, caller, with_caller};
pub use edge::{Edge, EdgeSettings, limit};
pub use extract::{Body, Params};
pub use idempotency::{Idempotency, sweep as sweep_idempotency};
pub use permit::{Fresh, MaybeActor, Permit, Proof, Session};
pub use problem::Problem;
pub use reply::Reply;
