//! What an operator decides about signing in.

use jiff::SignedDuration;
use kernel::{Phone, days, hours, minutes, seconds};
use serde::Deserialize;

/// `Debug` shows no secret.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentitySettings {
    /// Secret of the deployment, at least 16 bytes. Without it the hashes of codes tell nothing.
    /// Changing it ends the codes under way and the counts of the throttles, nothing else.
    pub code_pepper: String,
    #[serde(default)]
    pub password: PasswordCost,
    #[serde(default)]
    pub limits: SignInLimits,
    /// Where people reach the platform; links begin with it.
    pub public_url: String,
}

impl IdentitySettings {
    pub fn new(code_pepper: impl Into<String>) -> Self {
        Self {
            code_pepper: code_pepper.into(),
            password: PasswordCost::default(),
            limits: SignInLimits::default(),
            public_url: "http://localhost/".to_owned(),
        }
    }
}

impl std::fmt::Debug for IdentitySettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdentitySettings")
            .field("password", &self.password)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// What one Argon2id hash costs. The default takes about 100 ms of one core of a server, above the
/// least of the OWASP Password Storage Cheat Sheet (19 MiB, two passes, one lane).
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
    /// Hashes computed at a time: each takes a core and its memory.
    pub at_once: usize,
    /// So many wait for that; the others are told to come back.
    pub waiting: usize,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self {
            memory_kib: 65_536,
            passes: 2,
            lanes: 1,
            at_once: 2,
            waiting: 16,
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
        waiting: 16,
    };
}

/// How often one may ask. Platform time throughout.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignInLimits {
    /// Wait after the first code; it doubles with each further one until a sign-in succeeds.
    pub first_wait_s: u32,
    pub codes_per_phone_and_day: u32,
    pub codes_per_device_and_day: u32,
    pub codes_per_address_and_hour: u32,
    /// By everybody together.
    pub codes_per_minute: u32,
    /// Tries of codes, right or wrong. Each code has five tries besides.
    pub code_tries_per_device_and_hour: u32,
    pub code_tries_per_address_and_hour: u32,
    /// By everybody together.
    pub code_tries_per_minute: u32,
    /// Codes are sent to phones that begin with one of these, in E.164 form: the mobile ranges that
    /// are in use (CST numbering plan). Numbers of other ranges belong to nobody, or to whoever
    /// earns by the message.
    pub phone_prefixes: Vec<String>,
    /// What one text message costs; 0 counts no money.
    pub code_halalas: u32,
    /// No more than this is spent on codes in a clock hour, and in 24 of them.
    pub code_halalas_per_hour: u32,
    pub code_halalas_per_day: u32,
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
            codes_per_device_and_day: 20,
            codes_per_address_and_hour: 60,
            codes_per_minute: 300,
            code_tries_per_device_and_hour: 60,
            code_tries_per_address_and_hour: 120,
            code_tries_per_minute: 600,
            phone_prefixes: ["50", "51", "53", "54", "55", "56", "57", "58", "59"]
                .map(|range| format!("+966{range}"))
                .into(),
            code_halalas: 8,
            code_halalas_per_hour: 40_000,
            code_halalas_per_day: 300_000,
            staff_tries_per_email: 10,
            staff_tries_per_address: 60,
            staff_window_minutes: 15,
        }
    }
}

impl SignInLimits {
    /// Whether codes are sent to this phone.
    pub fn serves(&self, phone: &Phone) -> bool {
        let mut prefixes = self.phone_prefixes.iter();
        prefixes.any(|prefix| phone.e164().starts_with(prefix.as_str()))
    }
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
/// How long a new secret waits for its first code.
pub(crate) const OFFER_LIFE: SignedDuration = minutes(15);
/// How long a link to a new password can be used.
pub(crate) const RESET_LIFE: SignedDuration = hours(24);
/// A working day.
pub(crate) const STAFF_SESSION_LIFE: SignedDuration = hours(12);
