//! What an account of staff may be, and who may change it (DOMAIN §1).

use contract_identity::IdentityFault;
use kernel::access::{Reach, Role, Scope};
use kernel::{Slug, UserId};

/// More of them make a token too long for its header.
const MOST_ZONES: usize = 20;
const LONGEST_REASON: usize = 500;

/// An administrator has no money and no documents.
const APART: [(Role, Role); 2] = [
    (Role::Administrator, Role::FinanceOfficer),
    (Role::Administrator, Role::KycReviewer),
];

/// Roles and zones as they are stored: in their order, each once.
pub(crate) fn plain_roles(
    roles: &[Role],
    zones: Option<&[Slug]>,
) -> Result<(Vec<Role>, Option<Vec<Slug>>), IdentityFault> {
    if let Some(role) = roles.iter().find(|role| !role.is_staff()) {
        let role = role.as_str().to_owned();
        return Err(IdentityFault::NotForStaff { role });
    }
    let mut roles = roles.to_vec();
    roles.sort();
    roles.dedup();
    if roles.is_empty() {
        return Err(IdentityFault::NoRole);
    }
    if let Some((one, other)) = kept_apart(&roles) {
        return Err(IdentityFault::RolesApart {
            one: one.as_str().to_owned(),
            other: other.as_str().to_owned(),
        });
    }
    let Some(zones) = zones else {
        return Ok((roles, None));
    };
    if !roles.contains(&Role::Dispatcher) {
        return Err(IdentityFault::ZonesNotForRoles);
    }
    let mut zones = zones.to_vec();
    zones.sort();
    zones.dedup();
    if !(1..=MOST_ZONES).contains(&zones.len()) {
        return Err(IdentityFault::BadZones);
    }
    Ok((roles, Some(zones)))
}

/// Two of them that one person can't hold. Who reads everything changes nothing, so an auditor is
/// nothing else.
fn kept_apart(roles: &[Role]) -> Option<(Role, Role)> {
    let auditor = roles.contains(&Role::Auditor);
    if let (true, Some(other)) = (auditor, roles.iter().find(|role| **role != Role::Auditor)) {
        return Some((Role::Auditor, *other));
    }
    APART
        .into_iter()
        .find(|(one, other)| roles.contains(one) && roles.contains(other))
}

/// Who runs a company's account is that alone: one role, and none of staff beside it.
pub(crate) fn one_corporate(roles: &[Role]) -> Result<(), IdentityFault> {
    let Some(corporate) = roles.iter().find(|role| role.is_corporate()) else {
        return Ok(());
    };
    let mut others = roles.iter().filter(|role| *role != corporate);
    match others.next() {
        None => Ok(()),
        Some(other) => Err(IdentityFault::RolesApart {
            one: corporate.as_str().to_owned(),
            other: other.as_str().to_owned(),
        }),
    }
}

/// Whether a grant is limited as its role is made to be: what a role is not limited by must not be
/// named, and what it is limited by must be.
pub(crate) fn fits(role: Role, scope: &Scope) -> Result<(), IdentityFault> {
    let named = [
        scope.zones.is_some(),
        scope.vendor.is_some(),
        scope.technician.is_some(),
        scope.account.is_some(),
        scope.branch.is_some(),
    ];
    let fits = match role.reach() {
        Reach::All | Reach::Own => named == [false; 5],
        Reach::Zones => named[1..] == [false; 4],
        Reach::Vendor => named == [false, true, false, false, false],
        Reach::Technician => named == [false, true, true, false, false],
        Reach::Account => named == [false, false, false, true, false],
        Reach::Branch => named == [false, false, false, true, true],
    };
    if fits {
        return Ok(());
    }
    let role = role.as_str().to_owned();
    Err(IdentityFault::WrongScope { role })
}

/// Nobody takes their own limits away, nor locks themselves out.
pub(crate) fn is_anothers(actor: UserId, user: UserId) -> Result<(), IdentityFault> {
    if actor == user {
        Err(IdentityFault::OwnAccount)
    } else {
        Ok(())
    }
}

/// The change was decided on what is there.
pub(crate) fn is_current(version: i64, named: i64) -> Result<(), IdentityFault> {
    if version == named {
        Ok(())
    } else {
        Err(IdentityFault::AccountChanged { version })
    }
}

/// `others`: administrators who can sign in, but for the one who is to be none any more.
pub(crate) fn one_is_left(others: i64) -> Result<(), IdentityFault> {
    if others > 0 {
        Ok(())
    } else {
        Err(IdentityFault::LastAdministrator)
    }
}

