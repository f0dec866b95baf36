//! What the person signed in may do: the server decides, this only spares them buttons that would
//! be refused.

use kernel::access::Permission;
use leptos::prelude::*;

/// Not tracked: roles stay as long as a session, and a page does not outlive its session.
pub fn may(permission: Permission) -> bool {
    client::session().with_untracked(|session| session.as_ref().is_some_and(|s| s.may(permission)))
}

/// The person's own id, while somebody is signed in.
pub fn me() -> Option<kernel::UserId> {
    client::session().with_untracked(|session| session.as_ref().map(|s| s.user.id))
}
