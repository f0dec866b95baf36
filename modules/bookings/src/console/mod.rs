//! The live console of staff: what is open, where technicians are, who looks at what. Everything
//! is inside the zones granted to the reader, and asked for all jobs at once.

pub(crate) mod dots;
pub(crate) mod lines;
mod people;
pub(crate) mod presence;
mod snapshot;

pub(crate) use people::{__path_people, people};
pub(crate) use presence::{__path_set_presence, set_presence};
pub(crate) use snapshot::{__path_console, console};

use kernel::Slug;
use kernel::access::Actor;

/// `None` where the actor sees every zone.
pub(crate) fn zones(actor: &Actor) -> Option<Vec<String>> {
    let zones = actor.scope.zones.as_ref()?;
    Some(zones.iter().map(Slug::to_string).collect())
}
