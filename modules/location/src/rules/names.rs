//! When two spellings name the same district.

use kernel::{Slug, fold};

/// Arabic, with spelling variants united and the word for "district" taken off.
pub(crate) fn arabic_key(name: &str) -> String {
    let folded = fold(name);
    folded
        .strip_prefix("حي ")
        .unwrap_or(&folded)
        .trim()
        .to_owned()
}

/// Arabic without the article as well.
pub(crate) fn bare_arabic_key(name: &str) -> String {
    arabic_key(name)
        .split(' ')
        .map(|word| {
            word.strip_prefix("ال")
                .filter(|rest| rest.chars().count() >= 2)
                .unwrap_or(word)
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// English transliteration without articles (assimilated or not), hyphens and the word for
/// "district": `Al-Nahdah`, `An Nahdah` and `An Nahdah District` are one. Empty if nothing is left.
pub(crate) fn english_key(name: &str) -> String {
    const FILLERS: [&str; 6] = [
        "district",
        "distrikt",
        "dstrict",
        "of",
        "neighborhood",
        "neighbourhood",
    ];
    const ARTICLES: [&str; 11] = [
        "al", "an", "ar", "as", "ash", "ad", "adh", "at", "ath", "az", "el",
    ];
    fold(name)
        .split(' ')
        .filter(|word| !FILLERS.contains(word) && !ARTICLES.contains(word))
        .collect()
}

/// `Salah ad Din` → `salah-ad-din`. `None` when no letter a–z is in it.
pub(crate) fn slug_of(english: &str) -> Option<Slug> {
    let mut text = String::new();
    for c in fold(english).chars() {
        match c {
            'a'..='z' | '0'..='9' => text.push(c),
            _ if text.is_empty() || text.ends_with('-') => {}
            _ => text.push('-'),
        }
        if text.len() == 60 {
            break;
        }
    }
    let text = text.trim_end_matches('-');
    text.contains(|c: char| c.is_ascii_lowercase())
        .then(|| Slug::parse(text).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arabic_spellings() {
        for (a, b) in [
            ("حي النرجس", "النرجس"),
            ("عليشه", "عليشة"),
            ("السلى", "السلي"),
            ("اشبيلية", "إشبيلية"),
            ("أُحُد", "احد"),
        ] {
            assert_eq!(arabic_key(a), arabic_key(b));
        }
        assert_ne!(arabic_key("سلام"), arabic_key("السلام"));
        assert_eq!(bare_arabic_key("سلام"), bare_arabic_key("حي السلام"));
        assert_eq!(
            bare_arabic_key("العريجاء الوسطى"),
            bare_arabic_key("عريجاء الوسطي")
        );
        assert_eq!(bare_arabic_key("ال"), "ال");
        assert_ne!(arabic_key("الزهرة"), arabic_key("الزهراء"));
    }

    #[test]
    fn english_spellings() {
        for (a, b) in [
            ("Al-Nahdah", "An Nahdah"),
            ("As Sa`adah", "As Saadah"),
            ("District of Umm Al-Hamam (West)", "Umm Al Hamam West"),
            ("At Taawun Distrikt", "At Taawun"),
        ] {
            assert_eq!(english_key(a), english_key(b));
        }
        assert_eq!(english_key("Al"), "");
        assert_ne!(english_key("Az Zahra"), english_key("Az Zahrah"));
    }

    #[test]
    fn slugs() {
        for (name, slug) in [
            ("Salah ad Din", Some("salah-ad-din")),
            ("Ad Difa'", Some("ad-difa")),
            ("  An–Nur  ", Some("an-nur")),
            ("حي", None),
            ("12", None),
            ("", None),
        ] {
            assert_eq!(slug_of(name).as_ref().map(Slug::as_str), slug, "{name}");
        }
        assert!(slug_of(&"long ".repeat(50)).is_some());
    }
}
