//! Everything between a screen and the server: typed requests, the session, one cache, live news,
//! the platform's clock, the map, and what makes the apps installable. Runs in one thread of one
//! page; what is shared lives in thread-local cells, never in a component, so that a screen may
//! leave at any moment.

pub mod agreement;
pub mod api;
pub mod cache;
pub mod clock;
pub mod handy;
pub mod live;
pub mod map;
pub mod net;
pub mod news;
pub mod page;
pub mod passkey;
pub mod payments;
pub mod prefs;
pub mod press;
pub mod pwa;
pub mod session;
pub mod step_up;

mod flight;
mod retry;
mod sse;
mod trouble;
mod web;
mod words;

pub use api::{Key, delete, get, patch, post};
pub use cache::{Cached, cached, invalidate, put};
pub use clock::{now, use_now};
pub use live::{Live, LiveState, follow_from, live, on_live};
pub use net::online;
pub use page::{PageConfig, page};
pub use press::{Press, press};
pub use session::{Session, session};
pub use trouble::{Trouble, TroubleKind};
pub use web::spawn;

/// Starts what a page needs from its first moment: the clock's anchor, the session, and watching
/// the connection. `reader`: how this app reads the stream ([`news`]). Call once, before mounting.
pub fn start(reader: news::Reader) {
    page::page();
    clock::start();
    net::start();
    session::start();
    live::start(reader);
    prefs::start();
    pwa::start();
}
