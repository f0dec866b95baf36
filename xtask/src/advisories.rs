//! Known vulnerabilities of our dependencies, without a network: a list made from RustSec's advisory
//! database stands in the repository, and every build's lock file is held against it.
//!
//! A vulnerability fails, unless deny.toml accepts it with a reason. What is unmaintained or unsound in
//! passing is printed. The list is as old as its commit: `cargo xtask deny renew DIR` makes it anew
//! from a checkout.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail, ensure};
use semver::{Version, VersionReq};
use serde::Deserialize;

pub(crate) const LIST: &str = "xtask/advisories.txt";
/// An older list is named in every run.
const OLD_DAYS: i64 = 90;

/// One line of the list: `RUSTSEC-2024-0001 crate kind patched unaffected`, ranges by `|`.
#[derive(Debug, PartialEq)]
struct Advisory {
    id: String,
    package: String,
    /// `vulnerable`, or RustSec's word for what is only said: `unmaintained`, `unsound`, `notice`.
    kind: String,
    patched: Vec<VersionReq>,
    unaffected: Vec<VersionReq>,
}

/// An advisory that is known not to matter here, in deny.toml.
#[derive(Debug, Deserialize)]
pub(crate) struct Exception {
    id: String,
    reason: String,
}

/// What came of it, in lines.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) wrong: Vec<String>,
    pub(crate) said: Vec<String>,
}

impl Advisory {
    fn touches(&self, name: &str, version: &Version) -> bool {
        let safe = |ranges: &[VersionReq]| ranges.iter().any(|range| covers(range, version));
        self.package == name && !safe(&self.patched) && !safe(&self.unaffected)
    }

    fn read(line: &str) -> Option<Self> {
        let [id, package, kind, patched, unaffected] =
            line.split('\t').collect::<Vec<_>>().try_into().ok()?;
        let of = |text: &str| ranges(text.split('|').filter(|text| !text.is_empty())).ok();
        Some(Self {
            id: id.to_owned(),
            package: package.to_owned(),
            kind: kind.to_owned(),
            patched: of(patched)?,
            unaffected: of(unaffected)?,
        })
    }

    fn write(&self) -> String {
        let ranges = |ranges: &[VersionReq]| {
            let texts: Vec<String> = ranges.iter().map(VersionReq::to_string).collect();
            texts.join("|")
        };
        let (patched, unaffected) = (ranges(&self.patched), ranges(&self.unaffected));
        let Self {
            id, package, kind, ..
        } = self;
        format!("{id}\t{package}\t{kind}\t{patched}\t{unaffected}")
    }
}

fn ranges<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<VersionReq>, semver::Error> {
    texts.map(VersionReq::parse).collect()
}

/// A requirement takes a pre-release only where it names one of the same version; a range of versions
/// that are safe takes those between its ends.
fn covers(range: &VersionReq, version: &Version) -> bool {
    range.matches(version)
        || !version.pre.is_empty() && {
            let release = Version::new(version.major, version.minor, version.patch);
            // 2.0.0-rc.1 comes before 2.0.0: only a range that does not begin there holds it.
            let begins_there = range.comparators.iter().any(|end| {
                let there = Version::new(end.major, end.minor.unwrap_or(0), end.patch.unwrap_or(0));
                there == release
            });
            !begins_there && range.matches(&release)
        }
}

