//! Pages without a script, for whoever follows a link of ours: one frame, one style, and a policy that
//! allows nothing from elsewhere.

use super::reader::{Theme, VARY, dir};
use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use kernel::Lang;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("page.css");
const STYLE_AT: &str = "/page.css";

/// Nothing but a page's own style and form.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; \
frame-ancestors 'none'; base-uri 'none'";

/// One page: everything between its heading and its end is `body`, HTML that is ours.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    pub lang: Lang,
    /// None: as the device has it.
    pub theme: Option<Theme>,
    pub title: &'a str,
    /// Above the heading: where else one may go. HTML, may be empty.
    pub above: &'a str,
    pub body: &'a str,
}

impl Page<'_> {
    pub fn html(&self) -> String {
        let theme = self
            .theme
            .map(|theme| format!(" data-theme=\"{}\"", theme.as_str()))
            .unwrap_or_default();
        format!(
            "<!doctype html><html lang=\"{lang}\" dir=\"{dir}\"{theme}><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\">\
             <meta name=\"referrer\" content=\"no-referrer\">\
             <title>{title}</title><link rel=\"stylesheet\" href=\"{STYLE_AT}\"></head>\
             <body>{above}<main><h1>{title}</h1>{body}</main></body></html>",
            lang = self.lang.as_str(),
            dir = dir(self.lang),
            title = escaped(self.title),
            above = self.above,
            body = self.body,
        )
    }

    pub fn answer(&self, status: StatusCode) -> Response {
        (status, self.headers(), Html(self.html())).into_response()
    }

    fn headers(&self) -> [(HeaderName, &'static str); 2] {
        [
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::CONTENT_LANGUAGE, self.lang.as_str()),
        ]
    }

    /// For a page that many read: a browser that has it already is only told so.
    pub fn answer_if_changed(&self, request: &HeaderMap) -> Response {
        let digest = Sha256::digest(self.html());
        let etag = format!("\"{}\"", hex::encode(&digest[..16]));
        let known = request
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|tag| tag.trim().trim_start_matches("W/") == etag || tag.trim() == "*");
        let mut response = if known {
            // With its policy: a browser puts the headers of this answer over those it kept.
            (StatusCode::NOT_MODIFIED, self.headers()).into_response()
        } else {
            self.answer(StatusCode::OK)
        };
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static(VARY));
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            headers.insert(header::ETAG, etag);
        }
        response
    }
}

/// For whoever holds a link: a heading and what is below it.
pub fn page(lang: Lang, title: &str, status: StatusCode, body: &str) -> Response {
    let page = Page {
        lang,
        theme: None,
        title,
        above: "",
        body,
    };
    page.answer(status)
}

/// The style of all of them.
pub fn page_style() -> Router {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    Router::new().route(
        STYLE_AT,
        get(move || std::future::ready((headers, STYLE).into_response())),
    )
}

/// Text in HTML, also inside an attribute in double quotes.
pub fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\'' => "&#39;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_in_its_direction_and_theme_and_its_title_is_only_text() {
        let html = |lang, theme| {
            let page = Page {
                lang,
                theme,
                title: "<b>\"x\" & 'y'",
                above: "<nav></nav>",
                body: "<p>body</p>",
            };
            page.html()
        };
        let arabic = html(Lang::Ar, None);
        assert!(
            arabic.contains("<html lang=\"ar\" dir=\"rtl\"><head>"),
            "{arabic}"
        );
        assert!(arabic.contains(
            "<nav></nav><main><h1>&lt;b&gt;&quot;x&quot; &amp; &#39;y&#39;</h1><p>body</p></main>"
        ));
        let english = html(Lang::En, Some(Theme::Dark));
        assert!(english.contains("<html lang=\"en\" dir=\"ltr\" data-theme=\"dark\">"));
        assert!(!arabic.contains("<script") && !arabic.contains(" style="));
    }
}
