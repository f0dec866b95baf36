//! Finding a service by what people call it, in both languages at once: pure.
//!
//! Both sides are folded ([`kernel::fold`]) and lose the Arabic article, so that «المكيّف»
//! finds «مكيف». Every word typed must begin some word of the service; what it begins decides
//! the rank: name, then keyword (the category's name is one), then description; a whole word
//! before a beginning; the caller's language before the other; then the catalog's own order. An
//! Arabic word also finds its relatives, after all others: «تسرب» the «تسريب».

use contract_catalog::Service;
use kernel::{Lang, Text, fold};

/// Words typed beyond this many add nothing.
const MAX_WORDS: usize = 8;
/// Characters typed beyond this many are not read.
const MAX_CHARS: usize = 100;

/// Higher is better. See [`Index::rank`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Description = 1,
    Keyword = 2,
    Name = 3,
}

#[derive(Debug)]
struct Word {
    text: String,
    field: Field,
    lang: Lang,
}

/// The words of one service.
#[derive(Debug)]
struct Document {
    words: Vec<Word>,
}

/// The words of every service, in the catalog's order.
#[derive(Debug, Default)]
pub struct Index {
    documents: Vec<Document>,
}

impl Index {
    /// Adds the next service. Its position is the number of those added before.
    pub fn add(&mut self, service: &Service, category: &Text, keywords: &[(Lang, String)]) {
        let mut words = Vec::new();
        let mut take = |field, lang, text: &str| {
            for text in words_of(text) {
                words.push(Word { text, field, lang });
            }
        };
        for lang in [Lang::Ar, Lang::En] {
            take(Field::Name, lang, service.name.get(lang));
            take(Field::Keyword, lang, category.get(lang));
            take(Field::Description, lang, service.description.get(lang));
        }
        for (lang, keyword) in keywords {
            take(Field::Keyword, *lang, keyword);
        }
        self.documents.push(Document { words });
    }

    /// Positions of the services found, best first; the same question always gives the same
    /// answer. Nothing typed finds nothing.
    pub fn find(&self, typed: &str, lang: Lang, limit: usize) -> Vec<usize> {
        let typed: String = typed.chars().take(MAX_CHARS).collect();
        let mut asked: Vec<String> = words_of(&typed).collect();
        asked.dedup();
        asked.truncate(MAX_WORDS);
        if asked.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(u32, usize)> = self
            .documents
            .iter()
            .enumerate()
            .filter_map(|(position, document)| {
                let ranks = asked.iter().map(|word| rank(document, word, lang));
                let sum = ranks.sum::<Option<u32>>()?;
                Some((sum, position))
            })
            .collect();
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        found.truncate(limit);
        found.into_iter().map(|(_, position)| position).collect()
    }
}

/// The best place where `asked` begins a word: field × 4, a whole word + 2, own language + 1; the
/// field alone where only the words' consonants agree.
fn rank(document: &Document, asked: &str, lang: Lang) -> Option<u32> {
    let exactly = document
        .words
        .iter()
        .filter(|word| word.text.starts_with(asked))
        .map(|word| {
            let whole = word.text.len() == asked.len();
            word.field as u32 * 4 + u32::from(whole) * 2 + u32::from(word.lang == lang)
        })
        .max();
    exactly.or_else(|| {
        let consonants = consonants(asked)?;
        document
            .words
            .iter()
            .filter(|word| {
                word.lang == Lang::Ar && self::consonants(&word.text).as_ref() == Some(&consonants)
            })
            .map(|word| word.field as u32)
            .max()
    })
}

/// An Arabic word without the long vowels inside it, which is where its relatives differ most:
/// «تسريب» and «تسرب», «تنظيف» and «تنظف». At least three letters must be left to mean something.
fn consonants(word: &str) -> Option<String> {
    let first = word
        .chars()
        .next()
        .filter(|c| ('\u{621}'..='\u{64a}').contains(c))?;
    let rest = word
        .chars()
        .skip(1)
        .filter(|c| !matches!(c, 'ا' | 'و' | 'ي'));
    let kept: String = std::iter::once(first).chain(rest).collect();
    (kept.chars().count() >= 3).then_some(kept)
}

