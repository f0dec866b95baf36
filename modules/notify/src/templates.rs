//! The words of every message, in both languages, read once at the start and checked: a template
//! that could fail on the day it is needed is refused on the day it is written.

use jiff::SignedDuration;
use kernel::{Lang, Slug, Text, minutes};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Sms,
    InApp,
    Push,
    Email,
}

/// One `[template.<name>]` table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    #[serde(rename = "channel")]
    pub channels: BTreeSet<Channel>,
    #[serde(default)]
    pub sms: Option<Text>,
    /// With `body`, for every channel but SMS.
    #[serde(default)]
    pub title: Option<Text>,
    #[serde(default)]
    pub body: Option<Text>,
    /// Not worth sending later than this.
    #[serde(default = "a_day")]
    pub valid_minutes: u32,
}

fn a_day() -> u32 {
    24 * 60
}

/// A message's words, filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub title: Option<String>,
    pub body: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("messages: {0}")]
    Unreadable(String),
    #[error("template {template}: {fault}")]
    Bad { template: String, fault: String },
}

/// All templates by name.
#[derive(Debug, Clone)]
pub struct Templates(BTreeMap<Slug, Template>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    template: BTreeMap<Slug, Template>,
}

impl Templates {
    /// Reads and checks TOML of the form of `server/seed/messages.toml`.
    pub fn parse(toml: &str) -> Result<Self, TemplateError> {
        let file: File =
            toml::from_str(toml).map_err(|e| TemplateError::Unreadable(e.message().to_owned()))?;
        for (name, template) in &file.template {
            template.check().map_err(|fault| TemplateError::Bad {
                template: name.to_string(),
                fault,
            })?;
        }
        Ok(Self(file.template))
    }

    pub fn get(&self, name: &Slug) -> Option<&Template> {
        self.0.get(name)
    }
    pub fn iter(&self) -> impl Iterator<Item = (&Slug, &Template)> {
        self.0.iter()
    }
}

impl Template {
    /// What the sender must supply.
    pub fn parameters(&self) -> BTreeSet<&str> {
        self.texts()
            .flat_map(|(_, text)| pieces(&text.ar).filter_map(Result::ok))
            .filter_map(Piece::name)
            .collect()
    }

    /// A text that carries a code is not kept after it has served.
    pub fn carries_code(&self) -> bool {
        self.parameters().contains("code")
    }

    pub fn valid_for(&self) -> SignedDuration {
        minutes(self.valid_minutes.into())
    }

    /// The words for a channel; `None` if the message does not travel there. The parameter that
    /// is missing, if one is.
    pub fn render(
        &self,
        channel: Channel,
        lang: Lang,
        params: &BTreeMap<String, String>,
    ) -> Result<Option<Words>, String> {
        if !self.channels.contains(&channel) {
            return Ok(None);
        }
        let (title, body) = match channel {
            Channel::Sms => (None, &self.sms),
            Channel::InApp | Channel::Push | Channel::Email => (self.title.as_ref(), &self.body),
        };
        let Some(body) = body else { return Ok(None) };
        Ok(Some(Words {
            title: title.map(|text| fill(text.get(lang), params)).transpose()?,
            body: fill(body.get(lang), params)?,
        }))
    }

    fn texts(&self) -> impl Iterator<Item = (&'static str, &Text)> {
        [
            ("sms", &self.sms),
            ("title", &self.title),
            ("body", &self.body),
        ]
        .into_iter()
        .filter_map(|(field, text)| Some((field, text.as_ref()?)))
    }

    fn check(&self) -> Result<(), String> {
        let sms = self.channels.contains(&Channel::Sms);
        let others = self.channels.iter().any(|c| *c != Channel::Sms);
        if self.channels.is_empty() {
            return Err("has no channel".into());
        }
        if sms != self.sms.is_some() {
            return Err("the channel sms and the text sms go together".into());
        }
        if others != self.body.is_some() || others != self.title.is_some() {
            return Err("title and body go with the channels other than sms".into());
        }
        if self.valid_minutes == 0 {
            return Err("valid_minutes is at least 1".into());
        }
        for (field, text) in self.texts() {
            let ar = names(&text.ar).map_err(|fault| format!("{field}.ar: {fault}"))?;
            let en = names(&text.en).map_err(|fault| format!("{field}.en: {fault}"))?;
            if text.ar.trim().is_empty() || text.en.trim().is_empty() {
                return Err(format!("{field} is empty in one language"));
            }
            if ar != en {
                return Err(format!(
                    "{field} has {ar:?} in Arabic and {en:?} in English"
                ));
            }
        }
        Ok(())
    }
}

fn names(text: &str) -> Result<BTreeSet<&str>, String> {
    pieces(text)
        .filter_map(|piece| piece.map(Piece::name).transpose())
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    Plain(&'a str),
    Name(&'a str),
}

impl<'a> Piece<'a> {
    fn name(self) -> Option<&'a str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Plain(_) => None,
        }
    }
}

/// Splits `"a {b} c"` into plain text and names. A brace without its other half is an error.
fn pieces(text: &str) -> impl Iterator<Item = Result<Piece<'_>, String>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(open) = rest.strip_prefix('{') {
            let Some((name, after)) = open.split_once('}') else {
                rest = "";
                return Some(Err("{ without }".to_owned()));
            };
            rest = after;
            let fits =
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            return Some(if fits {
                Ok(Piece::Name(name))
            } else {
                Err(format!("{{{name}}} is not a name of a-z and _"))
            });
        }
        let end = rest.find('{').unwrap_or(rest.len());
        let (plain, after) = rest.split_at(end);
        rest = after;
        Some(if plain.contains('}') {
            Err("} without {".to_owned())
        } else {
            Ok(Piece::Plain(plain))
        })
    })
}

