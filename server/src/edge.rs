//! The edge as this deployment wants it: which route is of which class, what each class may take,
//! who is believed and who may call.

use crate::config::{Config, Environment};
use axum::http::{HeaderValue, Method};
use platform::Redis;
use platform::http::{
    Class, ClassLimits, EdgeSettings, ForwardedBy, NotANetwork, Proxies, Rate, Throttle,
};
use platform::serve::ConnectionLimits;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EdgeConfig {
    /// Addresses or networks (`10.0.0.0/8`) of proxies of ours: what they say of the client's
    /// address counts, nobody else's word does.
    pub proxies: Vec<String>,
    /// The header that they write: `x-forwarded-for` or `forwarded`.
    pub forwarded_by: ForwardedBy,
    /// Other origins whose pages may call the API, as browsers write them: `https://app.example`.
    pub origins: Vec<String>,
    /// Open at a time; more wait in the system's queue.
    pub connections: usize,
    /// The same from one address that is no proxy of ours.
    pub connections_per_address: usize,
    pub rates: Rates,
}

/// Requests a minute, all of which may come at once; 0: no limit, which only development accepts.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    pub api_per_member: u32,
    /// Many customers share one address of their mobile network.
    pub api_per_address: u32,
    pub uploads_per_member: u32,
    pub uploads_per_address: u32,
    pub streams_per_member: u32,
    pub streams_per_address: u32,
    pub webhooks_per_address: u32,
    pub files_per_address: u32,
    /// Counted by each process for itself.
    pub health_per_address: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            api_per_member: 600,
            api_per_address: 3_000,
            uploads_per_member: 30,
            uploads_per_address: 300,
            streams_per_member: 60,
            streams_per_address: 600,
            webhooks_per_address: 3_000,
            files_per_address: 6_000,
            health_per_address: 600,
        }
    }
}

impl Default for EdgeConfig {
    fn default() -> Self {
        let connections = ConnectionLimits::default();
        Self {
            proxies: Vec::new(),
            forwarded_by: ForwardedBy::default(),
            origins: Vec::new(),
            connections: connections.most,
            connections_per_address: connections.most_per_address,
            rates: Rates::default(),
        }
    }
}

impl EdgeConfig {
    fn trusted(&self) -> Result<Proxies, NotANetwork> {
        Proxies::new(&self.proxies, self.forwarded_by)
    }

    pub fn connections(&self) -> anyhow::Result<ConnectionLimits> {
        Ok(ConnectionLimits {
            most: self.connections,
            most_per_address: self.connections_per_address,
            proxies: self.trusted()?,
            ..ConnectionLimits::default()
        })
    }

    /// What is wrong everywhere.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if let Err(e) = self.trusted() {
            faults.push(format!("edge.proxies: {e}"));
        }
        for origin in &self.origins {
            if !is_origin(origin) {
                faults.push(format!(
                    "edge.origins: `{origin}` is no origin such as https://app.example"
                ));
            }
        }
        if self.connections == 0 || self.connections_per_address == 0 {
            faults.push("edge.connections: at least 1 is wanted".into());
        }
        faults
    }

    /// What development may do without.
    pub(crate) fn laxities(&self) -> Vec<String> {
        let rates = &self.rates;
        let mut faults: Vec<String> = [
            ("api_per_member", rates.api_per_member),
            ("api_per_address", rates.api_per_address),
            ("uploads_per_member", rates.uploads_per_member),
            ("uploads_per_address", rates.uploads_per_address),
            ("streams_per_member", rates.streams_per_member),
            ("streams_per_address", rates.streams_per_address),
            ("webhooks_per_address", rates.webhooks_per_address),
            ("files_per_address", rates.files_per_address),
            ("health_per_address", rates.health_per_address),
        ]
        .iter()
        .filter(|(_, rate)| *rate == 0)
        .map(|(name, _)| format!("edge.rates.{name}: 0 lets everything through"))
        .collect();
        for proxy in &self.proxies {
            if proxy.ends_with("/0") {
                faults.push(format!("edge.proxies: `{proxy}` believes everybody"));
            }
        }
        for origin in &self.origins {
            if !origin.starts_with("https://") {
                faults.push(format!("edge.origins: `{origin}`: https is wanted"));
            }
        }
        faults
    }
}

/// Exactly what a browser sends as `Origin`.
fn is_origin(text: &str) -> bool {
    text.parse::<Url>().is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
    })
}

