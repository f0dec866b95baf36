//! The ground under the modules: PostgreSQL, the job queue that is also the outbox, Redis,
//! object storage, the HTTP edge, telemetry. Knows no business word.

pub mod audit;
pub mod clock;
pub mod db;
pub mod events;
pub mod health;
pub mod http;
pub mod live;
pub mod objects;
mod own_records;
pub mod personal;
pub mod queue;
pub mod redis;
pub mod rpc;
pub mod seal;
pub mod serve;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tokens;

pub use db::Tx;
pub use objects::Objects;
pub use redis::Redis;
pub use seal::Sealer;
pub use tokens::Tokens;

use kernel::Clock;
pub use tokio_util::sync::CancellationToken;

/// What a module is given. Cloning is cheap and shares everything.
#[derive(Clone)]
pub struct Platform {
    pub db: sqlx::PgPool,
    pub redis: Redis,
    pub objects: Objects,
    pub clock: Clock,
    pub tokens: Tokens,
    /// For columns that a stolen database must not tell.
    pub seal: Sealer,
    /// Told when the process stops: whatever would go on for ever ends then.
    pub closing: CancellationToken,
}

impl Platform {
    pub fn now(&self) -> kernel::Time {
        self.clock.now()
    }
}

/// A module's migrations: `platform::migrator!()` in the module's `lib.rs`.
#[macro_export]
macro_rules! migrator {
    ($schema:literal) => {
        ::sqlx::migrate!()
    };
}
