//! What deny.toml says of licences, bans and sources, checked over `cargo metadata`, and known
//! vulnerabilities ([`crate::advisories`]): cargo-deny itself takes longer to build than the whole
//! workspace. Where it is installed it is run as well (see `./khidma test`).

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::advisories::{self, Exception};

#[derive(Deserialize)]
struct Rules {
    licenses: Licenses,
    bans: Bans,
    #[serde(default)]
    advisories: Accepted,
}

#[derive(Default, Deserialize)]
struct Accepted {
    ignore: Vec<Exception>,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    /// Absent: of this workspace.
    source: Option<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    req: String,
    path: Option<String>,
}

/// As cargo names it in every lock file, whatever mirror the machine uses.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(crate) fn command(root: &Path) -> anyhow::Result<ExitCode> {
    let path = root.join("deny.toml");
    let rules = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let rules: Rules = toml::from_str(&rules).context("deny.toml")?;
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
        .current_dir(root)
        .args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--all-features",
        ])
        .output()
        .context("cargo metadata")?;
    if !output.status.success() {
        bail!(
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let mut findings = check(&rules, &metadata.packages);
    let list = root.join(advisories::LIST);
    let list = std::fs::read_to_string(&list).with_context(|| list.display().to_string())?;
    let others = metadata.packages.iter().filter(|p| p.source.is_some());
    let others: Vec<_> = others
        .map(|p| (p.name.as_str(), p.version.as_str()))
        .collect();
    let today = advisories::today()?;
    let known = advisories::check(&list, &others, &rules.advisories.ignore, &today)?;
    for line in &known.said {
        eprintln!("deny: {line}");
    }
    findings.extend(known.wrong);
    for finding in &findings {
        eprintln!("{finding}");
    }
    if findings.is_empty() {
        let packages = metadata.packages.len();
        eprintln!("deny: {packages} packages under accepted licences, from one registry");
        Ok(ExitCode::SUCCESS)
    } else {
        eprintln!("deny: {} to put right (deny.toml)", findings.len());
        Ok(ExitCode::FAILURE)
    }
}

fn check(rules: &Rules, packages: &[Package]) -> Vec<String> {
    let mut findings = Vec::new();
    for package in packages {
        let name = format!("{} {}", package.name, package.version);
        if let Some(banned) = rules.bans.deny.iter().find(|b| b.name == package.name) {
            findings.push(format!("{name}: banned: {}", banned.reason));
        }
        match &package.source {
            None => {
                // Whatever is newest is another build tomorrow.
                let wild = |d: &&Dependency| d.req == "*" && d.path.is_none();
                for dependency in package.dependencies.iter().filter(wild) {
                    findings.push(format!("{name}: {} has no version", dependency.name));
                }
                continue;
            }
            Some(source) if source != REGISTRY => {
                findings.push(format!("{name}: comes from {source}"));
            }
            Some(_) => {}
        }
        let accepted = |id: &str| rules.licenses.allow.iter().any(|allowed| allowed == id);
        match &package.license {
            None => findings.push(format!("{name}: names no licence")),
            Some(text) => match permits(text, &accepted) {
                Some(true) => {}
                Some(false) => findings.push(format!("{name}: its licence is {text}")),
                None => findings.push(format!("{name}: `{text}` is no licence expression")),
            },
        }
    }
    findings
}

/// Whether an SPDX licence expression can be met with licences that are `accepted`; the old `/`
/// means OR. `None` if it is not one.
fn permits(expression: &str, accepted: &dyn Fn(&str) -> bool) -> Option<bool> {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let result = any(&mut rest, accepted)?;
    rest.is_empty().then_some(result)
}

fn any(rest: &mut &[&str], accepted: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut result = all(rest, accepted)?;
    while let [word, more @ ..] = *rest
        && *word == "OR"
    {
        *rest = more;
        result |= all(rest, accepted)?;
    }
    Some(result)
}

fn all(rest: &mut &[&str], accepted: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut result = one(rest, accepted)?;
    while let [word, more @ ..] = *rest
        && *word == "AND"
    {
        *rest = more;
        result &= one(rest, accepted)?;
    }
    Some(result)
}

fn one(rest: &mut &[&str], accepted: &dyn Fn(&str) -> bool) -> Option<bool> {
    let [word, more @ ..] = *rest else {
        return None;
    };
    *rest = more;
    match *word {
        "(" => {
            let result = any(rest, accepted)?;
            let [")", more @ ..] = *rest else { return None };
            *rest = more;
            Some(result)
        }
        ")" | "OR" | "AND" | "WITH" => None,
        id => {
            if let ["WITH", exception, more @ ..] = *rest {
                *rest = more;
                return Some(accepted(&format!("{id} WITH {exception}")));
            }
            Some(accepted(id))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_spdx_writes_them() {
        let accepted = |id: &str| {
            matches!(
                id,
                "MIT" | "Apache-2.0" | "ISC" | "Apache-2.0 WITH LLVM-exception"
            )
        };
        for (text, expected) in [
            ("MIT", Some(true)),
            ("GPL-3.0-only", Some(false)),
            ("MIT OR GPL-3.0-only", Some(true)),
            ("MIT AND GPL-3.0-only", Some(false)),
            ("MIT/Apache-2.0", Some(true)),
            ("GPL-3.0-only AND MIT OR ISC", Some(true)),
            ("GPL-3.0-only AND (MIT OR ISC)", Some(false)),
            ("(MIT OR GPL-3.0-only) AND ISC", Some(true)),
            ("Apache-2.0 WITH LLVM-exception", Some(true)),
            ("GPL-2.0-only WITH Classpath-exception-2.0", Some(false)),
            ("", None),
            ("MIT OR", None),
            ("(MIT", None),
            ("MIT ISC", None),
        ] {
            assert_eq!(permits(text, &accepted), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_accepted_is_named() {
        let rules: Rules = toml::from_str(
            "[licenses]\nallow = [\"MIT\"]\n[bans]\n\
             deny = [{ crate = \"openssl\", reason = \"TLS is rustls\" }]\n",
        )
        .unwrap();
        let packages: Metadata = serde_json::from_value(serde_json::json!({ "packages": [
            { "name": "good", "version": "1.0.0", "license": "MIT", "source": REGISTRY,
              "dependencies": [{ "name": "x", "req": "*", "path": null }] },
            { "name": "openssl", "version": "1.0.0", "license": "MIT", "source": REGISTRY,
              "dependencies": [] },
            { "name": "copyleft", "version": "1.0.0", "license": "GPL-3.0-only",
              "source": REGISTRY, "dependencies": [] },
            { "name": "unsaid", "version": "1.0.0", "license": null, "source": REGISTRY,
              "dependencies": [] },
            { "name": "elsewhere", "version": "1.0.0", "license": "MIT",
              "source": "git+https://example.sa/x#1", "dependencies": [] },
            { "name": "ours", "version": "1.0.0", "license": null, "source": null,
              "dependencies": [
                { "name": "any", "req": "*", "path": null },
                { "name": "beside", "req": "*", "path": "beside" }] },
        ] }))
        .unwrap();
        assert_eq!(
            check(&rules, &packages.packages),
            [
                "openssl 1.0.0: banned: TLS is rustls",
                "copyleft 1.0.0: its licence is GPL-3.0-only",
                "unsaid 1.0.0: names no licence",
                "elsewhere 1.0.0: comes from git+https://example.sa/x#1",
                "ours 1.0.0: any has no version",
            ]
        );
    }
}
