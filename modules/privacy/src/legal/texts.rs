//! The two texts as they are written, in both languages: those of the platform, or the operator's
//! own from a folder. A text that could not be shown on the day it is needed is refused at the start.

use super::markdown;
use crate::settings::PrivacySettings;
use contract_privacy::Purpose;
use kernel::Lang;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::Path;

/// Bytes of one file: a long contract has a tenth of it.
const LARGEST: u64 = 128 * 1024;

/// What a text may leave to the settings, in braces.
pub(super) const PLACEHOLDERS: [&str; 9] = [
    "name",
    "registration",
    "vat_number",
    "address",
    "email",
    "data_protection_email",
    "version",
    "grace_days",
    "archive_days",
];

/// A text that people are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    Terms,
    Notice,
}

impl Document {
    pub const ALL: [Self; 2] = [Self::Terms, Self::Notice];

    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Terms => Purpose::Terms,
            Self::Notice => Purpose::PrivacyNotice,
        }
    }
    pub const fn path(self) -> &'static str {
        match self {
            Self::Terms => "/legal/terms",
            Self::Notice => "/legal/notice",
        }
    }
    pub const fn other(self) -> Self {
        match self {
            Self::Terms => Self::Notice,
            Self::Notice => Self::Terms,
        }
    }
    const fn file(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Terms, Lang::Ar) => "terms.ar.md",
            (Self::Terms, Lang::En) => "terms.en.md",
            (Self::Notice, Lang::Ar) => "notice.ar.md",
            (Self::Notice, Lang::En) => "notice.en.md",
        }
    }
    const fn of_the_platform(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Terms, Lang::Ar) => include_str!("../../texts/terms.ar.md"),
            (Self::Terms, Lang::En) => include_str!("../../texts/terms.en.md"),
            (Self::Notice, Lang::Ar) => include_str!("../../texts/notice.ar.md"),
            (Self::Notice, Lang::En) => include_str!("../../texts/notice.en.md"),
        }
    }
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {why}")]
pub struct BadText {
    pub file: String,
    pub why: String,
}

/// One text in one language, as Markdown with placeholders.
pub(super) struct Source {
    pub document: Document,
    pub lang: Lang,
    pub markdown: String,
}

/// All four.
pub(super) struct Sources(pub [Source; 4]);

const EACH: [(Document, Lang); 4] = [
    (Document::Terms, Lang::Ar),
    (Document::Terms, Lang::En),
    (Document::Notice, Lang::Ar),
    (Document::Notice, Lang::En),
];

impl Sources {
    /// The operator's where there is a folder of theirs, else the platform's.
    pub fn of(settings: &PrivacySettings) -> Result<Self, BadText> {
        match &settings.texts_dir {
            Some(dir) => Self::read(dir),
            None => Ok(Self::of_the_platform()),
        }
    }

    pub fn of_the_platform() -> Self {
        Self(EACH.map(|(document, lang)| Source {
            document,
            lang,
            markdown: document.of_the_platform(lang).to_owned(),
        }))
    }

    fn read(dir: &Path) -> Result<Self, BadText> {
        let [a, b, c, d] = EACH.map(|(document, lang)| {
            let path = dir.join(document.file(lang));
            let markdown = text_of(&path).and_then(|markdown| {
                check(&markdown)?;
                Ok(markdown)
            });
            markdown
                .map(|markdown| Source {
                    document,
                    lang,
                    markdown,
                })
                .map_err(|why| BadText {
                    file: path.display().to_string(),
                    why,
                })
        });
        Ok(Self([a?, b?, c?, d?]))
    }

    /// Names these very words: other words have another name.
    pub fn edition(&self) -> String {
        let mut digest = Sha256::new();
        for source in &self.0 {
            digest.update((source.markdown.len() as u64).to_be_bytes());
            digest.update(&source.markdown);
        }
        let mut edition = String::from("texts-");
        for byte in digest.finalize().iter().take(6) {
            // Writing to a string can't fail.
            let _ = write!(edition, "{byte:02x}");
        }
        edition
    }
}

fn text_of(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > LARGEST {
        return Err(format!("{size} bytes, of which {LARGEST} are allowed"));
    }
    std::fs::read_to_string(path).map_err(|e| e.to_string())
}

fn check(markdown: &str) -> Result<(), String> {
    let filled = fill(markdown, |name| {
        PLACEHOLDERS.contains(&name).then(String::new)
    })?;
    if markdown::render(&filled).is_none() {
        return Err("a first line `# title` and a text below it are wanted".to_owned());
    }
    Ok(())
}

