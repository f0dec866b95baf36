//! The invariants that files alone can show.
//!
//! One finding is one line: `path:line: rule: what to do`. Exceptions are listed in [`allow`], each
//! with its reason.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::{migrate, prepare};

pub(crate) mod allow;
mod crates;
pub(crate) mod files;
mod layout;
pub(crate) mod lexer;
mod rust;
mod secrets;
mod sql;
mod text;
mod web;

/// Something to put right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: PathBuf,
    line: usize,
    rule: &'static str,
    advice: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding {
            path,
            line,
            rule,
            advice,
        } = self;
        write!(f, "{}:{line}: {rule}: {advice}", path.display())
    }
}

fn finding(path: &Path, line: usize, rule: &'static str, advice: impl Into<String>) -> Finding {
    Finding {
        path: path.to_owned(),
        line,
        rule,
        advice: advice.into(),
    }
}

pub(crate) fn command(root: &Path) -> anyhow::Result<ExitCode> {
    let findings = check(root)?;
    for finding in &findings {
        eprintln!("{finding}");
    }
    if findings.is_empty() {
        eprintln!("tidy: all invariants hold");
        Ok(ExitCode::SUCCESS)
    } else {
        eprintln!("tidy: {} to put right", findings.len());
        Ok(ExitCode::FAILURE)
    }
}

/// Checks everything, in the order of the paths.
fn check(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let files = files::all(root)?;
    let mut findings = layout::check(root)?;
    for path in &files {
        let Ok(text) = std::fs::read_to_string(root.join(path)) else {
            continue; // Not text.
        };
        findings.extend(text::check(root, path, &text));
        findings.extend(secrets::check(path, &text));
        findings.extend(web::check(path, &text));
        if files::has_extension(path, "rs") {
            findings.extend(rust::check(path, &text));
            findings.extend(sql::check_rust(path, &text));
        } else if files::has_extension(path, "sql") {
            findings.extend(sql::check_sql(path, &text));
        } else if path.file_name().is_some_and(|name| name == "Cargo.toml") {
            findings.extend(crates::check(path, &text)?);
        }
    }
    for folder in prepare::stale(root)? {
        findings.push(finding(
            Path::new(".sqlx/migrations.txt"),
            1,
            "queries",
            format!("the migrations of {folder} changed: run `./khidma prepare` and commit .sqlx"),
        ));
    }
    for owner in migrate::owners(root)? {
        findings.extend(layout::check_migrations(root, &owner)?);
    }
    findings.sort();
    findings.dedup();
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_tree_is_checked_as_a_whole() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "contracts/sla/Cargo.toml",
            "[package]\nname = \"contract-sla\"\n",
        );
        write(
            "modules/sla/Cargo.toml",
            "[dependencies]\nbookings.workspace = true\n",
        );
        write("modules/sla/src/lib.rs", "fn a() {\n    todo!()\n}\n");
        write(
            "modules/sla/migrations/0001_clocks.sql",
            "CREATE TABLE clocks (n int);\n",
        );
        let found: Vec<String> = check(root.path())
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        let starts = [
            ".sqlx/migrations.txt:1: queries: ",
            "modules/sla:1: layout: ",
            "modules/sla/Cargo.toml:2: dependencies: ",
            "modules/sla/migrations/0001_clocks.sql:1: schema: ",
            "modules/sla/src/lib.rs:2: unfinished: ",
        ];
        assert_eq!(found.len(), starts.len(), "{found:#?}");
        for (found, start) in found.iter().zip(starts) {
            assert!(found.starts_with(start), "{found}");
        }
    }
}
