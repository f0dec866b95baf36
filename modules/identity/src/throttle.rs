//! How often one may ask for a code or try a password. Counted in Redis by one script, so that
//! no race lets a request through; in platform time, so that keys' lifetimes only tidy up.
//! Redis silent: the request is refused, never let through uncounted.
//!
//! | key | type | fields | lives |
//! |---|---|---|---|
//! | `identity:codes:phone:<digest>` | hash | since, count, streak, last (ms) | 24 h |
//! | `identity:codes:address:<digest>` | hash | the same | 1 h |
//! | `identity:staff:email:<digest>` | hash | the same | the staff window (15 min) |
//! | `identity:staff:address:<digest>` | hash | the same | the staff window |
//!
//! A digest is the first 16 bytes of an HMAC under the pepper: neither phones nor addresses
//! stand in Redis. Lost keys forget counts, which costs at most another window's worth of tries.

use crate::secrets::Pepper;
use jiff::SignedDuration;
use kernel::{Failure, Outcome, Phone, Time, days, hours, seconds};
use platform::Redis;
use redis::Script;
use std::net::IpAddr;
use std::sync::LazyLock;

use crate::settings::SignInLimits;
use contract_identity::IdentityFault;

/// KEYS: subject, address. ARGV: now, first wait, subject's limit and window, address's limit
/// and window; milliseconds. Returns {let through?, wait}: before the next one if let through,
/// else before trying again. Refused requests are not counted.
static SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local now, first = tonumber(ARGV[1]), tonumber(ARGV[2])
        local function read(key, window)
            local v = redis.call('HMGET', key, 'since', 'count', 'streak', 'last')
            local since = tonumber(v[1] or '')
            if not since or now < since or now - since >= window then
                return now, 0, 0, 0
            end
            return since, tonumber(v[2] or '0'), tonumber(v[3] or '0'), tonumber(v[4] or '0')
        end
        local limit, window = tonumber(ARGV[3]), tonumber(ARGV[4])
        local since, count, streak, last = read(KEYS[1], window)
        local a_limit, a_window = tonumber(ARGV[5]), tonumber(ARGV[6])
        local a_since, a_count = read(KEYS[2], a_window)

        local wait = 0
        if streak > 0 then wait = last + first * 2 ^ (streak - 1) - now end
        if count >= limit then wait = math.max(wait, since + window - now) end
        if a_count >= a_limit then wait = math.max(wait, a_since + a_window - now) end
        if wait > 0 then return {0, wait} end

        local function text(n) return string.format('%.0f', n) end
        redis.call('HSET', KEYS[1], 'since', text(since), 'count', count + 1, 'streak', streak + 1, 'last', ARGV[1])
        redis.call('PEXPIRE', KEYS[1], ARGV[4])
        redis.call('HSET', KEYS[2], 'since', text(a_since), 'count', a_count + 1)
        redis.call('PEXPIRE', KEYS[2], ARGV[6])
        local next = first * 2 ^ streak
        if count + 1 >= limit then next = math.max(next, since + window - now) end
        return {1, next}
        ",
    )
});

struct Rule {
    first_wait: SignedDuration,
    limit: u32,
    window: SignedDuration,
    address_limit: u32,
    address_window: SignedDuration,
}

/// Seconds until one may ask again, rounded up.
type WaitSeconds = u32;

fn phone_key(redis: &Redis, pepper: &Pepper, phone: &Phone) -> String {
    redis.key(&format!(
        "identity:codes:phone:{}",
        pepper.digest(phone.e164())
    ))
}

async fn ask(
    redis: &Redis,
    now: Time,
    keys: [String; 2],
    rule: Rule,
) -> Outcome<Result<WaitSeconds, WaitSeconds>, IdentityFault> {
    let mut conn = redis.conn();
    let [subject, address] = keys;
    let (passed, wait_ms): (bool, i64) = SCRIPT
        .key(subject)
        .key(address)
        .arg(now.as_millis())
        .arg(rule.first_wait.as_millis() as i64)
        .arg(rule.limit)
        .arg(rule.window.as_millis() as i64)
        .arg(rule.address_limit)
        .arg(rule.address_window.as_millis() as i64)
        .invoke_async(&mut conn)
        .await
        .map_err(Failure::<IdentityFault>::unavailable)?;
    let wait_s = u32::try_from((wait_ms.max(0) + 999) / 1000).unwrap_or(u32::MAX);
    Ok(if passed { Ok(wait_s) } else { Err(wait_s) })
}

/// Counts a code asked for. Returns the seconds before another may be.
pub(crate) async fn code(
    redis: &Redis,
    pepper: &Pepper,
    limits: &SignInLimits,
    now: Time,
    phone: &Phone,
    address: Option<IpAddr>,
) -> Outcome<WaitSeconds, IdentityFault> {
    let keys = [
        phone_key(redis, pepper, phone),
        redis.key(&format!(
            "identity:codes:address:{}",
            address_digest(pepper, address)
        )),
    ];
    let rule = Rule {
        first_wait: limits.first_wait(),
        limit: limits.codes_per_phone_and_day,
        window: days(1),
        address_limit: limits.codes_per_address_and_hour,
        address_window: hours(1),
    };
    match ask(redis, now, keys, rule).await? {
        Ok(wait_s) => Ok(wait_s),
        Err(retry_after_s) => Err(IdentityFault::TooManyCodes { retry_after_s }.into()),
    }
}

/// After a sign-in the next code may be had at once again; the day's count stays. A convenience:
/// its failure is logged and harms nothing.
pub(crate) async fn forgive(redis: &Redis, pepper: &Pepper, phone: &Phone) {
    let mut conn = redis.conn();
    let key = phone_key(redis, pepper, phone);
    let done: redis::RedisResult<()> = redis::AsyncCommands::hdel(&mut conn, key, "streak").await;
    if let Err(cause) = done {
        tracing::warn!(%cause, "resend back-off not reset");
    }
}

/// Counts a password attempt.
pub(crate) async fn staff_try(
    redis: &Redis,
    pepper: &Pepper,
    limits: &SignInLimits,
    now: Time,
    email: &str,
    address: Option<IpAddr>,
) -> Outcome<(), IdentityFault> {
    let keys = [
        redis.key(&format!("identity:staff:email:{}", pepper.digest(email))),
        redis.key(&format!(
            "identity:staff:address:{}",
            address_digest(pepper, address)
        )),
    ];
    let rule = Rule {
        first_wait: seconds(0),
        limit: limits.staff_tries_per_email,
        window: limits.staff_window(),
        address_limit: limits.staff_tries_per_address,
        address_window: limits.staff_window(),
    };
    match ask(redis, now, keys, rule).await? {
        Ok(_) => Ok(()),
        Err(retry_after_s) => Err(IdentityFault::TooManyTries { retry_after_s }.into()),
    }
}

/// An IPv6 network hands a household a /64: it counts as one address. Requests without a known
/// address share one count.
fn address_digest(pepper: &Pepper, address: Option<IpAddr>) -> String {
    let text = match address {
        Some(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => format!("{:x?}", &v6.segments()[..4]),
        },
        Some(IpAddr::V4(v4)) => v4.to_string(),
        None => "unknown".to_owned(),
    };
    pepper.digest(&text)
}
