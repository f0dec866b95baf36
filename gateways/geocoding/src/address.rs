use serde::{Deserialize, Serialize};

/// A street address. What the source does not know is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub source: AddressSource,
    /// The whole of it in one line, in the language asked for.
    pub line: String,
    pub building_number: Option<String>,
    pub street: Option<String>,
    pub district: Option<String>,
    pub city: Option<String>,
    pub postcode: Option<String>,
    /// The national address's four further digits.
    pub additional_number: Option<String>,
    /// `RRRD2929`: four letters and four digits.
    pub short_address: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressSource {
    NationalAddress,
    /// © OpenStreetMap contributors.
    Nominatim,
}

/// Whether the text is a short national address: `^[A-Z]{4}[0-9]{4}$`.
pub fn is_short_address(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 8
        && bytes[..4].iter().all(u8::is_ascii_uppercase)
        && bytes[4..].iter().all(u8::is_ascii_digit)
}

/// Trimmed, and `None` when nothing is left.
pub(crate) fn filled(text: Option<String>) -> Option<String> {
    let text = text?;
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_address_is_four_capitals_and_four_digits() {
        for (text, good) in [
            ("RRRD2929", true),
            ("rrrd2929", false),
            ("RRR12929", false),
            ("RRRD292", false),
            ("RRRD29299", false),
            ("RRRD٢٩٢٩", false),
            ("رررد2929", false),
            ("RRRD2929\n", false),
            ("", false),
        ] {
            assert_eq!(is_short_address(text), good, "{text:?}");
        }
    }
}
