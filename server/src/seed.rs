//! The first content of a platform, made through the same use cases that the API calls. Safe to
//! repeat: what is there stays.

use crate::app::App;
use anyhow::{Context, ensure};
use contract_identity::{EnrolStaff, Identity as _};
use contract_location::Location as _;
use corporate::{EnrolCompany, EnrolMember};
use kernel::access::{Role, Scope};
use kernel::{GeoPoint, Slug, Text, UserId};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const CATALOG: &str = include_str!("../seed/catalog.toml");
const SECTORS: &str = include_str!("../seed/sectors.toml");
const SLA: &str = include_str!("../seed/sla.toml");
const PEOPLE: &str = include_str!("../seed/people.toml");

pub const VENDORS: usize = 40;
pub const TECHNICIANS: usize = 150;
/// Fixed: the same people in every development platform.
const PEOPLE_SEED: u64 = 1446;

/// Everybody's password in development.
pub const DEMO_PASSWORD: &str = "khidma-demo-password";

/// A member of staff of the demo, or of its company.
#[derive(Debug, Clone, Copy)]
pub struct DemoStaff {
    pub email: &'static str,
    pub name: &'static str,
    pub role: Role,
    /// Base32; everybody's second factor in development.
    pub totp_secret: &'static str,
    /// Limited to this zone.
    pub zone: Option<&'static str>,
}

const fn staff(
    email: &'static str,
    name: &'static str,
    role: Role,
    totp_secret: &'static str,
) -> DemoStaff {
    DemoStaff {
        email,
        name,
        role,
        totp_secret,
        zone: None,
    }
}

/// One or more of every role of staff.
pub const STAFF: [DemoStaff; 10] = [
    staff(
        "dispatcher@khidma.example",
        "نورة القحطاني",
        Role::Dispatcher,
        "KHIDMADISPATCHERAAAAAAAAAAAAAAAA",
    ),
    DemoStaff {
        zone: Some("north"),
        ..staff(
            "dispatcher.north@khidma.example",
            "فهد العنزي",
            Role::Dispatcher,
            "KHIDMADISPATCHERBBBBBBBBBBBBBBBB",
        )
    },
    staff(
        "reviewer@khidma.example",
        "سارة الدوسري",
        Role::KycReviewer,
        "KHIDMAREVIEWERAAAAAAAAAAAAAAAAAA",
    ),
    staff(
        "reviewer.b@khidma.example",
        "عبير الزهراني",
        Role::KycReviewer,
        "KHIDMAREVIEWERBBBBBBBBBBBBBBBBBB",
    ),
    staff(
        "moderator@khidma.example",
        "ماجد الحربي",
        Role::Moderator,
        "KHIDMAMODERATORAAAAAAAAAAAAAAAAA",
    ),
    staff(
        "finance.a@khidma.example",
        "هند الشمري",
        Role::FinanceOfficer,
        "KHIDMAFINANCEAAAAAAAAAAAAAAAAAAA",
    ),
    staff(
        "finance.b@khidma.example",
        "خالد المطيري",
        Role::FinanceOfficer,
        "KHIDMAFINANCEBBBBBBBBBBBBBBBBBBB",
    ),
    staff(
        "operations@khidma.example",
        "عبدالله السبيعي",
        Role::OperationsManager,
        "KHIDMAOPERATIONSAAAAAAAAAAAAAAAA",
    ),
    staff(
        "admin@khidma.example",
        "ريم العتيبي",
        Role::Administrator,
        "KHIDMAADMINAAAAAAAAAAAAAAAAAAAAA",
    ),
    staff(
        "auditor@khidma.example",
        "سلطان الغامدي",
        Role::Auditor,
        "KHIDMAAUDITORAAAAAAAAAAAAAAAAAAA",
    ),
];

/// Who acts for the company of the demo.
pub const MEMBERS: [DemoStaff; 2] = [
    staff(
        "manager@company.example",
        "لمى الزهراني",
        Role::CorporateManager,
        "KHIDMACOMPANYAAAAAAAAAAAAAAAAAAA",
    ),
    staff(
        "branch@company.example",
        "بدر الشهري",
        Role::BranchManager,
        "KHIDMACOMPANYBBBBBBBBBBBBBBBBBBB",
    ),
];

/// Everybody who signs in with a password.
pub fn with_passwords() -> impl Iterator<Item = &'static DemoStaff> {
    STAFF.iter().chain(&MEMBERS)
}

/// Whether there is nothing yet.
pub async fn is_empty(app: &App) -> anyhow::Result<bool> {
    let location = app
        .location
        .as_ref()
        .context("seeding wants the location module here")?;
    Ok(location.sectors().await?.is_empty())
}

