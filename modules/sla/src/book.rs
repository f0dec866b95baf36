//! What an operator configured, as each process keeps it: read whole, thrown away when the
//! revision in PostgreSQL moves on.

use crate::calendar::{Blackout, Calendar, Counting, Days, Minute, MonthDay, Span, Week};
use crate::policy::Policy;
use anyhow::Context;
use contract_sla::{SlaFault, Urgency};
use kernel::{Failure, Money, Outcome, Slug, Text};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

/// Calendars and policies of one revision.
#[derive(Debug, Default)]
pub(crate) struct Book {
    revision: i64,
    pub calendars: BTreeMap<Slug, Calendar>,
    pub policies: Vec<Policy>,
}

impl Book {
    pub(crate) fn calendar(&self, slug: &Slug) -> Outcome<&Calendar, SlaFault> {
        self.calendars
            .get(slug)
            .ok_or(Failure::Refused(SlaFault::UnknownCalendar))
    }
    /// By what a clock counts; `None` is around the clock.
    pub(crate) fn counting(&self, calendar: Option<&Slug>) -> Outcome<Counting<'_>, SlaFault> {
        match calendar {
            None => Ok(Counting::AroundTheClock),
            Some(slug) => self.calendar(slug).map(Counting::Open),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Bookshelf(RwLock<Arc<Book>>);

impl Bookshelf {
    /// The book of the present revision; read anew only when that has moved.
    pub(crate) async fn open(&self, db: &mut PgConnection) -> Outcome<Arc<Book>, SlaFault> {
        let revision = sqlx::query_scalar!("select revision from sla.settings_revision")
            .fetch_one(&mut *db)
            .await?;
        let held = self.0.read().unwrap_or_else(|e| e.into_inner()).clone();
        if held.revision == revision {
            return Ok(held);
        }
        let book = Arc::new(
            read(db, revision)
                .await
                .map_err(|e| Failure::internal(format!("{e:#}")))?,
        );
        *self.0.write().unwrap_or_else(|e| e.into_inner()) = book.clone();
        Ok(book)
    }
}

fn day(text: &str) -> anyhow::Result<jiff::civil::Date> {
    text.parse()
        .with_context(|| format!("{text:?} is not a date"))
}

async fn read(db: &mut PgConnection, revision: i64) -> anyhow::Result<Book> {
    let holidays = sqlx::query!(
        r#"select from_date::text as "from!", to_date::text as "to!" from sla.holidays order by from_date"#
    )
    .fetch_all(&mut *db)
    .await?
    .iter()
    .map(|row| Ok(Days { from: day(&row.from)?, to: day(&row.to)? }))
    .collect::<anyhow::Result<Vec<_>>>()?;
    let ramadans = sqlx::query!(
        r#"select from_date::text as "from!", to_date::text as "to!" from sla.ramadans order by from_date"#
    )
    .fetch_all(&mut *db)
    .await?
    .iter()
    .map(|row| Ok(Days { from: day(&row.from)?, to: day(&row.to)? }))
    .collect::<anyhow::Result<Vec<_>>>()?;
    let blackouts = read_blackouts(db).await?;

    let mut calendars = BTreeMap::new();
    let rows = sqlx::query!(
        r#"select slug as "slug: Slug", name_ar, name_en, observes_holidays, hours as "hours: Json<Week>",
                  ramadan_hours as "ramadan_hours: Json<Week>", blackouts
           from sla.calendars"#
    )
    .fetch_all(&mut *db)
    .await?;
    for row in rows {
        let kept = blackouts
            .iter()
            .filter(|b| row.blackouts.iter().any(|slug| slug == b.slug.as_str()));
        let calendar = Calendar {
            slug: row.slug.clone(),
            name: Text::new(row.name_ar, row.name_en),
            hours: row.hours.0,
            ramadans: if row.ramadan_hours.is_some() {
                ramadans.clone()
            } else {
                Vec::new()
            },
            ramadan_hours: row.ramadan_hours.map(|hours| hours.0),
            holidays: if row.observes_holidays {
                holidays.clone()
            } else {
                Vec::new()
            },
            blackouts: kept.cloned().collect(),
        };
        calendars.insert(row.slug, calendar);
    }
    Ok(Book {
        revision,
        calendars,
        policies: read_policies(db).await?,
    })
}

async fn read_blackouts(db: &mut PgConnection) -> anyhow::Result<Vec<Blackout>> {
    let rows = sqlx::query!(
        r#"select slug as "slug: Slug", from_month_day, to_month_day, from_time, to_time
           from sla.blackouts order by slug"#
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Blackout {
                slug: row.slug,
                from_day: MonthDay::try_from(row.from_month_day).map_err(anyhow::Error::msg)?,
                to_day: MonthDay::try_from(row.to_month_day).map_err(anyhow::Error::msg)?,
                span: Span {
                    from: Minute::try_from(row.from_time).map_err(anyhow::Error::msg)?,
                    to: Minute::try_from(row.to_time).map_err(anyhow::Error::msg)?,
                },
            })
        })
        .collect()
}

async fn read_policies(db: &mut PgConnection) -> anyhow::Result<Vec<Policy>> {
    let rows = sqlx::query!(
        r#"select slug as "slug: Slug", tier as "tier: Slug", category as "category: Slug", zone as "zone: Slug",
                  urgency, respond_ms, arrive_ms, complete_ms, warn_percents, remedy_percent,
                  vendor_penalty_halalas, calendar as "calendar: Slug"
           from sla.policies order by slug"#
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let urgency = match row.urgency.as_deref() {
                None => None,
                Some("immediate") => Some(Urgency::Immediate),
                Some("scheduled") => Some(Urgency::Scheduled),
                Some(other) => anyhow::bail!("{other:?} is no urgency"),
            };
            Ok(Policy {
                slug: row.slug,
                tier: row.tier,
                category: row.category,
                zone: row.zone,
                urgency,
                respond_ms: row.respond_ms,
                arrive_ms: row.arrive_ms,
                complete_ms: row.complete_ms,
                warn_percents: percents(&row.warn_percents),
                remedy_percent: u8::try_from(row.remedy_percent)?,
                vendor_penalty: Money::from_halalas(row.vendor_penalty_halalas),
                calendar: row.calendar,
            })
        })
        .collect()
}

/// Percentages as columns hold them; what is none is left out.
pub(crate) fn percents(column: &[i16]) -> Vec<u8> {
    column
        .iter()
        .filter_map(|p| u8::try_from(*p).ok())
        .collect()
}
pub(crate) fn percents_column(percents: &[u8]) -> Vec<i16> {
    percents.iter().map(|p| i16::from(*p)).collect()
}
