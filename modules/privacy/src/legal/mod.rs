//! The terms of use and the privacy notice: which hold now, and where they are read.

mod markdown;
mod page;
mod texts;

pub(crate) use page::pages;
pub use texts::BadText;

use crate::Privacy;
use crate::settings::PrivacySettings;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use contract_privacy::{LegalText, LegalTexts};
use kernel::{Lang, Text};
use platform::http::{Problem, Public, Reply};
use std::sync::Arc;
use texts::{Document, Sources};

/// Shorter than anybody takes to read them.
const MAY_BE_KEPT: &str = "public, max-age=60";

/// Whose texts they are: who sells, as receipts say it, and how people reach the platform.
#[derive(Debug, Clone)]
pub struct Publisher {
    pub name: Text,
    pub vat_number: String,
    /// Ends with a slash.
    pub public_url: String,
}

/// Both texts in both languages, ready to be shown.
pub struct Legal {
    written: [Written; 4],
    name: Text,
    public_url: String,
}

struct Written {
    document: Document,
    lang: Lang,
    version: String,
    title: String,
    html: String,
}

impl Legal {
    /// The operator's own texts or the platform's, with what the settings say put in.
    pub fn open(settings: &PrivacySettings, publisher: &Publisher) -> Result<Self, BadText> {
        let [a, b, c, d] = Sources::of(settings)?
            .0
            .map(|source| Written::of(&source, settings, publisher));
        Ok(Self {
            written: [a?, b?, c?, d?],
            name: publisher.name.clone(),
            public_url: publisher.public_url.clone(),
        })
    }

    fn written(&self, document: Document, lang: Lang) -> &Written {
        let found = self
            .written
            .iter()
            .find(|w| w.document == document && w.lang == lang);
        found.expect("each text is there in each language")
    }
}

/// What the platform's own texts are called, so that having read them says which words were read.
pub fn edition() -> String {
    Sources::of_the_platform().edition()
}

impl Written {
    fn of(
        source: &texts::Source,
        settings: &PrivacySettings,
        publisher: &Publisher,
    ) -> Result<Self, BadText> {
        let (document, lang) = (source.document, source.lang);
        let operator = &settings.operator;
        let version = settings.version(document.purpose());
        let value = |name: &str| {
            let value = match name {
                "name" => publisher.name.get(lang).to_owned(),
                "registration" => operator.registration.clone(),
                "vat_number" => publisher.vat_number.clone(),
                "address" => operator.address(lang).to_owned(),
                "email" => operator.email.clone(),
                "data_protection_email" => operator.data_protection_email.clone(),
                "version" => version.to_owned(),
                "grace_days" => settings.grace_days.to_string(),
                "archive_days" => settings.archive_days.to_string(),
                _ => return None,
            };
            Some(value)
        };
        let bad = |why: String| BadText {
            file: format!("{}?lang={}", document.path(), lang.as_str()),
            why,
        };
        let filled = texts::fill(&source.markdown, value).map_err(bad)?;
        let rendered = markdown::render(&filled)
            .ok_or_else(|| bad("with its values in it, there is no title or no text".to_owned()))?;
        Ok(Self {
            document,
            lang,
            version: version.to_owned(),
            title: rendered.title,
            html: rendered.html,
        })
    }
}

/// The texts that hold now and where each is read, for apps that ask somebody to agree. What was
/// agreed to is `/v1/me/consents`.
#[utoipa::path(get, path = "/v1/legal", tag = "privacy",
    responses((status = 200, body = LegalTexts), (status = "default", body = Problem)))]
pub(crate) async fn legal_texts(
    State(me): State<Arc<Privacy>>,
    _: Public,
) -> ([(HeaderName, HeaderValue); 1], Reply<LegalTexts>) {
    let legal = &me.legal;
    let base = legal.public_url.trim_end_matches('/');
    let items = Document::ALL.map(|document| {
        let [ar, en] = [Lang::Ar, Lang::En].map(|lang| legal.written(document, lang));
        let page = |lang: Lang| format!("{base}{}?lang={}", document.path(), lang.as_str());
        LegalText {
            purpose: document.purpose(),
            version: ar.version.clone(),
            title: Text::new(ar.title.as_str(), en.title.as_str()),
            page: Text::new(page(Lang::Ar), page(Lang::En)),
        }
    });
    let texts = LegalTexts {
        items: items.into(),
        binding: Lang::Ar,
    };
    let kept = HeaderValue::from_static(MAY_BE_KEPT);
    ([(header::CACHE_CONTROL, kept)], Reply::ok(texts))
}
