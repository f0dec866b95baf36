//! Fluent's syntax tree to our messages: terms and references written in place.

use crate::{Form, Kind, Message, Messages, Part};
use fluent_syntax::ast::{
    Entry, Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey,
};
use fluent_syntax::unicode::unescape_unicode_to_string;
use std::collections::HashMap;

/// Deep enough for any honest message; stops a message that quotes itself.
const MAX_DEPTH: usize = 8;

struct Reader<'a> {
    messages: HashMap<&'a str, &'a Pattern<&'a str>>,
    terms: HashMap<&'a str, &'a Pattern<&'a str>>,
}

pub fn messages(file: &str, lang: &'static str, source: &str) -> Result<Messages, Vec<String>> {
    let line_at = |offset: usize| source[..offset].matches('\n').count() + 1;
    let at = |slice: &str| line_at(slice.as_ptr() as usize - source.as_ptr() as usize);

    let resource = fluent_syntax::parser::parse(source).map_err(|(_, errors)| {
        errors
            .iter()
            .map(|e| format!("{file}:{}: {}", line_at(e.pos.start), e.kind))
            .collect::<Vec<_>>()
    })?;

    let mut mistakes = Vec::new();
    let mut reader = Reader {
        messages: HashMap::new(),
        terms: HashMap::new(),
    };
    let mut order = Vec::new();
    for entry in &resource.body {
        match entry {
            Entry::Message(m) => {
                if !m.attributes.is_empty() {
                    mistakes.push(format!(
                        "{file}:{}: “{}” has attributes; make each a message of its own",
                        at(m.id.name),
                        m.id.name
                    ));
                }
                match &m.value {
                    Some(value) if reader.messages.insert(m.id.name, value).is_none() => {
                        order.push((m.id.name, value));
                    }
                    Some(_) => mistakes.push(format!(
                        "{file}:{}: “{}” is there twice",
                        at(m.id.name),
                        m.id.name
                    )),
                    None => mistakes.push(format!(
                        "{file}:{}: “{}” has no words",
                        at(m.id.name),
                        m.id.name
                    )),
                }
            }
            Entry::Term(t) => {
                reader.terms.insert(t.id.name, &t.value);
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            Entry::Junk { content } => {
                mistakes.push(format!("{file}:{}: not a message", at(content)));
            }
        }
    }

    let mut messages = Vec::with_capacity(order.len());
    for (key, pattern) in order {
        let line = at(key);
        let mut args = Vec::new();
        let parts = reader
            .pattern(pattern, &mut args, 0)
            .and_then(|parts| name(key).map(|_| parts));
        match parts {
            Ok(parts) => messages.push(Message {
                key: key.to_owned(),
                line,
                parts,
                args,
            }),
            Err(why) => mistakes.push(format!("{file}:{line}: “{key}”: {why}")),
        }
    }
    if mistakes.is_empty() {
        Ok(Messages {
            file: file.to_owned(),
            lang,
            messages,
        })
    } else {
        Err(mistakes)
    }
}

/// The key as a Rust function's name.
pub fn name(key: &str) -> Result<String, String> {
    let name = key.replace('-', "_");
    if name.chars().any(|c| c.is_ascii_uppercase()) {
        return Err("names are lower case, parts joined by “-”".to_owned());
    }
    const KEYWORDS: &[&str] = &[
        "as", "async", "await", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
        "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
        "match", "mod", "move", "mut", "pub", "ref", "return", "static", "struct", "trait", "true",
        "try", "type", "typeof", "unsafe", "use", "where", "while", "yield",
    ];
    Ok(if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else {
        name
    })
}

type Args = Vec<(String, Kind)>;

impl Reader<'_> {
    fn pattern(
        &self,
        pattern: &Pattern<&str>,
        args: &mut Args,
        depth: usize,
    ) -> Result<Vec<Part>, String> {
        if depth > MAX_DEPTH {
            return Err("quotes itself".to_owned());
        }
        let mut parts = Vec::new();
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => text(&mut parts, value),
                PatternElement::Placeable { expression } => {
                    self.expression(expression, &mut parts, args, depth)?;
                }
            }
        }
        Ok(parts)
    }

    fn expression(
        &self,
        expression: &Expression<&str>,
        parts: &mut Vec<Part>,
        args: &mut Args,
        depth: usize,
    ) -> Result<(), String> {
        match expression {
            Expression::Inline(inline) => self.inline(inline, parts, args, depth),
            Expression::Select { selector, variants } => {
                let InlineExpression::VariableReference { id } = selector else {
                    return Err("only an argument can be selected on".to_owned());
                };
                let part = self.select(id.name, variants, args, depth)?;
                parts.push(part);
                Ok(())
            }
        }
    }

    fn inline(
        &self,
        inline: &InlineExpression<&str>,
        parts: &mut Vec<Part>,
        args: &mut Args,
        depth: usize,
    ) -> Result<(), String> {
        match inline {
            InlineExpression::StringLiteral { value } => {
                text(parts, &unescape_unicode_to_string(value));
            }
            InlineExpression::NumberLiteral { value } => text(parts, value),
            InlineExpression::VariableReference { id } => {
                argument(args, id.name, Kind::Shown)?;
                parts.push(Part::Arg(id.name.to_owned()));
            }
            InlineExpression::MessageReference {
                id,
                attribute: None,
            } => {
                let quoted = self
                    .messages
                    .get(id.name)
                    .ok_or_else(|| format!("quotes “{}”, which is not there", id.name))?;
                append(parts, self.pattern(quoted, args, depth + 1)?);
            }
            InlineExpression::TermReference {
                id,
                attribute: None,
                arguments: None,
            } => {
                let quoted = self
                    .terms
                    .get(id.name)
                    .ok_or_else(|| format!("quotes “-{}”, which is not there", id.name))?;
                append(parts, self.pattern(quoted, args, depth + 1)?);
            }
            InlineExpression::Placeable { expression } => {
                self.expression(expression, parts, args, depth)?;
            }
            InlineExpression::FunctionReference { id, .. } => {
                return Err(format!(
                    "{}() is not supported: hand the formatted value in",
                    id.name
                ));
            }
            InlineExpression::MessageReference { id, .. }
            | InlineExpression::TermReference { id, .. } => {
                return Err(format!(
                    "“{}”: attributes and arguments of quoted words are not supported",
                    id.name
                ));
            }
        }
        Ok(())
    }

    fn select(
        &self,
        arg: &str,
        variants: &[Variant<&str>],
        args: &mut Args,
        depth: usize,
    ) -> Result<Part, String> {
        let counted = variants.iter().all(|variant| match &variant.key {
            VariantKey::NumberLiteral { .. } => true,
            VariantKey::Identifier { name } => Form::parse(name).is_some(),
        });
        let kind = if counted { Kind::Counted } else { Kind::Chosen };
        argument(args, arg, kind)?;
        let (mut exact, mut forms, mut cases, mut other) = (vec![], vec![], vec![], None);
        for variant in variants {
            let parts = self.pattern(&variant.value, args, depth + 1)?;
            match (&variant.key, kind) {
                (VariantKey::Identifier { name }, Kind::Counted) => match Form::parse(name) {
                    Some(Form::Other) if variant.default => other = Some(parts),
                    Some(Form::Other) => return Err("[other] must be the default: *[other]".into()),
                    Some(_) if variant.default => {
                        return Err(format!("*[{name}]: the default of a plural is *[other]"));
                    }
                    Some(form) => forms.push((form, parts)),
                    None => return Err(format!("[{name}] is no plural category")),
                },
                (VariantKey::NumberLiteral { value }, Kind::Counted) => {
                    let number = value
                        .parse()
                        .map_err(|_| format!("[{value}]: whole numbers only"))?;
                    exact.push((number, parts));
                }
                (VariantKey::Identifier { .. }, _) if variant.default => other = Some(parts),
                (VariantKey::Identifier { name }, _) => cases.push(((*name).to_owned(), parts)),
                (VariantKey::NumberLiteral { value }, _) => {
                    return Err(format!("[{value}]: words and numbers in one selection"));
                }
            }
        }
        let other = other.ok_or("has no default")?;
        let arg = arg.to_owned();
        Ok(if counted {
            Part::Plural {
                arg,
                exact,
                forms,
                other,
            }
        } else {
            Part::Choice { arg, cases, other }
        })
    }
}

/// Notes an argument. One that is counted or chosen by may also be shown; not both of those.
fn argument(args: &mut Args, name: &str, kind: Kind) -> Result<(), String> {
    if !name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    {
        return Err(format!(
            "${name}: arguments are lower case, parts joined by “_”"
        ));
    }
    match args.iter_mut().find(|(known, _)| known == name) {
        None => args.push((name.to_owned(), kind)),
        Some((_, known)) if *known == Kind::Shown => *known = kind,
        Some((_, known)) if kind == Kind::Shown || *known == kind => {}
        Some(_) => return Err(format!("${name} is both counted and chosen by")),
    }
    Ok(())
}

fn text(parts: &mut Vec<Part>, more: &str) {
    if more.is_empty() {
        return;
    }
    if let Some(Part::Text(last)) = parts.last_mut() {
        last.push_str(more);
    } else {
        parts.push(Part::Text(more.to_owned()));
    }
}

fn append(parts: &mut Vec<Part>, more: Vec<Part>) {
    for part in more {
        match part {
            Part::Text(words) => text(parts, &words),
            part => parts.push(part),
        }
    }
}
