//! A module's SQL names its own schema and no other.

use std::path::{Component, Path};

use super::lexer::{Source, line_of, words};
use super::{Finding, crates, files, finding};

const VERBS: &[&str] = &[
    "alter", "copy", "create", "delete", "drop", "insert", "lock", "merge", "select", "truncate",
    "update", "with",
];

/// The schema that a file's SQL may name, if it lies in a crate that owns one.
fn schema_of(path: &Path) -> Option<&str> {
    let mut parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    match (parts.next()?, parts.next()?) {
        ("platform", "stores") => None,
        ("platform", _) => Some("platform"),
        ("modules", module) => Some(module),
        _ => None,
    }
}

/// SQL in string literals. Tests may look at the platform's tables too.
pub(super) fn check_rust(path: &Path, text: &str) -> Vec<Finding> {
    let Some(own) = schema_of(path) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for literal in Source::parse(text).literals {
        if looks_like_sql(&literal.text) {
            let for_tests = literal.in_test || files::is_test(path);
            let sql = without_quotes(&literal.text.replace("\\\"", "\""));
            for (line, schema) in foreign(&sql, own) {
                if !(for_tests && schema == "platform") {
                    let line = literal.line + line - 1;
                    findings.push(finding(path, line, "schema", foreign_advice(own, schema)));
                }
            }
        }
    }
    findings
}

/// A migration or a query in a file of its own.
pub(super) fn check_sql(path: &Path, text: &str) -> Vec<Finding> {
    let Some(own) = schema_of(path) else {
        return Vec::new();
    };
    let sql = without_quotes(text);
    let mut findings: Vec<Finding> = foreign(&sql, own)
        .into_iter()
        .map(|(line, schema)| finding(path, line, "schema", foreign_advice(own, schema)))
        .collect();
    let lower = sql.to_ascii_lowercase();
    for (statement, skips) in [
        ("create table", ["if not exists"].as_slice()),
        ("references", &[]),
    ] {
        for at in words(&lower, statement) {
            let mut name = lower[at + statement.len()..].trim_start();
            for skip in skips {
                name = name.strip_prefix(skip).unwrap_or(name).trim_start();
            }
            let qualified = name
                .strip_prefix(own)
                .is_some_and(|rest| rest.starts_with('.'));
            if !qualified {
                let name: String = name
                    .chars()
                    .take_while(|c| !" (\n;,".contains(*c))
                    .collect();
                let advice = format!("`{statement} {name}`: write {own}.{name}");
                findings.push(finding(path, line_of(&lower, at), "schema", advice));
            }
        }
    }
    findings
}

fn foreign_advice(own: &str, schema: &str) -> String {
    format!("SQL of {own} names schema {schema}: ask its contract, or listen to its events")
}

fn looks_like_sql(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let first = lower
        .trim_start_matches([' ', '\n', '\\', '('])
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    VERBS.contains(&first) && lower.trim().contains([' ', '\n'])
        || [" from ", " join ", " into "]
            .iter()
            .any(|word| lower.contains(word))
}

/// Lines (from 1) and names of schemas other than `own`.
fn foreign(sql: &str, own: &str) -> Vec<(usize, &'static str)> {
    let lower = sql.to_ascii_lowercase();
    crates::modules()
        .chain(["platform"])
        .filter(|schema| *schema != own)
        .flat_map(|schema| {
            words(&lower, schema)
                .filter(|at| {
                    let rest = lower[at + schema.len()..].trim_start_matches('"');
                    let name = rest.strip_prefix('.').unwrap_or_default();
                    let starts_name = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '"';
                    // `x.sla.y` is a field, not a schema.
                    name.starts_with(starts_name) && !lower[..*at].ends_with('.')
                })
                .map(|at| (line_of(&lower, at), schema))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Blanks SQL strings and comments, whose words are no names.
fn without_quotes(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql.chars().peekable();
    let mut quoted = false;
    while let Some(c) = rest.next() {
        if c == '\'' {
            quoted = !quoted;
        }
        if !quoted && c == '-' && rest.peek() == Some(&'-') {
            while rest.next_if(|c| *c != '\n').is_some() {}
            continue;
        }
        let keep = c == '\n' || (!quoted && c.is_ascii());
        out.push(if keep { c } else { ' ' });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust(path: &str, sql: &str) -> usize {
        check_rust(Path::new(path), &format!("fn a() {{ query!({sql:?}); }}")).len()
    }

    #[test]
    fn sql_of_a_module_names_its_own_schema() {
        let file = "modules/bookings/src/create.rs";
        for (sql, count) in [
            ("SELECT * FROM bookings.bookings", 0),
            ("SELECT * FROM identity.users", 1),
            ("select 1 from bookings.b join Vendors.v on true", 1),
            ("SELECT * FROM \"identity\".\"users\"", 1),
            (
                "INSERT INTO bookings.log (event) VALUES ('identity.user_created')",
                0,
            ),
            ("UPDATE platform.jobs SET done = true", 1),
            ("SELECT b.sla.due FROM bookings.b", 0),
            ("identity.user_created", 0),
            ("bookings.assign", 0),
        ] {
            assert_eq!(rust(file, sql), count, "{sql}");
        }
        assert_eq!(
            rust("modules/bookings/tests/a.rs", "SELECT 1 FROM platform.jobs"),
            0
        );
        assert_eq!(
            rust(
                "modules/bookings/tests/a.rs",
                "SELECT 1 FROM identity.users"
            ),
            1
        );
        assert_eq!(rust("platform/src/jobs.rs", "SELECT 1 FROM bookings.b"), 1);
        assert_eq!(rust("server/src/main.rs", "SELECT 1 FROM bookings.b"), 0);
    }

    #[test]
    fn the_line_is_the_one_in_the_file() {
        let text = "fn a() {\n    query!(\n        \"SELECT 1\n         FROM identity.users\");\n}";
        let found = check_rust(Path::new("modules/sla/src/a.rs"), text);
        assert_eq!(
            found.iter().map(|finding| finding.line).collect::<Vec<_>>(),
            [4]
        );
    }

    #[test]
    fn migrations_write_their_schema_out() {
        let file = Path::new("modules/sla/migrations/0001_a.sql");
        for (sql, count) in [
            ("CREATE TABLE sla.clocks (n int);", 0),
            ("CREATE TABLE IF NOT EXISTS sla.clocks (n int);", 0),
            ("CREATE TABLE clocks (n int);", 1),
            (
                "-- what references what\nCREATE TABLE sla.a (b int REFERENCES sla.b (id));",
                0,
            ),
            ("CREATE TABLE sla.a (b int REFERENCES b (id));", 1),
            ("CREATE TABLE sla.a (b int REFERENCES identity.b (id));", 2),
        ] {
            assert_eq!(check_sql(file, sql).len(), count, "{sql}");
        }
    }
}
