//! What an operator decides about signing in.

use jiff::SignedDuration;
use kernel::{days, hours, minutes, seconds};
use serde::Deserialize;

/// `Debug` shows no secret.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentitySettings {
    /// Secret of the deployment, at least 16 bytes. Without it the hashes of codes tell nothing.
    /// Changing it ends the codes under way and the counts of the throttles, nothing else.
    pub code_pepper: String,
    /// Browsers reach us over TLS: their cookies are secure and `__Host-`.
    #[serde(default = "always")]
    pub secure_cookies: bool,
    #[serde(default)]
    pub password: PasswordCost,
    #[serde(default)]
    pub limits: SignInLimits,
}

fn always() -> bool {
    true
}

impl IdentitySettings {
    pub fn new(code_pepper: impl Into<String>) -> Self {
        Self {
            code_pepper: code_pepper.into(),
            secure_cookies: true,
            password: PasswordCost::default(),
            limits: SignInLimits::default(),
        }
    }
}

impl std::fmt::Debug for IdentitySettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdentitySettings")
            .field("secure_cookies", &self.secure_cookies)
            .field("password", &self.password)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// What one Argon2id hash costs. The default is the OWASP Password Storage Cheat Sheet's
/// (19 MiB, two passes, one lane).
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
    /// Hashes computed at a time; the others wait.
    pub at_once: usize,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
            at_once: 2,
        }
    }
}

impl PasswordCost {
    /// The least Argon2 allows: for tests.
    pub const CHEAP: Self = Self {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
        at_once: 2,
    };
}

/// How often one may ask. Platform time throughout.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignInLimits {
    /// Wait after the first code; it doubles with each further one until a sign-in succeeds.
    pub first_wait_s: u32,
    pub codes_per_phone_and_day: u32,
    pub codes_per_address_and_hour: u32,
    /// Password attempts, right or wrong.
    pub staff_tries_per_email: u32,
    pub staff_tries_per_address: u32,
    pub staff_window_minutes: u32,
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            first_wait_s: 30,
            codes_per_phone_and_day: 10,
            codes_per_address_and_hour: 60,
            staff_tries_per_email: 10,
            staff_tries_per_address: 60,
            staff_window_minutes: 15,
        }
    }
}

impl SignInLimits {
    pub(crate) fn first_wait(&self) -> SignedDuration {
        seconds(self.first_wait_s.into())
    }
    pub(crate) fn staff_window(&self) -> SignedDuration {
        minutes(self.staff_window_minutes.into())
    }
}

/// How long a code can be used.
pub(crate) const CODE_LIFE: SignedDuration = minutes(5);
pub(crate) const CODE_TRIES: i16 = 5;
/// How long an unused refresh token lives; each use gives a new one.
pub(crate) const REFRESH_LIFE: SignedDuration = days(60);
/// After this even a busy session signs in again.
pub(crate) const PHONE_SESSION_LIFE: SignedDuration = days(365);
/// A working day.
pub(crate) const STAFF_SESSION_LIFE: SignedDuration = hours(12);
