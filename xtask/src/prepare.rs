//! Describes every checked query in `.sqlx`, against the schema that the migrations make.
//!
//! sqlx writes a query's description when its macro is expanded with `DATABASE_URL` and
//! `SQLX_OFFLINE_DIR` set. So: a throwaway PostgreSQL, all migrations, then `cargo check` with every
//! file that holds a query looking changed. Builds read the committed descriptions and need no
//! database (`SQLX_OFFLINE=true` in `.cargo/config.toml`).
//!
//! A missing description fails the build. A description that outlived a change of the schema would
//! not, so `.sqlx/migrations.txt` records which migrations it was made against; `tidy` compares.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use stores::{Postgres, PostgresOptions, scratch_dir};

use crate::migrate::{self, Owner};
use crate::tidy::{files, lexer::Source};

const STAMPS: &str = "migrations.txt";

pub(crate) fn command(root: &Path, check: bool, packages: &[String]) -> anyhow::Result<()> {
    let scratch = scratch_dir("khidma-prepare-")?;
    let postgres = Postgres::start(PostgresOptions::throwaway(scratch.path().join("postgres")))?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(migrate::apply_all(root, &postgres.url()))?;
    let described = describe(root, &postgres.url(), packages, scratch.path())?;
    postgres.stop();

    let committed = root.join(".sqlx");
    let stamps = stamps(root, packages)?;
    let changes = compare(&committed, &described, packages.is_empty())?;
    let stale_stamps = read_stamps(&committed) != stamps;
    if check {
        if !changes.is_empty() || stale_stamps {
            for change in &changes {
                eprintln!("{change}");
            }
            bail!(".sqlx is out of date: run `./khidma prepare` and commit it");
        }
        eprintln!(".sqlx is up to date: {} queries", described.len());
        return Ok(());
    }
    fs::create_dir_all(&committed)?;
    for change in &changes {
        match change {
            Change::Write(name) => fs::write(committed.join(name), &described[name])?,
            Change::Remove(name) => fs::remove_file(committed.join(name))?,
        }
    }
    write_stamps(&committed, &stamps)?;
    eprintln!(
        ".sqlx: {} queries described, {} files changed",
        described.len(),
        changes.len()
    );
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum Change {
    Write(String),
    Remove(String),
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Change::Write(name) => write!(f, ".sqlx/{name}: missing or different"),
            Change::Remove(name) => write!(f, ".sqlx/{name}: no query needs it any more"),
        }
    }
}

/// Expands the queries against a live database; gives file name and content of each description.
fn describe(
    root: &Path,
    database_url: &str,
    packages: &[String],
    scratch: &Path,
) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let out = scratch.join("sqlx");
    fs::create_dir(&out)?;
    let touched = Touched::now(query_files(root)?)?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(root)
        .args(["check", "--quiet", "--all-targets"]);
    if packages.is_empty() {
        cargo.arg("--workspace");
    }
    for package in packages {
        cargo.args(["--package", package]);
    }
    let status = cargo
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &out)
        .env("DATABASE_URL", database_url)
        .status()
        .context("cannot run cargo")?;
    drop(touched);
    if !status.success() {
        bail!("a query or its crate does not compile: see above. Nothing was written");
    }
    read_descriptions(&out)
}

fn read_descriptions(dir: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = fs::read_dir(dir) else {
        return Ok(found);
    };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|name| name.starts_with("query-")) {
            found.insert(name.to_owned(), fs::read(&path)?);
        }
    }
    Ok(found)
}

fn compare(
    committed: &Path,
    described: &BTreeMap<String, Vec<u8>>,
    all: bool,
) -> anyhow::Result<Vec<Change>> {
    let old = read_descriptions(committed)?;
    let mut changes: Vec<Change> = described
        .iter()
        .filter(|(name, text)| old.get(*name) != Some(text))
        .map(|(name, _)| Change::Write(name.clone()))
        .collect();
    if all {
        let stale = old.keys().filter(|name| !described.contains_key(*name));
        changes.extend(stale.map(|name| Change::Remove(name.clone())));
    }
    Ok(changes)
}

fn query_files(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in files::rust(root)? {
        let text = fs::read_to_string(root.join(&path))?;
        let source = Source::parse(&text);
        let holds_query = ["query!", "query_as!", "query_scalar!", "query_file!"]
            .iter()
            .any(|name| source.code.contains(name));
        if holds_query && !path.starts_with("xtask") {
            found.push(root.join(path));
        }
    }
    Ok(found)
}

/// Files that look changed while this lives. Their times are put back, or every later build would
/// compile them once more.
struct Touched(Vec<(PathBuf, SystemTime, SystemTime)>);

