//! Secrets that don't belong in a repository: private keys, tokens by their known shapes, and values
//! that look drawn by chance beside a name that says what they are. What everybody may know (the
//! values of development) is recognised by what it says.

use std::path::Path;

use super::{Finding, finding};

/// How a kind of secret begins, and how many letters and digits follow at least.
const SHAPES: &[(&str, usize, &str)] = &[
    (concat!("AK", "IA"), 16, "an AWS access key"),
    (concat!("AS", "IA"), 16, "an AWS access key"),
    (concat!("gh", "p_"), 36, "a GitHub token"),
    (concat!("gh", "o_"), 36, "a GitHub token"),
    (concat!("gh", "s_"), 36, "a GitHub token"),
    (concat!("github", "_pat_"), 22, "a GitHub token"),
    (concat!("gl", "pat-"), 20, "a GitLab token"),
    (concat!("xox", "b-"), 10, "a Slack token"),
    (concat!("xox", "p-"), 10, "a Slack token"),
    (concat!("AI", "za"), 35, "a Google key"),
    (concat!("sk", "_live_"), 16, "a live payment key"),
    (concat!("rk", "_live_"), 16, "a live payment key"),
    (concat!("npm", "_"), 36, "an npm token"),
    (concat!("pypi", "-AgEI"), 16, "a PyPI token"),
    (concat!("AGE-SECRET", "-KEY-1"), 50, "an age key"),
    (concat!("dop", "_v1_"), 64, "a DigitalOcean token"),
    (concat!("SG", "."), 60, "a SendGrid key"),
];

const NAMES: &[&str] = &[
    "secret",
    "token",
    "password",
    "passwd",
    "apikey",
    "api_key",
    "private",
    "credential",
    "pepper",
    "seed",
    "access_key",
    "app_sid",
];

/// Where values stand that are nobody's: made for development, for a sandbox or for an example.
const KNOWN: &[&str] = &["khidma", "sandbox", "example", "development", "test"];

/// Generated, and full of checksums.
const LISTS: &[&str] = &["Cargo.lock", "package-lock.json"];

pub(super) fn check(path: &Path, text: &str) -> Vec<Finding> {
    if path
        .file_name()
        .is_some_and(|name| LISTS.iter().any(|list| name == *list))
    {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if let Some(what) = secret(line) {
            let advice = format!(
                "this looks like {what}: take it out, and replace it where it is used; it is known now"
            );
            findings.push(finding(path, at + 1, "secret", advice));
        }
    }
    findings
}

fn secret(line: &str) -> Option<&'static str> {
    if line.contains(concat!("-----BE", "GIN ")) && line.contains(concat!("PRIV", "ATE KEY")) {
        return Some("a private key");
    }
    for (prefix, length, what) in SHAPES {
        let shaped = line.match_indices(prefix).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let rest = &line[at + prefix.len()..];
            let follows = rest.chars().take_while(|c| is_of_token(*c)).count();
            !before.is_some_and(char::is_alphanumeric) && follows >= *length
        });
        if shaped {
            return Some(what);
        }
    }
    if web_token(line) {
        return Some("a signed token");
    }
    assignment(line)
        .is_some_and(|value| drawn(value) && !known(value))
        .then_some("a secret value")
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-.".contains(c)
}

/// Three parts in base64, of which the first two begin like JSON.
fn web_token(line: &str) -> bool {
    line.split(|c: char| !is_of_token(c)).any(|word| {
        let parts: Vec<&str> = word.split('.').collect();
        matches!(parts.as_slice(), [head, body, sign]
            if head.starts_with("eyJ") && body.starts_with("eyJ") && sign.len() >= 32)
    })
}

/// The quoted value, or that after `=` or `:`, of a name that speaks of a secret.
fn assignment(line: &str) -> Option<&str> {
    let (name, value) = line.split_once(['=', ':'])?;
    let name = name.to_ascii_lowercase();
    NAMES.iter().find(|known| name.contains(**known))?;
    let value = value.trim_start_matches(['=', ':', '>', ' ']);
    for quote in ['"', '\'', '`'] {
        if let Some(rest) = value.split_once(quote) {
            return rest.1.split(quote).next();
        }
    }
    value.split([' ', ',', ';', ')']).next()
}

/// At least 20 letters and digits without a word's regularity: capitals, small letters and digits
/// mixed, or long hexadecimal.
fn drawn(value: &str) -> bool {
    let plain = value
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_-+/=".contains(&b));
    if value.len() < 20 || !plain {
        return false;
    }
    let has = |kind: fn(&u8) -> bool| value.bytes().any(|b| kind(&b));
    let digits = has(u8::is_ascii_digit);
    let hexadecimal = value.len() >= 32 && value.bytes().all(|b| b.is_ascii_hexdigit());
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    digits && (hexadecimal || mixed) && entropy(value) > 3.0
}

/// Bits a letter.
fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = value.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

fn known(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    KNOWN.iter().any(|part| value.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> bool {
        !check(Path::new("a.toml"), line).is_empty()
    }

    #[test]
    fn planted_secrets_are_found() {
        // In pieces: this file is looked at too.
        for parts in [
            ["-----BE", "GIN RSA PRIV", "ATE KEY-----"],
            ["-----BE", "GIN OPENSSH PRIV", "ATE KEY-----"],
            ["aws = \"AK", "IA", "Q3EGRIHW5OYXLKXT\""],
            ["gh", "p_", "16C7e42F292c6912E7710c838347Ae178B4a"],
            ["key: sk", "_live_", "51HxQYcK2eZvKYlo2C0aXT"],
            [
                "let t = \"ey",
                "JhbGciOiJFZERTQSJ9.ey",
                "JpYXQiOjF9.c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJl\"",
            ],
            ["secret_key", " = \"", "wJalrXUtnFEMIK7MDENGbPxRfiCYzzzz\""],
            [
                "token_seed",
                " = \"",
                "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b\"",
            ],
            ["DB_PASSWORD", "=", "Xk29fLq0Zr7TbWm3VyHs"],
            ["\"api_key\"", ": \"", "Zx81kQpL02mNvB7yTtRw\""],
        ] {
            let line = parts.concat();
            assert!(found(&line), "{line}");
        }
    }

    #[test]
    fn what_everybody_may_know_is_not() {
        for line in [
            "secret_key = \"khidma-development-object-secret\"",
            "token_seed = \"6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b\"",
            "webhook_secret = \"whsec_khidma_sandbox\"",
            "payments.secret_key: production wants a live key (sk_live_…)",
            "let token = tokens.sign(&actor, now);",
            "pub const PASSWORD_MIN_CHARACTERS: usize = 12;",
            "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.",
            "sha256 = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b\"",
        ] {
            assert!(!found(line), "{line}");
        }
    }
}
