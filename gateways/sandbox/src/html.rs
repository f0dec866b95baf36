//! Pages without a template engine: what comes from outside goes through [`escape`].

use axum::response::{Html, IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use std::fmt::Write;

pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Arabic, then English under it.
pub(crate) fn both(ar: &str, en: &str) -> String {
    format!(
        "{} <span lang=\"en\" dir=\"ltr\">{}</span>",
        escape(ar),
        escape(en)
    )
}

const STYLE: &str = "
:root{color-scheme:light dark;--ink:light-dark(#1c2b2a,#e4ecea);--soft:light-dark(#5a6b69,#9fb0ad);--line:light-dark(#d5dedc,#33413f);--page:light-dark(#f6f8f7,#121918);--card:light-dark(#fff,#1b2423);--main:light-dark(#0b6b62,#4fc3b4)}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.6 system-ui,'Noto Sans Arabic',sans-serif}
main{max-width:64rem;margin:0 auto;padding:1.5rem 1rem}main.narrow{max-width:28rem}
h1{font-size:1.4rem;margin:0 0 1rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}
[lang=en]{color:var(--soft);font-size:.9em}
section,form.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1rem;margin-block:1rem;overflow-x:auto}
table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.4rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
code,.number{font-family:ui-monospace,monospace;direction:ltr;unicode-bidi:isolate}
a{color:var(--main)}button{font:inherit;padding:.6rem 1.2rem;border-radius:.5rem;border:1px solid var(--main);background:var(--main);color:light-dark(#fff,#0c1211);cursor:pointer;min-height:2.75rem}
button.plain{background:transparent;color:var(--main)}button [lang=en]{color:inherit}.row{display:flex;gap:.75rem;flex-wrap:wrap;align-items:end}
label{display:block;font-size:.9rem}input,select{font:inherit;padding:.35rem .5rem;border:1px solid var(--line);border-radius:.4rem;background:var(--page);color:inherit;max-width:9rem}
.amount{font-size:1.8rem;font-weight:600}
@media(max-width:40rem){.messages tr{display:block;border-bottom:1px solid var(--line);padding-block:.6rem}.messages tr:first-child{display:none}.messages td{display:block;border:0;padding:.1rem 0}.messages td.number{text-align:right}}
";

/// A whole page; `body` is HTML. `refresh_s` reloads it every so many seconds.
pub(crate) fn page(title: &str, refresh_s: Option<u32>, narrow: bool, body: &str) -> Response {
    let mut html = String::with_capacity(body.len() + 3_000);
    let refresh = refresh_s.map_or_else(String::new, |seconds| {
        format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">")
    });
    let class = if narrow { " class=\"narrow\"" } else { "" };
    let title = escape(title);
    // Writing to a String cannot fail.
    let _ = write!(
        html,
        "<!doctype html><html lang=\"ar\" dir=\"rtl\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">{refresh}<title>{title}</title><link rel=\"icon\" href=\"data:,\"><style>{STYLE}</style></head><body><main{class}>{body}</main></body></html>"
    );
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
        ),
    ];
    (headers, Html(html)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        assert_eq!(
            escape(r#"<a href="x" title='y'>&"#),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;"
        );
    }
}
