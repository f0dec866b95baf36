use serde::{Deserialize, Serialize};
use std::fmt;

/// A Saudi mobile number in E.164 form: `+9665` and eight digits (FACTS §3). Landlines and
/// foreign numbers are refused. `Debug` masks all but the last four digits; `Display` is the
/// whole number and is for wires, never for logs.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a Saudi mobile number")]
pub struct NotAPhone;

impl Phone {
    /// Takes what people type: `05…`, `5…`, `9665…`, `009665…`, `+966 5…`, spaces, dashes,
    /// Arabic-Indic digits.
    pub fn parse(text: &str) -> Result<Self, NotAPhone> {
        if text.len() > 64 {
            return Err(NotAPhone);
        }
        let mut digits = String::with_capacity(14);
        for (index, c) in text.trim().chars().enumerate() {
            match c {
                '0'..='9' => digits.push(c),
                '٠'..='٩' => digits.push(arabic_digit(c, '٠')),
                '۰'..='۹' => digits.push(arabic_digit(c, '۰')),
                '+' if index == 0 => {}
                ' ' | '-' | '(' | ')' | '\u{200e}' | '\u{200f}' | '\u{202a}' | '\u{202c}' => {}
                _ => return Err(NotAPhone),
            }
        }
        let national = digits
            .strip_prefix("00966")
            .or_else(|| digits.strip_prefix("966"))
            .unwrap_or(&digits);
        let national = national.strip_prefix('0').unwrap_or(national);
        if national.len() == 9 && national.starts_with('5') {
            Ok(Self(format!("+966{national}")))
        } else {
            Err(NotAPhone)
        }
    }

    /// `+9665…`
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// `+9665•••4567`, for logs and for the other side of a job.
    pub fn masked(&self) -> String {
        format!("+9665••••{}", &self.0[self.0.len() - 4..])
    }
}

fn arabic_digit(c: char, zero: char) -> char {
    char::from(b'0' + (c as u32 - zero as u32) as u8)
}

impl TryFrom<String> for Phone {
    type Error = NotAPhone;
    fn try_from(text: String) -> Result<Self, NotAPhone> {
        Self::parse(&text)
    }
}
impl std::str::FromStr for Phone {
    type Err = NotAPhone;
    fn from_str(text: &str) -> Result<Self, NotAPhone> {
        Self::parse(text)
    }
}
impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0
    }
}
impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(feature = "server")]
crate::id::string_schema!(Phone, "A Saudi mobile number; `+9665…` and eight digits");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_type_becomes_one_number() {
        for text in [
            "0501234567",
            "501234567",
            "+966501234567",
            "00966 50 123 4567",
            "966-50-123-4567",
            "٠٥٠١٢٣٤٥٦٧",
            " +966 50 123 4567 ",
        ] {
            assert_eq!(
                Phone::parse(text).unwrap().e164(),
                "+966501234567",
                "{text}"
            );
        }
        for text in [
            "",
            "0112345678",
            "050123456",
            "05012345678",
            "+15551234567",
            "05o1234567",
        ] {
            assert_eq!(Phone::parse(text), Err(NotAPhone), "{text}");
        }
    }

    #[test]
    fn a_number_does_not_reach_a_log() {
        let phone = Phone::parse("0501234567").unwrap();
        assert_eq!(format!("{phone:?}"), "+9665••••4567");
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,80}") {
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert_eq!(phone.e164().len(), 13);
            }
        }
    }
}
