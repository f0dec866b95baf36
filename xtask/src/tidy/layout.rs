//! What every module consists of, and what migrations are called.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Finding, finding};
use crate::migrate::Owner;

pub(super) fn check(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let Ok(modules) = std::fs::read_dir(root.join("modules")) else {
        return Ok(findings);
    };
    for entry in modules {
        let name = entry?.file_name();
        let module = Path::new("modules").join(&name);
        for (needed, why) in [
            (
                Path::new("contracts").join(&name),
                "what it promises to others",
            ),
            (module.join("migrations"), "the schema it owns"),
            (module.join("tests"), "its proof against a real database"),
        ] {
            if !root.join(&needed).is_dir() {
                let advice = format!("{} is missing: {why}", needed.display());
                findings.push(finding(&module, 1, "layout", advice));
            }
        }
    }
    Ok(findings)
}

pub(super) fn check_migrations(root: &Path, owner: &Owner) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut versions: BTreeMap<u64, PathBuf> = BTreeMap::new();
    let mut files: Vec<_> = std::fs::read_dir(&owner.migrations)?.collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    for entry in files {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = owner
            .migrations
            .strip_prefix(root)
            .unwrap_or(&owner.migrations)
            .join(&name);
        let Some(version) = version(&name) else {
            let advice =
                "call it NNNN_what_it_does.sql (a-z, 0-9, _): sqlx passes over other files";
            findings.push(finding(&path, 1, "migration", advice));
            continue;
        };
        if let Some(other) = versions.insert(version, path.clone()) {
            let advice = format!("{} has the same number", other.display());
            findings.push(finding(&path, 1, "migration", advice));
        }
    }
    Ok(findings)
}

/// The number of `0001_make_clocks.sql`.
fn version(name: &str) -> Option<u64> {
    let (number, description) = name.strip_suffix(".sql")?.split_once('_')?;
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let described = !description.is_empty() && description.chars().all(good);
    let numbered = number.len() >= 4 && number.chars().all(|c| c.is_ascii_digit());
    (described && numbered).then(|| number.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_have_a_number_and_a_description() {
        for (name, number) in [
            ("0001_make_clocks.sql", Some(1)),
            ("20261123_x.sql", Some(20_261_123)),
            ("1_x.sql", None),
            ("0001.sql", None),
            ("0001_Make.sql", None),
            ("0001_make.down", None),
        ] {
            assert_eq!(version(name), number, "{name}");
        }
    }
}