/// Control characters in a value become spaces: a name can't end a line or hide the rest.
fn fill(text: &str, params: &BTreeMap<String, String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len() + 32);
    for piece in pieces(text) {
        match piece? {
            Piece::Plain(plain) => out.push_str(plain),
            Piece::Name(name) => {
                let value = params.get(name).ok_or(name)?;
                out.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c }));
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SEED: &str = include_str!("../../../server/seed/messages.toml");

    /// As long as these values get.
    fn sample(name: &str) -> String {
        match name {
            "code" => "042137",
            "reference" => "K7Q2MX",
            "amount" | "fee" => "1242.00",
            "eta_minutes" | "minutes" => "45",
            "seconds" => "30",
            "name" => "عبدالرحمن القحطاني",
            "service" => "إصلاح تسرّب",
            "district" => "النرجس",
            "date" => "2026-12-13",
            "percent" => "100",
            "account" => "7519",
            "reason" => "الحساب ليس باسم المنشأة في شهادة البنك.",
            "device" => "Samsung Internet, Android",
            other => panic!("no sample for {other}"),
        }
        .to_owned()
    }

    #[test]
    fn the_real_templates_are_sound_and_an_arabic_sms_stays_in_one_part() {
        let templates = Templates::parse(SEED).unwrap();
        assert!(templates.iter().count() >= 10);
        for (name, template) in templates.iter() {
            let params: BTreeMap<_, _> = template
                .parameters()
                .into_iter()
                .map(|p| (p.to_owned(), sample(p)))
                .collect();
            for lang in [Lang::Ar, Lang::En] {
                for channel in [Channel::Sms, Channel::InApp] {
                    let Some(words) = template.render(channel, lang, &params).unwrap() else {
                        continue;
                    };
                    assert!(!words.body.contains(['{', '}']), "{name}");
                    assert_eq!(words.title.is_some(), channel == Channel::InApp, "{name}");
                    if channel == Channel::Sms && lang == Lang::Ar {
                        let parts = gateway_sms::parts(&words.body);
                        assert_eq!(parts.count, 1, "{name}: {} units", parts.units);
                    }
                }
            }
        }
        let codes: Vec<_> = templates
            .iter()
            .filter(|(_, t)| t.carries_code())
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(codes, ["finish_code", "otp_code", "step_up_code"]);
    }

    #[test]
    fn a_template_that_could_fail_is_refused() {
        for (toml, wanted) in [
            (
                "[template.a]\nchannel=[\"sms\"]\nsms={ar=\"{x}\",en=\"{y}\"}",
                "Arabic",
            ),
            (
                "[template.a]\nchannel=[\"sms\"]\nsms={ar=\"{x\",en=\"{x}\"}",
                "{ without }",
            ),
            (
                "[template.a]\nchannel=[\"sms\"]\nsms={ar=\"x}\",en=\"x\"}",
                "} without {",
            ),
            (
                "[template.a]\nchannel=[\"sms\"]\nsms={ar=\"{X}\",en=\"{X}\"}",
                "not a name",
            ),
            (
                "[template.a]\nchannel=[\"sms\"]\nsms={ar=\"\",en=\"x\"}",
                "empty",
            ),
            ("[template.a]\nchannel=[\"sms\"]", "go together"),
            ("[template.a]\nchannel=[]", "no channel"),
            (
                "[template.a]\nchannel=[\"in_app\"]\ntitle={ar=\"x\",en=\"x\"}",
                "title and body",
            ),
            ("[template.a]\nchannel=[\"fax\"]", "fax"),
            (
                "[template.a]\nchannel=[\"sms\"]\nsms={ar=\"x\",en=\"x\"}\nvalid_minutes=0",
                "valid_minutes",
            ),
        ] {
            let error = Templates::parse(toml).unwrap_err().to_string();
            assert!(error.contains(wanted), "{toml}: {error}");
        }
    }

    #[test]
    fn a_missing_parameter_is_named_and_a_surplus_one_ignored() {
        let templates = Templates::parse(
            "[template.a]\nchannel=[\"sms\"]\nsms={ar=\"س {x} {y}\",en=\"e {y} {x}\"}",
        )
        .unwrap();
        let template = templates.get(&Slug::parse("a").unwrap()).unwrap();
        let mut params = BTreeMap::from([("y".to_owned(), "2".to_owned())]);
        assert_eq!(
            template.render(Channel::Sms, Lang::En, &params),
            Err("x".into())
        );
        params.insert("x".into(), "1\n{y}".into());
        params.insert("z".into(), "3".into());
        let words = template
            .render(Channel::Sms, Lang::En, &params)
            .unwrap()
            .unwrap();
        assert_eq!(words.body, "e 2 1 {y}");
        assert_eq!(template.render(Channel::InApp, Lang::En, &params), Ok(None));
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_pieces_rebuild_it(text in "[a-z{}_ ]{0,30}") {
            let all: Result<Vec<_>, _> = pieces(&text).collect();
            if let Ok(all) = all {
                let rebuilt: String = all.iter().map(|piece| match piece {
                    Piece::Plain(plain) => (*plain).to_owned(),
                    Piece::Name(name) => format!("{{{name}}}"),
                }).collect();
                prop_assert_eq!(rebuilt, text);
            }
        }
    }
}
