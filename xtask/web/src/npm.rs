//! What comes from npm, at the versions of package-lock.json.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::bail;

use crate::assets::fingerprint;
use crate::say::Step;
use crate::{read, read_text, run, write};

pub(crate) const FONTS: &str = "@fontsource/ibm-plex-sans-arabic/files";
pub(crate) const ICONS: &str = "lucide-static/icons";
pub(crate) const MAP: &str = "maplibre-gl/dist";
/// What of other people is in the files that are served, with the file that says on which terms.
const LICENCES: [(&str, &str); 3] = [
    (
        "IBM Plex Sans Arabic",
        "@fontsource/ibm-plex-sans-arabic/LICENSE",
    ),
    ("Lucide", "lucide-static/LICENSE"),
    ("MapLibre GL JS", "maplibre-gl/LICENSE.txt"),
];
const WASM_OPT: &str = "binaryen/bin/wasm-opt";

/// The terms of [`LICENCES`], which ask to go wherever those go.
pub(crate) fn licences(root: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    for (name, file) in LICENCES {
        let terms = read_text(&folder(root, file))?;
        text.push_str(&format!("{name}\n\n{}\n\n\n", terms.trim()));
    }
    Ok(text)
}

/// Installs the packages if the lock file has changed since the last time.
pub(crate) fn install(root: &Path) -> anyhow::Result<()> {
    let mark = root.join("node_modules/.khidma");
    let wanted = fingerprint(&[&read(&root.join("package-lock.json"))?]);
    if std::fs::read_to_string(&mark).is_ok_and(|had| had == wanted) {
        return Ok(());
    }
    let npm = Command::new("npm")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !npm.is_ok_and(|status| status.success()) {
        bail!("Node.js with npm is missing: sudo apt-get install -y nodejs npm");
    }
    let step = Step::begin("packages from npm");
    run(Command::new("npm")
        .current_dir(root)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        // Node's age matters to tools of other packages' authors, not to the files taken here.
        .args(["--loglevel", "error"])
        .stdout(Stdio::null()))?;
    write(&mark, wanted.as_bytes())?;
    step.done("");
    Ok(())
}

pub(crate) fn folder(root: &Path, name: &str) -> PathBuf {
    root.join("node_modules").join(name)
}

/// A command that runs wasm-opt.
pub(crate) fn wasm_opt(root: &Path) -> Command {
    let mut command = Command::new("node");
    command.arg(folder(root, WASM_OPT));
    command
}
