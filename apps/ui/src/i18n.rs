//! The reader's language. It is fixed for the life of a page (changing it loads the page again),
//! so words are plain strings.

use kernel::{Lang, Text};
use std::cell::Cell;
use std::fmt::{Display, Write};

thread_local! {
    static LANG: Cell<Option<Lang>> = const { Cell::new(None) };
}

/// The page's language.
pub fn lang() -> Lang {
    LANG.get().unwrap_or_else(|| {
        let lang = client::page().lang;
        LANG.set(Some(lang));
        lang
    })
}

/// Runs `f` with words in another language: tests, and samples of the other language.
pub fn with_lang<T>(lang: Lang, f: impl FnOnce() -> T) -> T {
    let before = LANG.replace(Some(lang));
    let value = f();
    LANG.set(before);
    value
}

#[doc(hidden)]
pub fn is_ar() -> bool {
    lang() == Lang::Ar
}

/// In the reader's language.
pub fn t(text: &Text) -> String {
    text.get(lang()).to_owned()
}

/// CLDR's plural categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plural {
    Zero,
    One,
    Two,
    Few,
    Many,
    Other,
}

/// The category of a whole number in the reader's language.
pub fn plural(n: i64) -> Plural {
    plural_in(lang(), n)
}

/// CLDR 46: Arabic has all six, English `one` and `other`.
pub fn plural_in(lang: Lang, n: i64) -> Plural {
    let n = n.unsigned_abs();
    match (lang, n) {
        (Lang::En, 1) => Plural::One,
        (Lang::En, _) => Plural::Other,
        (Lang::Ar, 0) => Plural::Zero,
        (Lang::Ar, 1) => Plural::One,
        (Lang::Ar, 2) => Plural::Two,
        (Lang::Ar, n) => match n % 100 {
            3..=10 => Plural::Few,
            11..=99 => Plural::Many,
            _ => Plural::Other,
        },
    }
}

/// A whole number as it is shown: thousands grouped, a true minus.
pub fn count(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 9);
    if n < 0 {
        out.push_str("\u{2066}−");
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if n < 0 {
        out.push('\u{2069}');
    }
    out
}

/// An argument inside a sentence. Isolated (FSI … PDI) where its direction could disturb the
/// words around it: the other script, a sign in front, or groups of digits.
#[doc(hidden)]
pub fn shown(value: &dyn Display) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write!(text, "{value}");
    if needs_isolation(lang(), &text) {
        format!("\u{2068}{text}\u{2069}")
    } else {
        text
    }
}

fn needs_isolation(lang: Lang, text: &str) -> bool {
    let arabic = |c: char| matches!(c, '\u{0600}'..='\u{06ff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}');
    if text.starts_with('\u{2066}') || text.starts_with('\u{2068}') {
        return false;
    }
    match lang {
        Lang::En => text.chars().any(arabic),
        Lang::Ar => {
            text.starts_with(['+', '−', '-'])
                || text.chars().any(|c| c.is_ascii_alphabetic())
                || (text.contains(' ') && !text.chars().any(arabic))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arabic_has_six_forms() {
        use Plural::{Few, Many, One, Other, Two, Zero};
        for (n, form) in [
            (0, Zero),
            (1, One),
            (2, Two),
            (3, Few),
            (10, Few),
            (11, Many),
            (19, Many),
            (99, Many),
            (100, Other),
            (101, Other),
            (102, Other),
            (103, Few),
            (111, Many),
            (200, Other),
            (1_003, Few),
            (-2, Two),
        ] {
            assert_eq!(plural_in(Lang::Ar, n), form, "{n}");
        }
        for (n, form) in [(0, Other), (1, One), (2, Other), (11, Other), (101, Other)] {
            assert_eq!(plural_in(Lang::En, n), form, "{n}");
        }
    }

    #[test]
    fn numbers_are_grouped_and_signed() {
        for (n, shown) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
            (-12_345, "\u{2066}−12,345\u{2069}"),
        ] {
            assert_eq!(count(n), shown);
        }
    }

    #[test]
    fn what_would_disturb_a_sentence_is_isolated() {
        for (lang, text, isolated) in [
            (Lang::Ar, "4:35 م", false),
            (Lang::Ar, "محمد", false),
            (Lang::Ar, "242.00", false),
            (Lang::Ar, "BK-48213", true),
            (Lang::Ar, "+966 50 123 4567", true),
            (Lang::Ar, "−36.00", true),
            (Lang::Ar, "4821 •••", true),
            (Lang::En, "BK-48213", false),
            (Lang::En, "محمد", true),
        ] {
            let shown = with_lang(lang, || shown(&text));
            assert_eq!(shown != text, isolated, "{text} in {lang:?}");
        }
    }

    #[test]
    fn a_language_holds_for_its_block_only() {
        let (ar, en) = with_lang(Lang::En, || {
            (with_lang(Lang::Ar, crate::msg::today), crate::msg::today())
        });
        assert_eq!((ar, en), ("اليوم", "Today"));
    }
}