/// Which class a route is of.
pub fn classify(method: &Method, route: &str) -> Class {
    match route {
        "/v1/live" | "/v1/staff/live" => Class::Live,
        // The last where location lives in another process.
        "/v1/uploads" | "/v1/zones/import" | "/v1/zones/{*rest}" if method == Method::POST => {
            Class::Upload
        }
        _ if route.starts_with("/v1/webhooks/") => Class::Webhook,
        _ if route.starts_with("/v1/") => Class::Api,
        _ if route.starts_with("/health/") => Class::Health,
        _ if ["/internal/", "/dev/"]
            .iter()
            .any(|prefix| route.starts_with(prefix)) =>
        {
            Class::Internal
        }
        _ => Class::Static,
    }
}

/// `whole`: people call this process themselves. One that other processes of ours hand requests to
/// counts no addresses, which are all theirs.
pub(crate) fn settings(
    config: &Config,
    redis: &Redis,
    whole: bool,
) -> anyhow::Result<EdgeSettings> {
    let rates = config.edge.rates;
    let mut limits = ClassLimits::default();
    for (class, actor, address) in [
        (Class::Api, rates.api_per_member, rates.api_per_address),
        (
            Class::Upload,
            rates.uploads_per_member,
            rates.uploads_per_address,
        ),
        (
            Class::Live,
            rates.streams_per_member,
            rates.streams_per_address,
        ),
        (Class::Webhook, 0, rates.webhooks_per_address),
        (Class::Static, 0, rates.files_per_address),
        (Class::Health, 0, rates.health_per_address),
    ] {
        limits.set(class, |limits| {
            limits.actor = Rate::per_minute(actor);
            limits.address = Rate::per_minute(if whole { address } else { 0 });
        });
    }
    // A command may wait for the payment gateway, and then still has to write.
    let patient = Duration::from_millis(config.payments.client.total_timeout_ms + 5_000);
    for class in [Class::Api, Class::Webhook] {
        limits.set(class, |limits| limits.time = patient);
    }
    // More than is ever read: each route has its own limit, and says it in its own words.
    limits.set(Class::Upload, |limits| limits.body = 64 * 1024 * 1024);
    let origins = config.edge.origins.iter();
    Ok(EdgeSettings {
        classify,
        limits,
        throttle: Some(Arc::new(Throttle::new(
            redis.clone(),
            config.secrets.code_pepper.expose(),
        ))),
        proxies: config.edge.trusted()?,
        origins: origins
            .map(|origin| HeaderValue::from_str(origin))
            .collect::<Result<_, _>>()?,
        https: config.public_url.scheme() == "https",
        transactions: (config.database.connections / 2).max(1) as usize,
    })
}

/// What is wrong with how this process and its stores are reached.
pub(crate) fn faults(config: &Config) -> Vec<String> {
    let mut faults = config.edge.faults();
    if let Some(files) = &config.tls
        && let Err(e) = platform::serve::Tls::load(files)
    {
        faults.push(format!("tls: {e:#}"));
    }
    if let Err(e) = config.redis.authority() {
        faults.push(format!("{e:#}"));
    }
    if config.env != Environment::Development {
        faults.extend(config.edge.laxities());
    }
    if config.env == Environment::Production {
        if !config.behind_proxy && config.tls.is_none() && !config.listen.ip().is_loopback() {
            faults.push(
                "behind_proxy: plain HTTP to the public; give a certificate (tls.certificate, \
                 tls.key), put a TLS proxy in front and say so, or listen on loopback"
                    .into(),
            );
        }
        if config.behind_proxy && config.edge.proxies.is_empty() {
            faults.push(
                "edge.proxies: name the proxy in front, or every client has its address".into(),
            );
        }
        faults.extend(clear_stores(config));
    }
    faults
}

/// Stores that production would reach unencrypted over a network.
fn clear_stores(config: &Config) -> Vec<String> {
    let mut faults = Vec::new();
    if !database_is_private(&config.database.url) {
        faults.push(
            "database.url: production wants sslmode=verify-full to a database on another machine"
                .into(),
        );
    }
    if !redis_is_private(&config.redis.url) {
        faults.push(
            "redis.url: production wants rediss:// to a Redis on another machine, and no #insecure"
                .into(),
        );
    }
    let objects = config.objects.endpoint.parse::<Url>();
    if !objects.is_ok_and(|url| url.scheme() == "https" || is_here(url.host_str())) {
        faults.push(
            "objects.endpoint: production wants https to an object storage on another machine"
                .into(),
        );
    }
    faults
}

