//! Who somebody is, what they may do, and the proofs of both.
//!
//! Owns: users, their grants (role and scope), sign-in codes, sessions and refresh tokens.
//!
//! Invariants:
//! - A phone or an email belongs to one user. Nobody learns from an answer, or from the time it
//!   takes, whether it is known.
//! - A code is tried at most five times, by the device that asked for it, and is kept only as a keyed
//!   hash. It opens one session, or steps up the one that asked for it, never the other; of each kind a
//!   phone has one that lives. What codes cost has a ceiling. Codes, passwords and tokens are in no log.
//! - A password is kept as an Argon2id hash of today's cost. A link to a new one is used once, kept
//!   as a hash, and opens nothing without the second factor.
//! - A step of an authenticator app counts once, a recovery code once, a challenge for a passkey once.
//! - A passkey whose count goes back is blocked, and its owner is told: somebody has a copy.
//! - A refresh token is used once. Using it again ends its session, and its owner is told:
//!   somebody has a copy.
//! - Roles that need a second factor are never given to whoever signs in with a phone, and no phone
//!   opens them. Who has a password never steps up by phone.
//! - An access token lives ten minutes. It ends with its session: for staff and for whoever runs a
//!   company's account with the next request anywhere, for others as soon as a process hears of it. What a vendor's enrolment changes in the
//!   grants takes effect at the next refresh; what an administrator changes ends the sessions.
//! - A disabled account opens nothing, and signing in to it is answered like a wrong password.
//!   Administrators change others' accounts, one after another, and one of them is left.
//! - A company's member holds one role in one account, for ever of that account, and none of staff.
//! - No script of a browser holds a refresh token.
//! - Only accounts that are nothing but customers' are erased. An erased one opens nothing, and its phone
//!   makes a new account.

mod accounts;
mod challenge;
mod change_password;
mod codes;
mod devices;
mod door;
#[cfg(test)]
mod fuzz;
mod grants;
mod keys;
mod members;
mod passkey_proof;
mod passkeys;
mod password;
mod password_rule;
mod people;
mod personal;
mod profile;
mod recovery;
mod refresh;
mod reseal;
mod reset;
mod reset_page;
mod second_factor;
mod secrets;
mod sessions;
mod settings;
mod spend;
mod staff;
mod step_up;
mod sweep;
mod throttle;
mod totp;
mod warn;

pub use contract_identity::{
    AddPasskey, AskForCode, AskStepUpCode, BeginEnrolment, ChangePassword, ChangeProfile,
    ChangeStaffRoles, CodeSent, ConfirmSecondFactor, DisableStaff, EnableStaff, Enrolment,
    EnrolmentIssued, FinishEnrolment, InviteStaff, IssueReset, Passkey, PasskeyOptions,
    PasskeyProof, PasskeyRemoved, Passkeys, PasswordChanged, PhoneProof, Profile, RecoveryCodes,
    Refresh, RenamePasskey, ResetIssued, SecondFactor, SecondFactorOffer, SessionLine, Sessions,
    SessionsEnded, SignIn, SignedIn, SignedInUser, SignedOut, StaffDisabled, StaffMember,
    StaffSignIn, StaffState, StepUp, SteppedUp, UseReset,
};
pub use settings::{IdentitySettings, PasswordCost, SignInLimits};
pub use totp::{BadTotpSecret, new_totp_secret, totp_now};

use anyhow::ensure;
use async_trait::async_trait;
use contract_identity::{
    EnrolPhone, EnrolStaff, IdentityFault, LinkMember, Member, MemberLink, Person, SetMember,
};
use contract_notify::Notify;
use kernel::access::Role;
use kernel::{CorporateAccountId, Outcome, Subject, UserId};
use password::Passwords;
use platform::Platform;
use platform::health::Probe;
use platform::queue::{Ctx, Every, Registry};
use platform::routes;
use secrets::Pepper;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use webauthn_rs::prelude::Webauthn;

pub static MIGRATOR: platform::db::Migrator = platform::migrator!("identity");

