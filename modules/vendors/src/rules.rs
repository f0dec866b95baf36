//! What makes a registration, a bank account or a week valid: pure (FACTS §5).

use contract_vendors::{EnrolTechnician, EnrolVendor, VendorFault};
use kernel::{Text, Time};

/// A confirmation of the commercial register counts for a year (FACTS §1).
pub const KYC_DAYS: i64 = 365;
/// Where a new technician's quality starts: the mean a rating is drawn towards.
pub const NEW_TECHNICIAN_QUALITY: f64 = 0.8;
/// A live shift nobody ended is ended after this many hours.
pub const MAX_LIVE_SHIFT_HOURS: i64 = 16;
/// Vendors wanted per category and zone (DOMAIN §4).
pub const DENSITY_TARGET: u32 = 3;

const MINUTES_A_DAY: i32 = 1440;
const MINUTES_A_WEEK: i32 = 7 * MINUTES_A_DAY;
/// The longest shift that can be planned.
const MAX_SHIFT_MINUTES: u16 = 16 * 60;
const MAX_COMMISSION_BASIS_POINTS: u32 = 5000;

/// National ID or residence permit (Iqama): ten digits, first 1 or 2, Luhn.
pub fn is_national_id(text: &str) -> bool {
    is_digits(text, 10) && matches!(text.as_bytes()[0], b'1' | b'2') && luhn(text)
}

/// Unified number of the commercial register: ten digits, first 7.
pub fn is_unified_number(text: &str) -> bool {
    is_digits(text, 10) && text.starts_with('7')
}

/// VAT registration: fifteen digits, first and last 3.
pub fn is_vat_number(text: &str) -> bool {
    is_digits(text, 15) && text.starts_with('3') && text.ends_with('3')
}

/// Tax identification: ten digits, first 3.
pub fn is_tin(text: &str) -> bool {
    is_digits(text, 10) && text.starts_with('3')
}

/// A Saudi IBAN without spaces: `SA`, two check digits, two of the bank, eighteen of the
/// account; the whole is 1 modulo 97 (ISO 13616).
pub fn is_iban(text: &str) -> bool {
    text.strip_prefix("SA")
        .is_some_and(|rest| is_digits(rest, 22) && iban_remainder(&rest[2..], &rest[..2]) == 1)
}

/// An IBAN as it is typed, in groups and small letters, if it is one ([`is_iban`]): without spaces.
pub fn typed_iban(typed: &str) -> Option<String> {
    let plain: String = typed
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    is_iban(&plain).then_some(plain)
}

/// The IBAN of an account, its check digits worked out. `None` unless `account` is twenty
/// digits, bank first.
pub fn iban_of(account: &str) -> Option<String> {
    is_digits(account, 20).then(|| format!("SA{:02}{account}", 98 - iban_remainder(account, "00")))
}

