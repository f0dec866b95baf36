//! Private PostgreSQL, Redis and S3 for one machine.
//!
//! `khidma up`, the tests and the demo need real stores and no administrator. Each type here starts
//! one server, owned by this process, reachable only from this machine, and ends with this process
//! however that ends: asked to stop, dropped, or killed.
//!
//! | store | reached by | data |
//! |---|---|---|
//! | [`Postgres`] | a Unix socket in a directory only its owner may enter | `cluster/` |
//! | [`Redis`] | a Unix socket likewise | `dump.rdb` if asked to keep |
//! | [`ObjectStore`] | loopback HTTP, signature-checked | a folder per bucket |
//!
//! Everything here blocks: starting takes 0.1 to 4 seconds. Asynchronous callers wrap the call in
//! `tokio::task::spawn_blocking`; the servers are tied to threads of their own, never to the
//! caller's thread or runtime, so that is safe.
//!
//! In production these are managed services; nothing outside `up`, `demo`, the tests and `xtask`
//! depends on this crate.

mod child;
mod objects;
mod place;
mod postgres;
mod redis;
pub mod testing;
mod tools;
mod wire;

pub use objects::{ObjectStore, ObjectStoreOptions};
pub use place::scratch_dir;
pub use postgres::{Postgres, PostgresOptions};
pub use redis::{Redis, RedisOptions};