pub struct Identity {
    pub(crate) p: Platform,
    pub(crate) notify: Arc<dyn Notify>,
    pub(crate) pepper: Pepper,
    pub(crate) passwords: Passwords,
    pub(crate) limits: SignInLimits,
    pub(crate) secure_cookies: bool,
    pub(crate) spending: spend::Spending,
    pub(crate) public_url: String,
    pub(crate) relying_party: Webauthn,
}

impl Identity {
    /// Computes one password hash, so it takes some milliseconds. Fails on a short pepper, an
    /// impossible password cost or a public address that is none.
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
            spending: spend::Spending::new(),
            relying_party: passkey_proof::relying_party(&settings.public_url)?,
            public_url: settings.public_url,
        }))
    }

    pub(crate) fn throttle(&self) -> throttle::Throttle<'_> {
        throttle::Throttle {
            redis: &self.p.redis,
            pepper: &self.pepper,
            limits: &self.limits,
        }
    }

    /// Whether people can sign in, for `/health/ready`.
    pub fn probe(self: &Arc<Self>) -> Arc<dyn Probe> {
        Arc::new(spend::SignInProbe(self.clone()))
    }

    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(codes::ask_for_code))
            .routes(routes!(sessions::sign_in))
            .routes(routes!(sessions::sign_out))
            .routes(routes!(staff::staff_sign_in))
            .routes(routes!(refresh::refresh))
            .routes(routes!(passkey_proof::sign_in_options))
            .routes(routes!(step_up::step_up))
            .routes(routes!(step_up::ask_step_up_code))
            .routes(routes!(passkey_proof::step_up_options))
            .routes(routes!(change_password::change_password))
            .routes(routes!(reset::issue_reset))
            .routes(routes!(reset::use_reset))
            .routes(routes!(
                second_factor::read_second_factor,
                second_factor::offer_second_factor
            ))
            .routes(routes!(second_factor::confirm_second_factor))
            .routes(routes!(recovery::renew_recovery_codes))
            .routes(routes!(passkeys::my_passkeys, passkeys::add_passkey))
            .routes(routes!(passkeys::passkey_options))
            .routes(routes!(passkeys::rename_passkey, passkeys::remove_passkey))
            .merge(reset_page::pages())
            .routes(routes!(
                accounts::read::list_staff,
                accounts::invite::invite_staff
            ))
            .routes(routes!(accounts::read::show_staff))
            .routes(routes!(accounts::roles::change_staff_roles))
            .routes(routes!(accounts::disable::disable_staff))
            .routes(routes!(accounts::disable::enable_staff))
            .routes(routes!(accounts::reset_factor::reset_staff_second_factor))
            .routes(routes!(accounts::enrol::begin_enrolment))
            .routes(routes!(accounts::enrol::finish_enrolment))
            .merge(accounts::enrol_page::pages())
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
        r.job(move |_: Ctx, job: warn::TellOfAccount| {
            let me = me.clone();
            async move { warn::tell(&me, job).await }
        });
        let me = self.clone();
        r.job(move |_: Ctx, job: warn::WarnOfCopiedKey| {
            let me = me.clone();
            async move { warn::warn_of_copied_key(&me, job).await }
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
    async fn subject(&self, user: UserId) -> Outcome<Subject, IdentityFault> {
        people::subject(self, user).await
    }
    async fn holders(&self, role: Role) -> Outcome<Vec<UserId>, IdentityFault> {
        people::holders(self, role).await
    }
    async fn enrol_phone(&self, command: EnrolPhone) -> Outcome<UserId, IdentityFault> {
        people::enrol_phone(self, self.p.now(), command).await
    }
    async fn enrol_staff(&self, command: EnrolStaff) -> Outcome<UserId, IdentityFault> {
        people::enrol_staff(self, self.p.now(), command).await
    }
    async fn members(
        &self,
        account: CorporateAccountId,
        users: Vec<UserId>,
    ) -> Outcome<Vec<Member>, IdentityFault> {
        members::members(self, account, &users).await
    }
    async fn link_member(&self, command: LinkMember) -> Outcome<MemberLink, IdentityFault> {
        members::link(self, self.p.now(), command).await
    }
    async fn set_member(&self, command: SetMember) -> Outcome<(), IdentityFault> {
        members::set(self, self.p.now(), command).await
    }
}
