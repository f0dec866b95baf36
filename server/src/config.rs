//! Typed configuration: defaults, then a file, then the environment, then flags. Every setting
//! is documented here; `khidma config check` says what is wrong with them and where.

mod check;
mod load;
mod secrets;

pub use load::Source;

use crate::edge::EdgeConfig;
use anyhow::Context;
use bookings::{BookingLimits, BookingSettings};
use dispatch::DispatchSettings;
use gateway_client::{ClientSettings, Secret};
use identity::SignInLimits;
use kernel::Text;
use platform::Sealer;
use platform::objects::ObjectSettings;
use platform::seal::BadKey;
use platform::serve::tls::TlsFiles;
use privacy::{PrivacySettings, Publisher};
use serde::{Deserialize, Serialize};
use settlement::SettlementSettings;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;
use vendors::VendorSettings;

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
    #[serde(default)]
    pub bookings: BookingLimits,
    pub settlement: SettlementSettings,
    pub dispatch: DispatchSettings,
    #[serde(default)]
    pub privacy: PrivacySettings,
    #[serde(default)]
    pub vendors: VendorSettings,
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
    /// Asked for by one member, beyond those that are known; 0: none.
    pub addresses_per_member_and_day: u32,
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

impl Config {
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
            limits: self.bookings,
        }
    }

    /// Who stands under the terms and the privacy notice: who sells.
    pub fn publisher(&self) -> Publisher {
        let seller = &self.settlement.seller;
        Publisher {
            name: Text::new(seller.name_ar.as_str(), seller.name_en.as_str()),
            vat_number: seller.vat_number.clone(),
            public_url: self.public_url.to_string(),
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
            "privacy.texts_reviewed",
            "privacy.operator.registration",
            "privacy.operator.data_protection_email",
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
    fn an_approved_bank_account_waits_a_week_at_most() {
        for (hours, good) in [("0", true), ("168", true), ("169", false)] {
            let source = Source {
                set: vec![format!("vendors.bank_account_cooling_hours={hours}")],
                ..Source::default()
            };
            let faults = Config::load(&source, &[]).unwrap().faults().join("\n");
            assert_eq!(!faults.contains("bank_account"), good, "{hours}: {faults}");
        }
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
