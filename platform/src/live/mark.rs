use std::fmt;
use std::str::FromStr;

/// A place in a stream: Redis's `<milliseconds>-<number>`, in the stream's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    ms: u64,
    number: u64,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.number)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a stream")]
pub struct NoMark;

impl FromStr for Mark {
    type Err = NoMark;
    fn from_str(text: &str) -> Result<Self, NoMark> {
        let digits = |part: &str| -> Option<u64> {
            let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| part.parse().ok()).flatten()
        };
        let (ms, number) = text.split_once('-').ok_or(NoMark)?;
        Ok(Self {
            ms: digits(ms).ok_or(NoMark)?,
            number: digits(number).ok_or(NoMark)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_survives_its_text_and_is_ordered_by_number() {
        let mark: Mark = "1700000000000-12".parse().unwrap();
        assert_eq!(mark.to_string(), "1700000000000-12");
        assert!(mark > "1700000000000-9".parse().unwrap());
        assert!(mark < "1700000000001-0".parse().unwrap());
        for text in ["", "-", "1", "1-", "+1-2", "1-2-3", "x-1", "(1-2", "$"] {
            assert_eq!(text.parse::<Mark>(), Err(NoMark), "{text}");
        }
    }
}
