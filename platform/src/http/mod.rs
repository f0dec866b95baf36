//! The HTTP edge: who asks, in which language, with which right; one shape for every refusal;
//! and the first answer again for a repeated request.

mod access;
mod caller;
mod classes;
pub mod cursor;
mod edge;
mod extract;
mod gcra;
mod idempotency;
mod methods;
mod network;
mod page;
mod permit;
mod problem;
mod protect;
mod proxies;
mod reader;
mod reply;
mod slow;
mod throttle;

pub use access::{Access, Decided, Decision, Public, describe};
pub use caller::{Caller, caller, with_caller};
pub use classes::{Class, ClassLimits, Limits};
pub use edge::{Edge, EdgeSettings, limit};
pub use extract::{Body, Params};
pub use gcra::Rate;
pub use idempotency::{Idempotency, sweep as sweep_idempotency};
pub(crate) use network::network;
pub use page::{Page, escaped, page, page_style};
pub use permit::{Fresh, MaybeActor, Pass, Permit, Proof, Session};
pub use problem::Problem;
pub use protect::protected;
pub use proxies::{ForwardedBy, NotANetwork, Proxies};
pub use reader::{Reader, Theme, dir};
pub use reply::Reply;
pub use throttle::{Standing, Subject, Throttle};
