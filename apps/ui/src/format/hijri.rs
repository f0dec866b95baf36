//! The Umm al-Qura calendar as a second, quiet line. Its months are announced, not computed: the
//! published table of 1445–1464 AH (July 2023 to October 2042), one bit a month, in place of a
//! calendar library that would weigh more than a screen. Outside the table there is no line.

use crate::msg;
use kernel::Time;

/// 1 Muharram 1445 AH: 19 July 2023, in days since 1970.
const FIRST_DAY: i64 = 19_557;
const FIRST_YEAR: i64 = 1445;
/// Bit `m` set: month `m + 1` has 30 days, else 29.
const LONG_MONTHS: [u16; 20] = [
    0x92e, 0x26e, 0x55d, 0xada, 0x6d4, 0x6a5, 0xb27, 0xa4d, 0x4ad, 0x56d, 0xb5a, 0x754, 0xf49,
    0xe92, 0xd26, 0xa56, 0x356, 0x6b5, 0xbaa, 0xb92,
];

/// Year, month and day in Riyadh; `None` outside the table.
pub fn hijri_of(time: Time) -> Option<(i64, u8, u8)> {
    let riyadh_ms = time.as_millis() + 3 * 3_600_000;
    let mut day = riyadh_ms.div_euclid(86_400_000) - FIRST_DAY;
    if day < 0 {
        return None;
    }
    for (year, months) in (FIRST_YEAR..).zip(LONG_MONTHS) {
        for month in 0..12_u8 {
            let length = 29 + i64::from(months >> month & 1);
            if day < length {
                return Some((year, month + 1, day as u8 + 1));
            }
            day -= length;
        }
    }
    None
}

/// `23 جمادى الآخرة 1448هـ`; empty outside the table.
pub fn hijri(time: Time) -> String {
    hijri_of(time).map_or_else(String::new, |(year, month, day)| {
        msg::hijri_date(day, msg::hijri_month(&format!("m{month}")), year)
    })
}
