#![allow(clippy::unwrap_used)]
//! Privacy over a real database and object storage, with fakes of whoever keeps data.

mod consents;
mod desk;
mod erasure;
mod exports;
mod house;
mod legal;
