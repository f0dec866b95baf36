//! The page an app begins with.

use super::dist::Dist;
use super::{App, Web, skeleton};
use axum::http::StatusCode;
use kernel::Lang;
use platform::http::{Theme, dir};
use serde_json::json;

/// What is known of the reader.
pub(super) struct Wishes<'a> {
    pub app: App,
    pub path: &'a str,
    pub lang: Lang,
    /// None: as the device has it.
    pub theme: Option<Theme>,
}

/// Picks the words of the language.
pub(super) const fn say(lang: Lang, ar: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Ar => ar,
        Lang::En => en,
    }
}

/// Status, page and the `Link` header that lets the browser begin before it has read the page.
pub(super) fn page(
    web: &Web,
    dist: &Dist,
    wishes: &Wishes,
) -> (StatusCode, String, Option<String>) {
    let manifest = &dist.manifest;
    let Some(files) = manifest.apps.get(wishes.app.name()) else {
        return (StatusCode::SERVICE_UNAVAILABLE, unbuilt(wishes.lang), None);
    };
    let lang = wishes.lang;
    let mut preloads = vec![
        Preload::new(&files.css, "style"),
        Preload::module(&files.boot),
        Preload::module(&files.js),
        Preload::new(&files.wasm, "fetch").kind("application/wasm"),
    ];
    for font in first_fonts(&manifest.shared.fonts, lang) {
        preloads.push(Preload::new(font, "font").kind("font/woff2"));
    }
    let links: Vec<String> = preloads.iter().map(Preload::header).collect();
    let hints: String = preloads.iter().map(Preload::element).collect();
    let config = json!({
        "app": wishes.app.name(),
        "lang": lang,
        "env": web.env,
        "version": manifest.version,
        "assets": {
            "icons": asset(&manifest.shared.icons),
            "map": asset(&manifest.shared.map),
            "map_css": asset(&manifest.shared.map_css),
        },
        "payments": { "tokens_url": web.tokens_url, "publishable_key": web.publishable_key },
        "clock": { "now": web.clock.now(), "speed": web.clock.anchor().speed },
    });
    let theme = wishes
        .theme
        .map(|theme| format!(" data-theme=\"{}\"", theme.as_str()))
        .unwrap_or_default();
    let related: String = [
        ("license", &manifest.shared.licences),
        ("icon", &manifest.shared.favicon),
        ("apple-touch-icon", &manifest.shared.icon180),
    ]
    .iter()
    .filter(|(_, file)| !file.is_empty())
    .map(|(rel, file)| format!("<link rel=\"{rel}\" href=\"/assets/{file}\">"))
    .collect();
    let density = match wishes.app {
        App::Customer => "",
        App::Admin => " data-density=\"compact\"",
    };
    let html = format!(
        "<!doctype html>\n<html lang=\"{lang}\" dir=\"{dir}\"{theme}>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\n\
         <title>{title}</title>\n<meta name=\"description\" content=\"{description}\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         {hints}<link rel=\"stylesheet\" href=\"/assets/{css}\">\n\
         <link rel=\"manifest\" href=\"{root}manifest.webmanifest\">\n{related}\n\
         <script type=\"application/json\" id=\"khidma\">{config}</script>\n\
         <script type=\"module\" id=\"boot\" src=\"/assets/{boot}\" data-js=\"/assets/{js}\" data-wasm=\"/assets/{wasm}\"></script>\n\
         </head>\n<body{density}>\n<noscript>{noscript}</noscript>\n<div id=\"app\">{skeleton}</div>\n</body>\n</html>\n",
        lang = lang.as_str(),
        dir = dir(lang),
        title = title(wishes.app, lang),
        description = description(wishes.app, lang),
        css = files.css,
        root = wishes.app.root(),
        config = in_script(&config),
        boot = files.boot,
        js = files.js,
        wasm = files.wasm,
        noscript = noscript(lang),
        skeleton = skeleton::of(wishes, &asset(&manifest.shared.icons)),
    );
    (StatusCode::OK, html, Some(links.join(", ")))
}

/// JSON that no reader of HTML takes for the end of its element.
fn in_script(value: &serde_json::Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

fn asset(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!("/assets/{name}")
    }
}

/// The faces the first paint needs: regular weight, both scripts for Arabic pages (digits are
/// Latin), Latin alone for English ones. The others come with the style sheet.
fn first_fonts(fonts: &[String], lang: Lang) -> impl Iterator<Item = &String> {
    fonts.iter().filter(move |name| {
        let regular = name.contains("-400-");
        let arabic = name.replacen("sans-arabic", "", 1).contains("arabic");
        regular && (lang == Lang::Ar || !arabic)
    })
}

