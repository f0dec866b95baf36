//! Who may do what (DOMAIN §1). A permission is `resource:action`; a role is a set of
//! permissions; a grant may carry a scope. What is not granted is refused.

use crate::id::{BranchId, CorporateAccountId, SessionId, TechnicianId, UserId, VendorId};
use crate::slug::Slug;
use crate::time::{Time, minutes};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What a person is on the platform.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
        pub enum Role { $($(#[$doc])* $name,)* }

        impl Role {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
        impl std::str::FromStr for Role {
            type Err = UnknownRole;
            fn from_str(text: &str) -> Result<Self, UnknownRole> {
                match text { $($text => Ok(Self::$name),)* _ => Err(UnknownRole) }
            }
        }
    };
}

#[derive(Debug, thiserror::Error)]
#[error("no such role")]
pub struct UnknownRole;

roles! {
    Customer = "customer";
    VendorOwner = "vendor_owner";
    Technician = "technician";
    Dispatcher = "dispatcher";
    KycReviewer = "kyc_reviewer";
    Moderator = "moderator";
    FinanceOfficer = "finance_officer";
    OperationsManager = "operations_manager";
    Administrator = "administrator";
    Auditor = "auditor";
    CorporateManager = "corporate_manager";
    BranchManager = "branch_manager";
}

impl Role {
    /// Works for the platform itself.
    pub const fn is_staff(self) -> bool {
        matches!(
            self,
            Self::Dispatcher
                | Self::KycReviewer
                | Self::Moderator
                | Self::FinanceOfficer
                | Self::OperationsManager
                | Self::Administrator
                | Self::Auditor
        )
    }
    /// Runs a company's account, or a branch of it.
    pub const fn is_corporate(self) -> bool {
        matches!(self, Self::CorporateManager | Self::BranchManager)
    }
    /// Staff, and those who run a company's account, sign in with a password and a second factor; the
    /// others with phone and code.
    pub const fn needs_second_factor(self) -> bool {
        self.is_staff() || self.is_corporate()
    }
    pub fn permits(self, permission: Permission) -> bool {
        permission.roles().contains(&self)
    }
    /// How far a permission of this role goes.
    pub const fn reach(self) -> Reach {
        match self {
            Self::Customer => Reach::Own,
            Self::VendorOwner => Reach::Vendor,
            Self::Technician => Reach::Technician,
            Self::Dispatcher => Reach::Zones,
            Self::CorporateManager => Reach::Account,
            Self::BranchManager => Reach::Branch,
            Self::KycReviewer
            | Self::Moderator
            | Self::FinanceOfficer
            | Self::OperationsManager
            | Self::Administrator
            | Self::Auditor => Reach::All,
        }
    }
}

/// Whose records a permission reaches; whatever lies beyond does not exist for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    All,
    /// One's own.
    Own,
    /// One's vendor's.
    Vendor,
    /// What one does as a technician.
    Technician,
    /// Those in the zones granted; all of them where none is named.
    Zones,
    /// One's corporate account's.
    Account,
    /// One's branch's.
    Branch,
}

impl Reach {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Own => "own",
            Self::Vendor => "vendor",
            Self::Technician => "technician",
            Self::Zones => "zones",
            Self::Account => "account",
            Self::Branch => "branch",
        }
    }
}

impl Permission {
    /// Whose records a role reaches with it; `None` where the role is refused.
    pub fn reach(self, role: Role) -> Option<Reach> {
        role.permits(self).then(|| match self {
            // Everybody has an account, and only that one.
            Self::ProfileRead => Reach::Own,
            _ => role.reach(),
        })
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal [$($role:ident),*];)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission { $($(#[$doc])* $name,)* }

        impl Permission {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
            /// The table of roles, read the other way round.
            pub const fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &[$(Role::$role),*]),* }
            }
        }

