use super::*;
use crate::i18n::with_lang;
use kernel::{Lang::Ar, Lang::En, Time};

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

/// Thursday 3 December 2026, 15:35 in Riyadh.
fn now() -> Time {
    at("2026-12-03T12:35:00Z")
}

#[test]
fn money_reads_as_people_write_it() {
    let halalas = Money::from_halalas;
    for (money, amount) in [
        (halalas(24_200), "242.00"),
        (halalas(124_205), "1,242.05"),
        (halalas(100_000_000), "1,000,000.00"),
        (halalas(-3_600), "−36.00"),
        (halalas(0), "0.00"),
        (halalas(5), "0.05"),
    ] {
        assert_eq!(money_amount(money), amount);
    }
    assert_eq!(money_short(halalas(9_000)), "90");
    assert_eq!(money_short(halalas(9_050)), "90.50");
    for (lang, money, text) in [
        (Ar, halalas(24_200), "242.00 ر.س"),
        (En, halalas(24_200), "SAR 242.00"),
        (Ar, halalas(-3_600), "\u{2066}−36.00\u{2069} ر.س"),
        (En, halalas(-3_600), "SAR \u{2066}−36.00\u{2069}"),
    ] {
        assert_eq!(with_lang(lang, || super::money(money)), text);
    }
    assert_eq!(with_lang(Ar, || money_from(halalas(9_000))), "90 ر.س");
}

#[test]
fn clocks_are_riyadhs() {
    for (time, ar, en, staff) in [
        ("2026-12-03T12:35:00Z", "3:35 م", "3:35 PM", "15:35"),
        ("2026-12-03T21:00:00Z", "12:00 ص", "12:00 AM", "00:00"),
        ("2026-12-03T09:05:00Z", "12:05 م", "12:05 PM", "12:05"),
        ("2026-12-03T06:00:00Z", "9:00 ص", "9:00 AM", "09:00"),
    ] {
        let time = at(time);
        assert_eq!(with_lang(Ar, || clock12(time)), ar);
        assert_eq!(with_lang(En, || clock12(time)), en);
        assert_eq!(clock24(time), staff);
    }
    assert_eq!(clock24_seconds(at("2026-12-03T12:35:07Z")), "15:35:07");
}

#[test]
fn windows_say_the_half_once() {
    for (from, to, ar, en) in [
        (6, 8, "بين 9 و11 صباحًا", "between 9 and 11 AM"),
        (7, 9, "بين 10 صباحًا و12 ظهرًا", "between 10 AM and 12 noon"),
        (9, 11, "بين 12 و2 مساءً", "between 12 and 2 PM"),
        (11, 13, "بين 2 و4 مساءً", "between 2 and 4 PM"),
    ] {
        let hour = |h: i32| at(&format!("2026-12-03T{h:02}:00:00Z"));
        assert_eq!(with_lang(Ar, || slot(hour(from), hour(to))), ar);
        assert_eq!(with_lang(En, || slot(hour(from), hour(to))), en);
    }
    let odd = with_lang(En, || {
        slot(at("2026-12-03T06:30:00Z"), at("2026-12-03T08:30:00Z"))
    });
    assert_eq!(odd, "between 9:30 AM and 11:30 AM");
}

#[test]
fn days_near_have_words() {
    for (time, ar, en) in [
        ("2026-12-03T00:00:00Z", "اليوم", "Today"),
        // 22:00 UTC is already tomorrow in Riyadh.
        ("2026-12-03T22:00:00Z", "غدًا", "Tomorrow"),
        ("2026-12-02T12:00:00Z", "أمس", "Yesterday"),
        ("2026-12-06T12:00:00Z", "الأحد 6 ديسمبر", "Sunday 6 December"),
        (
            "2027-01-02T12:00:00Z",
            "السبت 2 يناير 2027",
            "Saturday 2 January 2027",
        ),
    ] {
        assert_eq!(with_lang(Ar, || day(at(time), now())), ar);
        assert_eq!(with_lang(En, || day(at(time), now())), en);
    }
    assert_eq!(
        with_lang(Ar, || date(now(), now())),
        "الخميس 3 ديسمبر",
        "a date says its day even today"
    );
}

#[test]
fn relative_up_to_an_hour_then_the_time() {
    for (seconds, ar, en) in [
        (0, "الآن", "now"),
        (-30, "الآن", "now"),
        (30, "بعد دقيقة", "in a minute"),
        (61, "بعد دقيقتين", "in 2 minutes"),
        (180, "بعد 3 دقائق", "in 3 minutes"),
        (19 * 60, "بعد 19 دقيقة", "in 19 minutes"),
        (18 * 60 + 40, "بعد 19 دقيقة", "in 19 minutes"),
        (-5 * 60, "قبل 5 دقائق", "5 minutes ago"),
        (-119, "قبل دقيقة", "a minute ago"),
        (3600, "بعد 60 دقيقة", "in 60 minutes"),
        (2 * 3600, "5:35 م", "5:35 PM"),
        (24 * 3600, "غدًا، 3:35 م", "Tomorrow, 3:35 PM"),
    ] {
        let time = now() + kernel::seconds(seconds);
        assert_eq!(with_lang(Ar, || relative(time, now())), ar);
        assert_eq!(with_lang(En, || relative(time, now())), en);
    }
}

