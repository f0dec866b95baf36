//! What stands in `#app` until the app takes its place: the shape of the screen that comes, in the
//! design's classes, with the words that are certain.

use super::App;
use super::shell::{Wishes, say};
use kernel::Lang;

pub(super) fn of(wishes: &Wishes, sprite: &str) -> String {
    match wishes.app {
        App::Customer if wishes.path == "/" => {
            customer(wishes.lang, sprite, &home(wishes.lang, sprite))
        }
        App::Customer => customer(wishes.lang, sprite, INNER),
        App::Admin => admin(wishes.lang, sprite),
    }
}

fn icon(sprite: &str, name: &str) -> String {
    format!("<svg class=\"i\" aria-hidden=\"true\"><use href=\"{sprite}#{name}\"/></svg>")
}

/// Any screen but home: a heading and a card of lines.
const INNER: &str = "<main class=\"stack pad\" aria-busy=\"true\"><p class=\"skel\"></p>\
     <div class=\"card stack\"><p class=\"skel\"></p><p class=\"skel\"></p><p class=\"skel\"></p><p class=\"skel\"></p></div></main>";

fn customer(lang: Lang, sprite: &str, main: &str) -> String {
    let tab = |name: &str, ar, en| {
        format!(
            "<a>{}<span>{}</span></a>",
            icon(sprite, name),
            say(lang, ar, en)
        )
    };
    format!(
        "<div class=\"page-home\"><div class=\"app\"><header class=\"appbar\"><span class=\"brand-mark\">\
         <svg aria-hidden=\"true\"><use href=\"{sprite}#logo\"/></svg><span>{name}</span></span></header>{main}\
         <nav class=\"bottom-nav\" aria-hidden=\"true\">{home}{bookings}{account}</nav></div></div>",
        name = say(lang, "خدمة", "Khidma"),
        home = tab("house", "الرئيسية", "Home"),
        bookings = tab("clipboard-check", "حجوزاتي", "Bookings"),
        account = tab("user-round", "حسابي", "Account"),
    )
}

fn home(lang: Lang, sprite: &str) -> String {
    let card = "<div class=\"svc card\"><p class=\"skel\"></p><p class=\"skel\"></p><p class=\"skel\"></p></div>";
    format!(
        "<main class=\"home\" aria-busy=\"true\"><div class=\"input search big-search\">{}<span class=\"meta\">{}</span></div>\
         <section class=\"stack\"><div class=\"sec\"><h2>{}</h2></div><div class=\"svc-grid\">{}</div></section></main>",
        icon(sprite, "search"),
        say(lang, "ابحث عن خدمة", "Search services"),
        say(lang, "ماذا نُصلح اليوم؟", "What needs doing?"),
        card.repeat(6),
    )
}

fn admin(lang: Lang, sprite: &str) -> String {
    let row = "<p class=\"skel\"></p>";
    let pane = |class: &str, ar, en, rows: usize| {
        format!(
            "<section class=\"pane {class}\"><div class=\"pane-head\"><h2>{}</h2></div><div class=\"jobhead\">{}</div></section>",
            say(lang, ar, en),
            row.repeat(rows)
        )
    };
    format!(
        "<div class=\"desk\" aria-busy=\"true\"><nav class=\"rail\" aria-hidden=\"true\"><a class=\"mk\">\
         <svg aria-hidden=\"true\"><use href=\"{sprite}#logo\"/></svg></a></nav>\
         <header class=\"deskbar\"><h1>{title}</h1></header><main class=\"console\"><section class=\"strip-sla\"></section>{queue}{map}{story}</main></div>",
        title = say(lang, "المتابعة الحيّة", "Live console"),
        queue = pane("queue", "الطابور حسب الخطر", "Queue by risk", 12),
        map = pane("map", "الخريطة", "Map", 0),
        story = pane("story-pane", "العمل المختار", "Selected job", 6),
    )
}