fn is_here(host: Option<&str>) -> bool {
    matches!(host, Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn database_is_private(url: &str) -> bool {
    let Ok(url) = url.parse::<Url>() else {
        return false;
    };
    let value = |name: &str| {
        let found = url.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    // `host` in the query wins: a folder there is a socket.
    let here = match value("host") {
        Some(host) => host.starts_with('/') || is_here(Some(&host)),
        None => {
            is_here(url.host_str()) || url.host_str().is_some_and(|host| host.starts_with("%2F"))
        }
    };
    let mode = value("sslmode").or_else(|| value("ssl-mode"));
    here || mode.is_some_and(|mode| mode == "verify-full")
}

fn redis_is_private(url: &str) -> bool {
    if url.starts_with("redis+unix:") || url.starts_with("unix:") {
        return true;
    }
    url.parse::<Url>().is_ok_and(|url| {
        is_here(url.host_str()) || (url.scheme() == "rediss" && url.fragment() != Some("insecure"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;
    use platform::serve::tls::TlsFiles;
    use std::path::PathBuf;

    #[test]
    fn production_names_its_proxy_or_has_a_certificate_and_reaches_stores_over_tls() {
        let mut config = Config::load(&Source::default(), &[]).unwrap();
        config.env = Environment::Production;
        config.listen = "0.0.0.0:443".parse().unwrap();
        config.database.url = "postgres:///khidma?host=/run/postgresql".into();
        let has = |config: &Config, part: &str| config.faults().iter().any(|f| f.contains(part));
        assert!(has(&config, "plain HTTP to the public"));
        config.behind_proxy = true;
        assert!(!has(&config, "plain HTTP to the public") && has(&config, "name the proxy"));
        config.edge.proxies = vec!["10.0.0.1".into()];
        assert!(!has(&config, "name the proxy") && !has(&config, "sslmode"));
        config.database.url = "postgres://khidma@db.example/khidma".into();
        config.redis.url = "redis://cache.example/".into();
        config.objects.endpoint = "http://objects.example".into();
        assert!(has(&config, "sslmode") && has(&config, "rediss") && has(&config, "objects.end"));
        let nowhere = PathBuf::from("no-such-file.pem");
        config.tls = Some(TlsFiles {
            certificate: nowhere.clone(),
            key: nowhere,
        });
        assert!(has(&config, "no-such-file.pem"));
    }

    #[test]
    fn routes_have_their_class() {
        for (method, route, class) in [
            (Method::POST, "/v1/bookings", Class::Api),
            (Method::POST, "/v1/uploads", Class::Upload),
            (Method::GET, "/v1/uploads/{id}", Class::Api),
            (Method::POST, "/v1/zones/import", Class::Upload),
            (Method::POST, "/v1/zones/{*rest}", Class::Upload),
            (Method::GET, "/v1/zones/{*rest}", Class::Api),
            (Method::GET, "/v1/staff/live", Class::Live),
            (Method::POST, "/v1/webhooks/moyasar", Class::Webhook),
            (Method::GET, "/health/ready", Class::Health),
            (Method::POST, "/internal/location/place", Class::Internal),
            (Method::GET, "/assets/{name}", Class::Static),
            (Method::GET, "/{*path}", Class::Static),
            (Method::GET, "unmatched", Class::Static),
        ] {
            assert_eq!(classify(&method, route), class, "{route}");
        }
    }

    #[test]
    fn origins_and_proxies_are_checked() {
        let edge = EdgeConfig {
            proxies: vec!["10.0.0.0/8".into(), "proxy".into(), "0.0.0.0/0".into()],
            origins: vec![
                "https://app.example".into(),
                "https://app.example/".into(),
                "*".into(),
                "http://app.example".into(),
            ],
            ..EdgeConfig::default()
        };
        let faults = edge.faults();
        assert_eq!(faults.len(), 3, "{faults:?}");
        let lax = edge.laxities().join("\n");
        assert!(
            lax.contains("believes everybody") && lax.contains("http://app"),
            "{lax}"
        );
        let mut off = EdgeConfig::default();
        assert_eq!(off.laxities(), Vec::<String>::new());
        off.rates.api_per_address = 0;
        assert_eq!(off.laxities().len(), 1);
    }

    #[test]
    fn stores_elsewhere_want_tls() {
        for (url, private) in [
            ("postgres://u:p@db.example/khidma", false),
            ("postgres://u:p@db.example/khidma?sslmode=require", false),
            ("postgres://u:p@db.example/khidma?sslmode=verify-full", true),
            ("postgres://u@localhost/khidma", true),
            ("postgres:///khidma?host=/run/postgresql", true),
            ("postgres://u@localhost/khidma?host=db.example", false),
            ("postgres://u@%2Frun%2Fpostgresql/khidma", true),
        ] {
            assert_eq!(database_is_private(url), private, "{url}");
        }
        for (url, private) in [
            ("redis://cache.example/", false),
            ("rediss://cache.example/", true),
            ("rediss://cache.example/#insecure", false),
            ("redis://127.0.0.1/", true),
            ("redis+unix:///run/redis.sock", true),
        ] {
            assert_eq!(redis_is_private(url), private, "{url}");
        }
    }
}