#[test]
fn what_is_left_and_what_is_late() {
    for (ms, ar, en) in [
        (160_000, "02:40", "02:40"),
        (159_001, "02:40", "02:40"),
        (1, "00:01", "00:01"),
        (0, "00:00", "00:00"),
        (-999, "+00:00", "+00:00"),
        (-372_000, "+06:12", "+06:12"),
        (4_320_000, "1:12:00", "1:12:00"),
        (26 * 3_600_000, "26:00:00", "26:00:00"),
        (48 * 3_600_000, "بعد يومين", "in 2 days"),
        (72 * 3_600_000, "بعد 3 أيام", "in 3 days"),
        (-48 * 3_600_000, "متأخّر يومين", "2 days late"),
    ] {
        assert_eq!(with_lang(Ar, || left(ms)), ar);
        assert_eq!(with_lang(En, || left(ms)), en);
    }
}

#[test]
fn arabic_agrees_with_its_numbers() {
    for (minutes, ar, en) in [
        (0, "أقل من دقيقة", "less than a minute"),
        (1, "دقيقة", "1 minute"),
        (2, "دقيقتان", "2 minutes"),
        (3, "3 دقائق", "3 minutes"),
        (11, "11 دقيقة", "11 minutes"),
        (60, "ساعة", "1 hour"),
        (80, "ساعة و20 دقيقة", "1 hour 20 minutes"),
        (120, "ساعتان", "2 hours"),
        (185, "3 ساعات و5 دقائق", "3 hours 5 minutes"),
    ] {
        assert_eq!(with_lang(Ar, || duration(minutes)), ar);
        assert_eq!(with_lang(En, || duration(minutes)), en);
    }
}

#[test]
fn distances_phones_and_digits() {
    for (m, ar, en) in [
        (4.0, "4 م", "4 m"),
        (343.0, "340 م", "340 m"),
        (950.0, "950 م", "950 m"),
        (951.0, "1.0 كم", "1.0 km"),
        (4_234.0, "4.2 كم", "4.2 km"),
        (12_960.0, "13.0 كم", "13.0 km"),
    ] {
        assert_eq!(with_lang(Ar, || distance(m)), ar);
        assert_eq!(with_lang(En, || distance(m)), en);
    }
    for (wire, read) in [
        ("+966501234567", "+966 50 123 4567"),
        ("+9665••••4567", "+966 5• ••• 4567"),
        ("911", "911"),
    ] {
        assert_eq!(phone(wire), read);
    }
    assert_eq!(latin_digits("٠٥٠ ۱۲۳ 4٫5"), "050 123 4.5");
    assert_eq!(digits("٤٧-21 "), "4721");
}

#[test]
fn files_have_a_size_that_can_be_imagined() {
    for (n, ar, en) in [
        (0, "1 كيلوبايت", "1 kB"),
        (1_001, "2 كيلوبايت", "2 kB"),
        (998_500, "999 كيلوبايت", "999 kB"),
        (999_001, "1.0 ميغابايت", "1.0 MB"),
        (4_240_000, "4.2 ميغابايت", "4.2 MB"),
    ] {
        assert_eq!(with_lang(Ar, || bytes(n)), ar);
        assert_eq!(with_lang(En, || bytes(n)), en);
    }
}

#[test]
fn hijri_follows_the_published_table() {
    for (time, expected) in [
        ("2023-07-19T12:00:00Z", Some((1445, 1, 1))),
        ("2025-06-26T12:00:00Z", Some((1447, 1, 1))),
        ("2026-02-18T12:00:00Z", Some((1447, 9, 1))),
        ("2026-03-20T12:00:00Z", Some((1447, 10, 1))),
        ("2026-12-03T12:00:00Z", Some((1448, 6, 23))),
        ("2027-02-08T12:00:00Z", Some((1448, 9, 1))),
        ("2030-01-01T12:00:00Z", Some((1451, 8, 26))),
        // The civil day of Riyadh begins at 21:00 UTC.
        ("2026-02-17T21:00:00Z", Some((1447, 9, 1))),
        ("2023-07-18T12:00:00Z", None),
        ("2050-01-01T12:00:00Z", None),
    ] {
        assert_eq!(hijri_of(at(time)), expected, "{time}");
    }
    let time = at("2026-12-03T12:00:00Z");
    assert_eq!(with_lang(Ar, || hijri(time)), "23 جمادى الآخرة 1448هـ");
    assert_eq!(
        with_lang(En, || hijri(time)),
        "23 Jumada al-Akhirah 1448 AH"
    );
}
