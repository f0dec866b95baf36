//! The project's habits, as commands: `cargo xtask COMMAND` (or `./khidma COMMAND`).
//!
//! Nothing here depends on a module or on a checked query: this is what runs before those compile.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

mod advisories;
mod deny;
mod dev_stores;
mod migrate;
mod prepare;
mod tidy;

#[derive(Parser)]
#[command(name = "xtask", about = "The project's habits")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check the invariants that files alone can show (HOUSE rules in ARCHITECTURE.md)
    Tidy,
    /// Check licences, bans and sources of all dependencies against deny.toml, and known
    /// vulnerabilities against xtask/advisories.txt
    Deny {
        #[command(subcommand)]
        renew: Option<Renew>,
    },
    /// Describe every checked SQL query in .sqlx, so that builds need no database
    Prepare {
        /// Change nothing; fail if .sqlx is out of date
        #[arg(long)]
        check: bool,
        /// Only these crates; what others left in .sqlx stays
        #[arg(long, short)]
        package: Vec<String>,
    },
    /// Apply all migrations
    Migrate {
        /// PostgreSQL to apply them to
        #[arg(long, env = "DATABASE_URL")]
        database_url: String,
    },
    /// Run stores in the foreground, migrated, and print their addresses
    Stores {
        /// Folder for their data
        #[arg(long, default_value = ".khidma/dev")]
        dir: PathBuf,
    },
}

#[derive(Subcommand)]
enum Renew {
    /// Make xtask/advisories.txt anew
    Renew {
        /// A checkout of https://github.com/rustsec/advisory-db
        database: PathBuf,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .init();
    let root = root()?;
    match Cli::parse().command {
        Command::Tidy => tidy::command(&root),
        Command::Deny { renew: None } => deny::command(&root),
        Command::Deny {
            renew: Some(Renew::Renew { database }),
        } => advisories::renew(&root, &database).map(|()| ExitCode::SUCCESS),
        Command::Prepare { check, package } => {
            prepare::command(&root, check, &package).map(|()| ExitCode::SUCCESS)
        }
        Command::Migrate { database_url } => {
            migrate::command(&root, &database_url).map(|()| ExitCode::SUCCESS)
        }
        Command::Stores { dir } => dev_stores::command(&root, &dir).map(|()| ExitCode::SUCCESS),
    }
}

/// The checkout that the current folder is in. (Not the one this was built from: a build folder may
/// be shared or moved.)
fn root() -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir()?;
    here.ancestors()
        .find(|dir| dir.join("Cargo.lock").is_file() && dir.join("xtask").is_dir())
        .map(Path::to_owned)
        .context("run this inside the project")
}
