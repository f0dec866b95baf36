//! One clock for all processes. In production it is the machine's; in development it may run
//! faster or be moved on: the line it follows is a row in PostgreSQL, and every process hears
//! of a change by NOTIFY.

use kernel::{Anchor, Clock, Time};
use sqlx::postgres::PgListener;

pub const CHANNEL: &str = "khidma_clock";

/// The stored line, or real time.
pub async fn load(db: &sqlx::PgPool) -> sqlx::Result<Anchor> {
    let row = sqlx::query!("select real_ms, platform_ms, speed from platform.clock")
        .fetch_optional(db)
        .await?;
    Ok(row.map_or(Anchor::REAL, |row| Anchor {
        real_ms: row.real_ms,
        platform_ms: row.platform_ms,
        speed: row.speed,
    }))
}

/// Moves the platform to `now`, running on at `speed` (0: stands still), in every process.
pub async fn set(db: &sqlx::PgPool, clock: &Clock, now: Time, speed: f64) -> sqlx::Result<()> {
    let anchor = clock.anchor_from(now, speed);
    let mut tx = db.begin().await?;
    sqlx::query!(
        "insert into platform.clock (real_ms, platform_ms, speed) values ($1, $2, $3)
         on conflict (one) do update set real_ms = $1, platform_ms = $2, speed = $3",
        anchor.real_ms,
        anchor.platform_ms,
        anchor.speed
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("select pg_notify($1, '') as n", CHANNEL)
        .execute(&mut *tx)
        .await?;
    // Before anyone can hear of it: who is woken by the news must not read the old time here.
    let before = clock.anchor();
    clock.set_anchor(anchor);
    if let Err(e) = tx.commit().await {
        clock.set_anchor(before);
        return Err(e);
    }
    Ok(())
}

/// Keeps `clock` on the stored line until the process ends. A lost connection is taken up again
/// and the line read anew.
pub async fn follow(db: sqlx::PgPool, clock: Clock) {
    loop {
        if let Err(e) = follow_once(&db, &clock).await {
            tracing::warn!(cause = %e, "clock listener lost its connection");
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    }
}

async fn follow_once(db: &sqlx::PgPool, clock: &Clock) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(db).await?;
    listener.listen(CHANNEL).await?;
    loop {
        clock.set_anchor(load(db).await?);
        listener.recv().await?;
    }
}
