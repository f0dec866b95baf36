//! Where settings come from, the later over the earlier.

use super::{Config, Environment, secrets};
use anyhow::Context;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use std::path::PathBuf;

/// What is used where nothing else is said: development with the sandbox next door.
const DEFAULTS: &str = include_str!("../../../deploy/khidma.development.toml");

/// The variables other programs know too.
pub(super) const WELL_KNOWN: [(&str, &str); 8] = [
    ("KHIDMA_ENV", "env"),
    ("DATABASE_URL", "database.url"),
    ("REDIS_URL", "redis.url"),
    ("S3_ENDPOINT", "objects.endpoint"),
    ("S3_BUCKET", "objects.bucket"),
    ("S3_REGION", "objects.region"),
    ("S3_ACCESS_KEY", "objects.access_key"),
    ("S3_SECRET_KEY", "objects.secret_key"),
];

/// What a person says about the settings on the command line.
#[derive(Debug, Clone, Default)]
pub struct Source {
    pub file: Option<PathBuf>,
    /// `worker.concurrency=4`; these win over everything else.
    pub set: Vec<String>,
}

impl Config {
    /// Defaults, then the file, then the environment (`KHIDMA_DATABASE__CONNECTIONS=20` sets
    /// `database.connections`; `KHIDMA_SECRETS__INTERNAL__FILE=/run/secrets/internal` sets
    /// `secrets.internal` to what the file says), then `overrides` as dotted keys, then what was set
    /// by flag.
    pub fn load(source: &Source, overrides: &[(&str, String)]) -> anyhow::Result<Self> {
        let figment = Figment::from(Toml::string(DEFAULTS)).merge(said(source, overrides)?);
        let mut config: Self = figment.extract().context("configuration")?;
        if config.env != Environment::Development {
            // It came with the defaults, under the keys of the deployment's own.
            let keys = &mut config.secrets.column_keys;
            keys.retain(|_, key| key.expose() != secrets::DEV_COLUMN_KEY);
        }
        Ok(config)
    }

    /// The same, if nothing is wrong in it.
    pub fn checked(source: &Source, overrides: &[(&str, String)]) -> anyhow::Result<Self> {
        let config = Self::load(source, overrides)?;
        let faults = config.faults();
        anyhow::ensure!(
            faults.is_empty(),
            "configuration:\n  {}",
            faults.join("\n  ")
        );
        Ok(config)
    }

    /// Whether somebody said which platform is meant: where one of its stores is, or that it is none
    /// of development.
    pub fn names_stores(source: &Source) -> anyhow::Result<bool> {
        let said = said(source, &[])?;
        let stores = ["database.url", "redis.url", "objects.endpoint"];
        if stores.iter().any(|key| said.contains(key)) {
            return Ok(true);
        }
        let env = said.contains("env").then(|| said.extract_inner("env"));
        let env: Option<Environment> = env.transpose().context("configuration")?;
        Ok(env.is_some_and(|env| env != Environment::Development))
    }
}

/// What is said over the defaults.
fn said(source: &Source, overrides: &[(&str, String)]) -> anyhow::Result<Figment> {
    let mut figment = Figment::new();
    if let Some(file) = &source.file {
        anyhow::ensure!(
            file.exists(),
            "there is no configuration file {}",
            file.display()
        );
        figment = figment.merge(Toml::file(file));
    }
    // `KHIDMA_TEST_…` tells tests where their stores are.
    let variables = Env::prefixed("KHIDMA_")
        .filter(|key| !key.starts_with("TEST_") && !secrets::names_a_file(key.as_str()))
        .ignore(&["ENV", "LOG"]);
    figment = figment.merge(variables.split("__"));
    for (variable, key) in WELL_KNOWN {
        if let Ok(value) = std::env::var(variable) {
            figment = figment.merge((key, value));
        }
    }
    for (key, value) in secrets::from_files(std::env::vars_os())? {
        figment = figment.merge((key.as_str(), value));
    }
    for (key, value) in overrides {
        figment = figment.merge((*key, value.clone()));
    }
    for set in &source.set {
        let (key, value) = set
            .split_once('=')
            .with_context(|| format!("--set {set}: KEY=VALUE is wanted"))?;
        // A number reads as a number; a text that looks like one is quoted: key='"123"'.
        let Ok(value) = value.parse::<figment::value::Value>();
        figment = figment.merge((key.trim(), value));
    }
    Ok(figment)
}
