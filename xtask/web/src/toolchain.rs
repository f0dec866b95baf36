//! A Rust that can make WebAssembly.
//!
//! In this order: the cargo in use, if it has the target; Debian's `rustc-web` with a standard
//! library built here (Debian ships its source only); rustup, if it can add the target.
//!
//! The small apps have a standard library of their own: one that says nothing when it panics, which
//! leaves every message, and what formats it, out of the download (ADR 16).

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::assets::fingerprint;
use crate::say::Step;
use crate::{Places, Profile, run};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's, by full path: rustup's come first on PATH.
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_STD: &str = "/usr/lib/rustlib/src/rust/library/std";

/// For the small apps: a panic ends the app at once, without words; so nothing needs `Debug` either.
/// Unstable in the compiler, hence [`BOOTSTRAP`]; what they change is what is said, not what is done.
const WORDLESS: [&str; 4] = [
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    "-Zlocation-detail=none",
    "-Zfmt-debug=none",
];
/// A stable compiler takes unstable flags when this variable is set.
const BOOTSTRAP: (&str, &str) = ("RUSTC_BOOTSTRAP", "1");

const ADVICE: &str = "No Rust here can make WebAssembly. With rustup: \
    `rustup target add wasm32-unknown-unknown`; on Debian: `sudo apt-get install -y \
    --no-install-recommends rustc-web cargo-web rust-web-src lld-22`.";

/// How to call cargo for WebAssembly.
pub(crate) struct Toolchain {
    cargo: PathBuf,
    /// Variables of Debian's.
    rustc: Option<PathBuf>,
    linker: Option<PathBuf>,
    sysroot: Option<PathBuf>,
    /// With [`WORDLESS`].
    wordless: bool,
}

impl Toolchain {
    pub(crate) fn find(places: &Places, profile: Profile) -> anyhow::Result<Toolchain> {
        if profile == Profile::Release {
            match Toolchain::small(places)? {
                Some(found) => return Ok(found),
                None => eprintln!(
                    "web: without the source of Rust's standard library the apps are heavier: \
                     `rustup component add rust-src`"
                ),
            }
        }
        if let Some(found) = Toolchain::of_path() {
            return Ok(found);
        }
        if let Some(found) = Toolchain::of_debian(places, false)? {
            return Ok(found);
        }
        if Command::new("rustup")
            .args(["target", "add", TARGET])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
            && let Some(found) = Toolchain::of_path()
        {
            eprintln!("web: rustup has added {TARGET}");
            return Ok(found);
        }
        bail!(ADVICE)
    }

    fn of_path() -> Option<Toolchain> {
        let output = Command::new("rustc")
            .args(["--print", "target-libdir", "--target", TARGET])
            .output()
            .ok()?;
        let folder = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
        has_std(&folder).then(|| Toolchain {
            cargo: PathBuf::from("cargo"),
            rustc: None,
            linker: None,
            sysroot: None,
            wordless: false,
        })
    }

    /// For the small apps, if the source of the standard library is here: of the Rust in use, if it
    /// links WebAssembly, or Debian's.
    fn small(places: &Places) -> anyhow::Result<Option<Toolchain>> {
        if let Some(found) = Toolchain::of_path()
            && let Ok(output) = Command::new("rustc").args(["--print", "sysroot"]).output()
        {
            let own = PathBuf::from(String::from_utf8(output.stdout)?.trim());
            if own.join("lib/rustlib/src/rust/library/std").exists() {
                let sysroot = sysroot(places, &found.cargo, Path::new("rustc"), &WORDLESS)?;
                return Ok(Some(Toolchain {
                    sysroot: Some(sysroot),
                    wordless: true,
                    ..found
                }));
            }
        }
        Toolchain::of_debian(places, true)
    }

    fn of_debian(places: &Places, wordless: bool) -> anyhow::Result<Option<Toolchain>> {
        let there = [DEBIAN_CARGO, DEBIAN_RUSTC, DEBIAN_STD]
            .iter()
            .all(|path| Path::new(path).exists());
        let Some(linker) = there.then(debian_linker).flatten() else {
            return Ok(None);
        };
        let flags: &[&str] = if wordless { &WORDLESS } else { &[] };
        let (cargo, rustc) = (PathBuf::from(DEBIAN_CARGO), PathBuf::from(DEBIAN_RUSTC));
        let sysroot = sysroot(places, &cargo, &rustc, flags)?;
        Ok(Some(Toolchain {
            cargo,
            rustc: Some(rustc),
            linker: Some(linker),
            sysroot: Some(sysroot),
            wordless,
        }))
    }

