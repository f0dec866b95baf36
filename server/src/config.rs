//! Typed configuration: defaults, then a file, then the environment, then flags. Every setting
//! is documented here; `khidma config check` says what is wrong with them and where.

mod secrets;

use crate::edge::EdgeConfig;
use anyhow::Context;
use bookings::BookingSettings;
use dispatch::DispatchSettings;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use gateway_client::{ClientSettings, Secret};
use identity::SignInLimits;
use platform::Sealer;
use platform::objects::ObjectSettings;
use platform::seal::BadKey;
use platform::serve::tls::TlsFiles;
use privacy::PrivacySettings;
use serde::{Deserialize, Serialize};
use settlement::{SellerSettings, SettlementSettings};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    Development,
    Staging,
    Production,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `KHIDMA_ENV`
    pub env: Environment,
    /// Where the API listens.
    pub listen: SocketAddr,
    /// How people reach the platform; links and callbacks begin with it.
    pub public_url: Url,
    /// TLS ends at a proxy of ours in front of the platform, which `edge.proxies` names.
    pub behind_proxy: bool,
    /// TLS ends here: `khidma serve` speaks https with this certificate.
    #[serde(default)]
    pub tls: Option<TlsFiles>,
    #[serde(default)]
    pub edge: EdgeConfig,
    pub database: Database,
    pub redis: RedisConfig,
    pub objects: Objects,
    pub secrets: Secrets,
    /// How often one may ask for codes and try passwords.
    pub sign_in: SignInLimits,
    pub payments: Payments,
    pub sms: Sms,
    pub geocoding: Geocoding,
    pub settlement: SettlementSettings,
    pub dispatch: DispatchSettings,
    #[serde(default)]
    pub privacy: PrivacySettings,
    pub worker: Worker,
    #[serde(default)]
    pub web: Web,
    pub remote: Remote,
    pub log: Log,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `DATABASE_URL`
    pub url: String,
    /// Connections of one process, more than twice `worker.concurrency`: whoever holds a
    /// transaction may ask another module, which needs a connection of its own.
    pub connections: u32,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisConfig {
    /// `REDIS_URL`
    pub url: String,
    /// In front of every key, so that deployments can share a server.
    pub prefix: String,
    /// The certificate (PEM) of the only authority to trust over `rediss`; absent: the machine's.
    #[serde(default)]
    pub authority: Option<PathBuf>,
}

impl RedisConfig {
    pub fn authority(&self) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(path) = &self.authority else {
            return Ok(None);
        };
        let pem =
            std::fs::read(path).with_context(|| format!("redis.authority: {}", path.display()));
        pem.map(Some)
    }
}

/// `S3_ENDPOINT`, `S3_BUCKET`, `S3_REGION`, `S3_ACCESS_KEY`, `S3_SECRET_KEY`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objects {
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: Secret,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// 32 bytes in hexadecimal: with what is stored, it makes the keys that sign access tokens.
    pub token_seed: Secret,
    /// Keys the hashes of sign-in codes.
    pub code_pepper: Secret,
    /// Modules in other processes prove themselves with it.
    pub internal: Secret,
    /// In the address that the SMS gateway posts delivery reports to.
    pub sms_report: Secret,
    /// Which of `column_keys` new values are sealed under.
    pub column_key: String,
    /// Seal columns such as bank accounts: a name, and 32 bytes in hexadecimal. One that is no
    /// longer `column_key` stays until `khidma secrets reseal` has run.
    pub column_keys: BTreeMap<String, Secret>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payments {
    pub base_url: Url,
    pub secret_key: Secret,
    /// Given to browsers.
    pub publishable_key: String,
    pub webhook_secret: Secret,
    pub payout_source_id: String,
    #[serde(default)]
    pub client: ClientSettings,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    pub base_url: Url,
    pub app_sid: Secret,
    pub sender_id: String,
    #[serde(default)]
    pub client: ClientSettings,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Geocoding {
    pub national_address_url: Url,
    pub national_address_key: Secret,
    pub nominatim_url: Url,
    #[serde(default)]
    pub client: ClientSettings,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    /// Jobs at a time in one process.
    pub concurrency: usize,
    /// How long a silent worker keeps its jobs, in seconds.
    pub lease_s: u64,
    /// Where `khidma work` answers `/health/…` and `/metrics`, if anywhere.
    #[serde(default)]
    pub listen: Option<SocketAddr>,
}

/// The web apps.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Web {
    /// What `./khidma web` made. Absent: `web/test`, else `web/release`, in the folder above the
    /// binary's own (`target/` where cargo built it).
    pub dir: Option<PathBuf>,
}

