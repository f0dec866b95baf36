//! What codes may cost. A text message is money, and whoever can make us send them can make us pay
//! (SMS pumping). Every code is counted here in PostgreSQL, in the transaction that makes it and
//! one at a time, so these limits hold whatever becomes of Redis.
//!
//! Ceilings are of money per clock hour and per 24 of them. Four fifths of one is an alarm; all of it
//! and no code is sent until an hour has passed by.

use crate::Identity;
use crate::codes::Asked;
use crate::settings::SignInLimits;
use crate::throttle::{address_digest, count_refused, device_digest};
use async_trait::async_trait;
use contract_identity::IdentityFault;
use jiff::SignedDuration;
use kernel::{Outcome, Time, days, hours};
use platform::Tx;
use platform::health::{Note, Probe};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// How near the ceilings are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Fine,
    /// Four fifths.
    High,
    Full,
}

/// Codes sent in this clock hour and in the 24 that end with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) hour: i64,
    pub(crate) day: i64,
}

/// Pure. `sent` are those already sent: `Full` means not one more.
pub(crate) fn level(limits: &SignInLimits, sent: Sent) -> Level {
    let price = i64::from(limits.code_halalas);
    let of = |codes: i64, ceiling: u32| {
        let ceiling = i64::from(ceiling);
        if (codes + 1) * price > ceiling {
            Level::Full
        } else if codes * price * 5 >= ceiling * 4 {
            Level::High
        } else {
            Level::Fine
        }
    };
    if price == 0 {
        return Level::Fine;
    }
    of(sent.hour, limits.code_halalas_per_hour).max(of(sent.day, limits.code_halalas_per_day))
}

fn hour_of(now: Time) -> Time {
    const HOUR_MS: i64 = 3_600_000;
    Time::from_millis(now.as_millis().div_euclid(HOUR_MS) * HOUR_MS)
}

/// Makes room for one more code, or says why there is none. The row of the hour stays locked until
/// `tx` ends: of two at once the second sees the first.
pub(crate) async fn make_room(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    asked: &Asked,
) -> Outcome<(), IdentityFault> {
    let hour = hour_of(now);
    let in_hour = sqlx::query_scalar!(
        "insert into identity.code_hours (hour, sent) values ($1, 1)
         on conflict (hour) do update set sent = identity.code_hours.sent + 1 returning sent",
        hour
    )
    .fetch_one(&mut **tx)
    .await?;
    let before = Sent {
        hour: i64::from(in_hour) - 1,
        day: sent_in_day(&mut **tx, hour).await? - 1,
    };
    let level = level(&me.limits, before);
    me.spending.tell(&me.limits, now, before, level);
    if level == Level::Full {
        count_refused("spending");
        let retry_after_s = seconds_until(now, hour + hours(1));
        return Err(IdentityFault::CodesPaused { retry_after_s }.into());
    }
    within_caps(me, tx, now, asked).await
}

/// The caps that Redis keeps too, from the codes themselves: while Redis remembers they say nothing
/// new.
async fn within_caps(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    asked: &Asked,
) -> Outcome<(), IdentityFault> {
    let last = |limit: u32| i64::from(limit.max(1)) - 1;
    let oldest = sqlx::query!(
        r#"select
             (select created_at from identity.codes where phone = $1 and purpose = $7
              order by created_at desc offset $4 limit 1) as "phone: Time",
             (select created_at from identity.codes where device = $2
              order by created_at desc offset $5 limit 1) as "device: Time",
             (select created_at from identity.codes where address = $3
              order by created_at desc offset $6 limit 1) as "address: Time""#,
        asked.phone.e164(),
        device_digest(&me.pepper, asked.device),
        address_digest(&me.pepper, asked.address),
        last(me.limits.codes_per_phone_and_day),
        last(me.limits.codes_per_device_and_day),
        last(me.limits.codes_per_address_and_hour),
        asked.purpose.as_str(),
    )
    .fetch_one(&mut **tx)
    .await?;
    let wait_s = |oldest: Option<Time>, window: SignedDuration| {
        oldest.map_or(0, |at| seconds_until(now, at + window))
    };
    let retry_after_s = wait_s(oldest.phone, days(1))
        .max(wait_s(oldest.device, days(1)))
        .max(wait_s(oldest.address, hours(1)));
    if retry_after_s > 0 {
        count_refused("cap");
        return Err(IdentityFault::TooManyCodes { retry_after_s }.into());
    }
    Ok(())
}

