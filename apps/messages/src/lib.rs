//! Turns an app's Fluent files into typed Rust when it is built: `messages/ar.ftl` and
//! `messages/en.ftl` become one function a message, so that a missing word, a forgotten
//! argument or a language that lags behind is a build error and not an empty label.
//!
//! ```text
//! pay-now = ادفع { $amount }                         msg::pay_now(amount: impl Display) -> String
//! bookings = حجوزاتي                                 msg::bookings() -> &'static str
//! minutes = { $n -> [one] دقيقة … *[other] … }       msg::minutes(n: i64) -> String
//! held = { $how -> [card] … *[wallet] … }            msg::held(how: &str) -> String
//! ```
//!
//! Arguments come in the order in which the Arabic message first names them. Terms and
//! references to other messages are written in place; attributes and functions are refused.
//! Arabic plurals must have `one`, `two`, `few`, `many` and `*other` (`zero` where it reads
//! differently), English ones only `one` and `*other`; exact numbers (`[0]`) are fine in both.

mod check;
mod read;
mod write;

use std::path::Path;

/// What an argument is for: decides its Rust type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Shown: `impl Display`.
    Shown,
    /// Counted: `i64`.
    Counted,
    /// Chosen by word: `&str`.
    Chosen,
}

/// The six plural categories of CLDR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Zero,
    One,
    Two,
    Few,
    Many,
    Other,
}

impl Form {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "zero" => Self::Zero,
            "one" => Self::One,
            "two" => Self::Two,
            "few" => Self::Few,
            "many" => Self::Many,
            "other" => Self::Other,
            _ => return None,
        })
    }
}

/// A piece of a message.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Arg(String),
    Plural {
        arg: String,
        exact: Vec<(i64, Vec<Part>)>,
        forms: Vec<(Form, Vec<Part>)>,
        other: Vec<Part>,
    },
    Choice {
        arg: String,
        cases: Vec<(String, Vec<Part>)>,
        other: Vec<Part>,
    },
}

#[derive(Debug, Clone, PartialEq)]
struct Message {
    key: String,
    line: usize,
    parts: Vec<Part>,
    args: Vec<(String, Kind)>,
}

/// One language's messages in the order of the file.
#[derive(Debug)]
struct Messages {
    file: String,
    lang: &'static str,
    messages: Vec<Message>,
}

/// Called from a build script: `messages::build("messages")` writes `$OUT_DIR/msg.rs` from
/// `messages/{ar,en}.ftl`. Ends the build with one line a mistake.
pub fn build(folder: &str) {
    run(folder, "::ui::i18n");
}

/// The same for the crate that holds the languages' rules itself.
pub fn build_for_ui(folder: &str) {
    run(folder, "crate::i18n");
}

#[expect(clippy::print_stdout, reason = "cargo reads its directives there")]
fn run(folder: &str, i18n: &str) {
    println!("cargo::rerun-if-changed={folder}");
    let written = generate_from(Path::new(folder), i18n).and_then(|code| {
        let out = std::env::var("OUT_DIR").map_err(|e| vec![format!("OUT_DIR: {e}")])?;
        let path = Path::new(&out).join("msg.rs");
        std::fs::write(&path, code).map_err(|e| vec![format!("{}: {e}", path.display())])
    });
    if let Err(mistakes) = written {
        for mistake in &mistakes {
            println!("cargo::error={mistake}");
        }
        std::process::exit(1);
    }
}

fn generate_from(folder: &Path, i18n: &str) -> Result<String, Vec<String>> {
    let load = |lang: &'static str| {
        let path = folder.join(format!("{lang}.ftl"));
        let file = path.display().to_string();
        std::fs::read_to_string(&path)
            .map(|source| (file.clone(), source))
            .map_err(|e| vec![format!("{file}: {e}")])
    };
    let (ar_file, ar) = load("ar")?;
    let (en_file, en) = load("en")?;
    generate((&ar_file, &ar), (&en_file, &en), i18n)
}

/// Rust for both languages, or every mistake as `file:line: what`.
fn generate(ar: (&str, &str), en: (&str, &str), i18n: &str) -> Result<String, Vec<String>> {
    let (ar, en) = match (
        read::messages(ar.0, "ar", ar.1),
        read::messages(en.0, "en", en.1),
    ) {
        (Ok(ar), Ok(en)) => (ar, en),
        (ar, en) => {
            let mut mistakes = ar.err().unwrap_or_default();
            mistakes.extend(en.err().unwrap_or_default());
            return Err(mistakes);
        }
    };
    let mistakes = check::both(&ar, &en);
    if mistakes.is_empty() {
        Ok(write::rust(&ar, &en, i18n))
    } else {
        Err(mistakes)
    }
}

#[cfg(test)]
mod tests;
