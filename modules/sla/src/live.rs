//! The live deadlines in Redis.
//!
//! | key | type | members | TTL |
//! |---|---|---|---|
//! | `sla:deadlines` | sorted set | clock id (`clk_…`), score: platform milliseconds since 1970 of its next firing | none; a clock leaves when it stands still or stops |
//!
//! A copy for consoles and for the tick. It may be late, wrong or empty: PostgreSQL decides what
//! fires, and [`Sla::sweep`](crate::Sla::sweep) makes the copy right again.

use kernel::{ClockId, Time};
use platform::Redis;
use redis::AsyncCommands;
use std::collections::{BTreeMap, BTreeSet};

/// How long (platform time) a claimed clock is out of other tickers' sight. If its ticker dies it
/// comes back.
const LEASE_MS: i64 = 30_000;

/// Takes what is due, atomically: moves it ahead by the lease, so no two tickers take one clock.
const CLAIM: &str = r"
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, clock in ipairs(due) do
    redis.call('ZADD', KEYS[1], 'XX', ARGV[2], clock)
end
return due
";

#[derive(Clone)]
pub(crate) struct Live {
    redis: Redis,
}

impl Live {
    pub(crate) fn new(redis: Redis) -> Self {
        Self { redis }
    }

    fn key(&self) -> String {
        self.redis.key("sla:deadlines")
    }

    /// Shows what was just committed. A failure costs freshness only, so it is logged and over.
    pub(crate) async fn show(&self, clocks: &[(ClockId, Option<Time>)]) {
        if clocks.is_empty() {
            return;
        }
        let key = self.key();
        let mut pipe = redis::pipe();
        for (id, next) in clocks {
            match next {
                Some(at) => pipe.zadd(&key, id.to_string(), at.as_millis()).ignore(),
                None => pipe.zrem(&key, id.to_string()).ignore(),
            };
        }
        if let Err(cause) = pipe.query_async::<()>(&mut self.redis.conn()).await {
            tracing::warn!(cause = %cause, "live deadlines not shown");
        }
    }

    pub(crate) async fn claim(&self, now: Time, limit: usize) -> redis::RedisResult<Vec<ClockId>> {
        let due: Vec<String> = redis::Script::new(CLAIM)
            .key(self.key())
            .arg(now.as_millis())
            .arg(now.as_millis() + LEASE_MS)
            .arg(limit)
            .invoke_async(&mut self.redis.conn())
            .await?;
        Ok(due.iter().filter_map(|id| id.parse().ok()).collect())
    }

    /// Everything shown: member and score.
    pub(crate) async fn all(&self) -> redis::RedisResult<Vec<(String, i64)>> {
        self.redis.conn().zrange_withscores(self.key(), 0, -1).await
    }

    /// Adds what is missing or wrong and removes what should not be there.
    pub(crate) async fn mend(&self, held: &[(String, i64)], truth: &[(ClockId, Time)]) {
        let key = self.key();
        let shown: BTreeMap<&str, i64> = held
            .iter()
            .map(|(id, score)| (id.as_str(), *score))
            .collect();
        let right: BTreeMap<String, i64> = truth
            .iter()
            .map(|(id, at)| (id.to_string(), at.as_millis()))
            .collect();
        let known: BTreeSet<&str> = right.keys().map(String::as_str).collect();
        let mut pipe = redis::pipe();
        let mut changes = 0_u64;
        for (id, score) in &right {
            if shown.get(id.as_str()) != Some(score) {
                pipe.zadd(&key, id, score).ignore();
                changes += 1;
            }
        }
        for (id, _) in held.iter().filter(|(id, _)| !known.contains(id.as_str())) {
            pipe.zrem(&key, id).ignore();
            changes += 1;
        }
        if changes == 0 {
            return;
        }
        metrics::counter!("khidma_sla_live_mended_total").increment(changes);
        if let Err(cause) = pipe.query_async::<()>(&mut self.redis.conn()).await {
            tracing::warn!(cause = %cause, "live deadlines not mended");
        }
    }
}
