//! One edition of the whole catalog in memory. Every read asks PostgreSQL for the version (one
//! row, one page) and loads anew only when it moved; so a price set in one process is charged by
//! all of them at once.

use crate::Catalog;
use crate::rules::Entry;
use crate::search::Index;
use contract_catalog::{CatalogFault, Category, ChecklistItem, Service, ServiceOption};
use kernel::{Lang, Money, Outcome, Slug, Text};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

/// What this process read last.
#[derive(Default)]
pub(crate) struct Latest(RwLock<Arc<Edition>>);

impl Latest {
    fn get(&self) -> Arc<Edition> {
        self.0.read().unwrap_or_else(|e| e.into_inner()).clone()
    }

    /// Of two that were loaded at once the newer stays.
    fn put(&self, edition: Arc<Edition>) {
        let mut latest = self.0.write().unwrap_or_else(|e| e.into_inner());
        if edition.version > latest.version {
            *latest = edition;
        }
    }
}

/// The catalog at one version. Version 0 is the empty one.
#[derive(Default)]
pub(crate) struct Edition {
    pub version: i64,
    /// Categories and their services in the catalog's order.
    pub tree: Vec<Category>,
    pub entries: HashMap<Slug, Entry>,
    /// Positions in `index` are positions here.
    pub order: Vec<Slug>,
    pub index: Index,
}

impl Edition {
    pub(crate) fn entry(&self, slug: &Slug) -> Outcome<&Entry, CatalogFault> {
        Ok(self.entries.get(slug).ok_or(CatalogFault::UnknownService)?)
    }
}

impl Catalog {
    /// The catalog as it is now.
    pub(crate) async fn edition(&self) -> Outcome<Arc<Edition>, CatalogFault> {
        let version = sqlx::query_scalar!("select version from catalog.edition")
            .fetch_one(&self.p.db)
            .await?;
        let latest = self.snapshot.get();
        if latest.version >= version {
            return Ok(latest);
        }
        let edition = Arc::new(load(&self.p.db).await?);
        self.snapshot.put(edition.clone());
        Ok(edition)
    }
}

async fn load(db: &sqlx::PgPool) -> sqlx::Result<Edition> {
    let mut tx = db.begin().await?;
    // All rows of one edition, whatever is committed meanwhile.
    sqlx::query!("set transaction isolation level repeatable read, read only")
        .execute(&mut *tx)
        .await?;
    let version = sqlx::query_scalar!("select version from catalog.edition")
        .fetch_one(&mut *tx)
        .await?;
    let categories = sqlx::query!(
        r#"select slug as "slug: Slug", icon, name_ar, name_en, description_ar, description_en,
                  diagnosis_fee_halalas as "diagnosis_fee: Money", quality_hold_days
           from catalog.categories where offered order by position, slug"#
    )
    .fetch_all(&mut *tx)
    .await?;
    let services = sqlx::query!(
        r#"select slug as "slug: Slug", category as "category: Slug", name_ar, name_en,
                  description_ar, description_en, keywords_ar, keywords_en,
                  skills as "skills: Vec<Slug>", base_halalas as "base: Money",
                  emergency_surcharge_halalas as "emergency_surcharge: Money",
                  duration_minutes, max_quantity
           from catalog.services where offered order by position, slug"#
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut options: HashMap<Slug, Vec<ServiceOption>> = HashMap::new();
    for row in sqlx::query!(
        r#"select service as "service: Slug", slug as "slug: Slug", name_ar, name_en,
                  price_halalas as "price: Money", extra_minutes
           from catalog.options order by service, position"#
    )
    .fetch_all(&mut *tx)
    .await?
    {
        options.entry(row.service).or_default().push(ServiceOption {
            slug: row.slug,
            name: Text::new(row.name_ar, row.name_en),
            price: row.price,
            extra_minutes: row.extra_minutes.unsigned_abs(),
        });
    }
    let mut checklists: HashMap<Slug, Vec<ChecklistItem>> = HashMap::new();
    for row in sqlx::query!(
        r#"select service as "service: Slug", slug as "slug: Slug", name_ar, name_en, photo
           from catalog.checklist_items order by service, position"#
    )
    .fetch_all(&mut *tx)
    .await?
    {
        checklists
            .entry(row.service)
            .or_default()
            .push(ChecklistItem {
                slug: row.slug,
                name: Text::new(row.name_ar, row.name_en),
                photo: row.photo,
            });
    }
    let mut excluded: HashMap<Slug, Vec<Slug>> = HashMap::new();
    for row in sqlx::query!(
        r#"select category as "category: Slug", zone as "zone: Slug"
           from catalog.exclusions order by category, zone"#
    )
    .fetch_all(&mut *tx)
    .await?
    {
        excluded.entry(row.category).or_default().push(row.zone);
    }
    tx.commit().await?;

    let mut edition = Edition {
        version,
        ..Edition::default()
    };
    for category in categories {
        let name = Text::new(category.name_ar, category.name_en);
        let mut listed = Vec::new();
        for row in services.iter().filter(|row| row.category == category.slug) {
            let service = Service {
                slug: row.slug.clone(),
                category: row.category.clone(),
                name: Text::new(&row.name_ar, &row.name_en),
                description: Text::new(&row.description_ar, &row.description_en),
                base: row.base,
                duration_minutes: row.duration_minutes.unsigned_abs(),
                max_quantity: row.max_quantity.unsigned_abs(),
                options: options.remove(&row.slug).unwrap_or_default(),
                checklist: checklists.remove(&row.slug).unwrap_or_default(),
            };
            let arabic = row.keywords_ar.iter().map(|word| (Lang::Ar, word.clone()));
            let english = row.keywords_en.iter().map(|word| (Lang::En, word.clone()));
            let keywords: Vec<_> = arabic.chain(english).collect();
            edition.index.add(&service, &name, &keywords);
            edition.order.push(service.slug.clone());
            edition.entries.insert(
                service.slug.clone(),
                Entry {
                    service: service.clone(),
                    diagnosis_fee: category.diagnosis_fee,
                    emergency_surcharge: row.emergency_surcharge,
                    skills: row.skills.clone(),
                    quality_hold_days: category.quality_hold_days.unsigned_abs(),
                    excluded_zones: excluded.get(&category.slug).cloned().unwrap_or_default(),
                },
            );
            listed.push(service);
        }
        edition.tree.push(Category {
            slug: category.slug,
            icon: category.icon,
            name,
            description: Text::new(category.description_ar, category.description_en),
            diagnosis_fee: category.diagnosis_fee,
            services: listed,
        });
    }
    Ok(edition)
}
