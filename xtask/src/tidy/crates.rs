//! Calls go down: which crate may depend on which.

use std::path::{Component, Path};

use super::{Finding, finding};

/// Level of each module; a module sees the contracts of lower levels only.
const LEVELS: &[(&str, u8)] = &[
    ("identity", 1),
    ("location", 0),
    ("sla", 0),
    ("settlement", 0),
    ("notify", 0),
    ("catalog", 1),
    ("vendors", 2),
    ("dispatch", 3),
    ("bookings", 4),
    ("quality", 5),
    ("plans", 5),
    ("corporate", 5),
    ("privacy", 5),
];

/// The crates in `apps/`: those for the browser, and `messages`, which their build scripts use.
const APPS: &[&str] = &["messages", "client", "ui", "customer", "admin", "vendor"];

/// Crates that do input or output, which contracts, the kernel and the apps must not: they compile
/// to wasm.
const IO: &[&str] = &[
    "axum",
    "axum-server",
    "hyper",
    "hyper-util",
    "mio",
    "object_store",
    "redis",
    "reqwest",
    "rustix",
    "rustls",
    "sqlx",
    "tokio",
    "tokio-util",
    "tower",
    "tower-http",
];

pub(super) fn level(module: &str) -> Option<u8> {
    LEVELS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, level)| *level)
}

