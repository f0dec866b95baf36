//! The module against real stores.
#![allow(clippy::unwrap_used)]

mod addresses;
mod edge;
mod helpers;
mod personal;
mod positions;
mod zones;
