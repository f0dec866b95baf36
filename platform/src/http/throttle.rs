//! Rate limits of the edge, kept in Redis so that all processes count together.
//!
//! | key | type | holds | lives |
//! |---|---|---|---|
//! | `edge:{actor:<class>:<user>}` | string | microsecond at which the whole allowance is back | until then |
//! | `edge:{address:<class>:<digest>}` | string | the same | the same |
//!
//! Time is Redis's own, real: these limits protect machines, and no clock of the business bends
//! them. Each check touches one key, in one script, so it is atomic and fits any cluster. While
//! Redis is silent each process counts for itself by the same rule: nobody is let through
//! uncounted, and nobody is locked out. Questions about health each process counts for itself always.

use super::gcra::{Rate, Verdict, take};
use super::network::network;
use super::{Class, Problem};
use crate::Redis;
use ::redis::Script;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use kernel::{Code, Text, UserId};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// KEYS: the subject. ARGV: emission and full, microseconds. Returns {passes, remaining, retry,
/// reset}. The rule is `gcra::take`.
static SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local t = redis.call('TIME')
        local now = tonumber(t[1]) * 1000000 + tonumber(t[2])
        local emission, full = tonumber(ARGV[1]), tonumber(ARGV[2])
        local tat = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
        tat = math.min(math.max(tat, now), now + full)
        local next = tat + emission
        local over = next - full - now
        if over > 0 then return {0, 0, over, tat - now} end
        redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
        return {1, math.floor(-over / emission), 0, next - now}
        ",
    )
});

/// Longer than Redis ever takes; a request does not wait longer to be counted.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long Redis is not asked again after it was silent.
const REST: Duration = Duration::from_secs(1);
/// Subjects that one process counts for itself; some 5 MB.
const MOST_SUBJECTS: usize = 50_000;

/// Whom a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Actor(UserId),
    Address(IpAddr),
}

impl Subject {
    const fn policy(self) -> &'static str {
        match self {
            Self::Actor(_) => "actor",
            Self::Address(_) => "address",
        }
    }
}

/// What the limits said of one request; the strictest is told.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    policy: &'static str,
    rate: Rate,
    verdict: Verdict,
}

pub struct Throttle {
    redis: Redis,
    salt: [u8; 32],
    local: Mutex<Local>,
}

struct Local {
    began: Instant,
    tats: HashMap<String, i64>,
    rests_until: Option<Instant>,
}

impl Throttle {
    /// `salt` is secret: addresses stand in Redis only as digests under it.
    pub fn new(redis: Redis, salt: &str) -> Self {
        Self {
            redis,
            salt: Sha256::digest(salt.as_bytes()).into(),
            local: Mutex::new(Local {
                began: Instant::now(),
                tats: HashMap::new(),
                rests_until: None,
            }),
        }
    }

    fn key(&self, subject: Subject, class: Class) -> String {
        let class = class.name();
        let name = match subject {
            Subject::Actor(user) => format!("edge:{{actor:{class}:{user}}}"),
            Subject::Address(address) => {
                let mut digest = Sha256::new();
                digest.update(self.salt);
                digest.update(network(address));
                let digest = hex::encode(&digest.finalize()[..16]);
                format!("edge:{{address:{class}:{digest}}}")
            }
        };
        self.redis.key(&name)
    }

    /// Counts one request of `subject`; `None` where there is no limit.
    pub async fn take(&self, subject: Subject, class: Class, rate: Rate) -> Option<Standing> {
        if rate.is_none() {
            return None;
        }
        let key = self.key(subject, class);
        let shared = match class {
            // It is asked about this process, and must not wait for Redis to answer.
            Class::Health => None,
            _ => self.shared(&key, rate).await,
        };
        let verdict = shared.unwrap_or_else(|| self.alone(key, rate));
        Some(Standing {
            policy: subject.policy(),
            rate,
            verdict,
        })
    }

