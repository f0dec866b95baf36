//! Who somebody is, what they may do, and the proofs of both.
//!
//! Owns: users, their grants (role and scope), sign-in codes, sessions and refresh tokens.
//!
//! Invariants:
//! - A phone or an email belongs to one user. Nobody learns from an answer, or from the time it
//!   takes, whether it is known.
//! - A code is tried at most five times, opens one session and is kept only as a keyed hash; a
//!   phone has one live code. Codes, passwords and tokens are in no log.
//! - A refresh token is used once. Using it again ends its session, and its owner is told:
//!   somebody has a copy.
//! - Roles that need a second factor are never given to whoever signs in with a phone.
//! - An access token lives ten minutes. It ends with its session: for staff with the next request
//!   anywhere, for others as soon as a process hears of it. What changes in the grants takes effect
//!   at the next refresh.
//! - No script of a browser holds a refresh token.

mod codes;
mod devices;
mod door;
mod grants;
mod keys;
mod password;
mod people;
mod profile;
mod refresh;
mod reseal;
mod secrets;
mod sessions;
mod settings;
mod staff;
mod sweep;
mod throttle;
mod totp;
mod warn;

pub use contract_identity::{
    AskForCode, ChangeProfile, CodeSent, Profile, Refresh, SessionLine, Sessions, SessionsEnded,
    SignIn, SignedIn, SignedInUser, SignedOut, StaffSignIn,
};
pub use settings::{IdentitySettings, PasswordCost, SignInLimits};
pub use totp::{BadTotpSecret, new_totp_secret, totp_now};

use anyhow::ensure;
use async_trait::async_trait;
use contract_identity::{EnrolPhone, EnrolStaff, IdentityFault, Person};
use contract_notify::Notify;
use kernel::{Outcome, UserId};
use password::Passwords;
use platform::Platform;
use platform::queue::{Ctx, Every, Registry};
use platform::routes;
use secrets::Pepper;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

pub static MIGRATOR: platform::db::Migrator = platform::migrator!("identity");

pub struct Identity {
    pub(crate) p: Platform,
    pub(crate) notify: Arc<dyn Notify>,
    pub(crate) pepper: Pepper,
    pub(crate) passwords: Passwords,
    pub(crate) limits: SignInLimits,
    pub(crate) secure_cookies: bool,
}

impl Identity {
    /// Computes one password hash, so it takes some milliseconds. Fails on a short pepper or an
    /// impossible password cost.
    pub fn new(
        p: Platform,
        notify: Arc<dyn Notify>,
        settings: IdentitySettings,
    ) -> anyhow::Result<Arc<Self>> {
        ensure!(
            settings.code_pepper.len() >= 16,
            "identity.code_pepper needs at least 16 bytes"
        );
        Ok(Arc::new(Self {
            p,
            notify,
            pepper: Pepper::new(&settings.code_pepper),
            passwords: Passwords::new(settings.password)?,
            limits: settings.limits,
            secure_cookies: settings.secure_cookies,
        }))
    }

    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(codes::ask_for_code))
            .routes(routes!(sessions::sign_in))
            .routes(routes!(sessions::sign_out))
            .routes(routes!(staff::staff_sign_in))
            .routes(routes!(refresh::refresh))
            .routes(routes!(profile::me, profile::change_me))
            .routes(routes!(devices::my_sessions, devices::end_my_sessions))
            .routes(routes!(devices::end_my_session))
            .routes(routes!(
                devices::their_sessions,
                devices::end_their_sessions
            ))
            .routes(routes!(devices::end_their_session))
            .routes(routes!(keys::published_keys))
            .with_state(self.clone())
    }

    pub fn register(self: &Arc<Self>, r: &mut Registry) {
        let me = self.clone();
        r.job(move |ctx: Ctx, job: codes::SendCode| {
            let me = me.clone();
            async move { codes::send(&me, &ctx, job).await }
        });
        let me = self.clone();
        r.job(move |_: Ctx, job: people::TellContact| {
            let me = me.clone();
            async move { people::tell_contact(&me, job).await }
        });
        let me = self.clone();
        r.job(move |_: Ctx, job: warn::WarnOfCopy| {
            let me = me.clone();
            async move { warn::warn(&me, job).await }
        });
        let me = self.clone();
        r.job(move |ctx: Ctx, _: sweep::Sweep| {
            let me = me.clone();
            async move { sweep::sweep(&me, ctx.now).await }
        });
        r.cron("identity.sweep", Every::DailyAt(3, 10), || sweep::Sweep {});
    }
}

#[async_trait]
impl contract_identity::Identity for Identity {
    async fn people(&self, users: Vec<UserId>) -> Outcome<Vec<Person>, IdentityFault> {
        people::people(self, &users).await
    }
    async fn enrol_phone(&self, command: EnrolPhone) -> Outcome<UserId, IdentityFault> {
        people::enrol_phone(self, self.p.now(), command).await
    }
    async fn enrol_staff(&self, command: EnrolStaff) -> Outcome<UserId, IdentityFault> {
        people::enrol_staff(self, self.p.now(), command).await
    }
}