        /// One type a permission, for the signatures of handlers: `Permit<may::BookingsCreate>`.
        pub mod may {
            $($(#[$doc])* #[derive(Debug, Clone, Copy)] pub struct $name;
            impl super::Grant for $name {
                const PERMISSION: super::Permission = super::Permission::$name;
            })*
        }
    };
}

/// A permission as a type.
pub trait Grant: Send + Sync + 'static {
    const PERMISSION: Permission;
}

permissions! {
    /// One's own account, messages and sessions: all of it one's own to change.
    ProfileRead = "profile:read" [Customer, VendorOwner, Technician, Dispatcher, KycReviewer, Moderator, FinanceOfficer, OperationsManager, Administrator, Auditor, CorporateManager, BranchManager];
    BookingsCreate = "bookings:create" [Customer];
    /// Own bookings.
    BookingsRead = "bookings:read" [Customer];
    /// Anybody's bookings, inside the scope.
    BookingsInspect = "bookings:inspect" [Dispatcher, OperationsManager, Moderator, FinanceOfficer, Auditor];
    BookingsManage = "bookings:manage" [Dispatcher, OperationsManager];
    /// Photos of bookings: one's own, one's booking's, those in one's scope.
    UploadsRead = "uploads:read" [Customer, Technician, Dispatcher, OperationsManager, Moderator, FinanceOfficer, Auditor];
    JobsRead = "jobs:read" [Technician, VendorOwner];
    JobsWork = "jobs:work" [Technician];
    OffersAnswer = "offers:answer" [Technician];
    PositionsReport = "positions:report" [Technician];
    ShiftsManage = "shifts:manage" [Technician];
    DispatchRead = "dispatch:read" [Dispatcher, OperationsManager, Auditor];
    DispatchAssign = "dispatch:assign" [Dispatcher, OperationsManager];
    AlarmsRead = "alarms:read" [Dispatcher, OperationsManager, Auditor];
    AlarmsAcknowledge = "alarms:acknowledge" [Dispatcher, OperationsManager];
    VendorsManage = "vendors:manage" [OperationsManager];
    VendorsInspect = "vendors:inspect" [OperationsManager, KycReviewer, Auditor];
    /// A vendor's own technicians, earnings and payouts.
    VendorOwn = "vendor:own" [VendorOwner];
    /// Changes of vendors' bank accounts, and who reviewed them; no IBAN in full.
    BankAccountsRead = "bank_accounts:read" [KycReviewer, Auditor];
    /// Sees the new IBAN, approves it or stops it.
    BankAccountsReview = "bank_accounts:review" [KycReviewer];
    CatalogManage = "catalog:manage" [OperationsManager];
    ZonesManage = "zones:manage" [OperationsManager];
    PoliciesManage = "policies:manage" [OperationsManager];
    PayoutsRead = "payouts:read" [FinanceOfficer, Auditor];
    PayoutsPrepare = "payouts:prepare" [FinanceOfficer];
    PayoutsRelease = "payouts:release" [FinanceOfficer];
    LedgerRead = "ledger:read" [FinanceOfficer, Auditor];
    StaffRead = "staff:read" [Administrator, Auditor];
    StaffManage = "staff:manage" [Administrator];
    AuditRead = "audit:read" [Auditor];
    QueueManage = "queue:manage" [Administrator];
    /// What people want done with their data, and until when it is to be answered.
    PrivacyRead = "privacy:read" [Administrator, Auditor];
    PrivacyManage = "privacy:manage" [Administrator];
    /// Corporate accounts: opened, changed, suspended, and given their first manager.
    CorporateManage = "corporate:manage" [OperationsManager];
    /// Anybody's corporate account, with its branches and members.
    CorporateInspect = "corporate:inspect" [OperationsManager, FinanceOfficer, Auditor];
    /// One's company: its name and its branches; of a branch manager the one branch.
    BranchesRead = "branches:read" [CorporateManager, BranchManager];
    BranchesManage = "branches:manage" [CorporateManager];
    /// Who acts for one's company.
    MembersRead = "members:read" [CorporateManager];
    MembersManage = "members:manage" [CorporateManager];
}

