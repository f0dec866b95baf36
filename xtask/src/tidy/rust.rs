//! Habits in Rust code.

use std::path::Path;

use super::lexer::{Source, line_of, words};
use super::{Finding, allow, files, finding};

/// A file longer than this holds two ideas.
const LINES: usize = 500;

struct Rule {
    name: &'static str,
    words: &'static [&'static str],
    /// Whether tests are bound by it too.
    in_tests: bool,
    advice: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        name: "unfinished",
        words: &["todo!", "unimplemented!", "dbg!"],
        in_tests: true,
        advice: "finish it or take it out",
    },
    Rule {
        name: "ignored-test",
        words: &["#[ignore"],
        in_tests: true,
        advice: "mend the test or remove it",
    },
    Rule {
        name: "unsafe",
        words: &["unsafe"],
        in_tests: true,
        advice: "find a safe way; the only exception is listed in xtask/src/tidy/allow.rs",
    },
    Rule {
        name: "clock",
        words: &[
            "SystemTime::now",
            "Timestamp::now",
            "Instant::now",
            "Zoned::now",
        ],
        in_tests: false,
        advice: "take `now` as an argument, or ask the injected clock",
    },
    Rule {
        name: "outside",
        words: &["reqwest"],
        in_tests: false,
        advice: "only gateways/ talks to the outside world",
    },
    Rule {
        name: "undecided",
        words: &["utoipa_axum::routes", ".route("],
        in_tests: false,
        advice: "make the route with `platform::routes!`, which demands a handler that says who may call it",
    },
];

pub(super) fn check(path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let test_file = files::is_test(path);
    let lines = text.lines().count();
    let generated = text.lines().take(5).any(|line| line.contains("@generated"));
    if lines > LINES && !test_file && !generated {
        let advice =
            format!("{lines} lines: split it where the second idea begins (limit {LINES})");
        findings.push(finding(path, lines, "length", advice));
    }
    let source = Source::parse(text);
    for rule in RULES {
        if allow::allows(rule.name, path) {
            continue;
        }
        for word in rule.words {
            for (line, in_test) in source.uses(word) {
                if rule.in_tests || !(in_test || test_file) {
                    let advice = format!("`{word}`: {}", rule.advice);
                    findings.push(finding(path, line, rule.name, advice));
                }
            }
        }
    }
    for word in [
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
        concat!("XX", "X"),
    ] {
        for at in words(&source.comments, word) {
            let advice = format!("`{word}`: do it now, or file an issue and say why it can wait");
            findings.push(finding(
                path,
                line_of(&source.comments, at),
                "unfinished",
                advice,
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        check(Path::new(path), text)
            .iter()
            .map(|finding| finding.rule)
            .collect()
    }

    #[test]
    fn each_rule_finds_what_it_is_for() {
        for (path, text, found) in [
            (
                "modules/a/src/a.rs",
                "fn a() { todo!() }",
                &["unfinished"][..],
            ),
            (
                "modules/a/tests/a.rs",
                "fn a() { dbg!(1); }",
                &["unfinished"],
            ),
            ("modules/a/src/a.rs", "// FIXME: later", &["unfinished"]),
            ("modules/a/src/a.rs", "let a = \"FIXME todo!()\";", &[]),
            (
                "modules/a/tests/a.rs",
                "#[ignore = \"slow\"]\nfn a() {}",
                &["ignored-test"],
            ),
            ("modules/a/src/a.rs", "unsafe { a() }", &["unsafe"]),
            ("platform/stores/src/child.rs", "unsafe { a() }", &[]),
            ("modules/a/src/a.rs", "let t = Instant::now();", &["clock"]),
            ("modules/a/tests/a.rs", "let t = Instant::now();", &[]),
            (
                "modules/a/src/a.rs",
                "#[cfg(test)]\nmod tests { fn a() { Instant::now(); } }",
                &[],
            ),
            ("gateways/sms/src/a.rs", "let t = Instant::now();", &[]),
            ("modules/a/src/a.rs", "use reqwest::Client;", &["outside"]),
            ("platform/src/rpc.rs", "use reqwest::Client;", &[]),
            ("server/src/a.rs", "use reqwest::Client;", &["outside"]),
            ("server/tests/a.rs", "use reqwest::Client;", &[]),
            (
                "modules/a/src/lib.rs",
                "use utoipa_axum::routes;",
                &["undecided"],
            ),
            (
                "modules/a/src/lib.rs",
                "router.route(\"/v1/a\", get(a))",
                &["undecided"],
            ),
            ("modules/a/src/lib.rs", "use platform::routes;", &[]),
            ("server/src/dev.rs", "router.route(\"/dev/a\", get(a))", &[]),
        ] {
            assert_eq!(rules(path, text), found, "{path}: {text}");
        }
    }

    #[test]
    fn long_files_are_found_unless_generated_or_tests() {
        let long = "//\n".repeat(LINES + 1);
        assert_eq!(rules("modules/a/src/a.rs", &long), ["length"]);
        assert_eq!(rules("modules/a/tests/a.rs", &long), [""; 0]);
        assert_eq!(
            rules("modules/a/src/a.rs", &format!("// @generated\n{long}")),
            [""; 0]
        );
    }
}
