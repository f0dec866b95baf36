//! What a person is, and within what limits.

use kernel::UserId;
use kernel::access::{Role, Scope};
use platform::Tx;
use sqlx::types::Json;

/// Roles in their own order, with the scope they add up to.
pub(crate) struct Granted {
    pub(crate) roles: Vec<Role>,
    pub(crate) scope: Scope,
}

/// The scope of several grants: their limits united. A grant without a limit of some kind lifts
/// none that another grant names, so a second role never widens the first (least privilege).
/// A person works for one vendor as one technician, or runs one company's account; should grants name
/// several, the first role's counts.
pub(crate) fn unite<'a>(scopes: impl IntoIterator<Item = &'a Scope>) -> Scope {
    let mut all = Scope::default();
    for scope in scopes {
        if let Some(zones) = &scope.zones {
            all.zones
                .get_or_insert_default()
                .extend(zones.iter().cloned());
        }
        all.vendor = all.vendor.or(scope.vendor);
        all.technician = all.technician.or(scope.technician);
        all.account = all.account.or(scope.account);
        all.branch = all.branch.or(scope.branch);
    }
    if let Some(zones) = &mut all.zones {
        zones.sort();
        zones.dedup();
    }
    all
}

pub(crate) async fn load(tx: &mut Tx, user: UserId) -> anyhow::Result<Granted> {
    let rows = sqlx::query!(
        r#"select role, scope as "scope: Json<Scope>" from identity.grants where user_id = $1"#,
        user.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut grants = rows
        .into_iter()
        .map(|row| Ok((row.role.parse::<Role>()?, row.scope.0)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    grants.sort_by_key(|(role, _)| *role);
    Ok(Granted {
        scope: unite(grants.iter().map(|(_, scope)| scope)),
        roles: grants.into_iter().map(|(role, _)| role).collect(),
    })
}

/// Gives the role; if the person has it already, with the scope it has now.
pub(crate) async fn give(
    tx: &mut Tx,
    now: kernel::Time,
    user: UserId,
    role: Role,
    scope: &Scope,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into identity.grants (user_id, role, scope, granted_at) values ($1, $2, $3, $4)
         on conflict (user_id, role) do update set scope = excluded.scope",
        user.uuid(),
        role.as_str(),
        Json(scope) as _,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{BranchId, CorporateAccountId, Slug, TechnicianId, VendorId};
    use proptest::prelude::*;

    fn zones(names: &[&str]) -> Scope {
        Scope {
            zones: Some(names.iter().map(|n| Slug::parse(n).unwrap()).collect()),
            ..Scope::default()
        }
    }

    #[test]
    fn limits_unite_and_none_lifts_another() {
        let vendor = VendorId::new();
        let technician = TechnicianId::new();
        let works = Scope {
            vendor: Some(vendor),
            technician: Some(technician),
            ..Scope::default()
        };
        let runs = Scope {
            account: Some(CorporateAccountId::new()),
            branch: Some(BranchId::new()),
            ..Scope::default()
        };
        for (scopes, wanted) in [
            (vec![], Scope::default()),
            (vec![Scope::default()], Scope::default()),
            (vec![zones(&["b"]), zones(&["a", "b"])], zones(&["a", "b"])),
            (vec![Scope::default(), zones(&["a"])], zones(&["a"])),
            (vec![Scope::default(), works.clone()], works.clone()),
            (vec![zones(&[]), Scope::default()], zones(&[])),
            (vec![Scope::default(), runs.clone()], runs.clone()),
        ] {
            assert_eq!(unite(&scopes), wanted);
        }
    }

    proptest! {
        #[test]
        fn the_order_of_grants_does_not_matter_to_zones(
            a in proptest::option::of(proptest::collection::vec("[a-c]", 0..4)),
            b in proptest::option::of(proptest::collection::vec("[a-c]", 0..4)),
        ) {
            let scope = |names: &Option<Vec<String>>| Scope {
                zones: names.as_ref().map(|n| n.iter().map(|n| Slug::parse(n).unwrap()).collect()),
                ..Scope::default()
            };
            let (a, b) = (scope(&a), scope(&b));
            prop_assert_eq!(unite([&a, &b]), unite([&b, &a]));
        }
    }
}
