//! Clocks, days and how long it is until then.

use crate::msg;
use kernel::Time;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// As the page's readers tell time: staff by 24 hours, everyone else by 12.
pub fn clock(time: Time) -> String {
    if client::page().app == "admin" {
        clock24(time)
    } else {
        clock12(time)
    }
}

/// `4:35 م`, `4:35 PM`
pub fn clock12(time: Time) -> String {
    let at = time.in_riyadh();
    let half = if at.hour() < 12 { msg::am() } else { msg::pm() };
    format!("{}:{:02} {half}", hour12(at.hour()), at.minute())
}

fn hour12(hour: i8) -> i8 {
    match hour % 12 {
        0 => 12,
        hour => hour,
    }
}

/// `16:35`
pub fn clock24(time: Time) -> String {
    let at = time.in_riyadh();
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// `16:35:07`, for running clocks.
pub fn clock24_seconds(time: Time) -> String {
    let at = time.in_riyadh();
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// A visit's window: `بين 9 و11 صباحًا`, `between 10 AM and 12 noon`.
pub fn slot(from: Time, to: Time) -> String {
    let (start, end) = (from.in_riyadh(), to.in_riyadh());
    if start.minute() != 0 || end.minute() != 0 {
        return msg::slot_exact(clock12(from), clock12(to));
    }
    let half = |hour: i8| match hour {
        0..=11 => "am",
        12 => "noon",
        _ => "pm",
    };
    // In Arabic 1 o'clock is still مساءً; 12 alone has a word of its own.
    let (a, b) = (half(start.hour()), half(end.hour()));
    let (x, y) = (hour12(start.hour()), hour12(end.hour()));
    if a == b || (a == "noon" && b == "pm") {
        msg::slot_same(x, y, msg::half(b))
    } else {
        msg::slot_across(x, msg::half(a), y, msg::half(b))
    }
}

/// `اليوم`, `غدًا`, `أمس`, or the date.
pub fn day(time: Time, now: Time) -> String {
    let (at, today) = (time.in_riyadh().date(), now.in_riyadh().date());
    let near = |days: i64, word: &str| {
        let shifted = today.checked_add(jiff::Span::new().days(days)).ok()?;
        (shifted == at).then(|| word.to_owned())
    };
    near(0, msg::today())
        .or_else(|| near(1, msg::tomorrow()))
        .or_else(|| near(-1, msg::yesterday()))
        .unwrap_or_else(|| date(time, now))
}

/// `الخميس 3 ديسمبر`, `Thursday 3 December`; the year only when it is not this one.
pub fn date(time: Time, now: Time) -> String {
    let at = time.in_riyadh();
    let weekday = msg::weekday(match at.weekday() {
        jiff::civil::Weekday::Sunday => "sun",
        jiff::civil::Weekday::Monday => "mon",
        jiff::civil::Weekday::Tuesday => "tue",
        jiff::civil::Weekday::Wednesday => "wed",
        jiff::civil::Weekday::Thursday => "thu",
        jiff::civil::Weekday::Friday => "fri",
        jiff::civil::Weekday::Saturday => "sat",
    });
    let month = msg::month(&format!("m{}", at.month()));
    if at.year() == now.in_riyadh().year() {
        msg::date(weekday, at.day(), month)
    } else {
        msg::date_with_year(weekday, at.day(), month, at.year())
    }
}

/// Day and time: `غدًا، 9:00 ص`. Staff read the 24-hour clock.
pub fn when(time: Time, now: Time) -> String {
    msg::day_and_time(day(time, now), clock(time))
}

/// `بعد 19 دقيقة`, `5 minutes ago`; beyond an hour the time, beyond today the day too. What is
/// to come is rounded up and what is past rounded down, so that nobody is told less than is true.
pub fn relative(time: Time, now: Time) -> String {
    let ms = time.as_millis() - now.as_millis();
    if ms.abs() <= HOUR_MS {
        let minutes = if ms > 0 {
            (ms + MINUTE_MS - 1) / MINUTE_MS
        } else {
            ms.abs() / MINUTE_MS
        };
        return match (ms > 0, minutes) {
            (_, 0) => msg::now().to_owned(),
            (true, n) => msg::in_minutes(n),
            (false, n) => msg::minutes_ago(n),
        };
    }
    if time.in_riyadh().date() == now.in_riyadh().date() {
        clock(time)
    } else {
        when(time, now)
    }
}

/// What a promise clock shows: `02:40`, `1:12:00`, `+06:12` once late, from two days `بعد يومين`.
pub fn left(ms: i64) -> String {
    if ms.abs() >= 2 * DAY_MS {
        let days = ms.abs() / DAY_MS;
        return if ms > 0 {
            msg::in_days(days)
        } else {
            msg::days_late(days)
        };
    }
    // The last second shows 00:01 until it is over; lateness shows from its first whole second.
    let (sign, seconds) = if ms >= 0 {
        ("", (ms + 999) / 1000)
    } else {
        ("+", -ms / 1000)
    };
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{sign}{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{sign}{minutes:02}:{seconds:02}")
    }
}

/// How long something takes: `20 دقيقة`, `ساعة و20 دقيقة`, `2 hours`.
pub fn duration(minutes: i64) -> String {
    let minutes = minutes.max(0);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => msg::minutes(minutes),
        (hours, 0) => msg::hours(hours),
        (hours, minutes) => msg::hours_and_minutes(msg::hours(hours), msg::minutes(minutes)),
    }
}
