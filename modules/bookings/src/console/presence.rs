//! Who looks at which job, so that two dispatchers on one job see each other. It lives in Redis
//! only, by Redis's own time: who stops telling is forgotten after 45 s.

use super::lines::zones_of;
use super::zones;
use crate::Bookings;
use axum::extract::State;
use contract_bookings::{BookingFault, PersonRef, Presence, SetPresence};
use contract_identity::Identity;
use kernel::access::{Actor, may};
use kernel::{JobId, Lift, Outcome, UserId};
use platform::Redis;
use platform::http::{Body, Permit, Problem, Reply};
use redis::{RedisResult, Script};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How long one is there after the last word.
const LASTS: Duration = Duration::from_secs(45);

const SET: &str = r"
if ARGV[2] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
  return 0
end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[3] * 2) end
return 1
";

const READ: &str = r"
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
for _, user in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZREM', KEYS[1], user)
  redis.call('HDEL', KEYS[2], user)
end
return redis.call('HGETALL', KEYS[2])
";

fn script(redis: &Redis, text: &str) -> (Script, [String; 2]) {
    let keys = ["until", "job"].map(|part| redis.key(&format!("live:{{presence}}:{part}")));
    (Script::new(text), keys)
}

async fn put(redis: &Redis, user: UserId, job: Option<JobId>, lasts: Duration) -> RedisResult<()> {
    let (script, [until, jobs]) = script(redis, SET);
    script
        .key(until)
        .key(jobs)
        .arg(user.uuid().simple().to_string())
        .arg(job.map_or(String::new(), |job| job.uuid().simple().to_string()))
        .arg(lasts.as_millis() as u64)
        .invoke_async::<()>(&mut redis.conn())
        .await
}

/// Everybody who looks at something now.
pub(crate) async fn read(redis: &Redis) -> RedisResult<BTreeMap<JobId, BTreeSet<UserId>>> {
    let (script, [until, jobs]) = script(redis, READ);
    let pairs: Vec<(String, String)> = script
        .key(until)
        .key(jobs)
        .invoke_async(&mut redis.conn())
        .await?;
    let mut there: BTreeMap<JobId, BTreeSet<UserId>> = BTreeMap::new();
    for (user, job) in pairs {
        if let (Ok(user), Ok(job)) = (Uuid::try_parse(&user), Uuid::try_parse(&job)) {
            there
                .entry(JobId::from_uuid(job))
                .or_default()
                .insert(UserId::from_uuid(user));
        }
    }
    Ok(there)
}

/// The same with names, by job.
pub(crate) async fn named(
    identity: &dyn Identity,
    there: &BTreeMap<JobId, BTreeSet<UserId>>,
) -> Outcome<Vec<Presence>, BookingFault> {
    let users: BTreeSet<UserId> = there.values().flatten().copied().collect();
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let names: BTreeMap<UserId, String> = identity
        .people(users.into_iter().collect())
        .await
        .unexpected()?
        .into_iter()
        .map(|person| (person.id, person.name))
        .collect();
    let presence = there.iter().map(|(job, users)| {
        let mut people: Vec<PersonRef> = users
            .iter()
            .map(|user| PersonRef {
                user: *user,
                name: names.get(user).cloned().unwrap_or_default(),
            })
            .collect();
        people.sort_by(|a, b| (&a.name, a.user).cmp(&(&b.name, b.user)));
        Presence { job: *job, people }
    });
    Ok(presence.collect())
}

/// Tells colleagues which job one looks at
///
/// Repeat it every 20 s while it is so; it is forgotten after 45 s. `job: null` says that one looks
/// at none. Takes no `Idempotency-Key`: the last word counts.
#[utoipa::path(put, path = "/v1/staff/presence", tag = "staff", request_body = SetPresence,
    responses((status = 200, body = SetPresence), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn set_presence(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::DispatchRead>,
    Body(set): Body<SetPresence>,
) -> Result<Reply<SetPresence>, Problem> {
    me.set_presence(&permit.actor, set.job).await?;
    Ok(Reply::ok(set))
}

impl Bookings {
    async fn set_presence(&self, actor: &Actor, job: Option<JobId>) -> Outcome<(), BookingFault> {
        if let Some(job) = job {
            let zone = zones_of(&self.p.db, &[job]).await?.pop();
            let (_, zone) = zone.ok_or(BookingFault::UnknownJob)?;
            if zones(actor).is_some_and(|own| !own.iter().any(|z| z == zone.as_str())) {
                return Err(BookingFault::UnknownJob.into());
            }
        }
        put(&self.p.redis, actor.user, job, LASTS).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::testing::TestPlatform;

    #[tokio::test]
    async fn who_stops_telling_is_forgotten_and_one_is_at_one_job() {
        let t = TestPlatform::start(&[]).await;
        let redis = &t.platform.redis;
        let (first, second) = (JobId::new(), JobId::new());
        let (ali, nora) = (UserId::new(), UserId::new());
        put(redis, ali, Some(first), LASTS).await.unwrap();
        put(redis, nora, Some(first), LASTS).await.unwrap();
        assert_eq!(
            read(redis).await.unwrap(),
            [(first, BTreeSet::from([ali, nora]))].into()
        );
        put(redis, ali, Some(second), LASTS).await.unwrap();
        put(redis, nora, None, LASTS).await.unwrap();
        assert_eq!(read(redis).await.unwrap(), [(second, [ali].into())].into());
        put(redis, ali, Some(second), Duration::from_millis(1))
            .await
            .unwrap();
        // A read that finds her gone says so for good.
        while !read(redis).await.unwrap().is_empty() {}
        assert!(read(redis).await.unwrap().is_empty());
    }
}
