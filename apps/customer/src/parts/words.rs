//! Short pieces of language that several screens share.

use crate::msg;
use contract_bookings::slots::WINDOW;
use contract_catalog::Service;
use contract_sla::Promise;
use kernel::{Money, PLATFORM_FEE, Time};
use ui::format::{clock12, day, money, money_from};

/// `242.00 ر.س`, `SAR 242.00`: an amount inside a sentence.
pub fn sar(amount: Money) -> String {
    money(amount)
}

/// `90 ر.س`: a price things start from.
pub fn sar_from(amount: Money) -> String {
    money_from(amount)
}

/// The smallest total for one: what "from" says, everything inside.
pub fn least(service: &Service, visit: Money) -> Money {
    service.base + visit + PLATFORM_FEE
}

/// The two-hour window that begins at `slot`, with its day.
pub fn window(slot: Time, now: Time) -> String {
    msg::slot_window(day(slot, now), ui::format::slot(slot, slot + WINDOW))
}

/// When somebody comes, as promised.
pub fn promised_arrival(promise: &Promise, slot: Option<Time>, now: Time) -> String {
    match slot {
        Some(slot) => msg::promise_slot(window(slot, now), clock12(promise.arrive_by)),
        None => msg::promise_now(clock12(promise.arrive_by)),
    }
}

/// The given name: what customers call their technician by.
pub fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}

/// Up to two initials, apart so that Arabic letters don't join.
pub fn initials(name: &str) -> String {
    let mut letters = name
        .split_whitespace()
        .filter_map(|word| word.chars().next());
    let first = letters.next().map(String::from).unwrap_or_default();
    match letters.next_back() {
        Some(last) => format!("{first}\u{200c} {last}"),
        None => first,
    }
}
