use serde::{Deserialize, Serialize};

/// What becomes of a payment with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A challenge, then approved if the cardholder approves.
    Pays,
    /// Approved without a challenge.
    Frictionless,
    /// Declined with code 51.
    InsufficientFunds,
    /// Declined with code 05.
    DoNotHonour,
    /// The challenge fails whatever the cardholder does.
    ChallengeFails,
    /// Not in the table.
    NotATestCard,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct TestCard {
    pub number: &'static str,
    pub company: &'static str,
    pub verdict: Verdict,
    pub label_ar: &'static str,
    pub label_en: &'static str,
}

const fn card(
    number: &'static str,
    company: &'static str,
    verdict: Verdict,
    label_ar: &'static str,
    label_en: &'static str,
) -> TestCard {
    TestCard {
        number,
        company,
        verdict,
        label_ar,
        label_en,
    }
}

/// Moyasar's test cards (FACTS §2). Any other card fails.
pub const CARDS: &[TestCard] = &[
    card(
        "4201320111111010",
        "mada",
        Verdict::Pays,
        "تُقبل بعد التحقق",
        "Pays after the challenge",
    ),
    card(
        "4111111111111111",
        "visa",
        Verdict::Pays,
        "تُقبل بعد التحقق",
        "Pays after the challenge",
    ),
    card(
        "5421080101000000",
        "master",
        Verdict::Pays,
        "تُقبل بعد التحقق",
        "Pays after the challenge",
    ),
    card(
        "4111114005765430",
        "visa",
        Verdict::Frictionless,
        "تُقبل دون تحقق",
        "Pays without a challenge",
    ),
    card(
        "4201320000311101",
        "mada",
        Verdict::InsufficientFunds,
        "رصيد غير كافٍ (51)",
        "Insufficient funds (51)",
    ),
    card(
        "4201321234411220",
        "mada",
        Verdict::DoNotHonour,
        "يرفضها البنك (05)",
        "Do not honour (05)",
    ),
    card(
        "4111112205628150",
        "visa",
        Verdict::ChallengeFails,
        "يفشل التحقق",
        "3-D Secure fails",
    ),
];

/// The table's card, or one by its first digit that will fail.
pub(crate) fn look_up(number: &str) -> (&'static str, Verdict) {
    match CARDS.iter().find(|card| card.number == number) {
        Some(card) => (card.company, card.verdict),
        None => {
            let company = match number.as_bytes().first() {
                Some(b'5') => "master",
                Some(b'3') => "amex",
                _ => "visa",
            };
            (company, Verdict::NotATestCard)
        }
    }
}

/// Digits only, a card's length, and either a test card or a number that checks out (Luhn).
pub(crate) fn is_card_number(number: &str) -> bool {
    let digits = (12..=19).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    digits && (CARDS.iter().any(|card| card.number == number) || passes_luhn(number))
}

fn passes_luhn(number: &str) -> bool {
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match (place % 2, digit * 2) {
                (0, _) => digit,
                (_, doubled) if doubled > 9 => doubled - 9,
                (_, doubled) => doubled,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// `4201-32XX-XXXX-1010`.
pub(crate) fn masked(number: &str) -> String {
    let (head, tail) = (&number[..6], &number[number.len() - 4..]);
    format!("{}-{}XX-XXXX-{tail}", &head[..4], &head[4..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_checked_and_masked() {
        for (number, good) in [
            ("4111111111111111", true),
            ("4242424242424242", true),
            ("4242424242424241", false),
            ("4111", false),
            ("4111 1111 1111 1111", false),
        ] {
            assert_eq!(is_card_number(number), good, "{number}");
        }
        assert_eq!(masked("4201320111111010"), "4201-32XX-XXXX-1010");
        assert_eq!(look_up("4242424242424242"), ("visa", Verdict::NotATestCard));
    }
}