/// Folded words without the Arabic article.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    let folded = fold(text);
    folded
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| without_article(word).to_owned())
        .collect::<Vec<_>>()
        .into_iter()
}

/// «ال» is taken off where at least three letters stay: «المكيف» but not «الم».
fn without_article(word: &str) -> &str {
    match word.strip_prefix("ال") {
        Some(rest) if rest.chars().count() >= 3 => rest,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Money, Slug};
    use proptest::prelude::*;

    fn index() -> Index {
        let mut index = Index::default();
        for (slug, ar, en, about_ar, about_en, words) in [
            (
                "leak-repair",
                "إصلاح تسريب ماء",
                "Water leak repair",
                "نصلح الوصلة والمحبس.",
                "We repair the joint or valve.",
                vec![(Lang::Ar, "سبّاك"), (Lang::En, "plumber")],
            ),
            (
                "heater-repair",
                "إصلاح سخّان",
                "Heater repair",
                "سخان لا يسخّن أو فيه تسريب.",
                "A heater that is cold or has a leak.",
                vec![(Lang::En, "boiler")],
            ),
            (
                "ac-cleaning",
                "تنظيف مكيّف سبليت",
                "Split AC cleaning",
                "غسيل بضغط الماء.",
                "Washed with water under pressure.",
                vec![(Lang::Ar, "تكييف"), (Lang::En, "leak of water")],
            ),
        ] {
            let service = Service {
                slug: Slug::parse(slug).unwrap(),
                category: Slug::parse("home").unwrap(),
                name: Text::new(ar, en),
                description: Text::new(about_ar, about_en),
                base: Money::ZERO,
                duration_minutes: 1,
                max_quantity: 1,
                options: Vec::new(),
                checklist: Vec::new(),
            };
            let words: Vec<_> = words
                .into_iter()
                .map(|(lang, word)| (lang, word.to_owned()))
                .collect();
            index.add(&service, &Text::new("صيانة", "Maintenance"), &words);
        }
        index
    }

    #[test]
    fn names_before_keywords_before_descriptions() {
        let index = index();
        for (typed, lang, found) in [
            // Name of 0, keyword of 2, description of 1.
            ("leak", Lang::En, vec![0, 2, 1]),
            ("LEA", Lang::Ar, vec![0, 2, 1]),
            // In the name of 0, in the description of 1; without diacritics, with the article.
            ("التسريب", Lang::Ar, vec![0, 1]),
            ("تَسْرِيب", Lang::En, vec![0, 1]),
            // Alif and hamza spelt otherwise; both are names.
            ("اصلاح", Lang::Ar, vec![0, 1]),
            ("المكيف", Lang::Ar, vec![2]),
            ("سباك", Lang::Ar, vec![0]),
            // Relatives: the consonants agree.
            ("تسرب", Lang::Ar, vec![0, 1]),
            ("تنظف", Lang::Ar, vec![2]),
            ("سخون", Lang::Ar, vec![1]),
            ("سرب", Lang::Ar, vec![]),
            // All words typed must be found; languages may be mixed.
            ("repair سخان", Lang::Ar, vec![1]),
            ("repair aeroplane", Lang::En, vec![]),
            // The category's name is a keyword of each: the catalog's order.
            ("صيانه", Lang::Ar, vec![0, 1, 2]),
            ("", Lang::Ar, vec![]),
            (" -، ", Lang::Ar, vec![]),
        ] {
            assert_eq!(index.find(typed, lang, 10), found, "{typed}");
        }
        assert_eq!(index.find("leak", Lang::En, 2), vec![0, 2]);
    }

    #[test]
    fn a_whole_name_comes_before_a_beginning() {
        // «ماء» is a whole word of the name of 0 and of the description of 2.
        assert_eq!(index().find("ماء", Lang::Ar, 10), vec![0, 2]);
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_longer_words_find_no_more(typed in "\\PC{0,120}", word in "[a-z]{1,6}") {
            let index = index();
            prop_assert!(index.find(&typed, Lang::Ar, 10).len() <= 3);
            let short = index.find(&word[..1], Lang::En, 10);
            let long = index.find(&word, Lang::En, 10);
            prop_assert!(long.iter().all(|position| short.contains(position)));
        }
    }
}