/// Rounded up; 0 where it has passed.
fn seconds_until(now: Time, then: Time) -> u32 {
    let ms = then.as_millis() - now.as_millis();
    u32::try_from((ms.max(0) + 999) / 1000).unwrap_or(u32::MAX)
}

async fn sent_in_day(db: impl sqlx::PgExecutor<'_>, hour: Time) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select coalesce(sum(sent), 0)::bigint as "sent!" from identity.code_hours where hour > $1"#,
        hour - hours(24)
    )
    .fetch_one(db)
    .await
}

/// Says each alarm once an hour, however many are refused.
pub(crate) struct Spending {
    high: AtomicI64,
    full: AtomicI64,
}

impl Spending {
    pub(crate) fn new() -> Self {
        Self {
            high: AtomicI64::new(i64::MIN),
            full: AtomicI64::new(i64::MIN),
        }
    }

    fn tell(&self, limits: &SignInLimits, now: Time, sent: Sent, level: Level) {
        let price = f64::from(limits.code_halalas);
        metrics::gauge!("khidma_identity_code_spend_halalas", "span" => "hour")
            .set(sent.hour as f64 * price);
        metrics::gauge!("khidma_identity_code_spend_halalas", "span" => "day")
            .set(sent.day as f64 * price);
        let hour = hour_of(now).as_millis();
        let first_in = |said: &AtomicI64| said.swap(hour, Ordering::Relaxed) != hour;
        match level {
            Level::Fine => {}
            Level::High => {
                if first_in(&self.high) {
                    metrics::counter!("khidma_identity_code_spend_alarms_total", "level" => "high")
                        .increment(1);
                    tracing::warn!(
                        sent_hour = sent.hour,
                        sent_day = sent.day,
                        "codes have cost four fifths of a ceiling"
                    );
                }
            }
            Level::Full => {
                if first_in(&self.full) {
                    metrics::counter!("khidma_identity_code_spend_alarms_total", "level" => "full")
                        .increment(1);
                    tracing::error!(
                        sent_hour = sent.hour,
                        sent_day = sent.day,
                        "codes have cost a whole ceiling; none is sent"
                    );
                }
            }
        }
    }
}

/// Whether people can sign in: a part of `/health/ready` that says what is the matter.
pub(crate) struct SignInProbe(pub(crate) Arc<Identity>);

#[async_trait]
impl Probe for SignInProbe {
    fn name(&self) -> &'static str {
        "sign_in"
    }
    /// Those who are signed in can go on.
    fn essential(&self) -> bool {
        false
    }
    async fn probe(&self) -> anyhow::Result<()> {
        let me = &self.0;
        if me.p.redis.ping().await.is_err() {
            return Err(Note(
                "Redis does not answer: no code is sent, no code or password is tried",
            )
            .into());
        }
        let hour = hour_of(me.p.now());
        let in_hour =
            sqlx::query_scalar!("select sent from identity.code_hours where hour = $1", hour)
                .fetch_optional(&me.p.db)
                .await?;
        let sent = Sent {
            hour: in_hour.unwrap_or_default().into(),
            day: sent_in_day(&me.p.db, hour).await?,
        };
        match level(&me.limits, sent) {
            Level::Fine => Ok(()),
            Level::High => Err(Note("codes have cost four fifths of a ceiling").into()),
            Level::Full => Err(Note("codes have cost a whole ceiling: none is sent").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceiling_warns_at_four_fifths_and_stops_before_it_is_passed() {
        let limits = SignInLimits {
            code_halalas: 7,
            code_halalas_per_hour: 100,
            code_halalas_per_day: 1_000,
            ..SignInLimits::default()
        };
        for (hour, day, wanted) in [
            (0, 0, Level::Fine),
            (11, 11, Level::Fine),
            (12, 12, Level::High),
            (13, 13, Level::High),
            // The fifteenth would make 105.
            (14, 14, Level::Full),
            (0, 114, Level::Fine),
            (0, 115, Level::High),
            (0, 141, Level::High),
            (0, 142, Level::Full),
            (14, 0, Level::Full),
        ] {
            assert_eq!(level(&limits, Sent { hour, day }), wanted, "{hour} {day}");
        }
        let free = SignInLimits {
            code_halalas: 0,
            ..limits
        };
        let many = Sent {
            hour: 1_000_000,
            day: 1_000_000,
        };
        assert_eq!(level(&free, many), Level::Fine);
    }
}