impl Touched {
    fn now(paths: Vec<PathBuf>) -> anyhow::Result<Self> {
        let now = SystemTime::now();
        let mut touched = Touched(Vec::new());
        for path in paths {
            let before = fs::metadata(&path)?.modified()?;
            File::options()
                .append(true)
                .open(&path)?
                .set_modified(now)?;
            let after = fs::metadata(&path)?.modified()?;
            touched.0.push((path, before, after));
        }
        Ok(touched)
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        for (path, before, after) in &self.0 {
            let unchanged = fs::metadata(path)
                .and_then(|meta| meta.modified())
                .is_ok_and(|now| now == *after);
            if unchanged && let Ok(file) = File::options().append(true).open(path) {
                // Failing costs one needless compilation.
                let _ = file.set_modified(*before);
            }
        }
    }
}

/// Crate folder → hash of its migrations.
type Stamps = BTreeMap<String, String>;

/// What the stamps should be: all of them, or the committed ones with `packages` brought up to date.
fn stamps(root: &Path, packages: &[String]) -> anyhow::Result<Stamps> {
    let fresh = fresh_stamps(root)?;
    if packages.is_empty() {
        return Ok(fresh);
    }
    let mut stamps = read_stamps(&root.join(".sqlx"));
    for (folder, stamp) in fresh {
        let name = folder.rsplit('/').next().unwrap_or(&folder);
        if packages.iter().any(|package| package == name) {
            stamps.insert(folder, stamp);
        }
    }
    Ok(stamps)
}

fn fresh_stamps(root: &Path) -> anyhow::Result<Stamps> {
    let mut stamps = Stamps::new();
    for Owner {
        folder, migrations, ..
    } in migrate::owners(root)?
    {
        let mut files: Vec<PathBuf> = fs::read_dir(&migrations)?
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<_>>()?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
        files.sort();
        let mut hash = Sha256::new();
        for file in files {
            let name = file.file_name().unwrap_or_default();
            hash.update(name.as_encoded_bytes());
            hash.update(b"\0");
            hash.update(fs::read(&file)?);
        }
        let hash: String = hash.finalize()[..12]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        stamps.insert(folder.to_string_lossy().into_owned(), hash);
    }
    Ok(stamps)
}

fn read_stamps(committed: &Path) -> Stamps {
    fs::read_to_string(committed.join(STAMPS))
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(folder, stamp)| (folder.to_owned(), stamp.to_owned()))
        .collect()
}

fn write_stamps(committed: &Path, stamps: &Stamps) -> anyhow::Result<()> {
    let text: String = stamps
        .iter()
        .map(|(folder, stamp)| format!("{folder} {stamp}\n"))
        .collect();
    Ok(fs::write(committed.join(STAMPS), text)?)
}

/// Crates whose migrations changed since their queries were described.
pub(crate) fn stale(root: &Path) -> anyhow::Result<Vec<String>> {
    let committed = read_stamps(&root.join(".sqlx"));
    let fresh = fresh_stamps(root)?;
    Ok(fresh
        .into_iter()
        .filter(|(folder, stamp)| committed.get(folder) != Some(stamp))
        .map(|(folder, _)| folder)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_run_removes_what_no_query_needs() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("query-a.json", "1"), ("query-b.json", "1"), ("notes", "")] {
            fs::write(dir.path().join(name), text).unwrap();
        }
        let described = BTreeMap::from([
            ("query-a.json".to_owned(), b"1".to_vec()),
            ("query-c.json".to_owned(), b"1".to_vec()),
        ]);
        let write = || Change::Write("query-c.json".to_owned());
        let remove = Change::Remove("query-b.json".to_owned());
        let all = compare(dir.path(), &described, true).unwrap();
        assert_eq!(all, [write(), remove]);
        let some = compare(dir.path(), &described, false).unwrap();
        assert_eq!(some, [write()]);
    }

    #[test]
    fn a_changed_migration_makes_its_crate_stale() {
        let root = tempfile::tempdir().unwrap();
        let migrations = root.path().join("modules/sla/migrations");
        fs::create_dir_all(&migrations).unwrap();
        fs::write(migrations.join("0001_a.sql"), "SELECT 1").unwrap();
        assert_eq!(stale(root.path()).unwrap(), ["modules/sla"]);
        fs::create_dir(root.path().join(".sqlx")).unwrap();
        let now = fresh_stamps(root.path()).unwrap();
        write_stamps(&root.path().join(".sqlx"), &now).unwrap();
        assert_eq!(stale(root.path()).unwrap(), [""; 0]);
        fs::write(migrations.join("0002_b.sql"), "SELECT 2").unwrap();
        assert_eq!(stale(root.path()).unwrap(), ["modules/sla"]);
    }

    #[test]
    fn touched_files_get_their_time_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.rs");
        fs::write(&path, "").unwrap();
        let old = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        File::options()
            .append(true)
            .open(&path)
            .unwrap()
            .set_modified(old)
            .unwrap();
        let modified = || fs::metadata(&path).unwrap().modified().unwrap();
        let touched = Touched::now(vec![path.clone()]).unwrap();
        assert_ne!(modified(), old);
        drop(touched);
        assert_eq!(modified(), old);
    }
}
