#![allow(clippy::unwrap_used)]
//! Vendors over a real database, with fakes of identity and settlement below.

mod bank_account;
mod bank_account_kept;
mod bank_account_races;
mod eligible;
mod enrol;
mod fakes;
mod many;
mod personal;
mod screens;

use contract_vendors::VendorFault;
use kernel::access::{Actor, Role};
use kernel::{Failure, TechnicianId, VendorId};
use platform::testing::actor;

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, Failure<VendorFault>>) -> VendorFault {
    match outcome {
        Err(Failure::Refused(fault)) => fault,
        other => panic!("not refused: {other:?}"),
    }
}

fn technician(id: TechnicianId, vendor: VendorId) -> Actor {
    let mut actor = actor(Role::Technician);
    actor.scope.technician = Some(id);
    actor.scope.vendor = Some(vendor);
    actor
}

fn owner(vendor: VendorId) -> Actor {
    let mut actor = actor(Role::VendorOwner);
    actor.scope.vendor = Some(vendor);
    actor
}
