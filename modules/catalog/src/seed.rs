//! Loads the catalog from its seed file. The whole file is one transaction; the same file again
//! changes nothing, a changed file moves the version by one. What the file no longer names is
//! withdrawn, not deleted: old bookings still name it.

use crate::Catalog;
use crate::rules::check_base;
use anyhow::{Context, ensure};
use kernel::{Money, Slug, Text};
use platform::Tx;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    skill: Vec<Skill>,
    category: Vec<CategorySeed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Skill {
    slug: Slug,
    name: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategorySeed {
    slug: Slug,
    icon: String,
    name: Text,
    description: Text,
    diagnosis_fee_halalas: Money,
    quality_hold_days: i32,
    outdoor: bool,
    service: Vec<ServiceSeed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceSeed {
    slug: Slug,
    name: Text,
    description: Text,
    keywords: Keywords,
    skills: Vec<Slug>,
    base_halalas: Money,
    emergency_surcharge_halalas: Money,
    duration_minutes: i32,
    max_quantity: i32,
    checklist: Vec<ChecklistSeed>,
    options: Vec<OptionSeed>,
}

#[derive(Deserialize)]
struct Keywords {
    ar: Vec<String>,
    en: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChecklistSeed {
    slug: Slug,
    ar: String,
    en: String,
    photo: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionSeed {
    slug: Slug,
    ar: String,
    en: String,
    price_halalas: Money,
    extra_minutes: i32,
}

/// Reads a seed file and checks what the database can't: that names refer to something and are
/// used once.
fn parse(toml: &str) -> anyhow::Result<File> {
    let file: File = toml::from_str(toml).context("the catalog seed can't be read")?;
    let skills: HashSet<&Slug> = file.skill.iter().map(|skill| &skill.slug).collect();
    ensure!(skills.len() == file.skill.len(), "a skill is named twice");
    let mut categories = HashSet::new();
    let mut services = HashSet::new();
    for category in &file.category {
        ensure!(
            categories.insert(&category.slug),
            "category {} is named twice",
            category.slug
        );
        for service in &category.service {
            let slug = &service.slug;
            ensure!(services.insert(slug), "service {slug} is named twice");
            check_base(service.base_halalas).with_context(|| format!("price of {slug}"))?;
            for skill in &service.skills {
                ensure!(
                    skills.contains(skill),
                    "service {slug} needs the unknown skill {skill}"
                );
            }
            let options: HashSet<_> = service.options.iter().map(|option| &option.slug).collect();
            ensure!(
                options.len() == service.options.len(),
                "an option of {slug} is named twice"
            );
            let items: HashSet<_> = service.checklist.iter().map(|item| &item.slug).collect();
            ensure!(
                items.len() == service.checklist.len(),
                "a check of {slug} is named twice"
            );
        }
    }
    Ok(file)
}

/// The skills asked for by the services of each category, in the file's order of categories;
/// skills sorted. For whoever makes up technicians.
pub fn skills_by_category(toml: &str) -> anyhow::Result<Vec<(Slug, Vec<Slug>)>> {
    let skills = |category: CategorySeed| {
        let all: BTreeSet<Slug> = category
            .service
            .into_iter()
            .flat_map(|service| service.skills)
            .collect();
        (category.slug, all.into_iter().collect())
    };
    Ok(parse(toml)?.category.into_iter().map(skills).collect())
}

impl Catalog {
    /// Loads the catalog from the text of `catalog.toml`. Whether anything changed.
    pub async fn seed(&self, toml: &str) -> anyhow::Result<bool> {
        let file = parse(toml)?;
        let mut tx = self.p.db.begin().await?;
        // The row is locked: of two processes that start together one loads, the other sees it done.
        let edition = sqlx::query!(
            r#"select seed_digest, encode(sha256(convert_to($1, 'UTF8')), 'hex') as "digest!"
               from catalog.edition for update"#,
            toml,
        )
        .fetch_one(&mut *tx)
        .await?;
        if edition.seed_digest.as_ref() == Some(&edition.digest) {
            return Ok(false);
        }
        load(&mut tx, file).await?;
        sqlx::query!(
            "update catalog.edition set version = version + 1, seed_digest = $1",
            edition.digest,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }
}

async fn load(tx: &mut Tx, file: File) -> sqlx::Result<()> {
    sqlx::query!("update catalog.categories set offered = false")
        .execute(&mut **tx)
        .await?;
    sqlx::query!("update catalog.services set offered = false")
        .execute(&mut **tx)
        .await?;
    let skills: BTreeMap<&str, &Text> = file
        .skill
        .iter()
        .map(|skill| (skill.slug.as_str(), &skill.name))
        .collect();
    for (slug, name) in skills {
        sqlx::query!(
            "insert into catalog.skills (slug, name_ar, name_en) values ($1, $2, $3)
             on conflict (slug) do update set name_ar = excluded.name_ar, name_en = excluded.name_en",
            slug,
            name.ar,
            name.en,
        )
        .execute(&mut **tx)
        .await?;
    }
    for (position, category) in (0_i32..).zip(&file.category) {
        sqlx::query!(
            "insert into catalog.categories
               (slug, position, icon, name_ar, name_en, description_ar, description_en,
                diagnosis_fee_halalas, quality_hold_days, outdoor)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             on conflict (slug) do update set
               position = excluded.position, icon = excluded.icon,
               name_ar = excluded.name_ar, name_en = excluded.name_en,
               description_ar = excluded.description_ar, description_en = excluded.description_en,
               diagnosis_fee_halalas = excluded.diagnosis_fee_halalas,
               quality_hold_days = excluded.quality_hold_days, outdoor = excluded.outdoor,
               offered = true",
            category.slug.as_str(),
            position,
            category.icon,
            category.name.ar,
            category.name.en,
            category.description.ar,
            category.description.en,
            category.diagnosis_fee_halalas.halalas(),
            category.quality_hold_days,
            category.outdoor,
        )
        .execute(&mut **tx)
        .await?;
        for (position, service) in (0_i32..).zip(&category.service) {
            load_service(tx, &category.slug, position, service).await?;
        }
    }
    Ok(())
}

async fn load_service(
    tx: &mut Tx,
    category: &Slug,
    position: i32,
    service: &ServiceSeed,
) -> sqlx::Result<()> {
    let slug = service.slug.as_str();
    let skills: Vec<String> = service.skills.iter().map(ToString::to_string).collect();
    sqlx::query!(
        "insert into catalog.services
           (slug, category, position, name_ar, name_en, description_ar, description_en,
            keywords_ar, keywords_en, skills, base_halalas, emergency_surcharge_halalas,
            duration_minutes, max_quantity)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (slug) do update set
           category = excluded.category, position = excluded.position,
           name_ar = excluded.name_ar, name_en = excluded.name_en,
           description_ar = excluded.description_ar, description_en = excluded.description_en,
           keywords_ar = excluded.keywords_ar, keywords_en = excluded.keywords_en,
           skills = excluded.skills,
           base_halalas = case when services.base_set_by_operator
                               then services.base_halalas else excluded.base_halalas end,
           emergency_surcharge_halalas = excluded.emergency_surcharge_halalas,
           duration_minutes = excluded.duration_minutes, max_quantity = excluded.max_quantity,
           offered = true",
        slug,
        category.as_str(),
        position,
        service.name.ar,
        service.name.en,
        service.description.ar,
        service.description.en,
        &service.keywords.ar,
        &service.keywords.en,
        &skills,
        service.base_halalas.halalas(),
        service.emergency_surcharge_halalas.halalas(),
        service.duration_minutes,
        service.max_quantity,
    )
    .execute(&mut **tx)
    .await?;

    sqlx::query!("delete from catalog.options where service = $1", slug)
        .execute(&mut **tx)
        .await?;
    for (position, option) in (0_i32..).zip(&service.options) {
        sqlx::query!(
            "insert into catalog.options (service, slug, position, name_ar, name_en, price_halalas, extra_minutes)
             values ($1, $2, $3, $4, $5, $6, $7)",
            slug,
            option.slug.as_str(),
            position,
            option.ar,
            option.en,
            option.price_halalas.halalas(),
            option.extra_minutes,
        )
        .execute(&mut **tx)
        .await?;
    }
    sqlx::query!(
        "delete from catalog.checklist_items where service = $1",
        slug
    )
    .execute(&mut **tx)
    .await?;
    for (position, item) in (0_i32..).zip(&service.checklist) {
        sqlx::query!(
            "insert into catalog.checklist_items (service, slug, position, name_ar, name_en, photo)
             values ($1, $2, $3, $4, $5, $6)",
            slug,
            item.slug.as_str(),
            position,
            item.ar,
            item.en,
            item.photo,
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [[skill]]
        slug = "plumbing.general"
        name = { ar = "سباكة", en = "Plumbing" }
        [[category]]
        slug = "plumbing"
        icon = "droplets"
        name = { ar = "سباكة", en = "Plumbing" }
        description = { ar = "", en = "" }
        diagnosis_fee_halalas = 5000
        quality_hold_days = 45
        outdoor = false
        [[category.service]]
        slug = "leak-repair"
        name = { ar = "تسريب", en = "Leak" }
        description = { ar = "", en = "" }
        keywords = { ar = [], en = [] }
        skills = ["plumbing.general"]
        base_halalas = 15000
        emergency_surcharge_halalas = 7500
        duration_minutes = 60
        max_quantity = 4
        checklist = []
        options = [
          { slug = "hose", ar = "لي", en = "Hose", price_halalas = 3000, extra_minutes = 10 },
          { slug = "valve", ar = "محبس", en = "Valve", price_halalas = 4000, extra_minutes = 15 },
        ]
    "#;

    #[test]
    fn a_seed_that_contradicts_itself_is_refused() {
        let skills = skills_by_category(GOOD).unwrap();
        assert_eq!(format!("{skills:?}"), "[(plumbing, [plumbing.general])]");
        for (good, bad, why) in [
            (
                r#"skills = ["plumbing.general"]"#,
                r#"skills = ["flying"]"#,
                "unknown skill",
            ),
            (r#"slug = "valve""#, r#"slug = "hose""#, "named twice"),
            (
                "base_halalas = 15000",
                "base_halalas = 0",
                "price of leak-repair",
            ),
            ("outdoor = false", "outdoors = false", "can't be read"),
        ] {
            let error = parse(&GOOD.replace(good, bad)).err().unwrap();
            assert!(format!("{error:#}").contains(why), "{error:#}");
        }
    }
}
