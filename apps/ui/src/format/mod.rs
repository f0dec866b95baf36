//! How numbers, money, times and places are written (DESIGN §6): Latin digits in both languages,
//! Riyadh's clock, Arabic that agrees with its numbers. All in the reader's language.
//!
//! A text node that holds only digits with a sign or groups of them ([`left`], [`phone`],
//! [`money_amount`]) belongs in an element of class `num`; inside a message it is isolated
//! already.

mod hijri;
mod time;

pub use hijri::{hijri, hijri_of};
pub use time::{
    clock, clock12, clock24, clock24_seconds, date, day, duration, left, relative, slot, when,
};

use crate::msg;
use kernel::{Lang, Money};

/// `1,242.05`, `−3.00`: no unit.
pub fn money_amount(money: Money) -> String {
    money.to_string()
}

/// For "from" prices: halalas only where there are some, `90`, `90.50`.
pub fn money_short(money: Money) -> String {
    let text = money.to_string();
    match text.strip_suffix(".00") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// The unit: `ر.س`, `SAR`.
pub fn currency() -> &'static str {
    msg::currency()
}

/// In a sentence: `242.00 ر.س`, `SAR 242.00`; a minus stays left of its digits.
pub fn money(money: Money) -> String {
    with_unit(money_amount(money))
}

/// In a sentence without needless halalas: `90 ر.س`.
pub fn money_from(money: Money) -> String {
    with_unit(money_short(money))
}

fn with_unit(amount: String) -> String {
    let amount = if amount.starts_with('−') {
        format!("\u{2066}{amount}\u{2069}")
    } else {
        amount
    };
    match crate::i18n::lang() {
        Lang::Ar => format!("{amount} {}", msg::currency()),
        Lang::En => format!("{} {amount}", msg::currency()),
    }
}

/// Metres to 950 by tens, then kilometres with one decimal: `340 م`, `4.2 كم`.
pub fn distance(metres: impl Into<f64>) -> String {
    let metres = metres.into().max(0.0);
    if metres <= 950.0 {
        let rounded = if metres < 10.0 {
            metres.round()
        } else {
            (metres / 10.0).round() * 10.0
        };
        msg::metres(format!("{rounded:.0}"))
    } else {
        msg::kilometres(format!("{:.1}", metres / 1000.0))
    }
}

/// The size of a file: `412 كيلوبايت`, `4.2 MB`; nothing is smaller than 1 kB.
pub fn bytes(n: u64) -> String {
    let kilobytes = n.div_ceil(1000).max(1);
    if kilobytes < 1000 {
        msg::kilobytes(kilobytes)
    } else {
        msg::megabytes(format!("{:.1}", n as f64 / 1e6))
    }
}

/// `+966501234567` as people read it: `+966 50 123 4567`. What is no such number stays as it is.
pub fn phone(text: &str) -> String {
    match text.strip_prefix("+966") {
        Some(rest) if rest.chars().count() == 9 => {
            let chars: Vec<char> = rest.chars().collect();
            let part = |range: std::ops::Range<usize>| chars[range].iter().collect::<String>();
            format!("+966 {} {} {}", part(0..2), part(2..5), part(5..9))
        }
        _ => text.to_owned(),
    }
}

/// Arabic-Indic (and Persian) digits and separators as Latin ones: what an input takes.
pub fn latin_digits(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '٠'..='٩' => char::from(b'0' + (c as u32 - '٠' as u32) as u8),
            '۰'..='۹' => char::from(b'0' + (c as u32 - '۰' as u32) as u8),
            '٫' => '.',
            '٬' => ',',
            c => c,
        })
        .collect()
}

/// Only the digits, Latin.
pub fn digits(text: &str) -> String {
    latin_digits(text)
        .chars()
        .filter(char::is_ascii_digit)
        .collect()
}

/// `4.8`
pub fn stars(value: f32) -> String {
    format!("{value:.1}")
}

/// `20%`; the sign is on the right in both languages.
pub fn percent(value: impl Into<f64>) -> String {
    format!("{:.0}%", value.into())
}

#[cfg(test)]
mod tests;
