//! Time is UTC inside, in integer milliseconds; `Asia/Riyadh` (UTC+3, no daylight saving) at
//! the edges. The [`Clock`] is handed to whoever needs the hour, so that a test can hold it
//! still and a demo can run it at sixty times the speed.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// Riyadh's offset from UTC (FACTS §7).
pub const RIYADH: Offset = jiff::tz::offset(3);

pub const fn millis(n: i64) -> SignedDuration {
    SignedDuration::from_millis(n)
}
pub const fn seconds(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}
pub const fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n * 60)
}
pub const fn hours(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n * 3600)
}
pub const fn days(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n * 86_400)
}

/// A moment, to the millisecond. RFC 3339 in JSON, `timestamptz` in PostgreSQL.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Time(Timestamp);

impl Time {
    pub const UNIX_EPOCH: Self = Self(Timestamp::UNIX_EPOCH);

    /// Sub-millisecond parts are dropped.
    pub fn from_jiff(timestamp: Timestamp) -> Self {
        Self::from_millis(timestamp.as_millisecond())
    }
    /// Clamped to the years jiff can tell (−9999 to 9999).
    pub fn from_millis(millis: i64) -> Self {
        Self(
            Timestamp::from_millisecond(millis).unwrap_or(if millis < 0 {
                Timestamp::MIN
            } else {
                Timestamp::MAX
            }),
        )
    }
    pub fn as_millis(self) -> i64 {
        self.0.as_millisecond()
    }
    pub fn as_seconds(self) -> i64 {
        self.0.as_second()
    }
    pub fn jiff(self) -> Timestamp {
        self.0
    }
    pub fn in_riyadh(self) -> Zoned {
        self.0.to_zoned(TimeZone::fixed(RIYADH))
    }
    /// `self - earlier`; negative when `earlier` is later.
    pub fn since(self, earlier: Self) -> SignedDuration {
        SignedDuration::from_millis(self.as_millis() - earlier.as_millis())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_str(MomentVisitor)
    }
}

/// Says what was expected and not what jiff found: its words for every kind of mistake would go to
/// every browser.
struct MomentVisitor;
impl serde::de::Visitor<'_> for MomentVisitor {
    type Value = Time;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a moment such as 2026-12-06T06:00:00Z")
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Time, E> {
        text.parse()
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}
impl std::str::FromStr for Time {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse().map(Self::from_jiff)
    }
}
impl Add<SignedDuration> for Time {
    type Output = Self;
    fn add(self, d: SignedDuration) -> Self {
        Self::from_millis(self.as_millis().saturating_add(clamp(d)))
    }
}
impl Sub<SignedDuration> for Time {
    type Output = Self;
    fn sub(self, d: SignedDuration) -> Self {
        Self::from_millis(self.as_millis().saturating_sub(clamp(d)))
    }
}
impl AddAssign<SignedDuration> for Time {
    fn add_assign(&mut self, d: SignedDuration) {
        *self = *self + d;
    }
}
fn clamp(d: SignedDuration) -> i64 {
    d.as_millis().clamp(i64::MIN.into(), i64::MAX.into()) as i64
}
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The line by which platform time follows real time:
/// `platform = platform_ms + (real − real_ms) × speed`. Speed 0 stands still.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    pub real_ms: i64,
    pub platform_ms: i64,
    pub speed: f64,
}

impl Anchor {
    pub const REAL: Self = Self {
        real_ms: 0,
        platform_ms: 0,
        speed: 1.0,
    };

    pub fn at(&self, real_ms: i64) -> Time {
        let passed = (real_ms - self.real_ms) as f64 * self.speed;
        Time::from_millis(self.platform_ms + passed as i64)
    }
}

/// Tells the platform's time. Cloning shares it.
#[derive(Clone)]
pub struct Clock {
    anchor: Arc<RwLock<Anchor>>,
    real_ms: fn() -> i64,
}

fn system_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

impl Clock {
    /// The machine's own time.
    pub fn system() -> Self {
        Self::anchored(Anchor::REAL)
    }
    pub fn anchored(anchor: Anchor) -> Self {
        Self {
            anchor: Arc::new(RwLock::new(anchor)),
            real_ms: system_ms,
        }
    }
    /// Stands at `now` until moved with [`Clock::set`] or [`Clock::advance`].
    pub fn standing(now: Time) -> Self {
        Self::anchored(Anchor {
            real_ms: 0,
            platform_ms: now.as_millis(),
            speed: 0.0,
        })
    }

