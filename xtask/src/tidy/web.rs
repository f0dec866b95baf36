//! Habits in the web apps' files.

use std::path::Path;

use super::{Finding, allow, files, finding};

/// A file longer than this holds two ideas. Messages are a list, and read like one.
const LINES: &[(&str, usize)] = &[("css", 500), ("js", 500), ("mjs", 500), ("ftl", 1000)];

/// Declarations that stay where they are when the reading direction turns.
const PHYSICAL: &[&str] = &[
    "margin-left",
    "margin-right",
    "padding-left",
    "padding-right",
    "border-left",
    "border-right",
    "float: left",
    "float: right",
];

pub(super) fn check(path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines = text.lines().count();
    for (extension, limit) in LINES {
        let long = files::has_extension(path, extension) && lines > *limit;
        if long && !allow::allows("length", path) {
            let advice =
                format!("{lines} lines: split it where the second idea begins (limit {limit})");
            findings.push(finding(path, lines, "length", advice));
        }
    }
    if !path.starts_with("apps") {
        return findings;
    }
    for (at, line) in text.lines().enumerate() {
        if files::has_extension(path, "css") {
            for word in PHYSICAL.iter().filter(|word| line.contains(**word)) {
                let advice = format!(
                    "`{word}`: say it by reading direction (`margin-inline-start`), both are read"
                );
                findings.push(finding(path, at + 1, "direction", advice));
            }
        } else if files::has_extension(path, "rs") && line.contains(" style=\"") {
            let advice = "the pages' policy forbids style attributes: a class, or `style:name=…`, \
                          which is set by script";
            findings.push(finding(path, at + 1, "policy", advice));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_habit_is_seen() {
        for (path, text, rules) in [
            (
                "apps/ui/css/a.css",
                "a {\n margin-left: 1px }",
                vec!["direction"],
            ),
            (
                "apps/ui/css/a.css",
                "a { margin-inline-start: 1px }",
                vec![],
            ),
            ("server/src/a.css", "a { margin-left: 1px }", vec![]),
            (
                "apps/ui/src/a.rs",
                "view! { <b style=\"x\"/> }",
                vec!["policy"],
            ),
            ("apps/ui/src/a.rs", "view! { <b style:--v=\"x\"/> }", vec![]),
        ] {
            let found = check(Path::new(path), text);
            let found: Vec<_> = found.iter().map(|finding| finding.rule).collect();
            assert_eq!(found, rules, "{path} {text}");
        }
        let long = check(Path::new("apps/client/js/a.js"), &"\n".repeat(501));
        assert_eq!(long.len(), 1);
    }
}
