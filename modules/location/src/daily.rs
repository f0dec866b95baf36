//! What somebody may have so many of in a day of platform time, counted in Redis. A count that is
//! lost begins anew.

use kernel::{Time, days};
use platform::Redis;
use redis::RedisResult;
use std::fmt::Display;

/// Longer than anybody asks about a day; expiry only tidies up.
const KEYS_LIVE_S: i64 = 3 * 24 * 3600;

/// Takes one of `most` of the day of `at`, named by `what` and `whose`; false if none is left.
pub(crate) async fn take(
    redis: &Redis,
    what: &str,
    whose: impl Display,
    at: Time,
    most: u32,
) -> RedisResult<bool> {
    let day = at.as_seconds().div_euclid(days(1).as_secs());
    let key = redis.key(&format!("loc:{what}:{whose}:{day}"));
    let (taken,): (u32,) = redis::pipe()
        .atomic()
        .incr(&key, 1)
        .expire(&key, KEYS_LIVE_S)
        .ignore()
        .query_async(&mut redis.conn())
        .await?;
    Ok(taken <= most)
}
