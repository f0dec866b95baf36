//! Typed configuration: defaults, then a file, then the environment, then flags. Every setting
//! is documented here; `khidma config check` says what is wrong with them and where.

use anyhow::Context;
use bookings::BookingSettings;
use dispatch::DispatchSettings;
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use gateway_client::{ClientSettings, Secret};
use identity::SignInLimits;
use platform::objects::ObjectSettings;
use serde::{Deserialize, Serialize};
use settlement::{SellerSettings, SettlementSettings};
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

/// Secrets of development are written here for everyone to see; staging and production refuse
/// them.
const DEV_MARK: &str = "khidma-development";

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
    /// TLS ends at a proxy of ours in front of the platform.
    pub behind_proxy: bool,
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
    /// 32 bytes in hexadecimal: signs access tokens.
    pub token_seed: Secret,
    /// Keys the hashes of sign-in codes.
    pub code_pepper: Secret,
    /// Modules in other processes prove themselves with it.
    pub internal: Secret,
    /// In the address that the SMS gateway posts delivery reports to.
    pub sms_report: Secret,
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
    /// `database.connections`), then `overrides` as dotted keys, then what was set by flag.
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
            .filter(|key| !key.starts_with("TEST_"))
            .ignore(&["ENV", "LOG"]);
        figment = figment.merge(variables.split("__"));
        for (variable, key) in WELL_KNOWN {
            if let Ok(value) = std::env::var(variable) {
                figment = figment.merge((key, value));
            }
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
        figment.extract().context("configuration")
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
        if self.env != Environment::Development {
            for (name, secret) in [
                ("secrets.token_seed", &self.secrets.token_seed),
                ("secrets.code_pepper", &self.secrets.code_pepper),
                ("secrets.internal", &self.secrets.internal),
                ("secrets.sms_report", &self.secrets.sms_report),
                ("objects.secret_key", &self.objects.secret_key),
                ("payments.webhook_secret", &self.payments.webhook_secret),
            ] {
                let text = secret.expose();
                let known =
                    text.contains(DEV_MARK) || text.contains("sandbox") || text == dev_seed();
                check(
                    !known,
                    &format!("{name}: this is the development secret, which everybody knows"),
                );
                check(
                    text.len() >= 16,
                    &format!("{name}: at least 16 characters are wanted"),
                );
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
            check(
                self.behind_proxy || self.listen.ip().is_loopback(),
                "behind_proxy: plain HTTP to the public; put a TLS proxy in front and say so, or listen on loopback",
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

fn dev_seed() -> String {
    "6b".repeat(32)
}

#[cfg(test)]
mod tests {
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
            !shown.contains(DEV_MARK) && !shown.contains("whsec"),
            "{shown}"
        );
    }
}
