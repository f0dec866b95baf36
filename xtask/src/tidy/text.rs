//! Habits in any text file: nothing of one machine, and links that lead somewhere.

use std::path::Path;

use super::{Finding, files, finding};

/// Places of one machine. Written in pieces, so that this file isn't among the findings.
const MACHINE: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/tmp/bash", "_jobs"),
];

/// Where packages come from is a setting of the machine, not of the project.
const REGISTRIES: &[&str] = &[
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("files.", "pythonhosted.org"),
    concat!("proxy.", "golang.org"),
    concat!("deb.", "debian.org"),
];

pub(super) fn check(root: &Path, path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lock = path
        .file_name()
        .is_some_and(|name| name == "Cargo.lock" || name == "package-lock.json");
    for (at, line) in text.lines().enumerate() {
        for place in MACHINE {
            if line
                .match_indices(place)
                // A longer path or an address may hold the same letters.
                .any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~}".contains(c))
                })
            {
                let advice = format!("`{place}` exists on one machine only: use a relative path");
                findings.push(finding(path, at + 1, "machine", advice));
            }
        }
        if !lock {
            for host in REGISTRIES.iter().filter(|host| line.contains(**host)) {
                let advice = format!("`{host}`: leave the registry to the machine's settings");
                findings.push(finding(path, at + 1, "machine", advice));
            }
        }
    }
    if files::has_extension(path, "md") {
        findings.extend(links(root, path, text));
    }
    findings
}

fn links(root: &Path, path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let folder = root.join(path.parent().unwrap_or(Path::new("")));
    let mut in_code = false;
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for (start, opening) in line.match_indices("](") {
            let target = &line[start + opening.len()..];
            let target = target.split([')', '#', ' ']).next().unwrap_or_default();
            let elsewhere = target.contains(':') || target.is_empty();
            if !elsewhere && !folder.join(target).exists() {
                let advice = format!("`{target}` leads nowhere");
                findings.push(finding(path, at + 1, "link", advice));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<(&'static str, usize)> {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("here.md"), "").unwrap();
        check(root.path(), Path::new(path), text)
            .iter()
            .map(|finding| (finding.rule, finding.line))
            .collect()
    }

    #[test]
    fn places_of_one_machine_are_found() {
        let home = ["/ro", "ot/x"].concat();
        assert_eq!(
            rules("a.rs", &format!("\nlet a = \"{home}\";")),
            [("machine", 2)]
        );
        assert_eq!(rules("a.rs", &format!("https://example.sa{home}")), []);
        let registry = ["registry.", "npmjs.org"].concat();
        assert_eq!(rules("a.toml", &registry), [("machine", 1)]);
        assert_eq!(rules("apps/package-lock.json", &registry), []);
    }

    #[test]
    fn links_lead_somewhere() {
        let text = "[a](here.md) [b](here.md#part) [c](https://x.sa) [d](#e)\n[f](gone.md)\n\
                    ```\n[g](gone.md)\n```\n";
        assert_eq!(rules("README.md", text), [("link", 2)]);
    }
}