/// Holds `packages` (name, version) against the list in `text`; `today` is `YYYY-MM-DD`.
pub(crate) fn check(
    text: &str,
    packages: &[(&str, &str)],
    accepted: &[Exception],
    today: &str,
) -> anyhow::Result<Verdict> {
    let made = text
        .lines()
        .find_map(|line| line.strip_prefix("# of: "))
        .with_context(|| format!("{LIST} does not say how old it is"))?;
    let age = days(today)? - days(made)?;
    let mut verdict = Verdict::default();
    if age > OLD_DAYS {
        verdict.said.push(format!(
            "the list of advisories is {age} days old: renew it (xtask deny renew DIR)"
        ));
    }
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let advisories = lines
        .map(|line| Advisory::read(line).with_context(|| format!("{LIST}: {line}")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    ensure!(!advisories.is_empty(), "{LIST} is empty");
    let mut used = Vec::new();
    for (name, version) in packages {
        let version = Version::parse(version).with_context(|| format!("{name} {version}"))?;
        for advisory in advisories.iter().filter(|a| a.touches(name, &version)) {
            let line = format!("{name} {version}: {} ({})", advisory.kind, advisory.id);
            match accepted
                .iter()
                .find(|exception| exception.id == advisory.id)
            {
                Some(exception) => {
                    used.push(&exception.id);
                    verdict
                        .said
                        .push(format!("{line}, accepted: {}", exception.reason));
                }
                None if advisory.kind == VULNERABLE => verdict.wrong.push(line),
                None => verdict.said.push(line),
            }
        }
    }
    for exception in accepted.iter().filter(|e| !used.contains(&&e.id)) {
        let id = &exception.id;
        verdict.wrong.push(format!(
            "{id} is accepted in deny.toml, but touches nothing"
        ));
    }
    verdict.said.push(format!(
        "{} advisories of {made}, {age} days old",
        advisories.len()
    ));
    Ok(verdict)
}

const VULNERABLE: &str = "vulnerable";

/// Days since 1970 of `YYYY-MM-DD` (Howard Hinnant's days_from_civil).
fn days(date: &str) -> anyhow::Result<i64> {
    let parts: Vec<i64> = date
        .split('-')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .with_context(|| format!("{date} is no date"))?;
    let [year, month @ 1..=12, day @ 1..=31] = parts[..] else {
        bail!("{date} is no date");
    };
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Ok(era * 146_097 + day_of_era - 719_468)
}

/// `YYYY-MM-DD`, in UTC, by the machine's own clock.
pub(crate) fn today() -> anyhow::Result<String> {
    run("date", &["-u", "+%F"], Path::new("."))
}

fn run(program: &str, arguments: &[&str], dir: &Path) -> anyhow::Result<String> {
    let output = Command::new(program)
        .current_dir(dir)
        .args(arguments)
        .output()
        .with_context(|| program.to_owned())?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program}: {}", said.trim());
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}

#[derive(Deserialize)]
struct File {
    advisory: About,
    versions: Versions,
}

#[derive(Deserialize)]
struct About {
    id: String,
    package: String,
    #[serde(default)]
    withdrawn: Option<String>,
    #[serde(default)]
    informational: Option<String>,
}

#[derive(Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

/// What an advisory's file says: TOML between ```` ```toml ```` and ```` ``` ````, then prose. `None`:
/// it was withdrawn.
fn read_file(text: &str) -> anyhow::Result<Option<Advisory>> {
    let toml = text
        .strip_prefix("```toml\n")
        .and_then(|rest| rest.split_once("\n```"))
        .context("it does not begin with TOML")?;
    let file: File = toml::from_str(toml.0)?;
    if file.advisory.withdrawn.is_some() {
        return Ok(None);
    }
    Ok(Some(Advisory {
        id: file.advisory.id,
        package: file.advisory.package,
        kind: file
            .advisory
            .informational
            .unwrap_or_else(|| VULNERABLE.to_owned()),
        patched: ranges(file.versions.patched.iter().map(String::as_str))?,
        unaffected: ranges(file.versions.unaffected.iter().map(String::as_str))?,
    }))
}

/// Makes the list anew from `database`, a checkout or bare copy of rustsec/advisory-db.
pub(crate) fn renew(root: &Path, database: &Path) -> anyhow::Result<()> {
    let git = |arguments: &[&str]| run("git", arguments, database);
    let about = git(&["log", "-1", "--format=%H %cs"])?;
    let (commit, date) = about.split_once(' ').context("git log")?;
    // One process for all of them.
    let mut advisories = Vec::new();
    let archive = tempfile::tempdir()?;
    let tar = archive.path().join("crates.tar");
    let tar = tar.to_str().context("the temporary folder's name")?;
    git(&["archive", "--format=tar", "-o", tar, "HEAD", "crates"])?;
    run("tar", &["-xf", tar], archive.path())?;
    for folder in std::fs::read_dir(archive.path().join("crates"))? {
        for file in std::fs::read_dir(folder?.path())? {
            let path = file?.path();
            let text = std::fs::read_to_string(&path)?;
            let read = read_file(&text).with_context(|| path.display().to_string())?;
            advisories.extend(read);
        }
    }
    advisories.sort_by(|a, b| (&a.package, &a.id).cmp(&(&b.package, &b.id)));
    let mut list = format!(
        "# Advisories of crates, from https://github.com/rustsec/advisory-db, which is in the public\n\
         # domain (CC0-1.0; what it took from GitHub is CC-BY-4.0), commit {commit}.\n\
         # of: {date}\n\
         # By tabs: id, crate, kind, patched, unaffected. Made by `cargo xtask deny renew DIR`.\n"
    );
    for advisory in &advisories {
        writeln!(list, "{}", advisory.write())?;
    }
    std::fs::write(root.join(LIST), list)?;
    eprintln!("deny: {} advisories of {date} in {LIST}", advisories.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "# of: 2026-08-21\n\
        RUSTSEC-2020-0001\tleaky\tvulnerable\t^1.2.3|>=2.0.1\t<1.0.0\n\
        RUSTSEC-2020-0002\told\tunmaintained\t\t\n\
        RUSTSEC-2020-0003\tbroken\tvulnerable\t\t\n";

    fn wrong(name: &str, version: &str) -> bool {
        let verdict = check(SMALL, &[(name, version)], &[], "2026-08-22").unwrap();
        !verdict.wrong.is_empty()
    }

    #[test]
    fn a_version_is_touched_unless_it_is_patched_or_was_never_affected() {
        for (version, touched) in [
            ("0.9.9", false),
            ("1.0.0", true),
            ("1.2.2", true),
            ("1.2.3", false),
            ("1.9.0", false),
            ("2.0.0", true),
            ("2.0.1", false),
            ("3.1.0", false),
            // Before the version that repaired it, and after.
            ("2.0.1-rc.1", true),
            ("2.1.0-rc.1", false),
            ("1.2.3-rc.1", true),
            ("1.3.0-beta", false),
            ("1.0.0-rc.1", true),
        ] {
            assert_eq!(wrong("leaky", version), touched, "{version}");
        }
        assert!(wrong("broken", "99.0.0") && !wrong("another", "1.0.0"));
    }

    #[test]
    fn what_is_only_said_or_accepted_fails_nothing_and_an_idle_exception_does() {
        let packages = [("leaky", "1.0.0"), ("old", "1.0.0")];
        let exception = |id: &str| Exception {
            id: id.to_owned(),
            reason: "we never call it".to_owned(),
        };
        let accepted = [exception("RUSTSEC-2020-0001")];
        let verdict = check(SMALL, &packages, &accepted, "2026-08-22").unwrap();
        assert_eq!(
            verdict,
            Verdict {
                wrong: vec![],
                said: vec![
                    "leaky 1.0.0: vulnerable (RUSTSEC-2020-0001), accepted: we never call it"
                        .into(),
                    "old 1.0.0: unmaintained (RUSTSEC-2020-0002)".into(),
                    "3 advisories of 2026-08-21, 1 days old".into(),
                ],
            }
        );
        let accepted = [exception("RUSTSEC-2020-0003")];
        let verdict = check(SMALL, &packages, &accepted, "2026-08-22").unwrap();
        assert_eq!(
            verdict.wrong,
            [
                "leaky 1.0.0: vulnerable (RUSTSEC-2020-0001)",
                "RUSTSEC-2020-0003 is accepted in deny.toml, but touches nothing",
            ]
        );
    }

    #[test]
    fn an_old_list_is_named_and_one_without_a_date_or_with_a_bad_line_is_refused() {
        let said = |today| check(SMALL, &[], &[], today).unwrap().said.len();
        assert_eq!((said("2026-11-19"), said("2026-11-20")), (1, 2));
        assert!(check("RUSTSEC-1\ta\tvulnerable\t\t\n", &[], &[], "2026-08-22").is_err());
        assert!(check("# of: 2026-08-21\n", &[], &[], "2026-08-22").is_err());
        for line in ["RUSTSEC-1 a", "RUSTSEC-1\ta\tvulnerable\tnewest\t"] {
            let text = format!("# of: 2026-08-21\n{line}\n");
            assert!(check(&text, &[], &[], "2026-08-22").is_err(), "{line}");
        }
        assert_eq!(days("1970-01-01").unwrap(), 0);
        assert_eq!(days("2000-03-01").unwrap(), 11_017);
        assert!(days("2026-13-01").is_err() && days("yesterday").is_err());
    }

    #[test]
    fn an_advisory_is_read_from_its_file_and_its_line() {
        let file = "```toml\n[advisory]\nid = \"RUSTSEC-2020-0001\"\npackage = \"leaky\"\n\
            date = \"2020-01-01\"\n[versions]\npatched = [\"^1.2.3\", \">= 2.0.1\"]\nunaffected = [\"< 1.0.0\"]\n\
            ```\n\n# It leaks\n";
        let advisory = read_file(file).unwrap().unwrap();
        assert_eq!(advisory.write(), SMALL.lines().nth(1).unwrap());
        assert_eq!(Advisory::read(&advisory.write()), Some(advisory));
        let withdrawn = file.replace("date =", "withdrawn = \"2020-02-01\"\ndate =");
        assert_eq!(read_file(&withdrawn).unwrap(), None);
        let unsound = file.replace("date =", "informational = \"unsound\"\ndate =");
        assert_eq!(read_file(&unsound).unwrap().unwrap().kind, "unsound");
        assert!(read_file("# no TOML").is_err());
    }

    #[test]
    fn the_list_in_the_repository_can_be_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let text = std::fs::read_to_string(root.join(LIST)).unwrap();
        let verdict = check(&text, &[("atomic-polyfill", "1.0.3")], &[], "2026-08-22").unwrap();
        assert!(verdict.said[0].contains("unmaintained"), "{verdict:?}");
    }
}
