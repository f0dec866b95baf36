//! One step from a good input to a bad one.

use crate::bend::bend;
use proptest::prelude::*;
use proptest::sample::Index;

/// Longer ones are not made longer still.
const LONGEST: usize = 32 * 1024;

/// Pieces that parsers stumble over.
pub(crate) const PIECES: [&[u8]; 18] = [
    b"\0",
    b"\\u0000",
    b"\"",
    b"\\",
    b"%00",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"[[[[[[[[",
    b"{}",
    b",",
    b";",
    b"=",
    b"-1",
    b"1e999",
    b"\r\n",
    b"9999999999999999999999",
    b"\xd9\xa0",
    b"\\ud800",
];

/// Numbers at the edges of what types hold.
const NUMBERS: [&str; 8] = [
    "0",
    "-1",
    "2147483648",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "1e308",
    "00",
];

#[derive(Debug, Clone)]
pub(crate) enum Change {
    Flip(Index, u8),
    Cut(Index),
    Remove(Index, Index),
    Insert(Index, Index),
    /// A stretch of it, so many times.
    Repeat(Index, Index, usize),
    Double,
    Mix(Index, Index),
    /// Another number in the place of one that stands there.
    Number(Index, Index),
    /// What JSON there is stays JSON, of another shape.
    Bend(Index, Index),
}

pub(crate) fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Flip(at, byte)),
        1 => at().prop_map(Change::Cut),
        1 => (at(), at()).prop_map(|(at, to)| Change::Remove(at, to)),
        1 => (at(), at()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        1 => (at(), at(), 2_usize..40).prop_map(|(at, to, times)| Change::Repeat(at, to, times)),
        1 => Just(Change::Double),
        1 => (at(), at()).prop_map(|(at, other)| Change::Mix(at, other)),
        1 => (at(), at()).prop_map(|(at, number)| Change::Number(at, number)),
        3 => (at(), at()).prop_map(|(at, how)| Change::Bend(at, how)),
    ]
}

impl Change {
    pub(crate) fn apply(&self, mut bytes: Vec<u8>, all: &[Vec<u8>]) -> Vec<u8> {
        let place = |at: &Index| at.index(bytes.len() + 1);
        let between = |one: &Index, other: &Index| {
            let (one, other) = (place(one), place(other));
            one.min(other)..one.max(other)
        };
        match self {
            Self::Flip(at, byte) => {
                let at = place(at);
                if let Some(old) = bytes.get_mut(at) {
                    *old ^= byte;
                }
            }
            Self::Cut(at) => {
                let at = place(at);
                bytes.truncate(at);
            }
            Self::Remove(at, to) => {
                let gone = between(at, to);
                bytes.drain(gone);
            }
            Self::Insert(at, piece) => {
                let at = place(at);
                bytes.splice(at..at, piece.get(&PIECES).iter().copied());
            }
            Self::Repeat(at, to, times) => {
                let part = between(at, to);
                let end = part.end;
                let more = bytes[part].repeat(*times);
                if bytes.len() + more.len() < LONGEST {
                    bytes.splice(end..end, more);
                }
            }
            Self::Double => {
                if bytes.len() < LONGEST / 2 {
                    bytes = bytes.repeat(2);
                }
            }
            Self::Mix(at, other) => {
                let at = place(at);
                bytes.truncate(at);
                let other = other.get(all);
                bytes.extend_from_slice(&other[other.len() / 2..]);
            }
            Self::Number(at, number) => {
                let numbers = numbers_in(&bytes);
                if !numbers.is_empty() {
                    let old = at.get(&numbers).clone();
                    bytes.splice(old, number.get(&NUMBERS).bytes());
                }
            }
            Self::Bend(at, how) => {
                if let Some(bent) = bend(&bytes, at, how) {
                    bytes = bent;
                }
            }
        }
        bytes
    }
}

/// Where digits stand beside each other.
fn numbers_in(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for run in bytes.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()) {
        if run[0].is_ascii_digit() {
            found.push(at..at + run.len());
        }
        at += run.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_where_they_stand() {
        assert_eq!(numbers_in(b"12,a345"), [0..2, 4..7]);
        assert!(numbers_in(b"").is_empty() && numbers_in(b"-e.").is_empty());
    }

    #[test]
    fn a_change_takes_any_input() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let inputs = prop::collection::vec(any::<u8>(), 0..40);
        let outcome = runner.run(&(inputs, change()), |(input, change)| {
            let all = [b"{\"a\":[1,2]}".to_vec(), Vec::new()];
            change.apply(input, &all);
            change.apply(all[0].clone(), &all);
            Ok(())
        });
        outcome.unwrap();
    }
}
