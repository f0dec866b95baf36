//! One-time codes of an authenticator app (RFC 6238): SHA-1, six digits, 30 seconds, one step
//! of drift either way. Platform time.

use kernel::{Time, UserId};
use platform::seal::Place;
use totp_rs::{Builder, Secret, Totp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a base32 secret of at least 128 bits")]
pub struct BadTotpSecret;

/// Where a person's secret is stored, sealed.
pub(crate) fn place(user: UserId) -> Place {
    Place {
        column: "identity.users.totp_secret",
        row: user.uuid(),
    }
}

fn generator(secret_base32: &str) -> Result<Totp, BadTotpSecret> {
    let secret = Secret::try_from_base32(secret_base32.trim().to_ascii_uppercase())
        .map_err(|_| BadTotpSecret)?;
    Builder::new()
        .with_secret(secret)
        .with_skew(1)
        .build()
        .map_err(|_| BadTotpSecret)
}

/// The code an authenticator app shows at `now`.
pub fn totp_now(secret_base32: &str, now: Time) -> Result<String, BadTotpSecret> {
    Ok(generator(secret_base32)?.generate(unix_s(now)).to_string())
}

/// A new secret, base32: 160 random bits (RFC 4226 §4).
pub fn new_totp_secret() -> String {
    Secret::new_stack(crate::secrets::random_bytes::<20>()).to_base32()
}

/// What apps read from a QR code (Google's Key URI format).
pub(crate) fn uri(secret_base32: &str, email: &str) -> String {
    let account: String = email
        .bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'@' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    format!(
        "otpauth://totp/Khidma:{account}?secret={secret_base32}&issuer=Khidma&algorithm=SHA1&digits=6&period=30"
    )
}

/// The time step whose code this is, if it is one of the three that count now.
pub(crate) fn step_of(
    secret_base32: &str,
    code: &str,
    now: Time,
) -> Result<Option<i64>, BadTotpSecret> {
    let step = generator(secret_base32)?.check(code, unix_s(now));
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

pub(crate) fn check_secret(secret_base32: &str) -> Result<(), BadTotpSecret> {
    generator(secret_base32).map(|_| ())
}

fn unix_s(now: Time) -> u64 {
    u64::try_from(now.as_seconds()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::seconds;

    /// "12345678901234567890", the secret of RFC 6238 appendix B.
    const RFC_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn the_vectors_of_the_rfc() {
        // The appendix has eight digits; ours are the last six.
        for (at_s, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            let now = Time::from_millis(at_s * 1000);
            assert_eq!(totp_now(RFC_SECRET, now).unwrap(), code);
        }
    }

    #[test]
    fn one_step_of_drift_is_forgiven_and_two_are_not() {
        let now = Time::from_millis(1_800_000_015_000);
        let code = totp_now(RFC_SECRET, now).unwrap();
        let step = 1_800_000_015 / 30;
        for (drift_s, found) in [
            (0, true),
            (30, true),
            (-30, true),
            (60, false),
            (-60, false),
        ] {
            let then = now + seconds(drift_s);
            let answer = step_of(RFC_SECRET, &code, then).unwrap();
            assert_eq!(answer, found.then_some(step), "{drift_s}");
        }
        assert_eq!(step_of(RFC_SECRET, "nonsense", now).unwrap(), None);
    }

    #[test]
    fn secrets_are_checked() {
        assert!(check_secret(&new_totp_secret()).is_ok());
        assert!(check_secret(&RFC_SECRET.to_lowercase()).is_ok());
        for bad in ["", "GEZDGNBV", "not base32!"] {
            assert_eq!(check_secret(bad), Err(BadTotpSecret), "{bad}");
        }
    }
}