    pub fn now(&self) -> Time {
        self.anchor().at((self.real_ms)())
    }
    pub fn anchor(&self) -> Anchor {
        *self.anchor.read().unwrap_or_else(|e| e.into_inner())
    }
    pub fn set_anchor(&self, anchor: Anchor) {
        *self.anchor.write().unwrap_or_else(|e| e.into_inner()) = anchor;
    }
    /// The anchor that goes on from `now` at `speed`; for handing to every process.
    pub fn anchor_from(&self, now: Time, speed: f64) -> Anchor {
        Anchor {
            real_ms: (self.real_ms)(),
            platform_ms: now.as_millis(),
            speed,
        }
    }
    pub fn set(&self, now: Time) {
        self.set_anchor(self.anchor_from(now, self.anchor().speed));
    }
    pub fn advance(&self, by: SignedDuration) {
        self.set(self.now() + by);
    }
    /// How long to wait in real time until platform time is `then`. `None`: never, the clock
    /// stands still.
    pub fn real_wait(&self, then: Time) -> Option<Duration> {
        let left = then.since(self.now()).as_millis();
        let speed = self.anchor().speed;
        if left <= 0 {
            Some(Duration::ZERO)
        } else if speed <= 0.0 {
            None
        } else {
            Some(Duration::from_millis((left as f64 / speed).ceil() as u64))
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

#[cfg(feature = "server")]
mod server {
    use super::Time;
    use sqlx::postgres::types::Oid;
    use sqlx::postgres::{
        PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef, Postgres,
    };
    use sqlx::{Decode, Encode, Type, encode::IsNull, error::BoxDynError};

    /// 2000-01-01T00:00:00Z, from which PostgreSQL counts, in microseconds since 1970.
    const POSTGRES_EPOCH_US: i64 = 946_684_800_000_000;

    impl Type<Postgres> for Time {
        fn type_info() -> PgTypeInfo {
            PgTypeInfo::with_oid(Oid(1184))
        }
    }
    impl PgHasArrayType for Time {
        fn array_type_info() -> PgTypeInfo {
            PgTypeInfo::with_oid(Oid(1185))
        }
    }
    impl Encode<'_, Postgres> for Time {
        fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
            let micros = self.as_millis() * 1000 - POSTGRES_EPOCH_US;
            <i64 as Encode<Postgres>>::encode(micros, buf)
        }
    }
    impl<'r> Decode<'r, Postgres> for Time {
        fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
            match value.format() {
                PgValueFormat::Binary => {
                    let micros = <i64 as Decode<Postgres>>::decode(value)?;
                    Ok(Self::from_millis(
                        (micros + POSTGRES_EPOCH_US).div_euclid(1000),
                    ))
                }
                PgValueFormat::Text => Ok(Self::from_jiff(value.as_str()?.parse()?)),
            }
        }
    }
    impl utoipa::PartialSchema for Time {
        fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
            use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
            ObjectBuilder::new()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
                .description(Some("RFC 3339, UTC"))
                .into()
        }
    }
    impl utoipa::ToSchema for Time {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_is_a_line() {
        let anchor = Anchor {
            real_ms: 1_000,
            platform_ms: 50_000,
            speed: 60.0,
        };
        assert_eq!(anchor.at(1_000).as_millis(), 50_000);
        assert_eq!(anchor.at(2_000).as_millis(), 110_000);
        assert_eq!(Anchor::REAL.at(123).as_millis(), 123);
    }

    #[test]
    fn a_standing_clock_moves_when_told() {
        let start: Time = "2027-02-08T09:00:00Z".parse().unwrap();
        let clock = Clock::standing(start);
        assert_eq!(clock.now(), start);
        assert_eq!(clock.real_wait(start + seconds(1)), None);
        clock.advance(minutes(5));
        assert_eq!(clock.now(), start + minutes(5));
        assert_eq!(clock.real_wait(start), Some(Duration::ZERO));
    }

    #[test]
    fn json_keeps_the_millisecond() {
        let t = Time::from_millis(1_800_000_000_123);
        let json = serde_json::to_string(&t).unwrap();
        assert_eq!(serde_json::from_str::<Time>(&json).unwrap(), t);
        assert_eq!(t.in_riyadh().hour(), 11);
    }
}
