//! The whole system in one test program: the API, the workers and the sandbox gateways, over real
//! stores and real HTTP. See `world.rs` for the harness.

#![allow(clippy::unwrap_used)]

mod access;
mod accounts;
mod bad_input;
mod bank_account;
mod beside;
mod chaos;
mod chaos_city;
mod company;
mod customer;
mod described;
mod endings;
mod legal;
mod live;
mod main_job;
mod net;
mod not_theirs;
mod openapi;
mod outside;
mod person;
mod placement;
mod process;
mod records;
mod story;
mod template;
mod tenants;
mod tokens;
mod web;
mod world;
