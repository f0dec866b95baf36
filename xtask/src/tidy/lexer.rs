//! Just enough of Rust's grammar to tell code, comments and string literals apart.

use std::ops::Range;

/// A string literal, as written (escapes untouched).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) in_test: bool,
}

/// A Rust file taken apart. `code` and `comments` have the length and the lines of the file, with
/// everything else blanked out.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) code: String,
    pub(crate) comments: String,
    pub(crate) literals: Vec<Literal>,
    test_ranges: Vec<Range<usize>>,
}

impl Source {
    pub(crate) fn parse(text: &str) -> Source {
        let mut lexer = Lexer::new(text);
        lexer.run();
        // Blanking replaces whole characters by ASCII spaces, so both are valid text.
        let code = String::from_utf8_lossy(&lexer.code).into_owned();
        let comments = String::from_utf8_lossy(&lexer.comments).into_owned();
        let test_ranges = test_ranges(&code);
        let in_test = |at: usize| test_ranges.iter().any(|range| range.contains(&at));
        let literals = lexer
            .literals
            .iter()
            .map(|range| Literal {
                line: line_of(text, range.start),
                text: text[range.clone()].to_owned(),
                in_test: in_test(range.start),
            })
            .collect();
        Source {
            code,
            comments,
            literals,
            test_ranges,
        }
    }

    /// Lines where `word` stands in the code by itself, and whether that is in a `cfg(test)` item.
    pub(crate) fn uses(&self, word: &str) -> Vec<(usize, bool)> {
        words(&self.code, word)
            .map(|at| {
                let in_test = self.test_ranges.iter().any(|range| range.contains(&at));
                (line_of(&self.code, at), in_test)
            })
            .collect()
    }
}

/// Offsets where `word` occurs in `text` with no identifier character next to it.
pub(crate) fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let identifier =
        |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let opens = identifier(word.as_bytes().first());
    let closes = identifier(word.as_bytes().last());
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| {
            let bytes = text.as_bytes();
            let before = at.checked_sub(1).and_then(|at| bytes.get(at));
            let after = bytes.get(at + word.len());
            !(opens && identifier(before) || closes && identifier(after))
        })
}

pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at]
        .iter()
        .filter(|b| **b == b'\n')
        .count()
        + 1
}

struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    code: Vec<u8>,
    comments: Vec<u8>,
    literals: Vec<Range<usize>>,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str) -> Self {
        let blank: Vec<u8> = text
            .bytes()
            .map(|byte| if byte == b'\n' { b'\n' } else { b' ' })
            .collect();
        Lexer {
            text: text.as_bytes(),
            at: 0,
            code: blank.clone(),
            comments: blank,
            literals: Vec::new(),
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn run(&mut self) {
        while self.at < self.text.len() {
            match self.peek(0) {
                b'/' if self.peek(1) == b'/' => self.line_comment(),
                b'/' if self.peek(1) == b'*' => self.block_comment(),
                b'"' => self.string(),
                b'\'' => self.quote(),
                byte if byte.is_ascii_alphabetic() || byte == b'_' => self.word(),
                _ => self.keep(1),
            }
        }
    }

    fn keep(&mut self, count: usize) {
        let end = (self.at + count).min(self.text.len());
        self.code[self.at..end].copy_from_slice(&self.text[self.at..end]);
        self.at = end;
    }

    fn comment_until(&mut self, end: usize) {
        self.comments[self.at..end].copy_from_slice(&self.text[self.at..end]);
        self.at = end;
    }

    fn line_comment(&mut self) {
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        self.comment_until(self.at + length);
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        let mut end = self.at;
        while end < self.text.len() {
            match self.text[end..] {
                [b'/', b'*', ..] => {
                    depth += 1;
                    end += 2;
                }
                [b'*', b'/', ..] => {
                    depth -= 1;
                    end += 2;
                    if depth == 0 {
                        break;
                    }
                }
                _ => end += 1,
            }
        }
        self.comment_until(end);
    }

    fn string(&mut self) {
        self.keep(1);
        let start = self.at;
        while self.at < self.text.len() && self.peek(0) != b'"' {
            self.at += if self.peek(0) == b'\\' { 2 } else { 1 };
        }
        self.at = self.at.min(self.text.len());
        self.literals.push(start..self.at);
        self.keep(1);
    }

    fn raw_string(&mut self, hashes: usize) {
        self.keep(hashes + 1);
        let start = self.at;
        let mut close = vec![b'"'];
        close.resize(hashes + 1, b'#');
        while self.at < self.text.len() && !self.text[self.at..].starts_with(&close) {
            self.at += 1;
        }
        self.literals.push(start..self.at);
        self.keep(hashes + 1);
    }

    /// A character, or the tick of a lifetime.
    fn quote(&mut self) {
        let rest = &self.text[self.at + 1..];
        let length = match rest.first() {
            Some(b'\\') => rest.iter().skip(2).position(|b| *b == b'\'').map(|n| n + 2),
            Some(byte) => {
                let width = match byte {
                    0..0xc0 => 1,
                    0xc0..0xe0 => 2,
                    0xe0..0xf0 => 3,
                    _ => 4,
                };
                (rest.get(width) == Some(&b'\'')).then_some(width)
            }
            None => None,
        };
        self.keep(1);
        if let Some(length) = length {
            self.at += length;
            self.keep(1);
        }
    }

    /// An identifier or keyword, or the prefix of a string.
    fn word(&mut self) {
        let rest = &self.text[self.at..];
        let length = rest
            .iter()
            .position(|b| !(b.is_ascii_alphanumeric() || *b == b'_'))
            .unwrap_or(rest.len());
        let raw = matches!(&rest[..length], b"r" | b"br" | b"cr");
        self.keep(length);
        if raw {
            let hashes = self.text[self.at..]
                .iter()
                .take_while(|b| **b == b'#')
                .count();
            if self.peek(hashes) == b'"' {
                self.raw_string(hashes);
            }
        }
    }
}

/// The bodies that follow `#[cfg(test)]`.
fn test_ranges(code: &str) -> Vec<Range<usize>> {
    code.match_indices("#[cfg(test)]")
        .filter_map(|(start, attribute)| {
            let after = start + attribute.len();
            let open = after + code[after..].find(['{', ';'])?;
            let mut depth = 0_usize;
            for (at, byte) in code.bytes().enumerate().skip(open) {
                match byte {
                    b';' if depth == 0 => return Some(start..at),
                    b'{' => depth += 1,
                    b'}' if depth <= 1 => return Some(start..at),
                    b'}' => depth -= 1,
                    _ => {}
                }
            }
            Some(start..code.len())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_comments_and_strings_are_told_apart() {
        let source = Source::parse(
            "let a = \"x // y\"; // dbg!(1)\n/* unsafe /* nested */ */ let b = r#\"q\"q\"#;\n\
             let c = '\"'; let d: &'static str = b\"\\\"z\"; let e = 'س'; dbg!(e);\n",
        );
        let literals: Vec<&str> = source.literals.iter().map(|l| l.text.as_str()).collect();
        assert_eq!(literals, ["x // y", "q\"q", "\\\"z"]);
        assert_eq!(source.literals[1].line, 2);
        assert_eq!(source.uses("dbg!"), [(3, false)]);
        assert_eq!(source.uses("unsafe"), []);
        assert!(source.comments.contains("nested"));
        assert!(source.code.contains("&'static str"));
    }

    #[test]
    fn test_modules_are_known() {
        let source = Source::parse(
            "fn a() { now(); }\n#[cfg(test)]\nmod tests {\n fn b() { now(); }\n}\nfn c() { now(); }\n",
        );
        assert_eq!(source.uses("now"), [(1, false), (4, true), (6, false)]);
    }

    #[test]
    fn words_stand_alone() {
        assert_eq!(words("unsafe_code unsafe", "unsafe").count(), 1);
        assert_eq!(
            words("Instant::now() MyInstant::now()", "Instant::now").count(),
            1
        );
    }
}
