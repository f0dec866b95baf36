//! The binary `khidma`: the only place that sees every module, every gateway and every store.

pub mod app;
pub mod beside;
pub mod cli;
pub mod config;
pub mod demo;
pub mod dev;
pub mod edge;
pub mod openapi;
pub mod run;
pub mod seed;
pub mod up;
pub mod web;
pub mod zones;
