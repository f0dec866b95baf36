//! Opening hours and what a clock counts by them. Everything here is a function of its
//! arguments: a deadline follows from the calendar, the start, the target and the pauses, and
//! pauses are breaks in the calendar.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use kernel::{Slug, Text, Time};
use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Asia/Riyadh keeps one offset all year (FACTS §7).
const RIYADH_MS: i64 = 3 * 3_600_000;
/// How far ahead open time is looked for: ten years. A calendar shut for longer never opens.
const HORIZON_DAYS: i64 = 3_660;

/// A time of day in whole minutes, `00:00` to `24:00`; the latter is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Minute(u16);

impl Minute {
    fn ms(self) -> i64 {
        i64::from(self.0) * MINUTE_MS
    }
}
impl TryFrom<String> for Minute {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let parse = || {
            let (hour, minute) = text.split_once(':')?;
            if hour.len() != 2 || minute.len() != 2 {
                return None;
            }
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            let sum = hour * 60 + minute;
            (minute < 60 && sum <= 1440).then_some(Self(sum))
        };
        parse().ok_or_else(|| format!("{text:?} is not a time of day from 00:00 to 24:00"))
    }
}
impl From<Minute> for String {
    fn from(Minute(sum): Minute) -> Self {
        format!("{:02}:{:02}", sum / 60, sum % 60)
    }
}

/// Open from `from` until just before `to`, on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Span {
    #[schema(value_type = String, example = "08:00")]
    pub from: Minute,
    #[schema(value_type = String, example = "24:00")]
    pub to: Minute,
}

/// The spans of each weekday, in order; none is closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Week {
    pub sun: Vec<Span>,
    pub mon: Vec<Span>,
    pub tue: Vec<Span>,
    pub wed: Vec<Span>,
    pub thu: Vec<Span>,
    pub fri: Vec<Span>,
    pub sat: Vec<Span>,
}

impl Week {
    pub fn on(&self, day: Weekday) -> &[Span] {
        match day {
            Weekday::Sunday => &self.sun,
            Weekday::Monday => &self.mon,
            Weekday::Tuesday => &self.tue,
            Weekday::Wednesday => &self.wed,
            Weekday::Thursday => &self.thu,
            Weekday::Friday => &self.fri,
            Weekday::Saturday => &self.sat,
        }
    }
    fn days(&self) -> [&[Span]; 7] {
        [
            &self.sun, &self.mon, &self.tue, &self.wed, &self.thu, &self.fri, &self.sat,
        ]
    }
    /// Spans that run forward, in order, without overlap.
    pub fn is_orderly(&self) -> bool {
        self.days().iter().all(|spans| {
            spans.iter().all(|span| span.from < span.to)
                && spans.windows(2).all(|pair| pair[0].to <= pair[1].from)
        })
    }
    pub fn ever_opens(&self) -> bool {
        self.days().iter().any(|spans| !spans.is_empty())
    }
}

/// A run of days, both ends in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    pub from: Date,
    pub to: Date,
}
impl Days {
    fn contains(&self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }
}

/// A day of any year, `06-15`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonthDay {
    month: i8,
    day: i8,
}
impl TryFrom<String> for MonthDay {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        // 2028 is a leap year: 29 February is a day.
        format!("2028-{text}")
            .parse::<Date>()
            .map(|date| Self {
                month: date.month(),
                day: date.day(),
            })
            .map_err(|_| format!("{text:?} is not a day of the year such as 06-15"))
    }
}
impl From<MonthDay> for String {
    fn from(day: MonthDay) -> Self {
        format!("{:02}-{:02}", day.month, day.day)
    }
}

/// A span taken out of every day of a season, every year. The season may run over New Year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blackout {
    pub slug: Slug,
    pub from_day: MonthDay,
    pub to_day: MonthDay,
    pub span: Span,
}
impl Blackout {
    fn on(&self, date: Date) -> Option<Span> {
        let day = MonthDay {
            month: date.month(),
            day: date.day(),
        };
        let in_season = if self.from_day <= self.to_day {
            self.from_day <= day && day <= self.to_day
        } else {
            self.from_day <= day || day <= self.to_day
        };
        in_season.then_some(self.span)
    }
}

/// When we work. Holidays, Ramadan and blackouts are those this calendar keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    pub slug: Slug,
    pub name: Text,
    pub hours: Week,
    pub ramadan_hours: Option<Week>,
    pub ramadans: Vec<Days>,
    pub holidays: Vec<Days>,
    pub blackouts: Vec<Blackout>,
}

/// From `from_ms` until just before `to_ms`, since 1970.
type Interval = (i64, i64);

/// A finished stand-still of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    pub from: Time,
    pub to: Time,
}