/// What a grant is limited to. `None` means no limit of that kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zones: Option<Vec<Slug>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<VendorId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician: Option<TechnicianId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<CorporateAccountId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<BranchId>,
}

/// Who is asking: the content of a verified access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub user: UserId,
    pub session: SessionId,
    pub roles: Vec<Role>,
    #[serde(default)]
    pub scope: Scope,
    /// When whoever holds the session last proved that it is them, by signing in or stepping up: with a
    /// second factor, or where one signs in with a phone with the code sent to it. Roles that need a
    /// second factor are never of the latter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor_at: Option<Time>,
}

/// How long a proof counts as fresh.
pub const FRESH: SignedDuration = minutes(5);

impl Actor {
    /// Whether they proved just now that it is them.
    pub fn is_fresh(&self, now: Time) -> bool {
        self.second_factor_at
            .is_some_and(|at| now.since(at) <= FRESH)
    }
    pub fn may(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| role.permits(permission))
    }
    pub fn needs_second_factor(&self) -> bool {
        self.roles.iter().any(|role| role.needs_second_factor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrator_has_no_money_and_no_documents_and_an_auditor_changes_nothing() {
        for permission in Permission::ALL {
            let name = permission.as_str();
            if Role::Administrator.permits(*permission) {
                for kind in [
                    "payouts",
                    "ledger",
                    "uploads",
                    "vendors",
                    "bookings",
                    "bank_accounts",
                    "corporate",
                    "branches",
                    "members",
                ] {
                    assert!(!name.starts_with(kind), "{name}");
                }
            }
            if Role::Auditor.permits(*permission) {
                assert!(
                    name.ends_with(":read") || name.ends_with(":inspect"),
                    "{name}"
                );
            }
            assert!(
                !permission.roles().is_empty(),
                "{name} is granted to nobody"
            );
        }
    }

    #[test]
    fn a_second_factor_is_fresh_for_five_minutes() {
        let now = Time::from_millis(1_800_000_000_000);
        let mut actor = Actor {
            user: UserId::new(),
            session: SessionId::new(),
            roles: vec![Role::FinanceOfficer],
            scope: Scope::default(),
            second_factor_at: None,
        };
        assert!(!actor.is_fresh(now));
        actor.second_factor_at = Some(now);
        assert!(actor.is_fresh(now) && actor.is_fresh(now + minutes(5)));
        assert!(!actor.is_fresh(now + minutes(5) + crate::seconds(1)));
    }

    #[test]
    fn a_scope_says_only_what_it_limits() {
        let old = r#"{"vendor":"vnd_0197aaaaaaaa7aaaaaaaaaaaaaaaaaaa"}"#;
        let scope: Scope = serde_json::from_str(old).unwrap();
        assert!(scope.account.is_none() && scope.branch.is_none());
        assert_eq!(serde_json::to_string(&scope).unwrap(), old);
        let (account, branch) = (CorporateAccountId::new(), BranchId::new());
        let scope = Scope {
            account: Some(account),
            branch: Some(branch),
            ..Scope::default()
        };
        let text = serde_json::to_string(&scope).unwrap();
        assert_eq!(
            text,
            format!(r#"{{"account":"{account}","branch":"{branch}"}}"#)
        );
        assert_eq!(serde_json::from_str::<Scope>(&text).unwrap(), scope);
    }

    #[test]
    fn who_runs_a_company_is_no_staff_and_reaches_no_further_than_it() {
        for role in [Role::CorporateManager, Role::BranchManager] {
            assert!(role.needs_second_factor() && !role.is_staff());
            for permission in Permission::ALL {
                assert_ne!(permission.reach(role), Some(Reach::All), "{permission:?}");
            }
        }
        for role in [Role::Customer, Role::VendorOwner, Role::Technician] {
            assert!(!role.needs_second_factor());
        }
    }

    #[test]
    fn roles_survive_their_text() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse::<Role>().unwrap(), *role);
        }
    }
}
