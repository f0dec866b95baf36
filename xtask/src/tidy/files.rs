//! Which files there are.

use std::path::{Component, Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// All files of the project, relative to the root: tracked ones and new ones, not ignored ones.
pub(crate) fn all(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = if root.join(".git").exists() {
        let output = Command::new("git")
            .current_dir(root)
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .output()
            .context("cannot run git")?;
        if !output.status.success() {
            bail!("git: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        String::from_utf8_lossy(&output.stdout)
            .split('\0')
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
            // Deleted, not yet committed.
            .filter(|path| root.join(path).is_file())
            .collect()
    } else {
        let mut found = Vec::new();
        walk(root, Path::new(""), &mut found)?;
        found
    };
    files.sort();
    files.dedup();
    Ok(files)
}

/// All Rust files.
pub(crate) fn rust(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = all(root)?;
    files.retain(|path| has_extension(path, "rs"));
    Ok(files)
}

fn walk(root: &Path, dir: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(root.join(dir))? {
        let entry = entry?;
        let path = dir.join(entry.file_name());
        if entry.file_type()?.is_file() {
            found.push(path);
        } else if entry.file_type()?.is_dir()
            && !["target", "node_modules", ".khidma"]
                .contains(&&*entry.file_name().to_string_lossy())
        {
            walk(root, &path, found)?;
        }
    }
    Ok(())
}

pub(crate) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// Whether a file is only ever compiled for tests, by where it lies or what it is called.
pub(crate) fn is_test(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    stem.ends_with("_tests")
        || path.components().any(|part| {
            let Component::Normal(name) = part else {
                return false;
            };
            [
                "tests",
                "tests.rs",
                "testing",
                "testing.rs",
                "benches",
                "examples",
            ]
            .iter()
            .any(|test| name == *test)
        })
}