impl Calendar {
    /// The open intervals of one day.
    fn on(&self, date: Date, midnight_ms: i64) -> Vec<Interval> {
        if self.holidays.iter().any(|days| days.contains(date)) {
            return Vec::new();
        }
        let week = match &self.ramadan_hours {
            Some(hours) if self.ramadans.iter().any(|days| days.contains(date)) => hours,
            _ => &self.hours,
        };
        let absolute = |span: &Span| (midnight_ms + span.from.ms(), midnight_ms + span.to.ms());
        let open = week.on(date.weekday()).iter().map(absolute).collect();
        let shut = self.blackouts.iter().filter_map(|b| b.on(date));
        shut.fold(open, |open, span| without(open, absolute(&span)))
    }

    /// Open intervals from `start` on, in order; the first may begin at `start`.
    fn open_from(&self, start: Time) -> impl Iterator<Item = Interval> {
        let start_ms = start.as_millis();
        let first_day = (start_ms + RIYADH_MS).div_euclid(DAY_MS);
        (first_day..first_day + HORIZON_DAYS)
            .map_while(|day| {
                let date = Date::constant(1970, 1, 1).checked_add(day.days()).ok()?;
                Some(self.on(date, day * DAY_MS - RIYADH_MS))
            })
            .flatten()
            .filter_map(move |(from, to)| (to > start_ms).then_some((from.max(start_ms), to)))
    }

    pub fn is_open(&self, at: Time) -> bool {
        self.open_from(at)
            .next()
            .is_some_and(|(from, _)| from == at.as_millis())
    }
}

/// What of `open` lies outside `hole`.
fn without(open: Vec<Interval>, hole: Interval) -> Vec<Interval> {
    open.into_iter()
        .flat_map(|(from, to)| [(from, to.min(hole.0)), (from.max(hole.1), to)])
        .filter(|(from, to)| from < to)
        .collect()
}

/// What a clock counts by: a calendar, or every hour of every day.
#[derive(Debug, Clone, Copy)]
pub enum Counting<'a> {
    AroundTheClock,
    Open(&'a Calendar),
}

impl Counting<'_> {
    fn intervals(&self, start: Time, pauses: &[Pause]) -> impl Iterator<Item = Interval> {
        let (always, open) = match self {
            Self::AroundTheClock => (
                Some((start.as_millis(), Time::from_millis(i64::MAX).as_millis())),
                None,
            ),
            Self::Open(calendar) => (None, Some(calendar.open_from(start))),
        };
        always
            .into_iter()
            .chain(open.into_iter().flatten())
            .flat_map(move |interval| {
                pauses.iter().fold(vec![interval], |open, pause| {
                    without(open, (pause.from.as_millis(), pause.to.as_millis()))
                })
            })
    }

    /// The first moment at which `target_ms` have been counted since `start`. `None`: the
    /// calendar does not hold so much open time.
    pub fn deadline(&self, start: Time, target_ms: i64, pauses: &[Pause]) -> Option<Time> {
        if target_ms <= 0 {
            return Some(start);
        }
        let mut left_ms = target_ms;
        for (from, to) in self.intervals(start, pauses) {
            if left_ms <= to - from {
                return Some(Time::from_millis(from + left_ms));
            }
            left_ms -= to - from;
        }
        None
    }

    /// Milliseconds counted from `start` to `end`; 0 when `end` is not later.
    pub fn elapsed_open_ms(&self, start: Time, end: Time, pauses: &[Pause]) -> i64 {
        let end_ms = end.as_millis();
        self.intervals(start, pauses)
            .take_while(|(from, _)| *from < end_ms)
            .map(|(from, to)| to.min(end_ms) - from)
            .sum()
    }
}

/// A mark is told when it has been *passed*: one millisecond after it, so that what is done at
/// the very deadline is in time whoever comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub percent: u8,
    pub fires_at: Time,
}

/// The percentage that stands for the deadline itself.
pub const BREACH: u8 = 100;

/// The marks not yet told, in order.
pub fn marks(
    counting: Counting<'_>,
    start: Time,
    target_ms: i64,
    pauses: &[Pause],
    warn_percents: &[u8],
    fired: &[u8],
) -> Vec<Mark> {
    let mut percents: Vec<u8> = warn_percents.iter().copied().chain([BREACH]).collect();
    percents.sort_unstable();
    percents.dedup();
    percents
        .into_iter()
        .filter(|percent| !fired.contains(percent))
        .filter_map(|percent| {
            let part_ms = i64::try_from(i128::from(target_ms) * i128::from(percent) / 100).ok()?;
            let passed = counting.deadline(start, part_ms, pauses)? + kernel::millis(1);
            Some(Mark {
                percent,
                fires_at: passed,
            })
        })
        .collect()
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