pub(crate) fn plain_reason(typed: &str) -> Result<&str, IdentityFault> {
    let reason = typed.trim();
    if (1..=LONGEST_REASON).contains(&reason.chars().count()) {
        Ok(reason)
    } else {
        Err(IdentityFault::BadReason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{BranchId, CorporateAccountId, TechnicianId, VendorId};
    use proptest::prelude::*;

    fn zones(names: &[&str]) -> Vec<Slug> {
        names
            .iter()
            .map(|name| Slug::parse(name).unwrap())
            .collect()
    }

    #[test]
    fn which_roles_and_zones_go_together() {
        use Role::*;
        let apart = |one: Role, other: Role| {
            Err(IdentityFault::RolesApart {
                one: one.as_str().into(),
                other: other.as_str().into(),
            })
        };
        let not_staff = |role: Role| {
            let role = role.as_str().into();
            Err(IdentityFault::NotForStaff { role })
        };
        let many: Vec<String> = (0..21).map(|n| format!("z{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        for (roles, named, wanted) in [
            (vec![Moderator], None, Ok((vec![Moderator], None))),
            (
                vec![Moderator, Dispatcher, Moderator],
                None,
                Ok((vec![Dispatcher, Moderator], None)),
            ),
            (
                vec![Dispatcher, Moderator],
                Some(zones(&["b", "a", "b"])),
                Ok((vec![Dispatcher, Moderator], Some(zones(&["a", "b"])))),
            ),
            (
                vec![Administrator, OperationsManager],
                None,
                Ok((vec![OperationsManager, Administrator], None)),
            ),
            (vec![Auditor], None, Ok((vec![Auditor], None))),
            (vec![], None, Err(IdentityFault::NoRole)),
            (vec![Customer], None, not_staff(Customer)),
            (vec![Moderator, Technician], None, not_staff(Technician)),
            (vec![CorporateManager], None, not_staff(CorporateManager)),
            (vec![BranchManager], None, not_staff(BranchManager)),
            (
                vec![FinanceOfficer, Administrator],
                None,
                apart(Administrator, FinanceOfficer),
            ),
            (
                vec![Administrator, KycReviewer],
                None,
                apart(Administrator, KycReviewer),
            ),
            (vec![Dispatcher, Auditor], None, apart(Auditor, Dispatcher)),
            (
                vec![Moderator],
                Some(zones(&["a"])),
                Err(IdentityFault::ZonesNotForRoles),
            ),
            (vec![Dispatcher], Some(vec![]), Err(IdentityFault::BadZones)),
            (
                vec![Dispatcher],
                Some(zones(&many)),
                Err(IdentityFault::BadZones),
            ),
        ] {
            let found = plain_roles(&roles, named.as_deref());
            assert_eq!(found, wanted, "{roles:?} {named:?}");
        }
    }

    #[test]
    fn a_grant_is_limited_as_its_role_is_made_to_be() {
        let (vendor, technician) = (Some(VendorId::new()), Some(TechnicianId::new()));
        let all = Scope::default();
        let of_zones = Scope {
            zones: Some(zones(&["a"])),
            ..Scope::default()
        };
        let of_vendor = Scope {
            vendor,
            ..Scope::default()
        };
        let of_technician = Scope {
            vendor,
            technician,
            ..Scope::default()
        };
        let of_account = Scope {
            account: Some(CorporateAccountId::new()),
            ..Scope::default()
        };
        let of_branch = Scope {
            branch: Some(BranchId::new()),
            ..of_account.clone()
        };
        let branch_alone = Scope {
            account: None,
            ..of_branch.clone()
        };
        let company_and_zones = Scope {
            zones: of_zones.zones.clone(),
            ..of_account.clone()
        };
        let company_and_vendor = Scope {
            vendor,
            ..of_account.clone()
        };
        // Each with the roles that it fits, and with no others.
        for (scope, wanted) in [
            (all, "cdkmfoaA"),
            (of_zones, "d"),
            (of_vendor, "v"),
            (of_technician, "t"),
            (of_account, "C"),
            (of_branch, "B"),
            (branch_alone, ""),
            (company_and_zones, ""),
            (company_and_vendor, ""),
        ] {
            for (letter, role) in "cvtdkmfoaACB".chars().zip(Role::ALL) {
                let found = fits(*role, &scope).is_ok();
                assert_eq!(found, wanted.contains(letter), "{role:?} {scope:?}");
            }
        }
    }

    #[test]
    fn who_runs_a_company_is_nothing_else() {
        use Role::*;
        for alone in [vec![CorporateManager], vec![BranchManager], vec![Auditor]] {
            assert_eq!(one_corporate(&alone), Ok(()));
        }
        assert_eq!(one_corporate(&[Dispatcher, Moderator]), Ok(()));
        for both in [
            [CorporateManager, BranchManager],
            [Dispatcher, CorporateManager],
            [BranchManager, Customer],
        ] {
            let found = one_corporate(&both);
            assert!(
                matches!(found, Err(IdentityFault::RolesApart { .. })),
                "{both:?}"
            );
        }
    }

    #[test]
    fn who_changes_what_and_when() {
        let (one, other) = (UserId::new(), UserId::new());
        assert_eq!(is_anothers(one, other), Ok(()));
        assert_eq!(is_anothers(one, one), Err(IdentityFault::OwnAccount));
        assert_eq!(is_current(3, 3), Ok(()));
        let changed = Err(IdentityFault::AccountChanged { version: 3 });
        assert_eq!(is_current(3, 2), changed);
        assert_eq!(is_current(3, 4), changed);
        assert_eq!(one_is_left(1), Ok(()));
        assert_eq!(one_is_left(0), Err(IdentityFault::LastAdministrator));
        assert_eq!(plain_reason(" left us "), Ok("left us"));
        for bad in ["", "  ", &"x".repeat(501)] {
            assert_eq!(plain_reason(bad), Err(IdentityFault::BadReason));
        }
    }

    proptest! {
        /// Whatever is asked for, nobody ends up with what must be apart.
        #[test]
        fn what_is_taken_is_apart(picked in proptest::collection::vec(0..Role::ALL.len(), 0..6)) {
            let roles: Vec<Role> = picked.iter().map(|n| Role::ALL[*n]).collect();
            if let Ok((roles, _)) = plain_roles(&roles, None) {
                let has = |role| roles.contains(&role);
                let money = has(Role::FinanceOfficer) || has(Role::KycReviewer);
                prop_assert!(!(has(Role::Administrator) && money));
                prop_assert!(!has(Role::Auditor) || roles.len() == 1);
                prop_assert!(roles.iter().all(|role| role.is_staff()));
            }
        }
    }
}
