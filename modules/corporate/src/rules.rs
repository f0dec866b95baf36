//! What a company's account may be, and who may change it (DOMAIN §1).

use contract_corporate::{CorporateFault, CorporateState, MemberRole};
use contract_identity::Membership;
use kernel::access::{Actor, Role};
use kernel::{BranchId, CorporateAccountId, Text, Time, UserId};

const LONGEST_NAME: usize = 120;
const LONGEST_REASON: usize = 500;
pub(crate) const MOST_BRANCHES: u32 = 500;
/// Suspending an account puts them all out while the caller waits.
pub(crate) const MOST_MEMBERS: u32 = 200;

/// A name as it is stored: trimmed, without control characters.
pub(crate) fn plain_name(typed: &Text) -> Result<Text, CorporateFault> {
    let most = LONGEST_NAME as u32;
    let plain = |typed: &str| {
        let name = typed.trim();
        let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
        (fits && !name.chars().any(char::is_control)).then(|| name.to_owned())
    };
    Ok(Text {
        ar: plain(&typed.ar).ok_or(CorporateFault::BadArabicName { most })?,
        en: plain(&typed.en).ok_or(CorporateFault::BadEnglishName { most })?,
    })
}

fn digits(typed: &str, length: usize) -> Option<&str> {
    let digits = typed.trim();
    let all = digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit());
    all.then_some(digits)
}

/// Ten digits that begin with 7.
pub(crate) fn unified_number(typed: &str) -> Result<&str, CorporateFault> {
    digits(typed, 10)
        .filter(|number| number.starts_with('7'))
        .ok_or(CorporateFault::BadUnifiedNumber)
}

/// Fifteen digits, the first and the last a 3.
pub(crate) fn vat_number(typed: Option<&str>) -> Result<Option<&str>, CorporateFault> {
    typed
        .map(|typed| {
            digits(typed, 15)
                .filter(|number| number.starts_with('3') && number.ends_with('3'))
                .ok_or(CorporateFault::BadVatNumber)
        })
        .transpose()
}

pub(crate) fn plain_reason(typed: &str) -> Result<&str, CorporateFault> {
    let reason = typed.trim();
    if (1..=LONGEST_REASON).contains(&reason.chars().count()) {
        Ok(reason)
    } else {
        let most = LONGEST_REASON as u32;
        Err(CorporateFault::BadReason { most })
    }
}

/// A manager of the account names no branch, a manager of a branch names it.
pub(crate) fn membership(
    role: MemberRole,
    branch: Option<BranchId>,
) -> Result<Membership, CorporateFault> {
    match (role, branch) {
        (MemberRole::CorporateManager, None) => Ok(Membership::Manager),
        (MemberRole::CorporateManager, Some(_)) => Err(CorporateFault::BranchNotWanted),
        (MemberRole::BranchManager, Some(branch)) => Ok(Membership::OfBranch(branch)),
        (MemberRole::BranchManager, None) => Err(CorporateFault::BranchWanted),
    }
}

/// As a company's account is: suspended, nothing of it changes but that.
pub(crate) fn is_active(state: CorporateState) -> Result<(), CorporateFault> {
    match state {
        CorporateState::Active => Ok(()),
        CorporateState::Suspended => Err(CorporateFault::AccountSuspended),
    }
}

/// The change was decided on what is there.
pub(crate) fn is_current(version: i64, named: i64) -> Result<(), CorporateFault> {
    if version == named {
        Ok(())
    } else {
        Err(CorporateFault::Changed { version })
    }
}

/// Nobody takes their own rights away, so who changes others is left.
pub(crate) fn is_anothers(actor: UserId, user: UserId) -> Result<(), CorporateFault> {
    if actor == user {
        Err(CorporateFault::OwnMembership)
    } else {
        Ok(())
    }
}

/// Whether whoever asks is still what their token says: a manager, who has proved who they are since
/// they were last given a link. So of two who take each other out at once the second is refused.
pub(crate) fn still_manages(
    is_manager: bool,
    linked_at: Option<Time>,
    proved_at: Option<Time>,
) -> Result<(), CorporateFault> {
    let since = linked_at.is_none_or(|linked| proved_at.is_some_and(|at| at > linked));
    if is_manager && since {
        Ok(())
    } else {
        Err(CorporateFault::NoLongerManager)
    }
}

/// What of a company somebody reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) account: CorporateAccountId,
    /// Only this one.
    pub(crate) branch: Option<BranchId>,
}

