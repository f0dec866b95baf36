//! Markdown to HTML, for texts that an operator writes: headings, paragraphs, lists, emphasis, links.
//! Whatever the text, nothing in it becomes an element of its own making: HTML in it is dropped, and
//! a link leads only where a page, a mailbox or a telephone is.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// A text in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// Its first line: `# …`, as plain text.
    pub title: String,
    /// Everything below it.
    pub html: String,
}

/// None where it does not begin with a heading, or has nothing below it.
pub(crate) fn render(text: &str) -> Option<Rendered> {
    let mut events = Parser::new_ext(text, Options::empty());
    let first = Tag::Heading {
        level: HeadingLevel::H1,
        id: None,
        classes: Vec::new(),
        attrs: Vec::new(),
    };
    if events.next()? != Event::Start(first) {
        return None;
    }
    let title: String = events
        .by_ref()
        .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
        .filter_map(|event| match event {
            Event::Text(words) | Event::Code(words) => Some(words.into_string()),
            Event::SoftBreak => Some(" ".to_owned()),
            _ => None,
        })
        .collect();
    let mut out = String::new();
    html::push_html(&mut out, Tamed::over(events));
    let html = out.trim();
    let whole = !title.trim().is_empty() && !html.is_empty();
    whole.then(|| Rendered {
        title: title.trim().to_owned(),
        html: html.to_owned(),
    })
}

/// What is left of a text's events.
struct Tamed<'a, I: Iterator<Item = Event<'a>>> {
    events: I,
    /// Of the links that are open, whether each leads anywhere.
    links: Vec<bool>,
}

impl<'a, I: Iterator<Item = Event<'a>>> Tamed<'a, I> {
    fn over(events: I) -> Self {
        Self {
            events,
            links: Vec::new(),
        }
    }
}

impl<'a, I: Iterator<Item = Event<'a>>> Iterator for Tamed<'a, I> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        loop {
            let event = match self.events.next()? {
                Event::Html(_)
                | Event::InlineHtml(_)
                | Event::Start(Tag::HtmlBlock | Tag::Image { .. })
                | Event::End(TagEnd::HtmlBlock | TagEnd::Image) => continue,
                Event::Start(Tag::Link { dest_url, .. }) if !leads_somewhere(&dest_url) => {
                    self.links.push(false);
                    continue;
                }
                link @ Event::Start(Tag::Link { .. }) => {
                    self.links.push(true);
                    link
                }
                Event::End(TagEnd::Link) if self.links.pop() != Some(true) => continue,
                // The page's own heading is the only one of the first rank.
                Event::Start(Tag::Heading {
                    level: HeadingLevel::H1,
                    id,
                    classes,
                    attrs,
                }) => Event::Start(Tag::Heading {
                    level: HeadingLevel::H2,
                    id,
                    classes,
                    attrs,
                }),
                Event::End(TagEnd::Heading(HeadingLevel::H1)) => {
                    Event::End(TagEnd::Heading(HeadingLevel::H2))
                }
                other => other,
            };
            return Some(event);
        }
    }
}

