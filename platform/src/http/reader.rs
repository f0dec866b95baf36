//! Who reads a page: in which language, and whether light or dark.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use kernel::Lang;
use std::convert::Infallible;

/// What a reader chose, or their browser says for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// What the address asks for, else the cookie `lang`, else what the browser prefers.
    pub lang: Lang,
    /// Whether the address asked for it (`?lang=en`).
    pub asked: bool,
    /// None: as the device has it.
    pub theme: Option<Theme>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            _ => None,
        }
    }
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Headers that what a reader gets depends on.
pub(super) const VARY: &str = "accept-language, cookie";

/// Where a page of this language begins to be read.
pub const fn dir(lang: Lang) -> &'static str {
    match lang {
        Lang::Ar => "rtl",
        Lang::En => "ltr",
    }
}

impl Reader {
    pub fn of(query: Option<&str>, headers: &HeaderMap) -> Self {
        let asked = asked_lang(query);
        let chosen = || cookie(headers, "lang")?.parse().ok();
        Self {
            lang: asked
                .or_else(chosen)
                .unwrap_or_else(|| preferred_lang(headers)),
            asked: asked.is_some(),
            theme: cookie(headers, "theme").and_then(Theme::parse),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts.uri.query(), &parts.headers))
    }
}

fn asked_lang(query: Option<&str>) -> Option<Lang> {
    query?
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang="))
        .and_then(|lang| lang.parse().ok())
}

fn preferred_lang(headers: &HeaderMap) -> Lang {
    headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or(Lang::Ar, Lang::from_accept_language)
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_wins_over_the_cookie_and_the_cookie_over_the_browser() {
        let read = |query: &str, cookie: &str, accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
            Reader::of(Some(query), &headers)
        };
        for (query, cookie, accept, lang, asked) in [
            ("lang=ar", "lang=en", "en", Lang::Ar, true),
            ("x=1&lang=en", "", "ar", Lang::En, true),
            ("lang=fr", "a=b; lang=en", "ar", Lang::En, false),
            ("", "lang=fr", "en-GB, ar;q=0.2", Lang::En, false),
            ("", "", "fr", Lang::Ar, false),
        ] {
            let reader = read(query, cookie, accept);
            assert_eq!(
                (reader.lang, reader.asked),
                (lang, asked),
                "{query} {cookie}"
            );
            assert_eq!(reader.theme, None);
        }
        assert_eq!(read("", "theme=dark", "en").theme, Some(Theme::Dark));
        assert_eq!(read("", "theme=\"><script>", "en").theme, None);
        assert_eq!(Reader::of(None, &HeaderMap::new()).lang, Lang::Ar);
    }
}
