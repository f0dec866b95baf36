//! What can be said of a card before the gateway sees it: whether the digits can be right, whose
//! they are, whether it is still good. Pure.

/// Whose card the first digits say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brand {
    Mada,
    Visa,
    Mastercard,
    Amex,
}

impl Brand {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mada => "mada",
            Self::Visa => "Visa",
            Self::Mastercard => "Mastercard",
            Self::Amex => "Amex",
        }
    }

    /// How many digits its numbers have.
    pub const fn digits(self) -> usize {
        match self {
            Self::Amex => 15,
            Self::Mada | Self::Visa | Self::Mastercard => 16,
        }
    }

    pub const fn cvc_digits(self) -> usize {
        match self {
            Self::Amex => 4,
            Self::Mada | Self::Visa | Self::Mastercard => 3,
        }
    }
}

/// First six digits that mada shares with Visa and Mastercard's ranges.
const MADA: [&str; 58] = [
    "400861", "401757", "406996", "407197", "407395", "409201", "410621", "410685", "412565",
    "417633", "419593", "420132", "422817", "422818", "422819", "428331", "428671", "428672",
    "428673", "431361", "432328", "434107", "439954", "440533", "440647", "440795", "445564",
    "446393", "446404", "446672", "455036", "455708", "457865", "457997", "458456", "462220",
    "468540", "468541", "468542", "468543", "474491", "483010", "483011", "483012", "484783",
    "486094", "486095", "486096", "489318", "489319", "493428", "504300", "521076", "524130",
    "588845", "588848", "588850", "604906",
];

pub fn brand(digits: &str) -> Option<Brand> {
    let prefix = |n: usize| digits.get(..n).and_then(|text| text.parse::<u32>().ok());
    if MADA.iter().any(|mada| digits.starts_with(mada)) {
        return Some(Brand::Mada);
    }
    match (prefix(1)?, prefix(2), prefix(4)) {
        (4, ..) => Some(Brand::Visa),
        (_, Some(34 | 37), _) => Some(Brand::Amex),
        (_, Some(51..=55), _) | (_, _, Some(2221..=2720)) => Some(Brand::Mastercard),
        _ => None,
    }
}

/// The digits of what was typed or pasted, in either script; at most `most`.
pub fn digits(text: &str, most: usize) -> String {
    text.chars()
        .filter_map(|c| match c {
            '0'..='9' => Some(c),
            '٠'..='٩' => char::from_digit(c as u32 - '٠' as u32, 10),
            '۰'..='۹' => char::from_digit(c as u32 - '۰' as u32, 10),
            _ => None,
        })
        .take(most)
        .collect()
}

/// In groups as on the plastic.
pub fn grouped(digits: &str) -> String {
    let amex = brand(digits) == Some(Brand::Amex);
    let mut out = String::with_capacity(digits.len() + 4);
    for (index, digit) in digits.chars().enumerate() {
        let gap = if amex {
            index == 4 || index == 10
        } else {
            index > 0 && index % 4 == 0
        };
        if gap {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// ISO/IEC 7812: the last digit checks the others.
pub fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            match (index % 2, digit * 2) {
                (0, _) => digit,
                (_, twice) if twice > 9 => twice - 9,
                (_, twice) => twice,
            }
        })
        .sum();
    digits.len() >= 13 && sum.is_multiple_of(10)
}

/// Month and year of `MM / YY`, where both are there and the month exists.
pub fn expiry(text: &str) -> Option<(u8, u16)> {
    let digits = digits(text, 6);
    let month: u8 = digits.get(..2)?.parse().ok()?;
    let year: u16 = match digits.len() {
        4 => 2000 + digits.get(2..)?.parse::<u16>().ok()?,
        6 => digits.get(2..)?.parse().ok()?,
        _ => return None,
    };
    (1..=12).contains(&month).then_some((month, year))
}

/// `12 / 30` while typing; a month past 1 is finished by its first digit.
pub fn expiry_typed(text: &str) -> String {
    let mut digits = digits(text, 6);
    // Autofill writes the year in full.
    if digits.len() == 6 && digits.get(2..4) == Some("20") {
        digits.replace_range(2..4, "");
    }
    digits.truncate(4);
    if digits.len() == 1 && digits.as_str() > "1" {
        digits.insert(0, '0');
    }
    match digits.split_at_checked(2) {
        Some((month, year)) if !year.is_empty() => format!("{month} / {year}"),
        _ => digits,
    }
}

/// A card is good to the end of its month.
pub fn expired((month, year): (u8, u16), now: (u8, u16)) -> bool {
    (year, month) < (now.1, now.0)
}