    /// cargo with everything set but what to build. `flags` are for the WebAssembly half only, not
    /// for macros and build scripts.
    pub(crate) fn cargo(&self, flags: &[&str]) -> Command {
        let mut command = plain(&self.cargo);
        let mut all: Vec<OsString> = flags.iter().map(OsString::from).collect();
        if self.wordless {
            all.extend(WORDLESS.iter().map(OsString::from));
            command.env(BOOTSTRAP.0, BOOTSTRAP.1);
        }
        if let Some(rustc) = &self.rustc {
            command.env("RUSTC", rustc);
        }
        if let Some(linker) = &self.linker {
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        if let Some(sysroot) = &self.sysroot {
            let mut flag = OsString::from("--sysroot=");
            flag.push(sysroot);
            all.push(flag);
        }
        // The encoded form would hold for macros too; this one is split at spaces.
        command.env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            all.join(&OsString::from(" ")),
        );
        command
    }
}

/// A cargo that nothing of the calling cargo reaches.
fn plain(cargo: &Path) -> Command {
    let mut command = Command::new(cargo);
    for name in [
        "CARGO",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTFLAGS",
    ] {
        command.env_remove(name);
    }
    command
}

fn has_std(folder: &Path) -> bool {
    let Ok(files) = std::fs::read_dir(folder) else {
        return false;
    };
    files.filter_map(Result::ok).any(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

/// `/usr/bin/wasm-ld-22`, or the highest there is.
fn debian_linker() -> Option<PathBuf> {
    std::fs::read_dir("/usr/bin")
        .ok()?
        .filter_map(Result::ok)
        .filter_map(|file| {
            let name = file.file_name();
            let version = name
                .to_str()?
                .strip_prefix("wasm-ld-")?
                .parse::<u32>()
                .ok()?;
            Some((version, file.path()))
        })
        .max()
        .map(|(_, path)| path)
}

/// A folder with the standard library as this compiler makes it with these flags; made if missing.
fn sysroot(places: &Places, cargo: &Path, rustc: &Path, flags: &[&str]) -> anyhow::Result<PathBuf> {
    let version = Command::new(rustc).arg("-vV").output()?.stdout;
    let flags = flags.join(" ");
    let name = fingerprint(&[&version, flags.as_bytes()]);
    let sysroot = places.web.join(format!("sysroot-{name}"));
    let lib = sysroot.join(format!("lib/rustlib/{TARGET}/lib"));
    if !has_std(&lib) {
        build_std(&sysroot, &lib, cargo, rustc, &flags)?;
    }
    Ok(sysroot)
}

/// Builds the standard library from its source, by way of an empty crate.
fn build_std(
    sysroot: &Path,
    lib: &Path,
    cargo: &Path,
    rustc: &Path,
    flags: &str,
) -> anyhow::Result<()> {
    let step = Step::begin("standard library for WebAssembly, once (about a CPU minute)");
    let dummy = sysroot.join("build");
    std::fs::create_dir_all(dummy.join("src"))?;
    std::fs::write(
        dummy.join("Cargo.toml"),
        // Small rather than fast, as the apps are: what is hot in them is drawn by the browser.
        "[package]\nname = \"dummy\"\nedition = \"2024\"\n[workspace]\n\
         [profile.release]\nopt-level = \"s\"\npanic = \"abort\"\n",
    )?;
    std::fs::write(dummy.join("src/lib.rs"), "")?;
    let mut cargo = plain(cargo);
    run(cargo
        .current_dir(&dummy)
        .env("RUSTC", rustc)
        // The library is built no other way than with -Z.
        .env(BOOTSTRAP.0, BOOTSTRAP.1)
        // Link-time optimisation needs the bitcode.
        .env("RUSTFLAGS", format!("-Cembed-bitcode=yes {flags}"))
        .env("CARGO_TARGET_DIR", dummy.join("target"))
        .args(["build", "--quiet", "--release", "--target", TARGET])
        .arg("-Zbuild-std=core,alloc,std,panic_abort,proc_macro")
        .arg("-Zbuild-std-features=optimize_for_size"))
    .context("the standard library for WebAssembly could not be built")?;
    let part = lib.with_extension("part");
    std::fs::create_dir_all(&part)?;
    let built = dummy.join(format!("target/{TARGET}/release/deps"));
    for file in std::fs::read_dir(built)? {
        let file = file?;
        let name = file.file_name();
        let text = name.to_string_lossy();
        if text.ends_with(".rlib") && !text.starts_with("libdummy") {
            std::fs::copy(file.path(), part.join(name))?;
        }
    }
    std::fs::rename(&part, lib)?;
    std::fs::remove_dir_all(&dummy)?;
    step.done("");
    Ok(())
}
