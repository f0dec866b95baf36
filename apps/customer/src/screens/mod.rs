//! One file a screen.

pub mod account;
pub mod begin;
pub mod bookings;
pub mod category;
pub mod checkout;
pub mod data;
pub mod home;
pub mod not_found;
pub mod pay_return;
pub mod pin;
pub mod receipt;
pub mod service;
pub mod sign_in;
pub mod track;
