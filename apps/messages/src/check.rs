//! What both languages must agree on, and what each language's plurals must have.

use crate::{Form, Kind, Message, Messages, Part};

pub fn both(ar: &Messages, en: &Messages) -> Vec<String> {
    let mut mistakes = Vec::new();
    for (one, two) in [(ar, en), (en, ar)] {
        for message in &one.messages {
            if !two.messages.iter().any(|other| other.key == message.key) {
                mistakes.push(format!(
                    "{}:{}: “{}” is missing in {}",
                    one.file, message.line, message.key, two.file
                ));
            }
        }
    }
    for message in &ar.messages {
        if let Some(other) = en.messages.iter().find(|m| m.key == message.key) {
            arguments(ar, message, en, other, &mut mistakes);
        }
    }
    for messages in [ar, en] {
        for message in &messages.messages {
            for why in plurals(messages.lang, &message.parts) {
                mistakes.push(format!(
                    "{}:{}: “{}”: {why}",
                    messages.file, message.line, message.key
                ));
            }
        }
    }
    mistakes
}

fn arguments(ar: &Messages, a: &Message, en: &Messages, b: &Message, mistakes: &mut Vec<String>) {
    for (one, this, two, that) in [(ar, a, en, b), (en, b, ar, a)] {
        for (name, _) in &this.args {
            if !that.args.iter().any(|(other, _)| other == name) {
                mistakes.push(format!(
                    "{}:{}: “{}” names ${name}; {}:{} does not",
                    one.file, this.line, this.key, two.file, that.line
                ));
            }
        }
    }
    for (name, kind) in &a.args {
        let other = b.args.iter().find(|(n, _)| n == name).map(|(_, k)| *k);
        if let (Kind::Counted, Some(Kind::Chosen)) | (Kind::Chosen, Some(Kind::Counted)) =
            (*kind, other)
        {
            mistakes.push(format!(
                "{}:{}: “{}” counts ${name} in one language and chooses by it in the other",
                ar.file, a.line, a.key
            ));
        }
    }
}

fn plurals(lang: &str, parts: &[Part]) -> Vec<String> {
    let mut mistakes = Vec::new();
    for part in parts {
        match part {
            Part::Text(_) | Part::Arg(_) => {}
            Part::Choice { cases, other, .. } => {
                for (_, parts) in cases {
                    mistakes.extend(plurals(lang, parts));
                }
                mistakes.extend(plurals(lang, other));
            }
            Part::Plural {
                arg,
                exact,
                forms,
                other,
            } => {
                let has = |form: Form, number: i64| {
                    forms.iter().any(|(f, _)| *f == form) || exact.iter().any(|(n, _)| *n == number)
                };
                if lang == "ar" {
                    let missing: Vec<&str> = [
                        ("one", has(Form::One, 1)),
                        ("two", has(Form::Two, 2)),
                        ("few", has(Form::Few, i64::MIN)),
                        ("many", has(Form::Many, i64::MIN)),
                    ]
                    .into_iter()
                    .filter_map(|(name, there)| (!there).then_some(name))
                    .collect();
                    if !missing.is_empty() {
                        mistakes.push(format!(
                            "Arabic counts ${arg} in more forms: add [{}]",
                            missing.join("], [")
                        ));
                    }
                } else {
                    for (form, _) in forms {
                        if *form != Form::One {
                            mistakes.push(format!(
                                "English has no plural form {form:?} for ${arg}; an exact number such as [0] works"
                            ));
                        }
                    }
                    if !has(Form::One, 1) {
                        mistakes.push(format!("English counts ${arg} in two forms: add [one]"));
                    }
                }
                for (_, parts) in exact {
                    mistakes.extend(plurals(lang, parts));
                }
                for (_, parts) in forms {
                    mistakes.extend(plurals(lang, parts));
                }
                mistakes.extend(plurals(lang, other));
            }
        }
    }
    mistakes
}
