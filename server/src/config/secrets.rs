//! Secrets: where they may come from, and which are refused outside development.

use super::Config;
use super::load::WELL_KNOWN;
use anyhow::Context;
use gateway_client::Secret;
use std::collections::BTreeMap;
use std::ffi::OsString;

/// Secrets of development are written here for everyone to see; staging and production refuse
/// them.
pub(super) const DEV_MARK: &str = "khidma-development";
pub(super) const DEV_COLUMN_KEY: &str =
    "4b6869646d6120646576656c6f706d656e7420636f6c756d6e206b6579203031";

/// At the end of a variable that names a file with the value.
const FILE: &str = "__FILE";

/// Whether a variable is one of those, in whatever case.
pub(super) fn names_a_file(variable: &str) -> bool {
    variable.to_ascii_uppercase().ends_with(FILE)
}

/// The settings that variables give as files, as secrets are mounted into containers. A line's end
/// at the end of a file is not part of the value.
pub(super) fn from_files(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> anyhow::Result<Vec<(String, String)>> {
    let variables: BTreeMap<String, OsString> = variables
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .collect();
    let mut settings = Vec::new();
    for (name, file) in &variables {
        let Some(variable) = name.strip_suffix(FILE) else {
            continue;
        };
        let well_known = WELL_KNOWN.iter().find(|(known, _)| *known == variable);
        let key = match (well_known, variable.strip_prefix("KHIDMA_")) {
            (Some((_, key)), _) => (*key).to_owned(),
            (None, Some(key)) if !key.starts_with("TEST_") => key.to_lowercase().replace("__", "."),
            _ => continue,
        };
        anyhow::ensure!(
            !variables.contains_key(variable),
            "{variable} and {name} are both set: which one counts?"
        );
        let text = std::fs::read_to_string(file).with_context(|| name.clone())?;
        settings.push((key, text.trim_end_matches(['\r', '\n']).to_owned()));
    }
    Ok(settings)
}

/// What is wrong with the secrets of staging or production: known to everybody, short, easily
/// guessed, or used twice.
pub(super) fn faults(config: &Config) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |ok: bool, what: &str| {
        if !ok {
            faults.push(what.to_owned());
        }
    };
    let column_keys = config.secrets.column_keys.iter();
    let column_keys = column_keys.map(|(kid, key)| (format!("secrets.column_keys.{kid}"), key));
    let named = [
        ("secrets.token_seed", &config.secrets.token_seed),
        ("secrets.code_pepper", &config.secrets.code_pepper),
        ("secrets.internal", &config.secrets.internal),
        ("secrets.sms_report", &config.secrets.sms_report),
        ("objects.secret_key", &config.objects.secret_key),
        ("payments.webhook_secret", &config.payments.webhook_secret),
        ("payments.secret_key", &config.payments.secret_key),
        ("sms.app_sid", &config.sms.app_sid),
        (
            "geocoding.national_address_key",
            &config.geocoding.national_address_key,
        ),
    ];
    let named = named.map(|(name, secret)| (name.to_owned(), secret));
    let mut seen: Vec<&Secret> = Vec::new();
    for (name, secret) in named.into_iter().chain(column_keys) {
        let text = secret.expose();
        let known = text.contains(DEV_MARK)
            || text.contains("sandbox")
            || text == dev_seed()
            || text == DEV_COLUMN_KEY;
        check(
            !seen.contains(&secret),
            &format!("{name}: another secret says the same; each wants its own"),
        );
        seen.push(secret);
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters.dedup();
        check(
            letters.len() >= 6,
            &format!("{name}: a few characters over and over are soon guessed"),
        );
        check(
            !known,
            &format!("{name}: this is the development secret, which everybody knows"),
        );
        check(
            text.len() >= 16,
            &format!("{name}: at least 16 characters are wanted"),
        );
    }
    faults
}

fn dev_seed() -> String {
    "6b".repeat(32)
}

#[cfg(test)]
mod tests {
    use super::super::{Environment, Source};
    use super::*;

    #[test]
    fn a_secret_may_come_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "  a secret of its own \n").unwrap();
        let variables = |list: &[(&str, &str)]| {
            let named: Vec<(OsString, OsString)> =
                list.iter().map(|(n, v)| (n.into(), v.into())).collect();
            from_files(named.into_iter())
        };
        let path = file.to_str().unwrap();
        let found = variables(&[
            ("KHIDMA_SECRETS__INTERNAL__FILE", path),
            ("KHIDMA_SECRETS__COLUMN_KEYS__K2__FILE", path),
            ("DATABASE_URL__FILE", path),
            ("KHIDMA_SECRETS__CODE_PEPPER", "not a file"),
            ("OTHER__FILE", path),
        ]);
        let value = "  a secret of its own ".to_owned();
        let wanted = ["database.url", "secrets.column_keys.k2", "secrets.internal"]
            .map(|key| (key.to_owned(), value.clone()));
        let mut found = found.unwrap();
        found.sort();
        assert_eq!(found, wanted);

        let nowhere = folder.path().join("nowhere");
        let missing = variables(&[("DATABASE_URL__FILE", nowhere.to_str().unwrap())]);
        assert!(format!("{:#}", missing.unwrap_err()).starts_with("DATABASE_URL__FILE"));
        let both = variables(&[("DATABASE_URL__FILE", path), ("DATABASE_URL", "x")]);
        assert!(both.unwrap_err().to_string().contains("both"));
    }

    #[test]
    fn weak_and_repeated_secrets_are_refused_outside_development() {
        let mut config = Config::load(&Source::default(), &[]).unwrap();
        config.env = Environment::Staging;
        let same = Secret::new("0f1e2d3c4b5a69788796a5b4c3d2e1f0");
        config.secrets.internal = same.clone();
        config.secrets.code_pepper = same;
        config.secrets.sms_report = Secret::new("aaaaaaaaaaaaaaaaaaaaaaaa");
        let faults = config.faults().join("\n");
        for part in [
            "secrets.internal: another secret says the same",
            "secrets.sms_report: a few characters over and over",
            "secrets.column_keys.dev: this is the development secret",
            "sms.app_sid: this is the development secret",
            "geocoding.national_address_key: this is the development secret",
        ] {
            assert!(faults.contains(part), "{part} not in {faults}");
        }
        let loaded = Config::load(&Source::default(), &[("env", "staging".into())]).unwrap();
        assert!(loaded.secrets.column_keys.is_empty());
        config.secrets.column_key = "k2".into();
        let faults = config.faults().join("\n");
        assert!(faults.contains("k2: there is no such key"), "{faults}");
    }
}