/// The text with what `value` says in place of each `{name}`; the first that it does not know is the
/// fault. Values are words, whatever they hold: no Markdown of theirs counts.
pub(super) fn fill(
    markdown: &str,
    value: impl Fn(&str) -> Option<String>,
) -> Result<String, String> {
    let mut out = String::with_capacity(markdown.len() + 256);
    let mut rest = markdown;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let name = after.split_once('}').map(|(name, _)| name);
        let name = name.filter(|name| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        });
        let Some(name) = name else {
            out.push('{');
            rest = after;
            continue;
        };
        let value = value(name).ok_or_else(|| {
            format!(
                "{{{name}}} is no placeholder; there are {}",
                PLACEHOLDERS.join(", ")
            )
        })?;
        for c in value.chars() {
            if c.is_ascii_punctuation() {
                out.push('\\');
            }
            out.push(if c.is_control() { ' ' } else { c });
        }
        rest = &after[name.len() + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever changes the words raises `terms_version` or `privacy_notice_version` of the defaults
    /// with them: what was agreed to is known by its version.
    #[test]
    fn the_platforms_texts_are_those_of_their_version() {
        let defaults = PrivacySettings::default();
        let versions = [defaults.terms_version, defaults.privacy_notice_version];
        let edition = Sources::of_the_platform().edition();
        assert_eq!(
            (versions.join(" ").as_str(), edition.as_str()),
            ("2026-11 2026-11", "texts-29730ee456d7")
        );
        for source in Sources::of_the_platform().0 {
            assert_eq!(check(&source.markdown), Ok(()), "{:?}", source.lang);
        }
    }

    #[test]
    fn the_languages_of_a_text_have_the_same_sections_and_leave_the_same_to_the_settings() {
        let sources = Sources::of_the_platform().0;
        for document in Document::ALL {
            let shape = |lang: Lang| {
                let source = sources
                    .iter()
                    .find(|s| s.document == document && s.lang == lang);
                let markdown = &source.unwrap().markdown;
                let lines = |start: &str| markdown.lines().filter(|l| l.starts_with(start)).count();
                let named =
                    PLACEHOLDERS.map(|name| markdown.matches(&format!("{{{name}}}")).count());
                (lines("## "), lines("- "), named)
            };
            assert_eq!(shape(Lang::Ar), shape(Lang::En), "{document:?}");
        }
    }

    #[test]
    fn a_value_is_only_words() {
        let filled = |value: &str| {
            let text = "# t\n\nAsk {name} {} {Name} { or [mail](mailto:{email}).";
            let filled = fill(text, |_| Some(value.to_owned())).unwrap();
            markdown::render(&filled).unwrap().html
        };
        assert_eq!(
            filled("a@b.example"),
            "<p>Ask a@b.example {} {Name} { or <a href=\"mailto:a@b.example\">mail</a>.</p>"
        );
        let nasty = filled("*x* <b>\n\n# [y](/z)");
        assert!(
            nasty.starts_with("<p>Ask *x* &lt;b&gt;  # [y](/z) {}"),
            "{nasty}"
        );
        assert!(
            !nasty.contains("<h2>") && !nasty.contains("href=\"/z\""),
            "{nasty}"
        );
        let unknown = fill("# t\n\n{telephone}", |_| None).unwrap_err();
        assert!(
            unknown.starts_with("{telephone} is no placeholder; there are name, "),
            "{unknown}"
        );
    }

    #[test]
    fn a_folder_has_all_four_or_says_which_is_wrong() {
        let folder = tempfile::TempDir::new().unwrap();
        let settings = PrivacySettings {
            texts_dir: Some(folder.path().to_owned()),
            ..PrivacySettings::default()
        };
        let fault = || Sources::of(&settings).err().map(|bad| bad.to_string());
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        for name in ["terms.ar.md", "terms.en.md", "notice.ar.md", "notice.en.md"] {
            let missing = fault().unwrap();
            assert!(
                missing.contains(name) && missing.contains("No such file"),
                "{missing}"
            );
            write(name, "# Ours\n\nBy {name}.");
        }
        assert_eq!(fault(), None);
        let ours = Sources::of(&settings).unwrap();
        assert_ne!(ours.edition(), Sources::of_the_platform().edition());
        let first = ours.edition();
        write("notice.en.md", "# Ours\n\nBy {name}, changed.");
        assert_ne!(Sources::of(&settings).unwrap().edition(), first);
        for (text, why) in [
            ("no title", "a first line `# title`"),
            ("# Ours\n\n{nmae}", "{nmae} is no placeholder"),
            (&"x".repeat(LARGEST as usize + 1), "131073 bytes"),
        ] {
            write("terms.en.md", text);
            let fault = fault().unwrap();
            assert!(
                fault.contains("terms.en.md: ") && fault.contains(why),
                "{fault}"
            );
        }
        std::fs::write(folder.path().join("terms.en.md"), [0xff, 0xfe]).unwrap();
        assert!(fault().unwrap().contains("UTF-8"));
    }
}