/// Zones, promises, catalog, staff, a company, vendors and their technicians.
pub async fn all(app: &App, mut say: impl FnMut(&str)) -> anyhow::Result<()> {
    let location = app
        .location
        .as_ref()
        .context("seeding wants the location module here")?;
    let modules = app
        .modules
        .as_ref()
        .context("seeding wants all modules here")?;
    say("zones and micro-zones of Riyadh");
    let file: location::SeedFile = toml::from_str(SECTORS).context("sectors.toml")?;
    let mut tx = app.platform.db.begin().await?;
    location.seed(&mut tx, &file).await?;
    tx.commit().await?;
    say("promises and calendars");
    modules.sla.seed(SLA).await.context("sla.toml")?;
    say("catalog");
    modules
        .catalog
        .seed(CATALOG)
        .await
        .context("catalog.toml")?;
    say("staff");
    let mut operations_manager = None;
    for person in STAFF {
        let scope = Scope {
            zones: person
                .zone
                .map(|zone| Slug::parse(zone).map(|z| vec![z]))
                .transpose()?,
            ..Scope::default()
        };
        let user = modules
            .identity
            .enrol_staff(EnrolStaff {
                email: person.email.into(),
                name: person.name.into(),
                password: DEMO_PASSWORD.into(),
                totp_secret: person.totp_secret.into(),
                roles: vec![person.role],
                scope,
            })
            .await?;
        if person.role == Role::OperationsManager {
            operations_manager = Some(user);
        }
    }
    say("a company");
    let by = operations_manager.context("nobody opens the account of a company")?;
    modules.corporate.enrol(company(by)).await?;
    say("vendors and technicians");
    let categories = category_skills()?;
    let mut zones: BTreeMap<Slug, Vec<GeoPoint>> = BTreeMap::new();
    for sector in location.sectors().await? {
        zones.entry(sector.zone).or_default().push(sector.centre);
    }
    let zones: Vec<_> = zones.into_iter().collect();
    ensure!(!zones.is_empty(), "no zones");
    let plan = vendors::seed::plan(
        PEOPLE,
        &categories,
        &zones,
        PEOPLE_SEED,
        VENDORS,
        TECHNICIANS,
    )?;
    vendors::seed::enrol(modules.vendors.as_ref(), plan).await?;
    Ok(())
}

/// Its first branch has a manager.
fn company(by: UserId) -> EnrolCompany {
    let members = MEMBERS.iter().map(|person| EnrolMember {
        email: person.email.into(),
        name: person.name.into(),
        password: DEMO_PASSWORD.into(),
        totp_secret: person.totp_secret.into(),
        branch: (person.role == Role::BranchManager).then_some(0),
    });
    EnrolCompany {
        name: Text::new("شركة المدى للتجزئة", "Almada Retail"),
        unified_number: "7001234567".into(),
        vat_number: Some("310123456700003".into()),
        branches: vec![
            Text::new("فرع العليا", "Olaya branch"),
            Text::new("فرع الملقا", "Al Malqa branch"),
        ],
        members: members.collect(),
        by,
    }
}

#[derive(Deserialize)]
struct CatalogFile {
    category: Vec<CategoryFile>,
}
#[derive(Deserialize)]
struct CategoryFile {
    slug: Slug,
    service: Vec<ServiceFile>,
}
#[derive(Deserialize)]
struct ServiceFile {
    skills: Vec<Slug>,
}

/// Every category with the skills its services ask for.
fn category_skills() -> anyhow::Result<Vec<(Slug, Vec<Slug>)>> {
    let file: CatalogFile = toml::from_str(CATALOG).context("catalog.toml")?;
    Ok(file
        .category
        .into_iter()
        .map(|category| {
            let skills: BTreeSet<Slug> = category
                .service
                .into_iter()
                .flat_map(|s| s.skills)
                .collect();
            (category.slug, skills.into_iter().collect())
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_second_factor_is_base32_and_somebody_elses_is_another() {
        let secrets: BTreeSet<_> = with_passwords().map(|s| s.totp_secret).collect();
        assert_eq!(secrets.len(), STAFF.len() + MEMBERS.len());
        for person in with_passwords() {
            assert_eq!(person.totp_secret.len(), 32, "{}", person.email);
            assert!(
                person
                    .totp_secret
                    .bytes()
                    .all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7'))
            );
        }
    }

    #[test]
    fn the_seed_is_as_rich_as_promised() {
        let categories = category_skills().unwrap();
        let file: CatalogFile = toml::from_str(CATALOG).unwrap();
        let services: usize = file.category.iter().map(|c| c.service.len()).sum();
        assert!(
            categories.len() >= 8 && services >= 40,
            "{} {services}",
            categories.len()
        );
        let sectors: location::SeedFile = toml::from_str(SECTORS).unwrap();
        assert!(sectors.sectors.len() >= 100);
    }
}
