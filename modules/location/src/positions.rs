//! Technicians' last points. Redis is the shared store; this process's squares answer searches,
//! brought up to date before each one with what has changed since the last. So a search sees every
//! report that ended before it began, whichever process took it.
//!
//! Keys: see the crate's page. A flush loses the epoch; the next search notices and starts over.

use crate::rules::near::Near;
use crate::rules::position::{Fix, Verdict, is_fresh, judge};
use contract_location::{Nearby, Position};
use kernel::{GeoPoint, TechnicianId, Time, hours};
use platform::Redis;
use redis::{RedisResult, Script};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// How long keys outlive the last report, in real time: long enough for any speed of the clock,
/// since it is `at` that decides freshness.
const KEYS_LIVE_S: i64 = 24 * 3600;
/// Members older than this, in platform time, are removed with later reports.
const FORGOTTEN_AFTER_H: i64 = 24;

/// Stores a point if the one known is still the expected one; else tells which is known.
const PUT: &str = r"
local known = redis.call('HGET', KEYS[2], ARGV[1]) or ''
if known ~= ARGV[2] then return {0, known} end
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[5])
local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1)
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('ZADD', KEYS[3], seq, ARGV[1])
redis.call('ZADD', KEYS[4], ARGV[4], ARGV[1])
local old = redis.call('ZRANGE', KEYS[4], '-inf', '(' .. ARGV[6], 'BYSCORE', 'LIMIT', 0, 32)
for _, technician in ipairs(old) do
  redis.call('HDEL', KEYS[2], technician)
  redis.call('ZREM', KEYS[3], technician)
  redis.call('ZREM', KEYS[4], technician)
end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[7]) end
return {1, ''}
";

