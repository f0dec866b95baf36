//! The clock of a request (PDPL: 30 days to answer, 30 more with notice; FACTS §1).

use contract_privacy::{PrivacyFault, Urgency};
use jiff::SignedDuration;
use kernel::{Time, days, hours};

/// To answer; and how much longer it may take, once, where that is said.
pub(crate) const TIME_TO_ANSWER: SignedDuration = days(30);
/// Between two copies: gathering one reads everything.
pub(crate) const BETWEEN_EXPORTS: SignedDuration = hours(24);
pub(crate) const LONGEST_CORRECTION: u32 = 1000;
pub(crate) const LONGEST_ANSWER: u32 = 500;

/// How much of its time has passed, in percent; more than 100 once it is over.
fn passed_percent(received: Time, due: Time, now: Time) -> i64 {
    let whole = due.since(received).as_secs().max(1);
    now.since(received).as_secs().saturating_mul(100) / whole
}

pub(crate) fn urgency(received: Time, due: Time, now: Time) -> Urgency {
    match passed_percent(received, due, now) {
        ..50 => Urgency::Calm,
        50..80 => Urgency::Half,
        80..100 => Urgency::Late,
        _ => Urgency::Overdue,
    }
}

/// The last mark that staff are told of, in percent; 0 before the first.
pub(crate) fn mark(received: Time, due: Time, now: Time) -> i16 {
    match urgency(received, due, now) {
        Urgency::Calm => 0,
        Urgency::Half => 50,
        Urgency::Late => 80,
        Urgency::Overdue => 100,
    }
}

/// What was typed, without the spaces around it.
pub(crate) fn plain_text(typed: &str, most: u32) -> Result<&str, PrivacyFault> {
    let text = typed.trim();
    let control = |c: char| c.is_control() && c != '\n';
    if (1..=most as usize).contains(&text.chars().count()) && !text.chars().any(control) {
        Ok(text)
    } else {
        Err(PrivacyFault::BadText { most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::seconds;

    #[test]
    fn half_four_fifths_and_all_of_the_time_are_told() {
        let received = Time::from_millis(1_800_000_000_000);
        let due = received + TIME_TO_ANSWER;
        let at = |passed| urgency(received, due, received + passed);
        assert_eq!(at(SignedDuration::ZERO), Urgency::Calm);
        assert_eq!(at(days(15) - seconds(1)), Urgency::Calm);
        assert_eq!(at(days(15)), Urgency::Half);
        assert_eq!(at(days(24) - seconds(1)), Urgency::Half);
        assert_eq!(at(days(24)), Urgency::Late);
        assert_eq!(at(days(30) - seconds(1)), Urgency::Late);
        assert_eq!(at(days(30)), Urgency::Overdue);
        assert_eq!(mark(received, due, received + days(200)), 100);
        // Extended: the same day is earlier in its time.
        let longer = due + TIME_TO_ANSWER;
        assert_eq!(
            urgency(received, longer, received + days(29)),
            Urgency::Calm
        );
    }

    #[test]
    fn text_is_trimmed_counted_in_letters_and_has_no_control_characters() {
        assert_eq!(plain_text("  خطأ في اسمي ", 500), Ok("خطأ في اسمي"));
        assert!(plain_text("line\nline", 500).is_ok());
        assert!(plain_text(&"س".repeat(500), 500).is_ok());
        for bad in ["", " \n ", "a\u{7}b", &"س".repeat(501)] {
            assert_eq!(
                plain_text(bad, 500),
                Err(PrivacyFault::BadText { most: 500 }),
                "{bad:?}"
            );
        }
    }
}