struct Preload<'a> {
    file: &'a str,
    rel: &'static str,
    as_what: Option<&'static str>,
    kind: Option<&'static str>,
}

impl<'a> Preload<'a> {
    fn new(file: &'a str, as_what: &'static str) -> Self {
        Self {
            file,
            rel: "preload",
            as_what: Some(as_what),
            kind: None,
        }
    }
    fn module(file: &'a str) -> Self {
        Self {
            file,
            rel: "modulepreload",
            as_what: None,
            kind: None,
        }
    }
    fn kind(mut self, kind: &'static str) -> Self {
        self.kind = Some(kind);
        self
    }
    /// Fonts and `fetch` are always asked for in this mode; a hint in another would load twice.
    fn anonymous(&self) -> bool {
        matches!(self.as_what, Some("font" | "fetch"))
    }
    fn header(&self) -> String {
        let mut out = format!("</assets/{}>; rel={}", self.file, self.rel);
        if let Some(what) = self.as_what {
            out.push_str(&format!("; as={what}"));
        }
        if let Some(kind) = self.kind {
            out.push_str(&format!("; type=\"{kind}\""));
        }
        if self.anonymous() {
            out.push_str("; crossorigin");
        }
        out
    }
    fn element(&self) -> String {
        let mut out = format!("<link rel=\"{}\" href=\"/assets/{}\"", self.rel, self.file);
        if let Some(what) = self.as_what {
            out.push_str(&format!(" as=\"{what}\""));
        }
        if let Some(kind) = self.kind {
            out.push_str(&format!(" type=\"{kind}\""));
        }
        if self.anonymous() {
            out.push_str(" crossorigin");
        }
        out.push_str(">\n");
        out
    }
}

const fn title(app: App, lang: Lang) -> &'static str {
    match app {
        App::Customer => say(
            lang,
            "خدمة: صيانة منزلك في موعدها",
            "Khidma: home services, on time",
        ),
        App::Admin => say(lang, "خدمة: المتابعة الحيّة", "Khidma: live console"),
    }
}

const fn description(app: App, lang: Lang) -> &'static str {
    match app {
        App::Customer => say(
            lang,
            "تكييف وسباكة وكهرباء وتنظيف في الرياض، بسعر معلوم وموعد مضمون.",
            "Air conditioning, plumbing, electrical and cleaning in Riyadh, at a known price and a promised time.",
        ),
        App::Admin => say(
            lang,
            "لوحة المشرفين في خدمة.",
            "The console of Khidma's staff.",
        ),
    }
}

const fn noscript(lang: Lang) -> &'static str {
    say(
        lang,
        "<p class=\"note\">هذه الصفحة تحتاج إلى JavaScript. فعّله في إعدادات متصفحك ثم أعد تحميلها.</p>",
        "<p class=\"note\">This page needs JavaScript. Turn it on in your browser's settings and load the page again.</p>",
    )
}

/// Where the apps were not built yet.
pub(super) fn unbuilt(lang: Lang) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{}\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<h1>{}</h1>\n<p>{} <code dir=\"ltr\">./khidma web</code></p>\n",
        lang.as_str(),
        dir(lang),
        say(lang, "خدمة", "Khidma"),
        say(
            lang,
            "لم تُبنَ تطبيقات الويب بعد",
            "The web apps are not built yet"
        ),
        say(
            lang,
            "الخادم يعمل. ابنِ التطبيقات بهذا الأمر ثم أعد تحميل الصفحة:",
            "The server is running. Build the apps with this command, then load the page again:"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_block_cannot_be_left() {
        let value = json!({ "a": "</script><script>" });
        assert_eq!(in_script(&value), r#"{"a":"\u003c/script>\u003cscript>"}"#);
    }

    #[test]
    fn fonts_of_the_first_paint() {
        let fonts: Vec<String> = [
            "ibm-plex-sans-arabic-arabic-400-normal-aa.woff2",
            "ibm-plex-sans-arabic-latin-400-normal-bb.woff2",
            "ibm-plex-sans-arabic-arabic-600-normal-cc.woff2",
        ]
        .map(str::to_owned)
        .into();
        let pick = |lang| first_fonts(&fonts, lang).cloned().collect::<Vec<_>>();
        assert_eq!(pick(Lang::Ar), fonts[..2]);
        assert_eq!(pick(Lang::En), fonts[1..2]);
    }
}
