//! The Rust of the messages. One outer function an argument list, one inner that is not
//! generic: a message costs the app its words and a few calls.

use crate::read::name;
use crate::{Kind, Message, Messages, Part};
use std::fmt::Write;

pub fn rust(ar: &Messages, en: &Messages, i18n: &str) -> String {
    let mut code = String::from("// Made from messages/ar.ftl and messages/en.ftl.\n");
    for message in &ar.messages {
        let Some(other) = en.messages.iter().find(|m| m.key == message.key) else {
            continue;
        };
        // The key was checked when it was read.
        let Ok(function) = name(&message.key) else {
            continue;
        };
        one(&mut code, &function, message, other, i18n);
    }
    code
}

fn one(code: &mut String, function: &str, ar: &Message, en: &Message, i18n: &str) {
    let _ = writeln!(
        code,
        "\n/// {}\n///\n/// {}",
        summary(&ar.parts),
        summary(&en.parts)
    );
    if ar.args.is_empty() {
        let (ar, en) = (literal(&plain(&ar.parts)), literal(&plain(&en.parts)));
        let words = if ar == en {
            ar
        } else {
            format!("if {i18n}::is_ar() {{ {ar} }} else {{ {en} }}")
        };
        let _ = writeln!(
            code,
            "pub fn {function}() -> &'static str {{\n    {words}\n}}"
        );
        return;
    }
    let kinds: Vec<(&str, Kind)> = ar
        .args
        .iter()
        .map(|(arg, kind)| {
            let other = en.args.iter().find(|(a, _)| a == arg).map(|(_, k)| *k);
            // Counted in one language and only shown in the other is counted.
            let kind = if *kind == Kind::Shown {
                other.unwrap_or(Kind::Shown)
            } else {
                *kind
            };
            (arg.as_str(), kind)
        })
        .collect();
    let outer: Vec<String> = kinds
        .iter()
        .map(|(arg, kind)| match kind {
            Kind::Shown => format!("r#{arg}: impl ::core::fmt::Display"),
            Kind::Counted => format!("r#{arg}: i64"),
            Kind::Chosen => format!("r#{arg}: &str"),
        })
        .collect();
    let _ = writeln!(
        code,
        "pub fn {function}({}) -> ::std::string::String {{",
        outer.join(", ")
    );
    for (arg, kind) in &kinds {
        if *kind == Kind::Shown {
            let _ = writeln!(code, "    let r#{arg} = &{i18n}::shown(&r#{arg});");
        }
    }
    code.push_str("    let mut words = ::std::string::String::new();\n");
    if ar.parts == en.parts {
        body(code, &ar.parts, &kinds, i18n, 1);
    } else {
        let _ = writeln!(code, "    if {i18n}::is_ar() {{");
        body(code, &ar.parts, &kinds, i18n, 2);
        code.push_str("    } else {\n");
        body(code, &en.parts, &kinds, i18n, 2);
        code.push_str("    }\n");
    }
    code.push_str("    words\n}\n");
}

fn body(code: &mut String, parts: &[Part], kinds: &[(&str, Kind)], i18n: &str, depth: usize) {
    let pad = "    ".repeat(depth);
    for part in parts {
        match part {
            Part::Text(text) => {
                let _ = match lone(text) {
                    Some(c) => writeln!(code, "{pad}words.push('{c}');"),
                    None => writeln!(code, "{pad}words.push_str({});", literal(text)),
                };
            }
            Part::Arg(arg) => {
                let counted = kinds.iter().any(|(a, k)| a == arg && *k == Kind::Counted);
                let _ = if counted {
                    writeln!(code, "{pad}words.push_str(&{i18n}::count(r#{arg}));")
                } else {
                    writeln!(code, "{pad}words.push_str(r#{arg});")
                };
            }
            Part::Choice { arg, cases, other } => {
                let _ = writeln!(code, "{pad}match r#{arg} {{");
                for (word, parts) in cases {
                    arm(code, &literal(word), parts, kinds, i18n, depth);
                }
                arm(code, "_", other, kinds, i18n, depth);
                let _ = writeln!(code, "{pad}}}");
            }
            Part::Plural {
                arg,
                exact,
                forms,
                other,
            } => {
                let _ = writeln!(code, "{pad}match (r#{arg}, {i18n}::plural(r#{arg})) {{");
                for (number, parts) in exact {
                    arm(code, &format!("({number}, _)"), parts, kinds, i18n, depth);
                }
                for (form, parts) in forms {
                    let pattern = format!("(_, {i18n}::Plural::{form:?})");
                    arm(code, &pattern, parts, kinds, i18n, depth);
                }
                arm(code, "_", other, kinds, i18n, depth);
                let _ = writeln!(code, "{pad}}}");
            }
        }
    }
}

fn arm(
    code: &mut String,
    pattern: &str,
    parts: &[Part],
    kinds: &[(&str, Kind)],
    i18n: &str,
    depth: usize,
) {
    let pad = "    ".repeat(depth + 1);
    let _ = writeln!(code, "{pad}{pattern} => {{");
    body(code, parts, kinds, i18n, depth + 2);
    let _ = writeln!(code, "{pad}}}");
}

/// A text of one plain character; clippy wants those pushed as such.
fn lone(text: &str) -> Option<char> {
    let mut chars = text.chars();
    let c = chars.next()?;
    (chars.next().is_none()
        && (c == ' ' || c.is_alphanumeric() || c.is_ascii_punctuation() && c != '\'' && c != '\\'))
        .then_some(c)
}

/// A string in Rust. `{:?}` would escape the vowel marks of Arabic and make the file unreadable.
fn literal(text: &str) -> String {
    let mut code = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => code.extend(['\\', c]),
            '\n' => code.push_str("\\n"),
            // Marks of direction are refused by the compiler when they stand for themselves.
            '\u{200e}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}' => {
                code.extend(c.escape_unicode());
            }
            c => code.push(c),
        }
    }
    code.push('"');
    code
}

/// The words of a message without arguments.
fn plain(parts: &[Part]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Arg(_) | Part::Plural { .. } | Part::Choice { .. } => "",
        })
        .collect()
}

/// For the function's documentation: one line, arguments in braces.
fn summary(parts: &[Part]) -> String {
    let mut line = String::new();
    for part in parts {
        match part {
            Part::Text(text) => line.push_str(&text.replace('\n', " ")),
            Part::Arg(arg) => {
                let _ = write!(line, "{{{arg}}}");
            }
            Part::Plural { other, .. } | Part::Choice { other, .. } => {
                line.push_str(&summary(other));
            }
        }
    }
    // Square brackets and angles would be read as links and tags.
    line.replace(['[', ']', '<', '>'], " ").trim().to_owned()
}