/// `account`, then `SA` as 28 10, then the check digits, modulo 97.
fn iban_remainder(account: &str, check: &str) -> u32 {
    account
        .bytes()
        .chain("2810".bytes())
        .chain(check.bytes())
        .fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97)
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(digit - b'0') << (index % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

/// Checks a vendor's fields; the first at fault is named.
pub fn check_vendor(command: &EnrolVendor) -> Result<(), VendorFault> {
    check_name(&command.name)?;
    if !is_name(&command.owner_name) {
        return Err(VendorFault::BadName);
    }
    if !matches!(command.kind.as_str(), "company" | "freelancer") {
        return Err(VendorFault::BadKind);
    }
    if !is_unified_number(&command.registration) {
        return Err(VendorFault::BadRegistration);
    }
    if command
        .vat_number
        .as_deref()
        .is_some_and(|text| !is_vat_number(text))
    {
        return Err(VendorFault::BadVatNumber);
    }
    if !is_iban(&command.iban) {
        return Err(VendorFault::BadIban);
    }
    if !matches!(command.tier.as_str(), "basic" | "growth" | "premium") {
        return Err(VendorFault::BadTier);
    }
    if command.commission_basis_points > MAX_COMMISSION_BASIS_POINTS {
        return Err(VendorFault::BadCommission);
    }
    if command.categories.is_empty() {
        return Err(VendorFault::NoCategories);
    }
    if command.zones.is_empty() {
        return Err(VendorFault::NoZones);
    }
    Ok(())
}

/// Checks a technician's fields; the first at fault is named.
pub fn check_technician(command: &EnrolTechnician) -> Result<(), VendorFault> {
    check_name(&command.name)?;
    if command.skills.is_empty() {
        return Err(VendorFault::NoSkills);
    }
    let fits = |(start, end): (u16, u16)| {
        i32::from(start) < MINUTES_A_DAY && end > start && end - start <= MAX_SHIFT_MINUTES
    };
    if command.week.iter().flatten().all(|shift| fits(*shift)) {
        Ok(())
    } else {
        Err(VendorFault::BadWeek)
    }
}

fn check_name(name: &Text) -> Result<(), VendorFault> {
    if is_name(&name.ar) && is_name(&name.en) {
        Ok(())
    } else {
        Err(VendorFault::BadName)
    }
}

/// What identity takes as a person's name, too.
fn is_name(text: &str) -> bool {
    (1..=80).contains(&text.trim().chars().count())
}

/// A week of shifts (Sunday first, minutes after midnight, past midnight beyond 1440) as spans
/// of minutes since Sunday 00:00: sorted, touching ones joined, repeated a week before and after.
pub fn covered(week: &[Option<(u16, u16)>; 7]) -> Vec<(i32, i32)> {
    let mut spans: Vec<(i32, i32)> = [-MINUTES_A_WEEK, 0, MINUTES_A_WEEK]
        .into_iter()
        .flat_map(|shift| {
            (0..).zip(week).filter_map(move |(day, hours)| {
                let (start, end) = (*hours)?;
                let midnight = shift + day * MINUTES_A_DAY;
                Some((midnight + i32::from(start), midnight + i32::from(end)))
            })
        })
        .collect();
    spans.sort_unstable();
    let mut joined: Vec<(i32, i32)> = Vec::with_capacity(spans.len());
    for (start, end) in spans {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// Spans in PostgreSQL's text for an `int4multirange`.
pub fn multirange(spans: &[(i32, i32)]) -> String {
    let spans: Vec<String> = spans
        .iter()
        .map(|(start, end)| format!("[{start},{end})"))
        .collect();
    format!("{{{}}}", spans.join(","))
}

/// A visit as minutes since Sunday 00:00 in Riyadh: `from` rounded down, `until` up. `None` for
/// a visit that ends before it begins or lasts a week and more; nobody's shift covers it.
pub fn visit_minutes(from: Time, until: Time) -> Option<(i32, i32)> {
    let length_ms = until.since(from).as_millis();
    if !(0..i128::from(MINUTES_A_WEEK) * 60_000).contains(&length_ms) {
        return None;
    }
    let local = from.in_riyadh();
    let day = i32::from(local.weekday().to_sunday_zero_offset());
    let start = day * MINUTES_A_DAY + i32::from(local.hour()) * 60 + i32::from(local.minute());
    let into_minute_ms = from.as_millis().rem_euclid(60_000);
    // Fits: less than a week and a minute.
    let length = (length_ms as i64 + into_minute_ms).div_euclid(60_000)
        + i64::from((length_ms as i64 + into_minute_ms) % 60_000 > 0);
    Some((start, start + (length as i32).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn vectors_of_the_registers() {
        for (check, text, good) in [
            (is_national_id as fn(&str) -> bool, "1000000008", true),
            (is_national_id, "1000000000", false),
            (is_national_id, "3000000008", false),
            (is_national_id, "100000000", false),
            (is_unified_number, "7001234567", true),
            (is_unified_number, "1010123456", false),
            (is_unified_number, "70012345٦٧", false),
            (is_vat_number, "310122393500003", true),
            (is_vat_number, "310122393500004", false),
            (is_vat_number, "31012239350003", false),
            (is_tin, "3101223935", true),
            (is_tin, "7101223935", false),
            (is_iban, "SA0380000000608010167519", true),
            (is_iban, "SA0380000000608010167518", false),
            (is_iban, "SA03 8000 0000 6080 1016 7519", false),
            (is_iban, "GB29NWBK60161331926819", false),
            (is_iban, "", false),
        ] {
            assert_eq!(check(text), good, "{text}");
        }
        assert_eq!(
            iban_of("80000000608010167519").unwrap(),
            "SA0380000000608010167519"
        );
        assert_eq!(iban_of("8000000060801016751"), None);
    }

    #[test]
    fn an_iban_is_typed_in_groups_and_small_letters() {
        let plain = Some("SA0380000000608010167519".to_owned());
        for typed in [
            "SA0380000000608010167519",
            " SA03 8000 0000 6080 1016 7519\n",
            "sa03\u{a0}80000000 608010167519",
        ] {
            assert_eq!(typed_iban(typed), plain, "{typed}");
        }
        for typed in [
            "",
            "SA",
            "SA03-8000-0000-6080-1016-7519",
            "SA03 8000 0000 6080 1016 7518",
            "SA038000000060801016751٩",
        ] {
            assert_eq!(typed_iban(typed), None, "{typed}");
        }
    }

    const NIGHTS: [Option<(u16, u16)>; 7] = [
        Some((480, 960)),
        None,
        None,
        None,
        None,
        None,
        // Saturday 22:00 until Sunday 06:00.
        Some((1320, 1800)),
    ];

    #[test]
    fn a_week_runs_round() {
        let spans = covered(&NIGHTS);
        // The Saturday night of the week before reaches Sunday 06:00; then Sunday's own shift.
        assert!(
            spans.contains(&(-120, 360)) && spans.contains(&(480, 960)),
            "{spans:?}"
        );
        assert_eq!(
            multirange(&[(-120, 360), (480, 960)]),
            "{[-120,360),[480,960)}"
        );
        assert_eq!(multirange(&[]), "{}");
        // Shifts that touch are one.
        let all_day = [Some((0, 1440)); 7];
        assert_eq!(
            covered(&all_day),
            vec![(-MINUTES_A_WEEK, 2 * MINUTES_A_WEEK)]
        );
    }

    #[test]
    fn visits_in_riyadh_minutes() {
        let at = |text: &str| text.parse::<Time>().unwrap();
        for (from, until, minutes) in [
            // Sunday 09:00 to 10:30 in Riyadh.
            (
                "2026-12-06T06:00:00Z",
                "2026-12-06T07:30:00Z",
                Some((540, 630)),
            ),
            // Saturday 23:30 to Sunday 00:30: the end runs past the week.
            (
                "2026-12-05T20:30:00Z",
                "2026-12-05T21:30:00Z",
                Some((10_050, 10_110)),
            ),
            // Seconds widen the visit on both sides.
            (
                "2026-12-06T06:00:30Z",
                "2026-12-06T06:59:31Z",
                Some((540, 600)),
            ),
            (
                "2026-12-06T06:00:30Z",
                "2026-12-06T07:00:30Z",
                Some((540, 601)),
            ),
            // No length still needs somebody there.
            (
                "2026-12-06T06:00:00Z",
                "2026-12-06T06:00:00Z",
                Some((540, 541)),
            ),
            ("2026-12-06T06:00:00Z", "2026-12-06T05:00:00Z", None),
            ("2026-12-06T06:00:00Z", "2026-12-13T06:00:00Z", None),
        ] {
            assert_eq!(
                visit_minutes(at(from), at(until)),
                minutes,
                "{from} {until}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_made_iban_is_valid_and_one_wrong_digit_is_not(account in "[0-9]{20}", place in 4_usize..24, step in 1_u8..10) {
            let iban = iban_of(&account).unwrap();
            prop_assert!(is_iban(&iban), "{}", iban);
            let mut wrong = iban.into_bytes();
            wrong[place] = (wrong[place] - b'0' + step) % 10 + b'0';
            prop_assert!(!is_iban(std::str::from_utf8(&wrong).unwrap()));
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,30}") {
            for check in [is_national_id, is_unified_number, is_vat_number, is_tin, is_iban] {
                check(&text);
            }
            if let Some(iban) = typed_iban(&text) {
                prop_assert_eq!(typed_iban(&iban), Some(iban.clone()));
            }
        }

        #[test]
        fn a_minute_is_covered_just_when_a_shift_of_the_week_has_it(
            week in prop::array::uniform7(prop::option::of((0_u16..1440, 1_u16..=960))),
            minute in 0..MINUTES_A_WEEK,
        ) {
            let week = week.map(|shift| shift.map(|(start, length)| (start, start + length)));
            let spans = covered(&week);
            prop_assert!(spans.windows(2).all(|pair| pair[0].1 < pair[1].0));
            let inside = spans.iter().any(|(start, end)| (*start..*end).contains(&minute));
            let by_hand = (0..7).any(|day: i32| {
                week[day as usize].is_some_and(|(start, end)| {
                    [0, MINUTES_A_WEEK].iter().any(|later| {
                        let into_day = minute + later - day * MINUTES_A_DAY;
                        (i32::from(start)..i32::from(end)).contains(&into_day)
                    })
                })
            });
            prop_assert_eq!(inside, by_hand);
        }
    }
}
