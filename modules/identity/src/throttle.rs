//! How often one may ask for a code, try one or try a password. Counted in Redis by one script, so
//! that no race lets a request through; in platform time, so that keys' lifetimes only tidy up.
//! Redis silent: the request is refused, never let through uncounted.
//!
//! Every limit is a sliding window: a key holds the moments of the last `limit` requests that
//! passed, and while the oldest of them is inside the window there is no room. The keys are in
//! docs/REDIS.md. Those that one script changes together share a hash tag, hence a slot of a cluster.
//!
//! A digest is the first 16 bytes of an HMAC under the pepper: neither phones, devices nor addresses
//! stand in Redis. Lost keys forget counts; those of codes are counted again where they are made
//! (`spend.rs`), so a Redis that was emptied sends none more.

use crate::codes::{Asked, Purpose};
use crate::secrets::Pepper;
use crate::sessions::note;
use crate::settings::SignInLimits;
use contract_identity::IdentityFault;
use jiff::SignedDuration;
use kernel::{Failure, Outcome, Phone, Time, UserId, days, hours, minutes, seconds};
use platform::Redis;
use redis::Script;
use std::net::IpAddr;
use std::sync::LazyLock;
use uuid::Uuid;

/// KEYS: a list a rule, then the hash of the back-off. ARGV: now, first wait (0: no back-off),
/// quiet time that ends a back-off, then limit and window of each rule; milliseconds. Returns
/// {let through?, wait, rule}: before the next one by the first rule and the back-off if let
/// through, else before trying again and which rule said no (0: the back-off). Refused requests are
/// not counted.
static SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local now, first, quiet = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local rules = #KEYS - 1
        local function limit(i) return tonumber(ARGV[2 + 2 * i]) end
        local function window(i) return tonumber(ARGV[3 + 2 * i]) end
        local function full_for(i)
            local oldest = tonumber(redis.call('LINDEX', KEYS[i], limit(i) - 1) or '')
            if not oldest or now < oldest then return 0 end
            return oldest + window(i) - now
        end

        local wait, why, streak = 0, 0, 0
        if first > 0 then
            local v = redis.call('HMGET', KEYS[#KEYS], 'streak', 'last')
            local last = tonumber(v[2] or '') or now
            if now - last < quiet then streak = tonumber(v[1] or '0') or 0 end
            if streak > 0 then wait = last + first * 2 ^ (streak - 1) - now end
        end
        for i = 1, rules do
            local full = full_for(i)
            if full > wait then wait, why = full, i end
        end
        if wait > 0 then return {0, wait, why} end

        for i = 1, rules do
            redis.call('LPUSH', KEYS[i], ARGV[1])
            redis.call('LTRIM', KEYS[i], 0, limit(i) - 1)
            redis.call('PEXPIRE', KEYS[i], ARGV[3 + 2 * i])
        end
        local next = 0
        if first > 0 then
            redis.call('HSET', KEYS[#KEYS], 'streak', streak + 1, 'last', ARGV[1])
            redis.call('PEXPIRE', KEYS[#KEYS], ARGV[3])
            next = first * 2 ^ streak
        end
        return {1, math.max(next, full_for(1)), 0}
        ",
    )
});

/// After so long without asking, the next wait is the first one again.
const QUIET: SignedDuration = hours(12);

/// So many times what one network may is what all together may.
const EVERYWHERE: u32 = 10;

struct Rule {
    key: String,
    limit: u32,
    window: SignedDuration,
}

/// Whole seconds, rounded up.
type WaitSeconds = u32;

/// Why not: before trying again, and the number of the rule, from 1; 0 is the back-off.
struct Full {
    wait_s: WaitSeconds,
    rule: usize,
}

pub(crate) struct Throttle<'a> {
    pub(crate) redis: &'a Redis,
    pub(crate) pepper: &'a Pepper,
    pub(crate) limits: &'a SignInLimits,
}

impl Throttle<'_> {
    fn rule(&self, key: &str, of: Option<&str>, limit: u32, window: SignedDuration) -> Rule {
        let name = match of {
            Some(digest) => format!("identity:{key}:{digest}"),
            None => format!("identity:{key}"),
        };
        Rule {
            key: self.redis.key(&name),
            limit: limit.max(1),
            window,
        }
    }

    fn wait_key(&self, purpose: Purpose, phone: &Phone) -> String {
        let digest = self.pepper.digest(phone.e164());
        let key = match purpose {
            Purpose::SignIn => "wait",
            Purpose::StepUp(_) => "own_wait",
        };
        self.redis
            .key(&format!("identity:{{codes}}:{key}:{digest}"))
    }

    async fn pass(
        &self,
        now: Time,
        rules: &[Rule],
        back_off: Option<(String, SignedDuration)>,
    ) -> Outcome<Result<WaitSeconds, Full>, IdentityFault> {
        let (wait_key, first) = match back_off {
            Some((key, first)) => (key, first),
            // Any key of the slot: it is not touched.
            None => (rules[0].key.clone(), seconds(0)),
        };
        let mut call = SCRIPT.prepare_invoke();
        for rule in rules {
            call.key(&rule.key);
        }
        call.key(wait_key)
            .arg(now.as_millis())
            .arg(first.as_millis() as i64)
            .arg(QUIET.as_millis() as i64);
        for rule in rules {
            call.arg(rule.limit).arg(rule.window.as_millis() as i64);
        }
        let mut conn = self.redis.conn();
        let (passed, wait_ms, rule): (bool, i64, usize) = call
            .invoke_async(&mut conn)
            .await
            .map_err(Failure::<IdentityFault>::unavailable)?;
        let wait_s = u32::try_from((wait_ms.max(0) + 999) / 1000).unwrap_or(u32::MAX);
        Ok(if passed {
            Ok(wait_s)
        } else {
            Err(Full { wait_s, rule })
        })
    }

    /// Counts a code asked for. Returns the seconds before another may be. Anybody may ask for codes to
    /// a phone for signing in, so those that its owner asks for inside a session have a day's count and
    /// a wait of their own: no stranger uses them up.
    pub(crate) async fn code(
        &self,
        now: Time,
        asked: &Asked,
    ) -> Outcome<WaitSeconds, IdentityFault> {
        let limits = self.limits;
        let phone = self.pepper.digest(asked.phone.e164());
        let device = device_digest(self.pepper, asked.device);
        let address = address_digest(self.pepper, asked.address);
        let rules = [
            self.rule(
                match asked.purpose {
                    Purpose::SignIn => "{codes}:phone",
                    Purpose::StepUp(_) => "{codes}:own_phone",
                },
                Some(&phone),
                limits.codes_per_phone_and_day,
                days(1),
            ),
            self.rule(
                "{codes}:device",
                Some(&device),
                limits.codes_per_device_and_day,
                days(1),
            ),
            self.rule(
                "{codes}:address",
                Some(&address),
                limits.codes_per_address_and_hour,
                hours(1),
            ),
            self.rule("{codes}:all", None, limits.codes_per_minute, minutes(1)),
        ];
        let back_off = Some((
            self.wait_key(asked.purpose, &asked.phone),
            limits.first_wait(),
        ));
        match self.pass(now, &rules, back_off).await? {
            Ok(wait_s) => Ok(wait_s),
            Err(full) => {
                let retry_after_s = full.wait_s;
                // A crowd is not the caller's fault.
                Err(if full.rule == rules.len() {
                    count_refused("crowd");
                    IdentityFault::CodesPaused { retry_after_s }.into()
                } else {
                    count_refused("throttle");
                    IdentityFault::TooManyCodes { retry_after_s }.into()
                })
            }
        }
    }

    /// After a right code the next one for the same may be had at once again; the day's count stays. A
    /// convenience: its failure is logged and harms nothing.
    pub(crate) async fn forgive(&self, purpose: Purpose, phone: &Phone) {
        let mut conn = self.redis.conn();
        let key = self.wait_key(purpose, phone);
        let done: redis::RedisResult<()> =
            redis::AsyncCommands::hdel(&mut conn, key, "streak").await;
        if let Err(cause) = done {
            tracing::warn!(%cause, "resend back-off not reset");
        }
    }

    /// Counts a try of a code, right or wrong. Each code has its own five; this holds up whoever
    /// tries many codes.
    pub(crate) async fn code_try(
        &self,
        now: Time,
        device: Uuid,
        address: Option<IpAddr>,
    ) -> Outcome<(), IdentityFault> {
        let limits = self.limits;
        let device = device_digest(self.pepper, device);
        let address = address_digest(self.pepper, address);
        let rules = [
            self.rule(
                "{tries}:device",
                Some(&device),
                limits.code_tries_per_device_and_hour,
                hours(1),
            ),
            self.rule(
                "{tries}:address",
                Some(&address),
                limits.code_tries_per_address_and_hour,
                hours(1),
            ),
            self.rule(
                "{tries}:all",
                None,
                limits.code_tries_per_minute,
                minutes(1),
            ),
        ];
        self.tries(now, "phone_code", None, &rules).await
    }

    /// Counts a password attempt. An email is no secret: from one network it is tried as often as a
    /// person would, from all together much more often, so that no stranger keeps its owner out.
    pub(crate) async fn staff_try(
        &self,
        now: Time,
        email: &str,
        address: Option<IpAddr>,
    ) -> Outcome<(), IdentityFault> {
        let limits = self.limits;
        let address = address_digest(self.pepper, address);
        let from_there = self.pepper.digest(&format!("{email} {address}"));
        let email = self.pepper.digest(email);
        let window = limits.staff_window();
        let rules = [
            self.rule(
                "{staff}:email",
                Some(&from_there),
                limits.staff_tries_per_email,
                window,
            ),
            self.rule(
                "{staff}:email_all",
                Some(&email),
                limits.staff_tries_per_email.saturating_mul(EVERYWHERE),
                window,
            ),
            self.rule(
                "{staff}:address",
                Some(&address),
                limits.staff_tries_per_address,
                window,
            ),
        ];
        self.tries(now, "password_totp", None, &rules).await
    }

    /// Counts a try of the second factor by somebody who knew the password: however many networks they
    /// have, no more than a person would. False: too many. It is answered like a wrong factor, or it
    /// would tell that the password was right.
    pub(crate) async fn factor_try(&self, now: Time, user: UserId) -> Outcome<bool, IdentityFault> {
        let digest = self.pepper.digest(&user.to_string());
        let rule = self.rule(
            "{staff}:factor",
            Some(&digest),
            self.limits.staff_tries_per_email,
            self.limits.staff_window(),
        );
        Ok(self.pass(now, &[rule], None).await?.is_ok())
    }

    /// Counts a challenge for a passkey. It proves nothing: this keeps Redis from being filled.
    pub(crate) async fn challenge(
        &self,
        now: Time,
        address: Option<IpAddr>,
    ) -> Outcome<(), IdentityFault> {
        let address = address_digest(self.pepper, address);
        let rule = self.rule(
            "{staff}:challenge",
            Some(&address),
            self.limits.staff_tries_per_address,
            self.limits.staff_window(),
        );
        self.tries(now, "passkey_challenge", None, &[rule]).await
    }

    /// Counts a try of the second factor, or of the old password, by somebody who is signed in.
    pub(crate) async fn proof_try(&self, now: Time, user: UserId) -> Outcome<(), IdentityFault> {
        let digest = self.pepper.digest(&user.to_string());
        let rule = self.rule(
            "{staff}:user",
            Some(&digest),
            self.limits.staff_tries_per_email,
            self.limits.staff_window(),
        );
        self.tries(now, "step_up", Some(user), &[rule]).await
    }

    async fn tries(
        &self,
        now: Time,
        proof: &'static str,
        user: Option<UserId>,
        rules: &[Rule],
    ) -> Outcome<(), IdentityFault> {
        match self.pass(now, rules, None).await? {
            Ok(_) => Ok(()),
            Err(full) => {
                note(proof, "throttled", user);
                let retry_after_s = full.wait_s;
                Err(IdentityFault::TooManyTries { retry_after_s }.into())
            }
        }
    }
}

pub(crate) fn count_refused(why: &'static str) {
    metrics::counter!("khidma_identity_codes_refused_total", "why" => why).increment(1);
}

pub(crate) fn device_digest(pepper: &Pepper, device: Uuid) -> String {
    pepper.digest(&format!("device {device}"))
}

/// An IPv6 network hands a household a /64: it counts as one address. Requests without a known
/// address share one count.
pub(crate) fn address_digest(pepper: &Pepper, address: Option<IpAddr>) -> String {
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