/// By the scope of the token. Without an account, or as a branch's manager without a branch, nothing.
pub(crate) fn reached(actor: &Actor) -> Result<Reached, CorporateFault> {
    let scope = &actor.scope;
    let account = scope.account.ok_or(CorporateFault::UnknownAccount)?;
    let branch = match actor.roles.contains(&Role::CorporateManager) {
        true => None,
        false => Some(scope.branch.ok_or(CorporateFault::UnknownBranch)?),
    };
    Ok(Reached { account, branch })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SessionId;
    use kernel::access::Scope;
    use proptest::prelude::*;

    #[test]
    fn numbers_as_the_registers_give_them() {
        for (typed, wanted) in [
            ("7012345678", Some("7012345678")),
            (" 7012345678 ", Some("7012345678")),
            ("1012345678", None),
            ("701234567", None),
            ("70123456789", None),
            ("70123a5678", None),
            ("٧٠١٢٣٤٥٦٧٨", None),
            ("", None),
        ] {
            assert_eq!(unified_number(typed).ok(), wanted, "{typed}");
        }
        for (typed, good) in [
            ("310123456700003", true),
            ("300000000000003", true),
            ("310123456700004", false),
            ("210123456700003", false),
            ("31012345670003", false),
            ("3101234567000033", false),
        ] {
            assert_eq!(vat_number(Some(typed)).is_ok(), good, "{typed}");
        }
        assert_eq!(vat_number(None), Ok(None));
    }

    #[test]
    fn names_in_both_languages() {
        let name = Text::new("  شركة المدى ", "Almada");
        assert_eq!(plain_name(&name), Ok(Text::new("شركة المدى", "Almada")));
        let most = 120;
        let long = "x".repeat(121);
        for (ar, en, wanted) in [
            ("", "Almada", CorporateFault::BadArabicName { most }),
            ("  ", "Almada", CorporateFault::BadArabicName { most }),
            ("المدى", "", CorporateFault::BadEnglishName { most }),
            ("المدى", "Al\nmada", CorporateFault::BadEnglishName { most }),
            (&long, "Almada", CorporateFault::BadArabicName { most }),
        ] {
            assert_eq!(plain_name(&Text::new(ar, en)), Err(wanted), "{ar} {en}");
        }
        assert_eq!(plain_reason(" unpaid "), Ok("unpaid"));
        for bad in ["", " ", &"x".repeat(501)] {
            assert!(plain_reason(bad).is_err());
        }
    }

    #[test]
    fn a_branch_goes_with_the_manager_of_a_branch() {
        let branch = BranchId::new();
        use MemberRole::*;
        for (role, named, wanted) in [
            (CorporateManager, None, Ok(Membership::Manager)),
            (
                CorporateManager,
                Some(branch),
                Err(CorporateFault::BranchNotWanted),
            ),
            (
                BranchManager,
                Some(branch),
                Ok(Membership::OfBranch(branch)),
            ),
            (BranchManager, None, Err(CorporateFault::BranchWanted)),
        ] {
            assert_eq!(membership(role, named), wanted, "{role:?}");
        }
    }

    #[test]
    fn who_may_change_whom_and_when() {
        let (one, other) = (UserId::new(), UserId::new());
        assert_eq!(is_anothers(one, other), Ok(()));
        assert_eq!(is_anothers(one, one), Err(CorporateFault::OwnMembership));
        assert_eq!(is_current(2, 2), Ok(()));
        let changed = Err(CorporateFault::Changed { version: 2 });
        assert_eq!(is_current(2, 1), changed);
        let linked = Some(Time::from_millis(1_000));
        let later = Some(Time::from_millis(1_001));
        let no_longer = Err(CorporateFault::NoLongerManager);
        for (is_manager, linked, proved, wanted) in [
            (true, linked, later, Ok(())),
            (true, None, None, Ok(())),
            (true, linked, linked, no_longer.clone()),
            (true, linked, Some(Time::from_millis(1)), no_longer.clone()),
            (true, linked, None, no_longer.clone()),
            (false, linked, later, no_longer.clone()),
            (false, None, later, no_longer),
        ] {
            let found = still_manages(is_manager, linked, proved);
            assert_eq!(found, wanted, "{is_manager} {linked:?} {proved:?}");
        }
    }

    #[test]
    fn a_scope_reaches_an_account_or_one_branch_of_it() {
        let (account, branch) = (CorporateAccountId::new(), BranchId::new());
        let reach = |role, account, branch| {
            let actor = Actor {
                user: UserId::new(),
                session: SessionId::new(),
                roles: vec![role],
                scope: Scope {
                    account,
                    branch,
                    ..Scope::default()
                },
                second_factor_at: None,
            };
            reached(&actor).map(|reached| (reached.account, reached.branch))
        };
        use Role::*;
        for (role, limits, wanted) in [
            (CorporateManager, (Some(account), None), Ok((account, None))),
            (
                BranchManager,
                (Some(account), Some(branch)),
                Ok((account, Some(branch))),
            ),
            (
                BranchManager,
                (Some(account), None),
                Err(CorporateFault::UnknownBranch),
            ),
            (
                CorporateManager,
                (None, None),
                Err(CorporateFault::UnknownAccount),
            ),
        ] {
            assert_eq!(reach(role, limits.0, limits.1), wanted, "{role:?}");
        }
    }

    proptest! {
        /// The database has the same two patterns.
        #[test]
        fn what_is_taken_is_digits_of_the_right_length(typed in "[37]?[0-9 a]{0,16}3?") {
            if let Ok(number) = unified_number(&typed) {
                prop_assert!(number.len() == 10 && number.bytes().all(|b| b.is_ascii_digit()));
            }
            if let Ok(Some(number)) = vat_number(Some(&typed)) {
                prop_assert!(number.len() == 15 && number.bytes().all(|b| b.is_ascii_digit()));
            }
        }
    }
}
