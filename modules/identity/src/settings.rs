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
    /// Browsers reach us over TLS: their cookies are secure and `__Host-`.
    #[serde(default = "always")]
    pub secure_cookies: bool,
    #[serde(default)]
    pub password: PasswordCost,
    #[serde(default)]
    pub limits: SignInLimits,
    /// Where people reach the platform; links begin with it.
    pub public_url: String,
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
            public_url: "http://localhost/".to_owned(),
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
    /// Password attempts, right or wrong, for one email from one network address; ten times as many from
    /// all together.
    pub staff_tries_per_email: u32,
    pub staff_tries_per_address: u32,
    pub staff_window_minutes: u32,
    /// Of more, those used longest ago end.
    pub sessions_per_person: u32,
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
            sessions_per_person: 20,
        }
    }
}

impl SignInLimits {
    /// Whether codes are sent to this phone.
    pub fn serves(&self, phone: &Phone) -> bool {
        let mut prefixes = self.phone_prefixes.iter();
        prefixes.any(|prefix| phone.e164().starts_with(prefix.as_str()))
    }
    /// What is wrong with them, one line each; `strict` where real people sign in.
    pub fn faults(&self, strict: bool) -> Vec<String> {
        let mut faults = Vec::new();
        let is_range = |prefix: &String| {
            let rest = prefix.strip_prefix("+9665");
            rest.is_some_and(|rest| rest.len() <= 8 && rest.bytes().all(|b| b.is_ascii_digit()))
        };
        if self.phone_prefixes.is_empty() || !self.phone_prefixes.iter().all(is_range) {
            faults.push(
                "phone_prefixes: beginnings of Saudi mobile numbers are wanted, such as +96650"
                    .to_owned(),
            );
        }
        if self.sessions_per_person == 0 {
            faults.push("sessions_per_person: nobody could sign in".to_owned());
        }
        if !strict {
            return faults;
        }
        let most = [
            (
                "codes_per_address_and_hour",
                self.codes_per_address_and_hour,
                600,
            ),
            ("codes_per_phone_and_day", self.codes_per_phone_and_day, 30),
            (
                "codes_per_device_and_day",
                self.codes_per_device_and_day,
                100,
            ),
            ("codes_per_minute", self.codes_per_minute, 3_000),
            ("code_halalas_per_day", self.code_halalas_per_day, 5_000_000),
        ];
        for (name, value, most) in most {
            if value > most {
                faults.push(format!("{name}: more than {most} invites SMS pumping"));
            }
        }
        if self.code_halalas == 0 {
            faults.push(
                "code_halalas: what a text message costs is wanted, or no ceiling holds".to_owned(),
            );
        }
        faults
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
/// How long a passkey has to answer: as long as its browser is told to wait.
pub(crate) const CHALLENGE_LIFE: SignedDuration = minutes(5);
pub(crate) const MOST_PASSKEYS: u32 = 10;
/// How long a link to a new password, or to an account, can be used.
pub(crate) const RESET_LIFE: SignedDuration = hours(24);
/// A working day.
pub(crate) const STAFF_SESSION_LIFE: SignedDuration = hours(12);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_invite_pumping_are_named_where_real_people_sign_in() {
        assert_eq!(SignInLimits::default().faults(true), Vec::<String>::new());
        let open = SignInLimits {
            codes_per_minute: 100_000,
            code_halalas: 0,
            ..SignInLimits::default()
        };
        assert_eq!(open.faults(false), Vec::<String>::new());
        let said = open.faults(true).join("\n");
        assert!(said.contains("codes_per_minute: more than 3000"), "{said}");
        assert!(said.contains("code_halalas:"), "{said}");
        for prefixes in [vec![], vec!["+1".to_owned()], vec!["+9665x".to_owned()]] {
            let abroad = SignInLimits {
                phone_prefixes: prefixes,
                ..SignInLimits::default()
            };
            assert_eq!(abroad.faults(false).len(), 1);
        }
    }
}