/// What has changed since a number of an epoch: the epoch, the number, then technician and value
/// in turn. Another epoch, or a number not reached yet, means from the beginning.
const SINCE: &str = r"
local head = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
if not head[1] then return {'', 0, {}} end
local since = ARGV[2]
if head[1] ~= ARGV[1] or tonumber(head[2]) < tonumber(since) then since = '0' end
local answer = {}
local moved = redis.call('ZRANGE', KEYS[3], '(' .. since, '+inf', 'BYSCORE')
for _, technician in ipairs(moved) do
  local value = redis.call('HGET', KEYS[2], technician)
  if value then
    answer[#answer + 1] = technician
    answer[#answer + 1] = value
  end
end
return {head[1], tonumber(head[2]), answer}
";

pub(crate) struct Positions {
    redis: Redis,
    keys: [String; 4],
    put: Script,
    since: Script,
    /// What this process last stored of each technician: the likely state of the store, which
    /// saves a question. A wrong guess costs one.
    guesses: Mutex<HashMap<TechnicianId, String>>,
    known: tokio::sync::Mutex<Known>,
}

#[derive(Default)]
struct Known {
    epoch: String,
    seq: i64,
    near: Near,
}

impl Positions {
    pub(crate) fn new(redis: Redis) -> Self {
        let keys =
            ["head", "last", "moved", "seen"].map(|part| redis.key(&format!("loc:{{pos}}:{part}")));
        Self {
            redis,
            keys,
            put: Script::new(PUT),
            since: Script::new(SINCE),
            guesses: Mutex::default(),
            known: tokio::sync::Mutex::default(),
        }
    }

    /// Stores the point if the rules believe it. The rules see exactly what is replaced: if
    /// another report comes between, they are asked again.
    pub(crate) async fn put(
        &self,
        technician: TechnicianId,
        fix: Fix,
        now: Time,
    ) -> RedisResult<Verdict> {
        let mut expected = self.guess(technician);
        let mut is_guess = true;
        loop {
            let verdict = judge(unpack(&expected), fix, now);
            if verdict != Verdict::Take && !is_guess {
                return Ok(verdict);
            }
            let stored = if verdict == Verdict::Take {
                self.swap(technician, &expected, fix, now).await?
            } else {
                Err(self.ask(technician).await?)
            };
            match stored {
                Ok(value) => {
                    self.guesses().insert(technician, value);
                    return Ok(Verdict::Take);
                }
                Err(actual) => (expected, is_guess) = (actual, false),
            }
        }
    }

    /// The stored value, or what stands in its place.
    async fn swap(
        &self,
        technician: TechnicianId,
        expected: &str,
        fix: Fix,
        now: Time,
    ) -> RedisResult<Result<String, String>> {
        let value = pack(fix);
        let mut call = self.put.prepare_invoke();
        for key in &self.keys {
            call.key(key);
        }
        let (done, actual): (bool, String) = call
            .arg(member(technician))
            .arg(expected)
            .arg(&value)
            .arg(fix.at.as_millis())
            .arg(Uuid::new_v4().simple().to_string())
            .arg((now - hours(FORGOTTEN_AFTER_H)).as_millis())
            .arg(KEYS_LIVE_S)
            .invoke_async(&mut self.redis.conn())
            .await?;
        Ok(if done { Ok(value) } else { Err(actual) })
    }

    async fn ask(&self, technician: TechnicianId) -> RedisResult<String> {
        let value: Option<String> = redis::cmd("HGET")
            .arg(&self.keys[1])
            .arg(member(technician))
            .query_async(&mut self.redis.conn())
            .await?;
        Ok(value.unwrap_or_default())
    }

    fn guess(&self, technician: TechnicianId) -> String {
        self.guesses().get(&technician).cloned().unwrap_or_default()
    }

    fn guesses(&self) -> std::sync::MutexGuard<'_, HashMap<TechnicianId, String>> {
        self.guesses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The known positions among those asked for, in their order.
    pub(crate) async fn of(
        &self,
        technicians: &[TechnicianId],
        at: Time,
    ) -> RedisResult<Vec<Position>> {
        if technicians.is_empty() {
            return Ok(Vec::new());
        }
        let values: Vec<Option<String>> = redis::cmd("HMGET")
            .arg(&self.keys[1])
            .arg(technicians.iter().map(|t| member(*t)).collect::<Vec<_>>())
            .query_async(&mut self.redis.conn())
            .await?;
        let known = technicians
            .iter()
            .zip(values)
            .filter_map(|(technician, value)| {
                let fix = unpack(&value?)?;
                Some(Position {
                    technician: *technician,
                    point: fix.point,
                    at: fix.at,
                    fresh: is_fresh(fix.at, at),
                })
            });
        Ok(known.collect())
    }

    /// What has changed since a mark of an earlier answer, and whether that is everything.
    pub(crate) async fn since(
        &self,
        mark: Option<&str>,
        at: Time,
    ) -> RedisResult<(String, bool, Vec<Position>)> {
        let (epoch, seq) = mark.and_then(|m| m.split_once(':')).unwrap_or(("", "0"));
        let asked: i64 = seq.parse().unwrap_or(0);
        let mut call = self.since.prepare_invoke();
        for key in &self.keys {
            call.key(key);
        }
        let (now_epoch, now_seq, changes): (String, i64, Vec<(String, String)>) = call
            .arg(epoch)
            .arg(asked)
            .invoke_async(&mut self.redis.conn())
            .await?;
        let whole = mark.is_none() || now_epoch != epoch || now_seq < asked;
        let moved = changes.into_iter().filter_map(|(member, value)| {
            let fix = unpack(&value)?;
            Some(Position {
                technician: TechnicianId::from_uuid(Uuid::try_parse(&member).ok()?),
                point: fix.point,
                at: fix.at,
                fresh: is_fresh(fix.at, at),
            })
        });
        Ok((format!("{now_epoch}:{now_seq}"), whole, moved.collect()))
    }

    pub(crate) async fn nearby(
        &self,
        centre: GeoPoint,
        radius_m: u32,
        limit: u32,
        at: Time,
    ) -> RedisResult<Vec<Nearby>> {
        let mut known = self.known.lock().await;
        self.catch_up(&mut known).await?;
        Ok(known.near.search(centre, radius_m, limit, at))
    }

    async fn catch_up(&self, known: &mut Known) -> RedisResult<()> {
        let mut call = self.since.prepare_invoke();
        for key in &self.keys {
            call.key(key);
        }
        let (epoch, seq, changes): (String, i64, Vec<(String, String)>) = call
            .arg(&known.epoch)
            .arg(known.seq)
            .invoke_async(&mut self.redis.conn())
            .await?;
        if epoch != known.epoch || seq < known.seq {
            *known = Known {
                epoch,
                ..Known::default()
            };
        }
        known.seq = seq;
        for (member, value) in changes {
            if let (Ok(technician), Some(fix)) = (Uuid::try_parse(&member), unpack(&value)) {
                known.near.put(TechnicianId::from_uuid(technician), fix);
            }
        }
        Ok(())
    }
}

fn member(technician: TechnicianId) -> String {
    technician.uuid().simple().to_string()
}

/// Degrees in their shortest exact form: what comes back is what went in.
fn pack(fix: Fix) -> String {
    format!(
        "{}:{}:{}",
        fix.at.as_millis(),
        fix.point.lat(),
        fix.point.lon()
    )
}

fn unpack(value: &str) -> Option<Fix> {
    let mut parts = value.split(':');
    let at = Time::from_millis(parts.next()?.parse().ok()?);
    let point = GeoPoint::new(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?).ok()?;
    parts.next().is_none().then_some(Fix { point, at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_a_position_reads_as_none() {
        for value in ["", ":", "1:2", "1:91:0", "x:1:1", "1:1:1:1", "1:NaN:1"] {
            assert_eq!(unpack(value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn a_position_survives_packing(lat in -90.0..=90.0_f64, lon in -180.0..=180.0_f64, ms in 0..4_000_000_000_000_i64) {
            let fix = Fix { point: GeoPoint::new(lat, lon).unwrap(), at: Time::from_millis(ms) };
            prop_assert_eq!(unpack(&pack(fix)), Some(fix));
        }
    }
}