impl Web {
    /// Where the apps are; `None` where they were never built.
    pub fn folder(&self) -> Option<PathBuf> {
        if let Some(dir) = &self.dir {
            return Some(dir.clone());
        }
        let binary = std::env::current_exe().ok()?;
        let above = binary.parent()?.parent()?.join("web");
        ["test", "release"]
            .map(|profile| above.join(profile))
            .into_iter()
            .find(|folder| folder.join("manifest.json").exists())
    }
}

/// Modules that live in other processes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Remote {
    pub location: Option<Url>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// As in `RUST_LOG`.
    pub filter: String,
    /// `json` or `text`.
    pub format: String,
    /// The base URL of an OTLP/HTTP collector for traces.
    pub otlp: Option<String>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}
impl std::fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisConfig")
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// What is used where nothing else is said: development with the sandbox next door.
const DEFAULTS: &str = include_str!("../../deploy/khidma.development.toml");

/// The variables other programs know too.
const WELL_KNOWN: [(&str, &str); 8] = [
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
        let mut figment = Figment::from(Toml::string(DEFAULTS));
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
        let mut config: Self = figment.extract().context("configuration")?;
        if config.env != Environment::Development {
            // It came with the defaults, under the keys of the deployment's own.
            let keys = &mut config.secrets.column_keys;
            keys.retain(|_, key| key.expose() != secrets::DEV_COLUMN_KEY);
        }
        Ok(config)
    }

    /// Everything that is wrong, one line each; empty means good.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |ok: bool, what: &str| {
            if !ok {
                faults.push(what.to_owned());
            }
        };
        check(
            self.token_seed().is_ok(),
            "secrets.token_seed: 64 hexadecimal digits are wanted",
        );
        if let Err(fault) = self.sealer() {
            check(false, &format!("secrets.column_keys: {fault}"));
        }
        check(
            self.secrets.code_pepper.expose().len() >= 16,
            "secrets.code_pepper: at least 16 characters are wanted",
        );
        check(
            self.secrets.internal.expose().len() >= 16,
            "secrets.internal: at least 16 characters are wanted",
        );
        check(
            self.settlement.seller.is_sane(),
            "settlement.seller: names in both languages and a VAT number of 15 digits, 3…3, are wanted",
        );
        check(
            self.database.connections >= 4,
            "database.connections: at least 4 are wanted",
        );
        check(
            self.database.connections as usize > 2 * self.worker.concurrency,
            "database.connections: more than twice worker.concurrency is wanted, since a job may need two",
        );
        check(
            self.worker.concurrency >= 1,
            "worker.concurrency: at least 1 is wanted",
        );
        check(
            matches!(self.log.format.as_str(), "json" | "text"),
            "log.format: json or text is wanted",
        );
        for fault in crate::edge::faults(self) {
            check(false, &fault);
        }
        if self.env != Environment::Development {
            for fault in secrets::faults(self) {
                check(false, &fault);
            }
        }
        for fault in self.sign_in.faults(self.env != Environment::Development) {
            check(false, &format!("sign_in.{fault}"));
        }
        if self.env == Environment::Production {
            for (name, url) in [
                ("payments.base_url", &self.payments.base_url),
                ("sms.base_url", &self.sms.base_url),
                (
                    "geocoding.national_address_url",
                    &self.geocoding.national_address_url,
                ),
                ("geocoding.nominatim_url", &self.geocoding.nominatim_url),
            ] {
                check(
                    url.scheme() == "https",
                    &format!("{name}: production speaks https to gateways"),
                );
                let local = matches!(
                    url.host_str(),
                    Some("localhost" | "127.0.0.1" | "::1") | None
                );
                check(
                    !local,
                    &format!("{name}: this is a sandbox gateway on this machine"),
                );
            }
            check(
                self.payments.secret_key.expose().starts_with("sk_live_"),
                "payments.secret_key: production wants a live key (sk_live_…)",
            );
            check(
                self.settlement.seller.vat_number != SellerSettings::NOBODYS_VAT_NUMBER,
                "settlement.seller.vat_number: receipts want the seller's own VAT number",
            );
            check(
                self.public_url.scheme() == "https",
                "public_url: production is reached over https",
            );
        }
        faults
    }

    pub fn token_seed(&self) -> anyhow::Result<[u8; 32]> {
        let bytes = hex::decode(self.secrets.token_seed.expose()).context("secrets.token_seed")?;
        bytes
            .try_into()
            .ok()
            .context("secrets.token_seed: 64 hexadecimal digits are wanted")
    }

    /// What seals columns. The fault names the key, and shows none.
    pub fn sealer(&self) -> Result<Sealer, BadKey> {
        let keys = self.secrets.column_keys.iter();
        let keys = keys.map(|(kid, key)| (kid.as_str(), key.expose()));
        Sealer::new(&self.secrets.column_key, keys)
    }

    pub fn object_settings(&self) -> ObjectSettings {
        ObjectSettings {
            endpoint: self.objects.endpoint.clone(),
            bucket: self.objects.bucket.clone(),
            region: self.objects.region.clone(),
            access_key: self.objects.access_key.clone(),
            secret_key: self.objects.secret_key.expose().to_owned(),
        }
    }

    pub fn booking_settings(&self) -> BookingSettings {
        BookingSettings {
            return_url: format!("{}pay/return/", self.public_url),
        }
    }

    pub fn sms_callback(&self) -> anyhow::Result<Url> {
        let mut url = self.public_url.join("/v1/webhooks/unifonic")?;
        url.query_pairs_mut()
            .append_pair("token", self.secrets.sms_report.expose());
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::secrets::{DEV_COLUMN_KEY, DEV_MARK};
    use super::*;

    #[test]
    fn the_defaults_are_good_for_development_and_for_nothing_else() {
        let mut config = Config::load(&Source::default(), &[]).unwrap();
        config.env = Environment::Development;
        assert_eq!(config.faults(), Vec::<String>::new());
        config.env = Environment::Production;
        let faults = config.faults().join("\n");
        for part in [
            "token_seed",
            "code_pepper",
            "webhook_secret",
            "payments.base_url",
            "public_url",
            "sk_live_",
            "settlement.seller.vat_number",
            "edge.rates.api_per_address",
        ] {
            assert!(faults.contains(part), "{part} not in {faults}");
        }
    }

    #[test]
    fn a_flag_wins_and_a_wrong_key_is_named() {
        let config = Config::load(&Source::default(), &[("redis.prefix", "mine:".into())]).unwrap();
        assert_eq!(config.redis.prefix, "mine:");
        let source = Source {
            set: vec!["worker.concurrency=3".into(), "redis.prefix=ours:".into()],
            ..Source::default()
        };
        let config = Config::load(&source, &[("redis.prefix", "mine:".into())]).unwrap();
        assert_eq!(
            (config.worker.concurrency, config.redis.prefix.as_str()),
            (3, "ours:")
        );
        let broken = Source {
            set: vec!["worker.concurrency".into()],
            ..Source::default()
        };
        assert!(Config::load(&broken, &[]).is_err());
        let wrong = Config::load(&Source::default(), &[("databse.url", "x".into())]).unwrap_err();
        assert!(format!("{wrong:#}").contains("databse"), "{wrong:#}");
    }

    #[test]
    fn debug_shows_no_secret() {
        let config = Config::load(&Source::default(), &[]).unwrap();
        let shown = format!("{config:?}");
        assert!(
            !shown.contains(DEV_MARK)
                && !shown.contains("whsec")
                && !shown.contains(DEV_COLUMN_KEY),
            "{shown}"
        );
    }
}
