//! Builds the web apps: `./khidma web [--profile test|release] [--app customer|admin]`.
//!
//! cargo makes one WebAssembly program per app; wasm-bindgen its JavaScript half; styles, icons,
//! fonts and the map are gathered; everything gets a name with a hash of its content and is
//! compressed once, here. The result is `target/web/PROFILE/`, which the server serves as it is.
//! Each step is skipped when what it reads has not changed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand, ValueEnum};

mod assets;
mod build;
mod css;
mod icons;
mod js;
mod mark;
mod npm;
mod say;
mod split;
mod toolchain;
mod wasm;
mod watch;
mod weight;

#[derive(Parser)]
#[command(name = "web", about = "Builds the web apps")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Command {
    /// Build again whenever a source changes, and let open pages reload
    Watch(Options),
}

#[derive(clap::Args, Clone)]
struct Options {
    /// `test` is quick to build; `release` is small to download
    #[arg(long, value_enum, default_value_t = Profile::Test)]
    profile: Profile,
    /// Only this app; what was built of the others stays
    #[arg(long, value_enum)]
    app: Vec<App>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Profile {
    Test,
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Profile::Test => "test",
            Profile::Release => "release",
        }
    }

    /// The profile of the root Cargo.toml, and its folder's name.
    fn cargo(self) -> &'static str {
        match self {
            Profile::Test => "wasm-dev",
            Profile::Release => "wasm-release",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum App {
    Customer,
    Admin,
}

impl App {
    const ALL: [App; 2] = [App::Customer, App::Admin];

    fn name(self) -> &'static str {
        match self {
            App::Customer => "customer",
            App::Admin => "admin",
        }
    }
}

/// Where things are.
struct Places {
    /// The checkout.
    root: PathBuf,
    /// `target/web`.
    web: PathBuf,
}

fn main() -> ExitCode {
    match command(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // For whoever builds, not for whoever mends this tool: what went wrong, and why.
        Err(error) => {
            eprintln!("web: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command(cli: Cli) -> anyhow::Result<()> {
    let root = root()?;
    let target = match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root.join(dir),
        None => root.join("target"),
    };
    let places = Places {
        web: target.join("web"),
        root,
    };
    match cli.command {
        None => {
            let apps = apps(&cli.options);
            build::all(&places, cli.options.profile, &apps, build::Reload::No).map(drop)
        }
        Some(Command::Watch(options)) => watch::run(&places, options.profile, &apps(&options)),
    }
}

fn apps(options: &Options) -> Vec<App> {
    if options.app.is_empty() {
        App::ALL.to_vec()
    } else {
        options.app.clone()
    }
}

/// The checkout that the current folder is in.
fn root() -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir()?;
    here.ancestors()
        .find(|dir| dir.join("Cargo.lock").is_file() && dir.join("apps").is_dir())
        .map(Path::to_owned)
        .context("run this inside the project")
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes so that a reader sees the old content or the new, never a part.
fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    std::fs::write(&part, content)
        .and_then(|()| std::fs::rename(&part, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Runs a tool that reports for itself on standard error.
fn run(command: &mut std::process::Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("cannot run {name}"))?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}