/// A page, a mailbox, a telephone; or a place on this server or page.
fn leads_somewhere(address: &str) -> bool {
    let starts = |with: &str| {
        address
            .get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    let own = address.starts_with('#') || address.starts_with('/') && !address.starts_with("//");
    own || ["https://", "http://", "mailto:", "tel:"]
        .into_iter()
        .any(starts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::fuzz::Target;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_headings_paragraphs_lists_and_links() {
        let text = "# Terms *of* use\n\nFirst `x` & <b>bold</b>.\n\n# Part\n\n- **one**\n- [mail](mailto:a@b.example)\n";
        let rendered = render(text).unwrap();
        assert_eq!(rendered.title, "Terms of use");
        assert_eq!(
            rendered.html,
            "<p>First <code>x</code> &amp; bold.</p>\n<h2>Part</h2>\n<ul>\n\
             <li><strong>one</strong></li>\n<li><a href=\"mailto:a@b.example\">mail</a></li>\n</ul>"
        );
        for nothing in [
            "",
            "no heading",
            "## second\n\nx",
            "# only a title",
            "# \n\nx",
            "x\n\n# late",
        ] {
            assert_eq!(render(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_link_that_leads_nowhere_good_is_only_its_words() {
        for (address, stays) in [
            ("https://a.example/", true),
            ("HTTP://a.example/", true),
            ("/legal/notice", true),
            ("#part", true),
            ("tel:+966500000000", true),
            ("//a.example/", false),
            ("javascript:alert(1)", false),
            ("JaVaScRiPt:alert(1)", false),
            ("&#106;avascript:alert(1)", false),
            ("data:text/html,x", false),
            ("legal", false),
            ("", false),
        ] {
            let html = render(&format!("# t\n\n[word](<{address}>)")).unwrap().html;
            assert_eq!(html.contains("<a "), stays, "{address}: {html}");
            assert!(html.contains("word"));
        }
        let nested = render("# t\n\n[a ![pic](https://x.example/p.png) b](javascript:x)").unwrap();
        assert_eq!(nested.html, "<p>a pic b</p>");
    }

    /// Every element is one that Markdown has, with no attribute but a link's own.
    fn is_tame(html: &str) {
        const ELEMENTS: [&str; 17] = [
            "p",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "ul",
            "ol",
            "li",
            "a",
            "em",
            "strong",
            "code",
            "pre",
            "blockquote",
            "br",
            "hr",
        ];
        for piece in html.split('<').skip(1) {
            let (element, _) = piece.split_once('>').expect("an element ends");
            let element = element.trim_start_matches('/').trim_end_matches('/').trim();
            let (name, attributes) = element.split_once(' ').unwrap_or((element, ""));
            assert!(ELEMENTS.contains(&name), "<{element}> in {html}");
            if piece.starts_with('/') {
                assert_eq!(attributes, "", "<{element}>");
                continue;
            }
            match name {
                "a" => {
                    let address = attributes.strip_prefix("href=\"").expect("a link leads");
                    let (address, rest) = address.split_once('"').expect("and is closed");
                    assert!(leads_somewhere(address), "{address} in {html}");
                    let title = rest.trim();
                    assert!(
                        title.is_empty()
                            || title.starts_with("title=\"") && title.matches('"').count() == 2,
                        "{element}"
                    );
                }
                "ol" => assert!(
                    attributes.is_empty() || attributes.starts_with("start=\""),
                    "{element}"
                ),
                "code" => assert!(
                    attributes.is_empty()
                        || attributes.starts_with("class=\"language-")
                            && attributes.matches('"').count() == 2,
                    "{element}"
                ),
                _ => assert_eq!(attributes, "", "{element}"),
            }
        }
    }

    #[test]
    fn fuzz_markdown() {
        Target::of("markdown").check(|input| {
            let text = String::from_utf8_lossy(input);
            for text in [
                text.to_string(),
                format!("# t\n\n{text}"),
                format!("# {text}\n\nx"),
            ] {
                if let Some(rendered) = render(&text) {
                    is_tame(&rendered.html);
                    assert!(!rendered.title.is_empty());
                }
            }
        });
    }

    proptest! {
        #[test]
        fn whatever_is_put_together_is_tame(
            pieces in prop::collection::vec(prop::sample::select(&[
                "<script>", "</script>", "<img src=x onerror=alert(1)>", "[x](javascript:a)", "[x]: javascript:a\n",
                "[x]", "![", "](", ")", "<", ">", "\"", "'", "&#60;", "&lt;script&gt;", "`", "```\"onload=\n", "\n", "\n\n", "> ",
                "- ", "1. ", "# ", "*", "__", "\\", "<!--", "-->", "<a href='javascript:x'>", "<javascript:x>", "\t", "~", "{email}",
            ][..]), 0..24)
        ) {
            if let Some(rendered) = render(&format!("# t\n\n{}", pieces.concat())) {
                is_tame(&rendered.html);
            }
        }
    }
}
