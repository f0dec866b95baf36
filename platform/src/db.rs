//! PostgreSQL: pool, migrations, and how a constraint becomes a domain fault.

use anyhow::Context;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::time::Duration;

/// A transaction that owns its connection. Run queries on `&mut *tx`; hand it on as `&mut Tx`.
pub type Tx = sqlx::Transaction<'static, sqlx::Postgres>;

/// A module's migrations, compiled in.
pub type Migrator = sqlx::migrate::Migrator;

pub static MIGRATOR: Migrator = sqlx::migrate!();

/// Opens a pool. Statements are prepared once a connection; a lock is waited for 10 s at most,
/// so that a stuck transaction surfaces as an error instead of a pile-up.
pub async fn connect(url: &str, connections: u32) -> anyhow::Result<sqlx::PgPool> {
    let pool = lazy(url, connections)?;
    pool.acquire().await.context("PostgreSQL did not answer")?;
    Ok(pool)
}

/// The same, but connects when first used.
pub fn lazy(url: &str, connections: u32) -> anyhow::Result<sqlx::PgPool> {
    let options: PgConnectOptions = url
        .parse()
        .context("DATABASE_URL is not a PostgreSQL URL")?;
    let options = options
        .application_name("khidma")
        .options([("lock_timeout", "10s"), ("statement_timeout", "30s")]);
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .connect_lazy_with(options))
}

/// Applies one schema's migrations; safe to run from many processes at once (sqlx takes an
/// advisory lock).
pub async fn migrate(db: &sqlx::PgPool, migrator: &Migrator) -> anyhow::Result<()> {
    migrator.run(db).await.context("migration failed")
}

/// Whether the database refused because of the constraint or index of this name.
pub fn violates(error: &sqlx::Error, constraint: &str) -> bool {
    matches!(error, sqlx::Error::Database(e) if e.constraint() == Some(constraint))
}
