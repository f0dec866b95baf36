//! When a visit can be booked for: two-hour windows that customers are offered, and the wider
//! rule that a slot is accepted by. The app and the server share both.

use jiff::SignedDuration;
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use kernel::{RIYADH, Time, days as whole_days, hours};

/// A slot begins this long after the booking at the earliest.
pub const EARLIEST: SignedDuration = hours(2);
/// And this long after it at the latest.
pub const LATEST: SignedDuration = whole_days(30);
/// How long an offered window is: the technician comes within it.
pub const WINDOW: SignedDuration = hours(2);
/// The hours at which an offered window begins, in Riyadh; the last ends at 20:00.
pub const HOURS: [i8; 6] = [8, 10, 12, 14, 16, 18];

/// Whether a visit may begin then. Not only at the hours that are offered.
pub fn accepts(slot: Time, now: Time) -> bool {
    slot >= now + EARLIEST && slot <= now + LATEST
}

/// The days of Riyadh that still have a window, from today on.
pub fn days(now: Time) -> Vec<Date> {
    let today = now.in_riyadh().date();
    // The last one can begin on the thirtieth day after today.
    (0..=30)
        .filter_map(|n| today.checked_add(SignedDuration::from_hours(24 * n)).ok())
        .filter(|day| !starts(*day, now).is_empty())
        .collect()
}

/// The beginnings of that day's windows that can be booked now.
pub fn starts(day: Date, now: Time) -> Vec<Time> {
    HOURS
        .iter()
        .filter_map(|hour| {
            let moment = day.to_datetime(time(*hour, 0, 0, 0));
            TimeZone::fixed(RIYADH).to_timestamp(moment).ok()
        })
        .map(Time::from_jiff)
        .filter(|start| accepts(*start, now))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn the_windows_of_a_day() {
        // 09:00 in Riyadh: the window of 10:00 is too near, 12:00 is not.
        let now = at("2026-12-06T06:00:00Z");
        let today = now.in_riyadh().date();
        assert_eq!(
            starts(today, now),
            [
                at("2026-12-06T09:00:00Z"),
                at("2026-12-06T11:00:00Z"),
                at("2026-12-06T13:00:00Z"),
                at("2026-12-06T15:00:00Z"),
            ]
        );
        assert_eq!(starts(today.tomorrow().unwrap(), now).len(), 6);
    }

    #[test]
    fn the_days_that_can_be_chosen() {
        // In the evening today has nothing left, and the thirtieth day has only its morning.
        let now = at("2026-12-06T16:00:00Z");
        let offered = days(now);
        assert_eq!(offered.len(), 30);
        assert_eq!(offered[0], jiff::civil::date(2026, 12, 7));
        assert_eq!(offered[29], jiff::civil::date(2027, 1, 5));
        // After midnight in Riyadh the day is already the next one.
        let now = at("2026-12-06T21:30:00Z");
        assert_eq!(days(now)[0], jiff::civil::date(2026, 12, 7));
        assert_eq!(starts(days(now)[0], now).len(), 6);
    }

    #[test]
    fn every_offered_window_is_accepted() {
        for hour in 0..48 {
            let now = at("2026-12-06T00:17:00Z") + hours(hour);
            for day in days(now) {
                for start in starts(day, now) {
                    assert!(accepts(start, now));
                }
            }
        }
        let now = at("2026-12-06T00:00:00Z");
        assert!(accepts(now + hours(2), now) && accepts(now + whole_days(30), now));
        assert!(!accepts(now + hours(2) + kernel::millis(-1), now));
        assert!(!accepts(now + whole_days(30) + kernel::millis(1), now));
    }
}
