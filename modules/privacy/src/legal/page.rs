//! The pages on which the texts are read: by anybody, without a script, in the reader's language.

use super::{Legal, texts::Document};
use crate::Privacy;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use kernel::Lang;
use platform::http::{Page, Reader, escaped};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

struct Words {
    version: &'static str,
    binding: &'static str,
    pages: &'static str,
    other_lang: &'static str,
}

const ARABIC: Words = Words {
    version: "النسخة",
    binding: "النص العربي هو الملزم.",
    pages: "صفحات",
    other_lang: "English",
};
const ENGLISH: Words = Words {
    version: "Version",
    binding: "The Arabic text is the one that binds.",
    pages: "Pages",
    other_lang: "العربية",
};

/// For a browser, no operations of the API.
pub(crate) fn pages() -> OpenApiRouter<Arc<Privacy>> {
    let shown = |document: Document| {
        get(
            move |State(me): State<Arc<Privacy>>, reader: Reader, headers: HeaderMap| async move {
                show(&me.legal, document, reader, &headers)
            },
        )
    };
    let mut router = OpenApiRouter::new();
    for document in Document::ALL {
        router = router.route(document.path(), shown(document));
    }
    router
}

fn show(legal: &Legal, document: Document, reader: Reader, headers: &HeaderMap) -> Response {
    let lang = reader.lang;
    let (words, other) = match lang {
        Lang::Ar => (ARABIC, Lang::En),
        Lang::En => (ENGLISH, Lang::Ar),
    };
    let text = legal.written(document, lang);
    let beside = legal.written(document.other(), lang);
    let above = format!(
        "<nav aria-label=\"{pages}\"><a class=\"name\" href=\"/\">{name}</a>\
         <a href=\"{beside_at}?lang={code}\">{beside}</a>\
         <a href=\"{here}?lang={other}\" hreflang=\"{other}\" lang=\"{other}\">{other_lang}</a></nav>",
        pages = words.pages,
        name = escaped(legal.name.get(lang)),
        beside_at = document.other().path(),
        code = lang.as_str(),
        beside = escaped(&beside.title),
        here = document.path(),
        other = other.as_str(),
        other_lang = words.other_lang,
    );
    let body = format!(
        "<p class=\"about\">{} <bdi dir=\"ltr\">{}</bdi> · {}</p><article>{}</article>",
        words.version,
        escaped(&text.version),
        words.binding,
        text.html
    );
    let page = Page {
        lang,
        theme: reader.theme,
        title: &text.title,
        above: &above,
        body: &body,
    };
    page.answer_if_changed(headers)
}