    async fn shared(&self, key: &str, rate: Rate) -> Option<Verdict> {
        let rests = self.lock().rests_until;
        if rests.is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let mut conn = self.redis.conn();
        let mut call = SCRIPT.key(key);
        let call = call.arg(rate.emission()).arg(rate.full());
        let asked = call.invoke_async::<(bool, i64, i64, i64)>(&mut conn);
        let cause = match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok((passes, remaining, retry, reset))) => {
                if rests.is_some() {
                    self.lock().rests_until = None;
                }
                return Some(Verdict {
                    passes,
                    remaining,
                    retry,
                    reset,
                });
            }
            Ok(Err(e)) => e.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        self.lock().rests_until = Some(Instant::now() + REST);
        metrics::counter!("khidma_http_counted_alone_total").increment(1);
        tracing::warn!(%cause, "Redis is silent: this process counts requests for itself");
        None
    }

    fn alone(&self, key: String, rate: Rate) -> Verdict {
        let mut local = self.lock();
        let now = i64::try_from(local.began.elapsed().as_micros()).unwrap_or(i64::MAX / 2);
        if local.tats.len() >= MOST_SUBJECTS {
            local.tats.retain(|_, tat| *tat > now);
            // Still full of those who count: begin anew rather than grow.
            if local.tats.len() >= MOST_SUBJECTS {
                local.tats.clear();
            }
        }
        let tat = local.tats.entry(key).or_insert(0);
        let (next, verdict) = take(rate, *tat, now);
        *tat = next;
        verdict
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Local> {
        self.local.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    pub fn passes(&self) -> bool {
        self.verdict.passes
    }

    /// The one that leaves less.
    pub fn strictest(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if other.share() < self.share() => other,
            _ => self,
        }
    }

    fn share(&self) -> i64 {
        self.verdict.remaining * 1_000_000 / i64::from(self.rate.requests.max(1))
    }

    /// `RateLimit-Policy` and `RateLimit`, as draft-ietf-httpapi-ratelimit-headers-10 writes them.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        let Self { policy, rate, .. } = self;
        let limit = format!("\"{policy}\";q={};w={}", rate.requests, rate.window_s);
        let left = format!(
            "\"{policy}\";r={};t={}",
            self.verdict.remaining,
            seconds(if self.passes() {
                self.verdict.reset
            } else {
                self.verdict.retry
            })
        );
        for (name, value) in [("ratelimit-policy", limit), ("ratelimit", left)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }

    pub(super) fn refusal(&self) -> Problem {
        let wait = seconds(self.verdict.retry).max(1);
        let mut problem = Problem::new(
            Code::TooManyRequests,
            "http.too_many_requests",
            Text::new(
                format!("طلبات كثيرة في وقت قصير. أعد المحاولة بعد {wait} ثانية."),
                format!("Too many requests in a short time. Try again in {wait} s."),
            ),
        );
        problem.data = Some(serde_json::json!({ "retry_after_s": wait }));
        problem
    }
}

/// Microseconds as seconds, rounded up.
fn seconds(us: i64) -> i64 {
    (us.max(0) + 999_999) / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silent() -> Throttle {
        // Nobody listens there.
        Throttle::new(
            Redis::lazy("redis://127.0.0.1:1/", "test:").unwrap(),
            "salt",
        )
    }

    #[tokio::test]
    async fn without_redis_each_process_counts_for_itself() {
        let throttle = silent();
        let rate = Rate::per_minute(3);
        let someone = Subject::Address("203.0.113.9".parse().unwrap());
        let mut passed = 0;
        for _ in 0..10 {
            let standing = throttle.take(someone, Class::Api, rate).await.unwrap();
            passed += usize::from(standing.passes());
        }
        assert_eq!(passed, 3);
        let other = Subject::Address("203.0.113.10".parse().unwrap());
        assert!(
            throttle
                .take(other, Class::Api, rate)
                .await
                .unwrap()
                .passes()
        );
        assert!(
            throttle
                .take(someone, Class::Live, rate)
                .await
                .unwrap()
                .passes()
        );
        assert!(
            throttle
                .take(someone, Class::Api, Rate::NONE)
                .await
                .is_none()
        );
    }

    #[tokio::test]
    async fn what_one_process_counts_has_an_end() {
        let throttle = silent();
        for n in 0..=MOST_SUBJECTS {
            throttle.alone(n.to_string(), Rate::per_minute(1));
        }
        assert!(throttle.lock().tats.len() <= MOST_SUBJECTS);
    }

    #[tokio::test]
    async fn a_key_tells_no_address_and_a_network_is_one_subject() {
        let throttle = silent();
        let key = |ip: &str| throttle.key(Subject::Address(ip.parse().unwrap()), Class::Api);
        assert!(!key("203.0.113.9").contains("203.0"));
        assert_eq!(key("203.0.113.9"), key("::ffff:203.0.113.9"));
        assert_eq!(key("2001:db8::1"), key("2001:db8::2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_ne!(key("203.0.113.9"), key("203.0.113.10"));
    }
}