/// Every module's name, which is also its schema's.
pub(super) fn modules() -> impl Iterator<Item = &'static str> {
    LEVELS.iter().map(|(name, _)| *name)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place<'a> {
    Kernel,
    Contract(&'a str),
    Platform,
    Stores,
    Module(&'a str),
    Gateway(&'a str),
    App(&'a str),
    City,
    /// What tests read nasty input from.
    Fuzz,
    /// `server` and `xtask` see everything.
    Top,
}

impl<'a> Place<'a> {
    fn of_manifest(path: &'a Path) -> Option<Place<'a>> {
        let parts: Vec<&str> = path
            .parent()?
            .components()
            .map(|part| match part {
                Component::Normal(name) => name.to_str(),
                _ => None,
            })
            .collect::<Option<_>>()?;
        match parts[..] {
            ["kernel"] => Some(Place::Kernel),
            ["contracts", name] => Some(Place::Contract(name)),
            ["platform"] => Some(Place::Platform),
            ["platform", "stores"] => Some(Place::Stores),
            ["modules", name] => Some(Place::Module(name)),
            ["gateways", name] => Some(Place::Gateway(name)),
            ["apps", name] => Some(Place::App(name)),
            ["city"] => Some(Place::City),
            ["tests", "fuzz"] => Some(Place::Fuzz),
            ["server" | "xtask"] | ["xtask", "web"] => Some(Place::Top),
            _ => None,
        }
    }

    /// The crate of ours called `name`, if it is one.
    fn of_name(name: &'a str) -> Option<Place<'a>> {
        if let Some(contract) = name.strip_prefix("contract-") {
            return Some(Place::Contract(contract));
        }
        if let Some(gateway) = name.strip_prefix("gateway-") {
            return Some(Place::Gateway(gateway));
        }
        match name {
            "kernel" => Some(Place::Kernel),
            "platform" => Some(Place::Platform),
            "stores" => Some(Place::Stores),
            "city" => Some(Place::City),
            "fuzz" => Some(Place::Fuzz),
            "server" | "xtask" | "xtask-web" => Some(Place::Top),
            _ if APPS.contains(&name) => Some(Place::App(name)),
            _ => level(name).map(|_| Place::Module(name)),
        }
    }

    /// `for_tests`: a dev-dependency, or `stores` for a test harness behind a feature.
    fn may_use(self, other: Place<'_>, for_tests: bool) -> bool {
        let lower = |module: &str, contract: &str| match (level(module), level(contract)) {
            (Some(module), Some(contract)) => contract < module,
            _ => false,
        };
        match (self, other) {
            (Place::Top, _) => true,
            // A crate's own tests may ask for its features.
            _ if self == other => for_tests,
            (_, Place::Fuzz) => for_tests,
            (Place::Kernel | Place::Stores | Place::Fuzz, _) => false,
            (Place::App("messages"), _) => false,
            (_, Place::Kernel) => true,
            (Place::Contract(own), Place::Contract(other)) => lower(own, other),
            (Place::Module(_), Place::Platform) => true,
            (Place::Module(own), Place::Contract(other)) => own == other || lower(own, other),
            (Place::Platform | Place::Module(_), Place::Stores) => for_tests,
            // Adapters and their traits; the servers that stand in for the outside are for tests.
            (Place::Module(_), Place::Gateway(gateway)) => gateway != "sandbox" || for_tests,
            (Place::Gateway(_), Place::Gateway(other)) => other == "client" || for_tests,
            (Place::City, Place::Contract(_)) => true,
            (Place::App(_), Place::Contract(_)) => true,
            (Place::App(own), Place::App(other)) => match other {
                "messages" | "client" => true,
                "ui" => own != "client",
                _ => false,
            },
            _ => false,
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Place::Kernel => "the kernel depends on no crate of ours",
            Place::Stores => "stores depends on no crate of ours",
            Place::Fuzz => "fuzz depends on no crate of ours; others use it in their tests",
            Place::Contract(_) => "a contract may use the kernel and lower contracts",
            Place::Platform => "the platform may use the kernel (and stores, in tests)",
            Place::Module(_) => {
                "a module may use kernel, platform, its own contract and lower contracts; what a \
                 higher module must learn is an event"
            }
            Place::Gateway(_) => "a gateway may use the kernel and gateway-client",
            Place::App(_) => {
                "an app may use kernel, contracts, ui, client and messages, ui what is below it: \
                 client and messages; an app never uses another app"
            }
            Place::City => "the city may use the kernel and contracts: it drives the public API",
            Place::Top => "",
        }
    }
}

pub(super) fn check(path: &Path, text: &str) -> anyhow::Result<Vec<Finding>> {
    let Some(place) = Place::of_manifest(path) else {
        return Ok(Vec::new());
    };
    let manifest: toml::Table = text.parse()?;
    let mut findings = Vec::new();
    if let Place::Module(name) | Place::Contract(name) = place
        && level(name).is_none()
    {
        let advice = format!("{name} has no level: add it to xtask/src/tidy/crates.rs");
        findings.push(finding(path, 1, "dependencies", advice));
    }
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(dependencies) = manifest.get(section).and_then(toml::Value::as_table) else {
            continue;
        };
        let for_tests = section == "dev-dependencies";
        for (key, value) in dependencies {
            let name = value
                .get("package")
                .and_then(toml::Value::as_str)
                .unwrap_or(key);
            let optional = value.get("optional").and_then(toml::Value::as_bool) == Some(true);
            let advice = if let Some(other) = Place::of_name(name) {
                let harness = optional && other == Place::Stores;
                (!place.may_use(other, for_tests || harness)).then(|| place.advice().to_owned())
            } else {
                let pure = matches!(place, Place::Kernel | Place::Contract(_) | Place::App(_));
                (pure && !for_tests && !optional && IO.contains(&name)).then(|| {
                    "no input or output here (it compiles to wasm): make it optional, behind the \
                     feature `server`"
                        .to_owned()
                })
            };
            if let Some(advice) = advice {
                let advice = format!("`{name}`: {advice}");
                findings.push(finding(
                    path,
                    line_of(text, section, key),
                    "dependencies",
                    advice,
                ));
            }
        }
    }
    Ok(findings)
}

fn line_of(text: &str, section: &str, key: &str) -> usize {
    let header = format!("[{section}]");
    text.lines()
        .enumerate()
        .skip_while(|(_, line)| line.trim() != header)
        .find(|(_, line)| {
            line.strip_prefix(key)
                .is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
        })
        .map_or(1, |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_point_down() {
        for (path, section, line, good) in [
            (
                "modules/vendors",
                "dependencies",
                "contract-catalog.workspace = true",
                true,
            ),
            (
                "modules/vendors",
                "dependencies",
                "contract-vendors = { workspace = true }",
                true,
            ),
            (
                "modules/vendors",
                "dependencies",
                "contract-bookings.workspace = true",
                false,
            ),
            (
                "modules/vendors",
                "dependencies",
                "catalog.workspace = true",
                false,
            ),
            (
                "modules/vendors",
                "dev-dependencies",
                "catalog.workspace = true",
                false,
            ),
            (
                "modules/vendors",
                "dependencies",
                "stores.workspace = true",
                false,
            ),
            (
                "modules/vendors",
                "dev-dependencies",
                "stores.workspace = true",
                true,
            ),
            (
                "modules/sla",
                "dependencies",
                "contract-location.workspace = true",
                false,
            ),
            (
                "modules/sla",
                "dependencies",
                "x = { package = \"bookings\", path = \"\" }",
                false,
            ),
            (
                "modules/sla",
                "dependencies",
                "tokio.workspace = true",
                true,
            ),
            (
                "contracts/sla",
                "dependencies",
                "tokio.workspace = true",
                false,
            ),
            (
                "contracts/sla",
                "dependencies",
                "sqlx = { workspace = true, optional = true }",
                true,
            ),
            (
                "contracts/sla",
                "dependencies",
                "platform.workspace = true",
                false,
            ),
            ("kernel", "dependencies", "reqwest.workspace = true", false),
            (
                "platform",
                "dependencies",
                "contract-sla.workspace = true",
                false,
            ),
            (
                "gateways/sms",
                "dependencies",
                "gateway-client.workspace = true",
                true,
            ),
            (
                "gateways/sms",
                "dependencies",
                "platform.workspace = true",
                false,
            ),
            (
                "city",
                "dependencies",
                "contract-sla.workspace = true",
                true,
            ),
            ("city", "dependencies", "server.workspace = true", false),
            ("apps/vendor", "dependencies", "ui.workspace = true", true),
            (
                "apps/vendor",
                "dependencies",
                "platform.workspace = true",
                false,
            ),
            (
                "apps/vendor",
                "dependencies",
                "customer.workspace = true",
                false,
            ),
            ("apps/ui", "dependencies", "client.workspace = true", true),
            ("apps/client", "dependencies", "ui.workspace = true", false),
            (
                "apps/client",
                "dependencies",
                "tokio.workspace = true",
                false,
            ),
            (
                "apps/ui",
                "build-dependencies",
                "messages.workspace = true",
                true,
            ),
            (
                "apps/messages",
                "dependencies",
                "kernel.workspace = true",
                false,
            ),
            ("server", "dependencies", "bookings.workspace = true", true),
        ] {
            let path = Path::new(path).join("Cargo.toml");
            let found = check(&path, &format!("[{section}]\n{line}\n")).unwrap();
            assert_eq!(
                found.is_empty(),
                good,
                "{} {section} {line}",
                path.display()
            );
            assert!(found.iter().all(|finding| finding.line == 2));
        }
    }

    #[test]
    fn a_module_without_a_level_is_named() {
        let found = check(Path::new("modules/unheard/Cargo.toml"), "").unwrap();
        assert_eq!(found.len(), 1);
    }
}
